"""What a recorder keeps of chosen rows of a table, on a net done by hand."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recorder.nets import LeakyMemory

from tb_deepdebug import reader
from tb_deepdebug.probe import Subject, Tap, Tapped
from tb_deepdebug.recorder import examples, examples_asked, examples_table
from tb_deepdebug.recorder.examples import Chosen
from tb_deepdebug.recorder.recorder import Recorder
from tb_deepdebug.recorder.settings import settings
from tb_deepdebug.recorder.sink import Sink
from tb_deepdebug.records.predictions import Kept
from tb_deepdebug.stats.quantise import MASKED, Picture

TIME, ROWS = 40, 30


def net(masked: bool = False) -> LeakyMemory:
    x = np.random.default_rng(1).normal(size=(ROWS, TIME, 3)).astype(np.float32)
    mask = np.ones((ROWS, TIME), bool)
    mask[::2, 30:] = False
    return LeakyMemory(x, mask if masked else None)


def chosen(subject: LeakyMemory, rows: list[int], **options: Any) -> Chosen:
    at = np.array(rows)
    mask = None if subject.mask is None else subject.mask[at]
    return Chosen(at.astype(np.uint32), at, subject.x[at], mask, **options)


def measured(subject: Any, what: Chosen, folder: Path, memory_bytes: int = 1 << 30) -> Any:
    return examples.measure(subject, what, Sink(folder, 1 << 30), 5, memory_bytes)


def kept(reasons: str) -> Kept:
    names = {"l": "loss", "w": "win", "r": "random", "c": "chosen"}
    rows = np.arange(len(reasons), dtype=np.uint32)
    return Kept(rows, tuple(names[r] for r in reasons), np.zeros((len(reasons), 1, 1), np.float32))


@pytest.mark.parametrize(
    ("reasons", "most", "found"),
    [
        ("lllwwwrrr", 6, [0, 3, 1, 6, 2, 4]),
        ("lwr", 12, [0, 1, 2]),
        ("wwww", 2, [0, 1]),
        ("rl", 1, [1]),
        ("ccl", 3, [2, 0, 1]),
        ("", 3, []),
    ],
)
def test_choose_takes_reasons_by_turns(reasons: str, most: int, found: list[int]) -> None:
    assert examples.choose(kept(reasons), most).tolist() == found


def test_layers_are_those_of_these_very_rows(tmp_path: Path) -> None:
    subject = net()
    found = measured(subject, chosen(subject, [7, 8, 2]), tmp_path)
    assert [(one.name, one.axis) for one in found.layers] == [
        ("dense", "time"),
        ("lstm/forget", "time"),
        ("pooled", "example"),
    ]
    for layer, values in zip(found.layers, _activations(subject, [7, 8, 2]), strict=True):
        span = layer.picture.scale[1] - layer.picture.scale[0]
        off = np.abs(layer.picture.values() - values)
        assert (off <= span[None, :, None] / 490).all()
    assert found.layers[2].picture.codes.shape == (3, 6, 1)


def _activations(subject: LeakyMemory, rows: list[int]) -> list[np.ndarray]:
    z = subject.x[rows] @ subject.w
    every = [np.maximum(z, 0), 1 / (1 + np.exp(-4 * z)), z.mean(axis=1)[:, None]]
    return [one.transpose(0, 2, 1) for one in every]


@pytest.mark.parametrize(("asked", "steps"), [(None, [39, 39]), (10, [10, 10]), ([4, 9], [4, 9])])
def test_each_row_has_its_own_gradient(tmp_path: Path, asked: Any, steps: list[int]) -> None:
    subject = net()
    where = np.array(asked) if isinstance(asked, list) else asked
    found = measured(subject, chosen(subject, [3, 9], output_step=where), tmp_path)
    assert found.output_steps.tolist() == steps
    lag = np.array(steps)[:, None] - np.arange(TIME)
    expected = np.where(lag >= 0, 0.5 ** np.maximum(lag, 0.0), 0)
    assert np.array_equal(found.gradient, np.repeat(expected[..., None], 3, axis=2))


def test_masked_timesteps_are_nan_in_series_and_masked_in_pictures(tmp_path: Path) -> None:
    subject = net(masked=True)
    found = measured(subject, chosen(subject, [2, 3]), tmp_path)
    assert np.isnan(found.input[0, 30:]).all() and np.isnan(found.gradient[0, 30:]).all()
    assert np.isfinite(found.input[1]).all() and np.isfinite(found.gradient[1]).all()
    assert (found.layers[0].picture.codes[0, :, 30:] == MASKED).all()
    assert (found.layers[0].picture.codes[0, :, :30] != MASKED).all()


@pytest.mark.parametrize(("largest", "dtype"), [(1.0, np.float32), (1e-60, np.float64)])
def test_gradients_too_small_for_float32_are_kept(
    tmp_path: Path, largest: float, dtype: type
) -> None:
    class Amnesiac(LeakyMemory):
        def input_gradients(self, rows: np.ndarray, output_step: Any) -> Any:
            found = super().input_gradients(rows, output_step)
            found.gradients[:] *= largest
            return found

    subject = Amnesiac(net().x)
    found = measured(subject, chosen(subject, [0]), tmp_path)
    assert found.gradient.dtype == dtype
    assert found.gradient.max() == pytest.approx(largest)


def test_examples_are_captured_within_the_memory_asked_for(tmp_path: Path) -> None:
    subject = net()
    whole = measured(subject, chosen(subject, [4, 5, 6, 7]), tmp_path)
    assert (4, 8) in subject.captured
    subject.captured.clear()
    parts = measured(subject, chosen(subject, [4, 5, 6, 7]), tmp_path, memory_bytes=1)
    assert max(stop - start for start, stop in subject.captured) == 1
    for one, other in zip(whole.layers, parts.layers, strict=True):
        assert np.array_equal(one.picture.codes, other.picture.codes)


def test_sequences_that_end_early_are_masked_behind_their_end(tmp_path: Path) -> None:
    class Packed(LeakyMemory):
        def capture(self, start: int, stop: int) -> Any:
            for one in super().capture(start, stop):
                values = one.values[:, : 10 + start] if one.values.ndim == 3 else one.values
                yield Tapped(one.tap, values)

    subject = Packed(net().x)
    found = measured(subject, chosen(subject, [0, 5]), tmp_path, memory_bytes=1)
    codes = found.layers[0].picture.codes
    assert codes.shape[2] == 15
    assert (codes[0, :, 10:] == MASKED).all() and (codes[1] != MASKED).all()


def taps(*sizes: int, gates: int = 0) -> list[Tapped]:
    plain = [Tap(f"layer{i}", "layer", "activation") for i in range(len(sizes) - gates)]
    gated = [Tap(f"gate{i}", "layer", "activation", gate="forget") for i in range(gates)]
    values = [np.zeros((1, size, 1)) for size in sizes]
    return [Tapped(tap, one) for tap, one in zip([*plain, *gated], values, strict=True)]


@pytest.mark.parametrize(
    ("given", "names", "count", "left_out"),
    [
        (taps(10, 10), ["layer0", "layer1"], 4, 0),
        (taps(10, 10, 10, gates=1), ["layer0", "layer1"], 4, 1),  # the gate makes room
        (taps(40, 10), ["layer0", "layer1"], 2, 1),  # fewer examples
        (taps(200, 10), ["layer1"], 4, 1),  # not even one example fits
        (taps(*[1] * 31), [f"layer{i}" for i in range(29)], 3, 3),
    ],
)
def test_what_fits_is_kept_and_the_rest_told(
    given: list[Tapped], names: list[str], count: int, left_out: int
) -> None:
    found, examples_kept, told = examples.fitting(given, 4, most_bytes=100)
    assert (found, examples_kept, len(told)) == (names, count, left_out)


def test_an_error_in_one_part_leaves_the_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class NoGradient(LeakyMemory):
        def input_gradients(self, *_: Any) -> Any:
            raise RuntimeError("no gradient for this op")

    subject = NoGradient(net().x)
    with caplog.at_level(logging.WARNING, "tb_deepdebug"):
        found = measured(subject, chosen(subject, [0, 1]), tmp_path)
    assert found.gradient is None and len(found.layers) == 3
    assert "no gradient for this op" in caplog.text


class Table:
    """A `Predictor` done by hand: logits are the mean over time."""

    def __init__(self, subject: LeakyMemory, fails: bool = False) -> None:
        self._subject, self._fails = subject, fails

    def predict(self) -> np.ndarray:
        if self._fails:
            raise RuntimeError("out of luck")
        return self._subject.x[..., :1].cumsum(axis=1)

    def series(self) -> np.ndarray:
        return self._subject.x

    def subject(self, rows: np.ndarray, task: Any) -> tuple[Subject, np.ndarray]:
        return self._subject, rows


def asked(**options: Any) -> examples_asked.Asked:
    given: dict[str, Any] = {
        "name": "risk",
        "labels": np.arange(ROWS) % 2,
        "predictions": None,
        "activation": "sigmoid",
        "examples": 4,
        "output_step": None,
        "channels": None,
        "options": {"analyze": False},
        "mask": None,
        "series": None,
        "timestamps": None,
    }
    return examples_asked.asked(**{**given, **options})


def recorded(folder: Path, what: examples_asked.Asked, fails: bool = False) -> reader.Log:
    recorder = Recorder(folder, settings(1, {}))
    examples_table.record(recorder, Table(net(), fails), what, 7)
    recorder.sink.close()
    return reader.open_logdir(folder)


def test_a_table_and_its_chosen_rows_go_by_one_name_and_step(tmp_path: Path) -> None:
    log = recorded(tmp_path, asked(output_step=9))
    table = log.frame(log.find(".", "risk", "predictions"), 7)
    frame = log.frame(log.find(".", "risk", "examples"), 7)
    logit = net().x[:, :10, 0].sum(axis=1)
    assert table.array("prediction") == pytest.approx(1 / (1 + np.exp(-logit)), rel=1e-6)
    rows = frame.array("rows")
    assert len(rows) == 4 and set(rows) <= set(table.array("kept/rows"))
    assert np.array_equal(frame.array("input"), net().x[rows].transpose(0, 2, 1))
    assert frame.array("output_steps").tolist() == [9] * 4
    codes, scale = frame.array("0/values"), frame.array("0/scale")
    expected = np.maximum(net().x[rows] @ net().w, 0).transpose(0, 2, 1)
    assert Picture(codes, scale).values() == pytest.approx(expected, abs=0.02)


def test_a_model_that_fails_is_a_note(tmp_path: Path) -> None:
    log = recorded(tmp_path, asked(), fails=True)
    assert [record.kind for record in log.records] == ["recorder"]
    header = log.frame(log.find(".", "recorder", "recorder"), 7).header
    assert [note["what"] for note in header["notes"]] == ["the predictions of risk"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": ""}, "`name` must be a string"),
        ({"activation": "relu"}, "`activation` must be one of"),
        ({"predictions": np.zeros(ROWS)}, "pass `predictions` as probabilities"),
        ({"examples": -1}, "`examples` must be an integer of at least 0"),
        ({"examples": True}, "`examples` must be an integer of at least 0"),
        ({"mask": np.ones((5, TIME), bool)}, "one entry for each example of `x`, 30"),
        ({"series": np.ones((5, TIME, 3))}, "one entry for each example of `x`, 30"),
        ({"rows": 12}, "one entry for each example of `x`, 12"),
        ({"options": {"colums": {}}}, "Received: \\['colums'\\]"),
        ({"labels": 3}, "one entry for each example of `x`"),
    ],
)
def test_wrong_arguments_raise(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises((TypeError, ValueError), match=told):
        asked(**wrong)
