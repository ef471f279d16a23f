"""Weeks of a wearable, simulated: heart rate, steps and the seconds since the last reading.

What is like life: readings every few minutes at rest and every few seconds in a workout, gaps when
the watch is off, a circadian rhythm, sleep, recovery after effort, people who differ. What is not:
the heart rate moves more from day to day (sd 8 bpm) than from person to person (sd 3), so that
nobody can tell a week's mean from its last day, and a net that must estimate it has to remember.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.demo.simulated import MINUTE, Person, padded, restlessness, week

CHANNELS = ("heart rate", "steps", "seconds since last")


@dataclasses.dataclass(frozen=True, eq=False)
class Weeks:
    """One week of each user, padded with zeros at its end.

    Attributes:
      readings: float32 `[users, time, 3]`: beats a minute, steps and seconds since the reading
        before.
      mask: bool `[users, time]`, true where there is a reading.
      timestamps: float64 `[users, time]`, seconds since Monday 00:00; padding repeats the last one.
      asleep, exercising: bool `[users, time]`, what the user was doing.
      mean_heart_rate: float32 `[users]`, the label: the mean over all readings of the week, beats a
        minute. It needs the whole past: one day says little.
    """

    readings: NDArray[np.float32]
    mask: NDArray[np.bool_]
    timestamps: NDArray[np.float64]
    asleep: NDArray[np.bool_]
    exercising: NDArray[np.bool_]
    mean_heart_rate: NDArray[np.float32]

    def __post_init__(self) -> None:
        users, time, channels = self.readings.shape
        shapes = [(users, time)] * 4 + [(users,)]
        given = (self.mask, self.timestamps, self.asleep, self.exercising, self.mean_heart_rate)
        if channels != len(CHANNELS) or [a.shape for a in given] != shapes:
            raise ValueError(
                "`readings` must be [users, time, 3], the labels [users] and the rest "
                f"[users, time]. Received: {[self.readings.shape, *(a.shape for a in given)]}"
            )

    def __len__(self) -> int:
        return len(self.readings)

    def __getitem__(self, users: slice | NDArray[np.int64]) -> Weeks:
        """The weeks of some users."""
        return Weeks(*(getattr(self, f.name)[users] for f in dataclasses.fields(self)))


def generate(
    users: int,
    seed: int | Sequence[int],
    timesteps: int = 4096,
    people: Sequence[Person] | None = None,
) -> Weeks:
    """Simulates a week of each user; the same seed gives the same weeks.

    Args:
      users: how many.
      seed: of everything that is drawn, as numpy takes it.
      timesteps: how many readings a week is cut to or padded to. With 4,096 the average week has
        3,100 and one in twelve is cut.
      people: who the users are, one each; None for strangers, who differ by the week alone.
    """
    rng = np.random.default_rng(seed)
    noises = restlessness(users, rng).T
    people = [Person()] * users if people is None else people
    weeks = [
        week(person, noise, rng, timesteps) for person, noise in zip(people, noises, strict=True)
    ]
    return _stacked(weeks)


def thinned(weeks: Weeks, minutes: float = 10, timesteps: int = 1008) -> Weeks:
    """The same weeks, one reading for each stretch of time that has any.

    Args:
      minutes: of a stretch. Heart rates and clocks are averaged over it, steps added up.
      timesteps: what a week is padded to: as many as the stretches of a week.
    """
    few = [_thinned(weeks, user, minutes * MINUTE, timesteps) for user in range(len(weeks))]
    return _stacked(few)


def scaled(weeks: Weeks) -> NDArray[np.float32]:
    """What the net reads, `[users, time, 3]`: every channel near zero mean and unit variance."""
    heart_rate, steps, seconds = np.moveaxis(weeks.readings, -1, 0)
    channels = [
        (heart_rate - 70) / 20,
        np.log1p(steps) / 3 - 0.5,
        (np.log1p(seconds) - 4) / 2,
    ]
    return (np.stack(channels, -1) * weeks.mask[..., None]).astype(np.float32)


def unscaled(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """The readings that `scaled` was made of; padding is not zero here."""
    channels = [
        x[..., 0] * 20 + 70,
        np.expm1((x[..., 1] + 0.5) * 3),
        np.expm1(x[..., 2] * 2 + 4),
    ]
    return np.stack(channels, -1)


def _stacked(weeks: Sequence[dict[str, NDArray]]) -> Weeks:
    return Weeks(**{name: np.stack([one[name] for one in weeks]) for name in weeks[0]})


def _thinned(weeks: Weeks, user: int, seconds: float, timesteps: int) -> dict[str, NDArray]:
    valid = weeks.mask[user]
    t = weeks.timestamps[user, valid]
    _, stretch, count = np.unique(t // seconds, return_inverse=True, return_counts=True)

    def total(values: NDArray) -> NDArray[np.float64]:
        return np.bincount(stretch, values[user, valid]).astype(np.float64)

    clock = np.bincount(stretch, t) / count
    return padded(
        timesteps,
        clock,
        total(weeks.readings[..., 0]) / count,
        total(weeks.readings[..., 1]),
        np.diff(clock, prepend=clock[0] - seconds),
        total(weeks.asleep) > count / 2,
        total(weeks.exercising) > count / 2,
    )
