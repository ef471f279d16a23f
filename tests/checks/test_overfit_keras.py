"""The same of Keras models, whose dropout and penalties would keep them from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from needs import needs

import tb_deepdebug as dd

keras = needs("keras")
L = keras.layers

R = np.random.default_rng(0)
X = R.normal(size=(80, 6, 2)).astype(np.float32)
BINARY = (R.random(80) < 0.4).astype(float)


def model(bias: float = 0.0) -> Any:
    x = keras.Input(X.shape[1:])
    shifted = keras.initializers.Constant(bias)
    h = L.Dense(24, "relu", bias_initializer=shifted, kernel_regularizer="l2")(L.Flatten()(x))
    return keras.Model(x, L.Dense(1, "sigmoid")(L.Dropout(0.9)(h)))


@pytest.mark.parametrize(("bias", "verdict"), [(0.0, "pass"), (-1000.0, "fail")])
def test_a_sound_net_learns_both_labellings_and_a_dead_one_neither(
    bias: float, verdict: str
) -> None:
    given = model(bias)
    before = [w.numpy() for w in given.weights]
    got = dd.checks.overfit_small(
        given, X, BINARY, steps=200, learning_rates=(1e-2,), progress=False
    )
    assert [got.verdict, *(one.verdict for one in got.items[:2])] == [verdict] * 3, str(got)
    for one, other in zip(before, given.weights, strict=True):
        np.testing.assert_array_equal(one, other.numpy())


def test_the_same_net_on_shuffled_inputs_knows_nothing() -> None:
    pytest.importorskip("sklearn")
    label = X[..., 0].mean(1) > 0
    got = dd.checks.baseline(X, label, X[:, 0, 0], model=model, resamples=100, progress=False)
    score = got["AUROC of the same net on shuffled inputs"]
    assert score.low < 0.5 < score.high
    assert got["AUROC of logistic regression on mean and std of each channel"].value > 0.6
