"""The amnesia panel over nets known in closed form: reference, temporal Jacobian, numbers."""

import csv
import dataclasses
import io
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from needs import needs
from numpy.typing import NDArray
from tensorboards import Served, eventually, tensorboard

import tb_deepdebug as dd
from tb_deepdebug.records import input_gradients, jacobian
from tb_deepdebug.wire.summary import encode

pytestmark = pytest.mark.browser

TIMESTEPS = 400
LAST = TIMESTEPS - 1
OUTPUTS = (49, 99, 149, 199, 249, 299, 349, 399)
STEPS, JACOBIAN_STEPS = (0, 5, 7, 10), (0, 5, 10)
DECAY = {"even": 1.0, "forgets": 0.95}  # of |d output / d input| per timestep
UNTRAINED = 0.9
LEFT, RIGHT, TOP = 52, 64, 6  # margins of the pictures, in pixels
CURVE = "canvas[aria-label^='Sensitivity']"
JACOBIAN = "canvas[aria-label^='Jacobian of risk']"
BLUE = (18, 181, 203)  # TensorBoard's second run
GREY = (66, 80, 102)  # and its first
VOID = (227, 230, 233)
OpenTab = Callable[..., Any]
Pixels = NDArray[np.uint8]


def gradients(decay: float, output: int, examples: int = 6) -> NDArray[np.float64]:
    """`[examples, time, 1]` of a causal linear recurrence: decay to the power of the lag."""
    lag = output - np.arange(TIMESTEPS)
    g = np.where(lag >= 0, decay ** np.maximum(lag, 0.0), 0.0)
    return g[None, :, None] * np.linspace(0.5, 2, examples)[:, None, None]


def write(logdir: Path) -> None:
    for run, decay in DECAY.items():
        with dd.EventWriter(logdir / run) as writer:
            first = input_gradients.measure(gradients(UNTRAINED, LAST), output_step=LAST)
            fields = {f.name: getattr(first, f.name) for f in dataclasses.fields(first)}
            writer.add(encode("risk", input_gradients.Untrained(**fields)), 0)
            for step in STEPS:
                writer.add_scalar("loss", 1 / (1 + step), step)
                g = gradients(decay, LAST)
                writer.add(dd.summary.input_gradients_pb("risk", g, output_step=LAST), step)
            for step in JACOBIAN_STEPS:
                rows = np.stack([gradients(decay, k, 2) for k in OUTPUTS], axis=1)
                record = jacobian.measure(rows, output_steps=OUTPUTS)
                writer.add(encode("risk", record), step)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, bare: dict[str, str]) -> Iterator[Served]:
    """TensorBoard over the two nets."""
    logdir = tmp_path_factory.mktemp("amnesia")
    write(logdir)
    with tensorboard(f"--logdir={logdir}", env=bare) as running:
        eventually(lambda: b"forgets" in running.get("data/plugin/deepdebug/index")[1])
        yield running


@pytest.fixture
def look(open_tab: OpenTab, served: Served) -> OpenTab:
    """Opens the tab, and the Jacobian in it, which is fetched when it comes into view."""

    def opened(view: str = "") -> Any:
        tab = open_tab(served, view)
        tab.frame.locator(".jacobian").scroll_into_view_if_needed()
        tab.frame.wait_for_selector(JACOBIAN)
        tab.settled()
        return tab

    return opened


def pixels(tab: Any, selector: str) -> Pixels:
    """What is seen of a canvas, clear of the bar that stays on top of the page."""
    tab.frame.locator(selector).evaluate("canvas => canvas.scrollIntoView({ block: 'center' })")
    tab.frames(2)
    found: Pixels = tab.pixels(selector)
    return found


def close_to(image: Pixels, colour: tuple[int, int, int], within: int = 30) -> NDArray[np.bool_]:
    return np.abs(image.astype(int) - np.asarray(colour)).max(axis=-1) <= within


def column(image: Pixels, timestep: float) -> int:
    """Where a timestep stands, in both pictures."""
    return round(LEFT + timestep / LAST * (image.shape[1] - LEFT - RIGHT))


def height_of(image: Pixels, colour: tuple[int, int, int], timestep: float) -> float:
    """How far below the top a line of this colour is at a timestep; NaN where there is none."""
    x = column(image, timestep)
    # Dots leave gaps, and the legend of the lanes is beside the plot.
    ys = np.flatnonzero(close_to(image[30:-50, x - 3 : x + 4], colour).any(axis=1))
    return float(30 + np.median(ys)) if len(ys) else math.nan


def row_middle(row: int) -> float:
    """CSS pixels from the top of the Jacobian to the middle of a row: eight of 14 pixels."""
    return TOP + 14 * (row + 0.5)


