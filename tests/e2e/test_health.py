"""What the panels of gradients and of gates draw, read from the pixels of a real browser."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tensorboard.compat.proto import summary_pb2
from tensorboards import Served, eventually, tensorboard

import tb_deepdebug as dd
from tb_deepdebug.records import gates, health
from tb_deepdebug.wire.summary import encode

pytestmark = pytest.mark.browser

Pixels = NDArray[np.int64]
PICTURE = "canvas[aria-label^='gradient norm']"
UPDATES = "canvas[aria-label^='update ratio']"
DEPTH = ".depth canvas"
GATE = "canvas[aria-label^='Gate forget']"

LAYERS = ("conv_1", "conv_2", "lstm", "dense")
NAMES = tuple(f"{layer}/{part}" for layer in LAYERS for part in ("kernel", "bias"))
STEPS = 20
UNITS = 8
STUCK, STUCK_FROM = NAMES.index("conv_2/bias"), 12
BROKEN, BROKEN_FROM = NAMES.index("lstm/kernel"), 15
UNKNOWN = NAMES.index("dense/bias")
DAMAGED_STEP = 10
# In the vanishing run each layer passes a hundredth of its gradient on.
DECADES = 2
COLOURS = {"vanishing": (18, 181, 203), "even": (66, 80, 102)}  # TensorBoard's, by place


def arrays(step: int, vanishing: bool) -> tuple[list[Any], list[Any], list[Any]]:
    """Weights, gradients and updates of one step: of all entries alike, so that RMS is plain."""
    weights, gradients, updates = [], [], []
    for i, name in enumerate(NAMES):
        shape = (4, 6) if name.endswith("kernel") else (6,)
        depth = len(LAYERS) - 1 - i // 2
        gradient = np.full(shape, 0.1 * 10.0 ** (-DECADES * depth if vanishing else 0))
        update = np.full(shape, 1e-3)
        if vanishing and i == BROKEN and step >= BROKEN_FROM:
            gradient[0] = np.nan
        if vanishing and i == STUCK and step >= STUCK_FROM:
            update = np.zeros(shape)
        weights.append(np.ones(shape))
        gradients.append(None if vanishing and i == UNKNOWN else gradient)
        updates.append(update)
    return weights, gradients, updates


def gate(shut: float, wide: float) -> NDArray[np.float64]:
    """One unit `[1, 100, 1]`, shut and wide open for these shares of the time."""
    values = np.full(100, 0.5)
    values[: round(100 * shut)] = 0.01
    values[100 - round(100 * wide) :] = 0.99
    return values[None, :, None]


def forget(step: int) -> NDArray[np.float64]:
    """The first three units open wider with every step; the fourth is shut; the rest works."""
    wide = [gate(0, step / (STEPS - 1))] * 3
    return np.concatenate([*wide, gate(0.9, 0), *[gate(0.1, 0.1)] * (UNITS - 4)], axis=-1)


def damaged(summary: summary_pb2.Summary, plane: int) -> summary_pb2.Summary:
    """The same with a bit of a plane of its frame flipped."""
    for value in summary.value:
        blobs = value.tensor.string_val
        if len(blobs) > plane:
            blobs[1 + plane] = blobs[1 + plane][:-1] + bytes([blobs[1 + plane][-1] ^ 1])
    return summary


def by_outputs(vanishing: bool) -> health.OutputGradients:
    """As a recorder writes them: a record of their own, at the steps of the probe."""
    rms = 10.0 ** -np.arange(len(LAYERS))[::-1] if vanishing else np.ones(len(LAYERS))
    zero = np.zeros(len(LAYERS))
    return health.OutputGradients("loss", LAYERS, rms, 3 * rms, zero, zero)


def write(folder: Path, vanishing: bool) -> None:
    history = None
    with dd.EventWriter(folder) as writer:
        for step in range(STEPS):
            known = health.from_arrays(NAMES, *arrays(step, vanishing), loss=1 / (1 + step))
            record = health.measure(known, None)
            history = health.follow(history, record, step)
            summary = encode("training", dataclasses.replace(record, history=history))
            broken = vanishing and step == DAMAGED_STEP
            writer.add(damaged(summary, 0) if broken else summary, step)
            if step % 5 == 0:
                writer.add(encode("outputs", health.measure(None, by_outputs(vanishing))), step)
            measured = gates.measure({"forget": forget(step), "output": forget(0)})
            writer.add(encode("lstm", measured), step)
            writer.add_scalar("loss", 1 / (1 + step), step)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, bare: Any) -> Iterator[Served]:
    """TensorBoard over a run whose gradients vanish and one in which they do not."""
    logdir = tmp_path_factory.mktemp("trained")
    write(logdir / "even", vanishing=False)
    write(logdir / "vanishing", vanishing=True)
    with tensorboard(f"--logdir={logdir}", env=bare) as running:
        eventually(lambda: b"vanishing" in running.get("data/plugin/deepdebug/index")[1])
        yield running


@pytest.fixture(scope="module")
def vanishing(open_shared_tab: Callable[..., Any], trained: Any) -> Any:
    return open_shared_tab(trained, "&p.deepdebug.runs=vanishing")


class Picture:
    """The picture of layers x steps inside its canvas: 17 pixels a row, below a head of 22."""

    ROW, TOP = 17, 22

    def __init__(self, image: Pixels, columns: int = STEPS) -> None:
        self.image = image.astype(int)
        width = image.shape[1]
        self.left = min(190, max(96, round(0.26 * width))) + 8
        self.column = (width - 12 - self.left) / columns

    def at(self, row: int, column: int) -> tuple[float, float]:
        """The middle of a cell."""
        return self.left + (column + 0.5) * self.column, self.TOP + (row + 0.5) * self.ROW

    def cell(self, row: int, column: int) -> Pixels:
        """The inside of a cell, `[height, width, 3]`."""
        x, y = self.at(row, column)
        reach = int(self.column / 2) - 3
        return self.image[int(y) - 4 : int(y) + 5, int(x) - reach : int(x) + reach + 1]

    def colour(self, row: int, column: int) -> Pixels:
        """The one colour of a cell."""
        cell = self.cell(row, column).reshape(-1, 3)
        assert np.ptp(cell, axis=0).max() <= 2, (row, column)
        return cell[0]


def is_magenta(colour: Pixels) -> bool:
    return bool(colour[0] > 200 and colour[1] < 60 and colour[2] > 120)


def is_grey(colour: Pixels) -> bool:
    return bool(np.ptp(colour) < 12 and 190 < colour[0] < 235)


def test_gradients_that_vanish_fade_towards_the_input(vanishing: Any) -> None:
    picture = Picture(vanishing.pixels(PICTURE))
    brightness = [picture.colour(2 * layer, 5).sum() for layer in range(len(LAYERS))]
    assert brightness == sorted(brightness, reverse=True)
    assert brightness[0] > brightness[-1] + 300
    # Every layer as much darker than the one before: equal ratios are equal steps in colour.
    assert np.ptp(picture.colour(0, 5) - picture.colour(1, 5)) <= 2
    text = vanishing.text()
    assert "First NaN or infinity: lstm/kernel at step 15" in text
    assert "gradients fall 6.0 decades from dense to conv_1" in text


def test_nan_and_what_was_not_measured_have_looks_of_their_own(vanishing: Any) -> None:
    picture = Picture(vanishing.pixels(PICTURE))
    found = [is_magenta(picture.colour(BROKEN, step)) for step in range(STEPS - 1)]
    assert found == [step >= BROKEN_FROM for step in range(STEPS - 1)]
    hatched = picture.cell(UNKNOWN, 5).reshape(-1, 3)
    assert np.ptp(hatched, axis=0).max() > 30  # lines on the ground
    assert hatched.min(axis=0).min() > 120
    for words in ("has NaN or infinity", "not measured"):
        assert words in vanishing.text()
    assert "exactly zero" not in vanishing.text()


def test_the_curve_over_depth_falls_two_decades_a_layer(vanishing: Any) -> None:
    image = vanishing.pixels(DEPTH).astype(int)
    near = np.abs(image - COLOURS["vanishing"]).max(axis=-1) <= 30
    places = []
    for layer in (0, 1, 3):  # the third is broken
        top = Picture.TOP + 2 * layer * Picture.ROW
        band = near[top + 5 : top + 13]
        places.append(np.flatnonzero(band.sum(axis=0) >= 5).mean())
    assert places[1] - places[0] == pytest.approx((places[2] - places[1]) / 2, rel=0.1)
    cross = image[Picture.TOP + BROKEN * Picture.ROW :][: Picture.ROW, -45:]
    assert any(is_magenta(pixel) for pixel in cross.reshape(-1, 3))


def test_runs_lie_over_each_other_in_their_colours(
    open_tab: Callable[..., Any], trained: Any
) -> None:
    tab = open_tab(trained, "&p.deepdebug.step=5")
    image = tab.pixels(DEPTH).astype(int)
    for name, colour in COLOURS.items():
        assert (np.abs(image - colour).max(axis=-1) <= 24).sum() > 40, name
    row = tab.frame.locator(DEPTH).first
    row.hover(position={"x": 100, "y": Picture.TOP + 5})
    tip = tab.frame.locator(".depth .tip").inner_text()
    assert "conv_1/kernel" in tip
    assert "1.00e−7" in tip and "0.1" in tip


def test_a_weight_that_stopped_is_grey_from_then_on(
    open_tab: Callable[..., Any], trained: Any
) -> None:
    view = "&p.deepdebug.runs=vanishing&p.deepdebug.gradients.measure=update&p.deepdebug.step=14"
    tab = open_tab(trained, view)
    picture = Picture(tab.pixels(UPDATES))
    found = [is_grey(picture.colour(STUCK, at)) for at in range(STEPS) if abs(at - 14) > 1]
    assert found == [at >= STUCK_FROM for at in range(STEPS) if abs(at - 14) > 1]
    usual = picture.colour(0, 5)
    assert usual.min() > 225, "a thousandth of the weights is the middle of the scale"
    assert "conv_2/bias has not moved since step 12" in tab.text()


def test_a_click_looks_at_a_step_and_a_weight_and_the_address_brings_both_back(
    open_tab: Callable[..., Any], trained: Any
) -> None:
    tab = open_tab(trained, "&p.deepdebug.runs=vanishing")
    x, y = Picture(tab.pixels(PICTURE)).at(NAMES.index("conv_2/kernel"), 4)
    tab.frame.locator(PICTURE).click(position={"x": x, "y": y})
    tab.settled()
    hash_ = tab.frame.evaluate("decodeURIComponent(location.hash)")
    assert "p.deepdebug.step=4" in hash_ and "p.deepdebug.parameter=conv_2/kernel" in hash_
    again = open_tab(trained, hash_.lstrip("#"))
    for one in (tab, again):
        region = one.frame.locator("section[aria-label='conv_2/kernel']")
        assert "4 × 6" in region.inner_text()
        assert region.locator("canvas[aria-label^='Histograms of the weights']").count() == 1
        assert region.locator("canvas[aria-label^='Histograms of the gradients']").count() == 1
    again.frame.locator(PICTURE).press("ArrowDown")
    assert again.frame.locator("section[aria-label='conv_2/bias']").count() == 1
    again.page.keyboard.press("Escape")
    assert again.frame.locator("section.parameter").count() == 0


def test_gradients_by_the_layers_outputs_are_a_choice_beside_the_others(
    open_tab: Callable[..., Any], trained: Any
) -> None:
    tab = open_tab(trained, "&p.deepdebug.runs=vanishing&p.deepdebug.step=11")
    card = tab.frame.locator("[data-panel=gradients]")
    card.get_by_role("button", name="d loss / d layer output").click()
    tab.settled()
    assert "at 4 recorded steps" in card.inner_text()
    picture = Picture(tab.pixels("canvas[aria-label^='d loss']"), columns=4)
    brightness = [picture.colour(layer, 0).sum() for layer in range(len(LAYERS))]
    assert brightness == sorted(brightness, reverse=True)
    assert "step 10" in card.locator(".depth").inner_text()
    assert "gradients fall 6.0 decades" in card.inner_text().lower()


def test_a_damaged_plane_is_named_and_the_rest_still_shows(
    open_tab: Callable[..., Any], trained: Any
) -> None:
    view = f"&p.deepdebug.runs=vanishing&p.deepdebug.step={DAMAGED_STEP}"
    tab = open_tab(trained, view)
    notes = tab.frame.locator("[data-panel=gradients] .notes").inner_text()
    assert f"step {DAMAGED_STEP} of vanishing is damaged" in notes and "checksum" in notes
    Picture(tab.pixels(PICTURE)).colour(0, 5)


def test_what_is_shown_can_be_saved(open_tab: Callable[..., Any], trained: Any) -> None:
    tab = open_tab(trained, "&p.deepdebug.runs=vanishing")
    table = saved(tab, "Gradients and weights", "Table (CSV)").decode().splitlines()
    assert table[0] == "run,layer,name,step,measure,value,nonfinite"
    assert len(table) == 1 + STEPS * len(NAMES)
    data = json.loads(saved(tab, "Gradients and weights", "JSON"))
    assert [one["name"] for one in data["runs"][0]["parameters"]] == list(NAMES)
    assert saved(tab, "Gradients and weights", "Picture (PNG)")[:4] == b"\x89PNG"
    units = saved(tab, "Gates", "Table (CSV)").decode().splitlines()
    assert "vanishing,lstm,19,forget,3,0.9,0" in units
    assert saved(tab, "Gates", "Picture (PNG)")[:4] == b"\x89PNG"


def saved(tab: Any, panel: str, label: str) -> bytes:
    with tab.page.expect_download() as downloading:
        tab.frame.get_by_label(f"Save {panel}").click()
        tab.frame.get_by_role("menuitem", name=label).click()
    return Path(downloading.value.path()).read_bytes()


def test_the_units_of_a_gate_stand_where_their_shares_are(vanishing: Any) -> None:
    assert "forget: 3 of 8 units right-saturated; forget: 1 of 8 units left-saturated" in (
        vanishing.text()
    )
    image = vanishing.pixels(GATE).astype(int)
    side = min(340, image.shape[1] - 56)
    for open_, shut, there in ((1, 0, True), (0, 0.9, True), (0.1, 0.1, True), (0.5, 0.3, False)):
        x, y = int(44 + open_ * side), int(8 + (1 - shut) * side)
        patch = image[y - 3 : y + 4, x - 3 : x + 4].reshape(-1, 3)
        toned = (patch[:, 2] - patch[:, 0] > 60).mean()
        assert (toned > 0.5) == there, (open_, shut)


def test_a_gate_is_read_by_the_pointer_and_its_steps_are_chosen_on_it(
    open_tab: Callable[..., Any], trained: Any
) -> None:
    tab = open_tab(trained, "&p.deepdebug.runs=vanishing")
    figure = tab.frame.locator(GATE)
    side = min(340, figure.bounding_box()["width"] - 56)
    figure.hover(position={"x": 44 + side, "y": 8 + side})
    tip = tab.frame.locator("[data-panel=gates] .tip").inner_text()
    assert "units 0, 1, 2" in tip and "100 %" in tip
    figure.click(position={"x": 46, "y": 8 + side + 56 + 30})
    tab.settled()
    assert "p.deepdebug.step=0" in tab.frame.evaluate("location.hash")
    assert "forget: 1 of 8 units left-saturated; output: 1 of 8" in tab.text()


def test_a_log_without_such_records_has_no_such_panels(
    open_tab: Callable[..., Any], story: Any
) -> None:
    tab = open_tab(story)
    assert tab.frame.locator("[data-panel]").count() == 5
    optional = "[data-panel=gradients], [data-panel=gates], [data-panel=predictions]"
    assert tab.frame.locator(optional).count() == 0


def test_a_narrow_dark_page_shows_the_same(open_tab: Callable[..., Any], trained: Any) -> None:
    tab = open_tab(trained, "&p.deepdebug.runs=vanishing", color_scheme="dark")
    tab.page.set_viewport_size({"width": 700, "height": 1000})
    tab.settled()
    picture = Picture(tab.pixels(PICTURE))
    brightness = [picture.colour(2 * layer, 5).sum() for layer in range(len(LAYERS))]
    assert brightness == sorted(brightness)
    above = tab.frame.locator(PICTURE).bounding_box()
    below = tab.frame.locator(DEPTH).first.bounding_box()
    assert below["y"] > above["y"] + above["height"], "the curves stand below, with names"
