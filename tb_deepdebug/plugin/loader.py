"""What TensorBoard imports at its start: as little as possible, and nothing that can fail."""

from __future__ import annotations

import argparse
import logging

from tensorboard.plugins import base_plugin

PLUGIN_NAME = "deepdebug"

# TensorBoard would keep 10 steps of a frame, in memory. A picture of 128 x 4096 is some 0.3 MB: 50
# steps of 20 such layers in one run take 300 MB, which a workstation has.
DEFAULT_SAMPLES = 50

_log = logging.getLogger("tensorboard")


class Loader(base_plugin.TBLoader):
    """Loads the plugin; on any failure TensorBoard goes on without it."""

    def define_flags(self, parser: argparse.ArgumentParser) -> None:
        """Adds `--deepdebug_samples`."""
        parser.add_argument_group("deepdebug").add_argument(
            "--deepdebug_samples",
            metavar="N",
            type=_samples,
            default=DEFAULT_SAMPLES,
            help=f"Steps of each record that the DeepDebug tab keeps; 0 keeps all (default: "
            f"{DEFAULT_SAMPLES}). --samples_per_plugin deepdebug=N wins over it.",
        )

    def fix_flags(self, flags: argparse.Namespace) -> None:
        """Asks the ingester, whichever it is, to keep that many steps."""
        wanted = getattr(flags, "deepdebug_samples", DEFAULT_SAMPLES)
        samples = getattr(flags, "samples_per_plugin", None)
        if isinstance(samples, dict):
            samples.setdefault(PLUGIN_NAME, wanted)

    def load(self, context: base_plugin.TBContext) -> base_plugin.TBPlugin | None:
        """The plugin, or None (and a line in the log) where it can't be made."""
        try:
            from tb_deepdebug.plugin.plugin import DeepDebugPlugin

            return DeepDebugPlugin(context)
        except Exception:
            _log.exception("The DeepDebug plugin could not be loaded.")
            return None


def _samples(text: str) -> int:
    """A number of samples, or argparse's complaint: the ingesters fail late and less clearly."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"must be 0 or more. Received: {text}")
    return number
