"""Standing in for a model's train function for one step, and being called from a graph's loop."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import tensorflow as tf

Function = Callable[[Any], Any]


class OneShot:
    """Takes the place of `model.train_function` for one call, which puts the user's own back first.

    Whatever that call raises finds the model as it was. What runs instead is a second train
    function, made once by the model's own `make_train_function`.

    Args:
      prepare: called before the second function is; true if that must be made anew.
      around: a context in which the second function runs, and so is traced.
    """

    def __init__(
        self,
        model: Any,
        prepare: Callable[[], bool],
        around: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._model, self._prepare, self._around = model, prepare, around
        self._own: Function | None = None  # the user's
        self._second: Function | None = None
        self._second_for: Function | None = None  # what the user's own was when it was made
        self._loaded: Function | None = None
        self._fired = False
        self._failure: Exception | None = None

    def load(self) -> None:
        """The next call of the train function is ours."""
        self._restore()
        self._own = self._model.train_function
        fit = getattr(self._model, "history", None)

        def stand_in(iterator: Any) -> Any:
            self._restore()
            own = self._users()
            if getattr(self._model, "history", None) is not fit:  # left over from a broken fit
                return own(iterator)
            function = self._made(own)
            if function is None:
                return own(iterator)
            with self._around():
                outputs = function(iterator)
            self._fired = True
            return outputs

        self._loaded, self._fired = stand_in, False
        self._model.__dict__["train_function"] = stand_in

    def unload(self) -> bool:
        """Puts the user's function back; whether the second was called, and came to its end.

        Raises:
          RuntimeError: there is no second function; the user's ran.
        """
        self._restore()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise RuntimeError(f"A second train function can't be made: {failure}") from failure
        fired, self._fired = self._fired, False
        return fired

    def forget(self) -> None:
        """Lets go of the functions."""
        self._restore()
        self._own = self._second = self._second_for = None

    def _restore(self) -> None:
        if self._loaded is not None and self._model.__dict__["train_function"] is self._loaded:
            self._model.__dict__["train_function"] = self._own
        self._loaded = None

    def _users(self) -> Function:
        """The user's function; made here where the model was about to make it."""
        if self._model.train_function is None:
            self._model.make_train_function()
        return self._model.train_function

    def _made(self, own: Function) -> Function | None:
        """The second train function, anew where the user's own is new, as after `compile`."""
        try:
            if self._prepare() or self._second_for is not own:
                self._model.train_function = None  # an override may not know of `force`
                self._model.make_train_function()
                self._second, self._second_for = self._model.train_function, own
        except Exception as failure:
            self._failure = failure
            return None
        finally:
            self._model.train_function = own
        return self._second


def in_graph(call: Callable[..., None], step: Any, gradients: Any = None, loss: Any = None) -> None:
    """Calls `call(step, gradients, loss)` with what is at hand, in eager code or within a graph.

    Inside a `tf.function` it is called at every run of this place, after all that the graph did to
    variables before and before all that it does to them later: the model it looks at has the
    weights of that moment.
    """
    flat = tf.nest.flatten((step, gradients, loss), expand_composites=True)
    if tf.executing_eagerly():
        call(int(step), gradients, loss)
        return
    given = [x for x in flat if x is not None]

    def called(*values: Any) -> None:
        rest = iter(values)
        filled = [None if x is None else next(rest) for x in flat]
        packed = tf.nest.pack_sequence_as((step, gradients, loss), filled, expand_composites=True)
        call(int(packed[0]), *packed[1:])

    # A call that takes the handle of a variable stands in line with what else uses it.
    handles = [x for _, x in tf.compat.v1.get_default_graph().captures if x.dtype == tf.resource]
    tf.py_function(called, [*given, *handles], Tout=[])
