"""The tab in a real TensorBoard and a real browser: what a person does with it."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from log_folders import blobs, metadata, summary, write_run
from needs import needs
from story import EXTREME, STEPS, TIMESTEPS, UNITS, write_step
from tensorboards import Served, eventually, tensorboard

import tb_deepdebug as dd

pytestmark = pytest.mark.browser

HEATMAP = "canvas[aria-label^='Heatmap']"
ROWS, ROW = 46, 7.5  # pixels above the first row (the input's lane), and of a row
OpenTab = Callable[..., Any]


def step_of(tab: Any) -> str:
    return str(tab.frame.locator("input[aria-label=Step]").input_value())


def test_tensorboard_lists_the_tab_and_opens_it(open_tab: OpenTab, story: Served) -> None:
    tab = open_tab(story, inside=True)
    assert "DEEPDEBUG" in tab.page.locator("body").inner_text().upper()
    assert tab.frame.locator(".card").count() == 5
    assert step_of(tab) == "20"
    # The default view: at most 3 data requests and 0.3 MB.
    # Three before anything is drawn; the diagnosis is asked for when the pictures are there.
    assert len([r for r in tab.requests if "findings" not in str(r)]) <= 3, tab.requests
    assert len(tab.requests) <= 4, tab.requests
    assert tab.bytes <= 300_000
    assert any("/index" in url for url in tab.requests)


def test_the_theme_of_tensorboard_is_followed(open_tab: OpenTab, story: Served) -> None:
    tab = open_tab(story, inside=True)
    light = tab.pixels(".card")
    tab.page.evaluate("document.body.classList.add('dark-mode')")
    tab.frame.wait_for_function(
        "document.documentElement.style.colorScheme === 'dark'",
    )
    tab.frames(3)
    dark = tab.pixels(".card")
    assert np.median(light) > 200
    assert np.median(dark) < 100
    tab.page.evaluate("document.body.classList.remove('dark-mode')")
    tab.frame.wait_for_function("document.documentElement.style.colorScheme === 'light'")
    tab.frames(3)
    again = tab.pixels(".card").astype(int)
    assert np.abs(again - light).max() <= 3  # smoothing of text is not quite repeatable


def test_a_page_of_its_own_follows_the_system(open_tab: OpenTab, story: Served) -> None:
    assert np.median(open_tab(story, color_scheme="dark").pixels(".card")) < 100


def test_a_link_reopens_the_view(open_tab: OpenTab, story: Served) -> None:
    tab = open_tab(story, inside=True)
    tab.frame.locator("button", has_text="health").click()
    tab.frame.locator("button[aria-label='Step before']").click()
    tab.frame.locator("button[aria-label='Fold Pre-activations']").click()
    tab.frame.locator("input[aria-label='Show run leaky']").uncheck()
    tab.settled()
    link = tab.page.url
    again = open_tab(story, link.partition("#deepdebug")[2], inside=True)
    assert again.page.url == link
    assert step_of(again) == step_of(tab) == "10"
    assert again.frame.locator("[data-panel=preactivations][data-state=folded]").count() == 1
    assert not again.frame.locator("input[aria-label='Show run leaky']").is_checked()
    np.testing.assert_array_equal(again.pixels(HEATMAP), tab.pixels(HEATMAP))


def test_dragging_on_the_loss_curve_moves_every_panel(open_tab: OpenTab, story: Served) -> None:
    tab = open_tab(story)
    last = tab.pixels(HEATMAP)
    box = tab.frame.locator("[role=slider] canvas").bounding_box()
    y = box["y"] + box["height"] / 2
    tab.page.mouse.move(box["x"] + box["width"] * 0.9, y)
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + box["width"] * 0.5, y, steps=4)
    assert step_of(tab) == "10"
    tab.page.mouse.move(box["x"] + 5, y, steps=4)
    tab.page.mouse.up()
    assert step_of(tab) == "0"
    tab.settled()
    assert (tab.pixels(HEATMAP) != last).any()
    assert "at step 0" in tab.text()
    assert "All 32 units active" in tab.text()


def test_the_keyboard_does_what_the_mouse_does(open_tab: OpenTab, story: Served) -> None:
    tab = open_tab(story)
    press = tab.page.keyboard.press
    press("ArrowLeft")
    assert step_of(tab) == "10"
    press("ArrowRight")
    assert step_of(tab) == "20"
    press("o")
    assert "p.deepdebug.order=similarity" in tab.page.url
    press("o")
    press("o")
    assert "p.deepdebug.order" not in tab.page.url
    press("j")
    press("j")
    assert "p.deepdebug.unit=1" in tab.page.url
    press("Escape")
    assert "p.deepdebug.unit" not in tab.page.url
    press("?")
    tab.frame.wait_for_selector("dialog[open]")  # its code is fetched when it is first asked for
    press("Escape")
    assert tab.frame.locator("dialog[open]").count() == 0
    press("r")
    tab.page.keyboard.type("relu")
    tab.settled()
    assert tab.frame.locator("input[aria-label='Show run leaky']").count() == 0


def test_a_row_clicked_shows_its_unit(open_tab: OpenTab, story: Served) -> None:
    tab = open_tab(story)
    figure = tab.frame.locator(HEATMAP).first
    box = figure.bounding_box()
    y = box["y"] + ROWS + (EXTREME[0] + 0.5) * ROW
    tab.page.mouse.click(box["x"] + box["width"] / 2, y)
    tab.settled()
    assert f"p.deepdebug.unit={EXTREME[0]}" in tab.page.url
    assert "50" in tab.text()


def test_hovering_reads_the_value_of_a_cell(open_tab: OpenTab, story: Served) -> None:
    tab = open_tab(story, "&p.deepdebug.run=relu")
    box = tab.frame.locator(HEATMAP).first.bounding_box()
    x = box["x"] + 74 + 1200 / TIMESTEPS * (box["width"] - 84)
    tab.page.mouse.move(x - 5, box["y"] + ROWS + 25.5 * ROW)
    tab.page.mouse.move(x, box["y"] + ROWS + 25.5 * ROW)
    tab.frames(3)
    assert "NaN" in tab.frame.locator("[class*=tip]").first.inner_text()


def saved(tab: Any, panel: str, label: str) -> tuple[str, bytes]:
    """The name and content of the file that a panel's menu saves."""
    tab.frame.locator(f"button[aria-label='Save {panel}']").click()
    with tab.page.expect_download() as download:
        tab.frame.locator("[role=menuitem]", has_text=label).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


