"""Stalled: nothing was recorded for a long time, and the training is not done.

What it means
-------------
The last event of the run is older than half an hour (and ten times the usual pause between two),
and the number of steps that was planned is not reached.

Why it matters
--------------
A training that hangs, or was killed, costs money and waits for nobody.

Causes
------
- The process was killed: memory, a time limit, an error that nobody read.
- A data pipeline, a lock or another worker that it waits for.
- A long evaluation or a checkpoint that takes its time.

What to try
-----------
- See whether the process lives, and what it waits for.

When it is harmless
-------------------
A training that was stopped by hand, or early because it had learnt enough.

References
----------
- Amazon SageMaker Debugger, rule StalledTrainingRule: 1,800 seconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from tb_deepdebug.findings.finding import Evidence, Finding, Fix, NotApplicable, Severity
from tb_deepdebug.findings.view import Run

NAME = "stalled"


def find(
    run: Run, *, now: float | None = None, silence: float = 1800.0, pauses: float = 10.0
) -> Iterator[Finding | NotApplicable]:
    """Finds a run that has fallen silent.

    Args:
      now: seconds since the epoch; None where the run is only looked at afterwards.
      silence: seconds without an event (SageMaker Debugger).
      pauses: times the run's usual pause between two points of the loss, that it must last too.
    """
    planned = run.setup.planned_steps if run.setup is not None else None
    if now is None or not math.isfinite(run.last_wall_time):
        yield NotApplicable("whether a run has stalled shows only while it is watched")
        return
    if planned is None:
        yield NotApplicable("how many steps were planned is not recorded")
        return
    quiet = now - run.last_wall_time
    bound = max(silence, pauses * _usual_pause(run))
    if quiet <= bound or run.last_step >= planned:
        return
    minutes = quiet / 60
    yield Finding(
        run=run.name,
        rule=NAME,
        severity=Severity.WARNING,
        layer=None,
        first_step=run.last_step,
        message=(
            f"Nothing was recorded for {minutes:.0f} minutes; "
            f"the training is at step {run.last_step} of {planned}."
        ),
        evidence=(
            Evidence(
                "seconds without an event",
                quiet,
                bound,
                "s",
                source="SageMaker Debugger, StalledTrainingRule",
            ),
        ),
        fixes=(
            Fix("See whether the process lives", "a killed one leaves no last word", weight=0.6),
        ),
    )


def _usual_pause(run: Run) -> float:
    """Seconds between two points of the loss, the median; 0 where too few are known."""
    pauses = np.diff(run.loss.wall_times) if run.loss is not None else np.zeros(0)
    return float(np.median(pauses)) if len(pauses) else 0.0
