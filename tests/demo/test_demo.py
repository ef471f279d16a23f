"""The demo as a user starts it, but tiny: what it writes, and that it stops and leaves nothing."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from ingesters import opened
from needs import needs

PAIRS = ("average-pooling", "last-timestep", "leaky-relu", "relu-dead")
RUNS = ("apnea", *PAIRS)
LAYERS = (
    "conv_1",
    "conv_2",
    "conv_3",
    *(f"lstm/{g}" for g in ("input", "forget", "cell", "output")),
)
RECORDS = {
    *((layer, kind) for layer in LAYERS for kind in ("activations", "preactivations")),
    *((layer, "activations") for layer in ("lstm", "output")),
    ("lstm", "gates"),
    ("raw_output", "input_gradients"),
    *((name, "health") for name in ("outputs", "training")),
    ("recorder", "recorder"),
}
ONCE = {("model", "graph"), ("raw_output", "untrained"), ("setup", "setup")}
TAUGHT = {"synthetic_task/day_minus_night", "synthetic_task/time_since_workout"}
CHECKS = {
    "apnea": {"inputs", "overfit_small", "baseline"},
    "average-pooling": TAUGHT,
    "last-timestep": TAUGHT,
}
TOLD = {("apnea", "predictions"), ("apnea", "examples")}


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    needs("tensorflow")
    needs("sklearn")
    from tb_deepdebug import demo

    folder = tmp_path_factory.mktemp("demo")
    assert demo.main(folder, serve=False, fast=True) == 0
    return folder


def test_five_runs_each_with_every_record_and_standard_scalars(logdir: Path) -> None:
    with opened("python", logdir) as found:
        log = found.log()
        assert log.problems == []
        assert sorted(log.runs()) == sorted(RUNS)
        for run in RUNS:
            mine = [record for record in log.records if record.run == run]
            checks = {record.name for record in mine if record.kind == "check"}
            assert checks == CHECKS.get(run, set())
            seen = [record for record in mine if record.kind != "check"]
            steps = {(record.name, record.kind): log.steps(record) for record in seen}
            expected = {key: [0, 1, 2, 3] for key in RECORDS} | {key: [0] for key in ONCE}
            told = {key: [3] for key in TOLD} if run == "apnea" else {}
            assert steps == expected | told
            assert all(r.description for r in seen if (r.name, r.kind) not in TOLD)
            assert {"loss", "gradient_norm", "test_error"} <= set(log.scalar_tags()[run])


def test_the_predictions_are_of_test_users_with_what_is_known_of_them(logdir: Path) -> None:
    with opened("python", logdir) as found:
        log = found.log()
        table = log.frame(log.find("apnea", "apnea", "predictions"), 3)
        model, known = (table.array(name).reshape(24, 2) for name in ("prediction", "baseline"))
        names = [column["name"] for column in table.header["columns"]]
    assert names == ["age", "sex", "bmi", "workouts"]
    assert np.array_equal(known[:, 0], known[:, 1])  # a vertical line a user
    assert not np.array_equal(model[:, 0], model[:, 1])


def test_the_pairs_start_from_the_same_weights(logdir: Path) -> None:
    with opened("python", logdir) as found:
        log = found.log()
        average, last = (
            log.frame(log.find(run, "conv_3", "activations"), 0).array("values")
            for run in ("average-pooling", "last-timestep")
        )
    np.testing.assert_array_equal(average, last)


def test_it_serves_while_it_trains_and_a_termination_ends_both() -> None:
    needs("tensorflow")
    command = [sys.executable, "-m", "tb_deepdebug", "demo", "--fast", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as demo:
        assert demo.stderr is not None
        try:
            said = [demo.stderr.readline()]
            while not (address := re.search(r"http://localhost:(\d+)/#deepdebug", said[-1])):
                assert said[-1], f"ended early:\n{''.join(said)}"
                said.append(demo.stderr.readline())
            for line in demo.stderr:
                said.append(line)
                if "step" in line.split():
                    break
            page = f"http://127.0.0.1:{address[1]}/"
            with urllib.request.urlopen(page, timeout=60) as response:
                assert response.status == 200
        finally:
            demo.send_signal(signal.SIGTERM)
        assert demo.wait(60) == 0
    with pytest.raises(OSError):
        urllib.request.urlopen(page, timeout=5)


def test_looks_are_dense_early_and_include_the_first_and_last_step() -> None:
    needs("tensorflow")
    from tb_deepdebug.demo.train import logged_steps

    steps = logged_steps(400)
    assert steps[:4] == [0, 1, 2, 3] and steps[-1] == 400
    assert steps == sorted(set(steps)) and max(np.diff(steps)) <= 20
    assert logged_steps(0) == [0]


def test_a_scenario_differs_from_its_twin_in_one_thing() -> None:
    needs("tensorflow")
    from tb_deepdebug.demo.scenarios import SCENARIOS

    for one, other in (SCENARIOS[:2], SCENARIOS[2:]):
        settings = [vars(one).items(), vars(other).items()]
        assert {name for name, _ in settings[0] - settings[1]} - {"name", "story"} in (
            {"activation"},
            {"head"},
        )


@pytest.mark.skipif(os.name == "nt", reason="process sessions are POSIX")
def test_a_port_in_use_is_not_taken() -> None:
    import socket

    from tb_deepdebug.demo.serve import HOST, _free_port

    with socket.socket() as busy:
        busy.bind((HOST, 0))
        busy.listen()
        taken = busy.getsockname()[1]
        assert _free_port(taken) not in (0, taken)
