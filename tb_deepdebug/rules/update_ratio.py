"""Update ratio: the optimizer's steps are far too large, or far too small, for the weights.

What it means
-------------
The norm of what one step adds to a kernel, over the norm of the kernel: more than a tenth, and a
few steps replace the kernel; less than a hundred thousandth, and it hardly moves. About a
thousandth is usual.

Why it matters
--------------
Steps too large destroy what was learnt and push biases so far that units die. Steps too small waste
the training.

Causes
------
- The learning rate.
- Weights initialised far too small or too large.
- Gradients that vanish or explode, without an optimizer that normalises them.

What to try
-----------
- The learning rate times 10^(-3 - r), where r is log10 of the ratio.
- Warm-up, where only the first steps are too large.
- One learning rate a layer, or an adaptive optimizer, where only some layers are off.

When it is harmless
-------------------
At the end of a schedule steps are small on purpose; weights that begin at zero have no size to
compare with; biases and gains are left out. A net that learns is an INFO at most.

References
----------
- Karpathy, CS231n course notes: ratio of updates to weights, about 1e-3.
- Braiek & Khomh 2023 (TheDeepChecker): log10 above -1 is too fast, below -4 too slow.
- Amazon SageMaker Debugger, rule WeightUpdateRatio.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tb_deepdebug.findings import guards, optimizer_steps, pictures
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.impact import Impact, impact, weigh
from tb_deepdebug.findings.optimizer_steps import other_rate
from tb_deepdebug.findings.remedies import held_back
from tb_deepdebug.findings.robust import centre
from tb_deepdebug.findings.view import Floats, Parameters, Run

NAME = "update-ratio"


def find(
    run: Run,
    *,
    fast: float = -1.0,
    slow: float = -5.0,
    most: float = 0.5,
    nearly_all: float = 0.9,
    decayed: float = 0.1,
    persistence: int = guards.PERSISTENCE,
) -> Iterator[Finding | NotApplicable]:
    """Finds kernels whose updates are out of proportion.

    Args:
      fast: log10 of the ratio from which steps are too large (TheDeepChecker).
      slow: below which they are too small (ours, ten times below TheDeepChecker's).
      most: share of the kernels too fast from which it is the learning rate of all.
      nearly_all: of those too slow; where some do move the others' gradients are too small.
      decayed: of the highest learning rate: below, steps are small on purpose.
      persistence: recorded steps in a row.
    """
    told = optimizer_steps.taken(run)
    found = None if told is None else optimizer_steps.ratios(run, told)
    if told is None or found is None or not np.isfinite(found).any():
        yield NotApplicable("no update of a kernel is recorded")
        return
    harm = impact(run)
    kernels = np.isfinite(found).any(axis=0)
    with np.errstate(invalid="ignore"):
        quick = _lasting(found > fast, persistence) | _leapt(told, found, fast, persistence)
        late = _lasting((found < slow) & ~_small_on_purpose(told, decayed)[:, None], persistence)
    late[:, _without_gradient(told)] = False
    late[:-1][~late[-1:].repeat(max(len(late) - 1, 0), axis=0)] = False  # what caught up is fine
    for hit, too in ((quick, "large"), (late, "small")):
        share = np.any(hit, axis=0)[kernels].mean()
        if too == "small" and harm.state == "learning":
            continue  # what has learnt may rest
        if not share:
            continue
        everywhere = share >= (most if too == "large" else nearly_all)
        if too == "small" and not everywhere:
            hit = hit & _with_gradient(told)[None]
            if not hit.any() or quick.any():
                continue
        yield _finding(run, told, found, hit, too, everywhere, harm)


def _lasting(hit: np.ndarray, persistence: int) -> np.ndarray:
    """Where a condition holds, `[S, P]`, as part of so many recorded steps in a row."""
    needed = min(persistence, len(hit))
    kept = np.zeros_like(hit)
    for end in range(needed, len(hit) + 1):
        held = np.all(hit[end - needed : end], axis=0)
        kept[end - needed : end] |= held
    return kept


def _leapt(told: Parameters, found: Floats, fast: float, persistence: int) -> np.ndarray:
    """Where the growth of the weights alone tells of several steps too large, `[S, P]`.

    After steps that were fine at as high a learning rate it was a wild gradient.
    """
    apart = np.diff(told.steps, prepend=0) >= persistence
    grew = np.log10(np.maximum(optimizer_steps.growth(told), 1e-30)) > fast
    rate = told.number("learning_rate")
    fine = np.where(np.any(found < fast - 0.5, axis=1), rate, -np.inf)
    before = np.concatenate([[-np.inf], np.fmax.accumulate(fine)[:-1]])
    wild = before >= 0.9 * rate
    return grew & np.isfinite(found) & (apart & ~wild)[:, None]


def _small_on_purpose(told: Parameters, decayed: float) -> np.ndarray:
    """Steps `[S]` at which a schedule has brought the learning rate far below its highest."""
    rate = told.number("learning_rate")
    if not np.isfinite(rate).any():
        return np.zeros(len(rate), bool)
    with np.errstate(invalid="ignore"):
        return rate < decayed * np.nanmax(rate)


def _with_gradient(told: Parameters) -> np.ndarray:
    """Parameters `[P]` whose gradient is as large as others': small steps are no fault of it."""
    norm = told.vector("gradient_norm") / np.sqrt(told.sizes)
    middle = np.array([centre(column) for column in norm.T])
    with np.errstate(invalid="ignore"):
        return middle >= 0.1 * centre(middle)


def _without_gradient(told: Parameters) -> np.ndarray:
    """Parameters `[P]` that no gradient reaches: another rule tells of them."""
    norm = told.vector("gradient_norm")
    return np.array([centre(column) == 0 for column in norm.T], bool)


def _finding(
    run: Run,
    told: Parameters,
    found: Floats,
    hit: np.ndarray,
    too: str,
    everywhere: bool,
    harm: Impact,
) -> Finding:
    at = np.any(hit, axis=0)
    values = np.array([centre(found[hit[:, p], p]) if at[p] else np.nan for p in range(len(at))])
    worst = int(np.nanargmax(np.abs(values - optimizer_steps.GOOD)))
    typical = centre(values) if everywhere else float(values[worst])
    layers = _by_excess(told, values, at)
    layer = None if everywhere else told.layers[worst]
    where = f"{at.sum()} of {len(at)} parameters" if everywhere else told.names[worst]
    base = Severity.ERROR if everywhere else Severity.WARNING
    return Finding(
        run=run.name,
        rule=NAME,
        severity=weigh(base, harm),
        layer=layer,
        first_step=int(told.steps[np.flatnonzero(np.any(hit, axis=1))[0]]),
        message=f"Steps are too {too} for {where}: one adds {_percent(typical)} of the weights.",
        evidence=(
            Evidence(
                "update over weight, of the middle kernel" if everywhere else "update over weight",
                typical,
                -1.0 if too == "large" else -5.0,
                "log10",
                n=int(hit.sum()),
                source="TheDeepChecker",
                kind="health",
                name="training",
                step=int(told.steps[-1]),
                picture=pictures.line(
                    told.steps,
                    10 ** found[:, worst],
                    f"update ratio of {told.names[worst]}",
                    log=True,
                ),
            ),
        ),
        fixes=_fixes(run, typical, layer, too),
        layers=layers,
        share=float(at.mean()),
    )


def _by_excess(told: Parameters, values: Floats, at: np.ndarray) -> tuple[str, ...]:
    places = sorted(
        np.flatnonzero(at).tolist(), key=lambda p: -abs(values[p] - optimizer_steps.GOOD)
    )
    return tuple(dict.fromkeys(told.layers[p] for p in places))


def _percent(log10_ratio: float) -> str:
    return f"{100 * 10**log10_ratio:.2g} %"


def _fixes(run: Run, ratio: float, layer: str | None, too: str) -> tuple[Fix, ...]:
    told = f"one step adds {_percent(ratio)} of the weights; about 0.1 % is usual"
    if layer is None:
        rate = other_rate(run, ratio, weight=0.8, reason=told)
        if too == "small":
            return (rate,)
        return (
            *(fix for fix in held_back(run) if fix.argument == "weight_decay"),
            rate,
            Fix("Warm the learning rate up", "the first steps are the wildest", weight=0.4),
        )
    adapt = (
        Fix(
            "Use an optimizer that adapts to each parameter, such as Adam",
            f"{layer} alone is out of proportion: {told}",
            layer=layer,
            argument="optimizer",
            value="adam",
            weight=0.4,
        ),
    )
    return adapt if too == "small" else (*adapt, other_rate(run, ratio, weight=0.3, reason=told))