def test_only_the_jacobian_in_view_is_fetched_until_a_row_of_all_is_picked(look: OpenTab) -> None:
    tab = look()
    frames = [url for url in tab.requests if "jacobian" in url]
    assert len(frames) == 1 and "forgets" in frames[0]
    tab.frame.locator(JACOBIAN).press("ArrowUp")
    tab.settled()
    frames = [url for url in tab.requests if "jacobian" in url]
    assert len(frames) == 2 and "even" in frames[1]


def test_the_untrained_net_is_a_dotted_line_that_can_be_hidden(look: OpenTab) -> None:
    tab = look("&p.deepdebug.runs=forgets")
    image = pixels(tab, CURVE)
    trained, reference = (
        np.array([column_heights(image, t) for t in (100, 200, 300)]).T[which] for which in (0, 1)
    )
    # Both are straight lines to the output; their slopes are those of the two decays.
    slopes = [np.diff(line).mean() for line in (trained, reference)]
    assert slopes[1] / slopes[0] == pytest.approx(math.log(UNTRAINED) / math.log(0.95), rel=0.05)
    tab.frame.locator("label", has_text="Untrained").locator("input").uncheck()
    tab.settled()
    assert "p.deepdebug.untrained=0" in tab.page.url
    alone = pixels(tab, CURVE)
    assert column_heights(alone, 200)[0] == pytest.approx(column_heights(alone, 200)[1], abs=6)
    assert "dotted: untrained" not in tab.text()


def column_heights(image: Pixels, timestep: float) -> list[float]:
    """The highest and the lowest coloured pixel near a timestep."""
    x = column(image, timestep)
    # Dots are pale, and all else is grey.
    coloured = np.ptp(image[40:-50, x - 4 : x + 5].astype(int), axis=-1) > 50
    ys = np.flatnonzero(coloured.any(axis=1))
    return [40.0 + ys[0], 40.0 + ys[-1]]


def test_the_verdict_tells_what_training_has_gained(look: OpenTab) -> None:
    text = look().text()
    ratio = {a: log10_ratio(a) for a in (*DECAY.values(), UNTRAINED)}
    for decay in DECAY.values():
        gain = ratio[decay] - ratio[UNTRAINED]
        assert f"{gain:.1f} decades flatter than untrained" in text


