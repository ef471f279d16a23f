"""A label for every timestep, learned by nets whose own output has a time axis."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from needs import needs

import tb_deepdebug as dd
from tb_deepdebug.checks.learner import Plan
from tb_deepdebug.checks.overfit_rows import Few, chosen
from tb_deepdebug.checks.overfit_targets import Targets, joined
from tb_deepdebug.records.check import Check

torch = needs("torch")
nn = torch.nn
torch.set_num_threads(1)

R = np.random.default_rng(0)
T = 6
CHANNELS = 12  # so many that a small net tells the few timesteps apart
X = R.normal(size=(40, T, CHANNELS)).astype(np.float32)
BINARY = (R.random((40, T)) < 0.3).astype(float)
CLASSES = R.integers(0, 3, (40, T))
VALUES = R.normal(500, 100, (40, T))
MASK = np.arange(T) < R.integers(2, T + 1, 40)[:, None]


class Steps(nn.Module):  # type: ignore[misc]
    """Its outputs at a step are functions of that step and of a hidden layer's own."""

    def __init__(self, outputs: int = 1, *last: Any, pool: int = 1, squeeze: bool = False) -> None:
        super().__init__()
        self.hidden, self.out = nn.Linear(CHANNELS, 48), nn.Linear(48, outputs)
        self.last, self.pool, self.squeeze = nn.Sequential(*last), pool, squeeze

    def forward(self, x: Any) -> Any:
        h = torch.relu(self.hidden(x))
        if self.pool > 1:
            h = nn.functional.avg_pool1d(h.transpose(1, 2), self.pool).transpose(1, 2)
        z = self.last(self.out(nn.functional.dropout(h, 0.5, self.training)))
        return z.squeeze(-1) if self.squeeze else z


class Channels(nn.Module):  # type: ignore[misc]
    """A convolution's output as it comes, `[batch, outputs, time]`."""

    def __init__(self, outputs: int = 1) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Conv1d(CHANNELS, 48, 1), nn.ReLU(), nn.Conv1d(48, outputs, 1))

    def forward(self, x: Any) -> Any:
        return torch.sigmoid(self.net(x.transpose(1, 2)))


def overfit_small(*args: Any, **options: Any) -> Check:
    given = {"progress": False, "steps": 400, "examples": 8, "learning_rates": (1e-2,), **options}
    return dd.checks.overfit_small(*args, **given)


TASKS = np.stack([BINARY, 1 - BINARY[::-1]], 2)
LABELS: dict[str, tuple[Any, Any, str]] = {
    "binary, squeezed": (Steps(1, nn.Sigmoid(), squeeze=True), BINARY, "AUROC"),
    "binary, one unit": (Steps(1, nn.Sigmoid()), BINARY[:, :, None], "AUROC"),
    "of a convolution": (Channels(), BINARY, "AUROC"),
    "several tasks": (Channels(2), TASKS, "AUROC"),
    "classes": (Steps(3, nn.Softmax(-1)), CLASSES, "accuracy"),
    "one-hot": (Steps(3), np.eye(3)[CLASSES], "accuracy"),
    "values": (Steps(), VALUES, "R2"),
}


@pytest.mark.parametrize("name", LABELS)
def test_a_sound_net_learns_the_label_of_every_timestep(name: str) -> None:
    model, y, metric = LABELS[name]
    got = overfit_small(model, X, y, random_labels=name == "of a convolution")
    assert got.verdict == "pass" and f"{metric} " in got.sentence, str(got)
    assert "over all labelled timesteps" in got.sentence
    assert got[metric].value >= 0.98 and got["rows"].value == 8
    assert got["labels"].value == 8 * T * (2 if name == "several tasks" else 1)
    if name == "of a convolution":
        assert got["AUROC with random labels"].value >= 0.98


def test_labels_of_masked_and_missing_timesteps_are_not_looked_at() -> None:
    """Values of padding that would be refused, or not be learned, otherwise."""
    padded = np.where(MASK, BINARY, 7.0)
    padded[3, 0] = np.nan
    got = overfit_small(Steps(), X, padded, mask=MASK, random_labels=False)
    assert got.verdict == "pass"
    with pytest.raises(ValueError, match="must be 0 or 1"):
        overfit_small(Steps(), X, padded, loss="binary")


def test_labels_of_pooled_timesteps_are_masked_where_all_they_cover_is() -> None:
    x, mask = np.stack([X, X], 2).reshape(40, 2 * T, CHANNELS), np.repeat(MASK, 2, axis=1)
    mask[:, 1] = False
    targets = joined(Steps(pool=2), x, mask, BINARY, Plan(outputs=None), None)
    np.testing.assert_array_equal(np.isfinite(targets.y), MASK)
    assert targets.timesteps == T and targets.plan.reads == "every"
    message = rf"each of the {T} timesteps of the model's output.*, labels of 12 timesteps"
    for y in (np.repeat(BINARY, 2, axis=1), np.repeat(BINARY, 2, axis=1)[:, :, None]):
        with pytest.raises(ValueError, match=message):
            overfit_small(Steps(pool=2), x, y)


