"""Weeks of a wearable, simulated: heart rate, steps and the seconds since the last reading.

What is like life: readings every few minutes at rest and every few seconds in a workout, gaps when
the watch is off, a circadian rhythm, sleep, recovery after effort, people who differ. What is not:
the heart rate moves more from day to day (sd 8 bpm) than from person to person (sd 3), so that
nobody can tell a week's mean from its last day, and a net that must estimate it has to remember.
"""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
from numpy.typing import NDArray

CHANNELS = ("heart rate", "steps", "seconds since last")
DAY = 86_400.0  # seconds
HOUR = 3_600.0
MINUTE = 60.0
WEEK = 7 * DAY

_SAMPLING = 300.0  # seconds between readings at rest, on average
_TREMOR_MEMORY = 400.0  # seconds, after which the heart's restlessness has decayed to 1 / e
_ONSET = 120.0  # seconds, the time constant of the heart's rise in a workout


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


def generate(users: int, seed: int, timesteps: int = 4096) -> Weeks:
    """Simulates a week of each user; the same seed gives the same weeks.

    Args:
      users: how many.
      seed: of everything that is drawn.
      timesteps: how many readings a week is cut to or padded to. With 4,096 the average week has
        3,100 and one in twelve is cut.
    """
    rng = np.random.default_rng(seed)
    restlessness = _restlessness(users, rng)
    weeks = [_week(restlessness[:, user], rng, timesteps) for user in range(users)]
    return Weeks(
        **{name: np.stack([week[name] for week in weeks]) for name in weeks[0]},
    )


def scaled(weeks: Weeks) -> NDArray[np.float32]:
    """What the net reads, `[users, time, 3]`: every channel near zero mean and unit variance."""
    heart_rate, steps, seconds = np.moveaxis(weeks.readings, -1, 0)
    channels = [
        (heart_rate - 70) / 20,
        np.log1p(steps) / 3 - 0.5,
        (np.log1p(seconds) - 4) / 2,
    ]
    return (np.stack(channels, -1) * weeks.mask[..., None]).astype(np.float32)


def _restlessness(users: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Slow noise of unit variance on a grid of minutes, `[minutes, users]` (AR(1))."""
    keep = np.exp(-MINUTE / _TREMOR_MEMORY)
    noise = rng.normal(size=(int(WEEK / MINUTE), users))
    noise[1:] *= np.sqrt(1 - keep**2)
    for before, now in itertools.pairwise(noise):
        now += keep * before
    return noise


def _week(
    restlessness: NDArray[np.float64], rng: np.random.Generator, timesteps: int
) -> dict[str, NDArray]:
    """One user's week, padded; a dict with the names of the attributes of `Weeks`."""
    workouts = _workouts(rng)
    t = _sampling_times(workouts, rng)[:timesteps]
    asleep = _asleep(t, rng)
    exercising, effort = _effort(t, workouts, rng)
    rhythm = -rng.uniform(6, 14) * np.cos(2 * np.pi * (t / HOUR - 4) / 24)  # lowest at 4 o'clock
    days = rng.normal(0, 8, 8)[(t // DAY).astype(int)]
    spread = 7 * np.exp(0.4 * rng.normal()) * np.where(asleep, 0.5, 1)
    slow = np.interp(t, MINUTE * np.arange(len(restlessness)), restlessness)
    heart_rate = rng.normal(70, 3) + rhythm + days + spread * slow + effort
    heart_rate = np.clip(heart_rate + rng.normal(size=len(t)), 35, 210)
    seconds = np.diff(t, prepend=t[0] - _SAMPLING)
    readings = np.stack([heart_rate, _steps(exercising, asleep, seconds, rng), seconds], -1)
    padding = (0, timesteps - len(t))
    return {
        "readings": np.pad(readings, (padding, (0, 0))).astype(np.float32),
        "mask": np.pad(np.ones(len(t), bool), padding),
        "timestamps": np.pad(t, padding, mode="edge"),
        "asleep": np.pad(asleep, padding),
        "exercising": np.pad(exercising, padding),
        "mean_heart_rate": np.asarray(heart_rate.mean(), np.float32),
    }


def _workouts(rng: np.random.Generator) -> NDArray[np.float64]:
    """Two to seven, on different days: start and length in seconds and rise in bpm, `[3, n]`."""
    count = rng.integers(2, 8)
    days = rng.choice(7, count, replace=False)
    start = days * DAY + rng.uniform(8, 20, count) * HOUR
    return np.stack([start, rng.uniform(15, 35, count) * MINUTE, rng.uniform(45, 85, count)])


def _sampling_times(workouts: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Minutes apart at rest, seconds apart in a workout, none while the watch is off."""
    times = [np.cumsum(rng.uniform(0.8, 1.2, int(1.2 * WEEK / _SAMPLING)) * _SAMPLING)]
    for start, length, _ in workouts.T:
        often = start + np.cumsum(rng.uniform(4, 6, 600))
        times.append(often[often < start + length + 4 * MINUTE])
    t = np.sort(np.concatenate(times))
    end = WEEK if rng.random() > 0.35 else rng.uniform(5, 7) * DAY
    worn = t < end
    for day in range(7):
        if rng.random() < 0.8:  # charging
            off = day * DAY + rng.uniform(0, 23) * HOUR
            worn &= (t < off) | (t > off + rng.uniform(0.5, 3) * HOUR)
    if rng.random() < 0.2:  # forgotten
        off = rng.uniform(0, 5.5) * DAY
        worn &= (t < off) | (t > off + rng.uniform(0.5, 1.5) * DAY)
    return t[worn]


def _asleep(t: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.bool_]:
    """From about 23:00 to about 7:00, each user at hours of their own."""
    bedtime, wakes = rng.normal([-1, 7], 2 / 3) * HOUR
    return (t - bedtime) % DAY < wakes - bedtime


def _effort(
    t: NDArray[np.float64], workouts: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Whether in a workout, and by how much one raises the heart rate then and afterwards."""
    recovery = 1.5 * MINUTE * np.exp(0.5 * rng.normal())
    exercising, effort = np.zeros(len(t), bool), np.zeros(len(t))
    for start, length, rise in workouts.T:
        since = t - start
        level = rise * (1 - np.exp(-np.clip(since, 0, length) / _ONSET))
        effort += level * np.exp(-np.maximum(since - length, 0) / recovery)
        exercising |= (since >= 0) & (since < length)
    return exercising, effort


def _steps(
    exercising: NDArray[np.bool_],
    asleep: NDArray[np.bool_],
    seconds: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Steps since the last reading: 2.6 a second in a workout, now and then a walk, none asleep."""
    walks = (rng.random(len(seconds)) < 0.35) & ~asleep
    strolls = np.where(walks, rng.gamma(1.5, 60, len(seconds)), 0.0)
    return np.where(exercising, 2.6 * np.minimum(seconds, 10), strolls)
