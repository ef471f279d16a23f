"""What gains on simple models mean: verdicts, sentences, pictures."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.checks.baseline_rows import Rows
from tb_deepdebug.checks.baseline_scores import METRICS, gain, of_difference, of_score
from tb_deepdebug.records.check import Check, Item, Line, Number, Picture, Verdict
from tb_deepdebug.records.estimate import Estimate

Floats = NDArray[np.float64]
TOO_GOOD = 0.999

_NEXT = {
    "pass": "Look in Predictions where it wins and where it loses, and for whom.",
    "partial": "Run `overfit_small`: a net that can't fit a few dozen rows has not learned. One "
    "that can may have inputs that carry no more than the simple model reads, or too few users to "
    "show more: compare on more of them.",
    "fail": "Look for a fault before you tune: the same preprocessing in training and prediction, "
    "predictions and labels in one order, a training that got anywhere (Diagnosis), and what the "
    "simple model reads among the inputs of the net.",
    "unknown": "",
}


@dataclasses.dataclass(frozen=True, eq=False)
class Rival:
    """A simple model beside the prediction.

    Attributes:
      score: its own, with its interval over users.
      model: the prediction's score.
      gain: of the prediction on it.
      verdict: whether the prediction is better ("pass"), no different for certain ("partial") or
        worse ("fail").
    """

    name: str
    score: Estimate
    model: float
    gain: Estimate
    verdict: Verdict


def rival(metric: str, name: str, model: Floats, scores: Floats, users: int, rivals: int) -> Rival:
    """Compares paired scores, of all rows and of every resample.

    Args:
      rivals: how many simple models there are.
    """
    gained = gain(model, scores, users, rivals)
    # Where either is perfect in many resamples a gain has no interval; the difference has.
    sign = gained if np.isfinite(gained.low) else of_difference(model, scores, users, rivals)
    verdict: Verdict = "pass" if sign.low > 0 else "fail" if sign.high < 0 else "partial"
    if not np.isfinite(sign.low):
        verdict = "unknown"
    own = of_score(metric, scores, users)
    return Rival(name, own, float(model[0]), gained, verdict)


def no_verdict(reason: str, settings: tuple[tuple[str, str], ...]) -> Check:
    """The check of rows that nothing can be said of."""
    return Check("baseline", "unknown", f"Can't be compared: {reason}.", settings=settings)


def report(
    rows: Rows,
    model: Estimate,
    rivals: list[Rival],
    held_out: bool | None,
    settings: tuple[tuple[str, str], ...],
) -> Check:
    """The check: the verdict is that against the best of the rivals.

    Args:
      model: the prediction's score.
    """
    best = max(rivals, key=lambda one: one.score.value)
    metric = METRICS[rows.task]
    caveats = _caveats(rows, model, best, held_out)
    verdict = best.verdict
    if verdict == "pass" and any(one.verdict in ("partial", "fail") for one in caveats[:2]):
        verdict = "partial"
    ordered = sorted(rivals, key=lambda one: -one.score.value)
    pictures = (_gains(ordered), _scores(metric, model, ordered))
    following = next((one.next for one in caveats if one.verdict == "fail"), "")
    return Check(
        "baseline",
        verdict,
        _sentence(metric, best, capital=True),
        following or _NEXT[best.verdict],
        numbers=_numbers(rows, metric, model, best, ordered),
        items=tuple(_item(metric, one) for one in ordered) + caveats,
        pictures=pictures,
        settings=settings,
    )


def _said(number: Estimate) -> str:
    if not np.isfinite(number.value):
        return "not defined (the simple model is perfect)"
    if not (np.isfinite(number.low) and np.isfinite(number.high)):
        return f"{number.value:.2f}"
    return f"{number.value:.2f} [{number.low:.2f}, {number.high:.2f}]"


def _sentence(metric: str, rival: Rival, capital: bool = False) -> str:
    words = {
        "pass": f"better than {rival.name}",
        "partial": f"no evidence of gain on {rival.name}",
        "fail": f"worse than {rival.name}",
        "unknown": f"not to be compared with {rival.name} (too few resamples hold every class)",
    }[rival.verdict]
    words = words[0].upper() + words[1:] if capital else words
    return (
        f"{words}: {metric} {rival.model:.3f} against {rival.score.value:.3f}, "
        f"gain {_said(rival.gain)}."
    )


def _item(metric: str, rival: Rival) -> Item:
    following = "" if rival.verdict == "pass" else _NEXT[rival.verdict]
    sentence = _sentence(metric, rival, capital=True)
    return Item(rival.name, rival.verdict, sentence, following, picture=0)


def _caveats(rows: Rows, model: Estimate, best: Rival, held_out: bool | None) -> tuple[Item, ...]:
    """What the gains do not tell; the first two bear on the verdict."""
    found = [_held_out(held_out), _plausible(METRICS[rows.task], model.value, best)]
    if rows.task == "binary" and model.high < 0.5:
        found.append(
            Item(
                "order of the predictions",
                "fail",
                f"High predictions go with label 0: AUROC {_said(model)}, below 0.5.",
                "Check which class is 1, the sign of the output, and that rows of predictions and "
                "labels are in one order.",
            )
        )
    if not rows.grouped:
        found.append(
            Item(
                "users",
                "unknown",
                "Each row is taken as a user of its own.",
                "Where rows share a user, give `groups`: the intervals are too narrow without.",
            )
        )
    return tuple(found)


def _held_out(held_out: bool | None) -> Item:
    name = "predictions of held-out rows"
    if held_out:
        return Item(name, "pass", "They are of rows that the model was not trained on, you say.")
    if held_out is None:
        return Item(
            name,
            "unknown",
            "The rows do not show whether the model was trained on them.",
            "Predict users that it was not trained on, and say `held_out=True`.",
        )
    return Item(
        name,
        "partial",
        "The model was trained on these rows; the simple models are out of fold.",
        "A gain on training rows proves nothing: predict users that it was not trained on.",
    )


def _plausible(metric: str, score: float, best: Rival) -> Item:
    if score <= TOO_GOOD or best.score.value > 0.99:
        return Item("plausibility", "pass", f"{metric} {score:.3f} is not too good to be true.")
    return Item(
        "plausibility",
        "partial",
        f"{metric} {score:.4f} is close to perfect where {best.name} has {best.score.value:.3f}.",
        "Look for a leak: the label among the inputs, a user in both training and validation, "
        "inputs from after the label.",
    )


def _numbers(
    rows: Rows, metric: str, model: Estimate, best: Rival, ordered: list[Rival]
) -> tuple[Number, ...]:
    def number(name: str, one: Estimate) -> Number:
        return Number(name, one.value, one.low, one.high)

    return (
        number("gain", best.gain),
        number(metric, model),
        *(number(f"{metric} of {one.name}", one.score) for one in ordered),
        Number("rows", float(len(rows.label))),
        Number("users", float(rows.number_of_users)),
        Number("rows left out", float((~rows.kept).sum())),
    )


def _intervals(name: str, estimates: list[Estimate], labels: list[str]) -> Line:
    """One row each; what has no end is drawn without an interval."""
    value = np.array([one.value for one in estimates])
    return Line(
        name,
        np.where(np.isfinite(value), value, np.nan),
        np.arange(float(len(labels))),
        np.array([one.low if np.isfinite(one.low) else np.nan for one in estimates]),
        np.array([one.high if np.isfinite(one.high) else np.nan for one in estimates]),
        tuple(labels),
    )


def _gains(rivals: list[Rival]) -> Picture:
    line = _intervals("gain", [one.gain for one in rivals], [one.name for one in rivals])
    label = "gain (0: as good, 1: perfect)"
    references = (("as good", 0.0),)
    return Picture("intervals", "Gain on simple models", label, "model", (line,), references)


def _scores(metric: str, model: Estimate, rivals: list[Rival]) -> Picture:
    every = [model, *(one.score for one in rivals)]
    line = _intervals(metric, every, ["your model", *(one.name for one in rivals)])
    chance = (("chance", 0.5),) if metric == "AUROC" else ()
    return Picture(
        "intervals", f"{metric}, with its 95 % interval", metric, "model", (line,), chance
    )
