"""Metrics weighed by unit: against the rows written out as often, and against differences."""

import numpy as np
import pytest

from tb_deepdebug.stats.metrics_weighted import NAMES, points, weighted

UNITS = 12


def sample(task, seed, levels=7):
    """Labels, predictions with many ties, and units of uneven size."""
    rng = np.random.default_rng(seed)
    n = 80
    unit = np.concatenate([np.arange(UNITS), rng.integers(0, UNITS // 2, n - UNITS)])
    if task == "binary":
        label = (rng.random(n) < 0.4).astype(float)
        return label, rng.integers(1, levels, n) / levels, unit
    if task == "regression":
        label = rng.normal(size=n) + 3
        return label, label + rng.normal(size=n), unit
    p = rng.integers(1, levels, (n, 3)).astype(float)
    return rng.integers(0, 3, n).astype(float), p / p.sum(axis=1, keepdims=True), unit


@pytest.mark.parametrize("task", NAMES)
@pytest.mark.parametrize("seed", range(3))
def test_weights_are_rows_written_out_as_often(task, seed):
    label, prediction, unit = sample(task, seed)
    model = weighted(task, label, prediction, unit, UNITS)
    counts = np.random.default_rng(seed).integers(0, 4, (5, UNITS))
    for weight, found in zip(counts, model.measure(counts), strict=True):
        rows = np.repeat(np.arange(len(label)), weight[unit])
        expected = list(points(task, label[rows], prediction[rows]).values())
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("task", NAMES)
@pytest.mark.parametrize("levels", [4, 10_000])
def test_influence_is_the_derivative_by_a_units_weight(task, levels):
    """(metric(w + e) - metric(w - e)) / 2 e, in whole rows: every unit counts 100,000 times."""
    label, prediction, unit = sample(task, 0, levels)
    model = weighted(task, label, prediction, unit, UNITS)
    many, few = 100_000, 10
    around = np.full((2 * UNITS, UNITS), many) + few * np.vstack(
        [np.eye(UNITS, dtype=int), -np.eye(UNITS, dtype=int)]
    )
    up, down = np.split(model.measure(around), 2)
    np.testing.assert_allclose(model.influence(), (up - down) / (2 * few / many), atol=1e-6)


def test_a_resample_without_a_class_is_undefined_there_alone():
    label, p, unit = np.array([0.0, 1.0, 0.0]), np.array([0.1, 0.8, 0.3]), np.arange(3)
    model = weighted("binary", label, p, unit, 3)
    found = model.measure(np.array([[1, 0, 2], [1, 1, 1], [0, 0, 0]]))
    assert np.isnan(found[0]).tolist() == [True, True, False, False, False]
    assert np.isfinite(found[1]).all() and np.isnan(found[2]).all()


def test_a_label_that_is_constant_in_a_resample_has_no_r2():
    label = np.array([1e6, 1e6, 1e6 + 1])
    model = weighted("regression", label, label + 0.1, np.arange(3), 3)
    found = model.measure(np.array([[2, 1, 0], [1, 1, 1]]))[:, 2]
    assert np.isnan(found[0]) and np.isfinite(found[1])
