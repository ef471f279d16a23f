"""One forward pass of a model, watched: modules by hooks, functions by a function mode.

Every tensor that comes from the model's inputs carries facts: what its axes mean, which layers it
comes from, and whose output it is. Nothing is changed but hooks, which are gone afterwards.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence
from torch.overrides import TorchFunctionMode
from torch.utils.weak import WeakTensorKeyDictionary

from tb_deepdebug.change import Change
from tb_deepdebug.torch import axes as torch_axes
from tb_deepdebug.torch import change as torch_change
from tb_deepdebug.torch import gates as torch_gates
from tb_deepdebug.torch import recurrent as torch_recurrent
from tb_deepdebug.torch.activations import SQUASHING, activation_name, plain_name
from tb_deepdebug.torch.axes import Axes
from tb_deepdebug.torch.facts import Fact, Place, Value
from tb_deepdebug.torch.ledger import Ledger
from tb_deepdebug.torch.modules import absorbs, flat, has_weights, is_leaf, kind, tensors, watched
from tb_deepdebug.torch.packed import padded, repacked

_LOOKS = frozenset(("__getitem__", "select", "reshape", "view", "flatten", "unflatten"))


@dataclasses.dataclass(eq=False)
class _Call:
    """A module that is running."""

    name: str
    module: nn.Module
    leaf: bool
    incoming: frozenset[int] = frozenset()
    packed: PackedSequence | None = None
    node: int | None = None
    inner: list[Place] = dataclasses.field(default_factory=list)


class Trace(TorchFunctionMode):
    """Watches one forward pass between `__enter__` and `__exit__`.

    Args:
      model: to be watched, unwrapped.
      keep, looped: as of a `Ledger`, which is `seen`.
      gates: whether the gates of recurrent layers are recomputed.
      check: whether they are compared with the layers' outputs.
      bypass: the counts of squashing functions to be skipped.
      replace: module -> a function of its output, whose result is used in its stead.
      apart: hand copies on, so that no later function changes in place what is kept.
      differentiated: what is kept is to be differentiated by, so what follows must come from it.
      change: made to what passes through one layer.
    """

    def __init__(
        self,
        model: nn.Module,
        *,
        keep: Callable[[torch.Tensor], torch.Tensor],
        looped: frozenset[str] = frozenset(),
        gates: bool = True,
        check: bool = False,
        bypass: frozenset[int] = frozenset(),
        replace: Mapping[nn.Module, Callable[[Any], Any]] | None = None,
        apart: bool = False,
        differentiated: bool = False,
        change: Change | None = None,
    ) -> None:
        super().__init__()
        self._model, self.seen = model, Ledger(keep, looped)
        self._gates, self._check, self._bypass = gates, check, bypass
        self._replace, self._apart = dict(replace or {}), apart
        self._differentiated, self._change = differentiated, change
        self._thread = threading.get_ident()
        self._asleep = False
        self._stack: list[_Call] = []
        self._facts: Any = WeakTensorKeyDictionary()
        self._squashes = 0
        self.in_place = False

    # -- around the pass --------------------------------------------------------------------

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Hooks on every module, and the mode, for as long as it lasts."""
        with contextlib.ExitStack() as stack:
            for path, module in watched(self._model):
                for handle in self._hooked(path, module):
                    stack.callback(handle.remove)
            stack.enter_context(self)
            yield

    def feed(self, name: str, tensor: torch.Tensor, axes: Axes) -> None:
        """An input of the model."""
        node = self.seen.node(name, "Input", None)
        self.seen.nodes[node].output = Value(tensor, axes)
        self._facts[tensor] = Fact(axes, frozenset([node]))

    @contextlib.contextmanager
    def _unwatched(self) -> Iterator[None]:
        """For what is called by the hooks themselves."""
        self._asleep = True
        try:
            yield
        finally:
            self._asleep = False

    def fact(self, tensor: torch.Tensor) -> Fact | None:
        """What is known of a tensor."""
        return self._facts.get(tensor)

    # -- modules ----------------------------------------------------------------------------

    def _hooked(self, path: str, module: nn.Module) -> Iterator[Any]:
        leaf = is_leaf(module)

        def enter(_: nn.Module, args: Any, kwargs: Any) -> None:
            if threading.get_ident() == self._thread:
                with self._unwatched():
                    self._enter(path, module, leaf, (args, kwargs))

        def leave(_: nn.Module, __: Any, output: Any) -> Any:
            if threading.get_ident() != self._thread:
                return None
            with self._unwatched():
                return self._leave(output)

        yield module.register_forward_pre_hook(enter, with_kwargs=True)
        yield module.register_forward_hook(leave)

    def _enter(self, path: str, module: nn.Module, leaf: bool, given: Any) -> None:
        name = path
        incoming: frozenset[int] = frozenset()
        if leaf:
            name = self.seen.call_name(path or type(module).__name__.lower(), module)
            facts = [f for t in tensors(given) if (f := self.fact(t)) is not None]
            incoming = frozenset().union(*(f.sources for f in facts))
        packed = next((x for x in flat(given) if isinstance(x, PackedSequence)), None)
        self._stack.append(_Call(name, module, leaf, incoming, packed))

    def _leave(self, output: Any) -> Any:
        call = self._stack.pop()
        if not call.leaf:
            return None
        before = output
        if call.module in self._replace:
            output = self._replace[call.module](output)
        output = self._changed_output(call, output)
        given = self._first(output)
        if self._differentiated and given is not None:
            output = repacked(output, given)
        node = self._node_of(call)
        if given is not None and (call.inner or has_weights(call.module)):
            self._emit(call, node, given)
        elif given is not None and self.seen.nodes[node].output is None:
            self.seen.nodes[node].output = Value(given.tensor.detach().to("meta"), given.axes)
        handed = self._passed_on(output, node, given)
        return None if handed is before else handed

    def _changed_output(self, call: _Call, output: Any) -> Any:
        """What a layer without an activation function returns, with the change made."""
        change, given = self._change, self._first(output)
        if change is None or change.at != "output" or not change.is_of(call.name):
            return output
        if not isinstance(output, torch.Tensor) or given is None:
            raise ValueError(f"A layer that returns one tensor can change. Received: {call.name}")
        changed = torch_change.moved(change, output, given.axes)
        fact = self.fact(output)
        if fact is not None:
            self._facts[changed] = fact
        return changed

    def _emit(self, call: _Call, node: int, given: Value) -> None:
        """What a module returned: the output of the activation function it ends in, or its own."""
        fact = self.fact(given.tensor)
        self.seen.nodes[node].squash = None if fact is None else fact.squash
        own = fact.place if fact is not None and fact.place in call.inner else None
        if own is not None:
            place = self.seen.promote(own, call.name)
            self.seen.nodes[node].activation = own.activation
        else:
            known = {"absorbs": absorbs(call.module)}
            place = self.seen.place(call.name, node, call.module, **known)
            place.after.append(self.seen.keep(given))
        if self.seen.nodes[node].output is None:
            self.seen.nodes[node].output = place.after[-1]

    def _passed_on(self, output: Any, node: int, given: Value | None) -> Any:
        """The output as the next layers see it, with what is known of it."""
        copies = self._apart and given is not None and isinstance(output, torch.Tensor)
        handed = output.clone() if copies else output
        main = None if given is None else given.tensor
        for before, tensor in zip(tensors(output), tensors(handed), strict=True):
            fact = self.fact(before)
            place = fact.place if fact is not None else None
            if before is main and self.seen.nodes[node].output is not None:
                place = self.seen.place_of(node) or place
            axes = fact.axes if fact is not None else torch_axes.fresh(before.dim())
            squash = None if fact is None else fact.squash
            self._facts[tensor] = Fact(axes, frozenset([node]), place, squash)
            if tensor is not before and before is main:
                self.seen.keep_as(tensor, self.seen.keep(Value(before, axes)).tensor)
        return handed

    def _first(self, output: Any) -> Value | None:
        """The first tensor of floats that a module returned, with what is known of its axes."""
        for one in flat(output):
            if isinstance(one, PackedSequence):
                return padded(one)
            if isinstance(one, torch.Tensor) and one.is_floating_point():
                fact = self.fact(one)
                axes = torch_axes.fresh(one.dim()) if fact is None else fact.axes
                return Value(one, axes)
        return None

    # -- functions --------------------------------------------------------------------------

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        """Runs a function, and takes note of what it did to the tensors."""
        kwargs = kwargs or {}
        if self._asleep or threading.get_ident() != self._thread:
            return func(*args, **kwargs)
        known = [(t, f) for t in tensors((args, kwargs)) if (f := self.fact(t)) is not None]
        if not known:
            return func(*args, **kwargs)
        name = plain_name(func)
        function = activation_name(name, args, kwargs)
        if function is not None:
            return self._activation(function, func, args, kwargs, known)
        self.in_place = self.in_place or _works_in_place(func)
        output = func(*args, **kwargs)
        returned = list(tensors(output))
        if name in torch_gates.FUSED or name in torch_gates.CELLS:
            self._recurrent(name, args, returned, known)
        else:
            if name == "multi_head_attention_forward":
                torch_axes.tell(known[0][1].axes, "TNC")
            self._note_facts(name, func, args, kwargs, known, returned)
        return output

    def _note_facts(
        self,
        name: str,
        func: Any,
        args: Any,
        kwargs: Any,
        known: list[tuple[torch.Tensor, Fact]],
        returned: Sequence[torch.Tensor],
    ) -> None:
        sources = frozenset().union(*(fact.sources for _, fact in known))
        first = known[0][1]
        moved = name in torch_axes.REARRANGING or name in torch_axes.SAME_VALUES
        looks = moved or name in _LOOKS
        for tensor in returned:
            alike = (fact for t, fact in known if len(fact.axes) == tensor.dim())
            fact = first if moved or looks else next(alike, first)
            axes = self._axes(name, func, args, kwargs, fact.axes, tensor)
            place = fact.place if moved else None
            squash = fact.squash if looks else None
            self._facts[tensor] = Fact(axes, sources, place, squash)

    @staticmethod
    def _axes(
        name: str, func: Any, args: Any, kwargs: Any, axes: Axes, tensor: torch.Tensor
    ) -> Axes:
        if name == "_pad_packed_sequence":
            return torch_axes.labelled("NTC" if args[2] else "TNC")
        try:
            found = torch_axes.followed(name, func, args, kwargs, axes, tensor)
        except Exception:  # a guess that fails is no reason to fail
            found = ()
        return found if len(found) == tensor.dim() else torch_axes.fresh(tensor.dim())

    def _activation(
        self, name: str, func: Any, args: Any, kwargs: Any, known: list[tuple[torch.Tensor, Fact]]
    ) -> Any:
        source, fact = known[0]
        squashing = name in SQUASHING
        self._squashes += squashing
        if squashing and self._squashes in self._bypass:
            return source
        place, absorbed = self._activated(name, fact)
        change = self._change_at(place)
        if change is None:
            place.before.append(self.seen.keep(Value(source, fact.axes)))
            output = func(*args, **kwargs)
        else:
            given, output = torch_change.changed(change, func, args, kwargs, source, fact.axes)
            place.before.append(self.seen.keep(Value(given, fact.axes)))
        self.in_place = self.in_place or output is source
        handed = output.clone() if self._apart else output
        place.after.append(self.seen.keep(Value(output, fact.axes)))
        sources = fact.sources if absorbed else frozenset([place.node])
        squash = self._squashes if squashing else None
        for tensor in (output, handed):
            self._facts[tensor] = Fact(fact.axes, sources, place, squash)
        if handed is not output:
            self.seen.keep_as(handed, place.after[-1].tensor)
        if self.seen.nodes[place.node].output is None:
            self.seen.nodes[place.node].output = place.after[-1]
        return handed

    def _change_at(self, place: Place) -> Change | None:
        """The change to an activation function that is about to be called."""
        change, call = self._change, self._running_leaf()
        if change is None or change.at != "activation":
            return None
        return change if change.is_of(place.name if call is None else call.name) else None

    def _activated(self, name: str, fact: Fact) -> tuple[Place, bool]:
        """The place of an activation function, and whether it is that of the layer it follows."""
        call = self._running_leaf()
        place = fact.place
        if (
            call is None
            and place is not None
            and place.absorbs
            and place.activation in (None, name)
            and len(place.before) < len(place.after)
        ):
            place.after.pop()
            place.activation = self.seen.nodes[place.node].activation = name
            return place, True
        owner = self._owner(fact)
        path = self.seen.call_name(f"{owner}/{name}" if owner else name, None)
        if call is not None:
            node = self._node_of(call)
        else:
            node = self.seen.node(path, name, None)
            self.seen.nodes[node].activation = name
            self.seen.connect(fact.sources, node)
        own = self.seen.place(path, node, None if call is None else call.module, activation=name)
        if call is not None:
            call.inner.append(own)
        return own, False

    def _owner(self, fact: Fact) -> str:
        """Whose name an activation function bears that follows no layer directly."""
        call = self._running_leaf()
        if call is not None:
            return call.name
        layers = [self.seen.nodes[i] for i in fact.sources]
        if len(layers) == 1 and layers[0].module is not None:
            return layers[0].name
        return self._stack[-1].name if self._stack else ""

    def _recurrent(
        self,
        name: str,
        args: Sequence[Any],
        returned: Sequence[torch.Tensor],
        known: list[tuple[torch.Tensor, Fact]],
    ) -> None:
        sources = frozenset().union(*(fact.sources for _, fact in known))
        first = known[0][1].axes
        fused = name in torch_gates.FUSED
        if fused and len(first) == 3:
            torch_axes.tell(first, "NTC" if args[8] else "TNC")
        last = torch_axes.Axis("C")
        for tensor in returned:
            axes = (*first[:-1], last) if tensor.dim() == len(first) else torch_axes.fresh(3)
            self._facts[tensor] = Fact(axes[: tensor.dim()], sources)
        if self._gates:
            self._gated(name, args, returned)

    def _gated(self, name: str, args: Sequence[Any], returned: Sequence[torch.Tensor]) -> None:
        call = self._running_leaf()
        path = call.name if call else (self._stack[-1].name if self._stack else "") or name
        run = torch_recurrent.Run(name, args, returned, None if call is None else call.packed)
        try:
            parts = run.parts(check=self._check)
        except Exception as error:
            self.seen.notes.append((f"gates of {path}", str(error) or type(error).__name__))
            return
        node = self._node_of(call) if call else self.seen.node(path, name, None)
        for part in parts:
            part.enter(self.seen, path, node, call.module if call else None)

    def _running_leaf(self) -> _Call | None:
        return next((call for call in self._stack if call.leaf), None)

    def _node_of(self, call: _Call) -> int:
        if call.node is None:
            call.node = self.seen.node(call.name, kind(call.module), call.module)
            self.seen.connect(call.incoming, call.node)
        return call.node


def _works_in_place(func: Any) -> bool:
    name = getattr(func, "__name__", "")
    return name == "__setitem__" or (name.endswith("_") and not name.endswith("__"))
