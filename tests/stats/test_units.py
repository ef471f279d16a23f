"""Unit statistics against plain loops over exact fractions."""

import dataclasses
import functools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tb_deepdebug.stats.units import UnitStats, merge, unit_stats

pytestmark = pytest.mark.filterwarnings("error")
FIELDS = [field.name for field in dataclasses.fields(UnitStats)]


def twin(cells, mask=None):
    """The statistics of `[sequences, axis, units]`, one unit a dictionary, by plain loops."""
    mask = np.ones(cells.shape[:2], bool) if mask is None else mask
    return [_twin_of_unit(cells[:, :, u], mask) for u in range(cells.shape[2])]


def _twin_of_unit(cells, mask):
    valid = [[float(x) for x, m in zip(*row, strict=True) if m] for row in zip(cells, mask)]  # noqa: B905
    every = [x for row in valid for x in row]
    finite = [Fraction(x) for x in every if math.isfinite(x)]
    whole = [row for row in valid if len(row) > 1 and all(map(math.isfinite, row))]
    mean = sum(finite) / len(finite) if finite else None
    return {
        "count": len(finite),
        "nan": sum(map(math.isnan, every)),
        "negative_infinity": every.count(-math.inf),
        "positive_infinity": every.count(math.inf),
        "zero": sum(x == 0 for x in finite),
        "negative": sum(x < 0 for x in finite),
        "min": float(min(finite)) if finite else math.nan,
        "max": float(max(finite)) if finite else math.nan,
        "mean": float(mean) if finite else math.nan,
        "m2": _float(sum((x - mean) ** 2 for x in finite)),
        "constant": sum(
            Fraction(max(row)) - Fraction(min(row)) <= Fraction(1e-6) * max(map(abs, row))
            for row in whole
        ),
        "sequences": len(whole),
    }


def _float(x):
    try:
        return float(x)
    except OverflowError:
        return math.inf


def assert_like_twin(stats, cells, mask=None):
    for u, expected in enumerate(twin(cells, mask)):
        for name in FIELDS:
            got = float(getattr(stats, name)[u])
            largest = max(abs(expected["min"]), abs(expected["max"]))
            tight = 1e-9 * largest + 1e-320 if name == "mean" else 0  # denormals halve coarsely
            loose = {"mean": 1e-9, "m2": 1e-6}.get(name, 0)
            assert got == pytest.approx(expected[name], rel=loose, abs=tight, nan_ok=True), (
                f"unit {u}, {name}"
            )


rng = np.random.default_rng(0)
NORMAL = rng.normal(size=(3, 17, 5))
ODD = NORMAL.copy()
ODD[0, 3, 0], ODD[1, 4, 1], ODD[2, 5, 2], ODD[:, :, 3] = np.nan, np.inf, -np.inf, np.nan
MASK = rng.random((3, 17)) < 0.6
MASK[1] = False
STILL = np.zeros((2, 9, 4))
STILL[..., 1], STILL[..., 2], STILL[1, :, 3] = -3.5, 1 + 5e-7 * rng.random((2, 9)), np.arange(9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("mask", [None, MASK], ids=["whole", "masked"])
@pytest.mark.parametrize("cells", [NORMAL, ODD, np.maximum(NORMAL, 0)], ids=["all", "odd", "relu"])
def test_is_what_loops_find(cells, mask, dtype):
    cells = cells.astype(dtype)
    assert_like_twin(unit_stats(cells, mask), cells, mask)


@pytest.mark.parametrize(
    "cells",
    [
        STILL,
        NORMAL * 1e300,
        NORMAL * 5e-324 * 100,
        1e8 + NORMAL,  # a variance that sums of squares would lose
        np.array([[[1.7e308], [1.7e308], [-1.7e308]], [[-1.7e308], [-1.7e308], [-1.6e308]]]),
        np.zeros((2, 1, 3)),
        -np.zeros((1, 4, 1)),
    ],
    ids=["still", "huge", "denormal", "offset", "overflowing", "one timestep", "minus zero"],
)
def test_extreme_values(cells):
    assert_like_twin(unit_stats(cells), cells)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_parts_merge_to_the_whole(data):
    shape = data.draw(hnp.array_shapes(min_dims=3, max_dims=3, max_side=6))
    odd = st.sampled_from([0.0, np.nan, np.inf, -np.inf, 1e300, -1e300, 5e-324])
    element = odd | st.floats(-1e6, 1e6, width=32)
    cells = data.draw(hnp.arrays(np.float64, shape, elements=element))
    mask = data.draw(hnp.arrays(bool, shape[:2]))
    cut = data.draw(st.integers(0, shape[0]))
    parts = [unit_stats(cells[:cut], mask[:cut]), unit_stats(cells[cut:], mask[cut:])]
    assert_like_twin(functools.reduce(merge, parts), cells, mask)
    assert_like_twin(unit_stats(cells, mask), cells, mask)


@pytest.mark.parametrize(
    ("values", "dead", "constant", "nonfinite"),
    [
        ([[0, 0, 0], [0, 0, 0]], True, False, False),
        ([[0, 0, 0], [0, -0.0, 0]], True, False, False),
        ([[0, 0, 0], [0, 1e-30, 0]], False, False, False),
        ([[2, 2, 2], [3, 3, 3]], False, True, False),  # differs between examples, not in time
        ([[2, 2, 2], [3, 3, 3.1]], False, False, False),
        ([[-1, -1 - 1e-7, -1], [0, 0, 0]], False, True, False),
        ([[0, 0, 0], [0, np.nan, 0]], False, False, True),
        ([[np.nan] * 3] * 2, False, False, True),
        ([[0, 0, 0], [np.inf, 0, 0]], False, False, True),
        ([[1], [2]], False, False, False),  # one timestep can't be constant over time
        ([[0], [0]], True, False, False),
    ],
)
def test_health(values, dead, constant, nonfinite):
    stats = unit_stats(np.asarray(values, float)[..., None])
    found = (stats.is_dead[0], stats.is_constant[0], stats.is_nonfinite[0])
    assert found == (dead, constant, nonfinite)


def test_a_masked_change_does_not_count():
    cells = np.full((1, 4, 1), 2.0)
    cells[0, 3] = 99
    assert unit_stats(cells, np.array([[True, True, True, False]])).is_constant[0]


def test_constant_share_is_of_examples_with_a_time_axis():
    cells = np.stack([np.full(5, 1.0), np.arange(5.0), np.full(5, np.nan), np.full(5, 2.0)])
    mask = np.array([[1] * 5, [1] * 5, [1] * 5, [1, 0, 0, 0, 0]], bool)
    assert unit_stats(cells[..., None], mask).constant_share == [0.5]
