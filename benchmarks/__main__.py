"""Runs the benchmarks named on the command line, or all, and prints their figures as a table."""

import argparse
import datetime
import importlib
import importlib.metadata
import os
import platform
import sys

from benchmarks.figure import Figure, table
from benchmarks.measure import stopwatch

# In the order of the design's table of figures. Each module has `run(quick) -> list[Figure]`.
BENCHMARKS = {
    "tab": "benchmarks.bench_tab",
    "view": "benchmarks.bench_view",
    "bundle": "benchmarks.bench_bundle",
    "writer": "benchmarks.bench_writer",
    "start": "benchmarks.bench_start",
    "payload": "benchmarks.bench_payload",
    "charts": "benchmarks.bench_charts",
    "scatter": "benchmarks.bench_scatter",
    "summaries": "benchmarks.bench_summaries",
    "gradients": "benchmarks.bench_gradients",
    "recorder": "benchmarks.bench_recorder",
    "recorder_torch": "benchmarks.bench_recorder_torch",
    "memory": "benchmarks.bench_memory",
    "diagnosis": "benchmarks.bench_diagnosis",
    "inputs": "benchmarks.bench_inputs",
    "predictions": "benchmarks.bench_predictions",
}
_PACKAGES = ("tensorboard", "tensorflow-cpu", "tensorflow", "keras", "torch", "wandb", "numpy")


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    figures: list[Figure] = []
    for name in options.names or BENCHMARKS:
        with stopwatch() as elapsed:
            print(f"\n{name}", flush=True)
            for figure in importlib.import_module(BENCHMARKS[name]).run(options.quick):
                print(f"  {figure}", flush=True)
                figures.append(figure)
        print(f"  ({elapsed():.0f} s)", flush=True)
    print(f"\n{table(figures)}\n\n{_circumstances(arguments)}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", type=_name, metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="fewer rounds, to try things out")
    return parser


def _name(text: str) -> str:
    if text not in BENCHMARKS:
        names = ", ".join(BENCHMARKS)
        raise argparse.ArgumentTypeError(f"NAME must be one of {names}. Received: {text!r}")
    return text


def _circumstances(arguments: list[str]) -> str:
    """When, how and on what: without these a figure says little."""
    versions = [f"Python {platform.python_version()}"]
    for package in _PACKAGES:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    command = " ".join(["python -m benchmarks", *arguments])
    return (
        f"`{command}`, {datetime.date.today()}; {', '.join(versions)}; "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores. "
        "Medians of interleaved rounds [quartiles]; A/A is the same arm against itself."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
