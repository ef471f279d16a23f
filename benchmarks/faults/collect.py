"""Runs the trainings; one that is finished is not run again."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import shutil
import time
from pathlib import Path

from benchmarks.faults.jobs import Job, jobs
from benchmarks.faults.training import OUTCOME, Outcome


def collect(
    out: Path,
    *,
    processes: int = 2,
    only: str = "*",
    seeds: int | None = None,
    framework: str = "torch",
    heldout: bool = False,
) -> int:
    """Runs what is missing; returns how many trainings failed."""
    found = jobs(only=only, seeds=seeds, framework=framework, heldout=heldout)
    waiting = [job for job in found if not _is_done(job, out)]
    print(f"{len(waiting)} trainings to run, into {out}", flush=True)
    context = multiprocessing.get_context("spawn")
    began, failed = time.monotonic(), 0
    with concurrent.futures.ProcessPoolExecutor(processes, context) as pool:
        running = {pool.submit(run, job, out): job for job in waiting}
        for done, future in enumerate(concurrent.futures.as_completed(running), start=1):
            job = running[future]
            error = future.exception()
            failed += error is not None
            told = str(error) if error else f"metric {future.result().metric:.3f}"
            spent = time.monotonic() - began
            left = spent / done * (len(waiting) - done)
            print(f"{done}/{len(waiting)} {job.path}: {told} ({left:.0f} s left)", flush=True)
    return failed


def run(job: Job, out: Path) -> Outcome:
    """One training, from the start: an unfinished log of it is removed."""
    folder = job.folder(out)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if job.framework == "keras":
        from benchmarks.faults import keras_arm

        return keras_arm.run(job, folder)
    import torch

    from benchmarks.faults import training

    torch.set_num_threads(1)
    return training.run(job.recipe(), job.kind, job.name, job.base, job.seed, folder)


def _is_done(job: Job, out: Path) -> bool:
    return (job.folder(out) / OUTCOME).exists()
