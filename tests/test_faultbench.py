"""The benchmark of faults: its arithmetic, its baselines, and one small training of each kind."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
import rule_runs as runs

from benchmarks.faults import baselines, outcomes, report, verdict
from benchmarks.faults.baselines import ACCURACY, Alarm
from benchmarks.faults.fault import GROUPS
from benchmarks.faults.wilson import Share
from tb_deepdebug.findings.view import Run

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")

from benchmarks.faults import bases, data, faults, healthy, jobs, prefix, training  # noqa: E402

UNITS = 8


# -- arithmetic -----------------------------------------------------------------------------


@pytest.mark.parametrize("hits, of", [(0, 240), (1, 1), (3, 7), (50, 100), (240, 240)])
def test_wilson_interval_solves_its_equation(hits: int, of: int) -> None:
    """Its ends are where the score test is just not rejected: |p - q| = z sqrt(q (1 - q) / n)."""
    share = Share(hits, of)
    for end in share.interval:
        if 0 < end < 1:
            distance = 1.959963984540054 * math.sqrt(end * (1 - end) / of)
            assert abs(share.value - end) == pytest.approx(distance, rel=1e-9)
    assert share.interval[0] <= share.value <= share.interval[1]


def test_share_of_none() -> None:
    assert Share(0, 0).interval == (0.0, 1.0)
    assert str(Share(0, 0)) == "–"
    assert str(Share(1, 4)) == "25.0 % [4.6, 69.9] (1/4)"


def _outcome(metric: float, task: str = "classes", kind: str = "healthy") -> training.Outcome:
    return training.Outcome(kind, "plain", "mlp", 0, task, 300, 0, 0.1, metric, 1.0)


@pytest.mark.parametrize(
    "task, level, metric, harmful",
    [
        ("classes", (0.97, 0.0), 0.93, False),  # four points
        ("classes", (0.97, 0.0), 0.91, True),
        ("classes", (0.90, 0.03), 0.82, False),  # within three spreads
        ("classes", (0.90, 0.03), 0.80, True),
        ("classes", (0.97, 0.0), math.nan, True),
        ("numbers", (0.98, 0.0), 0.965, False),
        ("numbers", (0.98, 0.0), 0.95, True),
    ],
)
def test_harm_is_told_by_the_outcome(
    task: str, level: tuple[float, float], metric: float, harmful: bool
) -> None:
    assert outcomes.is_harmful(_outcome(metric, task, "faulty"), level) is harmful


def test_healthy_level_is_robust() -> None:
    level = outcomes.healthy_level([_outcome(m) for m in (0.96, 0.97, 0.98, 0.1, 0.97)], "mlp")
    assert level == pytest.approx((0.97, 1.4826 * 0.01))
    with pytest.raises(ValueError, match="must have a finished plain run"):
        outcomes.healthy_level([], "mlp")


# -- what there is to run -------------------------------------------------------------------


def test_enough_of_everything() -> None:
    assert len(bases.BASES) == 7
    assert len(healthy.VARIANTS) >= 12
    assert all(variant.seeds >= 20 for variant in healthy.VARIANTS)
    assert len(faults.FAULTS) >= 28
    assert all(fault.seeds >= 4 for fault in faults.FAULTS)
    assert {fault.group for fault in faults.FAULTS} == set(GROUPS)
    for several in (healthy.VARIANTS, faults.FAULTS):
        assert len({one.name for one in several}) == len(several)
        assert {base for one in several for base in one.bases} == set(bases.BASES)


def test_half_of_each_group_is_kept_from_tuning() -> None:
    names = {fault.name for fault in faults.FAULTS}
    assert names >= faults.TUNE
    for group in GROUPS:
        mine = [fault.name for fault in faults.FAULTS if fault.group == group]
        tuned = sum(faults.half(name) == "tune" for name in mine)
        assert abs(2 * tuned - len(mine)) <= 1, group


def test_the_arm_of_keras_repeats_faults_that_there_are() -> None:
    told = jobs.jobs(framework="keras")
    known = {fault.name for fault in faults.FAULTS} | {healthy.PLAIN.name}
    assert {job.name for job in told} <= known
    assert {job.base for job in told} <= set(bases.BASES)
    assert len({job.path for job in told}) == len(told)


def test_expected_rules_are_rules() -> None:
    from tb_deepdebug.rules import CATALOGUE

    planned = {"saturated", "gates", "clones", "variance-growth", "constant-over-time"}
    planned |= {"constant-over-batch"}
    expected = {rule for fault in faults.FAULTS for rule in fault.rules}
    assert expected <= set(CATALOGUE) | planned


# -- baselines on runs made by hand ---------------------------------------------------------


def _relu(share_zero: np.ndarray, **numbers: float) -> Run:
    """One ReLU layer whose units are zero in these shares of the cells, from step 20 on."""
    steps = len(runs.STEPS)
    zeros = np.where(np.array(runs.STEPS)[:, None] >= 20, share_zero, 0.0)
    assert zeros.shape == (steps, UNITS)
    record = runs.record("a", UNITS, vectors={"unit_zero_fraction": zeros}, **numbers)
    return runs.run(runs.layer("a", activations=record), runs.layer("b", role="output"))


def _gradients(first: float, last: float, zeros: float = 0.0) -> Run:
    """Norms of the first and the last kernel's gradient, of 64 entries each."""
    told = runs.parameters(
        ["a/weight", "b/weight"],
        vectors={"gradient_norm": [first, last]},
        latest={"gradient_zero": np.array([64 * zeros, 64 * zeros])},
    )
    return runs.run(runs.layer("a"), runs.layer("b"), parameters=told)


