"""A log diagnosed: by function, by command and by route, behind both ingesters."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dying_net import DIES, write_dying
from envelopes import ROOT, open_batch, open_envelope
from ingesters import INGESTERS, opened
from log_folders import blobs, summary

import tb_deepdebug as dd
from tb_deepdebug import cli, diagnosis, reader, run_views
from tb_deepdebug.findings.finding import Severity
from tb_deepdebug.records.setup import Setup


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("logs")
    write_dying(folder / "dying")
    write_dying(folder / "healthy", dies=None)
    with dd.EventWriter(folder / "foreign") as writer:
        writer.add_scalar("loss", 1.0, 0)
    return folder


def test_a_dead_layer_is_the_cause_since_its_step(logdir: Path) -> None:
    found = [f for f in dd.diagnose(logdir) if f.run == "dying"]
    causes = [f for f in found if f.caused_by is None and f.severity >= Severity.WARNING]
    dead = next(f for f in found if (f.rule, f.layer) == ("never-firing", "dense_2"))
    root = dead
    while root.caused_by is not None:
        root = root.caused_by
    assert root in causes
    assert dead.severity >= Severity.ERROR and dead.share == 1
    assert DIES - 20 < dead.first_step <= DIES
    assert any("jumped to 60 x its median at step 95" in line for line in root.before), root.before
    unexplained = {(f.rule, f.layer) for f in causes} - {(root.rule, root.layer)}
    assert unexplained == set()
    assert any(fix.argument for fix in root.fixes)


def test_a_net_that_learns_has_no_alarm(logdir: Path) -> None:
    alarms = [f for f in dd.diagnose(logdir) if f.run == "healthy" and f.severity > Severity.INFO]
    assert alarms == []


def test_a_healthy_run_shows_where_the_other_leaves_it(logdir: Path) -> None:
    found = dd.diagnose(logdir, reference="healthy")
    (one,) = [f for f in found if f.rule == "reference"]
    assert one.run == "dying" and one.severity >= Severity.WARNING
    assert one.first_step is not None and DIES - 25 <= one.first_step <= DIES
    assert one.layer in ("dense_1", "dense_2", "dense_3")


def test_a_run_that_fell_silent_is_told_only_while_it_is_watched(logdir: Path) -> None:
    seen = run_views.view(reader.open_logdir(logdir), "healthy")
    planned = dataclasses.replace(seen, setup=Setup(planned_steps=10_000))
    hour, days = seen.last_wall_time + 3600, seen.last_wall_time + 3 * 86_400
    for now, silent in ((hour, True), (days, False), (None, False)):
        found = diagnosis.diagnose_run(planned, now=now).findings
        assert ("stalled" in [f.rule for f in found]) == silent


def test_causes_come_first_and_the_gravest_of_all_runs_first(logdir: Path) -> None:
    found = dd.diagnose(logdir)
    order = [(f.caused_by is not None, -f.severity) for f in found]
    assert order == sorted(order) and {f.run for f in found} <= {"dying", "healthy"}


@pytest.mark.parametrize("ingester", INGESTERS)
def test_the_route_says_what_the_function_says(logdir: Path, ingester: str) -> None:
    whole = diagnosis.diagnose_log(reader.open_logdir(logdir), "dying")
    with opened(ingester, logdir) as served:
        client = served.client()
        answer = client.get(ROOT + "findings?run=dying")
        assert answer.status_code == 200, answer.text
        told = open_envelope(answer.data).fields
        both = open_batch(
            client.get(ROOT + "batch?get=findings%3Frun%3Ddying&get=findings%3Frun%3Dhealthy").data
        )
        assert client.get(ROOT + "findings?run=none").status_code == 404
        assert client.get(ROOT + "findings?run=dying&reference=none").status_code == 404
        assert client.get(ROOT + "findings").status_code == 400
        assert client.get(ROOT + "findings?run=dying&step=1").status_code == 400
    assert [(f["rule"], f["layer"], f["severity"]) for f in told["findings"]] == [
        (f.rule, f.layer, str(f.severity)) for f in whole.findings
    ]
    assert [status for status, _ in both] == [200, 200]
    assert both[0][1].fields == told and both[1][1].fields["run"] == "healthy"


def command(capsys: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, str, str]:
    code = cli.main(["diagnose", *map(str, arguments)])
    return (code, *capsys.readouterr())


def test_the_command_reports_and_fails_when_told_to(
    logdir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text, _ = command(capsys, logdir)
    assert code == 0
    assert "All 8 units of dense_2" in " ".join(text.split())
    assert "\nhealthy: nothing is wrong" in text
    assert command(capsys, logdir, "--fail-on", "error")[0] == 1
    assert command(capsys, logdir, "--run", "healthy", "--fail-on", "warning")[0] == 0
    code, text, _ = command(capsys, logdir, "--json")
    told = json.loads(text)
    assert (code, told["version"], [run["run"] for run in told["runs"]]) == (
        0,
        1,
        ["dying", "healthy"],
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere"], "`logdir` must be a folder"),
        ([".", "--run", "x"], "A run must be one of ['dying', 'healthy']. Received: 'x'"),
        ([".", "--reference", "x"], "A run must be one of"),
        (["foreign"], "must hold records of tb_deepdebug"),
    ],
)
def test_the_command_says_what_is_wrong_with_its_arguments(
    logdir: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    code, _, error = command(capsys, logdir / arguments[0], *arguments[1:])
    assert code == 2 and says in error


def test_the_command_explains_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["rules"]) == 0
    assert "never-firing" in capsys.readouterr().out
    assert cli.main(["rules", "never-firing"]) == 0
    assert "### What to try" in capsys.readouterr().out
    assert cli.main(["rules", "nothing"]) == 2
    assert "Received: 'nothing'" in capsys.readouterr().err


def test_damage_in_a_log_costs_what_is_damaged(logdir: Path, tmp_path: Path) -> None:
    (source,) = (logdir / "dying").iterdir()
    whole = source.read_bytes()
    rng = np.random.default_rng(0)
    for name, cut in (("half", len(whole) // 2), ("most", len(whole) - 3)):
        (tmp_path / name).mkdir()
        (tmp_path / name / source.name).write_bytes(whole[:cut])
    flipped = bytearray(whole)
    for place in rng.integers(len(whole) // 2, len(whole), 5):
        flipped[place] ^= 1 << int(rng.integers(8))
    (tmp_path / "flipped").mkdir()
    (tmp_path / "flipped" / source.name).write_bytes(bytes(flipped))
    for ingester in INGESTERS:
        with opened(ingester, tmp_path) as served:
            for run in run_views.training_runs(served.log()):
                found = diagnosis.diagnose_log(served.log(), run)
                failed = [reason for _, _, reason in found.not_applicable if "failed" in reason]
                assert failed == []


def test_hostile_headers_are_not_recorded(tmp_path: Path) -> None:
    """A log's author can write any header with a good checksum."""
    wrong: list[Any] = [None, 3, "x", [], {}, [[1]], [{"name": 3}], {"a": {}}, -1]
    from tb_deepdebug.wire import frame

    with dd.EventWriter(tmp_path / "run") as writer:
        for kind, fields in (
            ("graph", ("nodes", "edges", "model")),
            ("setup", ("inputs", "labels", "loss", "output", "optimizer", "frozen")),
            ("recorder", ("notes", "settings")),
            ("health", ("parameters", "layers", "shapes", "outputs", "source")),
            ("gates", ("gates",)),
            ("activations", ("axis", "shape")),
        ):
            for i, value in enumerate(wrong):
                header = dict.fromkeys(fields, value)
                content = frame.encode(kind, header, [])
                writer.add(
                    summary(
                        f"deepdebug/{kind}{i}/{kind}",
                        blobs(content),
                        "BLOB_SEQUENCE",
                        content=json.dumps(
                            {"version": 1, "kind": kind, "part": "frame", "name": f"{kind}{i}"}
                        ).encode(),
                    ),
                    0,
                )
    found = dd.diagnose(tmp_path)
    assert found == []
