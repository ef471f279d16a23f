"""The command `tb-deepdebug`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import tb_deepdebug
from tb_deepdebug import cli_diagnose


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="tb-deepdebug", description="See in TensorBoard why a deep net trains badly."
    )
    parser.add_argument("--version", action="version", version=tb_deepdebug.__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    _add_demo(
        commands.add_parser("demo", help="train four small nets and open TensorBoard on them")
    )
    cli_diagnose.add_commands(commands)
    args = parser.parse_args(argv)
    try:
        code: int = args.run(args)
    except BrokenPipeError:  # such as of `| head`
        sys.stderr.close()
        return 0
    return code


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_demo)
    parser.add_argument(
        "--logdir", metavar="DIR", help="where to write (default: a folder under the temporary one)"
    )
    parser.add_argument(
        "--no-serve", action="store_true", help="only write; do not start TensorBoard"
    )
    parser.add_argument("--port", type=int, default=6006, help="TensorBoard's port (default: 6006)")
    parser.add_argument("--seed", type=int, default=0, help="of weights and batches (default: 0)")
    parser.add_argument("--fast", action="store_true", help="a tiny net for a few seconds, to try")


def _demo(args: argparse.Namespace) -> int:
    from tb_deepdebug import demo

    return demo.main(
        args.logdir, serve=not args.no_serve, port=args.port, seed=args.seed, fast=args.fast
    )
