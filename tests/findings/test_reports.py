"""A diagnosis as text and as JSON."""

from __future__ import annotations

import json
import math

from rule_runs import STUCK, layer, record, run

from tb_deepdebug.findings.as_json import as_json
from tb_deepdebug.findings.examine import examine
from tb_deepdebug.findings.finding import (
    Evidence,
    Finding,
    Fix,
    NotApplicable,
    Picture,
    Rival,
    Severity,
)
from tb_deepdebug.findings.report import report
from tb_deepdebug.findings.view import Run
from tb_deepdebug.records.setup import Setup
from tb_deepdebug.rules import never_firing


def _dead(seen: Run):
    yield Finding(
        seen.name,
        "never-firing",
        Severity.ERROR,
        "b",
        20,
        "8 of 8 units of b are zero for every input.",
        evidence=(
            Evidence(
                "units that never fired",
                1.0,
                0.5,
                n=4096,
                source="SageMaker Debugger",
                kind="activations",
                name="b",
                step=50,
                picture=Picture("line", (0.0, 10.0), (0.0, math.nan)),
            ),
        ),
        fixes=(Fix("Use LeakyReLU in b", "it lets a gradient through", "b", "activation", "x"),),
        rivals=(Rival("saturated", "a", 0.5, "a probe"),),
        layers=("b",),
        share=1.0,
    )


def _constant(seen: Run):
    yield Finding(seen.name, "constant-over-time", Severity.WARNING, "c", 30, "c stands still.")
    yield Finding(seen.name, "revived", Severity.INFO, "a", 30, "a woke up.")
    yield NotApplicable("4 cells only", "a")


def _missing(seen: Run):
    yield NotApplicable("no label is recorded")


def _broken(seen: Run):
    yield from ()
    raise RuntimeError("boom")


RULES = {
    "never-firing": _dead,
    "constant-over-time": _constant,
    "labels": _missing,
    "clones": _broken,
}
NET = [layer(name, activations=record(name)) for name in "abc"]


def test_a_report_tells_the_story_from_cause_to_fix() -> None:
    text = report(examine(run(*NET, loss=STUCK * 2), RULES))
    told = [line.strip() for line in text.splitlines()]
    assert told[0].startswith("run: ERROR, 1 cause; the loss is 2")
    assert "ERROR  since step 20: 8 of 8 units of b are zero for every input." in told
    assert "evidence: units that never fired 1 (threshold 0.5, SageMaker Debugger), n = 4,096" in (
        told
    )
    assert any(line.startswith("-> since step 30: c stands still. (c reads b,") for line in told)
    assert "try 1: Use LeakyReLU in b: it lets a gradient through" in told
    assert told[-1] == "2 rules applied, 2 not applicable; 1 lesser finding."
    assert "a woke up" not in text
    assert "a woke up" in report(examine(run(*NET, loss=STUCK * 2), RULES), least=Severity.INFO)


def test_a_training_that_has_only_begun_has_no_alarm_but_nan() -> None:
    def lost(seen: Run):
        yield Finding(seen.name, "non-finite", Severity.ERROR, "a", 3, "a is NaN.")

    found = examine(run(*NET, loss=STUCK), {**RULES, "non-finite": lost})
    told = {one.rule: one.severity for one in found.findings}
    assert told["never-firing"] == told["constant-over-time"] == Severity.INFO
    assert told["non-finite"] == Severity.ERROR
    assert "only begun" in report(found)
    planned = Setup(planned_steps=80)  # of which 60 are done
    short = examine(run(*NET, loss=STUCK, setup=planned), RULES)
    assert short.findings[0].severity == Severity.ERROR


def test_a_clean_run_says_what_was_looked_at() -> None:
    text = report(examine(run(*NET), {"labels": _missing}))
    assert text.startswith("run: nothing is wrong that the rules can see; the loss fell from")
    assert "0 rules applied, 1 not applicable; 0 lesser findings." in text


def test_a_rule_that_fails_is_told_and_hides_no_other() -> None:
    found = examine(run(*NET), RULES)
    assert [f.rule for f in found.findings] == ["never-firing", "revived", "constant-over-time"]
    assert ("clones", None, "the rule failed: RuntimeError: boom") in found.not_applicable
    assert ("constant-over-time", "a", "4 cells only") in found.not_applicable
    assert found.applied == 2


def test_json_links_findings_by_id_and_has_no_nan() -> None:
    found = examine(run(*NET, loss=STUCK * 2), RULES)
    told = as_json(found, {"never-firing": never_firing.find})
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    first, *_, last = told["findings"]
    ids = {entry["rule"]: entry["id"] for entry in told["findings"]}
    by_rule = {entry["rule"]: entry for entry in told["findings"]}
    assert by_rule["constant-over-time"]["caused_by"] == ids["never-firing"] == 0
    assert first["evidence"][0]["picture"]["y"] == [0.0, None]
    assert first["title"] == told["rules"]["never-firing"]["title"] == "Never-firing units"
    assert last["evidence"] == []
    assert told["health"] == {
        "severity": "ERROR",
        "headline": "8 of 8 units of b are zero for every input.",
        "counts": {"ERROR": 1, "WARNING": 1, "INFO": 1},
        "causes": 1,
        "impact": told["health"]["impact"],
    }
    assert told["health"]["impact"]["state"] == "stuck"
    assert {entry["rule"] for entry in told["not_applicable"]} == {
        "labels",
        "clones",
        "constant-over-time",
    }
