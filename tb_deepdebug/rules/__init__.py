"""WHAT IS WRONG: one fault a file, whose docstring is its documentation.

A rule is a module with one public function `find(run, *, thresholds...)` that yields findings, and
`NotApplicable` with the reason where its data is missing. To add one: a file, a line here, a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tb_deepdebug.findings.finding import Finding, NotApplicable
from tb_deepdebug.findings.view import Run
from tb_deepdebug.rules import never_firing

CATALOGUE: dict[str, Callable[[Run], Iterable[Finding | NotApplicable]]] = {
    "never-firing": never_firing.find,
}
