"""A click on an error shows its input, a layer's units and its gradient on one time axis."""

import json
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tensorboards import Served, eventually, tensorboard

import tb_deepdebug as dd
from tb_deepdebug.records.examples import Examples, LayerPicture
from tb_deepdebug.records.predictions import Column, Kept, Predictions, Scores
from tb_deepdebug.stats.quantise import quantise
from tb_deepdebug.wire.summary import encode

pytestmark = pytest.mark.browser

Pixels = NDArray[np.int64]
HOSTILE = "<img src=x onerror=alert(1)>"
UNITS = "canvas[aria-label^='Units of']"
GRADIENT = "canvas[aria-label^='Sensitivity of the output at']"
SERIES = "canvas[aria-label^='Input series: heart']"
EXAMPLE = "section.example"
# The map's place in its canvas, as in the activations panel.
LEFT, RIGHT = 74, 10

ROWS, TIME, POOL = 40, 64, 4
RECORDED = (5, 9, 2)  # rows, the worst loss first
KEPT = (*RECORDED, 7)
HAPPENS = {5: 40, 9: 12, 2: 24}  # the timestep at which everything happens, by row
PADDED = 60  # masked from here on


def series(row: int) -> NDArray[np.float32]:
    x = np.zeros((TIME, 2), np.float32)
    x[HAPPENS.get(row, 0), 0] = 1
    x[:, 1] = np.sin(np.arange(TIME))
    x[PADDED:] = np.nan
    return x


def table() -> Predictions:
    label = (np.arange(ROWS) % 2).astype(np.float32)
    prediction = np.where(label == 1, 0.9, 0.1).astype(np.float32)
    prediction[5], prediction[9] = 0.001, 0.01  # the worst losses: their label is 1
    users = tuple(f"user {i} {HOSTILE}" for i in range(ROWS))
    group = Column("user", np.arange(ROWS, dtype=np.uint32), users)
    kept = Kept(
        np.array(KEPT, np.uint32),
        ("loss", "loss", "win", "random"),
        np.stack([series(row) for row in KEPT]),
        np.tile(np.arange(TIME) * 3600.0, (len(KEPT), 1)),
        (f"heart {HOSTILE}", "steps"),
    )
    age = Column("age", np.arange(ROWS, dtype=np.float32) + 20)
    return Predictions("binary", label, Scores(prediction), None, None, group, None, (age,), kept)


