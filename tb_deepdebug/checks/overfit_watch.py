"""How far the training on a few rows has come: in the log, and on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable

from tb_deepdebug.checks.log import CheckLog
from tb_deepdebug.checks.overfit_report import pictures
from tb_deepdebug.checks.overfit_run import Attempt
from tb_deepdebug.records.check import Check

OWN, RANDOM = "its own labels", "random labels"
_WRITTEN = 100  # steps from one record of a check that runs to the next


class Watch:
    """Tells how far it has come.

    Attributes:
      step: of the whole check, over all attempts.
    """

    def __init__(
        self, log: CheckLog, settings: tuple[tuple[str, str], ...], progress: bool
    ) -> None:
        self.step = 0
        self._log, self._settings, self._progress = log, settings, progress
        self._shown: dict[str, Attempt] = {}
        self._written = 0

    def on(self, name: str) -> Callable[[Attempt, bool], None]:
        """What to call with the attempts at one labelling, as they stand, and whether one ended."""

        def look(attempt: Attempt, ended: bool) -> None:
            before = self._shown.get(name)
            same = before is not None and before.learning_rate == attempt.learning_rate
            self.step += attempt.steps - (before.steps if before is not None and same else 0)
            self._shown[name] = attempt
            self._write(name, attempt)
            if ended:
                self._say(name, attempt)

        return look

    def _write(self, name: str, attempt: Attempt) -> None:
        suffix = name.replace(" ", "_")
        if attempt.losses:
            self._log.scalar(f"loss_{suffix}", attempt.losses[-1], self.step)
        self._log.scalar(f"score_{suffix}", attempt.score, self.step)
        if attempt.losses and self.step >= self._written + _WRITTEN:
            self._written = self.step
            self._log.write(self._running(name, attempt), self.step)

    def _running(self, name: str, attempt: Attempt) -> Check:
        sentence = (
            f"Learning {name} at learning rate {attempt.learning_rate:g}: step {attempt.steps:,}, "
            f"loss {attempt.losses[-1]:.3g}, score {attempt.score:.3f}."
        )
        own, random = ([self._shown[one]] if one in self._shown else [] for one in (OWN, RANDOM))
        drawn = pictures(own, random)
        return Check("overfit_small", "running", sentence, pictures=drawn, settings=self._settings)

    def _say(self, name: str, attempt: Attempt) -> None:
        if self._progress:
            print(
                f"DeepDebug: overfit_small: {name}, learning rate {attempt.learning_rate:g}: "
                f"{attempt.state} after {attempt.steps} steps, score {attempt.score:.3f}",
                file=sys.stderr,
            )
