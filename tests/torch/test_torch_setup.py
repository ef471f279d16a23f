"""What the PyTorch recorder tells of a training's setup."""

from __future__ import annotations

import functools
import logging
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from needs import needs
from setup_logs import first_setup, scalars

torch = needs("torch")

import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402

from tb_deepdebug.records.setup import OptimizerFacts  # noqa: E402
from tb_deepdebug.torch import DeepDebug  # noqa: E402
from tb_deepdebug.torch.losses import recognised, watched  # noqa: E402
from tb_deepdebug.torch.subject import TorchSubject  # noqa: E402

G = torch.Generator().manual_seed(0)
LOGITS = torch.randn(6, 3, generator=G)
CLASSES = torch.tensor([0, 1, 2, 2, 1, 0])
HOT = F.one_hot(CLASSES, 3).float()
WEIGHT = torch.tensor([1.0, 2.0, 3.0])


def focal(output: Any, labels: Any) -> Any:
    return ((1 - output.softmax(-1)) * F.cross_entropy(output, labels)).mean()


class Own(nn.Module):
    """A loss of one's own that calls nothing known."""

    def forward(self, output: Any, labels: Any) -> Any:
        return (output[:, 0] - labels).abs().mean()


# loss, output, labels -> name, family, takes logits, weighted
CE, BCE = "cross_entropy", "binary_cross_entropy"
LOSSES: dict[str, tuple[Any, Any, Any, tuple[Any, ...]]] = {
    "module": (nn.CrossEntropyLoss(), LOGITS, CLASSES, (CE, "categorical", True, False)),
    "function": (F.cross_entropy, LOGITS, CLASSES, (CE, "categorical", True, False)),
    "lambda": (
        lambda o, y: F.cross_entropy(o[:, None].transpose(1, 2), y[:, None]),
        *(LOGITS, CLASSES),
        (CE, "categorical", True, False),
    ),
    "partial": (
        functools.partial(F.cross_entropy, reduction="sum"),
        *(LOGITS, CLASSES),
        (CE, "categorical", True, True),
    ),
    "weights of classes": (
        nn.CrossEntropyLoss(weight=WEIGHT),
        *(LOGITS, CLASSES),
        (CE, "categorical", True, True),
    ),
    "of distributions": (F.cross_entropy, LOGITS, HOT, (CE, "categorical", True, False)),
    "log-probabilities": (
        nn.NLLLoss(),
        *(LOGITS.log_softmax(-1), CLASSES),
        ("nll_loss", "categorical", False, False),
    ),
    "log-softmax in the loss": (
        lambda o, y: F.nll_loss(F.log_softmax(o, -1), y),
        *(LOGITS, CLASSES),
        (CE, "categorical", True, False),
    ),
    "probabilities": (
        lambda o, y: F.nll_loss(torch.log(o), y),
        *(LOGITS.softmax(-1), CLASSES),
        (CE, "categorical", False, False),
    ),
    "binary": (nn.BCELoss(), LOGITS.sigmoid(), HOT, (BCE, "binary", False, False)),
    "binary of logits": (
        nn.BCEWithLogitsLoss(),
        *(LOGITS, HOT),
        (f"{BCE}_with_logits", "binary", True, False),
    ),
    "sigmoid in the loss": (
        lambda o, y: F.binary_cross_entropy(o.sigmoid(), y),
        *(LOGITS, HOT),
        (f"{BCE}_with_logits", "binary", True, False),
    ),
    "weights of the positive": (
        nn.BCEWithLogitsLoss(pos_weight=WEIGHT),
        *(LOGITS, HOT),
        (f"{BCE}_with_logits", "binary", True, True),
    ),
    "squares": (nn.MSELoss(), LOGITS, HOT, ("mse_loss", "regression", None, False)),
    "sizes": (F.l1_loss, LOGITS, HOT, ("l1_loss", "regression", None, False)),
    "Huber": (nn.HuberLoss(), LOGITS, HOT, ("huber_loss", "regression", None, False)),
    "divergence": (F.kl_div, LOGITS, HOT, ("kl_div", "other", None, False)),
    "made of one": (focal, LOGITS, CLASSES, ("focal", "other", None, False)),
    "made of two": (
        lambda o, y: F.cross_entropy(o, y) + F.mse_loss(o, HOT),
        *(LOGITS, CLASSES),
        ("loss", "other", None, False),
    ),
    "one's own": (Own(), LOGITS, CLASSES, ("own", "other", None, False)),
}


