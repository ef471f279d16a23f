"""What it means that a net can, or can't, learn a few rows by heart."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from tb_deepdebug.checks.baseline_scores import METRICS
from tb_deepdebug.checks.overfit_rows import CHANCE, TASKS, Few, conflicting
from tb_deepdebug.checks.overfit_run import Attempt, State, best
from tb_deepdebug.records.check import Check, Item, Line, Number, Picture, Verdict

_POINTS = 400  # of a curve

_STATES: dict[State, str] = {
    "learned": "",
    "not finite": "the loss or the outputs stopped being finite",
    "stood still": "the loss no longer changes at all: no gradient reaches the weights",
    "one output": "every row gets the same output: the input does not reach it",
    "still falling": "the loss was still falling",
    "stuck": "the loss rests where it is",
}
_REMEDIES: dict[State, str] = {
    "learned": "",
    "not finite": "Look for NaN and large values in the inputs, and try lower learning rates.",
    "stood still": "Look for dead units, an activation function on the output that cuts it off, "
    "and frozen layers: record a training and open Diagnosis.",
    "one output": "Look for the layer where all rows become alike (dead units, saturated ones): "
    "record a training and open Diagnosis.",
    "still falling": "Raise `steps`.",
    "stuck": "Look at the loss against the last activation function, at initial weights and at "
    "vanishing gradients: record a training and open Diagnosis.",
}


@dataclasses.dataclass(frozen=True, eq=False)
class Told:
    """All that was tried.

    Attributes:
      own, dealt: the rows with their own and with random labels.
      attempts, random: at them; `random` is empty where random labels were not asked for.
      whole: of how many rows, how many have a twin with another label.
      too_many: whether random labels were left out as more than the net can keep.
    """

    own: Few
    dealt: Few
    attempts: Sequence[Attempt]
    random: Sequence[Attempt]
    whole: tuple[int, int]
    settings: tuple[tuple[str, str], ...]
    too_many: bool = False

    @property
    def metric(self) -> str:
        return METRICS[TASKS[self.own.loss]]


def beyond(own: Few, attempts: Sequence[Attempt]) -> bool:
    """Whether random labels of every timestep are more than the net has weights to keep them."""
    return own.timesteps > 1 and own.labelled > best(attempts).parameters


def report(told: Told) -> Check:
    """The check: what both labellings together mean."""
    verdict, sentence, following = _meaning(told)
    return Check(
        "overfit_small",
        verdict,
        sentence,
        following,
        numbers=_numbers(told),
        items=_items(told),
        pictures=pictures(told.attempts, told.random),
        settings=told.settings,
    )


def _meaning(told: Told) -> tuple[Verdict, str, str]:
    """The table of both labellings: verdict, sentence, next."""
    own, rows = best(told.attempts), len(told.own.y)
    random = best(told.random) if told.random else None
    over = " over all labelled timesteps" if told.own.timesteps > 1 else ""
    scored = f"{told.metric} {own.score:.3f}{over}"
    after = f"after {own.steps} steps at learning rate {own.learning_rate:g}"
    if own.learned and conflicting(told.own.y, told.own.twins):
        alike = (
            f"{rows} rows are learned as far as their inputs tell them apart: {scored} {after}, "
            f"where {told.own.reachable:.3f} can be reached; the others have equal inputs with "
            "different labels."
        )
        return _conflicts(told).verdict, alike, _DIFFERENT
    if own.learned and random is None:
        return "pass", f"{rows} rows are learned by heart: {scored} {after}.", _LEARNS
    if own.learned and random is not None and random.learned:
        both = f"{rows} rows are learned by heart, random labels too: {scored} {after}."
        return "pass", both, _LEARNS
    if own.learned:
        only = f"{rows} rows are learned by heart ({scored} {after}), random labels are not."
        return "partial", only, _LITTLE if told.own.timesteps == 1 else _MANY
    wanted = f"{own.score:.3f} of {told.own.target:.3f}{over}"
    lacking = f"{told.metric} {wanted} within {own.steps} steps"
    if random is not None and random.learned:
        odd = f"The net learns random labels, but not its own: {lacking}."
        return "fail", odd, _SUSPICIOUS
    verdict: Verdict = "partial" if own.state == "still falling" else "fail"
    neither = " nor random labels" if random is not None else ""
    sentence = f"{rows} rows are not learned by heart{neither}: {lacking}; {_STATES[own.state]}."
    return verdict, sentence, _REMEDIES[own.state]


_LEARNS = (
    "Architecture and optimisation work. If it fails on unseen users, look at the data, at "
    "regularisation and at `baseline`."
)
_LITTLE = (
    "Little capacity, or too few steps: raise `steps`, then the units. Labels that go with a "
    "simple pattern are learned all the same."
)
_MANY = (
    "Random labels of every timestep ask for much memory: lower `examples` or raise `steps` before "
    "you blame the capacity."
)
_DIFFERENT = "Find out why: labels joined to the wrong rows, inputs that lost what differs."
_SUSPICIOUS = (
    "Look at these rows: inputs that are nearly the same with different labels, inputs that are "
    "constant or out of range, labels of another scale."
)


def _items(told: Told) -> tuple[Item, ...]:
    found = [_labelling("its own labels", told.own, told.attempts, told.metric)]
    if told.random:
        found.append(_labelling("random labels", told.dealt, told.random, told.metric))
    elif told.too_many:
        found.append(_not_tried(told))
    found.append(_conflicts(told))
    notes = best(told.attempts).notes
    if notes:
        found.append(Item("the copy", "unknown", f"{'; '.join(notes)}."))
    return tuple(found)


def _not_tried(told: Told) -> Item:
    sentence = (
        f"Not tried: {told.own.labelled:,} labels of timesteps are more than the net has weights "
        f"to keep them, {best(told.attempts).parameters:,}."
    )
    return Item("random labels", "unknown", sentence, "Lower `examples` to try them.")


def _labelling(name: str, few: Few, attempts: Sequence[Attempt], metric: str) -> Item:
    one = best(attempts)
    tried = ", ".join(
        f"{a.learning_rate:g}: {metric} {a.score:.3f} ({a.state}, {a.steps} steps)"
        for a in attempts
    )
    if one.learned:
        sentence = (
            f"{metric} {one.score:.3f} after {one.steps} steps at learning rate "
            f"{one.learning_rate:g}."
        )
        return Item(name, "pass", f"{sentence} Tried: {tried}.", picture=0)
    sentence = f"{metric} {one.score:.3f}, wanted {few.target:.3f}; {_STATES[one.state]}."
    verdict: Verdict = "partial" if one.state == "still falling" else "fail"
    return Item(name, verdict, f"{sentence} Tried: {tried}.", _REMEDIES[one.state], picture=0)


def _conflicts(told: Told) -> Item:
    """Rows that no function of the inputs can tell apart."""
    name, number = "equal inputs with different labels", conflicting(told.own.y, told.own.twins)
    every, among = told.whole
    if not every and not number:
        return Item(name, "pass", f"None among {among:,} rows.")
    reachable, chance = told.own.reachable, CHANCE[told.own.loss]
    sentence = f"{number} of the {len(told.own.y)} rows, {every:,} of {among:,} looked at."
    if number:
        sentence += f" The best {told.metric} that can be reached on these is {reachable:.3f}."
    verdict: Verdict = "fail" if reachable - chance < 0.5 * (1 - chance) else "partial"
    return Item(name, verdict, sentence, _DIFFERENT)


def _numbers(told: Told) -> tuple[Number, ...]:
    own = best(told.attempts)
    found = [Number(told.metric, own.score), Number("wanted", told.own.target)]
    if told.random:
        found.append(Number(f"{told.metric} with random labels", best(told.random).score))
    return (
        *found,
        Number(f"best {told.metric} that can be reached", told.own.reachable),
        Number("learning rate", own.learning_rate),
        Number("steps", float(own.steps)),
        Number("rows", float(len(told.own.y))),
        *([Number("labels", float(told.own.labelled))] if told.own.timesteps > 1 else []),
        Number("parameters", float(own.parameters)),
    )


def pictures(own: Sequence[Attempt], random: Sequence[Attempt]) -> tuple[Picture, ...]:
    """The losses at the best learning rates; of the own labels at all, where there are several."""
    pairs = [("its own labels", own), ("random labels", random)]
    lines = [
        _curve(f"{name}, learning rate {best(some).learning_rate:g}", best(some))
        for name, some in pairs
        if some
    ]
    found = [Picture("lines", "Loss of the few rows", "step", "loss", tuple(lines), log_y=True)]
    if len(own) > 1:
        rates = tuple(_curve(f"{one.learning_rate:g}", one) for one in own)
        title = "Its own labels at each learning rate"
        found.append(Picture("lines", title, "step", "loss", rates, log_y=True))
    return tuple(found)


def _curve(name: str, attempt: Attempt) -> Line:
    steps = np.arange(1.0, attempt.steps + 1)
    thin = max(1, -(-attempt.steps // _POINTS))
    return Line(name, steps[::thin], np.array(attempt.losses, np.float64)[::thin])
