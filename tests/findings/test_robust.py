"""Robust statistics against their slow twins."""

from __future__ import annotations

import numpy as np
import pytest

from tb_deepdebug.findings.robust import against_past, centre, slope, spread


@pytest.mark.parametrize("window", [1, 5, 50, 1000])
def test_the_past_of_a_value_is_a_slow_twin_s(window: int) -> None:
    random = np.random.default_rng(0)
    values = random.normal(size=300)
    values[random.integers(0, 300, 30)] = np.nan
    values[3] = np.inf
    middle, wide, count = against_past(values, window=window, least=4)
    for i in range(300):
        past = values[max(0, i - window) : i]
        assert count[i] == np.isfinite(past).sum()
        if count[i] >= 4:
            assert middle[i] == pytest.approx(centre(past))
            assert wide[i] == pytest.approx(spread(past))
        else:
            assert np.isnan(middle[i]) and np.isnan(wide[i])


def test_nothing_has_no_past_and_no_centre() -> None:
    assert all(len(found) == 0 for found in against_past(np.zeros(0)))
    assert np.isnan(centre(np.array([np.nan]))) and np.isnan(spread(np.zeros(0)))


def test_the_slope_does_not_mind_a_wild_value() -> None:
    x = np.arange(20.0)
    y = 3 * x - 1
    y[7] = 1e9
    assert slope(x, y) == pytest.approx(3)
    assert np.isnan(slope(x[:1], y[:1]))
