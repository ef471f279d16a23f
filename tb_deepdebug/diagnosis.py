"""READ: rules over the runs of a log -> findings with causes."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Iterable

from tb_deepdebug import reader, run_views
from tb_deepdebug.findings.examine import Diagnosis, examine
from tb_deepdebug.findings.finding import Finding
from tb_deepdebug.findings.view import Run
from tb_deepdebug.reader import Log
from tb_deepdebug.rules import CATALOGUE, DOCUMENTED


def diagnose(logdir: str | os.PathLike[str], *, reference: str | None = None) -> list[Finding]:
    """What is wrong in the runs of a log folder: causes first, gravest first.

        for finding in dd.diagnose("logs"):
            print(finding)

    Args:
      logdir: a folder of event files, one run a subfolder.
      reference: the name of a healthy run in it, with which the others are compared.

    Raises:
      FileNotFoundError: there is no such folder.
      ValueError: the log holds no records, or not the reference.
    """
    found = [f for one in diagnoses(logdir, reference=reference) for f in one.findings]
    return sorted(found, key=lambda f: (f.caused_by is not None, -f.severity))


def diagnoses(
    logdir: str | os.PathLike[str],
    *,
    reference: str | None = None,
    runs: Iterable[str] | None = None,
) -> list[Diagnosis]:
    """The diagnosis of each run in a folder, by name. Arguments and errors as of `diagnose`."""
    folder = os.fspath(logdir)
    if "://" not in folder and not os.path.isdir(folder):
        raise FileNotFoundError(f"`logdir` must be a folder. Received: {folder!r}")
    log = reader.open_logdir(folder, samples=OFFLINE_SAMPLES)
    names = run_views.training_runs(log)
    if not names:
        raise ValueError(f"`logdir` must hold records of tb_deepdebug. Received: {folder!r}")
    for name in [*(runs or ()), *([reference] if reference is not None else [])]:
        if name not in names:
            raise ValueError(f"A run must be one of {names}. Received: {name!r}")
    healthy = None if reference is None else run_views.view(log, reference)
    wanted = [name for name in names if runs is None or name in set(runs)]
    now = time.time()
    return [diagnose_run(run_views.view(log, name), healthy, now=now) for name in wanted]


# Steps of each record that are kept in memory while a folder is diagnosed.
OFFLINE_SAMPLES = 128


# A log that has been quiet for longer is looked at afterwards, not watched.
_WATCHED_SECONDS = 86_400


def diagnose_log(
    log: Log, run: str, reference: str | None = None, *, now: float | None = None
) -> Diagnosis:
    """The diagnosis of one run of a log, at `now`. Raises KeyError where there is no such run."""
    known = run_views.training_runs(log)
    for name in [run] if reference is None else [run, reference]:
        if name not in known:
            raise KeyError(name)
    healthy = None if reference is None else run_views.view(log, reference)
    return diagnose_run(run_views.view(log, run), healthy, now=now)


def diagnose_run(run: Run, reference: Run | None = None, *, now: float | None = None) -> Diagnosis:
    """The diagnosis of one run, held against a healthy one where given.

    `now`, in seconds since the epoch, tells whether a run that was recorded lately has stalled.
    """
    rules = dict(CATALOGUE)
    if now is not None and now - run.last_wall_time < _WATCHED_SECONDS:
        rules["stalled"] = functools.partial(DOCUMENTED["stalled"], now=now)
    if reference is not None and reference.name != run.name:
        rules["reference"] = functools.partial(DOCUMENTED["reference"], reference=reference)
    return examine(run, rules)
