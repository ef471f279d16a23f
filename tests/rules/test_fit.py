"""Over- and underfitting from losses alone, and courses that only look like it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rule_runs import STUCK, curve, run
from rules.setups import loss, numbers, setup

from tb_deepdebug.findings.finding import Finding, NotApplicable, Severity
from tb_deepdebug.rules import fit

T = np.arange(1, 201)
AT = T[9::10]  # an evaluation every tenth step
FALLING = 0.02 + np.exp(-T / 40)
KNOWN = setup(loss=loss("mean_squared_error", 1.0), labels=numbers())


def noise(size: float, count: int = 20, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(0, size, count)


def found(train: Any, validation: Any = None, at: Any = AT, **fields: Any) -> list[Any]:
    told = {} if validation is None else {"validation": curve(validation, at, "val_loss")}
    return list(fit.find(run(loss=list(train), **told, **fields)))


def findings(*args: Any, **fields: Any) -> list[tuple[str, Severity]]:
    every = found(*args, **fields)
    return [(f.message.partition(":")[0], f.severity) for f in every if isinstance(f, Finding)]


U = 0.2 + 0.8 * np.exp(-AT / 30)  # falls from 0.8, rests at 0.2
TRAIN = 0.05 + np.exp(-T / 25)


def rising(by: float) -> Any:
    """Rests at step 100, then rises to `by` above its least."""
    return np.where(AT <= 100, U, U[9]) + np.clip((AT - 100) / 70, 0, 1) * by


VALIDATION: dict[str, tuple[Any, list[tuple[str, Severity]]]] = {
    "rests": (U, []),
    "rises a little": (rising(0.01), []),
    "rises by a tenth of what it gained": (rising(0.06), [("Overfitting", Severity.INFO)]),
    "gives back half": (rising(0.3), [("Overfitting", Severity.WARNING)]),
    "gives back all": (rising(1.5), [("Overfitting", Severity.ERROR)]),
    "rises at one evaluation": (np.r_[U[:-1], 0.9], []),
    "rose and came back": (np.r_[rising(0.3)[:-3], U[-3:]], []),
    "scatters widely": (U + noise(0.15), []),
    "holds few points": (U[:3], []),
}


@pytest.mark.parametrize("name", VALIDATION)
def test_validation_losses_beside_a_training_loss_that_fell(name: str) -> None:
    values, wanted = VALIDATION[name]
    assert findings(TRAIN, values, AT[: len(values)]) == wanted


def test_overfitting_begins_where_validation_was_lowest() -> None:
    (one,) = (f for f in found(TRAIN, rising(0.3)) if isinstance(f, Finding))
    assert one.first_step in (90, 100, 110)
    assert f"step {one.first_step}" in one.fixes[0].action
    assert one.evidence[0].value > 2 and one.evidence[0].picture is not None


def test_noise_of_flat_validation_is_no_overfitting() -> None:
    for seed in range(50):
        flat = 0.3 * np.exp(noise(0.1, seed=seed)) + np.exp(-AT / 20)
        assert findings(TRAIN, flat) == [], seed


def test_a_training_loss_that_rises_as_well_is_not_overfitting() -> None:
    both = np.where(T <= 100, TRAIN, TRAIN[100] + (T - 100) * 0.002)
    assert not [f for f in findings(both, rising(0.3)) if f[0] == "Overfitting"]


def test_dropout_with_the_training_loss_above_is_not_overfitting() -> None:
    high = 0.5 + np.exp(-T / 25)
    assert not [f for f in findings(high, rising(0.1)) if f[0] == "Overfitting"]


def test_fixes_know_what_the_training_has_already() -> None:
    has = setup(dropout=(("drop", 0.5),))
    (one,) = (f for f in found(TRAIN, rising(0.3), setup=has) if isinstance(f, Finding))
    assert not [fix for fix in one.fixes if "dropout" in fix.action]


@pytest.mark.parametrize(
    ("rest", "validation", "wanted"),
    [
        (0.7, None, ["Underfitting"]),
        (0.7, 0.7, ["Underfitting"]),
        (0.7, 1.5, []),  # what is missing is not capacity
        (0.1, 0.1, []),
    ],
)
def test_a_rest_far_above_zero_is_underfitting(
    rest: float, validation: float | None, wanted: list[str]
) -> None:
    train = rest + 0.3 * np.exp(-T / 10)
    level = None if validation is None else [validation] * 20
    got = findings(train, level, setup=KNOWN)
    assert got == [(name, Severity.INFO) for name in wanted]


def test_without_labels_underfitting_is_not_claimed() -> None:
    assert findings(0.7 + 0.8 * np.exp(-T / 10)) == []


@pytest.mark.parametrize(
    ("train", "planned", "count"),
    [
        (0.001 + np.exp(-T / 40), None, 1),
        (0.001 + np.exp(-T / 40), 200, 1),
        (0.001 + np.exp(-T / 40), 1000, 0),  # it is still running
        (0.2 + np.exp(-T / 40), None, 0),
        (0.2 + np.exp(-T / 10) + np.abs(noise(0.3, 200)), None, 0),
    ],
)
def test_a_loss_that_still_falls_fast_was_cut_short(
    train: Any, planned: int | None, count: int
) -> None:
    got = findings(train, setup=setup(planned_steps=planned))
    assert got == [("Cut short", Severity.INFO)] * count


def test_what_is_missing_is_said() -> None:
    (none,) = fit.find(run(loss=None))
    assert isinstance(none, NotApplicable)
    (broken,) = found([1.0] * 20 + [float("nan")] * 20)
    assert isinstance(broken, NotApplicable)
    (few,) = found(STUCK)
    assert isinstance(few, NotApplicable) and "validation" in few.reason


def test_a_validation_loss_at_rest_gains_nothing_from_more_steps() -> None:
    fast = 0.001 + np.exp(-T / 40)
    assert findings(fast, fast[9::10]) == [("Cut short", Severity.INFO)]
    assert findings(fast, U) == []


CHANCE = 1.0  # of a constant guess: the variance of the labels
LEARNED = 0.05 + 0.9 * np.exp(-T / 20)
CLIMBS = 1.1 + (AT - 10) / 100  # labels of another order: the surer, the worse
ODD: dict[str, tuple[Any, Any, dict[str, Any], list[tuple[str, Severity]]]] = {
    "shuffled labels": (LEARNED, CLIMBS, {}, [("Nothing carries over", Severity.ERROR)]),
    "rests at chance": (LEARNED, [1.0] * 20, {}, [("Nothing carries over", Severity.ERROR)]),
    "below chance at first": (
        LEARNED,
        np.r_[0.8, CLIMBS[1:]],
        {},
        [("Overfitting", Severity.ERROR)],
    ),
    "the training has not learned": (0.95 + 0.05 * np.exp(-T / 20), [1.0] * 20, {}, []),
    "the guess is not known": (
        LEARNED,
        CLIMBS,
        {"labels": None},
        [("Overfitting", Severity.ERROR)],
    ),
    "a sum over forty batches": (LEARNED, 40 * LEARNED[9::10], {}, []),
    "a sum over five batches": (LEARNED, 5 * U, {}, []),
    "half the training loss": (0.5 + 0 * T, [0.2] * 20, {}, [("Validation easier", Severity.INFO)]),
    "with dropout": (0.5 + 0 * T, [0.2] * 20, {"dropout": (("drop", 0.5),)}, []),
    "means over epochs lag behind": (LEARNED + 0.02, LEARNED[9::10] * 0.4, {}, []),
    "both are low": (0.02 + 0 * T, [0.005] * 20, {}, []),
    "a little easier": (0.4 + 0 * T, [0.3] * 20, {}, []),
}


@pytest.mark.parametrize("name", ODD)
def test_a_validation_that_does_not_fit_its_training(name: str) -> None:
    train, validation, changed, wanted = ODD[name]
    known = {"loss": loss("mean_squared_error", 1.0), "labels": numbers(), **changed}
    got = findings(train, validation, setup=setup(**known))
    assert [one for one in got if one[0] not in ("Underfitting", "Cut short")] == wanted


def test_noise_of_a_sound_training_is_no_defect() -> None:
    for seed in range(50):
        train = LEARNED * np.exp(noise(0.2, 200, seed))
        held_out = (LEARNED[9::10] + 0.05) * np.exp(noise(0.3, 20, seed))
        got = findings(train, held_out, setup=KNOWN)
        assert not [one for one in got if one[0][:10] in ("Nothing ca", "Validation")], seed
