"""A simulated week of one person who wears a watch: when it reads, and what."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
from numpy.typing import NDArray

DAY = 86_400.0  # seconds
HOUR = 3_600.0
MINUTE = 60.0
WEEK = 7 * DAY

_SAMPLING = 300.0  # seconds between readings at rest, on average
_TREMOR_MEMORY = 400.0  # seconds, after which the heart's restlessness has decayed to 1 / e
_ONSET = 120.0  # seconds, the time constant of the heart's rise in a workout


@dataclasses.dataclass(frozen=True)
class Person:
    """What is a person's own, in every week that is simulated of them.

    Attributes:
      rest: beats a minute around which a week's resting heart rate is drawn, with sd `rest_varies`.
      restless: bpm, the usual sd of the slow noise by day; a week's is lognormal around it, with a
        sd of the logarithm of `restless_varies`.
      asleep: the noise in sleep, as a share of the day's.
      surges: of the heart rate in sleep, as a share of the day's noise: what only ever raises it.
      workouts: the fewest and the most in a week, of seven.
      hours: of the day, between which workouts begin.
    """

    rest: float = 70
    rest_varies: float = 3
    restless: float = 7
    restless_varies: float = 0.4
    asleep: float = 0.5
    surges: float = 0
    workouts: tuple[int, int] = (2, 7)
    hours: tuple[float, float] = (8, 20)


def restlessness(users: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Slow noise of unit variance on a grid of minutes, `[minutes, users]` (AR(1))."""
    keep = np.exp(-MINUTE / _TREMOR_MEMORY)
    noise = rng.normal(size=(int(WEEK / MINUTE), users))
    noise[1:] *= np.sqrt(1 - keep**2)
    for before, now in itertools.pairwise(noise):
        now += keep * before
    return noise


def week(
    person: Person, slow_noise: NDArray[np.float64], rng: np.random.Generator, timesteps: int
) -> dict[str, NDArray]:
    """One user's week, padded; a dict with the names of the attributes of `wearables.Weeks`.

    Args:
      slow_noise: of the heart rate, see `restlessness`.
    """
    workouts = _workouts(person, rng)
    t = _sampling_times(workouts, rng)[:timesteps]
    asleep = _asleep(t, rng)
    exercising, effort = _effort(t, workouts, rng)
    rhythm = -rng.uniform(6, 14) * np.cos(2 * np.pi * (t / HOUR - 4) / 24)  # lowest at 4 o'clock
    days = rng.normal(0, 8, 8)[(t // DAY).astype(int)]
    spread = person.restless * np.exp(person.restless_varies * rng.normal())
    slow = np.interp(t, MINUTE * np.arange(len(slow_noise)), slow_noise)
    in_sleep = person.asleep * slow + person.surges * np.abs(slow)
    noise = spread * np.where(asleep, in_sleep, slow)
    rest = rng.normal(person.rest, person.rest_varies)
    heart_rate = rest + rhythm + days + noise + effort
    heart_rate = np.clip(heart_rate + rng.normal(size=len(t)), 35, 210)
    seconds = np.diff(t, prepend=t[0] - _SAMPLING)
    steps = _steps(exercising, asleep, seconds, rng)
    return padded(timesteps, t, heart_rate, steps, seconds, asleep, exercising)


def padded(
    timesteps: int,
    t: NDArray[np.float64],
    heart_rate: NDArray[np.float64],
    steps: NDArray[np.float64],
    seconds: NDArray[np.float64],
    asleep: NDArray[np.bool_],
    exercising: NDArray[np.bool_],
) -> dict[str, NDArray]:
    """A week's series, each `[readings]`, as the padded attributes of `wearables.Weeks`."""
    readings = np.stack([heart_rate, steps, seconds], -1)
    padding = (0, timesteps - len(t))
    return {
        "readings": np.pad(readings, (padding, (0, 0))).astype(np.float32),
        "mask": np.pad(np.ones(len(t), bool), padding),
        "timestamps": np.pad(t, padding, mode="edge"),
        "asleep": np.pad(asleep, padding),
        "exercising": np.pad(exercising, padding),
        "mean_heart_rate": np.asarray(heart_rate.mean(), np.float32),
    }


def _workouts(person: Person, rng: np.random.Generator) -> NDArray[np.float64]:
    """On different days: start and length in seconds and rise in bpm, `[3, n]`."""
    fewest, most = person.workouts
    count = rng.integers(fewest, most + 1)
    days = rng.choice(7, count, replace=False)
    start = days * DAY + rng.uniform(*person.hours, count) * HOUR
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
