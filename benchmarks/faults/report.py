"""The table: false alarms, recall, type, layer, fix and delay, for us and for the baselines."""

from __future__ import annotations

import collections
import concurrent.futures
import functools
import multiprocessing
import statistics
from collections.abc import Sequence
from pathlib import Path

from benchmarks.faults.baselines import BASELINES
from benchmarks.faults.fault import Fault
from benchmarks.faults.faults import FAULTS, HELDOUT, half
from benchmarks.faults.jobs import jobs
from benchmarks.faults.listings import confusion, false_alarms
from benchmarks.faults.outcomes import healthy_level, is_harmful
from benchmarks.faults.training import OUTCOME, Outcome
from benchmarks.faults.verdict import (
    Verdict,
    is_right_fix,
    is_right_layer,
    is_right_type,
    judge,
)
from benchmarks.faults.wilson import Share, share

_FAULTS = {fault.name: fault for fault in (*FAULTS, *HELDOUT)}


def report(
    out: Path,
    *,
    which: str = "tune",
    only: str = "*",
    seeds: int | None = None,
    processes: int = 2,
    prefix: bool = False,
    framework: str = "torch",
) -> str:
    """Judges every finished run below a folder; Markdown."""
    done = [
        job
        for job in jobs(only=only, seeds=seeds, framework=framework, heldout=which == "heldout")
        if (job.folder(out) / OUTCOME).exists()
    ]
    chosen = [job for job in done if job.kind == "healthy" or which in ("all", half(job.name))]
    verdicts = _judged([job.folder(out) for job in chosen], processes, prefix)
    stem = out if framework == "torch" else out / framework
    known = [Outcome.read(path.parent) for path in stem.glob(f"healthy/plain/*/*/{OUTCOME}")]
    level = functools.cache(lambda base: healthy_level(known, base))
    healthy = [v for v in verdicts if v.outcome.kind == "healthy"]
    faulty = [v for v in verdicts if v.outcome.kind == "faulty"]
    harmful = [v for v in faulty if is_harmful(v.outcome, level(v.outcome.base))]
    harmless = [v for v in faulty if v not in harmful]
    parts = [
        _circumstances(which, healthy, harmful, harmless),
        _table(healthy, harmful),
        _ours(healthy, harmful, harmless, prefix),
        false_alarms(healthy),
        confusion(harmful, _FAULTS),
    ]
    failed = collections.Counter(line for v in verdicts for line in v.failed)
    parts += ["\n".join(["Rules that raised:", *(f"- {n} x {k}" for k, n in failed.most_common())])]
    return "\n\n".join(part for part in parts if part)


def _judged(folders: Sequence[Path], processes: int, prefix: bool) -> list[Verdict]:
    work = functools.partial(judge, prefix=prefix)
    if processes <= 1:
        return [work(folder) for folder in folders]
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(processes, context) as pool:
        return list(pool.map(work, folders, chunksize=8))


def _circumstances(
    which: str, healthy: list[Verdict], harmful: list[Verdict], harmless: list[Verdict]
) -> str:
    faults = {v.outcome.name for v in harmful + harmless}
    return (
        f"{len(healthy)} healthy runs; {len(faults)} faults ({which}), {len(harmful)} harmful runs "
        f"and {len(harmless)} that did no harm. Shares with Wilson's 95 % intervals."
    )


def _table(healthy: list[Verdict], harmful: list[Verdict]) -> str:
    located = [v for v in harmful if _FAULTS[v.outcome.name].layers]
    rows = [
        "| | healthy runs with an alarm | harmful faults found | right layer first |",
        "| --- | --- | --- | --- |",
        _row(
            "**tb_deepdebug**",
            share([bool(v.alarms) for v in healthy]),
            share([bool(v.alarms) for v in harmful]),
            share([_layer_first(v) for v in located]),
        ),
    ]
    for name in BASELINES:
        rows.append(
            _row(
                name,
                share([v.baselines[name] is not None for v in healthy]),
                share([v.baselines[name] is not None for v in harmful]),
                share([_layer_of(v, name) for v in located]),
            )
        )
    return "\n".join(rows)


def _row(name: str, *shares: Share) -> str:
    return "| " + " | ".join([name, *map(str, shares)]) + " |"


def _layer_first(verdict: Verdict) -> bool:
    first = verdict.first
    return first is not None and is_right_layer(first.layer, _FAULTS[verdict.outcome.name])


def _layer_of(verdict: Verdict, baseline: str) -> bool:
    alarm = verdict.baselines[baseline]
    return alarm is not None and is_right_layer(alarm.layer, _FAULTS[verdict.outcome.name])


def _ours(
    healthy: list[Verdict], harmful: list[Verdict], harmless: list[Verdict], prefix: bool
) -> str:
    verdicts = [*healthy, *harmful, *harmless]

    def fault(verdict: Verdict) -> Fault:
        return _FAULTS[verdict.outcome.name]

    lines: dict[str, object] = {
        "right type first": share([is_right_type(v.first, fault(v)) for v in harmful]),
        "right type among the alarms": share(
            [any(is_right_type(told, fault(v)) for told in v.alarms) for v in harmful]
        ),
        "right fix first": share([is_right_fix(v.first, fault(v), 1) for v in harmful]),
        "right fix among the first three": share(
            [is_right_fix(v.first, fault(v), 3) for v in harmful]
        ),
        "alarm though the fault did no harm (counted neither way)": share(
            [bool(v.alarms) for v in harmless]
        ),
        "steps from harm to the first finding's onset, median": _middle(
            [float(v.first.step - v.outcome.injected) for v in harmful if _has_step(v)]
        ),
        "steps from harm to the first alarm of a live run, median": _middle(
            [
                float(v.first_alarm - v.outcome.injected)
                for v in harmful
                if v.first_alarm is not None
            ]
        ),
        "ms to read a run, median": _middle([1e3 * v.reading for v in verdicts]),
        "ms to diagnose it, median": _middle([1e3 * v.judging for v in verdicts]),
    }
    if prefix:
        lines["healthy runs with an alarm at some look while running"] = share(
            [v.first_alarm is not None for v in healthy]
        )
    told = [f"| {what} | {value} |" for what, value in lines.items()]
    return "\n".join(["| tb_deepdebug | |", "| --- | --- |", *told])


def _has_step(verdict: Verdict) -> bool:
    return verdict.first is not None and verdict.first.step is not None


def _middle(values: list[float]) -> str:
    if not values:
        return "–"
    return f"{statistics.median(values):.0f} (worst {max(values):.0f}, of {len(values)})"
