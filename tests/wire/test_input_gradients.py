"""The numbers of an input-gradient profile, as they are written."""

import math

import numpy as np
import pytest

from tb_deepdebug.records.input_gradients import measure
from tb_deepdebug.stats.amnesia import BANDED
from tb_deepdebug.wire import input_gradients as wire
from tb_deepdebug.wire import series

LAG = np.arange(200)[::-1, None]


def written(examples):
    """The plane `numbers` and the scalars of `0.9^lag`, with a level of its own an example."""
    record = measure(0.9**LAG * np.linspace(1, 2, examples)[:, None, None], output_step=199)
    plane = next(plane for plane in wire.planes(record) if plane.name == "numbers")
    vector = series.encode("input_gradients", wire.series(record))
    return plane, series.decode("input_gradients", vector).scalars


def test_numbers_are_written_with_their_bands():
    plane, scalars = written(6)
    assert plane.rows == BANDED and plane.array.shape == (5, 3)
    assert plane.array.dtype == np.float64
    for row, name in zip(plane.array, BANDED, strict=True):
        value, low, high = row
        assert value == pytest.approx(scalars[name], rel=1e-6), name
        # Levels differ, shapes do not.
        assert low == pytest.approx(value, rel=1e-4) and high == pytest.approx(value, rel=1e-4)


def test_the_numbers_of_an_exponential():
    _, scalars = written(1)
    assert scalars["half_life"] == pytest.approx(-math.log(2) / math.log(0.9), rel=1e-6)
    assert scalars["half_life_r2"] == pytest.approx(1)
    assert scalars["mean_lag"] == pytest.approx(9, rel=1e-6)


def test_without_a_band_the_values_still_stand():
    plane, _ = written(2)
    assert np.isfinite(plane.array[:, 0]).all() and np.isnan(plane.array[:, 1:]).all()
