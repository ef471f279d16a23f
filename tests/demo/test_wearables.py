"""Weeks of a wearable: seeded, like life where they say so, and labelled by their whole past."""

import numpy as np
import pytest

from tb_deepdebug.demo.simulated import DAY, HOUR, WEEK
from tb_deepdebug.demo.wearables import Weeks, generate, scaled, thinned


@pytest.fixture(scope="module")
def weeks() -> Weeks:
    return generate(96, seed=3)


def test_a_seed_gives_the_same_weeks_and_another_seed_others() -> None:
    first, again, other = generate(3, 7), generate(3, 7), generate(3, 8)
    assert np.array_equal(first.readings, again.readings)
    assert not np.array_equal(first.readings, other.readings)


def test_the_padding_is_at_the_end_and_zero(weeks: Weeks) -> None:
    count = weeks.mask.sum(axis=1)
    assert np.array_equal(weeks.mask, np.arange(4096) < count[:, None])
    assert not weeks.readings[~weeks.mask].any()
    assert (count < 4096).any() and 2500 < count.mean() < 3600


def test_the_clock_agrees_with_the_third_channel(weeks: Weeks) -> None:
    for clock, readings, valid in zip(weeks.timestamps, weeks.readings, weeks.mask, strict=True):
        np.testing.assert_allclose(np.diff(clock[valid]), readings[valid][1:, 2], rtol=1e-4)
    assert weeks.timestamps.min() > 0 and weeks.timestamps.max() <= WEEK
    assert (np.diff(weeks.timestamps) >= 0).all()


SAMPLING = {
    # seconds between readings: while what, (the least and most that the median may be)
    "exercising": (3, 7),
    "asleep": (240, 360),
}


@pytest.mark.parametrize("state", SAMPLING)
def test_readings_come_often_in_a_workout_and_seldom_at_rest(weeks: Weeks, state: str) -> None:
    least, most = SAMPLING[state]
    during = weeks.readings[getattr(weeks, state) & weeks.mask]
    assert least < np.median(during[:, 2]) < most


def test_the_watch_is_off_at_times(weeks: Weeks) -> None:
    longest = np.array([week[1:, 2].max() for week in weeks.readings])
    assert (longest > HOUR).mean() > 0.9 and (longest < 2 * DAY).all()


def test_hearts_race_in_a_workout_and_rest_in_sleep(weeks: Weeks) -> None:
    calm = weeks.mask & ~weeks.asleep & ~weeks.exercising
    rates = {
        name: weeks.readings[which][:, 0].mean()
        for name, which in {"asleep": weeks.asleep, "calm": calm, "busy": weeks.exercising}.items()
    }
    assert rates["asleep"] + 5 < rates["calm"] < rates["busy"] - 25
    assert not weeks.readings[weeks.asleep & ~weeks.exercising][:, 1].any()


def test_the_label_is_the_mean_of_the_week_and_its_last_day_does_not_tell_it(weeks: Weeks) -> None:
    rates = [week[valid, 0] for week, valid in zip(weeks.readings, weeks.mask, strict=True)]
    means = np.array([rate.mean() for rate in rates])
    np.testing.assert_allclose(weeks.mean_heart_rate, means, rtol=1e-5)
    latest = [rate[-290:].mean() for rate in rates]
    assert np.corrcoef(latest, weeks.mean_heart_rate)[0, 1] < 0.7


def test_what_the_net_reads_is_scaled_and_zero_where_padded(weeks: Weeks) -> None:
    x = scaled(weeks)
    valid = x[weeks.mask]
    assert x.shape == weeks.readings.shape and x.dtype == np.float32
    assert (np.abs(valid.mean(axis=0)) < 1.5).all() and (valid.std(axis=0) < 2).all()
    assert not x[~weeks.mask].any()


def test_thinned_weeks_are_the_means_and_sums_of_ten_minutes(weeks: Weeks) -> None:
    few = thinned(weeks[:3])
    for user in range(3):
        valid, kept = weeks.mask[user], few.mask[user]
        stretch = weeks.timestamps[user, valid] // 600
        heart_rate, steps, _ = weeks.readings[user, valid].T
        for place, one in enumerate(np.unique(stretch)):
            here = stretch == one
            np.testing.assert_allclose(
                few.readings[user, place, :2],
                [heart_rate[here].mean(), steps[here].sum()],
                rtol=1e-4,
            )
        assert kept.sum() == len(np.unique(stretch))
        np.testing.assert_allclose(
            np.diff(few.timestamps[user, kept]), few.readings[user, kept][1:, 2], rtol=1e-4
        )
    assert few.readings.shape == (3, 1008, 3)


def test_some_users_of_all(weeks: Weeks) -> None:
    some = weeks[np.array([4, 2])]
    assert len(some) == 2
    assert np.array_equal(some.readings[1], weeks.readings[2])


def test_shapes_that_do_not_fit_are_refused(weeks: Weeks) -> None:
    with pytest.raises(ValueError, match=r"`readings` must be \[users, time, 3\]"):
        Weeks(
            weeks.readings[..., :2],
            weeks.mask,
            weeks.timestamps,
            weeks.asleep,
            weeks.exercising,
            weeks.mean_heart_rate,
        )
