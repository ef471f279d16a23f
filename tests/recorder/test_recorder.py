"""The framework-blind recorder on a net done by hand: what it writes, and what never stops it."""

from __future__ import annotations

import errno
import logging
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recorder.nets import LeakyMemory, health, sigmoid

from tb_deepdebug import reader
from tb_deepdebug.recorder.lanes import Lanes
from tb_deepdebug.recorder.memory import middles
from tb_deepdebug.recorder.probe import pictures
from tb_deepdebug.recorder.recorder import Recorder
from tb_deepdebug.recorder.settings import Settings, settings
from tb_deepdebug.wire.activations import UNIT_ROWS

TIME = 40


def net(examples: int = 6, masked: bool = False) -> LeakyMemory:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(examples, TIME, 3)).astype(np.float32)
    mask = np.ones((examples, TIME), bool)
    mask[::2, 30:] = False
    return LeakyMemory(x, mask if masked else None)


def lanes(subject: LeakyMemory) -> Lanes:
    return Lanes(subject.x, subject.mask, channels=("a", "b", "c"))


def record(
    folder: Path, subject: LeakyMemory, steps: Any = (0, 1, 2), **options: Any
) -> tuple[Recorder, reader.Log]:
    """A training of three updates in which a ReLU layer dies after the first."""
    recorder = Recorder(folder, settings(1, options))
    recorder.begin(subject, steps[0], lanes(subject))
    for step in steps[1:]:
        subject.shift = 100.0
        if recorder.wants_health(step):
            recorder.health(step, health(step))
        recorder.look(step)
    recorder.end(steps[-1])
    return recorder, reader.open_logdir(folder)


def units(log: reader.Log, name: str, step: int, kind: str = "activations") -> dict[str, Any]:
    frame = log.frame(log.find(".", name, kind), step)
    return dict(zip(UNIT_ROWS, frame.array("units"), strict=True))


def notes(log: reader.Log) -> dict[str, str]:
    report = log.find(".", "recorder", "recorder")
    header = log.frame(report, log.steps(report)[-1]).header
    return {note["what"]: note["reason"] for note in header["notes"]}


def test_a_training_is_recorded_whole(tmp_path: Path) -> None:
    subject = net(masked=True)
    _, log = record(tmp_path, subject)
    found = {(r.kind, r.name): log.steps(r) for r in log.records}
    every = [0, 1, 2]
    assert found == {
        ("graph", "model"): [0],
        ("activations", "dense"): every,
        ("preactivations", "dense"): every,
        ("activations", "lstm/forget"): every,
        ("gates", "lstm"): every,
        ("activations", "pooled"): every,
        ("input_gradients", "sum"): [0, 2],  # with every tenth look, the first and the last
        ("untrained", "sum"): [0],
        ("health", "training"): [1, 2],
        ("health", "outputs"): [0, 2],
        ("recorder", "recorder"): every,
        ("setup", "setup"): [0],
    }
    assert not log.problems
    z = subject.x @ subject.w
    alive = units(log, "dense", 0)
    valid = subject.mask
    assert valid is not None
    np.testing.assert_allclose(alive["mean"], np.maximum(z, 0)[valid].mean(axis=0), rtol=1e-6)
    np.testing.assert_array_equal(alive["count"], valid.sum())
    assert (units(log, "dense", 2)["max"] == 0).all()
    history = log.frame(log.find(".", "dense", "activations"), 2)
    rows = dict(zip(history.spec("history")["rows"], history.array("history"), strict=True))
    assert (rows["first_dead_step"] == 1).all() and (rows["steps_dead"] == 2).all()
    np.testing.assert_allclose(rows["max"], alive["max"])
    assert notes(log) == {"layer strange": "a nonlinearity written by hand"}