def _half_and(value: float, many: int) -> np.ndarray:
    return np.array([value] * many + [0.5] * (UNITS - many))


@pytest.mark.parametrize(
    "name, run, expected",
    [
        ("SageMaker DeadRelu", _relu(_half_and(0.995, 5)), Alarm("dead", "a", 20)),
        ("SageMaker DeadRelu", _relu(_half_and(0.995, 4)), None),  # half is not more than half
        ("SageMaker DeadRelu", _relu(_half_and(0.98, 8)), None),  # active in 2 % of the cells
        ("TheDeepChecker (dead, p95)", _relu(_half_and(0.96, 5)), Alarm("dead", "a", 20)),
        ("TheDeepChecker (dead, p95)", _relu(_half_and(0.94, 8)), None),
        ("SageMaker VanishingGradient", _gradients(8e-7, 1.0), Alarm("vanishing", "a", 0)),
        ("SageMaker VanishingGradient", _gradients(2e-6, 1.0), None),
        ("AutoTrainer (ratios)", _gradients(5e-5, 0.1), Alarm("vanishing", "a", 0)),
        ("AutoTrainer (ratios)", _gradients(2e-4, 1.0), None),  # the ratio alone
        ("AutoTrainer (ratios)", _gradients(71.0, 1.0), Alarm("exploding", "a", 0)),
        ("AutoTrainer (ratios)", _gradients(1.0, 1.0, 0.7), Alarm("dying", None, 50)),
        ("AutoTrainer (ratios)", _gradients(1.0, 1.0, 0.6), None),
    ],
)
def test_published_definitions(name: str, run: Run, expected: Alarm | None) -> None:
    assert baselines.BASELINES[name](run) == expected


@pytest.mark.parametrize("zero, negative, alarmed", [(0.7, 0.0, True), (0.4, 0.2, False)])
def test_deep_diagnosis_counts_what_is_not_positive(
    zero: float, negative: float, alarmed: bool
) -> None:
    run = _relu(_half_and(0.5, 8), zero_fraction=zero, negative_fraction=negative)
    alarm = baselines.deep_diagnosis(run)
    assert (alarm is not None) is alarmed


def test_auto_trainer_is_silent_on_accurate_runs() -> None:
    run = _gradients(71.0, 1.0)
    for accuracy, alarmed in ((0.59, True), (0.6, False)):
        scalars = {ACCURACY: runs.curve([0.1, accuracy], tag=ACCURACY)}
        told = baselines.auto_trainer_gated(dataclasses.replace(run, scalars=scalars))
        assert (told is not None) is alarmed


# -- one training of each kind --------------------------------------------------------------


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A healthy run and one that never moves, both of a few steps."""
    out = tmp_path_factory.mktemp("faultbench")
    torch.set_num_threads(1)
    for job in (jobs.Job("healthy", "plain", "mlp", 0), jobs.Job("faulty", "zeros", "mlp", 0)):
        folder = job.folder(out)
        folder.mkdir(parents=True)
        recipe = job.recipe().where(steps=80)
        training.run(recipe, job.kind, job.name, job.base, job.seed, folder)
    return out


def test_a_fault_does_harm_and_a_healthy_run_learns(logs: Path) -> None:
    told = {o.kind: o for o in (training.Outcome.read(p.parent) for p in logs.rglob("*.json"))}
    assert told["healthy"].metric > 0.8
    level = outcomes.healthy_level(told.values(), "mlp")
    assert outcomes.is_harmful(told["faulty"], level)
    assert not outcomes.is_harmful(told["healthy"], level)


def test_report_of_two_runs(logs: Path) -> None:
    text = report.report(logs, which="all", processes=1, prefix=True)
    assert "| healthy runs with an alarm at some look while running | 0.0 %" in text
    assert "1 healthy runs; 1 faults (all), 1 harmful runs and 0 that did no harm" in text
    assert "| initialisation/zeros | 1 |" in text
    assert "the rule failed" not in text


def test_a_log_cut_off_ends_there(logs: Path, tmp_path: Path) -> None:
    folder = jobs.Job("healthy", "plain", "mlp", 0).folder(logs)
    prefix.cut(folder, 20, tmp_path)
    whole, part = verdict.view(folder), verdict.view(tmp_path)
    assert whole.last_step == 80
    assert part.last_step == 20
    layer = part.layers[1].activations
    assert layer is not None and layer.last_units is not None
    assert layer.last_units.step == 20
    kept = whole.loss.steps <= 20  # type: ignore[union-attr]
    np.testing.assert_array_equal(part.loss.values, whole.loss.values[kept])  # type: ignore[union-attr]


def test_data_are_split_and_the_same_again() -> None:
    first, again, other = data.signals(3), data.signals(3), data.signals(4)
    assert torch.equal(first.x, again.x) and torch.equal(first.y_val, again.y_val)
    assert not torch.equal(first.x, other.x)
    assert len(first.x) == 3 * len(first.x_val)
