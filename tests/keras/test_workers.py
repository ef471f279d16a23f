"""Two processes on the loopback share what they measured."""

import json
import os
import pickle
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from needs import needs

from tb_deepdebug import reader
from tb_deepdebug.stats.units import unit_stats
from tb_deepdebug.wire.activations import UNIT_ROWS

needs("tensorflow")
needs("keras")
Workers = needs("tb_deepdebug.keras.workers").Workers
PROGRAM = Path(__file__).with_name("worker_program.py")


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for held in sockets:
        held.bind(("127.0.0.1", 0))
    ports = [held.getsockname()[1] for held in sockets]
    for held in sockets:
        held.close()
    return ports


@pytest.fixture(scope="module")
def found(tmp_path_factory: Any) -> list[dict[str, Any]]:
    """What each of two workers found."""
    folder = tmp_path_factory.mktemp("workers")
    addresses = [f"127.0.0.1:{port}" for port in free_ports(2)]
    running = []
    for rank in range(2):
        config = {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": rank}}
        settings = {"TF_CONFIG": json.dumps(config), "CUDA_VISIBLE_DEVICES": "-1"}
        command = [sys.executable, str(PROGRAM), str(folder / str(rank))]
        log = (folder / f"{rank}.log").open("wb")
        environment = {**os.environ, **settings}
        running.append(subprocess.Popen(command, stdout=log, stderr=log, env=environment))
    try:
        codes = [process.wait(timeout=300) for process in running]
    finally:
        for process in running:
            process.kill()
    logs = "\n".join((folder / f"{rank}.log").read_text()[-2000:] for rank in range(2))
    assert codes == [0, 0], logs
    found = [pickle.loads((folder / str(rank)).read_bytes()) for rank in range(2)]
    return [{**one, "run": folder / "run"} for one in found]


def test_one_of_them_is_the_chief(found: list[dict[str, Any]]) -> None:
    assert [worker["place"] for worker in found] == [(True, 2), (False, 2)]


def test_everybody_gets_every_payload_in_order_of_rank(found: list[dict[str, Any]]) -> None:
    expected = [[b"from 0", b"from 1"], [bytes(range(256)), bytes(range(256)) * 2], [b"", b""]]
    assert all(worker["gathered"] == [*expected, [b"", b"x"]] for worker in found)
    assert all(worker["everybody's"][0] == worker["everybody's"][1] for worker in found)


def test_gradients_of_both_shares_are_those_of_the_whole_batch(found: list[dict[str, Any]]) -> None:
    x = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
    kernel, bias = found[0]["weights"]
    error = 2 * (x @ kernel + bias - x.sum(axis=1, keepdims=True)) / 8
    norms = [np.linalg.norm(x.T @ error), np.linalg.norm(error.sum(axis=0))]
    for worker in found:
        np.testing.assert_allclose(worker["gradient_norm"], norms, rtol=1e-5)


def test_a_recorder_on_each_writes_once_what_one_would(found: list[dict[str, Any]]) -> None:
    x = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
    kernel, bias = found[0]["weights"]
    log = reader.open_logdir(found[0]["run"])
    assert len(list(found[0]["run"].iterdir())) == 1  # event files: one writer
    record = log.find(".", "dense", "activations")
    assert log.steps(record) == [0, 1, 2]
    frame = log.frame(record, 2)
    assert frame.header["shape"] == [8, 1]
    units = dict(zip(UNIT_ROWS, frame.array("units"), strict=True))
    whole = unit_stats((x @ kernel + bias)[None])
    for row in ("count", "zero", "negative", "constant"):
        expected = whole.constant_share if row == "constant" else getattr(whole, row)
        np.testing.assert_array_equal(units[row], expected, err_msg=row)
    for row in ("min", "max", "mean", "variance"):
        np.testing.assert_allclose(units[row], getattr(whole, row), rtol=1e-5, err_msg=row)
    steps = log.steps(log.find(".", "training", "health"))
    assert steps == [0, 1, 2]


def test_a_process_of_its_own_is_its_own_chief() -> None:
    workers = Workers()
    assert (workers.is_chief, workers.size) == (True, 1)
    assert workers.gather(b"mine") == [b"mine"]
