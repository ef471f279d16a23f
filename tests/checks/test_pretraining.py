"""Weights move into the model, all but the last layer's; what they gain is measured."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from needs import needs
from taught_nets import keras_short, noise, torch_gru

from tb_deepdebug.checks import pretrain

torch = needs("torch")
X = noise()
FAST: dict[str, Any] = {"steps": 60, "learning_rate": 0.02, "progress": False}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def torch_weights(model: Any) -> dict[str, np.ndarray]:
    return {name: one.numpy().copy() for name, one in model.state_dict().items()}


def keras_weights(model: Any) -> dict[str, np.ndarray]:
    return {one.path: one.value.numpy() for one in model.weights}


@pytest.mark.parametrize(
    ("build", "weights"), [(torch_gru, torch_weights), (keras_short, keras_weights)]
)
def test_all_but_the_last_layer_is_moved(build: Any, weights: Any) -> None:
    model = build()
    before = weights(model)
    check = pretrain(model, "last_value", X, **FAST)
    after = weights(model)
    head = list(before)[-2:]
    same = [name for name in before if np.array_equal(before[name], after[name])]
    assert same == head
    moved, kept = (item for item in check.items if "moved" in item.name)
    assert all(name in kept.sentence for name in head)
    assert all(name in moved.sentence for name in before if name not in head)
    assert check["arrays not moved"].value == 2


def test_what_was_learned_from_all_rows_helps_where_few_have_labels() -> None:
    x = noise(300)
    y = np.where(np.arange(300) % 4 == 0, x.mean(axis=1)[:, 0] * 3 + 7, np.nan)
    check = pretrain(torch_gru(), "mean", x, y, real_steps=10, **{**FAST, "steps": 100})
    gain = check["gain on the real task"]
    assert check.verdict == "pass" and 0 < gain.low < gain.value, str(check)
    assert check.sentence.startswith("Beginning with these weights gains")
    scratch, helped = check.pictures[0].lines
    assert (scratch.name, helped.name) == ("from scratch", "pretrained")
    assert scratch.x[-1] == helped.x[-1] == 10


def test_classes_and_missing_labels() -> None:
    y = np.where(np.arange(120) % 5 == 0, np.nan, X[:, -1, 0] > 0)
    check = pretrain(torch_gru(), "last_value", X, y, **{**FAST, "steps": 20})
    assert np.isfinite(check["gain on the real task"].value)


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(TypeError, match="into which the weights are moved"):
        pretrain(torch_gru, "mean", X)
    with pytest.raises(ValueError, match="a row for each"):
        pretrain(torch_gru(), "mean", X, np.zeros(3))


def test_nothing_moves_from_a_training_that_broke() -> None:
    model, x = torch_gru(), X.copy()
    x[:, 0] = np.inf
    before = torch_weights(model)
    check = pretrain(model, "last_value", x, **FAST)
    assert check.verdict == "fail" and "Nothing was moved" in check.sentence
    assert all(np.array_equal(one, before[name]) for name, one in torch_weights(model).items())
