"""Nothing that a log contains makes a route fail, or hides what is healthy beside it."""

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from envelopes import ROOT, open_batch, query
from ingesters import INGESTERS, opened
from log_folders import (
    KINDS,
    STEPS,
    blobs,
    header,
    metadata,
    numbers,
    plane,
    summary,
    vector,
    write_run,
)
from werkzeug.test import Client

import tb_deepdebug as dd

NAN, INFINITY = float("nan"), float("inf")


def frame(tensor: Any, kind: str = "activations", name: str = "bad") -> Any:
    """A value that calls itself a frame of ours."""
    return summary(f"{name}/{kind}", tensor, "BLOB_SEQUENCE", metadata(name, kind, "frame"))


def series(tensor: Any, kind: str = "activations", name: str = "bad") -> Any:
    """A value that calls itself a series of ours."""
    return summary(f"{name}/{kind}/series", tensor, "TENSOR", metadata(name, kind, "series"))


def frame_of(planes: list[tuple[dict[str, Any], bytes]], **fields: Any) -> Any:
    """A frame with a sound header over any planes."""
    head = {"version": 1, "kind": "activations", "planes": [p for p, _ in planes], **fields}
    return frame(blobs([header(head), *(stored for _, stored in planes)]))


def tagged(content: bytes, data_class: str = "BLOB_SEQUENCE") -> Any:
    """A value of ours with any metadata."""
    return summary("bad/tag", blobs([b"x"]), data_class, content)


BOMB = zlib.compress(bytes(1 << 24), 9)
SCALE = np.array([[0.0, 0.0], [1.0, 1.0]])
SCALE_PLANE = (
    plane("scale", SCALE.tobytes(), dtype="float64", shape=[2, 2]),
    SCALE.tobytes(),
)


def picture(**spec: Any) -> Any:
    """A frame whose `values` are described by `spec`."""
    stored = spec.pop("stored", bytes(8))
    return frame_of([(plane("values", stored, **spec), stored), SCALE_PLANE])


