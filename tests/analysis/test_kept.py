"""The rows whose input is kept: losses of both kinds, wins, and no user twice in a list."""

import dataclasses

import numpy as np
import pytest
from analysis.tables import wearers

from tb_deepdebug.analysis.kept import choose, keep

TABLE = wearers(40)
SERIES = np.arange(len(TABLE) * 6, dtype=float).reshape(len(TABLE), 3, 2)


@pytest.mark.parametrize("baseline", [True, False])
def test_a_third_are_losses_a_third_wins_and_no_group_is_twice_in_a_list(baseline):
    table = wearers(40, baseline=baseline)
    rows, reasons = choose(table, 24)
    assert len(set(rows.tolist())) == 24
    assert [reasons.count(one) for one in ("loss", "win", "random")] == [8, 8, 8]
    for reason in ("loss", "win", "random"):
        units = [table.unit[row] for row, why in zip(rows, reasons, strict=True) if why == reason]
        assert len(set(units)) == len(units)


def test_losses_are_false_positives_and_false_negatives_alike():
    rows, reasons = choose(wearers(40, baseline=False), 24)
    losses = rows[np.array(reasons) == "loss"]
    assert 3 <= TABLE.label[losses].sum() <= 5
    assert (np.abs(TABLE.label[losses] - TABLE.prediction[losses]) > 0.5).all()


def test_a_budget_of_memory_bounds_the_rows(monkeypatch):
    monkeypatch.setattr("tb_deepdebug.analysis.kept.MOST_BYTES", 5 * 4 * 6)
    assert len(keep(TABLE, SERIES).rows) == 5


def test_few_rows_and_none():
    assert len(choose(TABLE.take(slice(2)), 24)[0]) <= 2
    kept = keep(TABLE, SERIES, kept=0)
    assert kept.input.shape == (0, 3, 2) and kept.reasons == ()


def test_masked_timesteps_are_nan_and_timestamps_may_be_shared():
    mask = np.ones((len(TABLE), 3), bool)
    mask[:, 2] = False
    kept = keep(TABLE, SERIES, kept=[5, 3], mask=mask, timestamps=[0, 60, 120], channels=["a", "b"])
    assert kept.rows.tolist() == [5, 3] and kept.channels == ("a", "b")
    np.testing.assert_array_equal(kept.input[1, :2], SERIES[3, :2])
    assert np.isnan(kept.input[:, 2]).all()
    assert kept.timestamps.tolist() == [[0, 60, 120]] * 2


def test_series_of_one_channel_may_lack_its_axis():
    assert keep(TABLE, SERIES[:, :, 0], kept=4).input.shape == (4, 3, 1)


def test_rows_without_labels_can_only_be_random():
    table = dataclasses.replace(TABLE, label=np.full(len(TABLE), np.nan))
    assert set(choose(table, 9)[1]) == {"random"}


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"input": SERIES[:4]}, "`input` must have shape"),
        ({"input": SERIES, "mask": np.ones((4, 3))}, "`mask` must have shape"),
        ({"input": SERIES, "timestamps": [1, 2]}, "`timestamps` must have shape"),
        ({"input": SERIES, "channels": ["a"]}, "`channels` must be 2 names"),
        ({"input": SERIES, "kept": -1}, "at least 0"),
        ({"input": SERIES, "kept": [1, 1]}, "different rows below 320"),
        ({"input": SERIES, "kept": [320]}, "different rows below 320"),
    ],
)
def test_wrong_arguments_are_told(options, rule):
    with pytest.raises(ValueError, match=rule):
        keep(TABLE, **options)
