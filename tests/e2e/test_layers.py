"""Layers of a model in the Activations panel: order, examples, maps, the training, clones, gaps."""

import csv
import dataclasses
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tensorboards import Served, eventually, tensorboard

import tb_deepdebug as dd
from tb_deepdebug.records import activations, graph, recorder_report
from tb_deepdebug.stats import history
from tb_deepdebug.wire.summary import encode

pytestmark = pytest.mark.browser

OpenTab = Callable[..., Any]
Pixels = NDArray[np.int64]

STEPS = (0, 10, 20, 30)
TIMESTEPS, UNITS = 64, 12
DIES, RETURNS, CLONE, ORIGINAL = 2, 5, 9, 7  # units of conv
MAPS, SIDE = 6, 8  # units of maps, and cells on a side
WIDE = 3000  # too many units for vectors in a series
VIEW = "&p.deepdebug.activations="
HEATMAP = "canvas[aria-label^='Heatmap']"
MAP = "canvas[aria-label^='Maps']"
COURSE = "canvas[aria-label^='Units of']"
PANEL = "[data-panel=activations]"
LEFT, TOP = 74, 46  # of a heatmap below one lane of input


def conv(step: int) -> NDArray[np.float32]:
    """`[3, time, units]`: example e is 0 before timestep 16 e; units die, return and are alike."""
    t = np.arange(TIMESTEPS)
    rng = np.random.default_rng(1)
    a = 1 + np.abs(rng.normal(size=(3, TIMESTEPS, UNITS)))
    for example in range(3):
        a[example, t < 16 * example] = 0
    a[..., CLONE] = 2 * a[..., ORIGINAL]
    if step >= 10:
        a[..., DIES] = 0
    if step in (10, 20):
        a[..., RETURNS] = 0
    return a.astype(np.float32)


def maps() -> NDArray[np.float32]:
    """`[2, height, width, units]`: unit u has one hot cell, at row u + 1 and column u."""
    a = np.zeros((2, SIDE, SIDE, MAPS), np.float32)
    for unit in range(MAPS):
        a[:, unit + 1, unit, unit] = 1 if unit else 0.001
    return a


def wide(step: int) -> NDArray[np.float32]:
    """`[1, 4, units]`: the first units die at step 20."""
    a = np.ones((1, 4, WIDE), np.float32) * np.arange(1, 5)[:, None]
    if step >= 20:
        a[..., : WIDE // 2] = 0
    return a


MODEL = graph.Graph(
    "net",
    "keras",
    (
        graph.Node("series", "InputLayer"),
        graph.Node("conv", "Conv1D", "relu", (TIMESTEPS, UNITS), 48, ("conv",)),
        graph.Node("drop", "Dropout"),
        graph.Node("maps", "Conv2D", "relu", (SIDE, SIDE, MAPS), 60, ("maps",)),
        graph.Node("lstm", "LSTM", "tanh", (TIMESTEPS, 4), 99, ("lstm", "lstm/forget")),
        graph.Node("odd", "Lambda"),
        graph.Node("budget", "Dense", None, (4,), 16, ("budget",)),
        graph.Node("wide", "Dense", None, (WIDE,), 16, ("wide",)),
    ),
    ((0, 1), (1, 2), (1, 3), (2, 4), (3, 4), (4, 5), (5, 6), (6, 7)),
)
REPORT = recorder_report.RecorderReport(
    notes=(recorder_report.Note("activations of odd", "its output is a dict"),)
)


def write_model(folder: Path) -> None:
    """A run whose records come in another order than the model's layers."""
    past: dict[str, Any] = {}
    series = np.sin(np.arange(TIMESTEPS) / 9)[None, :, None] * np.arange(1, 4)[:, None, None]
    gate = np.linspace(0.2, 0.6, TIMESTEPS * 4).reshape(1, TIMESTEPS, 4).astype(np.float32)
    with dd.EventWriter(folder) as writer:
        writer.add(encode("model", MODEL), 0)
        for step in STEPS:
            layers: dict[str, tuple[Any, dict[str, Any]]] = {
                "wide": (wide(step), {}),
                "budget": (conv(step), {"examples": 0}),
                "lstm/forget": (gate, {}),
                "lstm": (gate - 0.5, {}),
                "maps": (maps(), {"examples": 2}),
                "conv": (conv(step), {"examples": 3, "input": series}),
            }
            for name, (data, options) in layers.items():
                record = activations.measure(data, **options)
                past[name] = history.follow(past.get(name), record.stats, step)
                record = dataclasses.replace(record, history=past[name])
                writer.add(encode(name, record), step)
            writer.add(encode("recorder", REPORT), step)
            writer.add_scalar("loss", 1 / (1 + step), step)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, bare: dict[str, str]) -> Iterator[Served]:
    """TensorBoard over one recorded model."""
    logdir = tmp_path_factory.mktemp("model")
    write_model(logdir / "net")
    with tensorboard(f"--logdir={logdir}", env=bare) as running:
        eventually(lambda: b'"recorder"' in running.get("data/plugin/deepdebug/index")[1])
        yield running


