"""What an optimizer's step did: against the arrays themselves, after clipping and loss scaling."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from needs import needs

torch = needs("torch")

from torch import nn  # noqa: E402

from tb_deepdebug.records import health  # noqa: E402
from tb_deepdebug.torch.health import StepHealth  # noqa: E402


def _net() -> Any:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3))


def _backward(model: Any, scale: float = 1.0) -> None:
    x = torch.randn(8, 5, generator=torch.Generator().manual_seed(1))
    (scale * model(x).square().mean()).backward()


def _arrays(model: Any) -> list[np.ndarray]:
    return [p.detach().numpy().copy() for p in model.parameters()]


def _check(measured: Any, weights: Any, gradients: Any, updates: Any) -> None:
    expected = health.from_arrays(measured.names, weights, gradients, updates)
    for name, values in expected.measures.items():
        np.testing.assert_allclose(measured.measures[name], values, rtol=1e-5, err_msg=name)
    np.testing.assert_array_equal(measured.weight_counts, expected.weight_counts)
    np.testing.assert_array_equal(measured.gradient_counts, expected.gradient_counts)


OPTIMIZERS = {
    "SGD with momentum and decay": lambda p: torch.optim.SGD(p, 0.1, 0.9, weight_decay=0.1),
    "Adam": lambda p: torch.optim.Adam(p, 0.01),
    "fused": lambda p: torch.optim.Adam(p, 0.01, fused=True),
    "several groups": lambda p: torch.optim.SGD([{"params": [q]} for q in p], 0.01),
}


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_what_the_optimizer_applied(kind: str) -> None:
    model = _net()
    optimizer = OPTIMIZERS[kind](model.parameters())
    watch = StepHealth(model, optimizer)
    for _ in range(2):
        optimizer.zero_grad()
        _backward(model)
        nn.utils.clip_grad_norm_(model.parameters(), 0.01)
        gradients = [p.grad.numpy().copy() for p in model.parameters()]
        before = _arrays(model)
        optimizer.step()
        optimizer.zero_grad(set_to_none=False)
        after = _arrays(model)
        updates = [a - b for a, b in zip(after, before, strict=True)]
        measured = watch.applied(0.25)
        assert measured is not None and measured.source == "applied"
        assert measured.loss == 0.25 and measured.learning_rate in (0.1, 0.01)
        _check(measured, after, gradients, updates)
    assert measured.names == ("0/weight", "0/bias", "2/weight", "2/bias")
    assert measured.layers == ("0", "0", "2", "2")
    assert watch.applied() is None  # told once


def test_hooks_are_gone_after_it() -> None:
    model = _net()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    hooks = optimizer._optimizer_step_pre_hooks, optimizer._optimizer_step_post_hooks
    watch = StepHealth(model, optimizer)
    assert all(map(len, hooks))
    watch.close()
    assert not any(map(len, hooks))


def test_nothing_is_done_at_other_steps() -> None:
    model, wanted = _net(), iter([False, True])
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    watch = StepHealth(model, optimizer, wanted=lambda: next(wanted))
    _backward(model)
    optimizer.step()
    assert watch.applied() is None
    optimizer.step()
    assert watch.applied() is not None


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("unscaled", [False, True])
def test_a_loss_scale_is_undone(fused: bool, unscaled: bool) -> None:
    plain, scaled = _net(), _net()
    found = []
    for model, scale in ((plain, 1.0), (scaled, 1024.0)):
        optimizer = torch.optim.Adam(model.parameters(), 0.01, fused=fused)
        watch = StepHealth(model, optimizer)
        scaler = torch.amp.GradScaler("cpu", init_scale=scale)
        scaler.scale(torch.zeros(()))
        _backward(model, scale)
        if unscaled:
            scaler.unscale_(optimizer)
        scaler.step(optimizer)
        scaler.update()
        found.append(watch.applied())
    for name in ("gradient_norm", "gradient_max", "update_norm"):
        np.testing.assert_allclose(found[0].measures[name], found[1].measures[name], rtol=1e-4)


def test_a_skipped_step_can_be_asked_for_its_gradients() -> None:
    model = _net()
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    watch = StepHealth(model, optimizer)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**120)
    scaler.scale(torch.zeros(()))
    _backward(model)
    model[0].weight.grad[0, 0] = float("inf")
    scaler.step(optimizer)
    assert watch.applied() is None
    given = watch.given()
    assert given.source == "given"
    assert given.measures["gradient_nonfinite"].tolist() == [1, 0, 0, 0]
    assert np.isfinite(given.measures["gradient_norm"]).all()
    assert np.isnan(given.measures["update_norm"]).all()


def test_an_optimizer_that_evaluates_the_loss_itself() -> None:
    model = _net()
    optimizer = torch.optim.LBFGS(model.parameters(), 0.1, max_iter=2)
    watch = StepHealth(model, optimizer)

    def closure() -> Any:
        optimizer.zero_grad()
        x = torch.ones(8, 5)
        loss = model(x).square().mean()
        loss.backward()
        return loss

    optimizer.step(closure)
    measured = watch.applied()
    assert measured is not None and (measured.measures["gradient_norm"] > 0).all()


def test_two_optimizers_in_turns() -> None:
    model = _net()
    first = torch.optim.SGD(model[0].parameters(), 0.1)
    second = torch.optim.SGD(model[2].parameters(), 0.1)
    watch = StepHealth(model, [first, second])
    _backward(model)
    first.step()
    second.step()
    whole = watch.applied()
    assert whole is not None and (whole.measures["update_norm"] > 0).all()
    first.step()
    half = watch.applied()
    assert half is not None
    assert np.isnan(half.measures["update_norm"]).tolist() == [False, False, True, True]
    assert np.isnan(half.measures["gradient_norm"]).tolist() == [False, False, True, True]


EXTREMES = {
    "tiny": [1e-30, -3e-30, 0.0],
    "huge": [1e30, -3e30, 2.0],
    "not finite": [float("nan"), float("inf"), 2.0],
    "nothing finite": [float("nan"), float("inf"), float("-inf")],
    "zero": [0.0, 0.0, 0.0],
    "below the normal numbers": [1e-40, 0.0, 0.0],
}


@pytest.mark.parametrize("name", EXTREMES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_extremes(name: str, dtype: Any) -> None:
    model = nn.ParameterDict({"w": nn.Parameter(torch.tensor(EXTREMES[name], dtype=dtype))})
    model["w"].grad = torch.tensor(EXTREMES[name], dtype=dtype)
    given = StepHealth(model).given()
    wide = np.float64 if dtype == torch.float64 else np.float32
    array = model["w"].detach().to(torch.float64).numpy().astype(wide)
    expected = health.from_arrays(["w"], [array], [array])
    for row, values in expected.measures.items():
        np.testing.assert_allclose(given.measures[row], values, rtol=1e-6, err_msg=row)
    np.testing.assert_array_equal(given.gradient_counts, expected.gradient_counts)


def test_parameters_without_gradient_and_frozen_ones() -> None:
    model = _net()
    model[2].requires_grad_(False)
    given = StepHealth(model).given()
    assert given.names == ("0/weight", "0/bias")
    assert np.isnan(given.measures["gradient_norm"]).all()
    assert (given.measures["weight_norm"] > 0).all()


def test_sparse_gradients() -> None:
    model = nn.Embedding(7, 3, sparse=True)
    model(torch.tensor([1, 1, 4])).sum().backward()
    given = StepHealth(model).given()
    assert given.measures["gradient_zero"].tolist() == [15]
    assert given.measures["gradient_norm"][0] == pytest.approx((3 * 4 + 3) ** 0.5)
