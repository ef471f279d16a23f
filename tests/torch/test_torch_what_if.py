"""A fix tried on the probe: what vanishes, against weights really changed; nothing is touched."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from needs import needs

torch = needs("torch")

import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402

import tb_deepdebug.torch.trace as torch_trace  # noqa: E402
from tb_deepdebug.findings.finding import Fix  # noqa: E402
from tb_deepdebug.what_if import what_if  # noqa: E402


class Net(nn.Module):
    """Three convolutions, the second of which is dead: every bias of it is -10.

    Args:
      relu: of the second one.
    """

    def __init__(self, relu: Any) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv1, self.conv2 = nn.Conv1d(3, 8, 3, padding=1), nn.Conv1d(8, 8, 3, padding=1)
        self.norm, self.conv3 = nn.BatchNorm1d(8), nn.Conv1d(8, 8, 3, padding=1)
        self.act, self.drop, self.head = relu, nn.Dropout(0.5), nn.Linear(8, 2)
        self.conv2.bias.data.fill_(-10)

    def forward(self, x: Any) -> Any:
        h = self.norm(F.relu(self.conv1(x)))
        h = self.act(self.conv2(h))
        return self.head(self.drop(torch.tanh(self.conv3(h))).mean(-1))


class Functional(Net):
    def __init__(self) -> None:
        super().__init__(lambda h: F.relu(h))


class InPlace(Net):
    """What follows reads the argument, not the result."""

    def __init__(self) -> None:
        def relu(h: Any) -> Any:
            h = h * 1.0
            F.relu_(h)
            return h

        super().__init__(relu)


class Module(Net):
    def __init__(self) -> None:
        super().__init__(nn.ReLU())


class InPlaceModule(Net):
    def __init__(self) -> None:
        super().__init__(nn.ReLU(inplace=True))


class Clamp(Net):
    def __init__(self) -> None:
        super().__init__(lambda h: h.clamp(min=0))


X = torch.randn(6, 3, 20, generator=torch.Generator().manual_seed(1))
Y = torch.arange(6) % 2
NETS = {Functional: "conv2", Module: "act", InPlaceModule: "act", Clamp: "conv2"}


def by_layer(numbers: Any) -> dict[str, Any]:
    return {one.layer: one for one in numbers}


@pytest.mark.parametrize("net", NETS)
def test_behind_a_dead_layer_nothing_varies_and_leaky_relu_wakes_it(net):
    found = what_if(net(), X, NETS[net], "leaky_relu", labels=Y, loss=F.cross_entropy)
    before, after = by_layer(found.before), by_layer(found.after)
    assert before[NETS[net]].dead == 1 and after[NETS[net]].dead == 0
    assert before["conv3"].constant == 1 and after["conv3"].constant == 0
    assert after["conv3"].preactivation_std > 1e-3
    assert before["conv1"].gradient_rms == 0 < after["conv1"].gradient_rms
    assert {(NETS[net], "dead"), ("conv3", "constant"), ("conv1", "no gradient")} <= set(
        found.vanished
    )
    assert found.appeared == found.remaining == () and found.helps
    told = str(found)
    assert told.startswith(f"What if {NETS[net]} had a LeakyReLU of slope 0.1?")
    assert "100% > 0%" in told and "conv3 constant" in told.splitlines()[-1]


# The kernel of what has none is its argument, which is another thing.
REALLY = [(net, kind) for net in [*NETS, InPlace] for kind in ("leaky_relu", "bias_shift")]
REALLY += [(net, "rescale_kernel") for net, layer in NETS.items() if layer == "conv2"]


@pytest.mark.parametrize(("net", "kind"), REALLY)
def test_the_numbers_are_those_of_a_net_that_was_really_changed(net, kind):
    asked = NETS.get(net, "conv2/relu")
    amount = {"leaky_relu": 0.3, "bias_shift": 9.5, "rescale_kernel": 40.0}[kind]
    changed = copy.deepcopy(net())
    if kind == "leaky_relu":
        changed.act = nn.LeakyReLU(amount)
    elif kind == "bias_shift":
        changed.conv2.bias.data += amount
    else:
        changed.conv2.weight.data *= amount
    found = what_if(net(), X, asked, kind, amount=amount, labels=Y, loss=F.cross_entropy)
    same = what_if(changed, X, "conv1", "bias_shift", amount=0.0, labels=Y, loss=F.cross_entropy)
    mine, theirs = by_layer(found.after), by_layer(same.before)
    for name in ("conv1", "norm", "conv3", "head"):
        assert np.allclose(mine[name].std, theirs[name].std, rtol=1e-4), name
        assert np.allclose(mine[name].gradient_rms, theirs[name].gradient_rms, rtol=1e-3), name
        assert mine[name].dead == theirs[name].dead


def test_by_default_a_bias_centres_and_a_kernel_brings_the_spread_to_one():
    shifted = by_layer(what_if(Functional(), X, "conv2", "bias_shift").after)["conv2"]
    assert abs(shifted.mean) < 1e-5
    for layer in ("conv2", "conv1", "norm"):  # with and without a function of its own
        kind = what_if(Functional(), X, layer, "rescale_kernel")
        one = by_layer(kind.after)[layer]
        assert one.preactivation_std == pytest.approx(1, rel=1e-4) or one.std == pytest.approx(1)


def test_a_shared_layer_changes_at_every_call():
    class Shared(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one = nn.Linear(4, 4)

        def forward(self, x: Any) -> Any:
            return F.relu(self.one(F.relu(self.one(x))))

    x = torch.randn(9, 4)
    net = Shared()
    changed = copy.deepcopy(net)
    changed.one.bias.data += 1
    mine = what_if(net, x, "one", "bias_shift", amount=1.0).after
    theirs = what_if(changed, x, "one", "bias_shift", amount=0.0).before
    assert [one.layer for one in mine] == ["one", "one#2"]
    assert [one.std for one in mine] == pytest.approx([one.std for one in theirs])


def state(net: Any, optimizer: Any) -> tuple[Any, ...]:
    known = {k: v.clone() for k, v in net.state_dict().items()}
    flags = [m.training for m in net.modules()]
    hooks = [(len(m._forward_hooks), len(m._forward_pre_hooks)) for m in net.modules()]
    kept = copy.deepcopy(optimizer.state_dict())
    grads = [None if p.grad is None else p.grad.clone() for p in net.parameters()]
    return known, flags, hooks, kept, grads, torch.get_rng_state()


def assert_same(a: Any, b: Any) -> None:
    assert type(a) is type(b)
    if isinstance(a, torch.Tensor):
        assert torch.equal(a, b)
    elif isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            assert_same(a[key], b[key])
    elif isinstance(a, list | tuple):
        assert len(a) == len(b)
        for one, other in zip(a, b, strict=True):
            assert_same(one, other)
    else:
        assert a == b


def trained() -> tuple[Any, Any]:
    net = Module()
    optimizer = torch.optim.Adam(net.parameters())
    F.cross_entropy(net(X), Y).backward()
    optimizer.step()
    return net.train(), optimizer


@pytest.mark.parametrize("fix", ["leaky_relu", "bias_shift", "rescale_kernel"])
def test_the_model_its_optimizer_and_the_random_numbers_are_what_they_were(fix):
    net, optimizer = trained()
    before = state(net, optimizer)
    what_if(net, X, "act", fix, labels=Y, loss=F.cross_entropy)
    assert_same(state(net, optimizer), before)


def test_the_model_is_what_it_was_after_an_error_on_the_way(monkeypatch):
    net, optimizer = trained()
    before = state(net, optimizer)

    def failing(*_: Any) -> Any:
        net.norm.running_mean.add_(1)
        raise RuntimeError("on the way")

    monkeypatch.setattr(torch_trace.torch_change, "changed", failing)
    with pytest.raises(RuntimeError, match="on the way"):
        what_if(net, X, "act", "leaky_relu")
    assert_same(state(net, optimizer), before)


def test_a_finding_names_what_to_try():
    fix = Fix("Use LeakyReLU in act", "", layer="act", argument="activation", value="leaky_relu")
    assert what_if(Module(), X, None, fix).fix == "leaky_relu"
    bias = Fix("Shift", "", layer="conv2", argument="bias_initializer", value="zeros")
    assert what_if(Module(), X, None, bias).fix == "bias_shift"


WRONG: dict[str, tuple[Any, Any, Any, type[Exception], str]] = {
    "no such layer": (Module, "conv9", "leaky_relu", ValueError, "`layer` must be one of"),
    "no ReLU": (Module, "conv3", "leaky_relu", ValueError, "place of a ReLU.*'tanh'"),
    "no such fix": (Module, "act", "prayer", ValueError, "`fix` must be one of"),
    "no fix": (Module, "act", 3, TypeError, "`fix` must be one of"),
    "no layer": (Module, None, "leaky_relu", TypeError, "`layer` must be the name"),
    "only training tells": (
        Module,
        "act",
        Fix("Clip", "", argument="clipnorm", value="1"),
        ValueError,
        "without training",
    ),
    "no spread": (Module, "conv3", "rescale_kernel", ValueError, "do not vary"),
    "no model": (dict, "act", "leaky_relu", TypeError, "`model` must be"),
    "a loop": (
        lambda: nn.Sequential(nn.LSTM(20, 4)),
        "0",
        "bias_shift",
        ValueError,
        "`layer` must be one of",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_tried_is_said(case):
    net, layer, fix, error, message = WRONG[case]
    with pytest.raises(error, match=message):
        what_if(net(), X, layer, fix)
