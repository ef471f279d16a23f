"""What the panel of checks says and draws, read from a real browser."""

import ast
import inspect
import json
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tensorboard.compat.proto import summary_pb2
from tensorboards import Served, eventually, tensorboard

import tb_deepdebug as dd
from tb_deepdebug.records.check import Check, Item, Line, Number, Picture
from tb_deepdebug.wire.summary import encode

pytestmark = pytest.mark.browser

Pixels = NDArray[np.int64]
PANEL = "[data-panel=checks]"
HOSTILE = "<img src=x onerror=alert(1)>"
BLUE, ORANGE = (0, 114, 178), (213, 94, 0)  # of the first and the second line
MAGENTA = (255, 0, 170)
# Of every picture: the plot's place in its canvas.
LEFT, RIGHT, TOP, HEIGHT = 58, 14, 10, 190

BARS = np.array([10.0, 20.0, 0.0, 40.0])
COLUMNS, ROWS = 8, 4
BROKEN = (3, 6)  # row and column of the cell that is NaN
SKILLS = {"last value": 0.98, "mean of all": 0.6, "first minus last": 0.1}
STEPS = np.arange(0, 1001, 10.0)
ITEMS = 200
LIVE = "synthetic_task/copying"


def inputs() -> Check:
    grid = np.zeros((ROWS, COLUMNS), np.float32)
    grid[0] = 1
    grid[BROKEN] = np.nan
    pictures = (
        Picture("bars", "Heart rate", "value", "cells", (Line("x", np.arange(5.0), BARS),)),
        Picture("heat", "Over time", "batch", "value", grid=grid, extent=(0, 80, -2, 2)),
    )
    items = tuple(
        Item(f"channel {i} {HOSTILE}", "fail" if i == 150 else "pass", "is as it is", "", None)
        for i in range(ITEMS - 1)
    )
    shuffle = Item("order", "partial", "labels come in blocks", "Shuffle before batching.", 0)
    return Check(
        "inputs",
        "fail",
        f"80 batches {HOSTILE}: 1 failure.",
        "Subtract the mean.",
        (Number("padding", 12.3, 11.0, np.inf, "%"), Number("skew", np.nan)),
        (*items, shuffle),
        pictures,
        (("batches", "80"),),
    )


def overfit() -> Check:
    falls = np.where(STEPS < 900, 10.0 ** (-STEPS / 250), 0)
    level = np.full_like(STEPS, 1e-2)
    lines = (
        Line("own labels", STEPS, falls),
        Line("random labels", STEPS, level, level / 10, level * 10),
    )
    loss = Picture("lines", "Loss", "step", "loss", lines, (("near zero", 1e-3),), log_y=True)
    return Check("overfit_small", "pass", "32 examples are fitted.", "Go on.", pictures=(loss,))


def ladder() -> Check:
    value = np.array(list(SKILLS.values()))
    line = Line("R2", value, np.arange(3.0), value - 0.05, value + 0.05, tuple(SKILLS))
    picture = Picture("intervals", "Skill", "R2", "task", (line,), (("pass", 0.9),))
    return Check("memory_ladder", "partial", "Looks back 40 timesteps.", pictures=(picture,))


def learning(verdict: Any, sentence: str, known: int) -> Check:
    curve = Line("held-out users", STEPS[:known], STEPS[:known] / 1000)
    picture = Picture("lines", "Learning curve", "step", "R2", (curve,))
    return Check("synthetic_task", verdict, sentence, pictures=(picture,))


def damaged(summary: summary_pb2.Summary) -> summary_pb2.Summary:
    """The same with a bit of its frame's first plane flipped."""
    for value in summary.value:
        blobs = value.tensor.string_val
        if len(blobs) > 1:
            blobs[1] = blobs[1][:-1] + bytes([blobs[1][-1] ^ 1])
    return summary


