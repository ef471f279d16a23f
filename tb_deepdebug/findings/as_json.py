"""A diagnosis as JSON has it: what the route and `--json` give."""

from __future__ import annotations

import collections
import math
from collections.abc import Callable, Mapping
from typing import Any

from tb_deepdebug.findings.documentation import Documentation, documentation
from tb_deepdebug.findings.examine import Diagnosis
from tb_deepdebug.findings.finding import Evidence, Finding, Severity

VERSION = 1


def as_json(diagnosis: Diagnosis, rules: Mapping[str, Callable[..., Any]]) -> dict[str, Any]:
    """The diagnosis with numbers as JSON has them (NaN is null), and the rules it speaks of."""
    places = {id(finding): i for i, finding in enumerate(diagnosis.findings)}
    told = {name: documentation(find) for name, find in rules.items()}
    spoken = {finding.rule for finding in diagnosis.findings}
    return {
        "version": VERSION,
        "run": diagnosis.run,
        "health": health(diagnosis),
        "findings": [
            {"id": i, **_finding(finding, places, told)}
            for i, finding in enumerate(diagnosis.findings)
        ],
        "not_applicable": [
            {"rule": rule, "title": _title(rule, told), "layer": layer, "reason": reason}
            for rule, layer, reason in diagnosis.not_applicable
        ],
        "applied": diagnosis.applied,
        "rules": {name: _rule(told[name]) for name in sorted(spoken & set(told))},
    }


def health(diagnosis: Diagnosis) -> dict[str, Any]:
    """A run's health in one line."""
    causes = [finding for finding in diagnosis.findings if finding.caused_by is None]
    alarms = [finding for finding in causes if finding.severity >= Severity.WARNING]
    counts = collections.Counter(str(finding.severity) for finding in diagnosis.findings)
    worst = max((finding.severity for finding in diagnosis.findings), default=None)
    harm = diagnosis.impact
    return {
        "severity": None if worst is None else str(worst),
        "headline": alarms[0].message if alarms else harm.sentence,
        "counts": dict(counts),
        "causes": len(alarms),
        "impact": {
            "state": harm.state,
            "sentence": harm.sentence,
            **{name: _number(getattr(harm, name)) for name in ("first", "recent", "trivial")},
            "skill": _number(harm.skill),
        },
    }


def _finding(
    finding: Finding, places: Mapping[int, int], told: Mapping[str, Documentation]
) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "title": _title(finding.rule, told),
        "severity": str(finding.severity),
        "layer": finding.layer,
        "layers": list(finding.layers),
        "first_step": finding.first_step,
        "message": finding.message,
        "share": _number(finding.share),
        "evidence": [_evidence(evidence) for evidence in finding.evidence],
        "caused_by": None if finding.caused_by is None else places.get(id(finding.caused_by)),
        "because": finding.because,
        "fixes": [
            {
                "action": fix.action,
                "reason": fix.reason,
                "layer": fix.layer,
                "argument": fix.argument,
                "value": fix.value,
                "weight": round(fix.weight, 3),
            }
            for fix in finding.fixes
        ],
        "rivals": [
            {
                "rule": rival.rule,
                "title": _title(rival.rule, told),
                "layer": rival.layer,
                "score": rival.score,
                "refuted_by": rival.refuted_by,
            }
            for rival in finding.rivals
        ],
        "before": list(finding.before),
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    picture = evidence.picture
    return {
        "what": evidence.what,
        "value": _number(evidence.value),
        "threshold": _number(evidence.threshold),
        "unit": evidence.unit,
        "n": evidence.n,
        "source": evidence.source,
        "kind": evidence.kind,
        "name": evidence.name,
        "step": evidence.step,
        "picture": None
        if picture is None
        else {
            "kind": picture.kind,
            "x": [_number(x) for x in picture.x],
            "y": [_number(y) for y in picture.y],
            "log": picture.log,
            "y_title": picture.y_title,
        },
    }


def _rule(told: Documentation) -> dict[str, Any]:
    sections = [{"heading": name, "text": text} for name, text in told.sections.items()]
    return {"title": told.title, "summary": told.summary, "sections": sections}


def _title(rule: str, told: Mapping[str, Documentation]) -> str:
    return told[rule].title if rule in told else rule


def _number(value: float | None) -> float | None:
    """A number as JSON has it, without digits that mean nothing."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.6g}")
