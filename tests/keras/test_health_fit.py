"""What is recorded of a step of `fit` is what the optimizer did, whatever the optimizer."""

from typing import Any

import numpy as np
import pytest
from needs import needs

from tb_deepdebug.records import health

tf = needs("tensorflow")
keras = needs("keras")
FitHealth = needs("tb_deepdebug.keras.health").FitHealth

X = np.random.default_rng(0).normal(size=(24, 8)).astype(np.float32)
Y = X[:, :1] * 2 - 1
Arrays = list[np.ndarray]


class Recording(keras.callbacks.Callback):
    """Records every step, with the weights around it."""

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.options, self.found, self.weights = options, [], []

    def on_train_begin(self, logs: Any = None) -> None:
        self.health = FitHealth(self.model, **self.options)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.weights.append(values(self.model))
        self.health.before_batch()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.weights.append(values(self.model))
        self.found.append(self.health.after_batch(logs))

    def on_train_end(self, logs: Any = None) -> None:
        self.health.close()


def values(model: Any) -> Arrays:
    return [v.numpy() for v in model.trainable_variables]


def small(optimizer: Any, **options: Any) -> Any:
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Dense(6, activation="tanh"), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((8,)), *layers])
    model.compile(optimizer, "mse", **options)
    return model


def fitted(model: Any, steps: int = 2, **options: Any) -> Recording:
    recording = Recording(**options)
    model.fit(X, Y, batch_size=8, steps_per_epoch=steps, callbacks=[recording], verbose=0,
              shuffle=False)  # fmt: skip
    return recording


def gradients(weights: Arrays, batch: int) -> Arrays:
    """Of the mean squared error of `small`, by hand."""
    rows = slice(8 * batch, 8 * batch + 8)
    x, y = X[rows].astype(np.float64), Y[rows].astype(np.float64)
    w1, b1, w2, b2 = (w.astype(np.float64) for w in weights)
    hidden = np.tanh(x @ w1 + b1)
    error = 2 * (hidden @ w2 + b2 - y) / len(x)
    back = error @ w2.T * (1 - hidden**2)
    return [x.T @ back, back.sum(0), hidden.T @ error, error.sum(0)]


def check(found: Any, before: Arrays, after: Arrays, applied: Arrays) -> None:
    updates = [b.astype(np.float64) - a for a, b in zip(before, after, strict=True)]
    twin = health.from_arrays(found.names, after, applied, updates)
    for name, row in twin.measures.items():
        np.testing.assert_allclose(found.measures[name], row, rtol=2e-4, atol=1e-9, err_msg=name)
    np.testing.assert_array_equal(found.weight_counts, twin.weight_counts)
    assert found.shapes == twin.shapes
    assert abs(found.gradient_counts - twin.gradient_counts).sum() <= 4  # at edges of bins


def clipped(gradients: Arrays) -> Arrays:
    return [g * min(1, 0.1 / np.linalg.norm(g)) for g in gradients]


def globally_clipped(gradients: Arrays) -> Arrays:
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    return [g * min(1, 0.1 / norm) for g in gradients]