def test_labels_of_a_row_are_read_as_ever() -> None:
    for y, outputs in ((BINARY[:, 0], 1), (BINARY[:, :1], 1), (TASKS[:, 0], 2), (CLASSES[:, 0], 3)):
        label = y.astype(float).reshape(40, -1)
        got = joined(Steps(outputs), X, None, label, Plan(outputs=None), None)
        assert (got.timesteps, got.plan.reads, len(got.y)) == (1, "last", 40)


def test_random_labels_are_no_more_than_the_net_has_weights() -> None:
    linear = nn.Linear(CHANNELS, 1)
    y = (X[:, :, 0] > 0).astype(float)
    got = overfit_small(linear, X, y)
    assert got.verdict == "pass" and "AUROC with random labels" not in [n.name for n in got.numbers]
    item = next(one for one in got.items if one.name == "random labels")
    assert item.verdict == "unknown" and "48 labels" in item.sentence and "weights" in item.sentence
    without = overfit_small(linear, X, y, random_labels=False)
    assert "random labels" not in [one.name for one in without.items]


def test_dead_units_give_every_row_the_same() -> None:
    model = nn.Sequential(nn.Linear(CHANNELS, 8), nn.ReLU(), nn.Linear(8, 1))
    with torch.no_grad():
        model[0].bias.fill_(-1000.0)
    got = overfit_small(model, X, BINARY, fresh=False, random_labels=False, steps=30)
    assert got.verdict == "fail" and "same output" in got.sentence


def few(y: Any, loss: Any, twins: Any) -> Few:
    return Few(X[: len(y)], None, np.array(y, float), loss, np.array(twins), timesteps=3)


NAN = np.nan
Y = np.array([[0, 1, NAN], [1, 1, 0], [NAN, 0, 1]])


def test_scores_pool_the_labelled_timesteps_of_all_rows() -> None:
    """Against the pairs, one by one."""
    predicted = R.normal(size=(3, 3))
    ones = [p for y, p in zip(Y.ravel(), predicted.ravel(), strict=True) if y == 1]
    zeros = [p for y, p in zip(Y.ravel(), predicted.ravel(), strict=True) if y == 0]
    pairs = np.mean([one > zero for one in ones for zero in zeros])
    assert few(Y, "binary", [0, 1, 2]).score(predicted) == pytest.approx(pairs)
    classes = few(Y, "categorical", [0, 1, 2])
    logits = R.normal(size=(3, 3, 2))
    right = (logits.argmax(2) == Y)[np.isfinite(Y)].mean()
    assert classes.score(logits.reshape(3, 6)) == pytest.approx(right)
    assert classes.reachable == 1


def test_equal_rows_with_different_labels_bound_the_score() -> None:
    """Steps 0 and 2 conflict in rows 0 and 1: of the four labels one half is right."""
    y = [[0, 1, 1], [1, 1, 0], [NAN, 0, 1]]
    assert few(y, "categorical", [0, 0, 1]).reachable == pytest.approx(6 / 8)
    # 1 is ranked above .5 above 0: 3 ones and a zero on top of each other.
    best = few(y, "binary", [0, 0, 1]).reachable
    assert best == pytest.approx((3 * 3 + 2 * (1 + 2 * 0.5)) / (5 * 3))


def test_random_labels_are_dealt_out_among_the_labelled_timesteps() -> None:
    y = np.where(MASK, R.normal(size=MASK.shape), NAN)
    rows = Few(X, None, y, "mse", np.arange(40), timesteps=T)
    dealt = rows.relabelled(1).y
    np.testing.assert_array_equal(np.isfinite(dealt), MASK)
    np.testing.assert_array_equal(np.sort(dealt[MASK]), np.sort(y[MASK]))
    assert (dealt != y)[MASK].mean() > 0.9 and np.array_equal(rows.y, y, equal_nan=True)
    twins = dataclasses.replace(rows, twins=np.arange(40) // 2).relabelled(1).y
    np.testing.assert_array_equal(twins[::2], twins[1::2])


def test_rows_with_the_rarest_class_are_among_the_few() -> None:
    y = np.zeros((40, T))
    y[7, 3], y[9:12, 2] = 2, 1
    targets = Targets(y, T, Plan(outputs=None, loss="categorical"), np.zeros((T, 3)))
    assert 7 in chosen(targets.by_row, None, 3, True, seed=0)


def test_keras_learns_the_label_of_every_timestep() -> None:
    keras = needs("keras")
    x = keras.Input((T, CHANNELS))
    h = keras.layers.Dense(48, "relu")(x)
    for units, y, last in ((1, BINARY, "sigmoid"), (3, CLASSES, "softmax")):
        model = keras.Model(x, keras.layers.Dense(units, last)(keras.layers.Dropout(0.5)(h)))
        got = overfit_small(model, X, y, mask=MASK, random_labels=False)
        assert got.verdict == "pass" and "over all labelled timesteps" in got.sentence, str(got)


def test_how_the_net_is_read_is_told_by_the_labels() -> None:
    with pytest.raises(ValueError, match="must be 'last' or 'mean'"):
        overfit_small(Steps(), X, BINARY, reads="every")
    with pytest.raises(ValueError, match="of a model's own outputs"):
        Plan(outputs=1, reads="every")
    with pytest.raises(ValueError, match="no time axis"):
        overfit_small(
            nn.Sequential(nn.Flatten(), nn.Linear(CHANNELS * T, 1)), X, BINARY[:, :, None]
        )
