"""Inputs that are not finite or ill scaled, and odd ones that are fine."""

from __future__ import annotations

from typing import Any

import pytest
from rule_runs import LEARNING, STUCK, layer, parameters, run
from rules.setups import inputs, loss, setup

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.rules import input_data

UNKNOWN = (2.0, 1.9)
TOKENS = {"kind": "tokens", "dtype": "int32", "mean": 40.0, "std": 30.0, "min": 0.0, "max": 99.0}


def found(one: Any, curve: Any = STUCK, *layers: Any, **parts: Any) -> list[Finding]:
    fields = {"parameters": parts.pop("parameters")} if "parameters" in parts else {}
    told = run(*layers, loss=curve, setup=setup(inputs=(one,), **parts), **fields)
    return [one for one in input_data.find(told) if isinstance(one, Finding)]


SILENT = {
    "standardised": inputs(),
    "images from 0 to 1": inputs(min=0, max=1, mean=0.13, std=0.3, channel_std=(0.3, 0.3)),
    "flat images, dark edges": inputs(
        min=0, max=1, mean=0.13, std=0.3, channel_std=(0.4, 0.001), shape=(784,)
    ),
    "sparse counts": inputs(min=0, max=3, mean=0.01, std=0.12, channel_std=(0.3, 0.01)),
    "one-hot of a thousand": inputs(min=0, max=1, mean=0.001, std=0.032, channel_std=(0.03,) * 9),
    "tokens": inputs(**TOKENS),
    "mask": inputs(kind="mask", mean=200.0, std=99.0, nonfinite=0),
    "bright images": inputs(min=0.8, max=1, mean=0.95, std=0.05),
    "padding, a third": inputs(padded=300),
}


@pytest.mark.parametrize("name", SILENT)
def test_usual_inputs_have_no_finding(name: str) -> None:
    assert found(SILENT[name]) == []


# inputs -> severity where the training fails, where nothing is known, where it learns
FAULTY: dict[str, tuple[Any, Severity, Severity, Severity]] = {
    "bytes": (inputs(min=0, max=255, mean=33, std=78), *[Severity.WARNING] * 2, Severity.INFO),
    "thousands": (
        *(inputs(max=4e3, mean=5, std=1e3), Severity.ERROR, Severity.WARNING, Severity.INFO),
    ),
    "one large channel": (
        *(inputs(std=4.0, channel_std=(8.0, 0.01, 0.02, 1.0)),),
        *(Severity.WARNING, Severity.WARNING, Severity.INFO),
    ),
    "off centre": (inputs(mean=5.0, std=1.0), *[Severity.WARNING] * 2, Severity.INFO),
    "minute": (
        *(inputs(min=-1e-4, max=1e-4, std=3e-5, channel_std=(3e-5,)),),
        *(Severity.WARNING, Severity.WARNING, Severity.INFO),
    ),
    "constant": (
        *(inputs(min=0.5, max=0.5, mean=0.5, std=0.0, channel_std=(0.0,) * 4),),
        *(Severity.CRITICAL, Severity.WARNING, Severity.INFO),
    ),
    "a constant channel": (
        *(inputs(constant_channels=1), Severity.INFO, Severity.INFO, Severity.INFO),
    ),
    "mostly padding": (inputs(padded=600), Severity.INFO, Severity.INFO, Severity.INFO),
    "not finite": (inputs(nonfinite=2), *[Severity.CRITICAL] * 3),
}


@pytest.mark.parametrize("name", FAULTY)
def test_faulty_inputs_weigh_by_what_becomes_of_the_training(name: str) -> None:
    one, *wanted = FAULTY[name]
    got = [[f.severity for f in found(one, curve)] for curve in (STUCK, UNKNOWN, LEARNING)]
    assert got == [[severity] for severity in wanted]


def test_values_that_are_not_finite_are_an_info_where_the_loss_on_them_is() -> None:
    missing = inputs(nonfinite=9)
    (one,) = found(missing, LEARNING, loss=loss("mse_loss", 1.0))
    assert one.severity == Severity.INFO
    (one,) = found(missing, LEARNING, loss=loss("mse_loss"))
    assert one.severity == Severity.CRITICAL


@pytest.mark.parametrize("kind", ["Rescaling", "Normalization", "BatchNormalization", "LayerNorm"])
def test_a_first_layer_that_rescales_takes_any_scale(kind: str) -> None:
    raw = inputs(min=0, max=255, mean=33, std=78)
    front, dense = layer("front", kind, None), layer("dense")
    assert found(raw, STUCK, front, dense) == []
    assert len(found(raw, STUCK, dense, front)) == 1  # it comes too late
    given = layer("x", "InputLayer", None, role="input")
    assert found(raw, STUCK, given, front, dense) == []
    told = run(front, dense, setup=setup(inputs=(raw,)))
    assert [one for one in input_data.find(told) if isinstance(one, NotApplicable)]


@pytest.mark.parametrize(
    ("largest", "least", "severity"),
    [(99.0, 0.0, None), (100.0, 0.0, Severity.CRITICAL), (99.0, -1.0, Severity.ERROR)],
)
def test_tokens_have_a_row_in_the_embedding(
    largest: float, least: float, severity: Severity | None
) -> None:
    tokens = inputs(**{**TOKENS, "max": largest, "min": least})
    for name in ("embed/embeddings", "embed/weight"):
        known = parameters([name], shapes=[(100, 8)])
        got = found(tokens, STUCK, layer("embed", "Embedding", None), parameters=known)
        assert [one.severity for one in got] == [severity] * (severity is not None)


def test_without_inputs_the_rule_says_so() -> None:
    (one,) = input_data.find(run(setup=setup()))
    assert isinstance(one, NotApplicable)
