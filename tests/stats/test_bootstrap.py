"""Resampling of units, and intervals that hold the truth as often as they say."""

import dataclasses
import math

import numpy as np
import pytest
from needs import needs

from benchmarks.user_effects import World, coverage, table
from tb_deepdebug.analysis.estimates import Bootstrap, measure
from tb_deepdebug.stats.bootstrap import draws, resampled
from tb_deepdebug.stats.bootstrap_interval import FEWEST_UNITS, influence_spread, interval, spread
from tb_deepdebug.stats.metrics_weighted import weighted

CORRELATIONS = (0.0, 0.5, 0.9)


def test_a_resample_draws_as_many_units_as_there_are():
    counts = np.concatenate(list(draws(50, 300, seed=0)))
    assert counts.shape == (300, 50) and (counts.sum(axis=1) == 50).all()
    assert counts.mean(axis=0) == pytest.approx(1, abs=0.3)
    assert counts.var() == pytest.approx(1 - 1 / 50, rel=0.05)  # multinomial


def test_draws_do_not_depend_on_how_many_are_made_at_a_time(monkeypatch):
    whole = np.concatenate(list(draws(20, 30, seed=1)))
    monkeypatch.setattr("tb_deepdebug.stats.bootstrap._COUNTS_AT_ONCE", 50)
    assert np.array_equal(np.concatenate(list(draws(20, 30, seed=1))), whole)


def test_without_groups_rows_are_resampled():
    sample = table(World("binary", 60, 0.5), seed=0)
    by_row = measure(dataclasses.replace(sample, group=None), Bootstrap(400)).model["auroc"]
    by_user = measure(sample, Bootstrap(400)).model["auroc"]
    assert by_row.high - by_row.low < 0.8 * (by_user.high - by_user.low)


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_influence_gives_the_bootstraps_standard_error(task):
    sample = table(World(task, 300, 0.5), seed=0)
    model = weighted(task, sample.label, sample.prediction, sample.unit, 300)
    (drawn,) = resampled(300, 1500, 0, model.measure)
    np.testing.assert_allclose(influence_spread(model.influence()), spread(drawn), rtol=0.08)


@pytest.mark.parametrize("correlation", CORRELATIONS)
@pytest.mark.parametrize(
    ("task", "threshold"), [("binary", 0.0), ("binary", 1.3), ("regression", 0)]
)
def test_intervals_hold_the_truth_as_often_as_they_say(task, threshold, correlation):
    """95 %, here of 200 tables; `python -m benchmarks predictions` takes more, and resamples."""
    found = coverage(World(task, 100, correlation, threshold), tables=200, resamples=0)
    assert np.mean(list(found.values())) == pytest.approx(95, abs=2), found
    assert min(found.values()) >= 90, found  # three standard errors of 200 tables


def test_the_bootstrap_itself_covers():
    found = coverage(World("binary", 60, 0.5), tables=150, resamples=60)
    assert np.mean(list(found.values())) == pytest.approx(95, abs=3), found


@pytest.mark.parametrize(
    ("metric", "value", "low", "high"),
    [
        ("auroc", 0.9, 0.748, 0.965),
        ("auroc", 1.0, 0.94, 1.0),
        ("accuracy", 0.0, 0.0, 0.06),
        ("mae", 2.0, 1.902, 2.103),
        ("r2", 0.5, 0.390, 0.590),
        ("difference", -0.1, -0.2, 0.0),
    ],
)
def test_intervals_stay_within_what_a_metric_can_be(metric, value, low, high):
    """Half a width of t(49) * sqrt(50 / 49) * 0.0493 = 0.1 where the metric has no bounds."""
    found = interval(metric, value, 0.04927, 50)
    assert found == pytest.approx((low, high), abs=2e-3)


@pytest.mark.parametrize("value", [math.nan, 0.5])
def test_too_few_units_and_undefined_values_have_no_interval(value):
    units = FEWEST_UNITS if math.isnan(value) else FEWEST_UNITS - 1
    assert all(math.isnan(end) for end in interval("auroc", value, 0.1, units))


def test_a_metric_undefined_in_many_resamples_has_no_error():
    values = np.random.default_rng(0).normal(size=(100, 2))
    values[:20, 0], values[:5, 1] = np.nan, np.nan
    assert np.isnan(spread(values)).tolist() == [True, False]


def test_student_and_false_discoveries_are_scipys():
    stats = needs("scipy.stats")
    from tb_deepdebug.stats.false_discoveries import adjusted
    from tb_deepdebug.stats.student import quantile, tail

    for freedom in (4, 9, 30, 1000):
        assert quantile(0.975, freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-3)
        for t in (-2.0, 0.5, 3.0, 8.0):
            assert tail(t, freedom) == pytest.approx(stats.t.sf(t, freedom), rel=1e-3)
    p = np.random.default_rng(0).random(50) ** 3
    assert adjusted(p) == pytest.approx(stats.false_discovery_control(p))
    assert np.isnan(adjusted(np.array([0.01, np.nan]))).tolist() == [False, True]
