"""Facts of inputs, labels and outputs, against numbers known by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tb_deepdebug.records.setup_facts import input_facts, label_facts, output_facts, together

pytestmark = pytest.mark.filterwarnings("error")
nan, inf = np.nan, np.inf


def test_an_input_is_measured_over_its_valid_finite_cells() -> None:
    series = np.zeros((2, 4, 3), np.float32)
    series[..., 0] = [[1, 3, 1, 3], [1, 3, 99, 99]]
    series[..., 1] = [[nan, 5, 5, inf], [5, 5, 99, 99]]
    mask = np.array([[True] * 4, [True, True, False, False]])
    found = input_facts("series", series, mask)
    assert found is not None
    assert (found.name, found.dtype, found.shape, found.kind) == (
        *("series", "float32", (4, 3)),
        "numbers",
    )
    assert (found.count, found.padded, found.nonfinite) == (24, 6, 2)
    assert found.channel_mean == (2, 5, 0) and found.channel_std == (1, 0, 0)
    assert found.constant_channels == 2
    assert (found.min, found.max) == (0, 5)
    cells = [1, 3, 1, 3, 1, 3, 5, 5, 5, 5, 0, 0, 0, 0, 0, 0]
    assert found.mean == pytest.approx(np.mean(cells)) and found.std == pytest.approx(np.std(cells))


def test_channels_are_bounded_and_ids_have_none() -> None:
    wide = input_facts("x", np.arange(6000.0).reshape(2, 3000))
    assert wide is not None and len(wide.channel_mean) == 1024 and wide.constant_channels == 0
    assert wide.channel_mean[0] == 1500 and wide.channel_std[0] == 1500
    ids = input_facts("ids", np.array([[3, 0], [7, 7]]), kind="tokens")
    assert ids is not None and (ids.min, ids.max, ids.count) == (0, 7, 4)
    assert ids.channel_mean == () and ids.constant_channels == 0


@pytest.mark.parametrize("array", [np.full((2, 3), nan), np.zeros((0, 3)), np.full((2, 3), 1e308)])
def test_inputs_without_a_finite_number_or_with_huge_ones_do_not_fail(array: Any) -> None:
    found = input_facts("x", array)
    assert found is not None and found.nonfinite in (0, 6) and found.count == array.size


@pytest.mark.parametrize("array", [np.array(["a", "b"]), None, [object()], [[1], [2, 3]]])
def test_what_is_not_numbers_has_no_facts(array: Any) -> None:
    assert input_facts("x", array) is None
    assert label_facts(array) is None
    assert output_facts(array, None) is None


LABELS = {
    "classes": ([0, 2, 2], {}, {"class_counts": (1, 0, 2), "integral": True, "max": 2}),
    "classes in floats": ([0.0, 1.0], {}, {"class_counts": (1, 1), "integral": True}),
    "flags": ([True, False, True], {}, {"class_counts": (1, 2), "dtype": "bool"}),
    "an ignored class": (
        [[0, -100], [1, 1]],
        {"ignored": -100},
        {"class_counts": (1, 2), "count": 3, "ignored": 1, "min": 0, "shape": (2,)},
    ),
    "classes below 0": ([-1, 1, 1], {}, {"class_counts": (), "integral": True}),
    "many classes": ([0, 1000], {}, {"class_counts": (), "integral": True}),
    "one-hot": (
        [[0, 1, 0], [0, 1, 0], [1, 0, 0]],
        {},
        {"class_counts": (1, 2, 0), "row_sums_to_one": True},
    ),
    "one-hot in floats over time": (
        [[[0.0, 1.0], [1.0, 0.0]]],
        {},
        {"class_counts": (1, 1), "row_sums_to_one": True, "shape": (2, 2)},
    ),
    "smoothed": (
        [[0.05, 0.95], [0.5, 0.5]],
        {},
        {"class_counts": (), "row_sums_to_one": True, "integral": False},
    ),
    "several at a time": (
        [[1, 1, 0], [0, 0, 0]],
        {},
        {"class_counts": (4, 2), "row_sums_to_one": False, "mean": 1 / 3},
    ),
    "two classes in a column": ([[0], [1]], {}, {"class_counts": (1, 1), "row_sums_to_one": False}),
    "a mask": (
        [[3, 1, 9], [3, 9, 9]],
        {"mask": np.array([[1, 1, 0], [1, 0, 0]], bool)},
        {"count": 3, "ignored": 3, "max": 3, "class_counts": (0, 1, 0, 2)},
    ),
    "a mask of one-hot rows": (
        [[[0, 1], [0, 0]]],
        {"mask": np.array([[True, False]])},
        {"class_counts": (0, 1), "count": 2, "ignored": 2, "row_sums_to_one": True},
    ),
    "a mask that does not fit": ([0, 1], {"mask": np.ones((2, 5), bool)}, {"ignored": 0}),
    "numbers": (
        [[0.5], [-1.5], [nan]],
        {},
        {"nonfinite": 1, "mean": -0.5, "std": 1, "integral": False, "class_counts": ()},
    ),
    "nothing finite": ([nan, inf], {}, {"nonfinite": 2, "integral": False}),
    "nothing left": ([7, 7], {"ignored": 7}, {"count": 0, "ignored": 2, "integral": False}),
}


@pytest.mark.parametrize("case", LABELS)
def test_labels(case: str) -> None:
    labels, options, expected = LABELS[case]
    found = label_facts(np.asarray(labels), **options)
    for name, value in expected.items():
        known = getattr(found, name)
        assert known == (pytest.approx(value) if isinstance(value, float) else value), name


OUTPUTS = {
    "probabilities": ([[0.25, 0.75], [1, 0]], (0, 1, True)),
    "of half precision": ([[0.2501, 0.7495]], (0.2501, 0.7495, True)),
    "one probability": ([[0.25], [1.0]], (0.25, 1, False)),
    "logits": ([[2.0, -1.0]], (-1, 2, False)),
    "not finite": ([[nan, 0.5], [inf, 0.5]], (0.5, 0.5, False)),
    "over time": ([[[0.5, 0.5], [0.25, 0.75]]], (0.25, 0.75, True)),
}


@pytest.mark.parametrize("case", OUTPUTS)
def test_outputs(case: str) -> None:
    output, expected = OUTPUTS[case]
    found = output_facts(np.array(output), "softmax")
    assert found is not None and found.activation == "softmax"
    assert (found.min, found.max, found.row_sums_to_one) == expected


def test_parts_of_an_output_are_one_output() -> None:
    whole = np.array([[0.25, 0.75], [1, 0], [2, 0]])
    parts = [output_facts(rows, None) for rows in (whole[:1], whole[1:2], whole[2:])]
    known = [one for one in parts if one is not None]
    assert together(known) == output_facts(whole, None)
    assert together(known[:2]) == output_facts(whole[:2], None)
    assert together([]) is None
