"""All rules over one run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping

from tb_deepdebug.findings import guards
from tb_deepdebug.findings.causes import explain
from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.findings.impact import Impact, impact
from tb_deepdebug.findings.view import Run

_AT_ONCE = ("non-finite",)  # which no step makes better
Find = Callable[[Run], Iterable[Finding | NotApplicable]]


@dataclasses.dataclass(frozen=True, eq=False)
class Diagnosis:
    """What the rules say of one run.

    Attributes:
      findings: causes first, gravest first; then what follows from them.
      not_applicable: (rule, layer or None, reason).
      applied: how many rules could be applied to at least a part of the run.
      impact: what becomes of the training.
    """

    run: str
    findings: tuple[Finding, ...]
    not_applicable: tuple[tuple[str, str | None, str], ...]
    applied: int
    impact: Impact = dataclasses.field(default_factory=lambda: Impact("unknown"))


def examine(run: Run, rules: Mapping[str, Find]) -> Diagnosis:
    """Every rule's findings in a run, linked by cause. A rule that fails says so and no more.

    Of a training that has only begun, nothing short of CRITICAL is more than an INFO.
    """
    findings: list[Finding] = []
    left_out: list[tuple[str, str | None, str]] = []
    applied = 0
    for name, find in rules.items():
        try:
            found = list(find(run))
        except Exception as error:  # one rule must not hide the others
            found = [NotApplicable(f"the rule failed: {type(error).__name__}: {error}"[:300])]
        findings += [one for one in found if isinstance(one, Finding)]
        skipped = [one for one in found if isinstance(one, NotApplicable)]
        left_out += [(name, one.layer, one.reason) for one in skipped]
        applied += not any(one.layer is None for one in skipped)
    harm = impact(run)
    if guards.is_young(run):
        findings = [_in_time(one) for one in findings]
        harm = dataclasses.replace(harm, sentence=f"{harm.sentence}; the training has only begun")
    return Diagnosis(run.name, explain(run, findings), tuple(left_out), applied, harm)


def _in_time(finding: Finding) -> Finding:
    if finding.severity >= Severity.CRITICAL or finding.rule in _AT_ONCE:
        return finding
    return dataclasses.replace(finding, severity=Severity.INFO)
