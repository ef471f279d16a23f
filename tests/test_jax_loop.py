"""The JAX example runs, and writes records that can be read."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from tb_deepdebug.reader import open_logdir

EXAMPLE = Path(__file__).parents[1] / "examples" / "jax_loop.py"


def test_the_loop_logs_a_decay_over_time(tmp_path: Path) -> None:
    pytest.importorskip("jax", reason="JAX is in none of the extras")
    spec = importlib.util.spec_from_file_location("jax_loop", EXAMPLE)
    assert spec and spec.loader
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    example.main(str(tmp_path), steps=3)
    log = open_logdir(tmp_path)
    assert {r.kind for r in log.records} == {"activations", "preactivations", "input_gradients"}
    record = log.find("jax-loop", "logit", "input_gradients")
    profile = log.frame(record, 2).array("log_mean")[0]
    np.testing.assert_allclose(np.diff(profile), -np.log10(0.9), atol=1e-4)
