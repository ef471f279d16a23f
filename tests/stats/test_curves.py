"""Input-gradient curves: closed forms, plain loops, and the kinds of nothing."""

import math
from fractions import Fraction

import numpy as np
import pytest

from tb_deepdebug.stats import curves
from tb_deepdebug.stats.curves import MASKED, NONFINITE, UNDERFLOWED, UNREACHABLE, VALUE

pytestmark = pytest.mark.filterwarnings("error")
TINY32, TINY64 = float(np.finfo(np.float32).tiny), float(np.finfo(np.float64).tiny)


def measured(gradients, valid=None, floor=TINY64, output_step=None):
    """Magnitudes and states of gradients `[examples, T, C]`."""
    valid = np.ones(gradients.shape[:2], bool) if valid is None else valid
    m = curves.magnitudes(gradients, valid, floor)
    at = gradients.shape[1] - 1 if output_step is None else output_step
    return m, curves.states(m, at)


def linear_rnn(a, steps, at, dtype=np.float64, channels=2):
    """d output_at / d input_t of h_t = a h_(t-1) + x_t: a^(at - t), and nothing after it."""
    lag = at - np.arange(steps)
    with np.errstate(under="ignore"):
        g = np.where(lag >= 0, float(a) ** np.maximum(lag, 0), 0).astype(dtype)
    g[np.abs(g) < np.finfo(dtype).tiny] = 0  # frameworks flush denormals to zero
    return np.broadcast_to(g[None, :, None], (6, steps, channels))


@pytest.mark.parametrize("a", [0.5, 0.99, 1.05])
def test_log_mean_of_a_linear_rnn_is_exact(a):
    g = linear_rnn(a, 1000, 999) * np.array([1.0, -2.0])
    m, states = measured(g)
    expected = (999 - np.arange(1000)) * math.log10(a)
    found = curves.log_mean(m, states)
    assert (states == VALUE).all()
    for row, scale in enumerate([math.sqrt(5), 1, 2]):
        np.testing.assert_allclose(found[row], expected + math.log10(scale), atol=1e-12)


def test_the_future_of_a_causal_net_is_unreachable():
    g = linear_rnn(0.5, 100, 60)
    _, states = measured(g, output_step=60)
    assert (states[:, :61] == VALUE).all() and (states[:, 61:] == UNREACHABLE).all()


def test_zeros_far_back_in_float32_are_underflow_and_the_future_is_not():
    g = linear_rnn(0.5, 400, 300, np.float32)
    m, states = measured(g, floor=TINY32, output_step=300)
    first = 300 - 126  # 2^-126 is the smallest normal float32
    assert (states[:, first:301] == VALUE).all()
    assert (states[:, :first] == UNDERFLOWED).all()
    assert (states[:, 301:] == UNREACHABLE).all()
    log_mean = curves.log_mean(m, states)
    np.testing.assert_allclose(log_mean[:, :first][0], math.log10(TINY32))
    assert np.isnan(log_mean[:, 301:]).all()


def test_underflow_on_both_sides_of_a_bidirectional_net():
    lag = np.abs(np.arange(600) - 250)
    g = np.where(lag <= 126, 0.5 ** np.minimum(lag, 300), 0).astype(np.float32)
    _, states = measured(np.repeat(g[None, :, None], 3, 0), floor=TINY32, output_step=250)
    np.testing.assert_array_equal(states[1], np.where(lag <= 126, VALUE, UNDERFLOWED))


def test_a_zero_in_some_examples_near_the_floor_is_underflow():
    g = np.full((4, 3, 1), 1e-35, np.float32)
    g[0, 0] = 0
    m, states = measured(g, floor=TINY32)
    assert states[:, 0].tolist() == [UNDERFLOWED] * 2 and (states[:, 1:] == VALUE).all()
    expected = (math.log10(TINY32) - 3 * 35) / 4
    np.testing.assert_allclose(curves.log_mean(m, states)[:, 0], expected, atol=1e-7)


