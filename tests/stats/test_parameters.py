"""Numbers of parameters against closed forms and plain loops."""

import math

import numpy as np
import pytest

from tb_deepdebug.stats import parameters as p

pytestmark = pytest.mark.filterwarnings("error")
NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("weight", "gradient", "update", "expected"),
    [
        (
            [3.0, -4.0],
            [0.0, 2.0],
            [0.3, 0.4],
            {
                "weight_norm": 5,
                "weight_max": 4,
                "weight_nonfinite": 0,
                "gradient_norm": 2,
                "gradient_max": 2,
                "gradient_nonfinite": 0,
                "gradient_zero": 1,
                "update_norm": 0.5,
                "update_ratio": 0.1,
            },
        ),
        ([3.0, -4.0], None, None, {"weight_norm": 5, "weight_max": 4, "weight_nonfinite": 0}),
        # What is not finite is counted, and the rest is measured without it.
        (
            [3.0, NAN, -4.0, INF],
            [NAN, 0.0, -INF, -1.0],
            None,
            {
                "weight_norm": 5,
                "weight_max": 4,
                "weight_nonfinite": 2,
                "gradient_norm": 1,
                "gradient_max": 1,
                "gradient_nonfinite": 2,
                "gradient_zero": 1,
            },
        ),
        # Nothing finite is no norm of 0, which would be read as a gradient that vanished.
        (
            [1.0, 0.0],
            [NAN, NAN],
            [NAN, NAN],
            {
                "weight_norm": 1,
                "weight_max": 1,
                "weight_nonfinite": 0,
                "gradient_nonfinite": 2,
                "gradient_zero": 0,
            },
        ),
        # A ratio to nothing is none.
        (
            [0.0, 0.0],
            [0.0, 0.0],
            [1.0, 0.0],
            {
                "weight_norm": 0,
                "weight_max": 0,
                "weight_nonfinite": 0,
                "gradient_norm": 0,
                "gradient_max": 0,
                "gradient_nonfinite": 0,
                "gradient_zero": 2,
                "update_norm": 1,
            },
        ),
    ],
    ids=["plain", "weight alone", "not finite", "nothing finite", "all zero"],
)
def test_measures(weight, gradient, update, expected):
    arrays = [None if x is None else np.array(x) for x in (weight, gradient, update)]
    found = p.parameter_measures(*arrays)
    whole = dict.fromkeys(p.MEASURES, NAN) | expected
    assert found == pytest.approx(whole, rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e160, 1e300])
def test_norms_neither_overflow_nor_underflow(scale):
    found = p.parameter_measures(np.array([3.0, 4.0]) * scale)
    assert found["weight_norm"] == pytest.approx(5 * scale, rel=1e-12)
    assert p.joint_norm(np.array([3.0, np.nan, 4.0]) * scale) == pytest.approx(5 * scale, rel=1e-12)


@pytest.mark.parametrize(
    ("norms", "whole"), [([], NAN), ([NAN, NAN], NAN), ([0.0, NAN], 0), ([1.0, INF], INF)]
)
def test_joint_norms_of_little(norms, whole):
    assert p.joint_norm(np.array(norms)) == pytest.approx(whole, nan_ok=True)


def test_parts_of_a_gradient_have_the_norm_of_the_whole():
    whole = np.random.default_rng(0).normal(size=1000)
    norms = [p.parameter_measures(part)["weight_norm"] for part in np.split(whole, [10, 11, 400])]
    assert p.joint_norm(np.array(norms)) == pytest.approx(np.linalg.norm(whole), rel=1e-12)


def test_histograms_count_every_finite_entry_in_its_bin():
    values = np.array([0.0, 1e-40, 2.0**-48, -(2.0**-48), 1.0, 1.5, -1.75, 1e30, NAN, -INF])
    counts = p.histogram(values.reshape(2, 5).astype(np.float32))
    size = p.HEALTH_BINS.size
    edges = p.HEALTH_BINS.edges()
    expected = np.zeros(2 * size + 1, int)
    for value in values[:8]:
        octave = min(max(abs(value), 0), edges[-1] * (1 - 1e-9))
        k = np.searchsorted(edges[size + 1 :], octave, "right")
        expected[size + int(np.sign(value)) * k] += 1
    np.testing.assert_array_equal(counts, expected)
    assert counts.sum() == 8 and p.histogram(np.zeros(0, np.float32)).sum() == 0


def rows(**given):
    """`[9, P]` of the rows given; NaN for the rest."""
    count = len(next(iter(given.values())))
    table = np.full((len(p.MEASURES), count), NAN)
    for name, values in given.items():
        table[p.MEASURES.index(name)] = values
    return table


def test_the_history_remembers_the_worst():
    history = p.begin(3)
    told = [
        rows(gradient_norm=[1, NAN, 2], gradient_nonfinite=[0, NAN, 0]),
        rows(gradient_norm=[7, NAN, 2], gradient_nonfinite=[0, NAN, 3]),
        rows(gradient_norm=[7, 5, INF], weight_nonfinite=[0, 1, 0]),
        rows(gradient_norm=[3, NAN, NAN], weight_nonfinite=[NAN, 2, 9]),
    ]
    for step, table in enumerate(told):
        history = p.follow(history, table, 10 * step)
    assert history.steps.tolist() == [4] * 3
    assert history.gradient_norm_max.tolist() == [7, 5, INF]
    assert history.gradient_norm_max_step.tolist() == [10, 20, 20]
    np.testing.assert_array_equal(history.first_nonfinite_step, [NAN, 20, 10])


def test_a_history_is_of_the_same_parameters():
    with pytest.raises(ValueError, match="3 parameters before, 2 now"):
        p.follow(p.begin(3), rows(gradient_norm=[1, 2]), 0)