def test_chunks_give_what_one_batch_gives(tmp_path: Path) -> None:
    whole, parts = net(7, masked=True), net(7, masked=True)
    _, one = record(tmp_path / "one", whole)
    size = sum(t.values.nbytes for t in parts.capture(0, 1))
    _, many = record(tmp_path / "many", parts, memory_bytes=2 * size)
    assert max(stop - start for start, stop in parts.captured) == 2
    for kind, name in [("activations", "dense"), ("activations", "pooled"),
                       ("preactivations", "dense"), ("activations", "lstm/forget")]:  # fmt: skip
        a, b = units(one, name, 0, kind), units(many, name, 0, kind)
        for row in UNIT_ROWS:
            exact = row not in ("mean", "variance")
            np.testing.assert_allclose(a[row], b[row], rtol=0 if exact else 1e-12, err_msg=row)
    left = [log.frame(log.find(".", "lstm", "gates"), 0).array("left") for log in (one, many)]
    np.testing.assert_array_equal(*left)
    assert whole.mask is not None
    cells = sigmoid(4 * (whole.x @ whole.w))[whole.mask]
    np.testing.assert_array_equal(left[0][0], (cells < 0.1).sum(axis=0))


def test_when_memory_runs_out_the_probe_takes_fewer_examples(tmp_path: Path) -> None:
    subject = net(8)
    subject.largest = 3
    _, log = record(tmp_path, subject)
    assert (0, 8) in subject.captured and (0, 4) in subject.captured
    assert max(stop - start for start, stop in subject.captured[-4:]) <= 3
    np.testing.assert_array_equal(units(log, "dense", 0)["count"], 8 * TIME)


def test_an_example_that_does_not_fit_is_a_note(tmp_path: Path) -> None:
    subject = net()
    subject.largest = 0
    _, log = record(tmp_path, subject)
    assert "MemoryError" in notes(log)["the probe"]
    assert log.steps(log.find(".", "training", "health")) == [1, 2]


def test_pictures_keep_within_their_budget(tmp_path: Path) -> None:
    assert pictures({"a": 10, "b": 20}, 3, 100) == ({"a": 3, "b": 3}, [])
    assert pictures({"a": 10, "b": 20}, 3, 60) == ({"a": 2, "b": 2}, [])
    assert pictures({"a": 10, "b": 200}, 3, 60) == ({"a": 3}, ["b"])
    assert pictures({"a": 10}, 3, 0) == ({}, ["a"])
    assert pictures({}, 3, 10) == ({}, [])
    _, log = record(tmp_path, net(), picture_cells=TIME * 6)
    frame = log.frame(log.find(".", "lstm/forget", "activations"), 0)
    dense = log.frame(log.find(".", "dense", "activations"), 0)
    assert sorted([frame.header["examples"], dense.header["examples"]]) == [0, 1]
    assert any(what.startswith("picture of ") for what in notes(log))


def test_the_input_is_drawn_on_the_time_axis_of_the_layer() -> None:
    subject = net(masked=True)
    shown = lanes(subject).at(slice(0, 2), 10)
    assert subject.mask is not None
    for window in (0, 7, 8):
        cells = slice(4 * window, 4 * window + 4)
        valid = subject.mask[0, cells]
        given = subject.x[0, cells][valid]
        expected = given.mean(axis=0) if valid.any() else np.full(3, np.nan)
        np.testing.assert_allclose(shown["input"][0, window], expected, rtol=1e-6)
    assert shown["input_channels"] == ("a", "b", "c")
    assert lanes(subject).at(slice(0, 2), TIME + 1) == {}


def test_the_untrained_profile_is_the_reference(tmp_path: Path) -> None:
    _, log = record(tmp_path / "new", net())
    curve = log.frame(log.find(".", "sum", "untrained"), 0).array("log_mean")[1]
    np.testing.assert_allclose(curve[-10:], np.arange(-9, 1) * np.log10(2), atol=1e-6)
    _, resumed = record(tmp_path / "resumed", net(), steps=(500, 501))
    assert not [r for r in resumed.records if r.kind == "untrained"]


def test_a_jacobian_has_a_row_an_output_step(tmp_path: Path) -> None:
    subject = net(masked=True)
    _, log = record(tmp_path, subject, jacobian=5)
    frame = log.frame(log.find(".", "sum", "jacobian"), 0)
    steps = frame.array("output_steps").astype(int)
    assert len(steps) == 5 and steps[0] == 0
    at = frame.array("log_mean")
    for row, k in enumerate(steps):
        expected = (np.arange(k + 1) - k) * np.log10(2) + np.log10(np.sqrt(3))
        np.testing.assert_allclose(at[row, : k + 1], expected, atol=1e-5)
        assert np.isnan(at[row, k + 1 :]).all()


