"""Amnesia: an output's gradient with respect to the input fades before it reaches far timesteps.

What it means
-------------
The gradient of one output with respect to the input is measured timestep by timestep. Where its
mean over the far half of the reachable timesteps is a thousandth of that over all of them, what
happened there can hardly change the output, and a loss at that output can hardly teach the net to
look there.

Why it matters
--------------
Where the label depends on the far past, such a net can't learn it, however long it is trained. A
recurrent net begins like this; training either lengthens its memory or, if no gradient asks for it,
does not.

Causes
------
- Gates that close, or a recurrent kernel whose largest eigenvalue is below 1.
- Outputs at every timestep, each with its own share of the loss: none needs the past.
- Convolutions whose receptive field ends, truncated backpropagation.

What to try
-----------
- A forget-gate bias of 1 and more, an orthogonal recurrent kernel, gated units.
- A loss at the last timestep only, if that is where the past is needed.
- Strides or dilation before the recurrent layer, skip connections over time, attention.

When it is harmless
-------------------
Many tasks need no past: an average over outputs that each look around themselves does without.
Gradients are local sensitivity, not use. So this is an INFO unless the training fails, or `horizon`
says how far back the task looks. Series of fewer than 20 timesteps are left out.

References
----------
- Bengio, Simard & Frasconi 1994, "Learning Long-Term Dependencies with Gradient Descent is
  Difficult".
- Gers, Schmidhuber & Cummins 2000, "Learning to Forget": the forget gate and its bias.
- Madsen 2019, "Visualizing memorization in RNNs", Distill: connectivity by output and input.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from tb_deepdebug.findings import guards, pictures
from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.impact import Impact, impact
from tb_deepdebug.findings.view import InputGradients, Run

NAME = "amnesia"
_FLAT_R2 = 0.95  # an exponential is a fair description from here on


def find(
    run: Run,
    *,
    horizon: int | None = None,
    least_steps: int = 20,
    forgotten: float = -3.0,
    fading: float = -1.0,
) -> Iterator[Finding | NotApplicable]:
    """Finds outputs that do not reach back far.

    Args:
      horizon: how many input timesteps back the task looks; None: what the recorder was told, if
        it was.
      least_steps: reaches shorter than this are not judged.
      forgotten: log10 of the mean gradient over the far half against the mean over all lags (or of
        the farthest tenth against the nearest lags) below which the far past is lost (ours, after
        the nets of Madsen 2019; it depends on the length, which is told beside it).
      fading: of the first, below which it is worth an INFO.
    """
    if not run.input_gradients:
        yield NotApplicable("no gradients with respect to the input are recorded")
        return
    harm = impact(run)
    if horizon is None and run.setup is not None:
        horizon = run.setup.horizon
    for record in run.input_gradients:
        yield from _judge(run, record, harm, horizon, (least_steps, forgotten, fading))


def _judge(
    run: Run,
    record: InputGradients,
    harm: Impact,
    horizon: int | None,
    bounds: tuple[int, float, float],
) -> Iterator[Finding | NotApplicable]:
    least_steps, forgotten, fading = bounds
    cut_off = _cut_off(run, record)
    if cut_off is not None:
        yield _unreached(run, record, cut_off.step)
        return
    reach, ratio = record.last("reach"), record.last("log10_amnesia_ratio")
    if not math.isfinite(reach) or not math.isfinite(ratio):
        yield NotApplicable("the profile over the input is not known", record.name)
    elif horizon is not None and reach < horizon and record.last("unreachable") > 0:
        yield _out_of_reach(run, record, horizon)
    elif reach < least_steps:
        yield NotApplicable(f"a reach of {reach:.0f} timesteps is too short", record.name)
    elif _is_bidirectional(run, record):
        yield NotApplicable("a net that reads both ways is near either end", record.name)
    else:
        yield from _faded(run, record, harm, horizon, (forgotten, fading))


def _cut_off(run: Run, record: InputGradients) -> guards.Onset | None:
    """Since when no gradient reaches any valid input timestep."""
    valid = record.number("timesteps") - record.number("masked")
    none = (valid > 0) & (record.number("unreachable") >= valid)
    return guards.onset(record.steps, none, start=guards.warm_up(run))


def _is_bidirectional(run: Run, record: InputGradients) -> bool:
    """Whether the output reads both ways and stands at an end, where lags count from the other."""
    at_end = record.last("output_step") in (0, record.last("timesteps") - 1)
    before = run.upstream(record.name)
    kinds = (layer.node.kind for layer in run.layers if layer.node and layer.name in before)
    return at_end and any("bidirectional" in kind.lower() for kind in kinds)


def _faded(
    run: Run,
    record: InputGradients,
    harm: Impact,
    horizon: int | None,
    bounds: tuple[float, float],
) -> Iterator[Finding]:
    """A profile that falls: by its far half, its farthest tenth, or at the declared horizon."""
    forgotten, fading = bounds
    ratio = record.last("log10_amnesia_ratio")
    upper = record.bands.get("log10_amnesia_ratio", (math.nan, math.nan))[1]
    upper = upper if math.isfinite(upper) else ratio
    ends = record.last("log10_far") - record.last("log10_near")
    lost = upper < forgotten or ends < forgotten
    lag = record.last("lag_1e3")
    short = horizon is not None and lag <= horizon
    if not (short or lost or upper < fading):
        return
    grown = ratio - record.untrained.get("log10_amnesia_ratio", math.nan)
    # Where training lengthens the memory, what makes it fail is something else.
    needed = short or (lost and horizon is None and harm.is_harmed and not grown > 1)
    severity = Severity.WARNING if needed else Severity.INFO
    yield _finding(run, record, severity, lost or short, ends, grown)


def _finding(
    run: Run,
    record: InputGradients,
    severity: Severity,
    lost: bool,
    ends: float,
    grown: float,
) -> Finding:
    lag, reach = record.last("lag_1e3"), record.last("reach")
    horizon90 = record.last("horizon90")
    where = (
        f"is a thousandth from {lag:.0f} timesteps back on, of {reach:.0f}"
        if math.isfinite(lag)
        else f"fades {abs(ends):.1f} decades over {reach:.0f} timesteps"
    )
    trained = (
        f"; training has {'raised' if grown > 0 else 'lowered'} its far half "
        f"{abs(grown):.1f} decades against the rest"
        if math.isfinite(grown)
        else ""
    )
    return Finding(
        run=run.name,
        rule=NAME,
        severity=severity,
        layer=_layer(run, record),
        first_step=_since(record, lost),
        message=f"The gradient of {record.name} with respect to the input {where}; 90 % of it lies "
        f"within {horizon90:.0f}{trained}.",
        evidence=_evidence(record, ends),
        fixes=_fixes(run, record),
        layers=(record.name,),
    )


def _layer(run: Run, record: InputGradients) -> str:
    """The nearest recurrent layer that the output reads, else the output."""
    before = run.upstream(record.name)
    recurrent = [one.name for one in run.layers if one.role == "recurrent" and one.name in before]
    return recurrent[-1] if recurrent else record.name


def _since(record: InputGradients, lost: bool) -> int | None:
    """Step 0 if the untrained net was like this already; else not told."""
    untrained = record.untrained.get("log10_amnesia_ratio", math.nan)
    return 0 if untrained < (-3.0 if lost else -1.0) else None


def _evidence(record: InputGradients, ends: float) -> tuple[Evidence, ...]:
    ratio = record.number("log10_amnesia_ratio")
    at = {
        "kind": "input_gradients",
        "name": record.name,
        "step": int(record.steps[-1]) if len(record.steps) else None,
    }
    n = int(record.last("examples")) if math.isfinite(record.last("examples")) else None
    shown = [
        Evidence(
            "mean gradient over the far half against all lags",
            float(ratio[-1]),
            -3.0,
            "log10",
            n,
            "ours, after Madsen 2019",
            picture=pictures.line(record.steps, ratio, "log10 far half / all"),
            **at,  # type: ignore[arg-type]
        ),
        Evidence("farthest tenth against nearest lags", ends, -3.0, "log10", n, "ours"),
        Evidence("lag within which 90 % of the gradient lies", record.last("horizon90"), None),
    ]
    untrained = record.untrained.get("log10_amnesia_ratio", math.nan)
    if math.isfinite(untrained):
        shown.append(Evidence("the first of these before training", untrained, None, "log10", n))
    if record.last("half_life_r2") >= _FLAT_R2:
        shown.append(Evidence("timesteps that halve it", record.last("half_life"), None))
    if record.last("underflowed") > 0:
        shown.append(Evidence("timesteps below the least number", record.last("underflowed"), 0.0))
    return tuple(shown)


def _fixes(run: Run, record: InputGradients) -> tuple[Fix, ...]:
    layer = _layer(run, record)
    is_recurrent = layer in run.by_name and run.by_name[layer].role == "recurrent"
    fixes = [
        Fix(
            "Take the loss at the last timestep only, if the label needs the whole series",
            "a loss at (or averaged over) every timestep is served by what is near each",
            weight=0.6,
        ),
        Fix("Pool, stride or dilate before it", "fewer steps lie between input and output"),
    ]
    if is_recurrent:
        bias = Fix(
            f"Begin the forget gate of {layer} with a bias of 1 or more",
            "the cell then keeps what it has seen for longer",
            layer=layer,
            argument="unit_forget_bias",
            value="True",
            weight=0.7,
        )
        fixes.insert(0, bias)
    return tuple(fixes)


def _unreached(run: Run, record: InputGradients, since: int) -> Finding:
    """The output is a constant, as far as its gradient tells: whatever the loss does."""
    return Finding(
        run=run.name,
        rule=NAME,
        severity=Severity.ERROR,
        layer=record.name,
        first_step=since,
        message=f"No gradient of {record.name} reaches any timestep of the input.",
        evidence=(
            Evidence(
                "timesteps of the input that no gradient reaches",
                record.last("unreachable"),
                0.0,
                n=int(record.last("timesteps")),
                source="ours",
                kind="input_gradients",
                name=record.name,
                step=int(record.steps[-1]),
            ),
        ),
        fixes=(
            Fix(
                "Look for a layer between that passes nothing: dead units, a stopped gradient",
                "the output does not depend on the input",
                weight=0.5,
            ),
        ),
        layers=(record.name,),
        share=1.0,
    )


def _out_of_reach(run: Run, record: InputGradients, horizon: int) -> Finding:
    reach = record.last("reach")
    return Finding(
        run=run.name,
        rule=NAME,
        severity=Severity.WARNING,
        layer=record.name,
        first_step=0,
        message=f"{record.name} can see {reach:.0f} timesteps back, and {horizon} are needed.",
        evidence=(
            Evidence(
                "longest lag that a gradient reaches",
                reach,
                float(horizon),
                n=int(record.last("timesteps")),
                source="the declared horizon",
                kind="input_gradients",
                name=record.name,
                step=int(record.steps[-1]),
            ),
        ),
        fixes=(
            Fix(
                "Widen the receptive field: dilation, strides, more layers, or a recurrent layer",
                "beyond it nothing can change the output",
                weight=0.9,
            ),
        ),
        layers=(record.name,),
    )
