"""Gates recomputed from what a fused recurrent layer was called with: they give its outputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from needs import needs

torch = needs("torch")

from torch import nn  # noqa: E402

from tb_deepdebug.torch import gates as torch_gates  # noqa: E402

LENGTHS = torch.tensor([9, 7, 7, 4, 1])


def _calls() -> Iterator[tuple[str, str, bool, bool, bool, int]]:
    for name in ("lstm", "gru", "rnn_tanh", "rnn_relu"):
        for layers, both, packed, bias in (
            (1, False, False, True),
            (2, True, False, True),
            (2, False, True, True),
            (2, True, True, True),
            (1, True, True, False),
        ):
            yield name, f"{name}-{layers}-{both}-{packed}-{bias}", both, packed, bias, layers


CASES = {
    label: (name, both, packed, bias, layers)
    for name, label, both, packed, bias, layers in _calls()
}


def _called(label: str, dtype: Any = torch.float32) -> tuple[str, list[Any], list[Any]]:
    """A call from a state that is not zero: name, arguments, outputs."""
    name, both, packed, bias, layers = CASES[label]
    torch.manual_seed(0)
    kind = {"lstm": nn.LSTM, "gru": nn.GRU}.get(name, nn.RNN)
    net = kind(3, 4, layers, bias=bias, batch_first=True, bidirectional=both).to(dtype)
    states = [torch.randn(layers * (1 + both), 5, 4).to(dtype) for _ in range(2)]
    hx: Any = tuple(states) if name == "lstm" else states[0]
    x = torch.randn(5, 9, 3).to(dtype)
    flags = [hx, net._flat_weights, bias, layers, 0.0, False, both]
    if packed:
        sequence = nn.utils.rnn.pack_padded_sequence(x, LENGTHS, batch_first=True)
        args = [sequence.data, sequence.batch_sizes, *flags]
    else:
        args = [x, *flags, True]
    return name, args, list(getattr(torch, name)(*args))


@pytest.mark.parametrize("label", CASES)
def test_gates_reproduce_the_outputs(label: str) -> None:
    with torch.no_grad():
        gates = list(torch_gates.fused(*_called(label), check=True))
    assert all(g.after.shape[:2] == (5, 9) for g in gates if isinstance(g, torch_gates.Gate))


@pytest.mark.parametrize("label", CASES)
def test_a_wrong_output_is_noticed(label: str) -> None:
    with torch.no_grad():
        name, args, outputs = _called(label)
        with pytest.raises(torch_gates.Unequal):
            list(torch_gates.fused(name, args, [outputs[0] + 0.01], check=True))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_dtypes(dtype: Any) -> None:
    with torch.no_grad():
        for label in ("lstm-2-True-False-True", "gru-2-True-False-True"):
            list(torch_gates.fused(*_called(label, dtype), check=True))