def test_gradients_of_layer_outputs_have_a_record_of_their_own(tmp_path: Path) -> None:
    """They are taken more rarely than health, and TensorBoard samples steps tag by tag."""
    _, log = record(tmp_path, net())
    assert log.steps(log.find(".", "outputs", "health")) == [0, 2]
    frame = log.frame(log.find(".", "outputs", "health"), 2)
    assert frame.header["objective"] == "output" and frame.header["outputs"] == ["dense"]
    frame = log.frame(log.find(".", "training", "health"), 2)
    rows = dict(zip(frame.spec("parameters")["rows"], frame.array("parameters"), strict=True))
    np.testing.assert_array_equal(rows["gradient_norm"], [2.0, 1.0])
    assert np.isnan(rows["update_ratio"]).all()  # not measured is not zero


def test_nothing_is_written_that_was_not_asked_for(tmp_path: Path) -> None:
    names = ("activations", "preactivations", "gates", "health", "input_gradients", "graph")
    _, log = record(tmp_path, net(), **dict.fromkeys(names, False))
    assert {r.kind for r in log.records} == {"recorder"}


def test_trouble_is_logged_once_and_training_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    subject = net()
    subject.input_gradients = _raise  # type: ignore[method-assign]
    with caplog.at_level(logging.WARNING, "tb_deepdebug"):
        _, log = record(tmp_path, subject, steps=range(25))
    assert notes(log)["input gradients"] == "ValueError: The output must depend on the input"
    assert sum("input gradients" in r.message for r in caplog.records) == 1
    assert len(log.steps(log.find(".", "dense", "activations"))) == 25


def _raise(*_: Any) -> Any:
    raise ValueError("The output must depend on the input\nand much more")


def test_ctrl_c_is_meant_for_the_training(tmp_path: Path) -> None:
    subject = net()
    recorder = Recorder(tmp_path, settings(1, {}))
    recorder.begin(subject, 0, lanes(subject))

    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    subject.capture = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        recorder.look(1)


