"""Severity of mistakes that are read off the setup itself, not off a layer's statistics."""

from __future__ import annotations

from tb_deepdebug.findings.finding import Severity
from tb_deepdebug.findings.impact import Impact


def weigh_certain(base: Severity, harm: Impact) -> Severity:
    """The severity of a mistake that no healthy run makes: a loss fed what it does not take.

    It costs something even where the loss falls, so it stays a WARNING there; it keeps its base
    where the training fails, or where nothing is known of it.
    """
    return min(base, Severity.WARNING) if harm.state == "learning" else base