@pytest.mark.parametrize("case", LOSSES)
def test_losses_are_recognised_by_what_they_call(case: str) -> None:
    loss, output, labels, expected = LOSSES[case]
    value, found = watched(loss, output, labels)
    facts = found.facts
    assert (facts.name, facts.family, facts.from_logits, facts.weighted) == expected
    assert float(value) == pytest.approx(float(loss(output, labels)), rel=1e-6)


KNOWN = ("module", "function", "partial", "weights of classes", "binary", "squares", "one's own")


@pytest.mark.parametrize("case", KNOWN)
def test_losses_that_were_not_called_yet_are_known_by_what_they_are(case: str) -> None:
    loss, _, _, expected = LOSSES[case]
    facts = recognised(loss).facts
    assert (facts.name, facts.family, facts.from_logits, facts.weighted) == expected


def test_what_is_said_to_a_loss() -> None:
    smooth = nn.CrossEntropyLoss(label_smoothing=0.1, ignore_index=2)
    for found in (recognised(smooth), watched(smooth, LOGITS, CLASSES)[1]):
        assert found.facts.label_smoothing == 0.1 and found.ignored == 2
    each = functools.partial(F.cross_entropy, reduction="none", label_smoothing=0.2)
    value, found = watched(each, LOGITS, CLASSES)
    assert found.facts.label_smoothing == 0.2 and not found.facts.weighted
    assert float(value) == pytest.approx(float(each(LOGITS, CLASSES).mean()))


