"""What a whole table says: strata, reversals, groups, calibration, and its text."""

import dataclasses
import math

import numpy as np
import pytest
from analysis.tables import wearers
from needs import needs

import tb_deepdebug as dd
from tb_deepdebug.analysis.analyse import analyse
from tb_deepdebug.analysis.calibration import calibration, confusion
from tb_deepdebug.analysis.condition import parse, text
from tb_deepdebug.analysis.estimates import Bootstrap, measure
from tb_deepdebug.analysis.rows import holds
from tb_deepdebug.analysis.strata import cuts, quartiles, strata
from tb_deepdebug.analysis.table import Table
from tb_deepdebug.wire.plain import plain

needs("sklearn")
QUICK = Bootstrap(60)


def test_strata_are_the_metrics_of_their_rows():
    table = wearers()
    for one in strata(table, [parse("sex == male"), parse("age > 55 and country == A")]):
        rows = table.take(holds(one.conditions, table.columns, len(table)))
        expected = measure(rows, QUICK)
        assert (one.metrics.rows, one.metrics.groups) == (expected.rows, expected.groups)
        for name, estimate in one.metrics.model.items():
            assert estimate.value == pytest.approx(expected.model[name].value, rel=1e-5)
            assert estimate.low < estimate.value < estimate.high


def test_a_columns_strata_share_out_its_rows():
    table = wearers(100)
    table.columns["age"][:40] = np.nan
    found = cuts(table, {"weekday": [1, 4]})
    for name, conditions in found.singles.items():
        times = sum(holds(one, table.columns, len(table)).astype(int) for one in conditions)
        assert (times == 1).all(), name
    assert [text(one) for one in found.singles["weekday"]] == [
        "weekday <= 1",
        "weekday > 1 and weekday <= 4",
        "weekday > 4",
    ]
    assert text(found.singles["age"][-1]) == "age missing"


def test_what_is_not_cut_is_noted():
    table = wearers(100)
    names = np.array([f"row {k}" for k in range(len(table))], object)
    towns = np.array([f"town {k % 30}" for k in range(len(table))], object)
    table = dataclasses.replace(table, columns={**table.columns, "name": names, "town": towns})
    found = cuts(table, {})
    assert "name" not in found.singles and len(found.singles["town"]) == 12
    assert any("name: 800 categories" in note for note in found.notes)
    assert any("town: of 30 categories the 12" in note for note in found.notes)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.arange(1, 101), [25, 50, 75]),
        (np.repeat([0, 1, 2, 9], [60, 20, 10, 10]), [0, 1]),
        (np.full(9, 3.0), []),
        (np.linspace(0, 1e-6, 1001), [2.5e-7, 5e-7, 7.5e-7]),
    ],
)
def test_quartiles_are_round_numbers(values, expected):
    assert quartiles(values.astype(float)) == pytest.approx(expected)


def test_small_strata_are_flagged():
    table = wearers(40)
    few_users = strata(table, [parse("age > 64")])[0]
    assert few_users.small and few_users.metrics.groups < 10
    assert not strata(table, [parse("sex == male")])[0].small


def test_a_planted_reversal_is_told():
    """The model is better at telling the two sites apart, the baseline within each of them."""
    rng = np.random.default_rng(0)
    n = 4000
    site = rng.integers(0, 2, n)
    y = (rng.random(n) < np.where(site, 0.9, 0.1)).astype(float)
    squash = lambda z: 1 / (1 + np.exp(-z))  # noqa: E731
    model = squash(4 * site - 2 + 0.3 * (y - 0.5) + rng.normal(size=n))
    baseline = squash(1.5 * (y - 0.5) + rng.normal(size=n))
    columns = {"site": np.array(["north", "south"], object)[site]}
    said = analyse(Table("binary", y, model, baseline, columns=columns), resamples=60)
    told = {one.metric: one for one in said.reversals}["auroc"]
    assert told.column == "site" and told.pooled > 0
    assert len(told.strata) == 2 and all(value < 0 for _, value in told.strata)
    assert analyse(wearers(), resamples=60).reversals == ()