def headline(tab: Any) -> str:
    return str(tab.frame.locator(f"{PANEL} .headline").inner_text())


def layer(tab: Any) -> str:
    return str(tab.frame.locator("select[aria-label=Layer] option:checked").inner_text())


def point(tab: Any, selector: str, x: float, y: float) -> None:
    """Moves the pointer over a picture, and waits for what that tells."""
    box = tab.frame.locator(selector).first.bounding_box()
    tab.page.mouse.move(box["x"] + x - 2, box["y"] + y)
    tab.page.mouse.move(box["x"] + x, box["y"] + y)
    tab.frames(3)


def tip(tab: Any) -> str:
    return str(tab.frame.locator(".tip").first.inner_text())


def shown(tab: Any, selector: str) -> Any:
    """A picture, once its code and its data have come."""
    tab.frame.wait_for_selector(selector)
    tab.settled()
    return tab.frame.locator(selector).first


def is_dark(image: Pixels) -> NDArray[np.bool_]:
    """The look of a dead unit."""
    return np.asarray(image.astype(int).max(axis=-1) < 130)


def test_layers_are_listed_in_the_order_of_the_model(open_tab: OpenTab, model: Served) -> None:
    tab = open_tab(model)
    tab.frame.wait_for_selector(".rail .missing")
    rows = tab.frame.locator(".rail section", has_text="Layers").locator("li")
    names = [name.split("\n")[0] for name in rows.all_inner_texts()]
    assert names == ["conv", "maps", "lstm", "forget", "odd", "budget", "wide"]
    nested = [rows.nth(i).get_attribute("data-nested") is not None for i in range(len(names))]
    assert nested == [name == "forget" for name in names]
    missing = tab.frame.locator(".rail .missing")
    assert "not measured: its output is a dict" in missing.inner_text()
    assert missing.locator("button").count() == 0


def test_keys_and_the_chain_go_from_layer_to_layer(open_tab: OpenTab, model: Served) -> None:
    tab = open_tab(model, VIEW + "conv")
    chain = shown(tab, f"{PANEL} .chain")
    assert chain.inner_text().split("\n")[:3] == ["conv", "maps", "lstm"]
    assert f"Conv1D · relu · {TIMESTEPS} × {UNITS} · 48 parameters" in chain.inner_text()
    press = tab.page.keyboard.press
    found = []
    for key in "]]]]]][":
        press(key)
        found.append(layer(tab))
    assert found == ["maps", "lstm", "lstm/forget", "budget", "wide", "wide", "budget"]
    tab.settled()
    # The layer without records between them is passed over.
    assert chain.inner_text().split("\n")[:3] == ["lstm", "budget", "wide"]
    chain.locator("button", has_text="lstm").click()
    assert layer(tab) == "lstm"
    tab.settled()
    chain.locator("button", has_text="forget").click()
    assert "p.deepdebug.activations=lstm%2Fforget" in tab.page.url


def test_a_gate_is_coloured_from_shut_to_open(open_tab: OpenTab, model: Served) -> None:
    gate = open_tab(model, VIEW + "lstm/forget")
    assert gate.frame.locator("canvas[aria-label='colours up to 1']").count() == 1
    other = open_tab(model, VIEW + "lstm")
    assert other.frame.locator("canvas[aria-label='colours up to 1']").count() == 0


