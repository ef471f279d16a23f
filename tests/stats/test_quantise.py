"""The quantised picture keeps its promise, and its overview every peak."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tb_deepdebug.stats import quantise as q

pytestmark = pytest.mark.filterwarnings("error")
rng = np.random.default_rng(0)
NORMAL = rng.normal(size=(2, 300, 6))
ROUNDING = 1 + 1e-5  # of float32, in which float32 cells are encoded


def assert_within_bound(cells, picture):
    """Every finite cell is at most (high - low) / 500 off, others come back as they are."""
    found = picture.values().transpose(0, 2, 1)
    finite = np.isfinite(cells)
    np.testing.assert_array_equal(found[~finite], cells[~finite])
    np.testing.assert_array_equal(found[cells == 0], 0)
    low, high = picture.scale
    bound = np.broadcast_to((high / 500 - low / 500) * ROUNDING, cells.shape)
    with np.errstate(over="ignore"):
        spacing = np.spacing(np.abs(cells[finite].astype(np.float64)))
        assert (np.abs(found[finite] - cells[finite]) <= bound[finite] + spacing).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "cells",
    [
        NORMAL,
        np.maximum(NORMAL, 0),
        NORMAL * np.logspace(-30, 30, 6),
        NORMAL * 1e-38,
        NORMAL * 1e-43,  # denormal in float32
        1e6 + NORMAL,
        np.sign(NORMAL) * 3.4e38,
        np.zeros((1, 4, 2)),
        np.full((1, 4, 2), -7.0),
        np.array([[[0.0], [0.0], [5.0]]]),
        np.array([[[np.nan], [np.inf], [-np.inf], [0.0], [-0.0], [1.0], [-1.0]]]),
        np.full((1, 3, 1), np.nan),
        np.array([[[1.0], [1.0 + 2**-23]]]),
    ],
)
def test_error_bound(cells, dtype):
    cells = cells.astype(dtype)
    assert_within_bound(cells, q.quantise(cells))


@pytest.mark.parametrize("scale", [1e300, 1.7e308 / 5, 1e-300, 5e-324, 1e-323])
def test_error_bound_of_float64_extremes(scale):
    cells = np.clip(NORMAL, -5, 5) * scale
    assert_within_bound(cells, q.quantise(cells))


@settings(deadline=None, max_examples=100)
@given(
    hnp.arrays(np.float64, (1, 5, 2), elements=st.floats())
    | hnp.arrays(np.float32, (1, 5, 2), elements=st.floats(width=32))
)
def test_error_bound_of_anything(cells):
    assert_within_bound(cells, q.quantise(cells))


def test_codes_by_hand():
    cells = np.array(
        [[[10.0], [35.0], [0.0], [-0.0], [np.nan], [-np.inf], [np.inf], [20.0], [99.0]]]
    )
    mask = np.ones((1, 9), bool)
    mask[0, 8] = False
    picture = q.quantise(cells, mask)
    assert picture.scale.tolist() == [[10], [35]]
    assert picture.codes.tolist() == [[[5, 255, 4, 4, 1, 2, 3, 105, 0]]]


def test_only_zeros_are_zero():
    cells = np.array([[[-1.0], [1e-9], [-1e-9], [0.0], [1.0]]])
    assert q.quantise(cells).codes[0, 0].tolist() == [5, 130, 130, 4, 255]


def test_masked_cells_do_not_stretch_the_scale_and_data_stay_untouched():
    cells, mask = NORMAL.copy(), rng.random((2, 300)) < 0.7
    cells[~mask] = 1e9
    given_cells = cells.copy()
    picture = q.quantise(cells, mask)
    assert picture.scale.max() < 10
    assert (picture.codes.transpose(0, 2, 1)[~mask] == q.MASKED).all()
    assert (picture.codes.transpose(0, 2, 1)[mask] != q.MASKED).all()
    np.testing.assert_array_equal(cells, given_cells)


def slow_overview(picture, centre, stride):
    """The furthest cell of each column, cell by cell; not finite beats finite beats masked."""
    codes, values = picture.codes, picture.values()
    columns = -(-codes.shape[2] // stride)
    out = np.zeros((*codes.shape[:2], columns))
    for e, u, j in np.ndindex(out.shape):
        span = slice(j * stride, (j + 1) * stride)
        distance = np.abs(values[e, u, span] - centre[u])
        distance[~np.isfinite(values[e, u, span])] = np.inf
        distance[codes[e, u, span] == q.MASKED] = -1
        out[e, u, j] = distance.max()
    return out


@pytest.mark.parametrize("stride", [2, 3, 7, 300])
def test_overview_keeps_the_furthest_cell(stride):
    cells = NORMAL.copy()
    cells[0, 7, 0], cells[0, 8, 1], cells[1, 9, 2], cells[0, :20, 3] = np.nan, np.inf, -np.inf, 0
    mask = rng.random((2, 300)) < 0.5
    mask[0, :60] = False
    picture = q.quantise(cells, mask)
    centre = np.nanmean(np.where(np.isfinite(cells), cells, np.nan), axis=(0, 1))
    codes = q.overview(picture, centre, stride)
    expected = slow_overview(picture, centre, stride)
    found = slow_overview(q.Picture(codes, picture.scale), centre, 1)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("kind", [50.0, -50.0, np.nan, np.inf, -np.inf])
def test_single_extreme_cells_stay_visible(kind):
    cells = rng.normal(size=(1, 4096, 128)).astype(np.float32)
    places = rng.choice(4096 * 128, 120, replace=False)
    cells.reshape(-1)[places] = kind
    picture = q.quantise(cells)
    stride = q.overview_stride(128, 4096)
    shown = q.overview(picture, cells.mean(axis=(0, 1), where=np.isfinite(cells)), stride)
    t, unit = np.divmod(places, 128)
    planted = picture.codes[0, unit, t]
    np.testing.assert_array_equal(shown[0, unit, t // stride], planted)


@pytest.mark.parametrize("scale", [1e-60, 1e-30, 1, 1e30, 1e300])
@pytest.mark.parametrize("centre", [0.0, 1.0, -1e3, 1e9, np.nan, np.inf])
def test_a_peak_of_any_size_is_seen_from_any_centre(scale, centre):
    """The centre is the whole batch's, so the pictured example may lie far from it."""
    cells = np.zeros((1, 64, 2))
    cells[0, 33, 0], cells[0, :, 1], cells[0, 21, 1] = scale, scale, 2 * scale
    picture = q.quantise(cells)
    with np.errstate(all="ignore"):
        shown = q.overview(picture, np.array([min(centre, 0), min(centre, 1)]) * scale, 64)
    assert shown[0, :, 0].tolist() == [picture.codes[0, 0, 33], picture.codes[0, 1, 21]]


@pytest.mark.parametrize(
    ("units", "axis", "stride"),
    [(128, 4096, 4), (128, 1024, 1), (128, 1025, 2), (1, 1, 1), (2048, 4096, 16), (10**6, 257, 2)],
)
def test_stride(units, axis, stride):
    assert q.overview_stride(units, axis) == stride
