"""The benchmarks can be started, and what they make of their measurements is right."""

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from needs import needs

from benchmarks.__main__ import BENCHMARKS, main
from benchmarks.bench_bundle import eager_files, static_imports
from benchmarks.figure import Figure, table
from benchmarks.measure import Quartiles, exactly, interleave, number, quartiles, ratio
from benchmarks.steps import Spent, size_of, spent, step_figure


@pytest.mark.parametrize("module", BENCHMARKS.values())
def test_every_benchmark_can_be_run(module: str) -> None:
    assert callable(importlib.import_module(module).run)


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["bundel"])
    assert "NAME must be one of" in capsys.readouterr().err


def test_quartiles_hold_half_of_the_values() -> None:
    assert quartiles([5, 1, 4, 2, 3]) == Quartiles(2, 3, 4)
    assert quartiles([7]) == exactly(7)


def test_a_ratio_is_taken_round_by_round() -> None:
    """A round in which everything is ten times slower says the same as the others."""
    assert ratio([2, 20, 2], [1, 10, 1]) == exactly(2)


def test_arms_take_turns_and_warm_up() -> None:
    calls: list[str] = []

    def arm(name: str) -> Callable[[], int]:
        return lambda: calls.append(name) or len(calls)

    taken = interleave({name: arm(name) for name in "abc"}, rounds=3, warm_up=1)
    assert "".join(calls) == "abc" + "bca" + "cab" + "abc"
    assert taken == {"a": [6, 8, 10], "b": [4, 9, 11], "c": [5, 7, 12]}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.05678, "0.0568"),
        (1.2345, "1.23"),
        (99.96, "100.0"),
        (12345.6, "12,346"),
        (0, "0"),
        (3, "3"),
    ],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("figure", "verdict"),
    [
        (Figure("a", exactly(0.6), at_most=0.6), "holds"),
        (Figure("a", exactly(0.9), at_most=0.6), "short by 50 %"),
        (Figure("a", exactly(100), at_least=100), "holds"),
        (Figure("a", exactly(75), at_least=100), "short by 25 %"),
        (Figure("a", exactly(75)), ""),
    ],
)
def test_a_figure_is_judged_by_its_median(figure: Figure, verdict: str) -> None:
    assert figure.verdict == verdict


def test_the_table_is_markdown() -> None:
    figure = Figure("paint", Quartiles(1, 2, 3), "ms", at_most=4, same=exactly(1))
    assert table([figure]).splitlines()[-1] == (
        "| paint | 2 [1, 3] ms | 1 | at most 4 ms | holds |"
    )


def test_the_bundle_is_what_index_imports_statically(tmp_path: Path) -> None:
    (tmp_path / "index.js").write_text('import{a}from"./a.js";import("./lazy.js")')
    (tmp_path / "a.js").write_text('export{b}from"./b.js";import"./index.js"')
    (tmp_path / "b.js").write_text("export const b=1")
    (tmp_path / "lazy.js").write_text("")
    assert static_imports('import{a}from"./a.js";import("./lazy.js")') == ["a.js"]
    assert {path.name for path in eager_files(tmp_path)} == {"index.js", "a.js", "b.js"}


def test_made_up_layers_have_dead_units() -> None:
    from benchmarks.nets import activations

    data = activations(1, units=16)
    assert data.shape == (1, 4096, 16)
    dead = np.flatnonzero((data == 0).all(axis=(0, 1)))
    assert dead.tolist() == [0, 8]


def test_a_step_is_timed_with_what_it_writes(tmp_path: Path) -> None:
    (tmp_path / "before").write_bytes(b"12345")

    def write() -> None:
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "events").write_bytes(b"123")

    found = spent(write, tmp_path)
    assert (found.size, size_of(tmp_path), size_of(None)) == (3, 8, 0)
    assert found.wall > 0


def test_a_recorded_step_is_compared_with_a_plain_one() -> None:
    taken = {
        "plain": [Spent(1, 2, 0), Spent(10, 20, 0)],
        "plain again": [Spent(1, 2, 0), Spent(10, 20, 0)],
        "ours": [Spent(2, 6, 100), Spent(20, 60, 300)],
    }
    figure = step_figure("net", taken, "ours", at_most=2, every=10)
    assert (figure.value, figure.same, figure.verdict) == (exactly(2), exactly(1), "holds")
    assert "CPU 3" in figure.note
    assert "2 kB a recorded step" in figure.note


def test_a_rare_look_costs_its_share_of_the_steps_between() -> None:
    from benchmarks.bench_recorder import share

    assert share([0.1, 0.4], [0.2, 0.8], 100) == exactly(0.5)


def test_a_peak_is_of_one_process_alone() -> None:
    if not os.path.exists("/proc/self/status"):
        pytest.skip("needs Linux")
    held = np.ones(1 << 28, np.uint8)
    code = "from benchmarks.bench_memory import peak; print(peak())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 1 << 20 < int(told.stdout) < held.nbytes


def test_callbacks_take_turns_within_one_training(tmp_path: Path) -> None:
    keras = needs("keras")
    from benchmarks.keras_turns import Arm, Turns, train

    told: list[str] = []

    class Told(keras.callbacks.Callback):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            told.append(self.name)
            with open(tmp_path / self.name, "ab") as file:
                file.write(b"12")

    arms = {"plain": Arm(), "a": Arm(Told("a"), tmp_path), "b": Arm(Told("b"), tmp_path)}
    turns = Turns(arms, block=2, rounds=2, warm_up=1)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    train(model, np.ones((4, 3)), np.ones((4, 1)), turns)
    assert "".join(told) == "aabb" + "aabb" + "bbaa"
    assert {name: len(some) for name, some in turns.taken.items()} == {"plain": 2, "a": 2, "b": 2}
    assert [one.size for one in turns.taken["a"] + turns.taken["plain"]] == [2, 2, 0, 0]


def test_the_keras_recorder_is_measured() -> None:
    keras = needs("keras")
    from benchmarks.bench_recorder import figures
    from benchmarks.keras_nets import Net

    def model() -> Any:
        layers = [keras.Input((8, 2)), keras.layers.Conv1D(3, 3, activation="relu")]
        made = keras.Sequential([*layers, keras.layers.LSTM(2), keras.layers.Dense(1)])
        made.compile("sgd", "mse")
        return made

    net = Net("tiny", model, np.ones((4, 8, 2), np.float32), np.ones((4, 1)))
    found = {figure.what: figure for figure in figures(net, rounds=1)}
    assert len(found) == 5
    # A difference of times may come out negative on a busy machine.
    assert all(np.isfinite(figure.value.median) for figure in found.values())
    recorded = [figure for figure in found.values() if "a recorded step" in figure.note]
    assert len(recorded) == 3
    assert not any(" 0 kB" in figure.note for figure in recorded)


def test_the_torch_recorder_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    torch = needs("torch")
    from benchmarks.bench_recorder_torch import figures, has_wandb

    def model() -> Any:
        return torch.nn.Sequential(torch.nn.Linear(3, 10), torch.nn.ReLU())

    found = list(figures("tiny", model, torch.ones(4, 3), rounds=1))
    assert len(found) == 3 + has_wandb()
    assert not any(" 0 kB" in figure.note for figure in found)
    assert ("wandb is not installed" in capsys.readouterr().out) != has_wandb()