def first_timestep(image: Pixels) -> int:
    """Where the grey of exact zeros ends in the row of a unit that is else never zero."""
    height = image.shape[0] - TOP - 24
    row = image[int(TOP + height / UNITS * 0.5), LEFT : image.shape[1] - 10].astype(int)
    grey = (np.ptp(row, axis=-1) < 12) & (row[:, 0] > 190) & (row[:, 0] < 235)
    return round((np.flatnonzero(~grey)[0]) / len(row) * TIMESTEPS)


def test_each_example_has_its_own_picture_and_input(open_tab: OpenTab, model: Served) -> None:
    tab = open_tab(model, VIEW + "conv&p.deepdebug.order=index")
    assert first_timestep(tab.pixels(HEATMAP)) == 0
    tab.page.keyboard.press("e")
    tab.frames(3)
    assert "p.deepdebug.example=1" in tab.page.url
    assert first_timestep(tab.pixels(HEATMAP)) == 16
    tab.frame.locator("button[aria-label='Example after']").click()
    tab.frames(3)
    assert first_timestep(tab.pixels(HEATMAP)) == 32
    point(tab, HEATMAP, LEFT + 400, 20)
    words = tip(tab).split()
    at = int(words[words.index("timestep") + 1])
    value = float(words[-1].replace("−", "-"))
    assert value == pytest.approx(3 * np.sin(at / 9), abs=1e-3)


def test_the_order_is_that_of_the_example(open_tab: OpenTab, model: Served) -> None:
    tab = open_tab(model, VIEW + "conv&p.deepdebug.order=similarity&p.deepdebug.example=2")
    orders = [url for url in tab.requests if "order" in url]
    assert orders and all("example" in url for url in orders)


def test_examples_stand_side_by_side(open_tab: OpenTab, model: Served) -> None:
    tab = open_tab(model, VIEW + "conv")
    tab.frame.locator(f"{PANEL} button", has_text="all").click()
    tab.settled()
    boxes = [one.bounding_box() for one in tab.frame.locator(HEATMAP).all()]
    assert len(boxes) == 3
    assert len({box["y"] for box in boxes}) == 1 and len({box["x"] for box in boxes}) == 3
    again = open_tab(model, tab.page.url.partition("#")[2])
    assert again.frame.locator(HEATMAP).count() == 3


def tiles(image: Pixels) -> list[Pixels]:
    """The maps of a page: blocks of grey, the look of zeros, from left to right and down."""
    image = image.astype(int)
    spread = np.ptp(image, axis=-1)
    grey = (spread < 12) & (image[..., 0] > 190) & (image[..., 0] < 235)
    found = []
    for top, bottom in runs(grey.mean(axis=1) > 0.05):
        for left, right in runs(grey[top:bottom].mean(axis=0) > 0.3):
            found.append(image[top:bottom, left:right])
    return found


