"""What becomes of the training: without harm to it, no statistic of a layer is an alarm."""

from __future__ import annotations

import dataclasses
import math
import weakref

import numpy as np

from tb_deepdebug.findings.finding import Severity
from tb_deepdebug.findings.view import Curve, Floats, Run
from tb_deepdebug.records.setup import Setup

_LEAST_LABELS = 20
_LATE = 50  # training steps after which a second point says little of the beginning
STATES = ("learning", "poor", "stuck", "worse", "broken", "unknown")


@dataclasses.dataclass(frozen=True)
class Impact:
    """How a training goes.

    Attributes:
      state: "learning" (the loss is far below where it began, or below the best guess that knows
        no input), "poor" (a little below that guess), "stuck" (not below), "worse" (far above its
        best, or below what such a loss can be), "broken" (not finite), "unknown" (too little is
        recorded).
      first, best, recent: losses: at the start, the lowest smoothed one, over the last tenth.
      trivial: the loss of the best constant guess; NaN if not known.
      skill: 1 - recent / trivial: 1 perfect, 0 no better than a constant; NaN if not known.
      sentence: all this in words.
    """

    state: str
    first: float = math.nan
    best: float = math.nan
    recent: float = math.nan
    trivial: float = math.nan
    skill: float = math.nan
    sentence: str = ""

    @property
    def is_harmed(self) -> bool:
        """Whether the training is seen to go badly."""
        return self.state in ("stuck", "worse", "broken")


_KNOWN: weakref.WeakKeyDictionary[Run, Impact] = weakref.WeakKeyDictionary()


def impact(run: Run) -> Impact:
    """How the training goes, from the loss and, where known, the labels; told once a run."""
    found = _KNOWN.get(run)
    if found is None:
        found = _KNOWN[run] = judged(run)
    return found


def judged(
    run: Run,
    *,
    stuck: float = 0.9,
    worse: float = 2.0,
    poor: float = 0.4,
    unbounded: float = 100.0,
) -> Impact:
    """What `impact` says, by other thresholds if need be.

    Args:
      stuck: a loss of at least this share of that of the best constant guess (of the first loss,
        where the labels are not known) has not learnt; ours.
      worse: a loss so many times its best has gone wrong (TheDeepChecker's diverging loss: 2).
      poor: below this skill a net has learnt little; whether there is more to learn, no one can
        tell, so that it speaks only together with a grave fault; ours.
      unbounded: a negative loss so many times larger than the first, or than 1, has no bound; ours.
    """
    if run.loss is None or len(run.loss.values) < 5:
        return Impact("unknown", sentence="too little of the loss is recorded")
    values = run.loss.values
    tail = values[-max(5, len(values) // 10) :]
    if not np.isfinite(tail).any() or not np.isfinite(values[-1]) or _is_lost(run):
        return Impact("broken", sentence="the loss is not finite")
    smooth = smoothed(values)
    first, recent = _first(run.setup, run.loss), float(np.nanmedian(tail))
    best = float(np.nanmin(smooth))
    trivial = trivial_loss(run.setup)
    skill = 1 - recent / trivial if trivial > 0 else math.nan
    bound = trivial if trivial > 0 else first
    told = {"first": first, "best": best, "recent": recent, "trivial": trivial, "skill": skill}
    if recent < 0 and _is_impossible(run.setup, recent, unbounded * max(abs(first), 1.0)):
        words = f"the loss is {recent:.3g}: below zero, and falling without bound"
        return Impact("worse", **told, sentence=words)
    if best > 0 and recent > worse * best and recent > min(stuck * bound, worse * first):
        words = f"the loss is {recent:.3g}, {recent / best:.3g} times its best"
        return Impact("worse", **told, sentence=words)
    if recent >= stuck * bound:
        words = f"the loss is {recent:.3g}; " + (
            f"a constant guess has {trivial:.3g}" if trivial > 0 else f"it began at {first:.3g}"
        )
        return Impact("stuck", **told, sentence=words)
    words = f"the loss fell from {first:.3g} to {recent:.3g}"
    if skill < poor:
        words += f"; a constant guess has {trivial:.3g}"
    return Impact("poor" if skill < poor else "learning", **told, sentence=words)


def _first(setup: Setup | None, loss: Curve) -> float:
    """The loss that a training began with: its first points, or the one before training.

    Points that come late, such as the means of epochs, have left the beginning behind.
    """
    told = setup.loss.first if setup is not None and setup.loss is not None else math.nan
    late = len(loss.steps) > 1 and int(loss.steps[1]) > _LATE
    return told if late and math.isfinite(told) else float(np.nanmedian(loss.values[:3]))


def _is_lost(run: Run) -> bool:
    """Whether weights are no numbers any more: a scalar of the loss leaves NaN out."""
    health = run.parameters
    if health is None or not len(health.steps):
        return False
    lost = health.vector("weight_nonfinite")[-1]
    return bool((np.nan_to_num(lost) > 0).any())


def _is_impossible(setup: Setup | None, loss: float, bound: float) -> bool:
    """Whether a negative loss can't be: those of known families are 0 at best."""
    family = setup.loss.family if setup is not None and setup.loss is not None else "other"
    return -loss > (bound if family == "other" else 1e-3)


def smoothed(values: Floats, window: int = 5) -> Floats:
    """A running median over so many points, ends shortened; NaN is left out."""
    half = window // 2
    padded = np.pad(values.astype(np.float64), half, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, window)
    known = np.isfinite(windows)
    filled = np.where(known, windows, np.inf)
    ranked = np.sort(filled, axis=1)
    count = known.sum(axis=1)
    at = np.maximum(count - 1, 0) // 2
    return np.where(count > 0, ranked[np.arange(len(values)), at], np.nan)


def trivial_loss(setup: Setup | None) -> float:
    """The loss of the best guess that knows the labels' distribution and no input; NaN if unknown.

    Cross-entropy: the labels' entropy. Squared error: their variance. A few labels tell neither.
    """
    if setup is None or setup.labels is None or setup.loss is None:
        return math.nan
    labels, loss = setup.labels, setup.loss
    if loss.weighted or labels.count < _LEAST_LABELS:
        return math.nan
    if loss.family == "categorical" and labels.class_counts:
        return _entropy(np.array(labels.class_counts, np.float64))
    if loss.family == "binary" and labels.min >= 0 and labels.max <= 1:
        return _entropy(np.array([labels.mean, 1 - labels.mean]))
    if loss.family == "regression" and loss.name in ("mse", "mean_squared_error", "mse_loss"):
        return labels.std**2
    return math.nan


def _entropy(counts: Floats) -> float:
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum())


def weigh(base: Severity, harm: Impact, *, blocked: bool = False) -> Severity:
    """A finding's severity, after what becomes of the training.

    A fault of a layer that learns all the same is an INFO, whatever its share; one that blocks
    every path from input to output (`blocked`) or comes with a training that fails keeps its
    base. Where the loss is not known, it is a WARNING at most; so is an ERROR where little is
    learnt, while a WARNING is an INFO there.
    """
    if blocked or harm.is_harmed:
        return base
    grave = harm.state == "poor" and base >= Severity.ERROR
    return min(base, Severity.WARNING if grave or harm.state == "unknown" else Severity.INFO)
