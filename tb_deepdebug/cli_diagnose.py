"""The commands `tb-deepdebug diagnose` and `tb-deepdebug rules`."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import types
from typing import Any

import crc32c

FAIL_ON = ("info", "warning", "error", "critical")
FAILED, WRONG = 1, 2  # exit codes: a finding as grave as --fail-on; a wrong argument


def add_commands(commands: Any) -> None:
    """Adds both commands to the parser's."""
    _add_diagnose(commands.add_parser("diagnose", help="say what is wrong in the runs of a log"))
    _add_rules(commands.add_parser("rules", help="list the rules, or explain one"))


def _add_diagnose(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_diagnose)
    parser.add_argument("logdir", metavar="LOGDIR", help="a folder of event files")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a report")
    parser.add_argument(
        "--fail-on",
        choices=FAIL_ON,
        help=f"exit with {FAILED} where a finding is at least so grave, for CI jobs",
    )
    parser.add_argument("--run", dest="only", metavar="RUN", action="append", help="only this run")
    parser.add_argument("--reference", metavar="RUN", help="a healthy run to compare with")
    parser.add_argument("--all", action="store_true", help="tell findings of INFO too")


def _diagnose(args: argparse.Namespace) -> int:
    _without_tensorflow(args.logdir)
    from tb_deepdebug import diagnosis
    from tb_deepdebug.findings.as_json import VERSION, as_json
    from tb_deepdebug.findings.finding import Severity
    from tb_deepdebug.findings.report import report
    from tb_deepdebug.rules import DOCUMENTED

    try:
        found = diagnosis.diagnoses(args.logdir, reference=args.reference, runs=args.only)
    except (OSError, ValueError) as error:
        print(f"tb-deepdebug: {error}", file=sys.stderr)
        return WRONG
    if args.json:
        runs = [as_json(one, DOCUMENTED) for one in found]
        print(json.dumps({"version": VERSION, "runs": runs}, indent=1, allow_nan=False))
    else:
        least = Severity.INFO if args.all else Severity.WARNING
        print("\n\n".join(report(one, least=least) for one in found))
    bound = None if args.fail_on is None else Severity[args.fail_on.upper()]
    grave = bound is not None and any(f.severity >= bound for d in found for f in d.findings)
    return FAILED if grave else 0


def _without_tensorflow(logdir: str) -> None:
    """Spares the seconds that importing TensorFlow takes; TensorBoard needs it for remote folders.

    `tensorboard.compat.notf` is the module by whose presence TensorBoard is told to do without. Its
    own reader then takes each checksum in Python, 5 MB a second: the compiled one takes its place.
    """
    if "://" in logdir or "tensorflow" in sys.modules:
        return
    name = "tensorboard.compat.notf"
    sys.modules.setdefault(name, types.ModuleType(name))
    with contextlib.suppress(ImportError):  # wherever a later TensorBoard may keep it
        from tensorboard.compat.tensorflow_stub import pywrap_tensorflow

        pywrap_tensorflow.crc32c = crc32c.crc32c


def _add_rules(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_rules)
    parser.add_argument("name", metavar="NAME", nargs="?", help="the rule to explain")
    parser.add_argument(
        "--markdown", action="store_true", help="explain all of them: docs/rules.md"
    )


def _rules(args: argparse.Namespace) -> int:
    from tb_deepdebug.findings.documentation import documentation, markdown, pages
    from tb_deepdebug.rules import DOCUMENTED

    if args.markdown:
        print(pages(DOCUMENTED), end="")
        return 0
    if args.name is None:
        width = max(map(len, DOCUMENTED))
        for name, find in DOCUMENTED.items():
            print(f"{name:<{width}}  {documentation(find).summary}")
        return 0
    if args.name not in DOCUMENTED:
        known = ", ".join(DOCUMENTED)
        print(f"tb-deepdebug: a rule is one of {known}. Received: {args.name!r}", file=sys.stderr)
        return WRONG
    print(markdown(args.name, DOCUMENTED[args.name]))
    return 0
