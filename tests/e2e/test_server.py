"""The plugin inside real TensorBoard processes: found, served, sampled, and never in the way."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from envelopes import open_batch, query
from ingesters import INGESTERS
from log_folders import KINDS, STEPS, write_run
from tensorboards import Served, eventually, tensorboard, without_tensorflow

import tb_deepdebug as dd
from tb_deepdebug.plugin.loader import DEFAULT_SAMPLES

LOAD_FAST = {"python": "--load_fast=false", "rust": "--load_fast=true"}
DATA = "data/plugin/deepdebug/"
PACKAGE = Path(dd.__file__).parent


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A machine without TensorFlow."""
    return without_tensorflow(tmp_path_factory.mktemp("bare"))


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run of few steps, one of more than TensorBoard keeps."""
    folder: Path = tmp_path_factory.mktemp("logs")
    write_run(folder / "few")
    with dd.EventWriter(folder / "many") as writer:
        for step in range(300):
            writer.add(dd.summary.activations_pb("conv1", np.ones((1, 2), np.float32)), step)
    return folder


@pytest.fixture(scope="module", params=INGESTERS)
def served(request: pytest.FixtureRequest, logdir: Path, bare: Any) -> Iterator[Served]:
    """The log in both ways TensorBoard can be told of it, under a prefix, without TensorFlow."""
    # The data server does not know of --logdir_spec: TensorBoard then uses the other ingester.
    where = {"python": f"--logdir_spec=a:{logdir}", "rust": f"--logdir={logdir}"}[request.param]
    arguments = (where, LOAD_FAST[request.param], "--path_prefix=/pre/fix")
    with tensorboard(*arguments, env=bare) as running:
        eventually(lambda: kept(running, "many") > 0 and kept(running, "few") > 0)
        yield running


def index(served: Served, prefix: str = "") -> dict[str, Any]:
    """Records by run (without the name that --logdir_spec puts before it) and kind."""
    status, body = served.get(f"{prefix}{DATA}index")
    assert status == 200, body
    return {
        (run["name"].removeprefix("a/"), record["kind"]): {**record, "run": run["name"]}
        for run in json.loads(body)["runs"]
        for record in run["records"]
    }


def kept(served: Served, run: str) -> int:
    """How many steps of the activations TensorBoard knows."""
    record = index(served).get((run, "activations"))
    return len(record["steps"]) if record else 0


def test_the_tab_is_listed_under_its_name(served: Served) -> None:
    tab = json.loads(served.get("data/plugins_listing")[1])["deepdebug"]
    assert tab["enabled"] is True
    assert tab["tab_name"] == "DeepDebug"
    path = tab["loading_mechanism"]["module_path"]
    status, script = served.get(path.removeprefix("/pre/fix/").removeprefix("/"))
    assert status == 200
    assert b"render" in script


@pytest.mark.parametrize("prefix", ["", "experiment/ID/"])
def test_every_question_is_answered_under_prefix_and_experiment(
    served: Served, prefix: str
) -> None:
    found = index(served, prefix)
    assert sorted(kind for run, kind in found if run == "few") == [*KINDS]
    for kind in KINDS:
        named = {"run": found["few", kind]["run"], "name": "conv1", "kind": kind}
        gets = [query("frame", **named, step=STEPS[-1]), query("series", **named)]
        quoted = "&".join(query("", get=get)[1:] for get in gets)
        status, body = served.get(f"{prefix}{DATA}batch?{quoted}")
        assert status == 200
        (frame_status, frame), (series_status, series) = open_batch(body)
        assert (frame_status, series_status) == (200, 200)
        assert frame.fields["header"]["shape"][0] == 2
        assert series.fields["steps"] == [*STEPS]


def test_fifty_steps_are_kept_and_the_last_is_one_of_them(served: Served) -> None:
    # Left alone, TensorBoard keeps 10 of a record's frames.
    eventually(lambda: kept(served, "many") >= DEFAULT_SAMPLES)
    steps = index(served)["many", "activations"]["steps"]
    assert len(steps) == DEFAULT_SAMPLES == 50
    assert steps[-1] == 299


def test_no_answer_makes_tensorboard_warn(served: Served) -> None:
    served.get(f"{DATA}index")
    served.get(f"{DATA}frame")
    assert "Warning" not in "".join(served.said)
    assert "warning" not in "".join(served.said)


@pytest.mark.parametrize("ingester", INGESTERS)
def test_the_users_own_number_of_samples_wins(ingester: str, logdir: Path, bare: Any) -> None:
    flags = ("--samples_per_plugin=deepdebug=5", "--deepdebug_samples=50", LOAD_FAST[ingester])
    with tensorboard(f"--logdir={logdir}", *flags, env=bare) as running:
        eventually(lambda: kept(running, "many") > 0)
        assert index(running)["many", "activations"]["steps"][-1] == 299
        assert kept(running, "many") == 5


@pytest.fixture
def copied(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A copy of the package, without its bundle, found by nothing but an entry point file."""
    folder = tmp_path / "packages"
    shutil.copytree(PACKAGE, folder / "tb_deepdebug", ignore=shutil.ignore_patterns("static"))
    info = folder / "tb_deepdebug-9.9.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tb-deepdebug\nVersion: 9.9\n")
    (info / "entry_points.txt").write_text(
        "[tensorboard_plugins]\ndeepdebug = tb_deepdebug.plugin.loader:Loader\n"
    )
    return folder / "tb_deepdebug", without_tensorflow(folder)


def test_a_missing_bundle_is_told_in_the_tab(
    copied: tuple[Path, dict[str, str]], logdir: Path
) -> None:
    with tensorboard(f"--logdir={logdir}", env=copied[1]) as running:
        status, script = running.get(f"{DATA}index.js")
        assert status == 200
        assert b"export function render" in script
        assert b"pip install" in script
        eventually(lambda: kept(running, "few") == len(STEPS))


def test_a_broken_plugin_leaves_tensorboard_whole(
    copied: tuple[Path, dict[str, str]], logdir: Path
) -> None:
    package, env = copied
    (package / "reader.py").write_text("import a_package_that_nobody_has\n")
    with tensorboard(f"--logdir={logdir}", env=env) as running:
        status, listing = running.get("data/plugins_listing")
        assert status == 200
        assert "scalars" in json.loads(listing)
        assert "deepdebug" not in json.loads(listing)
        assert running.get("data/environment")[0] == 200
    said = "".join(running.said)
    assert "The DeepDebug plugin could not be loaded." in said
    assert "a_package_that_nobody_has" in said
