"""What is kept of input gradients, and what is refused."""

import dataclasses
import math

import ml_dtypes
import numpy as np
import pytest

from tb_deepdebug.records.input_gradients import measure
from tb_deepdebug.stats.amnesia import BANDED
from tb_deepdebug.stats.curves import BOOTSTRAP_REPLICATES

pytestmark = pytest.mark.filterwarnings("error")
DATA = np.random.default_rng(0).normal(size=(6, 40, 3))


@pytest.mark.parametrize(("given", "step"), [(0, 0), (39, 39), (-1, 39), (-40, 0), (np.int8(7), 7)])
def test_output_step(given, step):
    assert measure(DATA, output_step=given).output_step == step


@pytest.mark.parametrize("batch", [1, 3, 12])
def test_the_level_does_not_depend_on_the_batch(batch):
    """Dividing by the number of examples twice would."""
    g = np.broadcast_to(0.9 ** np.arange(40)[::-1, None], (batch, 40, 1))
    found = measure(g, output_step=39, reductions=("mean", "rms", "signed_mean"))
    for name in ("log_mean", "mean", "rms", "signed_mean"):
        expected = np.arange(40)[::-1] * math.log10(0.9)
        np.testing.assert_allclose(found.curves[name][1], expected, atol=1e-12)


def test_padding_counts_for_nothing():
    g, mask = DATA.copy(), np.ones((6, 40), bool)
    g[2:, 30:], mask[2:, 30:] = np.nan, False
    whole, found = measure(DATA[:2], output_step=0), measure(g, output_step=0, mask=mask)
    assert found.examples.tolist() == [6] * 30 + [2] * 10 and not found.nonfinite.any()
    np.testing.assert_array_equal(
        found.curves["log_mean"][:, 30:], whole.curves["log_mean"][:, 30:]
    )


def test_zeros_and_nonfinite_are_counted():
    g = DATA.copy()
    g[:2, 5, 1], g[3, 6, 0], g[:, 7] = 0, np.nan, 0
    found = measure(g, output_step=0)
    assert found.zeros[:, 5].tolist() == [0, 0, 2, 0] and found.zeros[:, 7].tolist() == [6] * 4
    assert found.nonfinite[:, 6].tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("dtype", "floor"),
    [
        ("float16", 2.0**-14),
        (ml_dtypes.bfloat16, 2.0**-126),
        ("float32", 2.0**-126),
        ("float64", 2.0**-1022),
    ],
)
def test_the_floor_is_of_the_dtype_given(dtype, floor):
    assert measure(DATA.astype(dtype), output_step=0).floor == floor


def test_nothing_known_has_no_numbers():
    found = measure(np.full((6, 10, 2), np.nan), output_step=9)
    assert all(map(math.isnan, dataclasses.astuple(found.numbers)))
    assert np.isnan(found.curves["log_mean"]).all() and np.isnan(found.band).all()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"gradients": DATA[0]}, ValueError, r"rank 3, \[batch, time, channels\].*\(40, 3\)"),
        ({"gradients": DATA[:0]}, ValueError, "must not be empty"),
        (
            {"gradients": DATA.astype(int)},
            TypeError,
            "`gradients` must have a floating-point dtype",
        ),
        ({"output_step": 40}, ValueError, "a timestep, 0 to 39 .* Received: output_step=40"),
        ({"output_step": -41}, ValueError, "output_step=-41"),
        ({"output_step": 3.0}, TypeError, "`output_step` must be an integer.*3.0"),
        ({"output_step": True}, TypeError, "`output_step` must be an integer"),
        ({"output_step": None}, TypeError, "`output_step` must be an integer"),
        ({"mask": np.ones((6, 39))}, ValueError, "`mask` must have the shape"),
        ({"mask": np.zeros((6, 40))}, ValueError, "all 240 masked"),
        ({"reductions": ["median"]}, ValueError, r"names out of \['log_mean', .*'median'"),
        ({"reductions": "mean"}, ValueError, "names out of"),
        ({"channels": ["a"]}, ValueError, "`channels` must be 3 names"),
        ({"unit_axis": 0}, ValueError, "not be the first axis"),
    ],
)
def test_wrong_arguments_are_told_the_rule_and_what_came(arguments, error, message):
    with pytest.raises(error, match=message):
        measure(**{"gradients": DATA, "output_step": 0, **arguments})


def test_a_record_is_consistent():
    with pytest.raises(ValueError, match=r"0 to 39\. Received: output_step=40"):
        dataclasses.replace(measure(DATA, output_step=0), output_step=40)


def test_output_steps_of_their_own_are_averaged_by_lag():
    """0.5**lag for two examples of different lengths: aligned, the curve is exact everywhere."""
    ends = np.array([11, 7])
    lag = ends[:, None] - np.arange(12)
    gradients = np.where(lag >= 0, 0.5 ** np.maximum(lag, 0), 0.0)[..., None]
    mask = lag >= 0
    for output_step in ("last", ends):
        record = measure(gradients, output_step=output_step, mask=mask)
        assert record.aligned and record.output_step == 11
        np.testing.assert_allclose(
            record.curves["log_mean"][0], -np.log10(2) * (11 - np.arange(12)), rtol=1e-12
        )
        assert record.examples.tolist() == [1] * 4 + [2] * 8


def test_one_output_step_moves_nothing():
    record = measure(np.ones((3, 5, 2)), output_step=[2, 2, 2])
    assert not record.aligned
    assert record.output_step == 2


def test_last_needs_a_valid_timestep_in_every_example():
    mask = np.ones((3, 5), bool)
    mask[1] = False
    with pytest.raises(ValueError, match=r"valid timestep in every example.*\[1\]"):
        measure(np.ones((3, 5, 2)), output_step="last", mask=mask)


def test_numbers_have_the_bands_of_resampled_examples():
    """The slow obvious twin: each resample is a batch of its own, measured like any other."""
    g = 0.9 ** np.arange(60)[::-1, None] * np.random.default_rng(1).lognormal(size=(6, 60, 2))
    found = measure(g, output_step=59)
    draws = np.random.default_rng(0).multinomial(6, np.full(6, 1 / 6), BOOTSTRAP_REPLICATES)
    numbers = [measure(np.repeat(g, draw, axis=0), output_step=59).numbers for draw in draws]
    for name, band in zip(BANDED, found.number_bands, strict=True):
        ascending = sorted(getattr(one, name) for one in numbers)
        np.testing.assert_allclose(band, [ascending[5], ascending[-6]], rtol=1e-4, err_msg=name)
        assert band[0] < getattr(found.numbers, name) < band[1]


def test_equal_examples_have_a_band_of_no_width():
    g = np.broadcast_to(0.9 ** np.arange(40)[::-1, None], (5, 40, 1))
    found = measure(g, output_step=39)
    values = [getattr(found.numbers, name) for name in BANDED]
    np.testing.assert_allclose(found.number_bands, np.transpose([values, values]), rtol=1e-5)


def test_few_examples_have_no_band():
    assert np.isnan(measure(DATA[:4], output_step=39).number_bands).all()


def test_a_half_life_does_not_know_of_underflow():
    """0.5 a step leaves float16 after 14 steps of 40; what is left of it still falls by halves."""
    g = np.broadcast_to(0.5 ** np.arange(40)[::-1, None], (6, 40, 1)).astype(np.float16)
    found = measure(g, output_step=39).numbers
    assert found.half_life == pytest.approx(1) and found.half_life_r2 == pytest.approx(1)
