"""What TensorBoard imports and asks before it serves anything."""

import argparse
import logging
import subprocess
import sys
from typing import Any

import pytest
from tensorboard import program
from tensorboard.plugins import base_plugin
from tensorboard.plugins.core import core_plugin

from tb_deepdebug.plugin.loader import DEFAULT_SAMPLES, Loader
from tb_deepdebug.plugin.plugin import DeepDebugPlugin

_NEW_MODULES = """
import sys
from tensorboard.plugins import base_plugin
before = set(sys.modules)
import tb_deepdebug.plugin.loader
print(*sorted(set(sys.modules) - before))
"""


def test_the_entry_point_imports_next_to_nothing() -> None:
    output = subprocess.run(
        [sys.executable, "-c", _NEW_MODULES], check=True, capture_output=True, text=True
    ).stdout
    ours = {name for name in output.split() if name.startswith("tb_deepdebug")}
    assert ours == {"tb_deepdebug", "tb_deepdebug.plugin", "tb_deepdebug.plugin.loader"}
    others = {name.split(".")[0].lstrip("_") for name in output.split()} - {"tb_deepdebug"}
    assert others <= set(sys.stdlib_module_names) | {
        name.lstrip("_") for name in sys.stdlib_module_names
    }


def test_the_plugin_imports_no_framework() -> None:
    code = (
        "import sys, tb_deepdebug.plugin.plugin; "
        "print({'tensorflow', 'keras', 'torch', 'scipy'} & set(sys.modules))"
    )
    output = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout
    assert output.strip() == b"set()"


def parsed(*arguments: str) -> argparse.Namespace:
    """TensorBoard's own flags with ours, as `tensorboard` parses them."""
    board = program.TensorBoard(plugins=[core_plugin.CorePluginLoader(), Loader()])
    board.configure(("tensorboard", "--logdir=x", *arguments))
    return board.flags


@pytest.mark.parametrize(
    ("arguments", "samples"),
    [
        ((), {"deepdebug": DEFAULT_SAMPLES}),
        (("--deepdebug_samples=50",), {"deepdebug": 50}),
        (("--deepdebug_samples=0",), {"deepdebug": 0}),
        (("--samples_per_plugin=deepdebug=5",), {"deepdebug": 5}),
        (("--samples_per_plugin=deepdebug=5", "--deepdebug_samples=50"), {"deepdebug": 5}),
        (("--samples_per_plugin=scalars=7",), {"scalars": 7, "deepdebug": DEFAULT_SAMPLES}),
    ],
)
def test_our_samples_are_a_default(arguments: tuple[str, ...], samples: dict[str, int]) -> None:
    assert parsed(*arguments).samples_per_plugin == samples


@pytest.mark.parametrize("number", ["-1", "many", "1.5", ""])
def test_a_number_of_samples_that_is_none_is_refused(
    number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parsed(f"--deepdebug_samples={number}")
    assert "--deepdebug_samples" in capsys.readouterr().err


@pytest.mark.parametrize("flags", [argparse.Namespace(), argparse.Namespace(samples_per_plugin="")])
def test_flags_of_another_tensorboard_do_no_harm(flags: argparse.Namespace) -> None:
    Loader().fix_flags(flags)


def test_loading_gives_the_plugin() -> None:
    assert isinstance(Loader().load(base_plugin.TBContext()), DeepDebugPlugin)


def test_whatever_fails_in_loading_is_a_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("no such luck")

    monkeypatch.setattr(DeepDebugPlugin, "__init__", broken)
    caplog.handler.setLevel("ERROR")
    logger = logging.getLogger("tensorboard")
    logger.addHandler(caplog.handler)
    try:
        assert Loader().load(base_plugin.TBContext()) is None
    finally:
        logger.removeHandler(caplog.handler)
    assert "The DeepDebug plugin could not be loaded." in caplog.text
    assert "no such luck" in caplog.text
