"""The benchmarks can be started, and what they make of their measurements is right."""

import importlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import BENCHMARKS, main
from benchmarks.bench_bundle import eager_files, static_imports
from benchmarks.figure import Figure, table
from benchmarks.measure import Quartiles, exactly, interleave, number, quartiles, ratio


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
