"""What the diagnosis, and each baseline, says of one run."""

from __future__ import annotations

import dataclasses
import fnmatch
import re
import time
from pathlib import Path

from benchmarks.faults.baselines import BASELINES, Alarm
from benchmarks.faults.fault import Fault
from benchmarks.faults.training import Outcome
from tb_deepdebug import run_views
from tb_deepdebug.diagnosis import diagnose_run
from tb_deepdebug.findings.examine import Diagnosis
from tb_deepdebug.findings.finding import Finding, Severity
from tb_deepdebug.findings.view import Run


@dataclasses.dataclass(frozen=True)
class Told:
    """A finding, as far as it is judged here; `fixes` are "ARGUMENT ACTION", the best first."""

    rule: str
    severity: Severity
    layer: str | None
    step: int | None
    is_cause: bool
    fixes: tuple[str, ...]
    message: str


@dataclasses.dataclass(frozen=True)
class Verdict:
    """Of one run: its outcome, what was found, what others say, and how long it took."""

    outcome: Outcome
    findings: tuple[Told, ...]
    failed: tuple[str, ...]
    baselines: dict[str, Alarm | None]
    reading: float
    judging: float
    first_alarm: int | None = None

    @property
    def alarms(self) -> list[Told]:
        """Findings at WARNING or above."""
        return [told for told in self.findings if told.severity >= Severity.WARNING]

    @property
    def first(self) -> Told | None:
        """The first cause among the alarms: what a reader sees at the top."""
        alarms = self.alarms
        return next((told for told in alarms if told.is_cause), alarms[0] if alarms else None)


def judge(folder: Path, *, prefix: bool = False) -> Verdict:
    """Reads and diagnoses the run in a folder; with `prefix` also at every look of the past."""
    began = time.perf_counter()
    run = view(folder)
    read = time.perf_counter()
    diagnosis = diagnose_run(run)
    done = time.perf_counter()
    first = None
    if prefix:
        from benchmarks.faults.prefix import first_alarm

        first = first_alarm(folder, run)
    return Verdict(
        Outcome.read(folder),
        tuple(_told(finding) for finding in diagnosis.findings),
        failures(diagnosis),
        {name: baseline(run) for name, baseline in BASELINES.items()},
        read - began,
        done - read,
        first,
    )


def view(folder: Path) -> Run:
    """The one run in a folder."""
    return run_views.of_logdir(str(folder))[0]


def failures(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Rules that raised rather than judged."""
    return tuple(
        f"{rule}: {reason}"
        for rule, _, reason in diagnosis.not_applicable
        if reason.startswith("the rule failed")
    )


def _told(finding: Finding) -> Told:
    fixes = tuple(f"{fix.argument or ''} {fix.action}".strip().lower() for fix in finding.fixes)
    return Told(
        finding.rule,
        finding.severity,
        finding.layer,
        finding.first_step,
        finding.caused_by is None,
        fixes,
        finding.message,
    )


def is_right_type(told: Told | None, fault: Fault) -> bool:
    """Whether a finding is of a rule that names the fault."""
    return told is not None and told.rule in fault.rules


def is_right_layer(layer: str | None, fault: Fault) -> bool:
    """Whether a layer is the one at fault."""
    return layer is not None and any(fnmatch.fnmatch(layer, name) for name in fault.layers)


def is_right_fix(told: Told | None, fault: Fault, among: int) -> bool:
    """Whether one of the first fixes of a finding is right."""
    fixes = () if told is None else told.fixes[:among]
    return any(re.search(fault.fix, fix) for fix in fixes)