def test_true_zeros_are_left_out_of_the_log_mean():
    """Max pooling sends the gradient to one timestep of each window, another per example."""
    rng = np.random.default_rng(0)
    g = np.zeros((8, 40, 1))
    for example in g:
        example[np.arange(0, 40, 4) + rng.integers(0, 4, 10)] = 0.25
    m, states = measured(g, floor=TINY32)
    hit = (g > 0).any(axis=0)[:, 0]
    np.testing.assert_array_equal(states[0], np.where(hit, VALUE, UNREACHABLE))
    log_mean = curves.log_mean(m, states)
    np.testing.assert_allclose(log_mean[0, hit], math.log10(0.25))
    assert np.isnan(log_mean[0, ~hit]).all()


def test_a_dead_channel_is_unreachable_beside_a_live_one():
    g = np.ones((3, 5, 2))
    g[..., 1] = 0
    _, states = measured(g)
    assert states.tolist() == [[VALUE] * 5, [VALUE] * 5, [UNREACHABLE] * 5]


def test_masked_and_nonfinite_places():
    g = np.ones((2, 5, 2))
    g[:, 1, 0], g[0, 2, 0], g[:, 3], g[0, 4] = np.nan, np.inf, -np.inf, np.nan
    valid = np.array([[0, 1, 1, 1, 1], [0, 1, 1, 1, 0]], bool)
    m, states = measured(g, valid)
    assert states.tolist() == [
        [MASKED, NONFINITE, VALUE, NONFINITE, NONFINITE],
        [MASKED, NONFINITE, VALUE, NONFINITE, NONFINITE],
        [MASKED, VALUE, VALUE, NONFINITE, NONFINITE],
    ]
    expected = [[np.nan, np.nan, math.log10(math.sqrt(2)), np.nan, np.nan]]
    expected += [[np.nan, np.nan, 0, np.nan, np.nan], [np.nan, 0, 0, np.nan, np.nan]]
    np.testing.assert_allclose(curves.log_mean(m, states), expected, atol=1e-15)


@pytest.mark.parametrize("scale", [5e-324, 1e-200, 1e-160, 1, 1e200, 1e307])
def test_the_norm_over_channels_neither_overflows_nor_underflows(scale):
    g = np.array([[[3.0, -4.0], [0.0, 2.0], [0.0, 0.0]]]) * scale
    m, _ = measured(g)
    np.testing.assert_allclose(m.values[0, 0], [5 * scale, 2 * scale, 0], rtol=1e-12)
    np.testing.assert_array_equal(m.values[0, 1:], np.abs(g[0].T))


SCALES = [1e-200, 1.0, 1e200, 1e307]
rng = np.random.default_rng(7)
SIGNED = rng.normal(size=(7, 20, 2)) + 0.3
SIGNED[0, :5], SIGNED[:, 6], SIGNED[:, 7, 1], SIGNED[2, 8, 0] = 0, 0, 0, np.nan
SIGNED[3, 9] = np.inf
VALID = rng.random((7, 20)) < 0.7
VALID[:, 11], VALID[1, 12] = False, True


def slow(gradients, valid, reduce):
    """`reduce` of each row's finite valid values at each t; vectors over channels in row 0."""
    examples, steps, channels = gradients.shape
    out = np.full((1 + channels, steps), np.nan)
    for t in range(steps):
        rows = [gradients[i, t] for i in range(examples) if valid[i, t]]
        whole = [row for row in rows if np.isfinite(row).all()]
        parts = [[row[c : c + 1] for row in rows if np.isfinite(row[c])] for c in range(channels)]
        for r, vectors in enumerate([whole, *parts]):
            value = reduce(vectors) if vectors else math.nan
            out[r, t] = value
    return out


def norm(vector):
    return math.hypot(*vector)


def signed_norm(vectors):
    """Length of the mean vector, summed exactly."""
    sums = [sum(map(Fraction, map(float, parts))) for parts in zip(*vectors, strict=True)]
    return math.hypot(*(float(total / len(vectors)) for total in sums))


def log10(x):
    return np.log10(x, out=np.full(x.shape, np.nan), where=x > 0)