PANELS = ("Activations", "Pre-activations", "Amnesia")


def test_each_panel_saves_its_picture(open_tab: OpenTab, story: Served) -> None:
    tab = open_tab(story)
    for panel in PANELS:
        name, content = saved(tab, panel, "PNG")
        assert name == f"{panel}.png"
        image = np.asarray(needs("PIL.Image").open(io.BytesIO(content)).convert("RGB"))
        assert image.shape[1] > 500
        assert len(np.unique(image.reshape(-1, 3), axis=0)) > 20


def test_each_panel_saves_a_table_and_json(open_tab: OpenTab, story: Served) -> None:
    tab = open_tab(story, "&p.deepdebug.run=relu")
    tables = {
        p: list(csv.DictReader(io.StringIO(saved(tab, p, "CSV")[1].decode()))) for p in PANELS
    }
    everything = {panel: json.loads(saved(tab, panel, "JSON")[1]) for panel in PANELS}
    assert all(tables.values()) and all(everything.values())
    units = [row for row in tables["Activations"] if row["run"] == "relu"]
    assert len(units) == UNITS
    curve = [row for row in tables["Amnesia"] if row["run"] == "relu"]
    near = next(row for row in curve if row["lag"] == "0")
    assert float(near["log10"]) == pytest.approx(np.log10(np.hypot(1, 0.5)), abs=0.01)
    far = next(row for row in curve if abs(int(row["lag"])) >= 452)
    fall = (float(near["log10"]) - float(far["log10"])) / abs(int(far["lag"]))
    assert fall == pytest.approx(6 / 452, rel=0.02)
    assert everything["Amnesia"]["kind"] == "input_gradients"


def test_a_run_being_written_is_followed(
    open_tab: OpenTab, tmp_path: Path, bare: dict[str, str]
) -> None:
    with dd.EventWriter(tmp_path / "relu") as writer:
        write_step(writer, "relu", 0)
        with tensorboard(f"--logdir={tmp_path}", env=bare) as served:
            eventually(lambda: b"conv1" in served.get("data/plugin/deepdebug/index")[1])
            tab = open_tab(served, inside=True)
            assert step_of(tab) == "0"
            write_step(writer, "relu", 10)
            eventually(lambda: b"[0,10]" in served.get("data/plugin/deepdebug/index")[1])
            tab.page.locator("button.reload-button").click()
            shown = "document.querySelector('input[aria-label=Step]').value"
            tab.frame.wait_for_function(f"{shown} === '10'")
            tab.settled()
            assert "12 of 32 units dead" in tab.text()