def runs(there: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where stretches of True begin and end; short ones are letters."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], there.astype(int), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 20]


def test_maps_have_their_cells_where_they_were_written(open_tab: OpenTab, model: Served) -> None:
    tab = open_tab(model, VIEW + "maps&p.deepdebug.activations.view=maps")
    shown(tab, MAP)
    pictures = tiles(tab.pixels(MAP))
    assert len(pictures) == MAPS
    for unit, picture in enumerate(pictures):
        height, width = picture.shape[:2]
        hot = np.ptp(picture, axis=-1) > 25
        ys, xs = np.nonzero(hot)
        assert (ys.mean() / height, xs.mean() / width) == pytest.approx(
            ((unit + 1.5) / SIDE, (unit + 0.5) / SIDE), abs=0.03
        )
        assert hot.sum() == pytest.approx(height * width / SIDE**2, rel=0.1)


def test_each_map_can_have_its_own_colours(open_tab: OpenTab, model: Served) -> None:
    def darkest(view: str) -> list[int]:
        tab = open_tab(model, f"{VIEW}maps&p.deepdebug.activations.view=maps{view}")
        shown(tab, MAP)
        return [int(picture.sum(axis=-1).min()) for picture in tiles(tab.pixels(MAP))]

    shared, own = darkest(""), darkest("&p.deepdebug.maps.colours=unit")
    assert shared[0] > 400 > max(shared[1:])
    assert max(own) == min(own) == shared[1]


def test_a_map_is_read_and_enlarged(open_tab: OpenTab, model: Served) -> None:
    tab = open_tab(model, VIEW + "maps&p.deepdebug.activations.view=maps&p.deepdebug.unit=3")
    figure = shown(tab, MAP)
    box = figure.bounding_box()
    large = max(tiles(tab.pixels(MAP)), key=lambda picture: picture.size)
    assert large.shape[0] > 200
    image = tab.pixels(MAP).astype(int)
    hot = np.ptp(image, axis=-1) > 60
    hot[:, : int(box["width"] * 0.6)] = False
    ys, xs = np.nonzero(hot)
    point(tab, MAP, float(np.median(xs)), float(np.median(ys)))
    words = tip(tab)
    assert "unit 3" in words and "4, 3" in words
    assert "value\t1" in words.replace("\n", "\t")
    tab.page.mouse.click(box["x"] + 40, box["y"] + 40)
    assert "p.deepdebug.unit=0" in tab.page.url


def test_the_training_shows_who_died_and_who_came_back(open_tab: OpenTab, model: Served) -> None:
    tab = open_tab(model, VIEW + "conv&p.deepdebug.activations.view=training")
    shown(tab, COURSE)
    assert headline(tab) == "1 of 12 units dead now, 2 ever dead, 1 revived"
    image = tab.pixels(COURSE)
    height = image.shape[0] - TOP - 24
    width = image.shape[1] - LEFT - 10

    def dead(unit: int, column: int) -> bool:
        y = int(TOP + (unit + 0.5) * height / UNITS)
        x = int(LEFT + (column + 0.5) * width / len(STEPS))
        return bool(is_dark(image[y - 3 : y + 3, x - 8 : x + 8]).mean() > 0.7)

    found = {unit: [dead(unit, column) for column in range(len(STEPS))] for unit in range(UNITS)}
    expected = {unit: [False] * 4 for unit in range(UNITS)}
    expected[DIES] = [False, True, True, True]
    expected[RETURNS] = [False, True, True, False]
    assert found == expected

    point(tab, COURSE, LEFT + width * 0.9, TOP + (RETURNS + 0.5) * height / UNITS)
    assert "first dead at step 10, dead in 2 of 4 probes, revived once" in tip(tab)
    box = tab.frame.locator(COURSE).bounding_box()
    tab.page.mouse.click(box["x"] + LEFT + width * 0.4, box["y"] + TOP + 20)
    tab.settled()
    assert tab.frame.locator("input[aria-label=Step]").input_value() == "10"
    assert headline(tab).startswith("2 of 12 units dead now")


def test_a_layer_too_wide_for_vectors_is_remembered(open_tab: OpenTab, model: Served) -> None:
    tab = open_tab(model, VIEW + "wide&p.deepdebug.activations.view=training")
    shown(tab, COURSE)
    assert "what the recorder remembers" in tab.text()
    image = tab.pixels(COURSE)
    picture = image[TOP : image.shape[0] - 24, LEFT : image.shape[1] - 10]
    height, width = picture.shape[:2]
    dark = is_dark(picture)
    assert dark[: height // 2 - 4, width // 2 + 4 : width - width // 4 - 4].mean() > 0.7
    assert dark[: height // 2 - 4, : width // 2 - 4].mean() < 0.05
    assert dark[height // 2 + 4 :].mean() < 0.05


def test_a_picture_left_out_is_told_and_its_statistics_shown(
    open_tab: OpenTab, model: Served
) -> None:
    tab = open_tab(model, VIEW + "budget")
    figure = shown(tab, "canvas[aria-label^='Statistics']")
    assert "left out: the size budget" in tab.text()
    assert "1 of 12 units dead" in headline(tab)
    image = tab.pixels("canvas[aria-label^='Statistics']")
    strip = image[24 : image.shape[0] - 26, 58:64]
    dark = is_dark(strip).mean(axis=1) > 0.5
    rows = np.flatnonzero(dark) / len(dark) * UNITS
    assert set(np.floor(rows)) == {DIES}
    point(tab, "canvas[aria-label^='Statistics']", 200, figure.bounding_box()["height"] - 60)
    assert "mean" in tip(tab) and "never dead in 4 probes" in tip(tab)
    assert tab.frame.locator(HEATMAP).count() == 0


def test_clones_are_counted_and_named(open_tab: OpenTab, model: Served) -> None:
    tab = open_tab(model, VIEW + "conv")
    assert "clone" not in headline(tab)
    height = 14 * UNITS
    point(tab, HEATMAP, LEFT + 300, TOP + (CLONE + 0.5) * height / UNITS)
    tab.frame.wait_for_function(
        f"document.querySelector('{PANEL} .headline').textContent.includes('clone')"
    )
    assert headline(tab) == "1 of 12 units dead, 11 active; one unit is a clone of another"
    assert f"of unit {ORIGINAL}" in tip(tab)
    assert "clones of one another" in tab.text()
    tab.frame.locator(f"{PANEL} button", has_text="similarity").click()
    tab.settled()
    # Their rows touch now: a bracket in the gutter, three pixels from the strip.
    gutter = tab.pixels(HEATMAP)[TOP : TOP + height, 51:53].astype(int).max(axis=-1)
    (bracket,) = runs(gutter.min(axis=1) < 90)
    assert bracket[1] - bracket[0] == pytest.approx(2 * 14, abs=3)


def test_what_was_not_measured_is_noted(open_tab: OpenTab, model: Served) -> None:
    tab = open_tab(model, VIEW + "conv")
    tab.frame.wait_for_selector(f"{PANEL} .notes")
    notes = tab.frame.locator(f"{PANEL} .notes").inner_text()
    assert "activations of odd not measured: its output is a dict" in notes


def saved(tab: Any, label: str) -> bytes:
    """What the panel's menu saves."""
    tab.frame.locator("button[aria-label='Save Activations']").click()
    with tab.page.expect_download() as download:
        tab.frame.locator("[role=menuitem]", has_text=label).click()
    return Path(download.value.path()).read_bytes()


def test_what_is_saved_follows_the_view(open_tab: OpenTab, model: Served) -> None:
    tab = open_tab(model, VIEW + "conv&p.deepdebug.activations.view=training")
    shown(tab, COURSE)
    cells = list(csv.DictReader(io.StringIO(saved(tab, "CSV").decode())))
    assert len(cells) == UNITS * len(STEPS)
    dead = {(int(cell["unit"]), int(cell["step"])) for cell in cells if cell["state"] == "dead"}
    assert dead == {(DIES, 10), (DIES, 20), (DIES, 30), (RETURNS, 10), (RETURNS, 20)}
    assert json.loads(saved(tab, "JSON"))[0]["history"]["stepsDead"][DIES] == 3
    assert saved(tab, "PNG").startswith(b"\x89PNG")
    tab.frame.locator(f"{PANEL} button", has_text="this step").click()
    tab.settled()
    units = list(csv.DictReader(io.StringIO(saved(tab, "CSV").decode())))
    assert [row["steps_dead"] for row in units][DIES] == "3"


def test_the_enlarged_map_is_saved_with_its_values(open_tab: OpenTab, model: Served) -> None:
    tab = open_tab(model, VIEW + "maps&p.deepdebug.activations.view=maps&p.deepdebug.unit=3")
    shown(tab, MAP)
    (found,) = json.loads(saved(tab, "JSON"))["maps"]
    values = np.reshape(found["values"], (found["height"], found["width"]))
    assert np.argwhere(values > 0).tolist() == [[4, 3]]
    assert saved(tab, "PNG").startswith(b"\x89PNG")


def test_logs_without_a_recorder_look_as_they_did(open_tab: OpenTab, story: Served) -> None:
    tab = open_tab(story, "&p.deepdebug.run=relu")
    assert tab.frame.locator(f"{PANEL} .chain, {PANEL} [aria-label=Example]").count() == 0
    assert tab.frame.locator(f"{PANEL} .notes, .rail .missing").count() == 0
    assert tab.frame.locator(HEATMAP).count() == 1