def test_a_full_disk_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The device accepts no more bytes for a while, then does again."""
    subject, full = net(), [False]
    recorder = Recorder(tmp_path, settings(1, {}))
    recorder.begin(subject, 0, lanes(subject))
    writer = recorder.sink._writer
    assert writer is not None
    file = writer._file

    class Full:
        """The file on a device that may be full."""

        def __getattr__(self, name: str) -> Any:
            return getattr(file, name)

        def write(self, piece: Any) -> int:
            if full[0]:
                raise OSError(errno.ENOSPC, "No space left on device")
            return int(file.write(piece))

    writer._file = Full()  # type: ignore[assignment]
    for step in (1, 2, 3):
        full[0] = step == 2
        recorder.look(step)
    recorder.end(3)
    log = reader.open_logdir(tmp_path)
    assert log.steps(log.find(".", "dense", "activations")) == [0, 1, 3]
    assert notes(log)["the probe"] == "No space left on device"


def test_a_deleted_folder_is_made_anew(tmp_path: Path) -> None:
    subject = net()
    recorder = Recorder(tmp_path / "run", settings(1, {}))
    recorder.begin(subject, 0, lanes(subject))
    shutil.rmtree(tmp_path / "run")
    recorder.look(1)
    recorder.end(1)
    log = reader.open_logdir(tmp_path / "run")
    assert log.steps(log.find(".", "dense", "activations")) == [1]


def test_files_rotate_so_that_damage_costs_little(tmp_path: Path) -> None:
    _, log = record(tmp_path, net(), steps=range(20), file_bytes=20_000)
    files = sorted(tmp_path.iterdir())
    assert len(files) > 5 and max(f.stat().st_size for f in files) < 60_000
    whole = log.steps(log.find(".", "dense", "activations"))
    assert whole == list(range(20))
    bits = bytearray(files[3].read_bytes())
    bits[len(bits) // 2] ^= 1
    files[3].write_bytes(bytes(bits))
    left = reader.open_logdir(tmp_path)
    lost = set(whole) - set(left.steps(left.find(".", "dense", "activations")))
    assert 0 < len(lost) <= 20_000 // 2_000


def test_the_cost_is_told_and_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorder, log = record(tmp_path, net(), progress=True)
    assert "% of training time" in recorder.cost and recorder.cost.endswith(" MB")
    assert capsys.readouterr().err.count("DeepDebug: step 2 recorded, ") == 1
    last = log.series(log.find(".", "recorder", "recorder")).values[-1].scalars
    assert 0 < last["seconds"] <= last["training_seconds"] * 1.01
    assert last["probes"] == 3 and last["bytes"] > 1000


class Pair:
    """Two workers in one process: each leaves its payload for the other."""

    def __init__(self, other: list[bytes] | None = None) -> None:
        self.size, self.is_chief, self._other = 2, other is not None, other
        self.sent: list[bytes] = []

    def gather(self, payload: bytes) -> list[bytes]:
        self.sent.append(payload)
        return [payload] if self._other is None else [payload, self._other.pop(0)]


@pytest.mark.parametrize("broken", [False, True])
def test_workers_together_record_what_one_alone_would(tmp_path: Path, broken: bool) -> None:
    whole = net(6, masked=True)
    _, alone = record(tmp_path / "alone", whole)
    assert whole.mask is not None
    halves = [LeakyMemory(whole.x[i : i + 3], whole.mask[i : i + 3]) for i in (0, 3)]
    if broken:
        halves[1].largest = 0
    second = Recorder(tmp_path / "second", settings(1, {}), Pair())
    second.begin(halves[1], 0, lanes(halves[1]))
    sent = second._workers.sent  # type: ignore[attr-defined]
    assert not (tmp_path / "second").exists()  # one writer writes
    first = Recorder(tmp_path / "both", settings(1, {}), Pair(sent))
    first.begin(halves[0], 0, lanes(halves[0]))
    first.end(0)
    both = reader.open_logdir(tmp_path / "both")
    a, b = units(alone, "dense", 0), units(both, "dense", 0)
    if broken:  # the other's share is missing, and nobody waits for it
        assert b["count"][0] == halves[0].mask.sum()  # type: ignore[union-attr]
        return
    for row in UNIT_ROWS:
        np.testing.assert_allclose(a[row], b[row], rtol=1e-12, err_msg=row)
    curves = [
        log.frame(log.find(".", "sum", "input_gradients"), 0).array("log_mean")
        for log in (alone, both)
    ]
    np.testing.assert_array_equal(*curves)


def test_records_travel_between_workers(tmp_path: Path) -> None:
    """What is gathered is pickled."""
    recorder = Recorder(tmp_path, settings(1, {}))
    subject = net()
    recorder.begin(subject, 0, lanes(subject))
    assert recorder._probe is not None
    found = recorder._probe.measure()
    copied = pickle.loads(pickle.dumps(found))
    assert copied.keys() == found.keys()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"health_every": 0}, "`health_every` must be an integer of at least 1"),
        ({"examples": -1}, "`examples` must be an integer of at least 0"),
        ({"jacobian": 1.5}, "`jacobian` must be an integer"),
        ({"activations": "yes"}, "`write_activations` must be True or False"),
        ({"progress": 3}, "`progress` must be True or False"),
        ({"description": 3}, "`description` must be a string"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], error: str) -> None:
    with pytest.raises((TypeError, ValueError), match=error):
        settings(100, options)


def test_settings_are_told_as_json_would_have_them() -> None:
    told = settings("epoch", {"output_step": np.arange(3)}).told()
    assert told["every"] == "epoch" and told["output_step"] == "one an example"
    assert set(told) == (set(Settings.__dataclass_fields__) | {"every"}) - {
        "schedule",
        "description",
    }


def test_a_net_that_reads_both_ways_is_asked_in_the_middle_of_what_is_valid() -> None:
    mask = np.zeros((2, 40), bool)
    mask[0, :20], mask[1, 10:] = True, True
    assert middles(mask, 2, 40).tolist() == [10, 25]
    assert middles(mask, 2, 10).tolist() == [2, 6]  # an output a quarter as long
    assert middles(None, 3, 11).tolist() == [5, 5, 5]