class Net(nn.Module):
    """A convolution over a series, and a head that ends in a function."""

    def __init__(self, end: Callable[[Any], Any]) -> None:
        super().__init__()
        self.conv, self.drop, self.fc = nn.Conv1d(2, 4, 3), nn.Dropout(0.25), nn.Linear(4, 3)
        self.end = end
        self.conv.weight.requires_grad_(False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.end(self.fc(self.drop(self.conv(x).relu()).mean(-1)))


ENDS: dict[str, tuple[Callable[[Any], Any], str | None, bool]] = {
    "nothing": (lambda z: z, "linear", False),
    "function": (lambda z: F.softmax(z, -1), "softmax", True),
    "method": (lambda z: z.sigmoid(), "sigmoid", False),
    "module": (nn.Softmax(dim=-1), "softmax", True),
    "another module": (nn.LogSoftmax(dim=-1), "log_softmax", False),
    "tanh": (torch.tanh, "tanh", False),
    "a look": (lambda z: torch.sigmoid(z)[..., :1].squeeze(-1), "sigmoid", False),
    "arithmetic": (lambda z: 2 * z + 1, None, False),
}


@pytest.mark.parametrize("end", ENDS)
def test_the_output(end: str) -> None:
    function, activation, sums = ENDS[end]
    net = Net(function)
    x = torch.randn(5, 2, 9, generator=G)
    subject = TorchSubject(net, x)
    list(subject.capture(0, 2)), list(subject.capture(2, 5))
    found = subject.setup().output
    with torch.no_grad():
        expected = net.eval()(x)
    assert found is not None and (found.activation, found.row_sums_to_one) == (activation, sums)
    assert (found.min, found.max) == pytest.approx((float(expected.min()), float(expected.max())))


def test_the_inputs() -> None:
    class Both(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed, self.conv = nn.Embedding(20, 4, padding_idx=0), nn.Conv1d(2, 4, 1)

        def forward(self, ids: Any, series: Any, valid: Any) -> Any:
            return self.embed(ids).mean(1) + self.conv(series).mean(-1) + valid.sum()

    series = torch.zeros(3, 2, 5)
    series[:, 1] = torch.arange(5.0)
    x = {"ids": torch.arange(15).reshape(3, 5), "series": series, "valid": torch.ones(3) > 0}
    mask = np.arange(5) < np.array([[5], [5], [1]])
    subject = TorchSubject(Both(), x, mask=mask)
    list(subject.capture(0, 3))
    ids, numbers, valid = subject.setup().inputs
    assert (ids.name, ids.kind, ids.shape, ids.padded, ids.max) == ("ids", "tokens", (5,), 4, 10)
    assert (valid.kind, valid.dtype) == ("mask", "bool")
    assert (numbers.kind, numbers.shape, numbers.padded) == ("numbers", (5, 2), 8)
    assert numbers.channel_mean == pytest.approx((0, 20 / 11)) and numbers.constant_channels == 1


def train(folder: Path, **options: Any) -> tuple[Any, Any]:
    """Six steps of a classifier; returns the net and its losses on the probe, untrained first."""
    torch.manual_seed(0)
    net = Net(lambda z: z)
    x, y = torch.randn(12, 2, 9), torch.arange(12) % 3
    optimizer = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9, weight_decay=1e-4)
    losses = []

    def now() -> None:
        net.eval()
        losses.append(F.cross_entropy(net(x), y).item())
        net.train()

    now()
    settings = {"probe": x, "labels": y, "loss": lambda o, t: F.cross_entropy(o, t)}
    with DeepDebug(net, folder, optimizer=optimizer, every=2, **settings | options) as debug:
        for step in range(1, 7):
            optimizer.zero_grad()
            F.cross_entropy(net(x), y).backward()
            optimizer.step()
            now()
            debug.step(step)
    return net, losses


def test_a_training_writes_its_setup_once_and_the_loss_at_each_look(tmp_path: Path) -> None:
    _, losses = train(tmp_path)
    found, steps = first_setup(tmp_path)
    assert steps == [0]
    assert found.loss is not None and found.loss.family == "categorical"
    assert found.loss.first == pytest.approx(losses[0], rel=1e-5)
    assert found.labels is not None and found.labels.class_counts == (4, 4, 4)
    assert found.optimizer == OptimizerFacts("sgd", 0.1, momentum=0.9, weight_decay=1e-4)
    assert found.frozen == ("conv/weight",) and found.dropout == (("drop", 0.25),)
    assert found.output is not None and found.output.activation == "linear"
    told = scalars(tmp_path)["deepdebug/probe/loss"]
    assert {0, 2, 4, 6} <= set(told)
    assert list(told.values()) == pytest.approx([losses[s] for s in told], rel=1e-5)


def test_chunks_of_the_probe_have_one_loss_together(tmp_path: Path) -> None:
    _, losses = train(tmp_path, memory_bytes=3000)
    found, _ = first_setup(tmp_path)
    assert found.loss is not None and found.loss.first == pytest.approx(losses[0], rel=1e-5)


def test_without_labels_the_rest_is_known(tmp_path: Path) -> None:
    train(tmp_path, labels=None, loss=nn.CrossEntropyLoss())
    found, _ = first_setup(tmp_path)
    assert found.loss is not None and found.loss.name == CE and math.isnan(found.loss.first)
    assert found.labels is None and found.output is not None and len(found.inputs) == 1
    assert "deepdebug/probe/loss" not in scalars(tmp_path)


def test_a_loss_that_fails_is_noted_and_training_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(output: Any, labels: Any) -> Any:
        raise RuntimeError("no such loss")

    with caplog.at_level(logging.WARNING, "tb_deepdebug"):
        train(tmp_path, loss=broken)
    assert sum("the loss of the probe: RuntimeError: no such" in m for m in caplog.messages) == 1
    found, _ = first_setup(tmp_path)
    assert found.loss is not None and found.loss.name == "broken" and math.isnan(found.loss.first)
    assert found.output is not None


def test_nothing_is_written_without_health(tmp_path: Path) -> None:
    train(tmp_path, write_health=False)
    assert first_setup(tmp_path) == (None, [])
    assert not [tag for tag in scalars(tmp_path) if tag.startswith("deepdebug/probe")]
