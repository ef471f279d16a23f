"""The task of the demo's own: what it asks, against weeks whose workouts are known."""

import numpy as np
import pytest
from needs import needs

from tb_deepdebug.checks.task import Target
from tb_deepdebug.demo.simulated import DAY
from tb_deepdebug.demo.wearables import generate, scaled, thinned


@pytest.fixture(scope="module")
def target() -> Target:
    needs("tensorflow")  # which the nets that are taught it need
    from tb_deepdebug.demo.memory import SINCE_WORKOUT

    return SINCE_WORKOUT.target


def test_time_since_the_last_workout_is_as_simulated(target: Target) -> None:
    weeks = thinned(generate(40, seed=8))
    told = target(scaled(weeks)[..., 0].astype(float), weeks.mask, weeks.timestamps)
    known = []
    for busy, clock in zip(weeks.exercising & weeks.mask, weeks.timestamps, strict=True):
        known.append((clock[-1] - clock[busy][-1]) / DAY if busy.any() else np.nan)
    close = np.abs(told - known) < 0.05  # a workout's last reading, or its recovery's
    assert close.mean() > 0.7 and np.nanstd(told) > 0.5


def test_padding_holds_no_workout_and_a_week_without_one_has_no_answer(target: Target) -> None:
    heart_rate = np.array([[0.0, 3, 0, 0, 3], [0, 0, 0, 0, 3]])
    mask = np.array([[True, True, True, True, False]] * 2)
    timestamps = DAY * np.array([[1.0, 2, 3, 5, 5]] * 2)
    np.testing.assert_array_equal(target(heart_rate, mask, timestamps), [3.0, np.nan])
