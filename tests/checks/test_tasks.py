"""Tasks against closed forms, with padding before and after."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tb_deepdebug.checks.problem import given, posed
from tb_deepdebug.checks.series_tasks import DAY, steps_back
from tb_deepdebug.checks.tasks import TASKS, Task, found, register
from tb_deepdebug.checks.trivial import trivial_losses

NAN = float("nan")
RAMP = np.arange(1.0, 21.0)  # 20 valid steps: 1, 2, ..., 20
HOURS = np.arange(20.0) * 3600  # from midnight: 6 hours of night, 14 of day
LONG_EVENT = np.where(np.arange(20) == 12, 9.0, 0.0)


def padded(values: np.ndarray, before: int, after: int, fill: float = 99.0) -> np.ndarray:
    return np.pad(values.astype(float), (before, after), constant_values=fill)[None]


@pytest.mark.parametrize(("before", "after"), [(0, 0), (7, 0), (0, 7), (3, 4)])
@pytest.mark.parametrize(
    ("name", "values", "timed", "expected"),
    [
        ("last_value", RAMP, False, 20.0),
        ("mean", RAMP, False, 10.5),
        ("mean_first_tenth", RAMP, False, 1.5),
        ("mean_first_tenth", RAMP[:3], False, 1.0),
        ("first_minus_last", RAMP, False, -19.0),
        ("argmax_time", LONG_EVENT, False, 12.0),
        ("argmax_time", LONG_EVENT, True, 12 * 3600.0),
        ("event_count", LONG_EVENT, False, 1.0),
        ("time_since_last_event", LONG_EVENT, False, 7.0),
        ("time_since_last_event", LONG_EVENT, True, 7 * 3600.0),
        ("time_since_last_event", np.ones(20), False, NAN),  # no event
        # Numbers 1 ... n have the standard deviation sqrt((n^2 - 1) / 12).
        ("day_minus_night", RAMP, True, np.sqrt(195 / 12) - np.sqrt(35 / 12)),
        ("day_minus_night", RAMP[:7], True, NAN),  # one step of day
    ],
)
def test_targets_are_those_of_the_valid_steps(
    name: str, values: np.ndarray, timed: bool, expected: float, before: int, after: int
) -> None:
    x = padded(values, before, after)
    mask = padded(np.ones(len(values)), before, after, 0).astype(bool)
    clock = padded(HOURS[: len(values)] + DAY, before, after, 12.0) if timed else None
    assert TASKS[name].target(x, mask, clock) == pytest.approx([expected], nan_ok=True)


@pytest.mark.parametrize("name", sorted(set(TASKS) - {"adding", "copying"}))
def test_a_row_without_a_valid_step_has_no_target(name: str) -> None:
    x, clock = np.ones((1, 4)), np.zeros((1, 4))
    assert np.isnan(TASKS[name].target(x, np.zeros((1, 4), bool), clock)).all()


@pytest.mark.parametrize(
    ("lag", "expected"), [(0, 20.0), (1, 19.0), (7, 13.0), (8, 12.0), (17, 3.0), (18, NAN)]
)
def test_steps_back_counts_valid_steps_from_the_last(lag: int, expected: float) -> None:
    """Around 17 steps back lie 5 values, 15 to 19 back: the first is 19 before the last."""
    mask = padded(np.ones(20), 3, 4, 0).astype(bool)
    got = steps_back(lag).target(padded(RAMP, 3, 4), mask, None)
    assert got == pytest.approx([expected], nan_ok=True)


def test_the_adding_task_has_a_trivial_loss_of_a_sixth() -> None:
    problem = posed(TASKS["adding"], given(np.zeros((4, 50, 2), np.float32), *[None] * 4))
    marked = problem.x[:, :, 1] == 1
    assert (marked.sum(axis=1) == 2).all() and (marked[:, :25].sum(axis=1) == 1).all()
    assert problem.y == pytest.approx((problem.x[:, :, 0] * marked).sum(axis=1), abs=1e-6)
    assert problem.y.var() == pytest.approx(1 / 6, rel=0.05)
    assert trivial_losses(problem)["the mean"].mean() == pytest.approx(1 / 6, rel=0.15)
    assert TASKS["adding"].trivial is not None and TASKS["adding"].trivial(50) == 1 / 6


@pytest.mark.parametrize("channels", [1, 10])
def test_the_copying_task_shows_its_answer_first(channels: int) -> None:
    x = np.zeros((4, 30, channels), np.float32)
    problem = posed(TASKS["copying"], given(x, *[None] * 4))
    assert trivial_losses(problem)["the shares of the classes"].mean() == pytest.approx(
        np.log(8), rel=0.02
    )
    first = problem.x[:, 0].argmax(axis=1) if channels == 10 else problem.x[:, 0, 0] * 2 + 3.5
    assert first == pytest.approx(problem.y, abs=1e-5)
    assert len(np.unique(problem.x[:, 10:19], axis=0)) == 1  # nothing in the gap


def test_tasks_in_order_of_the_distance_they_need() -> None:
    reach = {name: task.reach(32) for name, task in TASKS.items()}
    assert reach["last_value"] == 0
    assert reach["mean_first_tenth"] == 31
    assert steps_back(5).reach(32) == 5


@pytest.fixture
def own_task() -> Iterator[str]:
    @register("range", distance=1.0)
    def value_range(x: Any, mask: Any, timestamps: Any) -> Any:
        """The highest value minus the lowest."""
        return np.where(mask, x, -np.inf).max(axis=1) - np.where(mask, x, np.inf).min(axis=1)

    yield "range"
    del TASKS["range"]


def test_a_function_becomes_a_task(own_task: str) -> None:
    task = found(own_task)
    assert task.title == "The highest value minus the lowest"
    x = np.random.default_rng(0).normal(size=(20, 6, 2))
    assert posed(task, given(x, *[None] * 4), channel=1).y == pytest.approx(np.ptp(x[:, :, 1], 1))
    with pytest.raises(ValueError, match="new name"):
        register(own_task, distance=0)(task.target)


def test_users_are_held_out_whole_and_rows_without_a_target_left_out() -> None:
    rng = np.random.default_rng(0)
    x, users = rng.normal(size=(60, 6, 1)), np.repeat(np.arange(20), 3)
    mask = np.ones((60, 6), bool)
    mask[5] = False
    problem = posed(TASKS["mean"], given(x, mask, None, users, None))
    assert problem.excluded == 1 and len(problem.y) == 59
    assert not set(problem.groups[problem.train]) & set(problem.groups[problem.held])
    assert (problem.users, problem.held_users) == (20, 5)


def test_a_period_stands_in_for_timestamps() -> None:
    x = np.random.default_rng(0).normal(size=(12, 48, 1))
    clock = np.broadcast_to(np.arange(48) * 1800.0, (12, 48))
    by_clock = posed(TASKS["day_minus_night"], given(x, None, clock, None, None))
    by_period = posed(TASKS["day_minus_night"], given(x, None, None, None, 48))
    assert by_period.y == pytest.approx(by_clock.y)


def test_noise_keeps_mean_spread_and_padding() -> None:
    x = np.random.default_rng(0).normal(5, 3, size=(30, 8, 1)).cumsum(axis=1).astype(np.float32)
    mask = np.arange(8) < 6 + np.zeros((30, 1))
    x[~mask] = -7
    problem = posed(TASKS["last_value"], given(x, mask, None, None, None), inputs="noise")
    made, valid = problem.series[:, :, 0], problem.mask
    assert valid is not None and (made[~valid] == -7).all()
    assert made[valid].mean() == pytest.approx(x[mask].mean(), rel=0.02)
    assert made[valid].std() == pytest.approx(x[mask].std(), rel=0.02)
    assert abs(np.corrcoef(made[:, 0], made[:, 1])[0, 1]) < 0.1


def test_the_series_is_found_among_several_inputs() -> None:
    valid, readings = np.ones((12, 6), bool), np.random.default_rng(0).normal(size=(12, 6, 2))
    for x in ([valid, readings], {"valid": valid, "readings": readings}):
        assert posed(TASKS["mean"], given(x, *[None] * 4)).series.shape == (12, 6, 2)


SERIES = np.random.default_rng(0).normal(size=(12, 6, 1))


@pytest.mark.parametrize(
    ("x", "task", "options", "message"),
    [
        (SERIES, "means", {}, "must be a Task or one of"),
        (SERIES[:9], "mean", {}, "10 users"),
        (SERIES, "mean", {"groups": np.arange(12) // 3}, "10 users"),
        (SERIES, "mean", {"groups": np.arange(3)}, "one a row"),
        (np.ones((12, 6, 1)), "mean", {}, "must vary"),
        (SERIES, "mean", {"mask": np.zeros((12, 6))}, "NaN in all 12"),
        (SERIES, "mean", {"mask": np.zeros((12, 5))}, r"shape=\(12, 5\)"),
        (SERIES[:, 0, 0], "mean", {}, "series"),
        (SERIES, "mean", {"channel": 3}, "one of 1"),
        (SERIES, "day_minus_night", {}, "timestamps"),
        (SERIES, "adding", {}, "2 channels"),
        (SERIES, "copying", {}, "21 timesteps"),
        (np.arange(72).reshape(12, 6), "adding", {}, "not ids"),
        ([SERIES, SERIES[:5]], "mean", {}, "as many in each"),
    ],
)
def test_what_does_not_fit_is_said(x: Any, task: str, options: Any, message: str) -> None:
    defaults = {"mask": None, "timestamps": None, "groups": None, "period": None}
    channel = options.pop("channel", 0)
    with pytest.raises(ValueError, match=message):
        posed(found(task), given(x, **defaults | options), channel=channel)


def test_a_distance_is_timesteps_or_a_share() -> None:
    with pytest.raises(ValueError, match="share of the series"):
        Task("a", "b", TASKS["mean"].target, 1.5)
