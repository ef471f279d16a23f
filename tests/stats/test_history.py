"""What became of units over training, against a plain loop over what was seen."""

import functools
import math

import numpy as np
import pytest

from tb_deepdebug.stats.history import follow
from tb_deepdebug.stats.units import unit_stats

pytestmark = pytest.mark.filterwarnings("error")
DEAD, ALIVE, NAN, MASKED = 0.0, 2.0, math.nan, None


def probe(state):
    """Statistics of one unit in one of the states above."""
    cells = np.full((1, 3, 1), 1.0 if state is None else state)
    return unit_stats(cells, np.full((1, 3), state is not None))


def followed(states, steps):
    pairs = zip(states, steps, strict=True)
    return functools.reduce(lambda past, pair: follow(past, probe(pair[0]), pair[1]), pairs, None)


def twin(states, steps):
    """`(steps_dead, first, last, revived)` by looking back over all that was known."""
    dead = [step for state, step in zip(states, steps, strict=True) if state == DEAD]
    known = [state for state in states if state in (DEAD, ALIVE)]
    back = sum(a == DEAD and b == ALIVE for a, b in zip(known, known[1:]))  # noqa: B905, RUF007
    return len(dead), *((dead[0], dead[-1]) if dead else (math.nan, math.nan)), back


@pytest.mark.parametrize("seed", range(40))
def test_is_what_a_loop_over_the_past_finds(seed):
    rng = np.random.default_rng(seed)
    states = [(DEAD, ALIVE, NAN, MASKED)[i] for i in rng.choice(4, 12, p=[0.4, 0.4, 0.1, 0.1])]
    steps = np.cumsum(rng.integers(1, 100, 12)).tolist()
    for upto in range(1, 13):
        found = followed(states[:upto], steps[:upto])
        dead, first, last, revived = twin(states[:upto], steps[:upto])
        assert found.steps.tolist() == [upto] and found.steps_dead.tolist() == [dead]
        np.testing.assert_array_equal(found.first_dead_step, [first])
        np.testing.assert_array_equal(found.last_dead_step, [last])
        assert found.revived.tolist() == [revived]


def test_units_are_followed_one_by_one():
    history = None
    for step, values in enumerate([[0, 1, -2], [0, 5, 0], [3, -4, 0]]):
        cells = np.broadcast_to(np.array(values, float), (2, 4, 3))
        history = follow(history, unit_stats(cells), 10 * step)
    assert history.steps_dead.tolist() == [2, 0, 2]
    np.testing.assert_array_equal(history.first_dead_step, [0, np.nan, 10])
    np.testing.assert_array_equal(history.last_dead_step, [10, np.nan, 20])
    assert history.revived.tolist() == [1, 0, 0] and history.was_dead.tolist() == [0, 0, 1]
    assert history.min.tolist() == [0, -4, -2] and history.max.tolist() == [3, 5, 0]


def test_nothing_seen_leaves_no_extremes():
    history = followed([MASKED, NAN], [0, 1])
    assert np.isnan(history.min).all() and history.steps.tolist() == [2]
    assert followed([MASKED, ALIVE, NAN], [0, 1, 2]).max.tolist() == [2]


def test_a_history_is_of_the_same_units():
    with pytest.raises(ValueError, match=r"same units\. Received: 1 units before, 2 now"):
        follow(followed([ALIVE], [0]), unit_stats(np.ones((1, 2, 2))), 1)