def write(logdir: Path) -> None:
    rng = np.random.default_rng(0)
    with dd.EventWriter(logdir / "net") as writer:
        activations = rng.normal(size=(2, 50, 4)).astype(np.float32)
        writer.add(dd.summary.activations_pb("conv", activations), step=1)
        gradients = rng.normal(size=(2, 50, 1)).astype(np.float32)
        writer.add(dd.summary.input_gradients_pb("risk", gradients, output_step=49), step=1)
        writer.add(encode("inputs", inputs()), 80)
        writer.add(damaged(encode("overfit_small", overfit())), 10)
        writer.add(encode("overfit_small", overfit()), 1000)
        writer.add(encode("memory_ladder", ladder()), 1)
        task = "synthetic_task/day_minus_night"
        writer.add(encode(task, learning("running", "half of it", 50)), 500)
        writer.add(encode(task, learning("pass", "R2 0.99", 101)), 1000)
    with dd.EventWriter(logdir / "other") as writer:
        whole = overfit()
        writer.add(damaged(encode("overfit_small", whole)), 7)
        writer.add(encode("later_check", Check("later_check", "unknown", "Who knows.")), 1)
    with dd.EventWriter(logdir / "z") as writer:
        writer.add(encode(LIVE, learning("running", "step 100", 11)), 100)


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with checks of every kind of picture, one with few, and one in which a check runs."""
    folder = tmp_path_factory.mktemp("checked")
    write(folder)
    return folder


@pytest.fixture(scope="module")
def checked(logdir: Path, bare: Any) -> Iterator[Served]:
    """TensorBoard over those runs."""
    with tensorboard(f"--logdir={logdir}", env=bare) as running:
        eventually(lambda: b"copying" in running.get("data/plugin/deepdebug/index")[1])
        yield running


@pytest.fixture(scope="module")
def opened(open_shared_tab: Callable[..., Any], checked: Any) -> Any:
    """The check of the inputs, opened, in a tab that no test changes but by the pointer."""
    return open_shared_tab(checked, view("inputs"))


def canvas(title: str) -> str:
    return f"{PANEL} canvas[aria-label^='{title}']"


def view(check: str, run: str = "net") -> str:
    return f"&p.deepdebug.runs={run}&p.deepdebug.check={check}"


def near(image: Pixels, colour: tuple[int, int, int], by: int = 40) -> NDArray[np.bool_]:
    return np.abs(image.astype(int) - colour).max(axis=-1) <= by


def plot(tab: Any, title: str) -> Pixels:
    """The inside of a picture's axes."""
    image = tab.pixels(canvas(title)).astype(int)
    return image[TOP : TOP + HEIGHT, LEFT : image.shape[1] - RIGHT]


def test_the_list_is_read_without_opening_anything(
    open_tab: Callable[..., Any], checked: Any
) -> None:
    tab = open_tab(checked, "&p.deepdebug.runs=net")
    card = tab.frame.locator(PANEL)
    text = card.inner_text()
    assert "2 of 6 verified, 1 failed, 1 partial, 2 not run" in text
    lines = [" ".join(line.inner_text().split()) for line in card.locator(".check-line").all()]
    assert [line.split()[0] for line in lines] == ["Fail", "Pass", "Pass", "Partial", "Not", "Not"]
    assert "Synthetic task: day minus night R2 0.99" in lines[2]
    assert "Next: Subtract the mean." in lines[0] and HOSTILE in lines[0]
    assert "Next" not in lines[1], "only where something is to be done"
    assert "Simple baseline A deep net that does not beat" in lines[5]
    assert card.locator("canvas").count() == 0
    # What other panels draw was asked for, and answered, before.
    asked = [urllib.parse.unquote(url) for url in tab.requests]
    ours = [i for i, url in enumerate(asked) if "kind=check" in url]
    assert any("kind=activations" in url for url in asked[: ours[0]])
    for i in ours:
        assert asked[i].count("kind=check") == asked[i].count("planes=&") + asked[i].endswith(
            "planes="
        )


