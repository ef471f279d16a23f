"""What simple models read, against slow twins that look at one row after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tb_deepdebug.checks import baseline_columns
from tb_deepdebug.checks.baseline_columns import last_channel, summaries, table

R = np.random.default_rng(0)
X = R.normal(size=(7, 5, 2))
MASK = np.arange(5) < np.array([5, 3, 1, 0, 2, 5, 4])[:, None]


def slow(x: Any, mask: Any) -> tuple[Any, Any]:
    both, last = [], []
    for row, valid in zip(x, mask, strict=True):
        some = row[valid] if valid.any() else np.full((1, x.shape[2]), np.nan)
        both.append(np.r_[some.mean(0), some.std(0)])
        last.append(some[-1])
    return np.array(both), np.array(last)


@pytest.mark.parametrize("chunk", [1, 25, 1 << 20])
def test_means_deviations_and_last_values_are_of_valid_steps(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baseline_columns, "_CHUNK", chunk)
    means, last = summaries(X, MASK)
    wanted = slow(X, MASK)
    np.testing.assert_allclose(means.values, wanted[0])
    np.testing.assert_allclose(last.values, wanted[1])


def test_nan_is_not_valid() -> None:
    holes = np.where(MASK[..., None], X, np.nan)
    for got, wanted in zip(summaries(holes, None), summaries(X, MASK), strict=True):
        np.testing.assert_allclose(got.values, wanted.values)


@pytest.mark.parametrize(
    ("x", "mask", "names", "widths"),
    [
        (X[:, 0], None, ["the columns"], [2]),
        (X[:, 0, 0], None, ["the columns"], [1]),
        (X[..., 0], MASK, ["mean and std of each channel", "the last values"], [2, 1]),
        (X.reshape(7, 5, 1, 2), None, ["mean and std of each channel"], [4]),
        ([X, X[:, 0]], None, ["mean and std of each channel", "the last values"], [6, 2]),
        ({"a": X}, MASK, ["mean and std of each channel", "the last values"], [4, 2]),
        (X.astype(np.float32).tolist(), None, ["mean and std of each channel"], [4]),
    ],
)
def test_shapes_of_inputs(x: Any, mask: Any, names: list[str], widths: list[int]) -> None:
    found = summaries(x, mask)[: len(names)]
    assert [one.name for one in found] == names
    assert [one.values.shape for one in found] == [(7, width) for width in widths]


def test_a_channel_is_read_at_its_own_last_valid_step() -> None:
    got = last_channel(X, MASK, 1)
    np.testing.assert_allclose(got, np.nan_to_num(slow(X, MASK)[1][:, 1]))
    with pytest.raises(ValueError, match=r"one of 2 channels\. Received: 2"):
        last_channel(X, MASK, 2)
    with pytest.raises(ValueError, match="needs one series"):
        last_channel(X[:, 0], None, 0)


@pytest.mark.parametrize(
    ("column", "wanted"),
    [
        ([1, 2, 3], [[1], [2], [3]]),
        ([1.5, np.inf, np.nan], [[1.5], [np.nan], [np.nan]]),
        ([True, False, True], [[1], [0], [1]]),
        (["b", "a", "b"], [[1, 0], [0, 1], [1, 0]]),
        (["b", None, "b"], [[1, 0], [0, 1], [1, 0]]),
        ([1, None, 2.5], [[1], [np.nan], [2.5]]),
        (np.array(["1970-01-01", "NaT", "1970-01-03"], "M8[D]"), [[0], [np.nan], [2]]),
    ],
)
def test_a_column_of_metadata_becomes_numbers(column: Any, wanted: Any) -> None:
    got = table("metadata", {"one": np.asarray(column)}, 3).values
    np.testing.assert_array_equal(got, np.array(wanted, float))


def test_rare_levels_share_a_column() -> None:
    ids = np.array([f"u{i // 2}" for i in range(200)])
    got = table("metadata", {"id": ids}, 200).values
    assert got.shape == (200, 51) and (got.sum(1) == 1).all()


def test_a_column_of_another_length_is_named() -> None:
    with pytest.raises(ValueError, match=r"one value a row, 3\. Received: shape=\(2,\) for 'age'"):
        table("metadata", {"age": [1, 2]}, 3)
