"""Weights before training: those of the frameworks' own initialisers, and those of none."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from rule_runs import LEARNING, STUCK, layer, parameters, record, run
from rules.setups import classes, loss, output, setup

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.findings.kernels import usual_stds
from tb_deepdebug.findings.view import Layer, Parameters, Run
from tb_deepdebug.records.graph import Graph
from tb_deepdebug.rules import initialisation

HEALTHY_STEPS = (0, 10, 20)


def weights(
    arrays: dict[str, Any], latest: dict[str, Any] | None = None, start: int = 0
) -> Parameters:
    """Health of parameters that begin as given."""
    last = {**arrays, **(latest or {})}

    def rows(of: dict[str, Any]) -> dict[str, Any]:
        return {
            "weight_norm": np.array([np.linalg.norm(of[name]) for name in arrays]),
            "weight_max": np.array([np.abs(of[name]).max() for name in arrays]),
        }

    return parameters(
        list(arrays),
        [start + step for step in HEALTHY_STEPS],
        shapes=[np.shape(array) for array in arrays.values()],
        first=rows(arrays),
        latest=rows(last),
    )


def normal(*shape: int, std: float = 1.0) -> Any:
    return np.random.default_rng(3).normal(0, std, shape)


def net(
    arrays: dict[str, Any], *layers: Layer, curve: Any = STUCK, **fields: Any
) -> list[Finding | NotApplicable]:
    """What is found in hidden -> head, unless other layers are given."""
    told = layers or (layer("hidden"), layer("head", activation=None, role="output"))
    latest, start = fields.pop("latest", None), fields.pop("start", 0)
    made = run(*told, loss=curve, parameters=weights(arrays, latest, start), **fields)
    return list(initialisation.find(made))


def severities(found: list[Finding | NotApplicable]) -> list[Severity]:
    return [one.severity for one in found if isinstance(one, Finding)]


# -- scale ----------------------------------------------------------------------------------

KERAS = {
    "he": ("hidden/kernel", (64, 32), math.sqrt(2 / 64)),
    "glorot, widening": ("hidden/kernel", (2, 512), math.sqrt(2 / 514)),
    "lecun": ("hidden/kernel", (64, 32), math.sqrt(1 / 64)),
    "convolution": ("hidden/kernel", (3, 3, 16, 32), math.sqrt(2 / (9 * 16))),
    "attention, as Keras counts": ("hidden/kernel", (64, 8, 8), math.sqrt(2 / (64 * 16))),
    "orthogonal": ("hidden/recurrent_kernel", (32, 128), math.sqrt(1 / 128)),
}
TORCH = {
    "linear": ("hidden/weight", (32, 64), math.sqrt(1 / (3 * 64))),
    "convolution": ("hidden/weight", (32, 16, 3, 3), math.sqrt(1 / (3 * 16 * 9))),
    "LSTM of one channel": ("hidden/weight_ih_l0", (128, 1), math.sqrt(1 / (3 * 32))),
    "LSTM, recurrent": ("hidden/weight_hh_l0", (128, 32), math.sqrt(1 / (3 * 32))),
    "attention": ("hidden/in_proj_weight", (192, 64), math.sqrt(2 / 256)),
}


@pytest.mark.parametrize("name", [*(f"keras {k}" for k in KERAS), *(f"torch {k}" for k in TORCH)])
def test_usual_initialisers_have_no_finding_and_far_ones_do(name: str) -> None:
    framework, _, case = name.partition(" ")
    parameter, shape, std = (KERAS if framework == "keras" else TORCH)[case]
    assert net({parameter: normal(*shape, std=std)}) == []
    low, high = usual_stds(parameter, shape)
    assert low <= std <= high
    wide, far, small = (normal(*shape, std=s) for s in (4 * high, 40 * high, low / 4))
    assert severities(net({parameter: wide})) == [Severity.WARNING]
    assert severities(net({parameter: far})) == [Severity.ERROR]
    assert severities(net({parameter: small})) == [Severity.WARNING]
    assert severities(net({parameter: far}, curve=LEARNING)) == [Severity.INFO]


def test_the_fix_is_the_initialiser_of_the_layers_activation() -> None:
    for activation, value in (("relu", "he_normal"), ("tanh", "glorot_uniform")):
        layers = layer("hidden", activation=activation), layer("head", role="output")
        (one,) = net({"hidden/kernel": normal(64, 32, std=9.0)}, *layers)
        assert isinstance(one, Finding)
        fix = one.fixes[0]
        assert (fix.layer, fix.argument, fix.value) == ("hidden", "kernel_initializer", value)
        assert (one.layer, one.first_step) == ("hidden", 0)


def test_what_normalises_next_forgives_any_scale() -> None:
    wide = {"hidden/kernel": normal(64, 32, std=3.0)}
    norm = layer("norm", "BatchNormalization", None, role="normalisation")
    head = layer("head", role="output")
    assert net(wide, layer("hidden"), norm, head) == []
    assert len(net(wide, layer("hidden"), layer("act"), norm, head)) == 1


def test_no_fan_no_verdict() -> None:
    """Embeddings, depthwise kernels, biases and what a norm multiplies by follow other rules."""
    wild = normal(100, 8, std=50.0)
    embedding = layer("hidden", "Embedding", None, role="embedding")
    assert net({"hidden/embeddings": wild}) == []
    assert net({"hidden/weight": wild}, embedding, layer("head", role="output")) == []
    assert net({"hidden/depthwise_kernel": normal(3, 3, 8, 1, std=9.0)}) == []


def test_a_small_output_or_residual_branch_is_meant() -> None:
    small = normal(64, 32, std=1e-4)
    assert net({"head/kernel": small}) == []
    assert severities(net({"hidden/kernel": small})) == [Severity.ERROR]
    layers, graph = residual()
    assert net({"inside/kernel": small}, *layers, graph=graph) == []


# -- units alike ----------------------------------------------------------------------------


def residual() -> tuple[tuple[Layer, ...], Graph]:
    """stem -> inside -> sum, stem -> sum, sum -> head."""
    layers = (
        layer("stem"),
        layer("inside", activation=None),
        layer("sum", "Add", None, parameters=0),
        layer("head", role="output"),
    )
    nodes = tuple(one.node for one in layers if one.node is not None)
    return layers, Graph("model", "keras", nodes, ((0, 1), (1, 2), (0, 2), (2, 3)))


def dense(first: dict[str, Any], last: dict[str, Any]) -> tuple[Layer, Layer]:
    taken = record("hidden", units=8, first=first, last=last)
    return layer("hidden", activations=taken), layer("head", role="output")


ALIKE = {"mean": 0.5, "variance": 1.0, "max": 2.0}
APART = {"mean": np.linspace(0, 1, 8), "variance": np.linspace(1, 2, 8), "max": np.arange(8) + 1.0}


@pytest.mark.parametrize("value", [0.0, 0.5])
def test_units_that_began_alike_and_stayed_so_are_critical_whatever_the_loss(value: float) -> None:
    arrays = {"hidden/kernel": np.full((64, 8), value)}
    for curve in (STUCK, LEARNING):
        assert severities(net(arrays, *dense(ALIKE, ALIKE), curve=curve)) == [Severity.CRITICAL]


def test_units_that_came_apart_weigh_by_the_loss() -> None:
    """A constant is a mistake all the same; zero may be meant."""
    for value, learning in ((0.5, Severity.WARNING), (0.0, Severity.INFO)):
        arrays = {"hidden/kernel": np.full((64, 8), value)}
        moved = {"hidden/kernel": normal(64, 8)}
        for curve, severity in ((STUCK, Severity.CRITICAL), (LEARNING, learning)):
            layers = dense(ALIKE, APART)
            assert severities(net(arrays, *layers, curve=curve, latest=moved)) == [severity]


def test_a_zero_kernel_that_never_moved_blocks() -> None:
    arrays = {"hidden/kernel": np.zeros((64, 8))}
    moved = {"hidden/kernel": normal(64, 8)}
    assert severities(net(arrays, curve=LEARNING)) == [Severity.CRITICAL]
    assert severities(net(arrays, curve=LEARNING, latest=moved)) == [Severity.INFO]


HARMLESS = {
    "the output": {"head/kernel": np.zeros((64, 8))},
    "a single unit": {"hidden/kernel": np.zeros((64, 1))},
    "biases": {"hidden/bias": np.zeros(8)},
    "a norm's gain": {"hidden/gamma": np.ones(8)},
    "no memory at first": {"hidden/recurrent_kernel": np.zeros((8, 8))},
    "the identity": {"hidden/recurrent_kernel": 0.5 * np.eye(8)},
}


@pytest.mark.parametrize("name", HARMLESS)
def test_zeros_where_they_are_meant(name: str) -> None:
    assert net(HARMLESS[name]) == []


def test_signs_that_differ_make_units_differ() -> None:
    signs = {"hidden/kernel": np.sign(normal(64, 8)) / 8}
    for variance, count in ((APART["variance"], 0), (1.0, 1)):  # biases alone move the mean
        before = record("hidden", first={"mean": APART["mean"], "variance": variance})
        layers = layer("hidden", preactivations=before), layer("head", role="output")
        assert len(net(signs, *layers)) == count


def test_the_last_kernel_of_a_residual_branch_may_be_zero() -> None:
    layers, graph = residual()
    arrays = {"inside/kernel": np.zeros((8, 8))}
    assert net(arrays, *layers, graph=graph) == []
    chain = dataclasses.replace(graph, edges=((0, 1), (1, 2), (2, 3)))
    assert severities(net(arrays, *layers, graph=chain)) == [Severity.CRITICAL]


# -- biases ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bias", "spread", "count"),
    [(-3.0, 0.5, 1), (0.5, 0.01, 0), (-3.0, 2.0, 0), (1.0, 0.1, 1)],
)
def test_biases_are_held_against_what_the_layer_computes(
    bias: float, spread: float, count: int
) -> None:
    before = record("hidden", std=spread)
    layers = layer("hidden", preactivations=before), layer("head", role="output")
    found = net({"hidden/bias": np.full(8, bias)}, *layers)
    assert severities(found) == [Severity.ERROR] * count


def test_biases_of_outputs_norms_and_forget_gates_are_meant() -> None:
    assert net({"head/bias": np.full(4, -4.0)}) == []
    norm = layer("norm", "LayerNorm", None, role="normalisation")
    assert net({"norm/bias": np.full(8, 5.0)}, norm, layer("head", role="output")) == []
    forget = np.concatenate([np.zeros(8), np.ones(8), np.zeros(16)])
    lstm = layer("lstm", "LSTM", None, role="recurrent")
    assert net({"lstm/bias": forget}, lstm, layer("head", role="output")) == []


# -- runs that are not judged ---------------------------------------------------------------


def test_frozen_kernels_are_left_out() -> None:
    arrays = {"hidden/kernel": normal(64, 32, std=9.0)}
    assert net(arrays, setup=setup(frozen=("hidden/kernel",))) == []


def test_runs_that_do_not_begin_untrained_are_not_judged() -> None:
    arrays = {"hidden/kernel": normal(64, 32, std=9.0)}
    (resumed,) = net(arrays, start=500)
    assert isinstance(resumed, NotApplicable) and "resumed" in resumed.reason
    tuned = setup(loss=loss("cross_entropy", 0.4), labels=classes(), output=output())
    (trained,) = net(arrays, setup=tuned)
    assert isinstance(trained, NotApplicable) and "trained before" in trained.reason
    (none,) = initialisation.find(Run("run"))
    assert isinstance(none, NotApplicable)
