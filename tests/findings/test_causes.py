"""Causes: which finding explains which, from the links, the graph and the onsets."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from rule_runs import layer, parameters, record, run

from tb_deepdebug.findings import links
from tb_deepdebug.findings.causes import explain
from tb_deepdebug.findings.finding import Finding, Fix, Severity
from tb_deepdebug.records.graph import Graph

LAYERS = ("conv_1", "conv_2", "conv_3", "head")


def chain(**fields: Any) -> Any:
    layers = [layer(name, activations=record(name)) for name in LAYERS]
    return run(*layers, **fields)


def finding(
    rule: str,
    where: str | None = None,
    step: int | None = 20,
    severity: Severity = Severity.ERROR,
    **fields: Any,
) -> Finding:
    return Finding("run", rule, severity, where, step, f"{rule} of {where}", **fields)


def told(findings: tuple[Finding, ...]) -> dict[str, str | None]:
    """What explains what, as `rule@layer`."""
    return {_name(f): None if f.caused_by is None else _name(f.caused_by) for f in findings}


def _name(one: Finding) -> str:
    return one.rule + (f"@{one.layer}" if one.layer else "")


DEAD = finding("never-firing", "conv_2", share=1.0)
CHAINS = {
    "forwards: what reads a dead layer is constant": (
        [DEAD, finding("constant-over-time", "conv_3")],
        {"never-firing@conv_2": None, "constant-over-time@conv_3": "never-firing@conv_2"},
    ),
    "not backwards: what comes before is no consequence of that kind": (
        [DEAD, finding("constant-over-time", "conv_1")],
        {"never-firing@conv_2": None, "constant-over-time@conv_1": None},
    ),
    "backwards: no gradient passes a dead layer": (
        [DEAD, finding("vanishing-gradient", "conv_1"), finding("frozen", "conv_1")],
        {
            "never-firing@conv_2": None,
            "vanishing-gradient@conv_1": "never-firing@conv_2",
            "frozen@conv_1": "never-firing@conv_2",
        },
    ),
    "of two dead layers the earlier one in the net": (
        [finding("never-firing", "conv_3", share=1.0), DEAD],
        {"never-firing@conv_2": None, "never-firing@conv_3": "never-firing@conv_2"},
    ),
    "a spike before it is the cause": (
        [finding("exploding-gradient", "conv_2", 19), DEAD, finding("loss-plateau", None, 30)],
        {
            "exploding-gradient@conv_2": None,
            "never-firing@conv_2": "exploding-gradient@conv_2",
            "loss-plateau": "exploding-gradient@conv_2",
        },
    ),
    "a layer stands still because of what it reads, not by the spike": (
        [
            finding("exploding-gradient", "conv_3", 19),
            DEAD,
            finding("constant-over-batch", "conv_3"),
        ],
        {
            "exploding-gradient@conv_3": None,
            "never-firing@conv_2": "exploding-gradient@conv_3",
            "constant-over-batch@conv_3": "never-firing@conv_2",
        },
    ),
    "a spike long after it is not": (
        [finding("exploding-gradient", "conv_2", 50), DEAD],
        {"exploding-gradient@conv_2": None, "never-firing@conv_2": None},
    ),
    "what is not finite comes before all": (
        [finding("loss-plateau", None, 20), finding("non-finite", "conv_1", 20), DEAD],
        {
            "non-finite@conv_1": None,
            "never-firing@conv_2": "non-finite@conv_1",
            "loss-plateau": "non-finite@conv_1",
        },
    ),
    "unscaled inputs saturate a layer, which passes no gradient": (
        [
            finding("vanishing-gradient", "conv_1", 0),
            finding("saturated", "conv_2", 0, share=1.0),
            finding("input-data", None, 0),
        ],
        {
            "input-data": None,
            "saturated@conv_2": "input-data",
            "vanishing-gradient@conv_1": "saturated@conv_2",
        },
    ),
    "what does no harm explains no harm": (
        [finding("never-firing", "conv_2", severity=Severity.INFO), finding("loss-plateau")],
        {"never-firing@conv_2": None, "loss-plateau": None},
    ),
}


@pytest.mark.parametrize(("findings", "expected"), CHAINS.values(), ids=CHAINS)
def test_what_explains_what(findings: list[Finding], expected: dict[str, str | None]) -> None:
    for given in (findings, findings[::-1]):
        assert told(explain(chain(), given)) == expected


def test_causes_come_first_and_the_gravest_first() -> None:
    given = [
        finding("constant-over-time", "conv_3", severity=Severity.CRITICAL),
        finding("frozen", "head", 0, Severity.WARNING),
        DEAD,
    ]
    assert [_name(f) for f in explain(chain(), given)] == [
        "never-firing@conv_2",
        "frozen@head",
        "constant-over-time@conv_3",
    ]


def test_a_branch_is_not_blamed_for_what_it_does_not_reach() -> None:
    base = chain()
    fork = Graph("model", "keras", base.graph.nodes, ((0, 1), (0, 2), (1, 3), (2, 3)))
    given = [DEAD, finding("constant-over-time", "conv_3")]
    found = told(explain(dataclasses.replace(base, graph=fork), given))
    assert found["constant-over-time@conv_3"] is None


def test_a_consequence_names_its_edge_and_a_cause_its_rivals() -> None:
    given = [
        DEAD,
        finding("saturated", "conv_1", share=0.6),
        finding("constant-over-time", "conv_3"),
    ]
    found = {_name(f): f for f in explain(chain(), given)}
    child = found["constant-over-time@conv_3"]
    assert child.caused_by is found["never-firing@conv_2"]
    assert child.because == "conv_3 reads conv_2, which tells it nothing"
    (rival,) = child.rivals
    assert (rival.rule, rival.layer) == ("saturated", "conv_1")
    assert 0 < rival.score < 1 and "conv_1" in rival.refuted_by
    assert [r.rule for r in found["never-firing@conv_2"].rivals] == ["saturated"]


def test_a_cause_offers_its_own_fixes_then_those_of_what_follows() -> None:
    lower, leaky = (
        Fix("Lower the rate", "r", argument="learning_rate", weight=0.6),
        Fix("Use LeakyReLU", "r", layer="conv_2", argument="activation", weight=0.8),
    )
    given = [
        finding("exploding-gradient", "conv_2", 19, fixes=(lower,)),
        finding("never-firing", "conv_2", share=1.0, fixes=(leaky, lower)),
    ]
    cause = explain(chain(), given)[0]
    assert [fix.action for fix in cause.fixes] == ["Lower the rate", "Use LeakyReLU"]
    assert cause.fixes[1].weight == pytest.approx(0.8 * 0.6)


def test_what_changed_before_is_told_of_causes() -> None:
    steps = range(0, 200, 10)
    norms = np.ones((20, 2))
    norms[12] = 57.0
    biases = np.full((20, 2), 0.1)
    biases[12:] = 4.1
    health = parameters(
        ["conv_2/kernel", "conv_2/bias"],
        list(steps),
        shapes=[(8, 8), (8,)],
        vectors={"gradient_norm": norms, "weight_max": biases, "update_ratio": 0.001 * norms},
        numbers={"learning_rate": [0.01] * 11 + [0.05] * 9},
    )
    given = [finding("never-firing", "conv_2", 130, share=1.0)]
    (cause,) = explain(chain(parameters=health), given)
    assert cause.before == (
        "the gradient of conv_2 jumped to 57 x its median at step 120",
        "the learning rate rose from 0.01 to 0.05",
        "the largest bias of conv_2 grew from 0.1 to 4.1",
    )
    (early,) = explain(chain(parameters=health), [dataclasses.replace(given[0], first_step=60)])
    assert early.before == ()


def test_links_speak_of_rules_there_are() -> None:
    assert len(set(links.ORDER)) == len(links.ORDER)
    known = set(links.ORDER)
    for (parent, child), found in links.table().items():
        assert {parent, child} <= known
        assert parent in links.REFUTED_BY or parent in links.LOSSES
        for link in found:
            assert 0 < link.weight <= 1
            assert link.because.format(parent="a", child="b")


def test_two_that_could_explain_each_other_do_not_go_in_circles() -> None:
    given = [finding("update-ratio"), finding("exploding-gradient")]
    for order in (given, given[::-1]):
        assert told(explain(chain(), order)) == {
            "exploding-gradient": None,
            "update-ratio": "exploding-gradient",
        }


def test_a_cause_is_as_grave_as_what_follows_from_it_and_a_consequence_as_it_was() -> None:
    given = [
        finding("exploding-gradient", "conv_2", 19, Severity.WARNING),
        finding("never-firing", "conv_2", severity=Severity.CRITICAL, share=1.0),
        finding("loss-plateau", None, 30, Severity.WARNING),
    ]
    found = {_name(f): f.severity for f in explain(chain(), given)}
    assert found["exploding-gradient@conv_2"] == Severity.CRITICAL
    assert found["loss-plateau"] == Severity.WARNING