def log10_ratio(decay: float) -> float:
    """The mean over the far half of the lags by the mean over all."""
    g = decay ** np.arange(TIMESTEPS, dtype=float)
    return math.log10(g[TIMESTEPS // 2 :].mean() / g.mean())


def test_the_jacobian_is_causal_and_falls_away_from_its_diagonal(look: OpenTab) -> None:
    tab = look("&p.deepdebug.runs=forgets")
    image = pixels(tab, JACOBIAN)
    for row, output in enumerate(OUTPUTS):
        cells = image[int(row_middle(row))].astype(int)
        own = column(image, output)
        future = cells[own + 4 : image.shape[1] - RIGHT - 2]
        assert close_to(future, VOID, 3).all(), output
        past = cells[LEFT + 2 : own - 3]
        assert not close_to(past, VOID, 3).any(), output
        # Light theme: greater is darker.
        smooth = past.sum(axis=1)
        assert (np.diff(smooth) <= 3).mean() > 0.95 and smooth[0] > smooth[-1], output
        assert close_to(cells[own - 2 : own + 3], (255, 255, 255), 40).any(), output
    assert "unreachable" in tab.frame.locator("[aria-label='Legend of the Jacobian']").inner_text()


def test_the_colours_are_those_on_the_axis_of_the_curve(look: OpenTab) -> None:
    tab = look("&p.deepdebug.runs=forgets&p.deepdebug.untrained=0")
    curve, picture = pixels(tab, CURVE), pixels(tab, JACOBIAN)
    ramp = curve[:, LEFT - 4].astype(int)
    for timestep in (100, 200, 300):
        y = round(column_heights(curve, timestep)[0])
        cell = picture[int(row_middle(7)), column(picture, timestep)].astype(int)
        nearest = np.abs(ramp[y - 6 : y + 7] - cell).max(axis=-1).min()
        assert nearest <= 12, timestep


def test_a_click_draws_a_row_and_the_button_leads_back(look: OpenTab) -> None:
    tab = look("&p.deepdebug.runs=forgets")
    before = pixels(tab, CURVE)
    box = tab.frame.locator(JACOBIAN).bounding_box()
    tab.frame.locator(JACOBIAN).click(position={"x": box["width"] / 2, "y": row_middle(3)})
    tab.settled()
    assert "p.deepdebug.outputstep=199" in tab.page.url
    image = pixels(tab, CURVE)
    assert close_to(image[40:-60, column(image, 199)], (33, 33, 33), 60).mean() > 0.8
    assert not close_to(image[40:-60, column(image, 300)], BLUE).any()
    text = tab.text()
    assert "200 steps out of reach" in text
    assert "flatter than untrained" not in text  # that was measured at another output
    tab.frame.locator("button", has_text="Back to 399").click()
    tab.settled()
    assert "outputstep" not in tab.page.url
    np.testing.assert_array_equal(pixels(tab, CURVE), before)


def test_arrow_keys_move_from_row_to_row_and_escape_leads_back(look: OpenTab) -> None:
    tab = look()
    tab.frame.locator(JACOBIAN).focus()
    press = tab.page.keyboard.press
    press("ArrowUp")  # from the recorded output, the last row
    assert "p.deepdebug.outputstep=349" in tab.page.url
    press("ArrowUp")
    press("ArrowUp")
    press("ArrowDown")
    assert "p.deepdebug.outputstep=299" in tab.page.url
    assert tab.frame.locator("input[aria-label=Step]").input_value() == "10"
    press("Escape")
    assert "outputstep" not in tab.page.url


def test_a_link_reopens_the_row_for_every_run(look: OpenTab) -> None:
    tab = look("&p.deepdebug.outputstep=99")
    text = tab.text()
    assert text.count("300 steps out of reach") == 2
    image = pixels(tab, CURVE)
    for colour in (GREY, BLUE):
        assert not math.isnan(height_of(image, colour, 50))
        assert math.isnan(height_of(image, colour, 200))


def test_the_jacobian_is_of_the_step_or_the_last_before_it(look: OpenTab) -> None:
    for step, shown in (("10", "10"), ("7", "5"), ("0", "0")):
        text = look(f"&p.deepdebug.step={step}").frame.locator(".jacobian").inner_text()
        assert f"at step {shown};" in text


def test_hovering_reads_output_timestep_and_value(look: OpenTab) -> None:
    tab = look("&p.deepdebug.runs=forgets")
    box = tab.frame.locator(JACOBIAN).bounding_box()
    x = LEFT + 199 / LAST * (box["width"] - LEFT - RIGHT)
    tab.frame.locator(JACOBIAN).hover(position={"x": x, "y": row_middle(4)})
    tab.frames(3)
    words = tab.frame.locator(".jacobian .tip").inner_text()
    assert "249" in words and "199 (50 before)" in words
    assert f"{0.95**50:.3g}" in words


def test_numbers_have_bands_lengths_and_a_half_life_where_there_is_one(look: OpenTab) -> None:
    tab = look("&p.deepdebug.numbers=1")
    tab.frame.wait_for_selector(".numbers tbody td")
    tab.settled()
    rows = {
        (row[0].split("\n")[0]): [cell.split("\n") for cell in row[1:]]
        for row in (
            [cell.inner_text() for cell in line.query_selector_all("th, td")]
            for line in tab.frame.query_selector_all(".numbers tbody tr")
        )
    }
    assert set(rows) == {"even", "forgets", "untrained"}
    half_life = math.log(2) / -math.log(0.95)
    value, band = rows["forgets"][4]
    assert float(value) == pytest.approx(half_life, rel=0.01)
    assert band == f"{value}–{value}"  # examples differ in level alone
    assert rows["even"][4] == ["not exponential"]
    assert rows["even"][0][0] == "1"
    assert [rows["even"][i][0] for i in (1, 2, 5)] == ["359", "400", "399"]
    assert rows["even"][5] == ["399", "400"]
    assert rows["untrained"][1][0] == "21"


def saved(tab: Any, label: str) -> bytes:
    tab.frame.locator("button[aria-label='Save Amnesia']").click()
    with tab.page.expect_download() as download:
        tab.frame.locator("[role=menuitem]", has_text=label).click()
    return Path(download.value.path()).read_bytes()


def test_everything_is_saved(look: OpenTab) -> None:
    tab = look("&p.deepdebug.run=forgets")
    rows = list(csv.DictReader(io.StringIO(saved(tab, "CSV").decode())))
    kinds = {row["kind"] for row in rows}
    assert kinds == {"input_gradients", "untrained", "jacobian"}
    cells = [row for row in rows if row["kind"] == "jacobian" and row["output_step"] == "199"]
    assert len(cells) == TIMESTEPS
    value = next(row for row in cells if row["lag"] == "-100")
    assert float(value["log10"]) == pytest.approx(100 * math.log10(0.95), abs=1e-3)
    assert {row["reading"] for row in cells if int(row["lag"]) > 0} == {"unreachable"}
    everything = json.loads(saved(tab, "JSON"))
    run = next(one for one in everything["runs"] if one["run"] == "forgets")
    assert len(run["jacobian"]["log10"]) == len(OUTPUTS) * TIMESTEPS
    assert run["untrained"]["outputStep"] == LAST
    value, low, high = run["numbers"]["half_life"]
    assert low == pytest.approx(value, rel=1e-3) and high == pytest.approx(value, rel=1e-3)
    image = needs("PIL.Image").open(io.BytesIO(saved(tab, "PNG")))
    heights = [tab.frame.locator(c).bounding_box()["height"] for c in (CURVE, JACOBIAN)]
    assert image.height == pytest.approx(sum(heights), abs=2)