def examples() -> Examples:
    pooled = np.zeros((len(RECORDED), TIME // POOL, 8), np.float32)
    whole = np.zeros((len(RECORDED), TIME, 20), np.float32)
    gradient = np.full((len(RECORDED), TIME, 2), 1e-6)
    for i, row in enumerate(RECORDED):
        pooled[i, HAPPENS[row] // POOL] = 1
        whole[i, HAPPENS[row]] = -1
        whole[i, HAPPENS[row] + 1] = 1
        gradient[i, HAPPENS[row]] = 1
    gradient[:, :8] = 0  # out of reach
    gradient[:, PADDED:] = np.nan
    return Examples(
        np.array(RECORDED, np.uint32),
        np.stack([series(row) for row in RECORDED]),
        gradient.astype(np.float32),
        np.full(len(RECORDED), PADDED - 1, np.uint32),
        np.tile(np.arange(TIME) * 3600.0, (len(RECORDED), 1)),
        (f"heart {HOSTILE}", "steps"),
        (
            LayerPicture("pooled", "time", quantise(pooled)),
            LayerPicture(f"whole {HOSTILE}", "time", quantise(whole)),
        ),
    )


def scratched() -> Any:
    """The same with a bit turned in the picture of the first layer."""
    summary = encode("scratched", examples())
    blobs = next(v.tensor.string_val for v in summary.value if len(v.tensor.string_val) > 1)
    names = [plane["name"] for plane in json.loads(blobs[0][13:])["planes"]]
    at = 1 + names.index("0/values")
    blobs[at] = blobs[at][:-1] + bytes([blobs[at][-1] ^ 1])
    return summary


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, bare: dict[str, str]) -> Iterator[Served]:
    logdir: Path = tmp_path_factory.mktemp("examples")
    with dd.EventWriter(logdir / "run") as writer:
        writer.add(encode("risk", table()), step=3)
        writer.add(encode("risk", examples()), step=3)
        writer.add(encode("scratched", table()), step=3)
        writer.add(scratched(), step=3)
    with tensorboard(f"--logdir={logdir}", env=bare) as running:
        eventually(lambda: b"examples" in running.get("data/plugin/deepdebug/index")[1])
        yield running


@pytest.fixture
def open_row(open_tab: Callable[..., Any], served: Served) -> Callable[..., Any]:
    def open_it(row: int, more: str = "", **options: Any) -> Any:
        tab = open_tab(served, f"&p.deepdebug.row={row}{more}", **options)
        tab.frame.wait_for_selector(EXAMPLE)
        return tab

    return open_it


def coloured(image: Pixels) -> NDArray[np.bool_]:
    image = image.astype(int)
    return image.max(axis=-1) - image.min(axis=-1) > 60


def x_of(image: Pixels, timestep: float, first: float = 0, last: float = TIME) -> float:
    width = image.shape[1] - LEFT - RIGHT
    return LEFT + (timestep - first) / (last - first) * width


def cells(image: Pixels) -> tuple[int, int]:
    """Where the coloured cells of the map begin and end; left of it is the strip of healths."""
    tall = coloured(image)[:, LEFT:].sum(axis=0) > 60
    found = LEFT + np.flatnonzero(tall)
    return int(found[0]), int(found[-1]) + 1


def spike(image: Pixels) -> int:
    """The column in which the first lane's line is highest."""
    lane = image[6:38, LEFT + 2 : -RIGHT - 2].astype(int).sum(axis=-1)
    return LEFT + 2 + int(np.argmin(lane[:4].sum(axis=0)))


def peak(image: Pixels, first: float = 0, last: float = TIME) -> int:
    """The column in which the gradient is greatest; the output's mark is as dark as its line."""
    dark = image[26:-50].astype(int).sum(axis=-1) < 450
    dark[:, : LEFT + 2] = dark[:, -RIGHT - 4 :] = False
    output = int(x_of(image, PADDED - 0.5, first, last))
    dark[:, output - 3 : output + 4] = False
    row = np.flatnonzero(dark.any(axis=1))[0]
    return int(np.flatnonzero(dark[row]).mean())


def test_a_click_on_an_error_shows_three_pictures_of_one_moment(
    open_tab: Callable[..., Any], served: Served
) -> None:
    tab = open_tab(served)
    tab.frame.locator(".rows-errors button.link", has_text="user 5 ").first.click()
    tab.frame.wait_for_selector(f"{EXAMPLE} {GRADIENT}")
    tab.settled()
    said = tab.frame.locator(EXAMPLE).inner_text()
    assert f"user 5 {HOSTILE}, row 5" in said and "1 of 3 recorded" in said
    assert "age\n25" in said and "log loss\n6.91" in said
    units, gradient = tab.pixels(UNITS), tab.pixels(GRADIENT)
    begin, end = cells(units)
    assert begin == pytest.approx(x_of(units, 40), abs=1.5)
    assert end == pytest.approx(x_of(units, 44), abs=1.5)
    assert spike(units) == pytest.approx(x_of(units, 40.5), abs=2)
    assert peak(gradient) == pytest.approx(x_of(gradient, 40.5), abs=2)
    assert units.shape[1] == gradient.shape[1]


def questions(tab: Any) -> str:
    """What the page has asked, also in batches."""
    return " ".join(urllib.parse.unquote(urllib.parse.unquote(url)) for url in tab.requests)


def test_only_what_is_looked_at_is_asked_for(open_row: Callable[..., Any]) -> None:
    tab = open_row(5)
    tab.frame.wait_for_selector(GRADIENT)
    asked = questions(tab)
    assert "0/values" in asked and "1/values" not in asked
    tab.frame.get_by_label("Layer of the row").select_option("1")
    tab.frame.wait_for_selector("canvas[aria-label^='Units of whole']")
    tab.settled()
    asked = questions(tab)
    assert asked.count("1/values") == 1 and asked.count("gradient,timestamps") == 1
    begin, end = cells(tab.pixels(UNITS))
    assert end - begin == pytest.approx(2 * (x_of(tab.pixels(UNITS), 1) - LEFT), abs=2)


def test_a_drag_on_one_picture_zooms_all(open_row: Callable[..., Any]) -> None:
    tab = open_row(5)
    gradient = tab.frame.locator(GRADIENT)
    gradient.scroll_into_view_if_needed()
    box = gradient.bounding_box()
    image = tab.pixels(GRADIENT)
    for timestep, act in ((32.3, "down"), (40, ""), (47.7, "up")):
        tab.page.mouse.move(box["x"] + x_of(image, timestep), box["y"] + 80)
        if act:
            getattr(tab.page.mouse, act)()
    tab.page.mouse.move(2, 2)
    tab.frame.get_by_role("button", name="Show all").first.wait_for()
    tab.frames(3)
    units, image = tab.pixels(UNITS), tab.pixels(GRADIENT)
    begin, end = cells(units)
    assert begin == pytest.approx(x_of(units, 40, 32, 48), abs=2)
    assert end == pytest.approx(x_of(units, 44, 32, 48), abs=2)
    assert spike(units) == pytest.approx(x_of(units, 40.5, 32, 48), abs=8)  # a wide tip
    assert peak(image, 32, 48) == pytest.approx(x_of(image, 40.5, 32, 48), abs=2)


def test_one_cursor_goes_through_all_pictures_and_reads_them(open_row: Callable[..., Any]) -> None:
    tab = open_row(5)
    tab.frame.locator(GRADIENT).scroll_into_view_if_needed()
    before = tab.pixels(UNITS)
    for timestep, told in ((40.5, ["40", "day 1 16:00", "1"]), (4.5, ["unreachable"])):
        box = tab.frame.locator(GRADIENT).bounding_box()
        tab.page.mouse.move(box["x"] + x_of(before, timestep), box["y"] + 60)
        tab.frames(2)
        tip = tab.frame.locator(f"{EXAMPLE} .tip")
        assert all(word in tip.inner_text() for word in told)
        moved = np.abs(tab.pixels(UNITS).astype(int) - before).sum(axis=-1) > 90
        line = np.flatnonzero(moved.sum(axis=0) > 100)
        assert line.mean() == pytest.approx(x_of(before, timestep), abs=2)
    box = tab.frame.locator(UNITS).bounding_box()
    tab.page.mouse.move(box["x"] + x_of(before, 41.5), box["y"] + 120)
    tab.frames(2)
    words = tab.frame.locator(f"{EXAMPLE} .tip").inner_text()
    assert "unit " in words and "of timesteps 40–43" in words and f"heart {HOSTILE}" in words
    assert "1.4e-6" in words  # the length of two channels together


def test_keys_go_through_the_recorded_rows(open_row: Callable[..., Any]) -> None:
    tab = open_row(5)
    tab.frame.wait_for_selector(GRADIENT)
    for key, row in (("n", 9), ("n", 2), ("n", 5), ("p", 2)):
        tab.page.keyboard.press(key)
        tab.frame.wait_for_selector(f"section[aria-label='Row {row}']")
        tab.settled()
        gradient = tab.pixels(GRADIENT)
        assert peak(gradient) == pytest.approx(x_of(gradient, HAPPENS[row] + 0.5), abs=2)
    tab.frame.get_by_label("Close the row").click()
    assert tab.frame.locator(EXAMPLE).count() == 0


def test_a_row_without_pictures_tells_which_have_some(open_row: Callable[..., Any]) -> None:
    tab = open_row(7)  # its input is kept
    alone = tab.frame.wait_for_selector(f"{EXAMPLE} {SERIES}")
    assert alone.bounding_box()["height"] > 60
    tab.frame.locator(".example-rows button", has_text="user 9 ").click()
    tab.frame.wait_for_selector(f"section[aria-label='Row 9'] {GRADIENT}")
    other = open_row(8)
    said = other.frame.locator(EXAMPLE)
    said.locator(".example-rows").wait_for()
    assert "Neither the input of this row is recorded" in said.inner_text()
    assert 'debug.predictions("risk", x, labels, examples=24)' in said.inner_text()


def test_a_damaged_picture_hides_nothing_else(open_row: Callable[..., Any]) -> None:
    tab = open_row(5, "&p.deepdebug.predictions=scratched")
    gradient = tab.pixels(GRADIENT)
    assert peak(gradient) == pytest.approx(x_of(gradient, 40.5), abs=2)
    assert tab.frame.locator(UNITS).count() == 0
    assert tab.frame.locator(f"{EXAMPLE} {SERIES}").count() == 1
    assert "'0/values' is damaged" in tab.frame.locator(EXAMPLE).inner_text()


def test_dark_and_narrow(open_row: Callable[..., Any]) -> None:
    tab = open_row(5, color_scheme="dark")
    tab.page.set_viewport_size({"width": 520, "height": 1400})
    tab.frame.wait_for_selector(GRADIENT)
    tab.settled()
    assert tab.frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
    units = tab.pixels(UNITS)
    assert units.shape[1] < 500
    assert cells(units)[0] == pytest.approx(x_of(units, 40), abs=2)
