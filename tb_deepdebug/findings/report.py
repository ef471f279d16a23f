"""A diagnosis as text, for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from tb_deepdebug.findings.examine import Diagnosis
from tb_deepdebug.findings.finding import Evidence, Finding, Severity

_WIDTH = 96


def report(diagnosis: Diagnosis, *, least: Severity = Severity.WARNING) -> str:
    """What is wrong with one run, causes first; findings below `least` are only counted."""
    shown = [finding for finding in diagnosis.findings if finding.severity >= least]
    lines = [f"{diagnosis.run or '.'}: {_headline(diagnosis, shown)}"]
    children: dict[int, list[Finding]] = {}
    for finding in diagnosis.findings:
        if finding.caused_by is not None:
            children.setdefault(id(finding.caused_by), []).append(finding)
    for finding in diagnosis.findings:
        if finding in shown and finding.caused_by is None:
            lines += ["", *_cause(finding, children)]
    below = len(diagnosis.findings) - len(shown)
    missing = [entry for entry in diagnosis.not_applicable if entry[1] is None]
    told = f"{diagnosis.applied} rules applied, {len(missing)} not applicable"
    lines += ["", f"  {told}; {below} lesser finding{'s' * (below != 1)}."]
    return "\n".join(lines)


def _headline(diagnosis: Diagnosis, shown: Sequence[Finding]) -> str:
    if not shown:
        return f"nothing is wrong that the rules can see; {diagnosis.impact.sentence}"
    worst = max(finding.severity for finding in shown)
    causes = sum(finding.caused_by is None for finding in shown)
    return f"{worst}, {causes} cause{'s' * (causes != 1)}; {diagnosis.impact.sentence}"


def _cause(finding: Finding, children: dict[int, list[Finding]]) -> list[str]:
    lines = _wrapped(f"{finding.severity}  {_since(finding)}{finding.message}", 2)
    lines += [f"    rule: {finding.rule}"]
    lines += [line for fact in finding.before for line in _wrapped(f"before: {fact}", 4)]
    for evidence in finding.evidence:
        lines += _wrapped(f"evidence: {_evidence(evidence)}", 4)
    lines += _consequences(finding, children, 4)
    for rival in finding.rivals:
        where = f" in {rival.layer}" if rival.layer else ""
        text = f"rival: {rival.rule}{where} ({rival.score:.2f}); refuted by {rival.refuted_by}"
        lines += _wrapped(text, 4)
    for i, fix in enumerate(finding.fixes, start=1):
        lines += _wrapped(f"try {i}: {fix.action}: {fix.reason}", 4)
    return lines


def _consequences(finding: Finding, children: dict[int, list[Finding]], indent: int) -> list[str]:
    lines: list[str] = []
    for child in children.get(id(finding), ()):
        text = f"-> {_since(child)}{child.message} ({child.because})"
        lines += _wrapped(text, indent)
        lines += _consequences(child, children, indent + 3)
    return lines


def _since(finding: Finding) -> str:
    return "" if finding.first_step is None else f"since step {finding.first_step}: "


def _evidence(evidence: Evidence) -> str:
    text = f"{evidence.what} {_amount(evidence.value, evidence.unit)}"
    if evidence.threshold is not None:
        text += f" (threshold {_amount(evidence.threshold, evidence.unit)}"
        text += f", {evidence.source})" if evidence.source else ")"
    return text + (f", n = {evidence.n:,}" if evidence.n is not None else "")


def _amount(value: float, unit: str) -> str:
    if unit == "share":
        return f"{100 * value:.3g} %"
    return f"{value:.4g} {unit}".rstrip()


def _wrapped(text: str, indent: int) -> list[str]:
    pad = " " * indent
    return textwrap.wrap(text, _WIDTH, initial_indent=pad, subsequent_indent=pad + "  ")
