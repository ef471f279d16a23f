"""The rules, applied while a model trains: what is wrong is said once, when it appears."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tb_deepdebug.findings.examine import Diagnosis, examine
from tb_deepdebug.findings.finding import Finding, Severity
from tb_deepdebug.findings.guards import WARM_UP
from tb_deepdebug.findings.report import report
from tb_deepdebug.findings.view import Run
from tb_deepdebug.recorder.remembered import Remembered
from tb_deepdebug.recorder.sink import Sink
from tb_deepdebug.records import Record
from tb_deepdebug.rules import CATALOGUE

SAID = Severity.WARNING  # from which a finding is told
STOPPING = Severity.ERROR  # from which a training is stopped, if that was asked for
# A training that has only begun is judged mildly: what a log shows once, at its end, is asked here
# at every look, and each of them could be wrong. Both figures are ours.
LEAST_LOOKS, LEAST_STEPS = 3, 100
_AT_ONCE = "non-finite"  # no step makes it better
# Rules look back on the whole training, so looking again is worth it once that has grown.
GROWTH = 1.1

_NONFINITE = ("nonfinite", "nonfinite_weights", "nonfinite_gradients")
Key = tuple[str, str | None]  # rule, layer


class Live:
    """Watches what a recorder writes, and judges it by the rules that read a log.

    Args:
      sink: where findings are said.
      act: called with each finding that is said; "stop": a training with a grave one should end.

    Attributes:
      should_stop: whether the training should end.
    """

    def __init__(self, sink: Sink, act: Callable[[Finding], Any] | str | None = None) -> None:
        self._sink, self._act = sink, act
        self._remembered = Remembered()
        self._since: dict[Key, tuple[int, int]] = {}  # first step and looks, of what holds now
        self._said: set[Key] = set()
        self._at, self._next = 0, WARM_UP  # the steps of this look and the next examination
        self._urgent = False  # something is not finite
        self.should_stop = False

    def add(self, name: str, record: Record, step: int) -> None:
        """A record that was written."""
        with self._sink.guarded("the diagnosis", step):
            told = self._remembered.add(name, record, step)
            self._urgent |= any(told.get(what, 0) > 0 for what in _NONFINITE)

    def scalar(self, tag: str, value: float, step: int) -> None:
        """A point of a standard scalar that was written."""
        with self._sink.guarded("the diagnosis", step):
            self._remembered.scalar(tag, value, step)

    def examine(self, step: int) -> None:
        """Says what is wrong, once it has been so for a while; not every look is worth the time."""
        begins_anew, self._at = step < self._at, step
        said = any(rule == _AT_ONCE for rule, _ in self._said)
        if step < self._next and not begins_anew and (said or not self._urgent):
            return
        self._next = math.ceil(GROWTH * step)
        with self._sink.guarded("the diagnosis", step):
            found, run = self._examined()
            held = {_key(one): one for one in found.findings if one.severity >= SAID}
            self._since = {
                key: (self._since[key][0], self._since[key][1] + 1)
                if key in self._since
                else (step, 1)
                for key in held
            }
            begun = step >= _planned(run) // 20
            for key, finding in held.items():
                first, looks = self._since[key]
                lasts = begun and looks >= LEAST_LOOKS and step - first >= LEAST_STEPS
                if lasts or finding.rule == _AT_ONCE:
                    self._tell(finding, step)

    def end(self, step: int) -> None:
        """Says what is wrong at the end, causes first, each with what follows from it."""
        with self._sink.guarded("the diagnosis", step):
            found, _ = self._examined()
            wrong = [one for one in found.findings if one.severity >= SAID]
            if wrong:
                self._sink.say(f"at the end of training\n{report(found)}")
            for finding in wrong:
                self._tell(finding, step, aloud=False)

    def _examined(self) -> tuple[Diagnosis, Run]:
        run = self._remembered.run("training", self._sink.notes)
        return examine(run, CATALOGUE), run

    def _tell(self, finding: Finding, step: int, *, aloud: bool = True) -> None:
        """Says a finding, and answers it, unless that was done before."""
        if _key(finding) not in self._said:
            self._said.add(_key(finding))
            if aloud:
                self._sink.say(line(finding))
            self._answer(finding, step)

    def _answer(self, finding: Finding, step: int) -> None:
        """Does what the user asked for."""
        if self._act == "stop":
            self.should_stop |= finding.severity >= STOPPING
        elif callable(self._act):
            with self._sink.guarded("what on_finding does", step):
                self._act(finding)


def _key(finding: Finding) -> Key:
    return finding.rule, finding.layer


def _planned(run: Run) -> int:
    return (run.setup.planned_steps if run.setup is not None else None) or 0


def line(finding: Finding) -> str:
    """A finding in one line, with what explains it, or the first thing to try."""
    since = "" if finding.first_step is None else f" since step {finding.first_step}"
    told = f"{finding.severity}{since}: {finding.message} [{finding.rule}]"
    if finding.because:
        return f"{told} Because {finding.because}."
    return f"{told} Try: {finding.fixes[0].action}." if finding.fixes else told