@pytest.mark.parametrize("scale", SCALES)
def test_reductions_are_what_loops_find(scale):
    g = SIGNED * scale
    m, _ = measured(g, VALID)
    unit = slow(SIGNED, VALID, lambda v: sum(map(norm, v)) / len(v))
    np.testing.assert_allclose(
        curves.mean(m), log10(unit) + math.log10(scale), rtol=1e-9, atol=1e-9
    )
    unit = slow(SIGNED, VALID, lambda v: math.sqrt(sum(norm(x) ** 2 for x in v) / len(v)))
    np.testing.assert_allclose(curves.rms(m), log10(unit) + math.log10(scale), atol=1e-9)
    found, ratio = curves.signed_mean(g, m)
    unit = slow(SIGNED, VALID, signed_norm)
    np.testing.assert_allclose(found, log10(unit) + math.log10(scale), atol=1e-9)
    typical = slow(SIGNED, VALID, lambda v: sum(map(norm, v)) / len(v))
    expected = np.divide(unit, typical, out=np.full(unit.shape, np.nan), where=typical > 0)
    np.testing.assert_allclose(ratio, expected, atol=1e-9)


def test_cancellation():
    g = np.array([[[1.0], [1.0], [0.0]], [[1.0], [-1.0], [0.0]]])
    signed, ratio = curves.signed_mean(g, measured(g)[0])
    assert ratio[1, :2].tolist() == [1, 0] and math.isnan(ratio[1, 2])
    assert signed[1, 0] == 0 and np.isnan(signed[1, 1:]).all()


def test_the_band_covers_the_log_mean_and_widens_with_the_spread():
    spread = np.array([0.1, 1.0, 3.0])
    logs = np.random.default_rng(0).normal(size=(200, 3)) * spread
    m, states = measured((10.0**logs)[..., None])
    low, high = curves.bootstrap_band(m, states)
    middle = curves.log_mean(m, states)
    assert (low < middle).all() and (middle < high).all()
    expected = 2 * 1.96 * spread / math.sqrt(200)  # of a normal mean, 95 %
    np.testing.assert_allclose((high - low)[1], expected, rtol=0.2)


def test_the_band_covers_the_truth_about_as_often_as_it_says():
    logs = np.random.default_rng(1).normal(size=(20, 1000))
    m, states = measured((10.0**logs)[..., None])
    low, high = curves.bootstrap_band(m, states)[:, 1]
    assert 0.88 < np.mean((low <= 0) & (high >= 0)) <= 0.97  # percentile bands of 20 are narrow


def slow_band(m, states, seed=0):
    """The percentile bootstrap, replicate by replicate."""
    examples = len(m.values)
    draws = np.random.default_rng(seed).multinomial(
        examples, np.full(examples, 1 / examples), curves.BOOTSTRAP_REPLICATES
    )
    edges = np.full((2, *states.shape), np.nan)
    for r, t in np.ndindex(states.shape):
        kept = [
            i
            for i in range(examples)
            if m.valid[i, t]
            and np.isfinite(m.values[i, r, t])
            and (m.values[i, r, t] > 0 or states[r, t] == UNDERFLOWED)
        ]
        if len(kept) < curves.BOOTSTRAP_LEAST_EXAMPLES:
            continue
        logs = np.log10(np.maximum(m.values[kept, r, t], m.floor))
        means = sorted(np.average(logs, weights=w[kept]) for w in draws if w[kept].any())
        edges[:, r, t] = means[5], means[-6]
    return edges


def test_the_band_is_what_loops_find():
    g = SIGNED.copy()
    g[:, 12] = 1e-307
    g[1, 12] = 0
    m, states = measured(g, VALID)
    assert UNDERFLOWED in states[:, 12]
    np.testing.assert_allclose(
        curves.bootstrap_band(m, states), slow_band(m, states), rtol=1e-6, atol=1e-7
    )


@pytest.mark.parametrize(("examples", "known"), [(1, False), (4, False), (5, True)])
def test_few_examples_have_no_band(examples, known):
    m, states = measured(np.random.default_rng(0).random((examples, 4, 1)))
    assert np.isfinite(curves.bootstrap_band(m, states)).all() == known


def test_the_band_is_the_same_each_time():
    m, states = measured(SIGNED, VALID)
    first, second = curves.bootstrap_band(m, states), curves.bootstrap_band(m, states)
    np.testing.assert_array_equal(first, second)