def test_labels_constant_by_group_are_also_measured_by_group():
    table = wearers(80, correlation=0.99)
    label = table.label[np.arange(0, len(table), 8)].repeat(8)
    said = analyse(dataclasses.replace(table, label=label), resamples=60)
    assert said.group_metrics is not None
    assert (said.group_metrics.rows, said.group_metrics.groups) == (80, 80)
    mean = table.prediction.reshape(80, 8).mean(axis=1)
    brier = np.mean((mean - label[::8]) ** 2)
    assert said.group_metrics.model["brier"].value == pytest.approx(brier)
    assert analyse(table, resamples=60).group_metrics is None


def test_calibration_bins_count_and_miss_as_they_should():
    p = np.repeat([0.05, 0.55, 1.0], 100)
    y = np.concatenate(
        [np.repeat([0.0, 1.0], [90, 10]), np.repeat([0.0, 1.0], [50, 50]), np.ones(100)]
    )
    found = calibration(Table("binary", y, p), QUICK)
    rows = [one.rows for one in found.model]
    assert rows == [100, 0, 0, 0, 0, 100, 0, 0, 0, 100]
    assert found.model[0].share.value == 0.1 and found.model[0].mean == pytest.approx(0.05)
    assert math.isnan(found.model[1].share.value)
    assert found.error.value == pytest.approx((0.05 + 0.05 + 0) / 3)
    assert found.model[0].share.low < 0.1 < found.model[0].share.high


def test_confusion_is_of_the_models_and_the_baselines_classes():
    y = np.array([0.0, 0, 1, 1, np.nan])
    table = Table("binary", y, np.array([0.1, 0.9, 0.8, 0.2, 0.5]), y * 0.8 + 0.1)
    found = confusion(dataclasses.replace(table, baseline=np.array([0.1, 0.2, 0.8, 0.9, 0.5])))
    assert found.model == ((1, 1), (1, 1)) and found.baseline == ((2, 0), (0, 2))
    assert found.threshold == 0.5


@pytest.mark.parametrize("task", ["binary", "regression", "multiclass"])
def test_every_task_is_analysed_and_told(task):
    rng = np.random.default_rng(0)
    table = wearers(60)
    label, prediction, baseline = table.label, table.prediction, table.baseline
    if task == "regression":
        label, prediction, baseline = label + 1.5, 3 * prediction, 2 * baseline
    if task == "multiclass":
        spread = rng.random((2, len(table), 3)) + np.eye(3)[label.astype(int)]
        prediction, baseline = spread / spread.sum(axis=-1, keepdims=True)
    label[:5] = np.nan
    said = dd.analyze_predictions(
        label,
        prediction,
        baseline=baseline,
        groups=table.group,
        columns=table.columns,
        patterns=["sex == male"],
        resamples=60,
    )
    assert said.task == task and said.unit == "group" and said.metrics.rows == 475
    lines = str(said).splitlines()
    assert lines[0].startswith(f"{task}: 475 rows, 60 groups")
    assert any(line.startswith("worst ") for line in lines)
    assert any("sex == male" in line for line in lines)
    assert lines[-1].startswith("note: ") or "left out" in str(said)


def test_the_same_seed_says_the_same():
    table = wearers(60)
    one, other = (plain(analyse(table, resamples=40)) for _ in range(2))  # NaN is no NaN's equal
    assert one == other


