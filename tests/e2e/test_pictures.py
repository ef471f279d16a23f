"""What each panel draws, read from the pixels of a real browser over the log of story.py."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from story import CONSTANT, DEAD, DECADES_PER_TIMESTEP, EXTREME, NAN, OUTPUT_STEP, TIMESTEPS, UNITS

pytestmark = pytest.mark.browser

Pixels = NDArray[np.int64]
HEATMAP = "canvas[aria-label^='Heatmap']"
RIDGE = "canvas[aria-label^='Histograms']"
AMNESIA = "canvas[aria-label^='Sensitivity']"


def close_to(image: Pixels, colour: Any, within: int = 24) -> NDArray[np.bool_]:
    """Which pixels have about this colour."""
    return np.abs(image.astype(int) - np.asarray(colour)).max(axis=-1) <= within


def is_grey(image: Pixels) -> NDArray[np.bool_]:
    """The look of a cell that is exactly zero: neither white nor coloured."""
    image = image.astype(int)
    spread = image.max(axis=-1) - image.min(axis=-1)
    return (spread < 12) & (image[..., 0] > 190) & (image[..., 0] < 235)


class Heatmap:
    """The picture of units x timesteps inside the figure, found by its block of dead rows."""

    def __init__(self, image: Pixels) -> None:
        grey = is_grey(image)
        rows = np.flatnonzero(grey.sum(axis=1) > image.shape[1] / 2)
        columns = np.flatnonzero(grey[rows].all(axis=0))
        self.image = image
        self.left, self.right = columns[0], columns[-1] + 1
        self.top = rows[0]
        self.row_height = (rows[-1] + 1 - rows[0]) / DEAD
        self.grey_rows = len(rows)

    def row(self, unit: int) -> Pixels:
        """The pixels along the middle of a unit's row."""
        y = int(self.top + (unit + 0.5) * self.row_height)
        return self.image[y, self.left : self.right].astype(int)

    def x(self, timestep: float) -> int:
        """The column of a timestep, from the left of the map."""
        return int(timestep / TIMESTEPS * (self.right - self.left))

    def strip(self, unit: int) -> Pixels:
        """The health mark of a unit, left of its row."""
        y = self.top + (unit + 0.5) * self.row_height
        return self.image[int(y - 2) : int(y + 3), self.left - 16 : self.left - 8].astype(int)


@pytest.fixture(scope="module")
def relu(open_shared_tab: Callable[..., Any], story: Any) -> Any:
    """The sick run in all panels that show one, at its last step."""
    return open_shared_tab(story, "&p.deepdebug.run=relu")


def test_dead_rows_are_grey_from_end_to_end_and_the_others_are_not(relu: Any) -> None:
    heatmap = Heatmap(relu.pixels(HEATMAP))
    assert heatmap.row_height == pytest.approx(240 / UNITS, rel=0.1)
    for unit in range(UNITS):
        grey = is_grey(heatmap.row(unit)).mean()
        assert grey == 1 if unit < DEAD else grey < 0.05, unit
    text = relu.text()
    assert "12 dead" in text
    assert "1 constant over time" in text
    assert "1 of 32 units with NaN" in text


def test_the_strip_tells_dead_active_constant_and_nan_apart(relu: Any) -> None:
    heatmap = Heatmap(relu.pixels(HEATMAP))
    dead, active, constant, nan = (
        heatmap.strip(unit).reshape(-1, 3).mean(axis=0) for unit in (5, 15, CONSTANT, NAN[0])
    )
    assert dead.max() < 120
    assert active[1] > active[0] + 40
    assert constant[0] > constant[2] + 80
    assert nan[0] > nan[1] + 60 and nan[2] > nan[1] + 30


def test_a_single_extreme_cell_of_4096_is_seen(relu: Any) -> None:
    heatmap = Heatmap(relu.pixels(HEATMAP))
    row = heatmap.row(EXTREME[0])
    at = heatmap.x(EXTREME[1])
    black = np.flatnonzero(row.sum(axis=-1) < 60)
    assert len(black) >= 1
    assert np.abs(black - at).max() <= 2
    assert not (heatmap.row(EXTREME[0] + 1).sum(axis=-1) < 60).any()


def test_nan_cells_have_a_colour_of_their_own_where_they_are(relu: Any) -> None:
    heatmap = Heatmap(relu.pixels(HEATMAP))
    row = heatmap.row(NAN[0])
    magenta = (row[:, 0] > 200) & (row[:, 1] < 60) & (row[:, 2] > 120)
    inside = slice(heatmap.x(NAN[1].start) + 2, heatmap.x(NAN[1].stop) - 2)
    assert magenta[inside].all()
    assert abs(magenta.sum() - heatmap.x(NAN[1].stop - NAN[1].start)) <= 4


def test_a_constant_row_does_not_change_along_time(relu: Any) -> None:
    heatmap = Heatmap(relu.pixels(HEATMAP))
    assert np.ptp(heatmap.row(CONSTANT), axis=0).max() <= 2
    assert np.ptp(heatmap.row(15), axis=0).max() > 100


