"""The temporal Jacobian of a linear recurrence, whose rows are known, and what is refused."""

import dataclasses

import numpy as np
import pytest

from tb_deepdebug.records import input_gradients, jacobian

pytestmark = pytest.mark.filterwarnings("error")
T = 40


def recurrence(a, steps, batch=3, channels=2):
    """y_k = sum over t <= k of a^(k - t) x_t in each channel: d y_k / d x_t `[batch, K, T, C]`."""
    lag = np.asarray(steps)[:, None] - np.arange(T)
    rows = np.where(lag >= 0, float(a) ** np.maximum(lag, 0), 0)
    return np.broadcast_to(rows[None, :, :, None], (batch, len(steps), T, channels)).copy()


@pytest.mark.parametrize("a", [0.5, 0.9, 1.0, 1.05])
def test_a_linear_recurrence(a):
    steps = [3, 20, 39]
    found = jacobian.measure(recurrence(a, steps), output_steps=steps)
    lag = np.array(steps)[:, None] - np.arange(T)
    reachable = lag >= 0
    expected = np.where(reachable, lag * np.log10(a) + np.log10(2) / 2, np.nan)
    np.testing.assert_allclose(found.log_mean, expected, atol=1e-12)
    np.testing.assert_array_equal(found.states, np.where(reachable, 0, 2))
    assert found.log10_peak == pytest.approx(np.nanmax(expected), abs=1e-12)
    far = np.mean(float(a) ** np.arange(20, 40)) / np.mean(float(a) ** np.arange(40))
    assert found.ratio[2] == pytest.approx(np.log10(far), abs=1e-9)


def test_each_row_is_the_input_gradient_of_its_output_step():
    rng = np.random.default_rng(0)
    data = recurrence(0.8, [5, 30]) * rng.normal(size=(3, 2, T, 2))
    mask = np.ones((3, T), bool)
    mask[0, 35:], mask[1, 38:] = False, False
    data[2, 1, 7], data[:, 0, 1] = np.nan, 0
    found = jacobian.measure(data, output_steps=[5, 30], mask=mask)
    for k, step in enumerate([5, 30]):
        row = input_gradients.measure(data[:, k], output_step=step, mask=mask)
        np.testing.assert_array_equal(found.states[k], row.states[0])
        np.testing.assert_array_equal(found.log_mean[k], row.curves["log_mean"][0])
        assert found.ratio[k] == row.numbers.log10_amnesia_ratio


def test_underflow_is_told_from_no_path():
    data = recurrence(1e-3, [39]).astype(np.float32)
    states = jacobian.measure(data, output_steps=[39]).states[0]
    assert set(states[:20]) == {1} and set(states[-5:]) == {0}


def test_rows_are_kept_in_the_order_of_time():
    steps = [20, -1, 3]
    data = recurrence(0.9, [20, 39, 3])
    found = jacobian.measure(data, output_steps=steps)
    straight = jacobian.measure(data[:, [2, 0, 1]], output_steps=[3, 20, 39])
    assert found.output_steps.tolist() == [3, 20, 39] and found.output_steps.dtype == np.uint32
    np.testing.assert_array_equal(found.log_mean, straight.log_mean)
    np.testing.assert_array_equal(found.ratio, straight.ratio)


def test_nothing_known_has_no_peak():
    found = jacobian.measure(np.full((2, 1, T, 2), np.nan), output_steps=[3])
    assert np.isnan(found.log10_peak) and (found.states == 4).all()


DATA = recurrence(0.9, [3, 20])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"jacobian": DATA[0]}, ValueError, r"rank 4, \[batch, output steps, time, channels\]"),
        ({"jacobian": DATA[:0]}, ValueError, "not be empty"),
        ({"jacobian": DATA.astype(int)}, TypeError, "`jacobian` must have a floating-point dtype"),
        ({"output_steps": [3]}, TypeError, r"must be 2 integers, .*output_steps=\[3\]"),
        ({"output_steps": [3.0, 4.0]}, TypeError, "must be 2 integers"),
        ({"output_steps": "last"}, TypeError, "must be 2 integers"),
        ({"output_steps": [3, 40]}, ValueError, r"different timesteps, 0 to 39 .*\[3, 40\]"),
        ({"output_steps": [39, -1]}, ValueError, r"different timesteps.*\[39, -1\]"),
        ({"mask": np.ones((3, 39))}, ValueError, "`mask` must have the shape"),
        ({"mask": np.zeros((3, T))}, ValueError, "all 120 masked"),
    ],
)
def test_wrong_arguments_are_told_the_rule_and_what_came(arguments, error, message):
    with pytest.raises(error, match=message):
        jacobian.measure(**{"jacobian": DATA, "output_steps": [3, 20], **arguments})


def test_a_record_is_consistent():
    found = jacobian.measure(DATA, output_steps=[3, 20])
    with pytest.raises(ValueError, match=r"shape \(2, 40\). Received: \(1, 40\)"):
        dataclasses.replace(found, states=found.states[:1])
