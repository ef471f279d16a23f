"""The reader over real event files, behind both ingesters: what is there, and what changes."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ingesters import INGESTERS, opened
from log_folders import KINDS, STEPS, blobs, metadata, numbers, summary, write_run

import tb_deepdebug as dd
from tb_deepdebug import reader
from tb_deepdebug.wire.errors import WireError


@pytest.fixture(params=INGESTERS)
def ingester(request: pytest.FixtureRequest) -> Iterator[str]:
    yield request.param


def constant(value: float) -> Any:
    """Activations of one unit that are `value` everywhere."""
    return dd.summary.activations_pb("conv1", np.full((1, 8, 1), value, np.float32))


def shown(log: reader.Log, step: int) -> tuple[float, float]:
    """The unit's mean at a step, out of the frame and out of the series."""
    record = log.find("run", "conv1", "activations")
    series = log.series(record)
    units = log.frame(record, step).array("units")
    return float(units[8, 0]), series.values[series.steps.index(step)].scalars["mean"]


def steps(log: reader.Log) -> list[int]:
    return log.steps(log.find("run", "conv1", "activations"))


def test_records_come_by_run_name_and_kind(ingester: str, tmp_path: Path) -> None:
    write_run(tmp_path / "b")
    write_run(tmp_path / "a", name="conv2")
    with opened(ingester, tmp_path) as served:
        log = served.log()
        found = sorted((r.run, r.name, r.kind) for r in log.records)
        assert found == [(r, n, k) for r, n in (("a", "conv2"), ("b", "conv1")) for k in KINDS]
        assert log.problems == []
        assert all(log.steps(record) == [*STEPS] for record in log.records)
        assert sorted(log.runs()) == ["a", "b"]
        np.testing.assert_array_equal(log.scalars("b", "loss")[0], STEPS)


def test_a_folder_is_read_without_a_server(tmp_path: Path) -> None:
    with dd.EventWriter(tmp_path / "run") as writer:
        writer.add(constant(2), 7)
    log = reader.open_logdir(tmp_path)
    assert shown(log, 7) == (2, 2)
    with pytest.raises(KeyError):
        log.frame(log.records[0], 8)
    with pytest.raises(KeyError):
        log.find("run", "conv1", "preactivations")