def test_waves_have_the_period_that_was_written(relu: Any) -> None:
    heatmap = Heatmap(relu.pixels(HEATMAP))
    unit = 15
    t = (np.arange(heatmap.right - heatmap.left) + 0.5) / (heatmap.right - heatmap.left) * TIMESTEPS
    written = np.sin(t / (100 + 10 * unit) + unit)
    brightness = heatmap.row(unit).sum(axis=-1)
    assert np.corrcoef(written, brightness)[0, 1] < -0.9


def test_the_histogram_of_a_dead_layer_lies_left_of_zero(relu: Any) -> None:
    left, right = mass_beside_zero(relu.pixels(RIDGE))
    assert left > 1000
    assert right == 0
    assert "100 % below zero" in relu.text()


def test_the_histogram_of_a_healthy_layer_lies_on_both_sides(
    open_tab: Callable[..., Any], story: Any
) -> None:
    tab = open_tab(story, "&p.deepdebug.run=leaky")
    left, right = mass_beside_zero(tab.pixels(RIDGE))
    assert 0.7 < left / right < 1.4


def mass_beside_zero(image: Pixels) -> tuple[int, int]:
    """Filled pixels of the lowest histogram (the step looked at), left and right of zero."""
    image = image.astype(int)
    zero = np.flatnonzero((image.sum(axis=-1) < 150).mean(axis=0) > 0.7)
    assert 1 <= len(zero) <= 3
    coloured = np.ptp(image, axis=-1) > 60
    base = np.flatnonzero(coloured.sum(axis=1) > 20)[-1]
    band = slice(base - 40, base - 4), slice(0, int(image.shape[1] * 0.9))
    filled = coloured[band]
    return int(filled[:, : zero[0] - 2].sum()), int(filled[:, zero[-1] + 3 :].sum())


def test_the_amnesia_curve_falls_a_millionfold_over_452_timesteps(
    relu: Any,
) -> None:
    image = relu.pixels(AMNESIA).astype(int)
    curve = close_to(image, (18, 181, 203), 40)
    flat = close_to(image, (66, 80, 102), 30)
    columns = np.flatnonzero(flat.sum(axis=0) > 0)
    level = int(np.median(np.argmax(flat[:, columns], axis=0)))
    row = np.flatnonzero(flat[level - 1 : level + 2].any(axis=0))
    row = row[np.concatenate([[True], np.diff(row) < 20])]
    per_timestep = (row[-1] - row[0]) / (TIMESTEPS - 1)

    def height(lag: int) -> float:
        x = round(row[0] + (OUTPUT_STEP + lag) * per_timestep)
        ys = np.flatnonzero(curve[:, x])
        assert len(ys), f"no curve at lag {lag}"
        return float(ys.mean() - level)

    per_decade = decade_height(image)
    for lag in (-1800, -452, 300, 452, 904, 1800):
        decades = DECADES_PER_TIMESTEP * abs(lag)
        assert height(lag) == pytest.approx(decades * per_decade, abs=3), lag
    assert height(904) / height(452) == pytest.approx(2, rel=0.05)
    text = relu.text()
    assert "10²⁴× less sensitive 1,818 steps away" in text
    assert "about as sensitive 2,048 steps away as near" in text


def decade_height(image: Pixels) -> float:
    """Pixels between two decades, out of the gridlines, which lie three decades apart."""
    lines = np.flatnonzero(close_to(image, (235, 237, 239), 4).mean(axis=1) > 0.5)
    lines = lines[np.concatenate([[True], np.diff(lines) > 2])]
    gaps = np.diff(lines)
    return float(np.median(gaps)) / 3


def test_the_loss_curve_stands_above(relu: Any) -> None:
    image = relu.pixels("[role=slider] canvas")
    assert close_to(image, (18, 181, 203), 40).any(axis=0).mean() > 0.7


@pytest.mark.parametrize(("step", "dead"), [("0", 0), ("10", 12)])
def test_another_step_is_another_picture(
    open_tab: Callable[..., Any], story: Any, step: str, dead: int
) -> None:
    tab = open_tab(story, f"&p.deepdebug.run=relu&p.deepdebug.step={step}")
    image = tab.pixels(HEATMAP)
    wide = (is_grey(image).mean(axis=1) > 0.8).sum()
    assert wide == pytest.approx(dead * 240 / UNITS, abs=2)
    assert not close_to(image, (239, 0, 190), 40).any()


def test_both_ingesters_show_the_same_picture(
    open_tab: Callable[..., Any], relu: Any, prefixed: Any
) -> None:
    other = open_tab(prefixed, "&p.deepdebug.run=relu")
    for canvas in (HEATMAP, RIDGE, AMNESIA):
        np.testing.assert_array_equal(relu.pixels(canvas), other.pixels(canvas))
