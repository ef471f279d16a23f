"""What a recorder was asked to do: checked once, when it is made."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

from tb_deepdebug.findings.finding import Finding
from tb_deepdebug.recorder.schedule import Schedule, schedule

# A probe that nobody chose: enough examples to call a unit dead, few enough to cost little.
FEWEST_EXAMPLES, MOST_EXAMPLES = 4, 64
MOST_POSITIONS = 32_768
_COUNTS = {
    "every": 1,
    "health_every": 1,
    "gradients_every": 1,
    "examples": 0,
    "jacobian": 0,
    "horizon": 1,
    "picture_cells": 0,
    "memory_bytes": 1,
    "file_bytes": 1,
}


@dataclasses.dataclass(frozen=True)
class Settings:
    """The options that all recorders share.

    Attributes:
      schedule: when the probe is run.
      health_every: training health is recorded at every so many steps, and with each probe.
      gradients_every: input gradients are taken with every so many probes, and with the first
        and the last.
      examples: pictured examples of a layer, at most.
      output_step: which timestep's output is differentiated; None: the last valid one, or the
        middle of the valid ones where the net reads both ways.
      jacobian: at so many output steps, together: the temporal Jacobian; 0: none.
      horizon: how many timesteps back the output has to look; None: that is not known.
      picture_cells: cells pictured in one probe, over all layers; a layer that finds no room is
        recorded without a picture.
      memory_bytes: values held at a time while probing; more examples are taken in chunks.
      file_bytes: an event file that has passed this size is followed by a new one.
      activations, preactivations, gates, health, input_gradients, graph: what is written at all.
      diagnose: the rules are applied after each probe; what is wrong is said on standard error,
        once, when it appears.
      on_finding: called with each finding that is said; "stop" ends a training with a grave one;
        None does nothing.
      progress: a line on standard error after each probe.
      description: shown with the data.
    """

    schedule: Schedule
    health_every: int = 10
    gradients_every: int = 10
    examples: int = 3
    output_step: Any = None
    jacobian: int = 0
    horizon: int | None = None
    picture_cells: int = 2 << 20
    memory_bytes: int = 512 << 20
    file_bytes: int = 64 << 20
    activations: bool = True
    preactivations: bool = True
    gates: bool = True
    health: bool = True
    input_gradients: bool = True
    graph: bool = True
    diagnose: bool = True
    on_finding: Callable[[Finding], Any] | Literal["stop"] | None = None
    progress: bool = False
    description: str | None = None

    def told(self) -> dict[str, Any]:
        """The settings as JSON would have them, for the log."""
        plain = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        when = plain.pop("schedule")
        custom = None if when.wanted is None else "a function"
        every = custom or ("epoch" if when.epochs else when.every)
        del plain["description"]  # stands with every record
        step = plain.pop("output_step")
        if callable(plain["on_finding"]):
            plain["on_finding"] = "a function"
        told = step if isinstance(step, int | str | None) else "one an example"
        return {"every": every, "output_step": told, **plain}


def settings(every: Any, options: Mapping[str, Any]) -> Settings:
    """Checks the options of a recorder.

    Raises:
      TypeError, ValueError: the message gives the rule and what came.
    """
    for name, least in _COUNTS.items():
        unknown = name == "horizon" and options.get(name) is None
        if name in options and not unknown:
            _check_count(name, options[name], least)
    for name in ("activations", "preactivations", "gates", "health", "input_gradients", "graph"):
        _check_flag(f"write_{name}", options.get(name, True))
    _check_flag("progress", options.get("progress", False))
    _check_flag("diagnose", options.get("diagnose", True))
    act = options.get("on_finding")
    if act is not None and act != "stop" and not callable(act):
        raise TypeError(
            f'`on_finding` must be a function of a finding, "stop" or None. Received: {act!r}'
        )
    description = options.get("description")
    if description is not None and not isinstance(description, str):
        raise TypeError(f"`description` must be a string. Received: description={description!r}")
    return Settings(schedule=schedule(every), **options)


def most_examples(positions: int) -> int:
    """How many examples of so many timesteps or pixels make up a probe that nobody chose."""
    wanted = MOST_POSITIONS // max(positions, 1)
    return int(np.clip(wanted, FEWEST_EXAMPLES, MOST_EXAMPLES))


def _check_count(name: str, value: Any, least: int) -> None:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < least:
        raise ValueError(
            f"`{name}` must be an integer of at least {least}. Received: {name}={value!r}"
        )


def _check_flag(name: str, value: Any) -> None:
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"`{name}` must be True or False. Received: {name}={value!r}")