# What is written, and what one of the answers must say of it (None: nothing to say).
HOSTILE: dict[str, tuple[Any, str | None]] = {
    "metadata empty": (tagged(b""), "unreadable metadata"),
    "metadata binary": (tagged(b"\xff\xfe\x00\x01"), "unreadable metadata"),
    "metadata a number": (tagged(b"3"), "unreadable metadata"),
    "metadata nested deeply": (tagged(b"[" * 100_000), "unreadable metadata"),
    "metadata a huge number": (tagged(b'{"version":' + b"9" * 5000 + b"}"), "unreadable metadata"),
    "metadata of an unknown version": (tagged(metadata("a", "activations", "frame", 2)), "version"),
    "metadata of version true": (tagged(metadata("a", "activations", "frame", True)), "version"),
    "metadata of an unknown kind": (tagged(metadata("a", "weights", "frame")), "'weights'"),
    "metadata of a kind that is a list": (tagged(metadata("a", [], "frame")), "unreadable"),
    "metadata of an unknown part": (tagged(metadata("a", "activations", "all")), "unreadable"),
    "metadata with half a character": (
        tagged(b'{"version":1,"kind":"activations","part":"frame","name":"\\ud800"}'),
        "unreadable metadata",
    ),
    "a frame stored as a series": (
        summary("0/tag", vector(0), "TENSOR", metadata("conv1", "activations", "frame")),
        "a frame must be stored as",
    ),
    "a series stored as a frame": (
        summary(
            "0/tag", blobs([b"x"]), "BLOB_SEQUENCE", metadata("conv1", "activations", "series")
        ),
        "a series must be stored as",
    ),
    "a frame under another tag": (
        summary("0/tag", blobs([b"x"]), "BLOB_SEQUENCE", metadata("conv1", "activations", "frame")),
        "a second frame",
    ),
    "a scalar of ours": (summary("bad", numbers(np.float32(1)), "SCALAR"), None),
    "data of no class": (summary("bad", numbers(np.float32(1)), "UNKNOWN"), None),
    "a frame of rank 0": (frame(blobs([b"x"], ())), None),
    "a frame of rank 2": (frame(blobs([b"x"] * 4, (2, 2))), None),
    "a frame of floats": (frame(numbers(np.ones(3, "f4"))), None),
    "a frame of integers": (frame(numbers(np.full(3, 10**13))), None),
    "a frame of nothing": (frame(blobs([])), None),
    "a frame that claims 2**40 blobs": (frame(blobs([b"x"], (1 << 40,))), None),
    "a frame that claims -5 blobs": (frame(blobs([b"x"], (-5,))), None),
    "a frame of 3000 blobs": (frame(blobs([b"x"] * 3000)), "3000"),
    "a frame that is text": (frame(blobs([b"<script>alert(1)</script>"])), "not a frame"),
    "a frame of a later version": (frame(blobs([header({}, b"DD2 ")])), "version"),
    "a header that is empty": (frame(blobs([b""])), "not a frame"),
    "a header cut short": (frame(blobs([header({"version": 1})[:-3]])), "damaged"),
    "a header that is no JSON": (frame(blobs([header(b"{")])), "header"),
    "a header that is no text": (frame(blobs([header(b"\xff\xfe")])), "header"),
    "a header nested deeply": (frame(blobs([header(b"[" * 100_000)])), "header"),
    "a header nested at the limit": (
        frame(
            blobs(
                [
                    header(
                        b'{"version":1,"kind":"activations","planes":[],"x":'
                        + b"[" * 900
                        + b"]" * 900
                        + b"}"
                    )
                ]
            )
        ),
        None,
    ),
    "a header that is a list": (frame(blobs([header([])])), "version"),
    "a header without planes": (
        frame(blobs([header({"version": 1, "kind": "activations"})])),
        "no planes",
    ),
    "a header of another kind": (frame_of([], kind="preactivations"), "kind"),
    "a header of a kind that is a list": (frame_of([], kind=[1]), "kind"),
    "a header with NaN": (frame_of([], stride=NAN), None),
    "a plane that is a number": (
        frame(blobs([header({"version": 1, "kind": "activations", "planes": [3]})])),
        "described wrongly",
    ),
    "a plane that is missing": (
        frame(
            blobs(
                [header({"version": 1, "kind": "activations", "planes": [plane("values", b"x")]})]
            )
        ),
        "missing",
    ),
    "a plane of another checksum": (picture(crc32=1), "damaged"),
    "a plane of an unknown dtype": (picture(dtype="object"), "described wrongly"),
    "a plane of an unknown codec": (picture(codec="brotli"), "described wrongly"),
    "a plane of a shape of text": (picture(shape=""), "described wrongly"),
    "a plane of a shape with names": (picture(shape={}), "described wrongly"),
    "a plane of negative shape": (picture(shape=[-1, -8]), "described wrongly"),
    "a plane of 2**62 cells": (picture(shape=[1 << 31, 1 << 31]), "described wrongly"),
    "a plane of 100 dimensions": (picture(shape=[1] * 99 + [8]), "described wrongly"),
    "a plane of another rank": (picture(shape=[8]), "rank"),
    "a plane of no examples": (picture(shape=[0, 2, 4], stored=b""), "`example`"),
    "a plane of too few bytes": (picture(shape=[1, 2, 1000]), "bytes"),
    "a plane of another number of units": (picture(shape=[1, 4, 2]), "units"),
    "a plane of floats": (
        picture(shape=[1, 2, 4], dtype="float64", stored=bytes(64)),
        "uint8",
    ),
    "a plane with rows of text": (picture(shape=[1, 2, 4], rows="ab"), "described wrongly"),
    "a plane that is no deflate stream": (picture(shape=[1, 2, 4], codec="deflate"), "inflated"),
    "a plane that swells": (picture(shape=[1, 2, 4], codec="deflate", stored=BOMB), "bytes"),
    "a plane that is a bomb": (
        picture(shape=[1, 1 << 20, 1 << 11], codec="deflate", stored=BOMB),
        "too large",
    ),
    "a picture of too many units": (
        picture(shape=[1, 1 << 20, 2], stored=bytes(1 << 21)),
        "too large",
    ),
    "two planes of one name": (
        frame_of([(plane("values", b"12"), b"12"), (plane("values", b"3"), b"3")]),
        None,
    ),
    "a series of rank 0": (series(numbers(np.float32(1))), "shape"),
    "a series of rank 2": (series(numbers(np.ones((2, 9), "f4"))), "shape"),
    "a series of nothing": (series(numbers(np.ones(0, "f4"))), "shape"),
    "a series of text": (series(blobs([b"a"] * 9)), "float32"),
    "a series of integers": (series(numbers(np.ones(9, "i8"))), "float32"),
    "a series of an unknown version": (series(numbers(np.full(9, 7, "f4"))), "version"),
    "a series of version NaN": (series(numbers(np.full(9, NAN, "f4"))), "version"),
    "a series of another checksum": (series(numbers(np.ones(9, "f4"))), "checksum"),
    "a series shorter than its shape": (series(numbers(np.ones(9, "f4"), (99,))), "decode"),
    "a series of NaN scalars": (series(vector(NAN)), "length"),
    "a series of infinitely many scalars": (series(vector(INFINITY)), "length"),
    "a series of 1e38 scalars": (series(vector(1e38)), "length"),
    "a series of -1 scalars": (series(vector(-1)), "length"),
    "a series with a vector of NaN": (series(vector(0, NAN, 1)), "length"),
    "a series with a vector of -1": (series(vector(0, -1)), "length"),
    "a series with a vector of -2": (series(vector(0, 0, -2)), "length"),
    "a series with a vector cut short": (series(vector(0, 5, 1)), "length"),
    "a series with a vector of 1.5": (series(vector(0, 1.5, 1)), "length"),
    "a scalar that is a vector": (
        summary("bad", numbers(np.ones(3, "f4")), "SCALAR", plugin="scalars"),
        None,
    ),
    "a scalar that is empty": (
        summary("bad", numbers(np.ones(0, "f4")), "SCALAR", plugin="scalars"),
        None,
    ),
    "a scalar that is text": (summary("bad", blobs([b"x"]), "SCALAR", plugin="scalars"), None),
    "a scalar that is NaN": (
        summary("bad", numbers(np.float32(NAN)), "SCALAR", plugin="scalars"),
        None,
    ),
}