def test_an_empty_log_says_what_to_add(
    open_tab: OpenTab, tmp_path: Path, bare: dict[str, str]
) -> None:
    with tensorboard(f"--logdir={tmp_path}", env=bare) as served:
        tab = open_tab(served)
        text = tab.text()
        assert "No DeepDebug data in this log yet" in text
        assert "import tb_deepdebug as dd" in text
        assert 'dd.summary.activations("conv1", a, step=step)' in text
        tab.frame.locator("[role=tab]", has_text="PyTorch").click()
        assert "activations_pb" in tab.text()


HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, bare: dict[str, str]) -> Iterator[Served]:
    """Names that are markup, a damaged plane, a tag of an unknown version, beside a healthy run."""
    logdir = tmp_path_factory.mktemp("hostile")
    write_run(logdir / "healthy")
    for run in (HOSTILE.replace("/", "\u2044"), "a,b;c", "%2e%2e", "x" * 200):
        write_run(logdir / run, [0], name=HOSTILE)
    rng = np.random.default_rng(0)
    value = dd.summary.activations_pb("conv1", rng.normal(size=(1, 40, 6)), description=HOSTILE)
    frame = value.value[0]
    # The last plane is the picture.
    frame.tensor.string_val[-1] = b"\0" * len(frame.tensor.string_val[-1])
    with dd.EventWriter(logdir / "damaged") as writer:
        writer.add(value, 20)
        content = metadata(HOSTILE, "activations", "frame", 9)
        writer.add(summary("later", blobs([b"x"]), "BLOB_SEQUENCE", content), 0)
        writer.add_scalar(HOSTILE, 1.0, 0)
    with tensorboard(f"--logdir={logdir}", env=bare) as served:
        eventually(lambda: b"damaged" in served.get("data/plugin/deepdebug/index")[1])
        yield served


def test_names_never_become_markup(open_tab: OpenTab, hostile: Served) -> None:
    tab = open_tab(hostile, inside=True)
    text = tab.text()
    assert "<img" in text
    assert tab.frame.locator("img").count() == 0
    for name in (HOSTILE, "conv1"):
        layers = tab.frame.locator(".rail section", has_text="Layers")
        layers.locator("button.name", has_text=name[:8]).click()
        tab.settled()
    tab.page.keyboard.press("c")
    tab.settled()
    assert tab.frame.locator("img, .main script").count() == 0


def test_damage_is_told_beside_what_is_healthy(open_tab: OpenTab, hostile: Served) -> None:
    tab = open_tab(hostile, "&p.deepdebug.run=damaged&p.deepdebug.activations=conv1")
    text = tab.text()
    assert "unknown version 9" in text
    assert "damaged" in text and "checksum" in text
    healthy = open_tab(hostile, "&p.deepdebug.run=healthy&p.deepdebug.activations=conv1")
    assert "checksum" not in healthy.text()
    assert healthy.frame.locator(HEATMAP).count() == 1


def test_a_server_that_is_gone_is_told_and_comes_back(open_tab: OpenTab, story: Served) -> None:
    tab = open_tab(story, cut="**/deepdebug/*?*")
    alert = tab.frame.locator("[data-panel=activations] [role=alert]")
    assert "TensorBoard does not answer" in alert.inner_text()
    assert tab.frame.locator("input[aria-label=Step]").input_value() == "20"
    tab.page.unroute_all()
    alert.locator("button").click()
    tab.frame.wait_for_selector(HEATMAP)
    # What the browser itself says of the requests that were cut is no fault of ours.
    tab.complaints[:] = [c for c in tab.complaints if "net::ERR_FAILED" not in c]


def test_every_step_is_reached(open_tab: OpenTab, story: Served) -> None:
    tab = open_tab(story)
    field = tab.frame.locator("input[aria-label=Step]")
    for step in STEPS:
        field.fill(str(step + 1))
        field.press("Enter")
        tab.settled()
        assert step_of(tab) == str(step)
