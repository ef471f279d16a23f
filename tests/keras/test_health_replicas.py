"""A fit on two mirrored devices is recorded once, and as the same fit on one device."""

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from needs import needs

needs("tensorflow")
needs("keras")
PROGRAM = Path(__file__).with_name("replicas_program.py")


@pytest.fixture(scope="module")
def found(tmp_path_factory: Any) -> dict[str, Any]:
    """Of fits in a process of its own, since devices are set up once."""
    path = tmp_path_factory.mktemp("replicas") / "found"
    command = [sys.executable, str(PROGRAM), str(path)]
    subprocess.run(command, check=True, timeout=500, capture_output=True)
    return pickle.loads(path.read_bytes())


@pytest.mark.parametrize("name", ["adam", "scaled", "embedding", "skipped"])
def test_two_devices_are_recorded_as_one(found: dict[str, Any], name: str) -> None:
    alone, mirrored = found[name]
    assert len(alone) == len(mirrored) == 3
    for one, two in zip(alone, mirrored, strict=True):
        assert one.names == two.names and one.shapes == two.shapes
        for row, values in one.measures.items():
            np.testing.assert_allclose(two.measures[row], values, rtol=1e-3, atol=1e-7, err_msg=row)
        np.testing.assert_array_equal(two.weight_counts.sum(1), one.weight_counts.sum(1))
        assert two.loss == pytest.approx(one.loss, rel=1e-4, nan_ok=True)
    if name == "skipped":
        assert (mirrored[-1].measures["gradient_nonfinite"] > 0).all()
