"""The reach of nets of which it is known."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from needs import needs
from taught_nets import noise, torch_causal, torch_leaky

from tb_deepdebug.checks import memory_ladder

torch = needs("torch")
FAST: dict[str, Any] = {"learning_rate": 0.02, "patience": 6, "progress": False}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_the_reach_of_a_convolution_is_its_receptive_field(tmp_path: Path) -> None:
    """Who sees 5 timesteps looks back 4."""
    check = memory_ladder(
        torch_causal(5, 1), noise(40, 16, 1), steps=150, tasks=("mean",), logdir=tmp_path, **FAST
    )
    assert check["reach"].value == 4, str(check)
    assert check.verdict == "fail" and "about 4 of 16 timesteps" in check.sentence
    names = [item.name for item in check.items]
    assert names == [*sorted(names[:-1], key=_back), "the mean of all values"]
    assert check.pictures[0].kind == "intervals"
    assert check.pictures[0].lines[0].labels == tuple(names)


def _back(name: str) -> int:
    return 0 if name == "the last value" else int(name.split()[0])


def test_a_leaky_memory_keeps_what_its_closed_form_says() -> None:
    """Of h = sum of a^j x_(t-j), x_(t-k) is told with R2 = a^(2 k) (1 - a^2): .75, .19, .05."""
    check = memory_ladder(torch_leaky(0.5), noise(40, 16, 1), steps=150, tasks=(), **FAST)
    assert check["reach"].value == 0 and "to look back no further" in check.sentence
    for item, expected in zip(check.items, (0.75, 0.1875, 0.047), strict=True):
        assert float(item.sentence.split()[1]) == pytest.approx(expected, abs=0.12)


def test_who_needs_less_passes() -> None:
    x = noise(40, 16, 1)
    check = memory_ladder(torch_causal(5, 1), x, need=4, steps=150, tasks=(), **FAST)
    assert check.verdict == "pass" and check["needed"].value == 4


def test_who_sees_all_reaches_the_end() -> None:
    check = memory_ladder(torch_causal(4, 1), noise(40, 4, 1), steps=150, tasks=(), **FAST)
    assert check.verdict == "pass" and "at least 3 of 4" in check.sentence
