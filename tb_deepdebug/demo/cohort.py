"""A study of sleep apnea, simulated: people with age, sex and BMI, and several weeks of each.

Apnea makes the heart restless at night. It is likelier with age, weight and in men, so that a
logistic regression on these knows a little. Whoever works out sleeps restlessly as well, some
hardly and some as if they had apnea: of them a week of heart rates tells less.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.demo import wearables
from tb_deepdebug.demo.simulated import Person
from tb_deepdebug.demo.wearables import Weeks

_SPORTY = 0.25  # of all people
_AT_ONCE = 256  # weeks simulated before they are thinned, for the sake of memory


@dataclasses.dataclass(frozen=True, eq=False)
class Cohort:
    """One row for each week of each person, the weeks of a person one after the other.

    Attributes:
      weeks: one reading for every ten minutes, or as asked.
      user, week: int64 `[rows]`, from 0.
      apnea: bool `[rows]`, the label; the same in all weeks of a person.
      age: years; bmi: kg / m^2; sex: "female" or "male"; all `[rows]`, the same in all weeks.
      workouts: int64 `[rows]`, how many the week had.
    """

    weeks: Weeks
    user: NDArray[np.int64]
    week: NDArray[np.int64]
    apnea: NDArray[np.bool_]
    age: NDArray[np.float64]
    sex: NDArray[np.str_]
    bmi: NDArray[np.float64]
    workouts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.user)

    @property
    def metadata(self) -> dict[str, NDArray]:
        """What is known of a person without a watch, by name."""
        return {"age": self.age, "sex": self.sex, "bmi": self.bmi}


def recruit(
    users: int, weeks_each: int, seed: int, minutes: float = 10, timesteps: int = 1008
) -> Cohort:
    """Simulates the weeks of some people; the same seed gives the same ones.

    Args:
      minutes, timesteps: see `wearables.thinned`.
    """
    rng = np.random.default_rng([seed, 1])  # not the numbers the weeks are drawn from
    age = rng.uniform(25, 75, users).round()
    male = rng.random(users) < 0.5
    bmi = rng.normal(27, 4.5, users).clip(17, 45).round(1)
    odds = np.exp(0.16 * (bmi - 27) + 0.045 * (age - 50) + 0.9 * (male - 0.5) - 0.7)
    apnea = rng.random(users) < odds / (1 + odds)
    sporty = rng.random(users) < _SPORTY
    people = [_person(ill, fit, rng) for ill, fit in zip(apnea, sporty, strict=True)]
    each = np.repeat(np.arange(users), weeks_each)
    weeks, workouts = _weeks([people[user] for user in each], seed, minutes, timesteps)
    return Cohort(
        weeks=weeks,
        user=each,
        week=np.tile(np.arange(weeks_each), users),
        apnea=apnea[each],
        age=age[each],
        sex=np.where(male, "male", "female")[each],
        bmi=bmi[each],
        workouts=workouts,
    )


def _person(ill: bool, sporty: bool, rng: np.random.Generator) -> Person:
    """At rest in sleep, but for apnea and sports, which do the same to the heart's restlessness."""
    calm = 0.45 * np.exp(0.15 * rng.normal())
    apnea, training = rng.uniform(0.15, 0.8), rng.uniform(0, 1.1)
    restless = ill * apnea + sporty * training
    return Person(
        rest=rng.normal(70, 8),
        rest_varies=1,
        restless=7 * np.exp(0.2 * rng.normal()),
        restless_varies=0.1,
        asleep=calm + restless,
        surges=restless,
        workouts=(3, 6) if sporty else (0, 1),
        hours=(17, 21),
    )


def _weeks(
    people: list[Person], seed: int, minutes: float, timesteps: int
) -> tuple[Weeks, NDArray[np.int64]]:
    """Thinned, and how many workouts each has."""
    parts, workouts = [], []
    for part, start in enumerate(range(0, len(people), _AT_ONCE)):
        some = people[start : start + _AT_ONCE]
        weeks = wearables.generate(len(some), [seed, 2, part], people=some)
        begins = np.diff(weeks.exercising.astype(np.int8), axis=1, prepend=0) == 1
        workouts.append(begins.sum(axis=1))
        parts.append(wearables.thinned(weeks, minutes, timesteps))
    names = [field.name for field in dataclasses.fields(Weeks)]
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Weeks(**joined), np.concatenate(workouts)
