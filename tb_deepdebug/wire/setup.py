"""A training's setup <-> a header, no planes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from tb_deepdebug.records.setup import (
    InputFacts,
    LabelFacts,
    LossFacts,
    OptimizerFacts,
    OutputFacts,
    Setup,
)
from tb_deepdebug.wire.errors import WireError
from tb_deepdebug.wire.plain import plain
from tb_deepdebug.wire.planes import Plane
from tb_deepdebug.wire.series import Series

Facts = TypeVar("Facts", InputFacts, LabelFacts, LossFacts, OptimizerFacts, OutputFacts)

# What a header of ours never passes; a log's author must not make a reader slow.
LONGEST_TEXT, LONGEST_LIST = 1000, 65_536
_INFINITE = {"inf": math.inf, "-inf": -math.inf}


def fields(record: Setup) -> dict[str, Any]:
    """The header's fields: NaN is null, an infinity "inf" or "-inf"."""
    return {name: plain(value) for name, value in dataclasses.asdict(record).items()}


def planes(record: Setup) -> list[Plane]:
    """None."""
    return []


def series(record: Setup) -> Series:
    """The series scalars; NaN for what is not known."""
    loss, labels = record.loss, record.labels
    return Series(
        {
            "first_loss": math.nan if loss is None else loss.first,
            "labels_mean": math.nan if labels is None else labels.mean,
            "labels_std": math.nan if labels is None else labels.std,
            "batch_size": math.nan if record.batch_size is None else record.batch_size,
            "planned_steps": math.nan if record.planned_steps is None else record.planned_steps,
            "inputs": len(record.inputs),
            "frozen": len(record.frozen),
        },
        {},
    )


def standard(record: Setup) -> dict[str, float]:
    """Nothing."""
    return {}


def from_header(header: Mapping[str, Any]) -> Setup:
    """The record that a header tells of; a part that can't be read is not known."""
    inputs = header.get("inputs")
    found = [_part(InputFacts, one) for one in inputs] if isinstance(inputs, list) else []
    return Setup(
        inputs=tuple(one for one in found if one is not None),
        labels=_part(LabelFacts, header.get("labels")),
        output=_part(OutputFacts, header.get("output")),
        loss=_part(LossFacts, header.get("loss")),
        optimizer=_part(OptimizerFacts, header.get("optimizer")),
        frozen=_or(lambda: _list(header.get("frozen"), _text), ()),
        dropout=_or(lambda: _list(header.get("dropout"), _rate), ()),
        batch_size=_or(lambda: _whole(header.get("batch_size")), None),
        planned_steps=_or(lambda: _whole(header.get("planned_steps")), None),
        horizon=_or(lambda: _whole(header.get("horizon")), None),
    )


def _part(kind: type[Facts], told: Any) -> Facts | None:
    """One part of a setup; None where it is missing or is not what it should be."""
    if not isinstance(told, Mapping):
        return None
    known = {f.name: _READERS[str(f.type)] for f in dataclasses.fields(kind) if f.name in told}
    return _or(lambda: kind(**{name: read(told[name]) for name, read in known.items()}), None)


_Value = TypeVar("_Value")


def _or(read: Callable[[], _Value], other: _Value) -> _Value:
    """What is read, or `other` where that is not possible (a field is missing, of another type)."""
    try:
        return read()
    except (WireError, TypeError, OverflowError):
        return other


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise WireError(f"a text of at most {LONGEST_TEXT} characters was expected")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise WireError("true or false was expected")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 2**62:
        raise WireError("a whole number was expected")
    return value


def _number(value: Any) -> float:
    if value is None:
        return math.nan
    if isinstance(value, str) and value in _INFINITE:
        return _INFINITE[value]
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise WireError("a number was expected")
    return float(value)


def _rate(value: Any) -> tuple[str, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise WireError("a name and a number were expected")
    return _text(value[0]), _number(value[1])


def _list(value: Any, read: Callable[[Any], _Value]) -> tuple[_Value, ...]:
    if not isinstance(value, list) or len(value) > LONGEST_LIST:
        raise WireError(f"a list of at most {LONGEST_LIST} items was expected")
    return tuple(read(one) for one in value)


def _maybe(read: Callable[[Any], _Value]) -> Callable[[Any], _Value | None]:
    return lambda value: None if value is None else read(value)


_READERS: dict[str, Callable[[Any], Any]] = {  # by the type of a record's field
    "str": _text,
    "str | None": _maybe(_text),
    "bool": _flag,
    "bool | None": _maybe(_flag),
    "int": _whole,
    "float": _number,
    "float | None": _maybe(_number),
    "tuple[int, ...]": lambda value: _list(value, _whole),
    "tuple[int | None, ...]": lambda value: _list(value, _maybe(_whole)),
    "tuple[float, ...]": lambda value: _list(value, _number),
}