def test_planes_are_read_by_name(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    log = reader.open_logdir(tmp_path)
    frame = log.frame(log.find("run", "conv1", "activations"), 0, lambda names: ["units"])
    assert [plane.spec["name"] for plane in frame.planes] == ["units"]
    assert frame.array("units").shape == (11, 6)
    with pytest.raises(KeyError):
        frame.array("values")


def test_a_run_being_written_grows_at_each_look(ingester: str, tmp_path: Path) -> None:
    with dd.EventWriter(tmp_path / "run") as writer:
        writer.add(constant(0), 0)
        with opened(ingester, tmp_path) as served:
            client = served.client()
            first = client.get("/data/plugin/deepdebug/index")
            assert steps(served.log()) == [0]
            writer.add(constant(1), 1)
            writer.add(constant(2), 2)
            write_run(tmp_path / "run2")
            served.reload()
            log = served.log()
            assert steps(log) == [0, 1, 2]
            assert [shown(log, step) for step in range(3)] == [(0, 0), (1, 1), (2, 2)]
            second = client.get(
                "/data/plugin/deepdebug/index",
                headers={"If-None-Match": first.headers["ETag"]},
            )
            assert second.status_code == 200
            assert [run["name"] for run in second.json["runs"]] == ["run", "run2"]
            assert second.json["runs"][0]["records"][0]["steps"] == [0, 1, 2]


def test_a_resumed_run_shows_picture_and_numbers_of_one_write(
    ingester: str, tmp_path: Path
) -> None:
    with dd.EventWriter(tmp_path / "run") as writer:
        for value, step in enumerate((0, 1, 2, 1, 2, 3)):
            writer.add(constant(value), step)
    with opened(ingester, tmp_path) as served:
        log = served.log()
        assert steps(log) == [0, 1, 2, 3]
        for step in range(4):
            picture, number = shown(log, step)
            assert picture == number


def test_a_step_written_thrice_is_one_step(ingester: str, tmp_path: Path) -> None:
    with dd.EventWriter(tmp_path / "run") as writer:
        for value in (1, 2, 3):
            writer.add(constant(value), 5)
    with opened(ingester, tmp_path) as served:
        log = served.log()
        assert steps(log) == [5]
        record = log.find("run", "conv1", "activations")
        assert log.series(record).steps == [5]
        picture, number = shown(log, 5)
        assert picture == number


def test_a_run_deleted_and_written_anew_is_read_anew(ingester: str, tmp_path: Path) -> None:
    with dd.EventWriter(tmp_path / "run") as writer:
        writer.add(constant(1), 0)
    with opened(ingester, tmp_path) as served:
        client = served.client()
        question = "/data/plugin/deepdebug/frame?run=run&name=conv1&kind=activations&step=0"
        old = client.get(question).data
        shutil.rmtree(tmp_path / "run")
        served.reload()
        if ingester == "rust":  # the other one remembers runs that are gone
            assert client.get("/data/plugin/deepdebug/index").json["runs"] == []
            assert client.get(question).status_code == 404
        with dd.EventWriter(tmp_path / "run") as writer:
            writer.add(constant(2), 0)
            writer.add(constant(3), 1)
        served.reload()
        if ingester == "rust":
            assert client.get(question).data != old
            assert shown(served.log(), 0) == (2, 2)
        assert shown(served.log(), 1) == (3, 3)


def test_looks_share_what_they_read(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    with opened("python", tmp_path) as served:
        log = served.log()
        record = log.find("run", "conv1", "activations")
        size = sum(len(plane.stored) for plane in log.frame(record, 0).planes)
        assert log.cache.size > size
        again = reader.Log(served.provider, cache=log.cache, memory=log.memory)
        held = log.cache.size
        assert again.frame(again.find("run", "conv1", "activations"), 0).array("values").size
        assert log.cache.size == held


def test_a_look_keeps_what_it_listed_while_others_go_on(ingester: str, tmp_path: Path) -> None:
    with dd.EventWriter(tmp_path / "run") as writer:
        writer.add(constant(0), 0)
        with opened(ingester, tmp_path) as served:
            early = served.log()
            early.load_frames(early.records)
            writer.add(constant(1), 1)
            served.reload()
            late = reader.Log(served.provider, cache=early.cache, memory=early.memory)
            assert steps(late) == [0, 1]
            assert steps(early) == [0]
            assert early.frame(early.records[0], 0).damaged is None


def test_one_series_that_cannot_be_decoded_leaves_the_others(ingester: str, tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    content = metadata("bad", "activations", "series")
    with dd.EventWriter(tmp_path / "run2") as writer:
        for step in STEPS:
            shape = (9999,) if step == 10 else None
            tensor = numbers(np.ones(9, np.float32), shape)
            writer.add(summary("bad/series", tensor, "TENSOR", content), step)
    with opened(ingester, tmp_path) as served:
        log = served.log()
        problems = log.load_last(log.records)
        healthy = log.find("run", "conv1", "activations")
        assert log.last(healthy)[0]["units"] == 6
        bad = log.series(log.find("run2", "bad", "activations"))
        assert bad.steps == []
        assert [step for step, _ in bad.damaged] == [None]
        assert "can't decode" in bad.damaged[0][1]
        # The data server gives the last vector alone, which is another sort of damaged.
        assert [p.run for p in problems] == (["run2"] if ingester == "python" else [])


def test_a_tag_is_not_read_because_another_run_has_one_of_its_name(
    ingester: str, tmp_path: Path
) -> None:
    write_run(tmp_path / "run")
    # Listing these blobs would take TensorBoard days.
    content = metadata("conv1", "activations", "frame")
    with dd.EventWriter(tmp_path / "hostile") as writer:
        value = blobs([b"x"], (1 << 40,))
        writer.add(summary("conv1/activations", value, "BLOB_SEQUENCE", content), 0)
    with opened(ingester, tmp_path) as served:
        log = served.log()
        assert log.load_frames(log.records) == []
        assert steps(log) == [*STEPS]


def test_a_damaged_step_of_a_series_is_named(ingester: str, tmp_path: Path) -> None:
    write_run(tmp_path / "run", [0, 10])
    record = metadata("conv1", "activations", "series")
    with dd.EventWriter(tmp_path / "run") as writer:
        for step in (20, 30):
            tensor = numbers(np.ones(9, np.float32))
            writer.add(summary("conv1/activations/series", tensor, "TENSOR", record), step)
    with opened(ingester, tmp_path) as served:
        log = served.log()
        found = log.series(log.find("run", "conv1", "activations"))
        assert found.steps == [0, 10]
        assert [step for step, _ in found.damaged] == [20, 30]
        log.load_last(log.records)
        numbers_of_last, problem = log.last(log.find("run", "conv1", "activations"))
        assert numbers_of_last is None
        assert problem is not None
        assert (problem.step, "checksum" in problem.reason) == (30, True)


def test_a_damaged_plane_is_told_where_it_is_used(tmp_path: Path) -> None:
    (value,) = (v for v in constant(1).value if v.tag == "conv1/activations")
    parts = list(value.tensor.string_val)
    parts[1] = b"\0" * len(parts[1])
    content = value.metadata.plugin_data.content
    with dd.EventWriter(tmp_path / "run") as writer:
        writer.add(summary(value.tag, blobs(parts), "BLOB_SEQUENCE", content), 0)
    log = reader.open_logdir(tmp_path)
    frame = log.frame(log.records[0], 0)
    assert frame.damaged is None
    assert [plane.damaged is not None for plane in frame.planes] == [True, False, False]
    assert frame.array("values").size == 8
    with pytest.raises(WireError, match="'units' is damaged"):
        frame.array("units")
