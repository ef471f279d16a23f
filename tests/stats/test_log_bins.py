"""Log bins against their definition in exact fractions."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tb_deepdebug.stats.log_bins import LogBins, unit_histograms, used

pytestmark = pytest.mark.filterwarnings("error")
COARSE = LogBins(mantissa_bits=1, min_exponent=-3, max_exponent=2)


def bin_of(x, bins):
    """The documented bin of a finite value, by exact arithmetic."""
    size, least = Fraction(abs(x)), Fraction(2) ** bins.min_exponent
    if size < least:
        return 0
    octave = 0
    while size >= 2 * least * 2**octave and octave <= bins.max_exponent - bins.min_exponent:
        octave += 1
    part = math.floor((size / (least * 2**octave) - 1) * 2**bins.mantissa_bits)
    k = min(1 + octave * 2**bins.mantissa_bits + part, bins.size)
    return int(math.copysign(k, x))


@settings(max_examples=300)
@given(st.floats(allow_nan=False, allow_infinity=False) | st.floats(-20, 20), st.integers(0, 4))
def test_a_value_falls_into_its_bin(x, bits):
    bins = LogBins(bits, -5, 6)
    assert bins.index(np.array([x]))[0] == bin_of(x, bins)
    narrow = np.clip(x, -3e38, 3e38).astype(np.float32)
    assert bins.index(narrow[None])[0] == bin_of(float(narrow), bins)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("bits", [0, 1, 3])
def test_a_bin_begins_at_its_lower_edge(bits, dtype):
    bins = LogBins(bits)
    right = bins.edges()[bins.size + 1 :].astype(dtype)  # the lower edges of bins 1 .. size + 1
    expected = np.minimum(np.arange(1, bins.size + 2), bins.size)
    np.testing.assert_array_equal(bins.index(right), expected)
    np.testing.assert_array_equal(bins.index(-right), -expected)
    below = np.nextafter(right, np.array(0, dtype))
    np.testing.assert_array_equal(bins.index(below), np.arange(bins.size + 1))


def test_edges_are_those_of_the_documented_formula():
    bins = LogBins(3)
    lower = [2 ** (-24 + (k - 1) // 8) * (1 + ((k - 1) % 8) / 8) for k in range(1, bins.size + 2)]
    np.testing.assert_array_equal(bins.edges(), [-x for x in lower[::-1]] + lower)


@pytest.mark.parametrize("x", [3.5e38, 1e300, 1.7e308])
def test_values_beyond_float32_stay_in_the_last_bin(x):
    bins = LogBins()
    assert bins.index(np.array([x, -x])).tolist() == [bins.size, -bins.size]


def test_the_smallest_values_keep_no_sign():
    tiny = np.array([0.0, -0.0, 5e-324, -5e-324, 1e-45, -(2.0**-24) * (1 - 2**-30)])
    assert not LogBins().index(tiny).any()
    assert not LogBins().index(tiny.astype(np.float32)[:5]).any()


@pytest.mark.parametrize("mask", [None, np.random.default_rng(1).random((4, 9)) < 0.5])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_counts_are_those_of_a_loop(mask, dtype):
    cells = np.random.default_rng(0).normal(size=(4, 9, 3)).astype(dtype)
    cells[0, 0], cells[1, 1, 0], cells[2, 2, 1], cells[3, 3, 2] = 0, np.nan, np.inf, -np.inf
    expected = np.zeros((3, 2 * COARSE.size + 1), int)
    for (s, t, u), x in np.ndenumerate(cells):
        if np.isfinite(x) and (mask is None or mask[s, t]):
            expected[u, bin_of(float(x), COARSE) + COARSE.size] += 1
    np.testing.assert_array_equal(unit_histograms(cells, COARSE, mask), expected)


@pytest.mark.parametrize("shape", [(1, 5000, 2), (700, 3, 2), (3, 1, 40)])
def test_parts_add_up_to_the_whole(shape):
    cells = np.random.default_rng(2).normal(size=shape)
    whole = unit_histograms(cells, LogBins())
    parts = [unit_histograms(cells[i : i + 1], LogBins()) for i in range(shape[0])]
    np.testing.assert_array_equal(whole, sum(parts))
    assert whole.sum() == cells.size


@pytest.mark.parametrize("bits", [0, 1, 2, 3])
def test_folding_is_counting_in_coarser_bins(bits):
    cells = np.random.default_rng(3).normal(size=(2, 300, 4)) * np.exp2([-30, -5, 0, 20])
    folded = LogBins(3).fold(unit_histograms(cells, LogBins(3)), bits)
    np.testing.assert_array_equal(folded, unit_histograms(cells, LogBins(bits)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LogBins(mantissa_bits=9), "`mantissa_bits` must be 0 to 8. .*=9"),
        (lambda: LogBins(min_exponent=4, max_exponent=4), "min_exponent < max_exponent .*=4"),
        (lambda: LogBins(min_exponent=-127), "-126 <= min_exponent .*=-127"),
        (lambda: LogBins(2).fold(np.zeros(321), 3), "fold to 0 to 2. Received: mantissa_bits=3"),
    ],
)
def test_impossible_bins_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("counts", "span"),
    [([0, 0, 0], (0, 0)), ([0, 2, 0], (1, 2)), ([[1, 0, 0, 0], [0, 0, 3, 0]], (0, 3))],
)
def test_the_span_in_use(counts, span):
    found = used(np.array(counts))
    assert (found.start, found.stop) == span
