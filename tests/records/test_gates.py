"""Saturated gates against a plain loop, and what is refused."""

import math

import ml_dtypes
import numpy as np
import pytest

from tb_deepdebug.records import gates

pytestmark = pytest.mark.filterwarnings("error")
rng = np.random.default_rng(0)
DATA = {name: rng.beta(0.4, 0.4, size=(3, 20, 4)) for name in ("input", "forget", "output")}
DATA["forget"][1, 2, 3], DATA["input"][0, 0, 0] = np.nan, np.inf
MASK = rng.random((3, 20)) < 0.7


def twin(data, mask):
    """`(left, right, count)` by plain loops, of the cells in which every gate is finite."""
    left, right = (np.zeros((len(data), 4)) for _ in range(2))
    count = np.zeros(4)
    for b, t, u in np.ndindex(3, 20, 4):
        values = [gate[b, t, u] for gate in data.values()]
        if mask[b, t] and all(map(math.isfinite, values)):
            count[u] += 1
            left[:, u] += [value < 0.1 for value in values]
            right[:, u] += [value > 0.9 for value in values]
    return left, right, count


@pytest.mark.parametrize("mask", [None, MASK], ids=["whole", "masked"])
def test_is_what_loops_find(mask):
    found = gates.measure(DATA, mask=mask)
    left, right, count = twin(DATA, np.ones((3, 20)) if mask is None else mask)
    np.testing.assert_array_equal(found.left, left)
    np.testing.assert_array_equal(found.right, right)
    np.testing.assert_array_equal(found.count, count)
    np.testing.assert_allclose(found.left_share, left / count)
    np.testing.assert_allclose(found.right_share, right / count)
    seen = 60 if mask is None else int(mask.sum())
    assert found.nonfinite == 4 * seen - count.sum() and found.names == tuple(DATA)


def test_the_thresholds_themselves_are_not_saturated():
    edge = np.array([0.0, 0.1, np.nextafter(0.1, 0), 0.9, np.nextafter(0.9, 1), 1.0])
    found = gates.measure({"forget": np.broadcast_to(edge, (2, 3, 6))})
    assert found.left_share.tolist() == [[1, 0, 1, 0, 0, 0]]
    assert found.right_share.tolist() == [[0, 0, 0, 0, 1, 1]]


def test_a_unit_without_a_cell_has_no_share():
    data = np.full((1, 2, 2), 0.5)
    data[..., 1] = np.nan
    found = gates.measure({"forget": data})
    np.testing.assert_array_equal(found.left_share, [[0, np.nan]])


@pytest.mark.parametrize("dtype", ["float16", ml_dtypes.bfloat16, "float32"])
def test_half_precision(dtype):
    found = gates.measure({"forget": np.array([0, 0.5, 1], dtype).reshape(1, 1, 3)})
    assert found.left.tolist() == [[1, 0, 0]] and found.right.tolist() == [[0, 0, 1]]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"gates": {}}, ValueError, "at least one gate by name"),
        ({"gates": {"forget": DATA["forget"][0]}}, ValueError, r"'forget' must have rank 3"),
        ({"gates": {"forget": DATA["forget"][:0]}}, ValueError, "not be empty"),
        ({"gates": {"forget": np.ones((1, 1, 1), int)}}, TypeError, "`forget` must have a float"),
        (
            {"gates": {**DATA, "reset": DATA["input"][..., :2]}},
            ValueError,
            r"one shape. Received: \[\(3, 20, 2\), \(3, 20, 4\)\]",
        ),
        ({"gates": {"cell": -np.ones((1, 2, 1))}}, ValueError, "between 0 and 1.*-1"),
        ({"gates": {"cell": np.full((1, 2, 1), 1.5)}}, ValueError, "between 0 and 1.*1.5"),
        ({"mask": np.ones((3, 19))}, ValueError, "`mask` must have the shape"),
        ({"mask": np.zeros((3, 20))}, ValueError, "all 60 masked"),
    ],
)
def test_wrong_arguments_are_told_the_rule_and_what_came(arguments, error, message):
    with pytest.raises(error, match=message):
        gates.measure(**{"gates": DATA, **arguments})
