"""Amnesia numbers of profiles whose numbers are known in closed form."""

import dataclasses
import math

import numpy as np
import pytest

from tb_deepdebug.stats.amnesia import BANDED, Amnesia, amnesia, banded

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
            "mean_lag": 500,
            "half_life": math.inf,
            "half_life_r2": math.nan,
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
        assert found.mean_lag == pytest.approx(a / (1 - a))
    assert found.half_life == pytest.approx(-math.log(2) / math.log(a))
    assert found.half_life_r2 == pytest.approx(1)


def test_two_exponentials_are_none():
    lag = 199 - np.arange(200)
    found = amnesia(np.log10(0.5**lag + 1e-3 * 0.99**lag), 199)
    assert found.half_life_r2 < 0.95
    # A line through the whole is neither of the two.
    assert 1 < found.half_life < math.log(2) / -math.log(0.99)


def test_a_memory_that_grows_has_no_half_life():
    found = amnesia(-exponential(0.9, 100, 99), 99)
    assert found.half_life == math.inf and found.half_life_r2 == pytest.approx(1)


@pytest.mark.parametrize(("steps", "known"), [(9, False), (10, True)])
def test_a_half_life_needs_ten_lags(steps, known):
    found = amnesia(exponential(0.9, steps, steps - 1), steps - 1)
    assert math.isnan(found.half_life) is not known
    assert math.isnan(found.half_life_r2) is not known


def test_both_sides_of_a_lag_are_one_lag():
    found = amnesia(exponential(0.9, 19, 9), 9)
    assert found.half_life == pytest.approx(-math.log(2) / math.log(0.9))
    assert math.isnan(amnesia(exponential(0.9, 17, 8), 8).half_life)


def test_bounds_have_no_part_in_a_half_life():
    """Below the floor a profile is flat, which would bend the line."""
    profile = exponential(0.5, 400, 399)
    bounds = profile < -37.9
    found = amnesia(np.maximum(profile, -37.9), 399, bounds)
    assert found.half_life == pytest.approx(1) and found.half_life_r2 == pytest.approx(1)
    assert found.reach == 399
    assert amnesia(np.maximum(profile, -37.9), 399).half_life_r2 < 0.95


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("steps", "at"), [(50, 49), (501, 200), (64, 0)])
def test_resampled_profiles_are_measured_like_profiles(steps, at, dtype):
    rng = np.random.default_rng(steps)
    profiles = exponential(0.97, steps, at)[:, None] + rng.normal(size=(steps, 20)) / 5
    profiles[3, 5:9], profiles[-5, 7] = np.nan, np.nan  # what nobody in the resample has
    profiles[:, 11] = np.nan
    bounds = np.zeros(steps, bool)
    bounds[:4] = True
    found = banded(profiles[:, 0], profiles.astype(dtype), at, bounds)
    expected = [
        [getattr(amnesia(profile, at, bounds), name) for name in BANDED] for profile in profiles.T
    ]
    slack = 1e-4 if dtype == np.float32 else 1e-9
    np.testing.assert_allclose(found.T, expected, rtol=slack, atol=slack)


def test_what_the_profile_does_not_know_no_resample_tells():
    profile = exponential(0.9, 100, 99)
    profile[:20] = np.nan
    given = np.zeros((100, 3))
    expected = [0, amnesia(np.zeros(80), 79).horizon90, 80, 39.5, math.inf]
    np.testing.assert_allclose(banded(profile, given, 99).T, [expected] * 3)
    assert np.isnan(banded(np.full(100, np.nan), given, 99)).all()


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
