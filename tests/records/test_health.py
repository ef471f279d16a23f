"""Training health: what is kept, what it is measured from, and what is refused."""

import dataclasses
import math

import numpy as np
import pytest

from tb_deepdebug.records import health

pytestmark = pytest.mark.filterwarnings("error")
rng = np.random.default_rng(0)
NAMES = ["block/conv/kernel", "block/conv/bias", "fc.weight", "scale"]
WEIGHTS = [rng.normal(size=s) for s in ((3, 4), (4,), (2, 2), ())]
GRADIENTS = [WEIGHTS[0] * 1e-3, WEIGHTS[1] * 0, None, np.float64(0.5)]
UPDATES = [-WEIGHTS[0] * 1e-4, WEIGHTS[1], WEIGHTS[2] * 0, None]
OUTPUTS = health.OutputGradients("loss", ("conv", "fc"), *rng.random((4, 2)))


def known(**changes):
    measured = health.from_arrays(NAMES, WEIGHTS, GRADIENTS, UPDATES, loss=0.5, learning_rate=0.1)
    return dataclasses.replace(measured, **changes)


def test_measured_from_arrays():
    found = known()
    assert found.source == "given" and (found.loss, found.learning_rate) == (0.5, 0.1)
    assert found.layers == ("block/conv", "block/conv", "fc", "scale")
    assert found.shapes == ((3, 4), (4,), (2, 2), ())
    norm = np.linalg.norm(WEIGHTS[0])
    expected = {
        "weight_norm": [norm, *(np.linalg.norm(w) for w in WEIGHTS[1:3]), abs(WEIGHTS[3])],
        "gradient_norm": [norm * 1e-3, 0, math.nan, 0.5],
        "update_ratio": [1e-4, 1, 0, math.nan],
        "gradient_zero": [0, 4, math.nan, 0],
        "weight_nonfinite": [0] * 4,
    }
    for row, values in expected.items():
        np.testing.assert_allclose(found.row(row), values, rtol=1e-12, err_msg=row)
    assert found.weight_counts.sum(axis=1).tolist() == [12, 4, 4, 1]
    assert found.gradient_counts.sum(axis=1).tolist() == [12, 4, 0, 1]


def test_the_whole_is_the_norm_of_all_entries():
    whole = known().whole
    every = np.concatenate([np.ravel(w) for w in WEIGHTS])
    assert whole["weight_norm"] == pytest.approx(np.linalg.norm(every), rel=1e-12)
    measured = np.concatenate([np.ravel(g) for g in GRADIENTS if g is not None])
    assert whole["gradient_norm"] == pytest.approx(np.linalg.norm(measured), rel=1e-12)
    moved = np.concatenate([np.ravel(u) for u in UPDATES[:3]])
    still = np.concatenate([np.ravel(w) for w in WEIGHTS[:3]])
    ratio = np.linalg.norm(moved) / np.linalg.norm(still)
    assert whole["update_ratio"] == pytest.approx(ratio, rel=1e-12)
    assert math.isnan(known(measures={}).whole["update_ratio"])


def test_rows_not_given_are_not_measured():
    found = known(measures={"gradient_norm": np.arange(4.0)})
    assert found.row("gradient_norm").tolist() == [0, 1, 2, 3]
    assert np.isnan(found.rows[1:]).all() and found.rows.shape == (9, 4)


def test_used_bins_hold_every_count():
    found = known()
    inside = sum(c[:, found.used_bins].sum() for c in (found.weight_counts, found.gradient_counts))
    assert inside == found.weight_counts.sum() + found.gradient_counts.sum()
    assert known(weight_counts=None, gradient_counts=None).used_bins == slice(0, 0)


def test_the_history_goes_from_step_to_step():
    wrong = known(measures={**known().measures, "gradient_nonfinite": np.array([0, 2, 0, 0])})
    record = health.measure(known(), step=5)
    record = health.measure(wrong, OUTPUTS, history=record.history, step=6)
    assert record.history.steps.tolist() == [2] * 4
    np.testing.assert_array_equal(record.history.first_nonfinite_step, [np.nan, 6, np.nan, np.nan])
    between = health.measure(None, OUTPUTS, history=record.history, step=7)
    assert between.history is record.history  # nothing of the parameters was measured
    assert health.follow(between.history, health.measure(known()), 8).steps.tolist() == [3] * 4
    assert health.measure(known(), history=record.history).history is record.history
    begun = health.measure(None, OUTPUTS, step=0)
    assert health.measure(known(), history=begun.history, step=1).history.steps.tolist() == [1] * 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": "guessed"}, r"`source` must be one of .*'given'.*source='guessed'"),
        ({"layers": ("a",)}, "as many. Received: 4, 1 and 4"),
        ({"shapes": ()}, "as many. Received: 4, 4 and 0"),
        ({"measures": {"norm": np.ones(4)}}, r"`measures` are out of .*Received: \['norm'\]"),
        ({"measures": {"weight_max": np.ones(3)}}, r"`weight_max` must have shape \(4,\).*\(3,\)"),
        ({"weight_counts": np.ones((4, 9), int)}, r"`weight_counts` .* \(4, 257\).*\(4, 9\)"),
        ({"gradient_counts": np.ones((3, 257), int)}, "`gradient_counts` must have shape"),
    ],
)
def test_parameters_are_consistent(arguments, message):
    with pytest.raises(ValueError, match=message):
        known(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"objective": "accuracy"}, "`objective` must be one of .*'accuracy'"),
        ({"rms": np.ones(3)}, r"`rms` must have shape \(2,\).*\(3,\)"),
        ({"layers": ("a",)}, r"`rms` must have shape \(1,\)"),
    ],
)
def test_output_gradients_are_consistent(arguments, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(OUTPUTS, **arguments)


def test_a_record_is_consistent():
    other = health.measure(health.from_arrays(["a"], [np.ones(2)], [None]), step=0)
    with pytest.raises(ValueError, match=r"`history` must have shape \(4,\). Received: \(1,\)"):
        health.measure(known(), history=other.history)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"weights": WEIGHTS[:2]}, ValueError, r"as many. Received: \[4, 2, 4, 4\]"),
        (
            {"gradients": [WEIGHTS[0].T, *GRADIENTS[1:]]},
            ValueError,
            r"The gradient of 'block/conv/kernel' must .* \(3, 4\). Received: \(4, 3\)",
        ),
        ({"updates": [None, None, None, np.ones(2)]}, ValueError, "The update of 'scale' must"),
        ({"weights": [w.astype(int) for w in WEIGHTS]}, TypeError, "kernel` must have a floating"),
    ],
)
def test_wrong_arrays_are_told_the_rule_and_what_came(arguments, error, message):
    arrays = {"weights": WEIGHTS, "gradients": GRADIENTS, "updates": UPDATES, **arguments}
    with pytest.raises(error, match=message):
        health.from_arrays(NAMES, **arrays)
