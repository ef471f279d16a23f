"""Pictures stay small and keep what matters."""

import numpy as np
import pytest

from tb_deepdebug.findings import pictures


@pytest.mark.parametrize("count", [0, 1, 5, 64, 65, 1000])
def test_a_line_keeps_ends_and_extremes_in_few_points(count: int) -> None:
    steps = np.arange(count) * 10
    values = np.sin(np.arange(count) / 7.0)
    if count > 500:
        values[333], values[777] = 9.0, -9.0
    drawn = pictures.line(steps, values, "loss", log=True)
    assert len(drawn.x) == len(drawn.y) == min(count, len(drawn.x)) <= pictures.MOST_POINTS
    assert (drawn.kind, drawn.log, drawn.y_title) == ("line", True, "loss")
    assert list(drawn.x) == sorted(drawn.x)
    if count:
        assert (drawn.x[0], drawn.x[-1]) == (steps[0], steps[-1])
        assert (max(drawn.y), min(drawn.y)) == (values.max(), values.min())
    else:
        assert drawn.x == ()


def test_what_is_not_finite_is_not_a_number() -> None:
    drawn = pictures.line([0, 1, 2], [np.inf, 1.0, np.nan])
    assert np.isnan(drawn.y[0]) and drawn.y[1] == 1.0 and np.isnan(drawn.y[2])
    assert len(pictures.line(np.arange(200), np.full(200, np.nan)).x) <= pictures.MOST_POINTS


@pytest.mark.parametrize("bins", [0, 1, 64, 65, 641])
def test_bars_join_neighbours_and_lose_no_count(bins: int) -> None:
    edges, counts = np.linspace(-1, 1, bins + 1), np.arange(float(bins))
    drawn = pictures.bars(edges, counts)
    assert len(drawn.x) == len(drawn.y) + 1 and len(drawn.y) <= pictures.MOST_POINTS
    assert sum(drawn.y) == counts.sum()
    assert (drawn.x[0], drawn.x[-1]) == (edges[0], edges[-1])


def test_one_bar_a_layer() -> None:
    drawn = pictures.by_layer([1.0, 2.0, np.inf], "variance", log=True)
    assert drawn.x == (0.0, 1.0, 2.0, 3.0) and drawn.y[:2] == (1.0, 2.0) and np.isnan(drawn.y[2])
    deep = pictures.by_layer([*range(300)])
    assert len(deep.y) <= pictures.MOST_POINTS and deep.y[-1] == 299.0
