"""The routes of http_api.md over real event files, behind both ingesters."""

import concurrent.futures
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from envelopes import ROOT, open_batch, open_envelope, query
from ingesters import INGESTERS, opened
from log_folders import KINDS, STEPS, blobs, summary, write_run
from werkzeug.test import Client

import tb_deepdebug as dd
from tb_deepdebug.plugin import plugin


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of ours, and one that holds only what other plugins own."""
    folder: Path = tmp_path_factory.mktemp("logs")
    write_run(folder / "run10")
    write_run(folder / "run2", name="conv2", seed=1)
    with dd.EventWriter(folder / "run1") as writer:
        writer.add_scalar("loss", 1.0, 0)
        writer.add(summary("a/blob", blobs([b"secret"]), "BLOB_SEQUENCE", plugin="graphs"), 0)
    return folder


@pytest.fixture(scope="module", params=INGESTERS)
def client(request: pytest.FixtureRequest, logdir: Path) -> Iterator[Client]:
    with opened(request.param, logdir) as served:
        yield served.client()


def ask(client: Client, question: str) -> Any:
    """The envelope of a question that must succeed."""
    response = client.get(ROOT + question)
    assert response.status_code == 200, response.text
    assert response.content_type == "application/octet-stream"
    return open_envelope(response.data)


CONV1 = {"run": "run10", "name": "conv1", "kind": "activations"}


def test_the_index_lists_runs_records_steps_numbers_and_scalars(client: Client) -> None:
    index = client.get(ROOT + "index").json
    assert index["version"] == 1
    assert index["problems"] == []
    assert [(run["name"], run["color_index"]) for run in index["runs"]] == [
        ("run2", 1),
        ("run10", 2),
    ]
    run = index["runs"][1]
    assert [(r["name"], r["kind"]) for r in run["records"]] == [("conv1", k) for k in KINDS]
    assert all(r["steps"] == [*STEPS] for r in run["records"])
    activations = run["records"][0]
    assert activations["description"] == "after ReLU"
    assert activations["last"]["units"] == 6
    assert activations["last"]["dead"] == 1
    assert activations["wall_time"] > 1.7e9
    assert run["scalars"] == [
        "deepdebug/conv1/amnesia_ratio",
        "deepdebug/conv1/dead_fraction",
        "deepdebug/conv1/negative_fraction",
        "loss",
    ]


def test_not_a_number_travels_in_json_as_a_string(client: Client) -> None:
    records = client.get(ROOT + "index").json["runs"][1]["records"]
    gradients = next(r for r in records if r["kind"] == "input_gradients")
    # 0.8 ** 39 is 1.7e-4, so the curve never stays a millionfold below its near end.
    assert gradients["last"]["lag_1e6"] == "NaN"


@pytest.mark.parametrize("kind", KINDS)
def test_a_series_is_one_matrix_per_name(client: Client, kind: str) -> None:
    asked = {**CONV1, "kind": kind}
    bare = ask(client, query("series", **asked))
    assert bare.fields["steps"] == [*STEPS]
    assert bare.fields["damaged"] == []
    assert bare.fields["wall_times"] == sorted(bare.fields["wall_times"])
    assert list(bare.planes) == ["scalars"]
    rows = bare.specs["scalars"]["rows"]
    assert bare.planes["scalars"].shape == (3, len(rows))
    assert (bare.planes["scalars"][:, rows.index("examples")] == 2).all()
    whole = ask(client, query("series", **asked, vectors="*"))
    assert len(whole.planes) > 2
    assert all(len(array) == 3 for array in whole.planes.values())
    one = list(whole.planes)[1]
    chosen = ask(client, query("series", **asked, vectors=f"nonsense,{one}"))
    assert list(chosen.planes) == ["scalars", one]
    np.testing.assert_array_equal(chosen.planes[one], whole.planes[one])


@pytest.mark.parametrize(
    ("limit", "steps"), [(1, [20]), (2, [0, 20]), (3, [0, 10, 20]), (9, [0, 10, 20])]
)
def test_a_limited_series_keeps_the_first_and_the_last(
    client: Client, limit: int, steps: list[int]
) -> None:
    found = ask(client, query("series", **CONV1, limit=limit))
    assert found.fields["steps"] == steps
    assert found.planes["scalars"].shape[0] == len(steps)


def test_a_frame_gives_back_the_cells_within_the_stated_error(client: Client) -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(2, 40, 6)).astype(np.float32)
    cells = np.maximum(z, 0)[0].T
    found = ask(client, query("frame", **CONV1, step=0))
    codes, (low, high) = found.planes["values"], found.planes["scale"]
    assert codes.shape == (1, 6, 40)
    assert (codes[0, 0] == 4).all()
    values = low[:, None] + (codes[0] - 5.0) / 250 * (high - low)[:, None]
    bound = ((high - low) / 500)[1:, None] * 1.001
    finite = codes[0, 1:] >= 5
    assert (np.abs(values - cells)[1:] <= bound)[finite].all()
    assert ((cells[1:] == 0) == (codes[0, 1:] == 4)).all()
    assert found.fields["header"]["shape"] == [2, 40, 6]
    assert "planes" not in found.fields["header"]
    assert found.fields["damaged"] is None


def test_a_frame_gives_the_planes_asked_for(client: Client) -> None:
    found = ask(client, query("frame", **CONV1, step=10, planes="scale,nonsense,units"))
    assert set(found.planes) == {"scale", "units"}
    assert found.specs["units"]["rows"][0] == "count"
    assert ask(client, query("frame", **CONV1, step=10, planes="")).planes == {}


def test_a_frame_leaves_the_full_picture_out_where_there_is_an_overview(
    tmp_path: Path,
) -> None:
    with dd.EventWriter(tmp_path / "run") as writer:
        writer.add(dd.summary.activations_pb("wide", np.ones((1, 4096, 2), np.float32)), 0)
    asked = {"run": "run", "name": "wide", "kind": "activations", "step": 0}
    with opened("rust", tmp_path) as served:
        found = ask(served.client(), query("frame", **asked))
        assert "overview" in found.planes
        assert "values" not in found.planes
        full = ask(served.client(), query("frame", **asked, planes="values"))
        assert full.planes["values"].shape == (1, 2, 4096)


def test_scalars_come_as_columns_of_float64(client: Client) -> None:
    found = ask(client, query("scalars", run="run10", tag="loss"))
    np.testing.assert_array_equal(found.planes["steps"], STEPS)
    np.testing.assert_allclose(found.planes["values"], [1, 1 / 11, 1 / 21], rtol=1e-6)
    assert {spec["dtype"] for spec in found.specs.values()} == {"float64"}


def test_order_puts_alike_units_side_by_side_and_dead_ones_last(client: Client) -> None:
    found = ask(client, query("order", **CONV1, step=0))
    assert sorted(found.planes["order"]) == list(range(6))
    assert found.planes["order"][-1] == 0
    assert set(found.planes["sign"]) <= {-1.0, 1.0}


def test_a_batch_answers_what_the_routes_answer(client: Client) -> None:
    questions = [
        query("frame", **CONV1, step=20),
        query("series", **CONV1, vectors="*"),
        query("scalars", run="run10", tag="loss"),
        query("order", **CONV1, step=0),
    ]
    mistakes = [
        ("frame?run=run10", 400),
        (query("frame", **CONV1, step=5), 404),
        (query("series", **{**CONV1, "run": "nobody"}), 404),
        ("index", 400),
        ("batch?get=index", 400),
        ("", 400),
    ]
    gets = [quote(q, safe="") for q in [*questions, *(q for q, _ in mistakes)]]
    parts = open_batch(client.get(f"{ROOT}batch?get={'&get='.join(gets)}").data)
    for question, (status, part) in zip(questions, parts, strict=False):
        assert status == 200
        alone = ask(client, question)
        assert part.fields == alone.fields
        assert part.specs == alone.specs
    assert [status for status, _ in parts[4:]] == [status for _, status in mistakes]
    assert all(reason for _, reason in parts[4:])


_CONV1 = "run=run10&name=conv1&kind=activations"
MISTAKES = [
    ("frame", 400, "Expected one `run`. Received: 0"),
    (f"frame?{_CONV1}", 400, "Expected one `step`"),
    (f"frame?{_CONV1}&step=", 400, "`step` must be an integer"),
    (f"frame?{_CONV1}&step=1.5", 400, "`step` must be an integer"),
    (f"frame?{_CONV1}&step=1e3", 400, "`step` must be an integer"),
    (f"frame?{_CONV1}&step=%D9%A3", 400, "`step` must be an integer"),
    (f"frame?{_CONV1}&step={'9' * 5000}", 400, "`step` must be an integer"),
    (f"frame?{_CONV1}&step=7", 404, "Kept: 0 to 20, 3 steps"),
    (f"frame?{_CONV1}&step={'9' * 19}", 404, "No frame"),
    (f"frame?{_CONV1}&step=-1", 404, "No frame"),
    (f"frame?{_CONV1}&step=0&step=10", 400, "`step`"),
    (f"frame?{_CONV1}&step=0&planes=a&planes=b", 400, "`planes`"),
    (f"frame?{_CONV1}&step=0&plane=units", 400, "['plane']"),
    ("frame?run=run10&name=conv1&kind=nonsense&step=0", 404, "No nonsense 'conv1'"),
    ("frame?run=..%2Frun10&name=conv1&kind=activations&step=0", 404, "'../run10'"),
    ("frame?run=run1&name=a%2Fblob&kind=activations&step=0", 404, "No activations"),
    (f"series?{_CONV1}&limit=0", 400, "of at least 1"),
    (f"series?{_CONV1}&limit=-3", 400, "of at least 1"),
    (f"series?{_CONV1}&step=0", 400, "['step']"),
    ("series?run=run10&run=run2&name=conv1&kind=activations", 400, "Received: 2"),
    ("scalars?run=run10", 400, "`tag`"),
    ("scalars?run=run10&tag=nonsense", 404, "No scalar 'nonsense'"),
    ("scalars?run=nobody&tag=loss", 404, "'nobody'"),
    ("scalars?run=run10&tag=conv1%2Factivations%2Fseries", 404, "No scalar"),
    ("order?run=run10&name=conv1&kind=preactivations&step=0", 400, "Only activations"),
    (f"order?{_CONV1}&step=7", 404, "No frame"),
    (f"order?{_CONV1}&step=0&example=1", 400, "`example` must be below 1"),
    (f"order?{_CONV1}&step=0&example=-1", 400, "`example`"),
    ("index?run=run10", 400, "['run']"),
    ("batch", 400, "Expected 1 to 64 `get`"),
    ("batch?" + "&".join(["get=index"] * 65), 400, "Received: 65"),
    ("batch?get=index&run=a", 400, "nothing else"),
    ("nonsense", 404, ""),
    ("blob?key=WyIiLCJncmFwaHMiLCJydW4xIiwiYS9ibG9iIiwwLDBd", 404, ""),
    ("..%2F..%2Floader.py", 404, ""),
    ("%2e%2e/plugin.py", 404, ""),
]


@pytest.mark.parametrize(("question", "status", "reason"), MISTAKES)
def test_a_mistake_is_answered_with_a_reason(
    client: Client, question: str, status: int, reason: str
) -> None:
    response = client.get(ROOT + question)
    assert response.status_code == status
    assert reason in response.text
    assert len(response.data) < 1000


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "route", ["index", "batch", "frame", "series", "scalars", "order", "index.js"]
)
def test_only_get_is_answered(client: Client, route: str, method: str) -> None:
    response = client.open(ROOT + route, method=method)
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD"
    assert response.content_type.startswith("text/plain")


ROUTES = [
    "index",
    "index.js",
    query("frame", **CONV1, step=20),
    query("series", **CONV1),
    query("scalars", run="run10", tag="loss"),
    query("order", **CONV1, step=0),
    "batch?get=" + quote(query("series", **CONV1), safe=""),
]


@pytest.mark.parametrize("route", ROUTES)
def test_head_is_get_without_the_body(client: Client, route: str) -> None:
    whole, head = client.get(ROOT + route), client.head(ROOT + route)
    assert whole.data
    assert head.data == b""
    assert head.status_code == 200
    assert head.headers["ETag"] == whole.headers["ETag"]


@pytest.mark.parametrize("route", ROUTES)
def test_the_same_answer_is_not_sent_twice(client: Client, route: str) -> None:
    first = client.get(ROOT + route)
    etag = first.headers["ETag"]
    assert etag.startswith('W/"')
    for named in (etag, etag[2:], f'"other", {etag}', "*"):
        again = client.get(ROOT + route, headers={"If-None-Match": named})
        assert again.status_code == 304, named
        assert again.data == b""
        assert again.headers["ETag"] == etag
        assert "no-cache" in again.headers["Cache-Control"]
    other = client.get(ROOT + route, headers={"If-None-Match": 'W/"other"'})
    assert other.status_code == 200
    assert other.data == first.data
    assert "no-cache" in first.headers["Cache-Control"]
    assert first.headers["X-Content-Type-Options"] == "nosniff"


def test_etags_differ_where_answers_differ(client: Client) -> None:
    etags = [client.get(ROOT + route).headers["ETag"] for route in ROUTES]
    assert len(set(etags)) == len(ROUTES)


def test_many_requests_at_once_get_equal_answers(client: Client) -> None:
    questions = [*ROUTES[2:], *(query("frame", **CONV1, step=s) for s in STEPS)]
    alone = [client.get(ROOT + q).data for q in questions]

    def one(i: int) -> bool:
        which = i % len(questions)
        return client.get(ROOT + questions[which]).data == alone[which]

    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        assert all(pool.map(one, range(96)))


def test_answers_are_relative_to_the_prefix_and_the_experiment(logdir: Path) -> None:
    with opened("python", logdir) as served:
        client = served.client("/pre/fix")
        plain = client.get("/pre/fix" + ROOT + "index")
        assert plain.status_code == 200
        assert client.get("/pre/fix/experiment/ID" + ROOT + "index").data == plain.data
        assert client.get(ROOT + "index").status_code == 404


def test_a_log_without_our_data_is_an_empty_index(tmp_path: Path) -> None:
    with dd.EventWriter(tmp_path / "run") as writer:
        writer.add_scalar("loss", 1.0, 0)
    for ingester in INGESTERS:
        with opened(ingester, tmp_path) as served:
            index = served.client().get(ROOT + "index").json
        assert index == {"version": 1, "runs": [], "problems": []}


def test_the_tab_is_off_until_there_is_data_of_ours(tmp_path: Path, logdir: Path) -> None:
    write = {"enabled": True}, {"enabled": False}
    for folder, expected in zip((logdir, tmp_path), write, strict=True):
        with opened("python", folder) as served:
            listing = served.client().get("/data/plugins_listing").json
        assert listing["deepdebug"]["enabled"] is expected["enabled"]
        assert listing["deepdebug"]["tab_name"] == "DeepDebug"
        assert listing["deepdebug"]["loading_mechanism"] == {
            "type": "IFRAME",
            "module_path": "/data/plugin/deepdebug/index.js",
        }


def test_scripts_are_served_as_scripts_whatever_the_machine_says(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A Windows registry may say text/plain, which browsers refuse to run as a module.
    monkeypatch.setattr(plugin.mimetypes, "guess_type", lambda _: ("text/plain", None))
    response = client.get(ROOT + "index.js")
    assert response.content_type.startswith("text/javascript")


def test_a_failure_of_ours_in_one_part_leaves_the_others(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> bytes:
        raise ZeroDivisionError("a bug")

    monkeypatch.setitem(plugin.queries.QUERIES, "order", broken)
    questions = [query("order", **CONV1, step=0), query("series", **CONV1)]
    gets = "&".join(f"get={quote(q, safe='')}" for q in questions)
    (first, reason), (second, _) = open_batch(client.get(f"{ROOT}batch?{gets}").data)
    assert (first, second) == (500, 200)
    assert "a bug" in reason
