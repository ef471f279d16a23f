"""How much the demo generates and trains."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is generated and trained.

    Attributes:
      users, tested, timesteps, steps, probed: of the four runs that are trained side by side.
      minutes, thin_timesteps: of a reading, and readings in a week, in all that comes after.
      lesson_weeks, lessons, ladder: of what teaches a net something known; the last two are
        training steps, 0: no ladder.
      people, people_tested, weeks_each, apnea_steps, overfit_steps: of the study of sleep apnea.
    """

    users: int = 768
    tested: int = 256
    timesteps: int = 4096
    steps: int = 600
    probed: int = 8
    minutes: float = 10
    thin_timesteps: int = 1008
    lesson_weeks: int = 768
    lessons: int = 300
    ladder: int = 150
    people: int = 640
    people_tested: int = 320
    weeks_each: int = 4
    apnea_steps: int = 700
    overfit_steps: int = 300


FAST = Size(
    users=40,
    tested=8,
    timesteps=256,
    steps=3,
    probed=5,
    minutes=60,
    thin_timesteps=176,
    lesson_weeks=32,
    lessons=2,
    ladder=0,
    people=48,
    people_tested=24,
    weeks_each=2,
    apnea_steps=3,
    overfit_steps=2,
)