@pytest.mark.parametrize(
    ("argument", "condition", "rule"),
    [
        ("strata", "wight > 3", "must be on one of the columns: age, sex"),
        ("patterns", "age > old", "`>` compares numbers"),
        ("patterns", "age == old", "Column age holds numbers"),
        ("strata", "sex == 1", "Column sex holds categories, quoted"),
    ],
)
def test_wrong_conditions_are_told_by_argument(argument, condition, rule):
    with pytest.raises(ValueError, match=f"`{argument}`") as caught:
        analyse(wearers(40), **{argument: [condition]})
    assert rule in str(caught.value) and condition in str(caught.value)


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"patterns": 3}, "`patterns` must be a list of conditions. Received: 3"),
        ({"strata": [None]}, "`strata` must be a list of conditions"),
        ({"edges": [40]}, "`edges` must be a mapping of columns to numbers"),
        (
            {"edges": {"sex": [1]}},
            "`edges` must be of columns of numbers: age, weekday. Received: sex",
        ),
        ({"edges": {"age": ["old"]}}, "`edges` of age must be finite numbers"),
        ({"edges": {"age": 40}}, "`edges` of age must be finite numbers. Received: 40"),
        ({"edges": {"age": [np.nan]}}, "`edges` of age must be finite numbers"),
        ({"seed": -1}, "`seed` must be a whole number from 0 up. Received: -1"),
        ({"seed": "x"}, "`seed` must be a whole number"),
    ],
)
def test_wrong_options_are_told(options, rule):
    with pytest.raises((TypeError, ValueError), match=rule):
        analyse(wearers(20), **options)


def test_a_number_beyond_float32_compares_as_infinite():
    said = analyse(wearers(20), strata=["age < 1e200", "age > -1e200"], resamples=0)
    assert [one.metrics.rows for one in said.strata[:2]] == [said.metrics.rows] * 2


N = 120
SOME = np.random.default_rng(0).random(N)
SIDE = (np.random.default_rng(1).random(N) < 0.4).astype(float)
ODD = {
    "no labels": (np.full(N, np.nan), SOME, {"a": SIDE}),
    "no predictions": (SIDE, np.full(N, np.nan), {"a": SIDE}),
    "one class": (np.ones(N), SOME, {"a": SIDE}),
    "one row": ([1], [0.4], {"a": [1]}),
    "two rows": ([1, 0], [0.4, 0.3], {"a": ["x", "y"]}),
    "constant predictions": (SIDE, np.full(N, 0.5), {"a": SOME}),
    "perfect predictions": (SIDE, SIDE, {"a": SOME}),
    "columns without values": (SIDE, SOME, {"a": np.full(N, np.nan), "b": [None] * N}),
    "no columns": (SIDE, SOME, None),
    "constant values": (np.full(N, 3.0), SOME, {"a": SIDE}),
    "perfect values": (10 * SOME, 10 * SOME, {"a": SIDE}),
    "values beyond float32": (1e200 * SOME, 1e39 * SOME, {"a": 1e200 * SOME}),
    "one class of three": (np.zeros(N), np.tile([0.5, 0.3, 0.2], (N, 1)), {"a": SOME}),
}


@pytest.mark.parametrize("case", ODD)
@pytest.mark.parametrize("grouped", [True, False])
@pytest.mark.filterwarnings("error")
def test_odd_tables_are_told_as_far_as_they_go(case, grouped):
    labels, predictions, columns = ODD[case]
    options = {"groups": np.arange(len(labels)) // 6} if grouped else {}
    said = dd.analyze_predictions(
        labels, predictions, baseline=predictions, columns=columns, resamples=30, **options
    )
    assert str(said).startswith(said.task)
    dd.summary.predictions_pb("odd", labels, predictions, columns=columns, resamples=30)


def test_a_large_table_gets_fewer_resamples_or_none(monkeypatch):
    table = wearers(60)
    for most, expected in ((300, 300), (199, 0)):
        work = most * len(table) * 2
        monkeypatch.setattr("tb_deepdebug.analysis.estimates._MOST_WORK", work)
        said = analyse(table, resamples=1000)
        assert said.resamples == expected and any("large" in note for note in said.notes)
        assert said.metrics.model["auroc"].low < said.metrics.model["auroc"].value


@pytest.mark.parametrize("resamples", [-1, 1.5, None])
def test_resamples_are_counted(resamples):
    with pytest.raises(ValueError, match="`resamples` must be a whole number"):
        analyse(wearers(20), resamples=resamples)