OPTIMIZERS = {
    "SGD": ({}, None),
    "Adam": ({}, None),
    "Nadam": ({}, None),
    "AdamW": ({"weight_decay": 0.5}, None),
    "SGD clipnorm": ({"clipnorm": 0.1}, clipped),
    "SGD global_clipnorm": ({"global_clipnorm": 0.1}, globally_clipped),
    "SGD clipvalue": ({"clipvalue": 0.05}, lambda g: [np.clip(x, -0.05, 0.05) for x in g]),
    "SGD weight_decay": ({"weight_decay": 0.5}, None),
    "SGD ema": ({"use_ema": True, "ema_overwrite_frequency": 1}, None),
    "SGD loss_scale_factor": ({"loss_scale_factor": 256.0}, None),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_gradients_are_those_applied_and_updates_those_made(name: str) -> None:
    options, applied = OPTIMIZERS[name]
    model = small(getattr(keras.optimizers, name.split()[0])(0.1, **options))
    recording = fitted(model)
    for step, found in enumerate(recording.found):
        before, after = recording.weights[2 * step : 2 * step + 2]
        expected = gradients(before, step)
        check(found, before, after, applied(expected) if applied else expected)
        assert found.learning_rate == pytest.approx(0.1)
        assert found.source == "applied"
        assert found.names == tuple(
            f"{d.name}/{v}" for d in model.layers for v in ("kernel", "bias")
        )


@pytest.mark.parametrize(
    "options", [{"run_eagerly": True}, {"jit_compile": True}, {"jit_compile": False}]
)
@pytest.mark.parametrize("histograms", [True, False])
def test_it_is_the_same_however_the_step_runs(options: dict[str, bool], histograms: bool) -> None:
    recording = fitted(small(keras.optimizers.SGD(0.1), **options), cells=None if histograms else 0)
    for step, found in enumerate(recording.found):
        before, after = recording.weights[2 * step : 2 * step + 2]
        if histograms:
            check(found, before, after, gradients(before, step))
        else:
            norms = [np.linalg.norm(g) for g in gradients(before, step)]
            np.testing.assert_allclose(found.measures["gradient_norm"], norms, rtol=1e-4)
            assert found.weight_counts is None and found.gradient_counts is None


def test_of_several_steps_in_one_execution_the_last_is_recorded() -> None:
    recording = fitted(small(keras.optimizers.SGD(0.1), steps_per_execution=3), steps=3)
    one_by_one = fitted(small(keras.optimizers.SGD(0.1)), steps=3)
    assert [len(r.found) for r in (recording, one_by_one)] == [1, 3]
    found, last = recording.found[0], one_by_one.found[-1]
    for name, row in last.measures.items():
        np.testing.assert_allclose(found.measures[name], row, rtol=1e-4, err_msg=name)


def test_accumulated_gradients_are_recorded_at_the_step_that_applies_them() -> None:
    model = small(keras.optimizers.SGD(0.1, gradient_accumulation_steps=3))
    recording = fitted(model, steps=3)
    between, _, applying = recording.found
    assert np.isnan(between.measures["gradient_norm"]).all()
    assert np.isnan(between.measures["update_norm"]).all()
    assert np.isfinite(between.measures["weight_norm"]).all()
    assert np.isnan(between.learning_rate) and between.gradient_counts.sum() == 0
    before, after = recording.weights[4:6]
    sums = [sum(parts) / 3 for parts in zip(*(gradients(before, i) for i in range(3)), strict=True)]
    check(applying, before, after, sums)


def test_a_learning_rate_schedule_is_told_as_it_was_at_the_step() -> None:
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)
    recording = fitted(small(keras.optimizers.SGD(schedule)), steps=3)
    assert [f.learning_rate for f in recording.found] == pytest.approx([0.1, 0.05, 0.025])


def test_a_constraint_is_a_part_of_the_update() -> None:
    keras.utils.set_random_seed(1)
    dense = keras.layers.Dense(1, kernel_constraint=keras.constraints.MaxNorm(0.01))
    model = keras.Sequential([keras.Input((8,)), dense])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    recording = fitted(model, steps=1)
    before, after = recording.weights
    moved = [np.linalg.norm(b - a) for a, b in zip(before, after, strict=True)]
    np.testing.assert_allclose(recording.found[0].measures["update_norm"], moved, rtol=1e-5)


def test_half_precision_with_a_loss_scale_tells_gradients_without_the_scale() -> None:
    keras.utils.set_random_seed(1)
    dense = keras.layers.Dense(1, dtype="mixed_float16")
    model = keras.Sequential([keras.Input((8,)), dense])
    inner = keras.optimizers.SGD(0.1, clipnorm=100.0)
    optimizer = keras.optimizers.LossScaleOptimizer(inner, initial_scale=64.0)
    model.compile(optimizer, "mse")
    recording = fitted(model, steps=1)
    w, b = (w.astype(np.float64) for w in recording.weights[0])
    error = 2 * (X[:8] @ w + b - Y[:8]) / 8
    norms = [np.linalg.norm(X[:8].T @ error), np.linalg.norm(error.sum(0))]
    found = recording.found[0]
    np.testing.assert_allclose(found.measures["gradient_norm"], norms, rtol=2e-2)
    assert found.learning_rate == pytest.approx(0.1)


@pytest.mark.parametrize("jit", [True, False])
def test_a_step_skipped_for_its_gradients_tells_which_were_not_finite(jit: bool) -> None:
    model = small(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1)), jit_compile=jit)
    recording = Recording()
    y = np.full_like(Y, np.inf)
    model.fit(X, y, batch_size=8, steps_per_epoch=1, callbacks=[recording], verbose=0)
    found = recording.found[0]
    np.testing.assert_array_equal(found.measures["gradient_nonfinite"], [48, 6, 6, 1])
    np.testing.assert_array_equal(found.measures["update_norm"], 0)
    assert (found.measures["weight_norm"][[0, 2]] > 0).all()


def test_weights_that_are_not_finite_are_counted() -> None:
    recording = Recording()
    model = small(keras.optimizers.SGD(0.1))
    y = np.full_like(Y, np.nan)
    model.fit(X, y, batch_size=8, steps_per_epoch=1, callbacks=[recording], verbose=0)
    found = recording.found[0]
    np.testing.assert_array_equal(found.measures["weight_nonfinite"], [48, 6, 6, 1])
    assert np.isnan(found.measures["weight_norm"]).all()
    assert np.isnan(found.measures["update_norm"]).all()
