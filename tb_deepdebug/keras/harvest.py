"""What one trace of a model gave: tensors to be fetched, their masks, the graph, and notes."""

from typing import Any

import keras
import tensorflow as tf

from tb_deepdebug.keras.frames import Frame, Place
from tb_deepdebug.keras.graph import Ancestry
from tb_deepdebug.keras.taken import Taken, unfit
from tb_deepdebug.probe import Note, Role, Tap


class Harvest:
    """Gathers while the trace goes on.

    Attributes:
        taken: what is to be fetched, by the tap's name and role.
        masks: Keras's masks `[batch, time]`, by the name of the tensor that has it.
        shapes: of the output of each layer, by its identity.
        notes: what can't be reached, by what it is.
    """

    def __init__(self, place: Place, batch: int) -> None:
        self._place, self._batch = place, batch
        self.ancestry = Ancestry()
        self.taken: dict[tuple[str, Role], Taken] = {}
        self.masks: dict[str, Any] = {}
        self.shapes: dict[int, tuple[int | None, ...]] = {}
        self.notes: dict[str, Note] = {}

    def note(self, what: str, reason: str) -> None:
        """Says once what can't be reached."""
        self.notes.setdefault(what, Note(what, reason))

    def take(
        self, frame: Frame, tap: Tap, tensors: Any, like: Any, backwards: bool = False
    ) -> None:
        """Keeps a tensor (a list: one a timestep), if it is wanted and fit.

        Args:
            like: tensors whose mask may be its own.
            backwards: whether its timesteps run from the last to the first.
        """
        stacked = isinstance(tensors, list)
        if not frame.selected:
            return
        if frame.stepwise is not None:
            step = tf.stack(tensors, axis=1) if stacked else tensors
            frame.stepwise.steps.setdefault(tap, []).append(step)
            return
        taken = Taken(
            tap,
            tuple(tensors) if stacked else (tensors,),
            stacked,
            getattr(frame.part, "data_format", None) == "channels_first",
            tuple(tensor.name for tensor in like if self._place.has(tensor)),
            backwards,
        )
        reason = unfit(taken, self._batch)
        if reason:
            self.note(tap.name, reason)
        else:
            self.taken.setdefault((tap.name, tap.role), taken)

    def take_pair(self, frame: Frame, of: Tap, pre: Any, post: Any, like: Any = ()) -> None:
        """Keeps what went into an activation function (None: not known) and what came out."""
        values: list[tuple[Role, Any]] = [("preactivation", pre), ("activation", post)]
        for role, tensor in values:
            if tensor is not None:
                tap = Tap(of.name, of.layer, role, of.gate, of.activation)
                self.take(frame, tap, tensor, (post, *like, pre))

    def keep_masks(self, output: Any) -> None:
        """Keeps the masks that Keras put on what a layer returned."""
        for tensor in keras.tree.flatten(output):
            mask: Any = getattr(tensor, "_keras_mask", None)
            if self._place.has(tensor) and self._place.has(mask) and mask.shape.rank == 2:
                self.masks[tensor.name] = mask
                self.ancestry.adopt(mask, tensor)
