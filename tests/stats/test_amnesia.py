"""Amnesia numbers of profiles whose numbers are known in closed form."""

import dataclasses
import math

import numpy as np
import pytest

from tb_deepdebug.stats.amnesia import Amnesia, amnesia

pytestmark = pytest.mark.filterwarnings("error")


def exponential(a, steps, at):
    return np.abs(np.arange(steps) - at) * math.log10(a)


def test_flat():
    found = amnesia(np.full(1001, -3.0), 1000)
    assert dataclasses.asdict(found) == pytest.approx(
        {
            "log10_amnesia_ratio": 0,
            "log10_near": -3,
            "log10_far": -3,
            "reach": 1000,
            "drop_decades": 0,
            "drop_lag": math.nan,
            "lag_10": math.nan,
            "lag_1e3": math.nan,
            "lag_1e6": math.nan,
            "horizon90": 900,
            "effective_steps": 1001,
        },
        nan_ok=True,
    )


@pytest.mark.parametrize("a", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("steps", [400, 2000])
def test_exponential(a, steps):
    """G = a^lag: geometric sums, in logarithms where they leave float64's range."""
    found = amnesia(exponential(a, steps, steps - 1), steps - 1)
    log_sum = lambda first, last: (  # noqa: E731 (log10 of the sum of a^first .. a^last)
        first * math.log10(a) + math.log10((1 - a ** (last - first + 1)) / (1 - a))
    )
    reach = steps - 1
    nearest = max(2, int(0.01 * reach))
    near = log_sum(0, nearest) - math.log10(nearest + 1)
    far_half, far = reach // 2 + 1, int(0.9 * reach) + 1
    ratio = log_sum(far_half, reach) - math.log10(reach - far_half + 1)
    ratio -= log_sum(0, reach) - math.log10(steps)
    decades = math.floor(near - far * math.log10(a))
    first_below = lambda level: math.ceil((level - 1e-9) / math.log10(a))  # noqa: E731
    assert found.log10_near == pytest.approx(near)
    assert found.log10_far == pytest.approx(log_sum(far, reach) - math.log10(reach - far + 1))
    assert found.log10_amnesia_ratio == pytest.approx(ratio)
    assert (found.reach, found.drop_decades) == (reach, decades)
    assert found.drop_lag == first_below(near - decades)
    for name, drop in (("lag_10", 1), ("lag_1e3", 3), ("lag_1e6", 6)):
        lag = first_below(near - drop)
        assert getattr(found, name) == pytest.approx(lag if lag <= reach else math.nan, nan_ok=True)
    whole = 1 - a**steps
    assert found.horizon90 == math.ceil(math.log(1 - 0.9 * whole) / math.log(a) - 1e-9) - 1
    entropy = -math.log(1 - a) - a / (1 - a) * math.log(a)  # of the geometric distribution
    if a**steps < 1e-12:
        assert found.effective_steps == pytest.approx(math.exp(entropy))


def test_a_ratio_far_below_float64_is_right():
    found = amnesia(exponential(0.1, 4096, 4095), 4095)
    assert found.log10_far == pytest.approx(-3686 - math.log10(0.9) - math.log10(410), abs=1e-3)
    assert (found.lag_10, found.lag_1e6, found.drop_decades) == (3, 8, 3684)  # near is of 41 lags


def test_two_sides_count_together():
    found = amnesia(exponential(0.9, 201, 100), 100)
    near = (1 + 2 * 0.9 + 2 * 0.81) / 5
    assert found.log10_near == pytest.approx(math.log10(near))
    assert found.lag_10 == math.ceil(math.log(near / 10) / math.log(0.9))
    assert (found.lag_1e3, found.reach) == (math.ceil(math.log(near / 1e3) / math.log(0.9)), 100)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_drop_on_one_side_is_none(mirrored):
    profile = np.zeros(201)
    profile[130:] = -6
    found = amnesia(profile[::-1] if mirrored else profile, 100)
    assert math.isnan(found.lag_10) and found.drop_decades == 0


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_lag_is_below_when_both_of_its_sides_are(mirrored):
    profile = np.zeros(201)
    profile[130:], profile[:70] = -6, -6  # t = 70 has lag 30 and is not below, t = 130 is
    found = amnesia(profile[::-1] if mirrored else profile, 100)
    assert (found.lag_10, found.lag_1e6, found.drop_decades, found.drop_lag) == (31, 31, 6, 31)


def test_a_step():
    profile = np.zeros(1000)
    profile[:600] = -4.0
    found = amnesia(profile, 999)
    assert (found.lag_10, found.lag_1e3, found.drop_decades, found.drop_lag) == (400, 400, 4, 400)
    assert math.isnan(found.lag_1e6)
    assert found.horizon90 == pytest.approx(360, abs=1)
    assert found.log10_amnesia_ratio == pytest.approx(
        math.log10(1e-4 / ((400 + 600e-4) / 1000)), rel=1e-9
    )


def test_a_rebound_is_not_forgotten():
    profile = exponential(0.5, 100, 99)
    profile[0] = 0
    found = amnesia(profile, 99)
    assert math.isnan(found.lag_10) and found.drop_decades == 0


def test_unknown_places_are_left_out():
    known = exponential(0.9, 100, 99)
    holes = known.copy()
    holes[[3, 50, 51]] = np.nan
    kept = ~np.isnan(holes)
    lag = 99 - np.arange(100)[kept]
    weights = 10 ** holes[kept]
    far = weights[lag > 49.5].mean() / weights.mean()
    assert amnesia(holes, 99).log10_amnesia_ratio == pytest.approx(math.log10(far))


@pytest.mark.parametrize(
    ("profile", "output_step"),
    [
        ([], 0),
        ([1.0], 0),
        ([np.nan] * 5, 2),
        ([np.nan, -1.0, np.nan], 1),
        ([-1.0] + [np.nan] * 3, 3),
    ],
)
def test_without_a_profile_there_are_no_numbers(profile, output_step):
    found = dataclasses.astuple(amnesia(np.array(profile, float), output_step))
    assert all(map(math.isnan, found)) and len(found) == len(dataclasses.fields(Amnesia))


def test_only_far_steps_known():
    profile = np.full(100, np.nan)
    profile[:50] = -2.0
    found = amnesia(profile, 99)
    assert (found.log10_near, found.log10_far, found.reach) == (-2, -2, 99)