@dataclass
class Survey:
    """Everything that the routes answer over a log.

    Attributes:
      said: what was told of damage, by run.
      failed: answers that only a fault of the server gives, by run.
      steps: what was healthy, by route and record.
    """

    index: dict[str, Any]
    said: list[tuple[str, str]]
    failed: list[tuple[str, str]]
    steps: dict[tuple[str, str, str, str], list[int]]

    @property
    def runs(self) -> dict[str, Any]:
        return {run["name"]: run for run in self.index["runs"]}


def survey(client: Client) -> Survey:
    """Asks for all there is."""
    index = client.get(ROOT + "index")
    assert index.status_code == 200
    found = Survey(_strict(index.text), [], [], {})
    found.said += [(problem["run"], problem["reason"]) for problem in found.index["problems"]]
    questions = list(_questions(found.index))
    for at in range(0, len(questions), 32):
        _ask(client, found, questions[at : at + 32])
    return found


def _questions(index: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for run in index["runs"]:
        for record in run["records"]:
            named = {"run": run["name"], "name": record["name"], "kind": record["kind"]}
            yield "series", {**named, "vectors": "*"}
            for step in record["steps"]:
                yield "frame", {**named, "step": step}
                if record["kind"] == "activations":
                    yield "order", {**named, "step": step}
        for tag in run["scalars"]:
            yield "scalars", {"run": run["name"], "tag": tag}


def _ask(client: Client, found: Survey, questions: list[tuple[str, dict[str, Any]]]) -> None:
    gets = [quote(query(route, **parameters), safe="") for route, parameters in questions]
    response = client.get(f"{ROOT}batch?get={'&get='.join(gets)}")
    assert response.status_code == 200
    parts = open_batch(response.data)
    for (route, parameters), (status, answer) in zip(questions, parts, strict=True):
        if status not in (200, 400, 404):
            found.failed.append((parameters["run"], f"{route} {parameters}: {answer}"))
        if status != 200:
            found.said.append((parameters["run"], answer))
            continue
        damage = [answer.fields.get("damaged") or []]
        damage += [p for p in answer.planes.values() if isinstance(p, str)]
        found.said += [(parameters["run"], str(d)) for d in damage if d]
        if route in ("frame", "series") and not damage[0]:
            key = (route, parameters["run"], parameters["name"], parameters["kind"])
            steps = answer.fields["steps"] if route == "series" else [answer.fields["step"]]
            found.steps.setdefault(key, []).extend(steps)


def _strict(text: str) -> Any:
    """JSON as browsers read it: without NaN."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def assert_healthy(
    found: Survey, run: str = "run", name: str = "conv1", steps: Sequence[int] = STEPS
) -> None:
    """All that `write_run` wrote is there, and nothing in the run made the server fail."""
    assert [text for failed, text in found.failed if failed == run] == []
    records = {(r["name"], r["kind"]): r for r in found.runs[run]["records"]}
    for kind in KINDS:
        assert records[name, kind]["steps"] == [*steps]
        assert records[name, kind]["last"]["examples"] == 2
        assert found.steps["series", run, name, kind] == [*steps]
        assert found.steps["frame", run, name, kind] == [*steps]
    assert "loss" in found.runs[run]["scalars"]


@pytest.fixture(scope="module", params=INGESTERS)
def hostile(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Survey:
    """A run for each bad value, with healthy records behind it in the same run."""
    logdir = tmp_path_factory.mktemp("hostile")
    for run, (value, _) in zip(CASES.values(), HOSTILE.values(), strict=True):
        with dd.EventWriter(logdir / run) as writer:
            writer.add(value, 10)
        write_run(logdir / run, [10])
    with opened(request.param, logdir) as served:
        return survey(served.client())


CASES = {what: f"case{i:02}" for i, what in enumerate(HOSTILE)}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_bad_value_is_told_and_its_neighbours_live(what: str, hostile: Survey) -> None:
    reason = HOSTILE[what][1]
    assert_healthy(hostile, CASES[what], steps=[10])
    if reason is not None:
        said = [text for run, text in hostile.said if run == CASES[what]]
        assert any(reason in text for text in said), said


def has_blobs(ingester: str, name: str) -> bool:
    """Whether blobs can be read under this name at all.

    TensorBoard's data server can't read its own blob keys where JSON escapes something in them:
    "invalid type: string, expected a borrowed string".
    """
    return ingester == "python" or json.dumps(name, ensure_ascii=False) == f'"{name}"'


NAMES = [
    "",
    " ",
    ".",
    "..",
    "../../etc/passwd",
    "%2e%2e%2f",
    "a/b\\c",
    "nul\0",
    "line\nbreak\r",
    "<img src=x onerror=alert(1)>",
    "'\"`;--",
    "&run=x#y?z=1+2",
    "emoji \N{SLEEPING FACE}",
    "\u202eright to left",
    "e\u0301 and \u00e9",
    "9" * 5000,
    "x" * 3000,
    "\N{ARABIC-INDIC DIGIT THREE}\N{SUPERSCRIPT TWO}",
]


@pytest.mark.parametrize("ingester", INGESTERS)
def test_names_come_back_as_they_were_written(ingester: str, tmp_path: Path) -> None:
    before = sorted(p.name for p in tmp_path.iterdir())
    logdir = tmp_path / "logs"
    with dd.EventWriter(logdir / "run") as writer:
        for name in NAMES:
            kind = "activations"
            tag = name or "empty"
            head = header({"version": 1, "kind": kind, "planes": []})
            for value in (
                summary(tag, blobs([head]), "BLOB_SEQUENCE", metadata(name, kind, "frame")),
                summary(f"{tag}/series", vector(0), "TENSOR", metadata(name, kind, "series")),
                summary(f"s{tag}", numbers(np.float32(1)), "SCALAR", plugin="scalars"),
            ):
                writer.add(value, 1)
    with opened(ingester, logdir) as served:
        found = survey(served.client())
    assert found.failed == []
    assert found.index["problems"] == []
    assert sorted(r["name"] for r in found.runs["run"]["records"]) == sorted(NAMES)
    for name in NAMES:
        shown = found.steps.get(("frame", "run", name, "activations"), [])
        assert shown == ([1] if has_blobs(ingester, name) else [])
        assert found.steps["series", "run", name, "activations"] == [1]
    assert sorted(p.name for p in tmp_path.iterdir()) == [*before, "logs"]


RUNS = [
    "<b>run<b>",
    "a,b;c",
    "..dots",
    "%2e%2e",
    "new\nline",
    "\N{SLEEPING FACE}",
    "x" * 200,
    "9" * 200,
]


@pytest.mark.parametrize("ingester", INGESTERS)
def test_runs_may_be_called_anything(ingester: str, tmp_path: Path) -> None:
    for run in RUNS:
        write_run(tmp_path / run, [1])
    write_run(tmp_path / "healthy")
    write_run(tmp_path, [5])
    with opened(ingester, tmp_path) as served:
        found = survey(served.client())
    assert found.failed == []
    assert sorted(found.runs) == sorted([*RUNS, "healthy", "."])
    for run in RUNS:
        assert found.steps["series", run, "conv1", "activations"] == [1]
        shown = found.steps.get(("frame", run, "conv1", "activations"), [])
        assert shown == ([1] if has_blobs(ingester, run) else [])
    assert_healthy(found, "healthy")


def test_a_run_whose_name_is_no_text_hides_no_other(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    try:
        write_run(tmp_path / "bad\udcff")
    except OSError:
        pytest.skip("this file system takes only names that are text")
    # The other ingester, with TensorFlow, does not load such a folder at all.
    with opened("rust", tmp_path) as served:
        found = survey(served.client())
    assert found.failed == []
    assert_healthy(found)
    for run in found.runs:
        run.encode()


@pytest.mark.parametrize("ingester", INGESTERS)
def test_a_file_may_end_anywhere(ingester: str, tmp_path: Path) -> None:
    write_run(tmp_path / "whole")
    (file,) = (tmp_path / "whole").iterdir()
    data = file.read_bytes()
    for i, length in enumerate(np.linspace(0, len(data), 16).astype(int)):
        folder = tmp_path / f"cut{i:02}"
        folder.mkdir()
        (folder / file.name).write_bytes(data[:length])
    with opened(ingester, tmp_path) as served:
        found = survey(served.client())
    assert found.failed == []
    assert found.said == []
    assert_healthy(found, "whole")
    shown = [
        len(found.steps.get(("frame", f"cut{i:02}", "conv1", "activations"), [])) for i in range(16)
    ]
    assert shown == sorted(shown)
    assert shown[-1] == len(STEPS)


@pytest.mark.parametrize("ingester", INGESTERS)
def test_a_flipped_bit_is_told_or_harmless(ingester: str, tmp_path: Path) -> None:
    write_run(tmp_path / "whole", [0])
    (file,) = (tmp_path / "whole").iterdir()
    data = file.read_bytes()
    rng = np.random.default_rng(0)
    for at in range(0, len(data), max(1, len(data) // 120)):
        flipped = bytearray(data)
        flipped[at] ^= 1 << rng.integers(8)
        folder = tmp_path / f"flip{at:06}"
        folder.mkdir()
        (folder / file.name).write_bytes(flipped)
    with opened(ingester, tmp_path) as served:
        found = survey(served.client())
    assert found.failed == []
    assert found.steps["frame", "whole", "conv1", "activations"] == [0]
    if ingester == "rust":  # which serves flipped records as valid: our checksums must tell
        assert len(found.said) > 40
