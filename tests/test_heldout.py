"""What is held out of the benchmark of faults: enough of it, and only where it is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.faults.fault import GROUPS

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")

from benchmarks.faults import faults, healthy, heldout_healthy, jobs, report, training  # noqa: E402


def test_enough_of_every_group() -> None:
    assert {fault.group for fault in faults.HELDOUT} == set(GROUPS)
    assert len(faults.HELDOUT) >= 14
    assert all(fault.seeds >= 4 for fault in faults.HELDOUT)
    assert len(heldout_healthy.VARIANTS) >= 4
    assert all(variant.seeds >= 10 for variant in heldout_healthy.VARIANTS)


def test_expected_rules_are_rules() -> None:
    from tb_deepdebug.rules import CATALOGUE

    assert {rule for fault in faults.HELDOUT for rule in fault.rules} <= set(CATALOGUE)


def test_held_out_is_apart() -> None:
    """No name twice, since a name tells the half; no job in both lists."""
    for several in (
        (*faults.FAULTS, *faults.HELDOUT),
        (*healthy.VARIANTS, *heldout_healthy.VARIANTS),
    ):
        assert len({one.name for one in several}) == len(several)
    assert {faults.half(fault.name) for fault in faults.HELDOUT} == {"heldout"}
    assert "heldout" not in {faults.half(fault.name) for fault in faults.FAULTS}
    assert not {job.path for job in jobs.jobs()} & {job.path for job in jobs.jobs(heldout=True)}


@pytest.mark.parametrize(
    "which, told", [("all", "0 healthy runs; 0 faults"), ("heldout", "1 healthy runs; 0 faults")]
)
def test_only_a_report_that_asks_for_it_judges_it(tmp_path: Path, which: str, told: str) -> None:
    job = jobs.Job("healthy", "shared-layer", "mlp", 0)
    folder = job.folder(tmp_path)
    folder.mkdir(parents=True)
    recipe = job.recipe().where(steps=20)
    training.run(recipe, job.kind, job.name, job.base, job.seed, folder)
    assert told in report.report(tmp_path, which=which, processes=1)
