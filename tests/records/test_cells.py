"""The door for arrays: what enters, in which layout, and what is refused with which words."""

import ml_dtypes
import numpy as np
import pytest
from needs import needs

from tb_deepdebug.records.cells import as_cells

pytestmark = pytest.mark.filterwarnings("error")
DATA = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


@pytest.mark.parametrize(
    ("shape", "cells", "axis", "space"),
    [
        ((5, 4), (1, 5, 4), "example", None),
        ((2, 3, 4), (2, 3, 4), "time", None),
        ((2, 3, 5, 4), (2, 15, 4), "space", (3, 5)),
    ],
)
def test_ranks(shape, cells, axis, space):
    data = np.random.default_rng(0).random(shape)
    found = as_cells(data)
    assert (found.values.shape, found.axis, found.space, found.shape) == (cells, axis, space, shape)
    np.testing.assert_array_equal(found.values.ravel(), data.ravel())


@pytest.mark.parametrize("unit_axis", [1, 2, -1, -2])
def test_units_may_stand_on_another_axis(unit_axis):
    moved = np.moveaxis(DATA, -1, unit_axis)
    np.testing.assert_array_equal(as_cells(moved, unit_axis=unit_axis).values, DATA)
    image = np.random.default_rng(0).random((2, 6, 3, 5))  # channels first
    found = as_cells(image, unit_axis=1)
    assert found.space == (3, 5)
    np.testing.assert_array_equal(found.values[1, 7], image[1, :, 1, 2])


def test_units_first_of_rank_two():
    assert as_cells(DATA[0], unit_axis=0).shape == (4, 3)


@pytest.mark.parametrize(
    ("dtype", "held"),
    [
        ("float16", "float32"),
        (ml_dtypes.bfloat16, "float32"),
        ("float32", "float32"),
        ("float64", "float64"),
        (">f4", "float32"),
        ("longdouble", "float64"),
    ],
)
def test_float_dtypes(dtype, held):
    found = as_cells(DATA.astype(dtype))
    assert found.values.dtype.name == held and found.dtype == np.dtype(dtype).name
    np.testing.assert_array_equal(found.values, DATA)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_torch_tensors(dtype):
    torch = needs("torch")
    tensor = torch.tensor(DATA, dtype=getattr(torch, dtype), requires_grad=True)
    found = as_cells(tensor, mask=torch.ones(2, 3, dtype=torch.bool))
    assert found.dtype == dtype
    np.testing.assert_array_equal(found.values, DATA)


def test_lists_and_noncontiguous_arrays():
    assert as_cells([[1.0, 2.0]]).shape == (1, 2)
    np.testing.assert_array_equal(as_cells(DATA[::-1, :, ::2]).values, DATA[::-1, :, ::2])


@pytest.mark.parametrize("dtype", [bool, int, np.uint8, np.float32])
def test_masks(dtype):
    mask = np.array([[1, 0, 1], [1, 1, 1]], dtype)
    np.testing.assert_array_equal(as_cells(DATA, mask).mask, mask.astype(bool))
    assert as_cells(DATA, np.ones((2, 3), dtype)).mask is None


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"data": np.zeros(4096, "f4")}, ValueError, r"rank 2, 3 or 4.*\(4096,\), dtype=float32"),
        ({"data": np.float32(1)}, ValueError, r"rank 2, 3 or 4. Received: shape=\(\)"),
        ({"data": np.zeros((1,) * 5)}, ValueError, "rank 2, 3 or 4"),
        ({"data": DATA.astype(int)}, TypeError, r"floating-point dtype.*\(2, 3, 4\), dtype=int64"),
        ({"data": DATA.astype(bool)}, TypeError, "floating-point dtype.*bool"),
        ({"data": DATA.astype(complex)}, TypeError, "floating-point dtype.*complex128"),
        ({"data": [["a", "b"]]}, TypeError, "floating-point dtype"),
        ({"data": DATA[:0]}, ValueError, r"must not be empty.*\(0, 3, 4\)"),
        ({"data": DATA[:, :, :0]}, ValueError, "must not be empty"),
        ({"data": DATA, "unit_axis": 3}, ValueError, "axis of `data`. Received: unit_axis=3"),
        ({"data": DATA, "unit_axis": 0}, ValueError, "not be the first axis.*unit_axis=0"),
        ({"data": DATA, "unit_axis": -3}, ValueError, "not be the first axis"),
        (
            {"data": DATA, "mask": np.ones((2, 4))},
            ValueError,
            r"`mask` must have the shape.*\(2, 4\), expected \(2, 3\)",
        ),
        ({"data": DATA, "mask": np.ones((2, 3, 4))}, ValueError, "`mask` must have the shape"),
        ({"data": DATA, "mask": np.zeros((2, 3))}, ValueError, "at least one cell.*all 6 masked"),
        ({"data": DATA, "mask": [["a"] * 3] * 2}, TypeError, "boolean or numeric"),
    ],
)
def test_wrong_arguments_are_told_the_rule_and_what_came(arguments, error, message):
    with pytest.raises(error, match=message):
        as_cells(**arguments)
