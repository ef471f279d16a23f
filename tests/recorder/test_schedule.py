"""When a recorder looks."""

from typing import Any

import pytest

from tb_deepdebug.recorder.schedule import Schedule, schedule


@pytest.mark.parametrize(
    ("every", "until", "due"),
    [
        (1, 4, [0, 1, 2, 3, 4]),
        (10, 30, [0, 1, 2, 3, 4, 6, 8, 10, 20, 30]),
        (100, 300, [0, 1, 2, 3, 4, 6, 8, 10, 20, 30, 40, 60, 80, 100, 200, 300]),
        (7, 21, [0, 1, 2, 3, 4, 6, 7, 14, 21]),
        ("epoch", 3, [0, 1, 2, 3]),
        (lambda step: step in (2, 5), 9, [2, 5]),
    ],
)
def test_looks_are_dense_at_first_and_regular_later(every: Any, until: int, due: list) -> None:
    when = schedule(every)
    assert [step for step in range(until + 1) if when.is_due(step)] == due


def test_several_updates_at_one_go_do_not_jump_over_a_look() -> None:
    when = Schedule(10)
    assert when.passed(8, 12) and when.passed(19, 20) and not when.passed(10, 19)
    assert not when.passed(20, 20)


@pytest.mark.parametrize("every", [0, -3])
def test_a_distance_must_be_positive(every: int) -> None:
    with pytest.raises(ValueError, match=f"at least 1. Received: every={every}"):
        schedule(every)


@pytest.mark.parametrize("every", ["step", 2.5, None, True])
def test_anything_else_is_refused(every: Any) -> None:
    with pytest.raises(TypeError, match="Received: every="):
        schedule(every)