def test_bars_are_as_high_as_their_numbers(opened: Any) -> None:
    image = near(plot(opened, "Heart rate"), BLUE, 60)
    each = image.shape[1] // 4
    heights = [image[:, i * each + each // 2].sum() for i in range(4)]
    assert np.array(heights) / heights[3] == pytest.approx(BARS / 40, abs=0.02)
    opened.frame.locator(canvas("Heart rate")).hover(position={"x": LEFT + 3.5 * each, "y": 100})
    tip = opened.frame.locator(f"{PANEL} .tip").inner_text()
    assert "value 3 to 4" in tip and "40" in tip


def test_a_grid_is_drawn_from_below_and_shows_what_is_broken(opened: Any) -> None:
    image = plot(opened, "Over time")
    high, wide = HEIGHT / ROWS, image.shape[1] / COLUMNS

    def cell(row: int, column: int) -> Pixels:
        return image[int((ROWS - row - 0.5) * high), int((column + 0.5) * wide)]

    assert near(cell(*BROKEN)[None], MAGENTA, 60).all()
    assert cell(0, 3).sum() < 250, "the greatest value is dark"
    assert np.ptp(cell(1, 3)) < 12, "zero is grey"
    figure = opened.frame.locator(canvas("Over time"))
    figure.hover(position={"x": LEFT + 6.5 * wide, "y": TOP + 0.5 * high})
    tip = opened.frame.locator(f"{PANEL} .tip").inner_text()
    assert "NaN" in tip and "batch 60 to 70" in tip and "value 1 to 2" in tip
    figure.press("ArrowDown")
    figure.press("ArrowDown")
    figure.press("ArrowDown")
    assert "value −2 to −1" in opened.frame.locator(f"{PANEL} .tip").inner_text()


def test_curves_fall_straight_on_a_log_axis_with_their_band(
    open_tab: Callable[..., Any], checked: Any
) -> None:
    tab = open_tab(checked, view("overfit_small"))
    image = plot(tab, "Loss")
    line = near(image, BLUE, 60)
    wide = image.shape[1]
    places = [np.flatnonzero(line[:, int(share * wide)]).mean() for share in (0.3, 0.6, 0.8)]
    assert (places[2] - places[1]) / 2 == pytest.approx((places[1] - places[0]) / 3, abs=2)
    level = np.flatnonzero(near(image, ORANGE).sum(axis=1) > 0.4 * wide)
    assert np.ptp(level) <= 2
    # A decade up and a decade down are shaded, as wide as the fall of 250 steps.
    decade = (places[2] - places[0]) / 2
    tinted = image[:, int(0.95 * wide)]
    shaded = np.flatnonzero(tinted[:, 0] - tinted[:, 2] > 15)
    assert np.ptp(shaded) == pytest.approx(2 * decade, abs=5)
    # What is exactly zero has no place on the axis: it is marked below it.
    assert line[-6:, int(0.9 * wide) :].sum() > 40
    assert "beyond the axis" in tab.frame.locator(f"{PANEL} .one-picture").inner_text()
    tab.frame.locator(canvas("Loss")).press("ArrowRight")
    tip = tab.frame.locator(f"{PANEL} .tip").inner_text()
    assert "step 0" in tip and "own labels" in tip and "[0.001, 0.1]" in tip


def test_a_ladder_stands_beside_the_amnesia_plot(
    open_tab: Callable[..., Any], checked: Any
) -> None:
    tab = open_tab(checked, view("memory_ladder"))
    image = tab.pixels(canvas("Skill")).astype(int)
    dots = near(image, BLUE)
    rows = [dots[20 + 22 * i : 42 + 22 * i].any(axis=0) for i in range(3)]
    middles = [np.flatnonzero(row).mean() for row in rows]
    fall = (middles[0] - middles[1]) / (middles[1] - middles[2])
    assert fall == pytest.approx((0.98 - 0.6) / (0.6 - 0.1), rel=0.05)
    tab.page.set_viewport_size({"width": 1400, "height": 700})
    tab.frame.locator(f"{PANEL} .link", has_text="Amnesia panel").click()
    tab.frame.wait_for_function(
        "document.activeElement.closest('[data-panel]')?.dataset.panel === 'amnesia'"
    )


def test_items_that_failed_come_first_and_lead_to_their_picture(opened: Any) -> None:
    items = opened.frame.locator(f"{PANEL} .items li")
    words = [" ".join(item.split()) for item in items.all_inner_texts()]
    assert words[0].startswith(f"Fail channel 150 {HOSTILE}")
    assert words[1].startswith("Partial order labels come in blocks See the picture Next")
    assert 2 < len(words) < ITEMS
    opened.frame.get_by_role("button", name=f"Show all {ITEMS}").click()
    assert items.count() == ITEMS
    items.nth(1).get_by_role("button", name="See the picture").click()
    opened.frame.wait_for_function(
        "document.activeElement.getAttribute('aria-label') === 'Heart rate'"
    )
    numbers = " ".join(opened.frame.locator(f"{PANEL} .numbers").inner_text().split())
    assert numbers == "padding 12.3 % 11 to +∞ skew n/a"
    assert opened.frame.locator(f"{PANEL} .settings").inner_text().split() == ["batches", "80"]


def test_a_click_in_the_table_of_runs_opens_a_check_and_the_address_brings_it_back(
    open_tab: Callable[..., Any], checked: Any
) -> None:
    tab = open_tab(checked)
    cells = tab.frame.locator(f"{PANEL} .matrix-cell")
    names = [cell.get_attribute("aria-label") for cell in cells.all()]
    assert "net, Overfitting a few examples: Pass" in names
    assert "other, Input pipeline: Not run" in names
    tab.frame.get_by_label("other, Overfitting a few examples: Pass").click()
    tab.settled()
    hash_ = tab.frame.evaluate("decodeURIComponent(location.hash)")
    assert "p.deepdebug.run=other" in hash_ and "p.deepdebug.check=overfit_small" in hash_
    again = open_tab(checked, hash_.lstrip("#"))
    detail = again.frame.locator(f"{PANEL} .check-detail")
    # One of the two lines is damaged: it is named, the other is drawn.
    assert "own labels" in detail.locator(".notes").inner_text()
    assert near(plot(again, "Loss"), ORANGE).sum() > 100
    assert near(plot(again, "Loss"), BLUE).sum() == 0
    assert "Other checks" in again.frame.locator(PANEL).inner_text()
    again.frame.locator(canvas("Loss")).press("Escape")
    assert detail.count() == 0


def test_the_table_and_the_list_work_by_the_keyboard(
    open_tab: Callable[..., Any], checked: Any
) -> None:
    tab = open_tab(checked)
    focused = "document.activeElement.getAttribute('aria-label')"
    first = tab.frame.locator(f"{PANEL} .matrix-cell").first
    first.focus()
    first.press("ArrowDown")
    assert str(tab.frame.evaluate(focused)).startswith("other, Input pipeline")
    tab.page.keyboard.press("ArrowRight")
    tab.page.keyboard.press("Enter")
    tab.settled()
    line = tab.frame.locator(f"{PANEL} .check-line[aria-expanded=true]")
    assert "Overfitting" in line.inner_text()
    assert tab.frame.locator(f"{PANEL} .matrix-cell[tabindex='0']").count() == 1
    line.press("Enter")
    assert tab.frame.locator(f"{PANEL} .check-detail").count() == 0


CHECKS = ("inputs", "overfit_small", "synthetic_task", "memory_ladder", "pretrain", "baseline")


def test_what_was_not_run_says_how_to_run_it(open_tab: Callable[..., Any], story: Any) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    tab = open_tab(story, "&p.deepdebug.runs=relu", permissions=permissions)
    card = tab.frame.locator(PANEL)
    assert "None of 6 was run" in card.inner_text()
    for check in CHECKS:
        card.locator(f"[data-check={check}] .check-line").click()
        card.locator(".how-to-run").get_by_role("button", name="Copy").click()
        tab.frame.wait_for_selector(f"{PANEL} .copy:has-text('Copied')")
        code = tab.frame.evaluate("navigator.clipboard.readText()")
        assert called(code) == ("inspect_inputs" if check == "inputs" else check)


def called(code: str) -> str:
    """The function of `dd.checks` that a piece of code calls, whose arguments must fit it."""
    assert code.startswith("import tb_deepdebug as dd\n")
    calls = [one for one in ast.walk(ast.parse(code)) if isinstance(one, ast.Call)]
    call = next(one for one in calls if ast.unparse(one.func).startswith("dd.checks."))
    name = ast.unparse(call.func).removeprefix("dd.checks.")
    keywords = {str(one.arg): None for one in call.keywords}
    inspect.signature(getattr(dd.checks, name)).bind(*call.args, **keywords)
    return name


def test_the_checklist_and_its_pictures_can_be_saved(
    open_tab: Callable[..., Any], checked: Any
) -> None:
    tab = open_tab(checked, "&p.deepdebug.run=net&p.deepdebug.check=inputs")
    table = saved(tab, "Table (CSV)").decode().splitlines()
    assert table[0] == "run,check,name,verdict,step,made,item,sentence,next"
    assert sum(line.startswith("net,inputs,") for line in table) == 1 + ITEMS
    assert any(line.startswith("net,baseline,Simple baseline,not run") for line in table)
    assert any(line.startswith("other,overfit_small,") for line in table)
    data = json.loads(saved(tab, "JSON"))
    found = {one["check"]: one for one in data["checks"]}
    assert found["inputs"]["numbers"][0]["value"] == 12.3
    assert found["memory_ladder"]["verdict"] == "partial"
    assert saved(tab, "Picture (PNG)")[:4] == b"\x89PNG"


def saved(tab: Any, label: str) -> bytes:
    with tab.page.expect_download() as downloading:
        tab.frame.get_by_label("Save Checks").click()
        tab.frame.get_by_role("menuitem", name=label).click()
    return Path(downloading.value.path()).read_bytes()


def test_a_check_that_runs_is_followed(
    open_tab: Callable[..., Any], checked: Any, logdir: Path
) -> None:
    tab = open_tab(checked, view(LIVE, "z"))
    line = tab.frame.locator(f"{PANEL} [data-check='{LIVE}'] .check-line")
    assert "Running" in line.inner_text() and "step 100" in line.inner_text()
    with dd.EventWriter(logdir / "z") as writer:
        writer.add(encode(LIVE, learning("fail", "not learned", 101)), 1000)
    # The page asks for news by itself.
    tab.frame.wait_for_selector(f"{PANEL} li[data-verdict=fail] :text('not learned')")
    assert "0 of 6 verified, 1 failed" in tab.frame.locator(PANEL).inner_text()


def test_a_narrow_dark_page_shows_the_same(open_tab: Callable[..., Any], checked: Any) -> None:
    tab = open_tab(checked, view("inputs"), color_scheme="dark")
    tab.page.set_viewport_size({"width": 400, "height": 900})
    tab.settled()
    image = near(plot(tab, "Heart rate"), (86, 180, 233), 60)
    each = image.shape[1] // 4
    heights = [image[:, i * each + each // 2].sum() for i in range(4)]
    assert np.array(heights) / heights[3] == pytest.approx(BARS / 40, abs=0.02)
    wide = tab.frame.evaluate("[document.body.scrollWidth, window.innerWidth]")
    assert wide[0] <= wide[1]
