"""`python -m benchmarks.faults [collect|report]`: trains what is missing, and judges what is."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.faults import collect, report

_OUT = Path("build", "faultbench")


def main(arguments: list[str]) -> int:
    """Collects, reports, or does both if neither is asked for."""
    options = _parser().parse_args(arguments or ["all"])
    failed = 0
    if options.command in ("collect", "all"):
        failed = collect.collect(
            options.out,
            processes=options.jobs,
            only=options.only,
            seeds=options.seeds,
            framework=options.framework,
            heldout=options.half == "heldout",
        )
    if options.command in ("report", "all"):
        told = report.report(
            options.out,
            which=options.half,
            only=options.only,
            seeds=options.seeds,
            framework=options.framework,
            processes=options.jobs,
            prefix=options.prefix,
        )
        print(told)
    return min(failed, 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, words in {
        "collect": "run the trainings that are missing",
        "report": "judge those that are there",
        "all": "both, with all faults",
    }.items():
        command = commands.add_parser(name, help=words)
        command.add_argument("--out", type=Path, default=_OUT, help="folder of the logs")
        command.add_argument("--jobs", type=int, default=2, help="processes (2)")
        command.add_argument("--only", default="*", help='a pattern: "faulty/zeros/*"')
        command.add_argument("--seeds", type=int, help="at most so many of each variant and fault")
        command.add_argument("--framework", choices=("torch", "keras"), default="torch")
        half = "tune" if name == "report" else "all"
        halves = ("all", "heldout") if name == "collect" else ("tune", "report", "all", "heldout")
        command.add_argument("--half", choices=halves, default=half, help="heldout: that alone")
        if name != "collect":
            command.add_argument("--prefix", action="store_true", help="also the first live alarm")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
