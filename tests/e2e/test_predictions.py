"""The scatter of predictions, its selection and its tables, read from a real browser."""

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
from tb_deepdebug.records.examples import Examples
from tb_deepdebug.records.predictions import Column, Predictions, Scores
from tb_deepdebug.wire.summary import encode

pytestmark = pytest.mark.browser

Pixels = NDArray[np.int64]
SCATTER = ".prediction-rows canvas[aria-label^='Scatter']"
METRICS = ".rows-metrics .rows-table"

# Four rows a user; every user has one baseline, as of metadata. The corners of the square.
USERS = 100
ROWS = 4 * USERS
OUTLIER = 0  # the only row in its corner: high model, low baseline
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 10, 42  # what the layout keeps for axes


def risk(skill: float) -> summary_pb2.Summary:
    """Half of the users have label 1; a row is the more certain the greater the skill."""
    rng = np.random.default_rng(0)
    user = np.repeat(np.arange(USERS), 4)
    label = (user % 2).astype(np.float64)
    baseline = np.where(label == 1, 0.7, 0.4) + 0.001 * user
    model = 0.5 + (label - 0.5) * skill + rng.uniform(-0.05, 0.05, ROWS)
    model[OUTLIER], baseline[:4], label[-1] = 0.95, 0.05, np.nan
    town = np.array(["A", "B", "C"], object)[user % 3]
    town[5] = None
    return dd.summary.predictions_pb(
        "risk",
        label,
        model,
        baseline=baseline,
        groups=[f"user {one}" for one in user],
        times=np.tile(np.arange(4) * 604_800.0, USERS),
        columns={"age": 20 + user % 50, "town": town},
        input=np.sin(np.arange(ROWS * 40).reshape(ROWS, 40, 1) / 4),
        channels=("pulse",),
        kept=[OUTLIER],
        classes=("well", "<b>ill</b>"),
        group_column="user",
        resamples=50,
    )


def write(logdir: Path) -> None:
    for run, skill in (("good", 0.8), ("weak", 0.2)):
        with dd.EventWriter(logdir / run) as writer:
            for step in (1, 2):
                writer.add(risk(skill), step)
            rows = np.array([OUTLIER], np.uint32)
            series = np.zeros((1, 40, 1), np.float32)
            writer.add(encode("risk", Examples(rows, series, series, np.array([39], np.uint32))), 2)
    with dd.EventWriter(logdir / "odd") as writer:
        for name, record in odd().items():
            writer.add(encode(name, record), 1)
        for summary in analysed().values():
            writer.add(summary, 1)


def floats(values: list[float]) -> NDArray[np.float32]:
    return np.array(values, np.float32)


def odd() -> dict[str, Predictions]:
    """Tables at the edges of what there is."""
    nan = float("nan")
    several = np.array([0, 1, 2, 2], np.float32)
    return {
        "one row": Predictions("binary", floats([1]), Scores(floats([0.5]))),
        "no labels": Predictions("binary", floats([nan] * 3), Scores(floats([0.1, nan, 1]))),
        "values": Predictions(
            "regression",
            floats([3, -0.5, 2, 7]),
            Scores(floats([2.5, 0, 2, 8])),
        ),
        "classes": Predictions(
            "multiclass",
            several,
            Scores(floats([0, 1, 1, 2]), floats([0.9, 0.8, 0.2, 0.6])),
            Scores(floats([0, 0, 2, 2]), floats([0.5, 0.4, 0.6, 0.5])),
            columns=(
                Column(
                    "<img src=x onerror=alert(1)>",
                    np.arange(4, dtype=np.uint32),
                    tuple(f"category {i}" for i in range(60)),
                ),
            ),
        ),
    }


def analysed() -> dict[str, summary_pb2.Summary]:
    """Tables of the other tasks, with what the analysis says."""
    rng = np.random.default_rng(1)
    age = rng.integers(20, 70, 90).astype(float)
    value = age / 10 + rng.normal(size=90)
    odds = rng.dirichlet((1, 1, 1), 90)
    options: dict[str, Any] = {"columns": {"age": age}, "resamples": 50}
    return {
        "analysed values": dd.summary.predictions_pb(
            "analysed values", value, age / 10, baseline=np.full(90, 4.5), **options
        ),
        "analysed classes": dd.summary.predictions_pb(
            "analysed classes", rng.integers(0, 3, 90), odds, baseline=odds[::-1], **options
        ),
    }


@pytest.fixture(scope="module")
def predicted(tmp_path_factory: pytest.TempPathFactory, bare: Any) -> Iterator[Served]:
    logdir = tmp_path_factory.mktemp("predicted")
    write(logdir)
    with tensorboard(f"--logdir={logdir}", env=bare) as running:
        eventually(lambda: b"weak" in running.get("data/plugin/deepdebug/index")[1])
        yield running


@pytest.fixture
def opened(open_tab: Callable[..., Any], predicted: Served) -> Callable[..., Any]:
    """The tab with the predictions of a record, once the tables below the scatter are there."""

    def open_it(view: str = "", record: str = "risk", **options: Any) -> Any:
        runs = "odd" if record != "risk" else "good,weak"
        fold = "&p.deepdebug.folded=diagnosis,checks"
        view = f"&p.deepdebug.runs={runs}&p.deepdebug.predictions={record}{view}{fold}"
        tab = open_tab(predicted, view, **options)
        tab.frame.wait_for_selector(".rows-lists .rows-list")
        return tab

    return open_it


class Scatter:
    """The picture of a scatter of probabilities, whose axes go from -0.03 to 1.03."""

    def __init__(self, tab: Any, place: int = 0) -> None:
        self.tab, self.place = tab, place
        self.canvas = tab.frame.locator(SCATTER).nth(place)

    def at(self, x: float, y: float) -> dict[str, float]:
        """Where a point of the axes is, in CSS pixels of the canvas."""
        box = self.canvas.bounding_box()
        wide = box["width"] - LEFT - RIGHT
        tall = box["height"] - TOP - BOTTOM
        return {
            "x": LEFT + (x + 0.03) / 1.06 * wide,
            "y": TOP + (1.03 - y) / 1.06 * tall,
        }

    def patch(self, x: float, y: float, reach: int = 2) -> Pixels:
        """The pixels around a point, `[pixels, 3]`."""
        image = self.tab.pixels(f":nth-match({SCATTER}, {self.place + 1})").astype(int)
        at = self.at(x, y)
        column, line = int(at["x"]), int(at["y"])
        area = image[line - reach : line + reach + 1, column - reach : column + reach + 1]
        return area.reshape(-1, 3)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        box = self.canvas.bounding_box()
        mouse = self.tab.page.mouse
        for place, action in ((start, mouse.down), (end, mouse.up)):
            at = self.at(*place)
            mouse.move(box["x"] + at["x"], box["y"] + at["y"], steps=4)
            action()


def is_blue(pixels: Pixels) -> bool:
    red, _, blue = pixels[np.ptp(pixels, axis=1).argmax()]
    return bool(blue > red + 40)


def is_orange(pixels: Pixels) -> bool:
    red, _, blue = pixels[np.ptp(pixels, axis=1).argmax()]
    return bool(red > blue + 40)


def is_empty(pixels: Pixels) -> bool:
    return bool(np.ptp(pixels, axis=0).max() < 30)  # a gridline may pass


def cells(tab: Any) -> list[str]:
    return [line.replace("\t", " ") for line in tab.frame.locator(METRICS).inner_text().split("\n")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_rows_stand_where_model_and_baseline_put_them(
    opened: Callable[..., Any], scheme: str
) -> None:
    tab = opened(color_scheme=scheme)
    scatter = Scatter(tab)
    # Label 0: low and left; label 1: high and right; the outlier alone in its corner.
    assert is_blue(scatter.patch(0.45, 0.1, reach=8))
    assert is_orange(scatter.patch(0.75, 0.9, reach=8))
    assert is_blue(scatter.patch(0.05, 0.95))
    assert is_empty(scatter.patch(0.25, 0.55))
    background = scatter.patch(0.25, 0.55).mean()
    assert (background < 80) == (scheme == "dark")


def test_a_rectangle_selects_and_escape_lets_go(opened: Callable[..., Any]) -> None:
    tab = opened()
    scatter = Scatter(tab)
    assert "399, 100 users, 199 with label 1" in " ".join(cells(tab))
    scatter.drag((0.6, 0.7), (0.9, 1.0))
    tab.frame.wait_for_selector(f"{METRICS} .rows-some")
    said = " ".join(cells(tab))
    assert "199, 50 users, 199 with label 1" in said
    assert "AUROC ↑ selected n/a n/a" in said, "a single class is left"
    assert not is_blue(scatter.patch(0.45, 0.1, reach=8)), "the others are grey"
    assert is_orange(scatter.patch(0.75, 0.9, reach=8))
    tab.frame.wait_for_function(
        "!document.querySelector('.rows-list tbody')?.rows[0]?.innerText.match(/user 0/)"
    )
    assert "predictions.brush=" in tab.frame.evaluate("location.hash")
    again = opened(tab.frame.evaluate("decodeURIComponent(location.hash)").split("=risk")[1])
    again.frame.wait_for_selector(f"{METRICS} .rows-some")
    assert cells(again) == cells(tab)
    tab.page.keyboard.press("Escape")
    tab.frame.wait_for_selector(f"{METRICS} .rows-some", state="detached")
    assert "predictions.brush" not in tab.frame.evaluate("location.hash")


def test_rows_are_selected_by_condition_and_by_category_without_a_pointer(
    opened: Callable[..., Any],
) -> None:
    tab = opened()
    field = tab.frame.get_by_label("Rows where").first
    field.fill("age >= 60 and town == A")
    field.press("Enter")
    tab.frame.wait_for_selector(f"{METRICS} .rows-some")
    user = np.arange(USERS)
    chosen = user[(20 + user % 50 >= 60) & (user % 3 == 0)]
    labelled = 4 * len(chosen) - (USERS - 1 in chosen)
    assert f"{labelled}, {len(chosen)} users" in " ".join(cells(tab))
    field.fill("height > 2")
    field.press("Enter")
    assert "height" in tab.frame.locator(".prediction-rows [role=alert]").inner_text()
    field.fill("")
    field.press("Enter")
    tab.frame.get_by_role("button", name="<b>ill</b>").focus()
    tab.page.keyboard.press("Enter")
    tab.frame.wait_for_selector(f"{METRICS} .rows-some")
    assert "199, 50 users, 199 with label 1" in " ".join(cells(tab))


@pytest.mark.parametrize("record", ["risk", "analysed values", "analysed classes"])
def test_the_metrics_of_all_rows_selected_are_those_of_the_analysis(
    opened: Callable[..., Any], record: str
) -> None:
    tab = opened("&p.deepdebug.condition=age > 0", record=record)
    tab.frame.wait_for_selector(f"{METRICS} .rows-some")
    lines = tab.frame.locator(f"{METRICS} tbody tr")
    values = [
        [text.split("\n")[0] for text in lines.nth(i).locator("td:not(:empty)").all_inner_texts()]
        for i in range(lines.count())
    ]
    pairs = list(zip(values[::2], values[1::2], strict=True))
    assert len(pairs) >= 3
    for selected, stored in pairs:
        assert selected[0] == "selected" and stored[0] == "all"
        if "n/a" not in selected:
            assert selected[1:] == stored[1:]


def test_pointer_and_tables_name_a_row_and_a_click_chooses_it(opened: Callable[..., Any]) -> None:
    tab = opened()
    scatter = Scatter(tab)
    scatter.canvas.hover(position=scatter.at(0.05, 0.95))
    tip = tab.frame.locator(".prediction-rows .tip").inner_text()
    assert "user 0" in tip and "well" in tip and "0.95" in tip and "0.05" in tip
    scatter.canvas.click(position=scatter.at(0.05, 0.95))
    assert "p.deepdebug.row=0" in tab.frame.evaluate("location.hash")
    first = tab.frame.locator(".rows-list tbody tr").first
    assert first.get_attribute("data-chosen") is not None
    assert "●" in first.inner_text() and first.locator("canvas").count() == 1
    second = tab.frame.locator(".rows-list tbody tr").nth(1)
    second.click()
    assert "p.deepdebug.row=0" not in tab.frame.evaluate("location.hash")
    assert second.get_attribute("data-chosen") is not None
    titles = tab.frame.locator(".rows-list h4").all_inner_texts()
    assert [title.split()[0] for title in titles] == ["False", "False", "Wins", "Losses"]
    users = tab.frame.locator(".rows-list").first.locator("tbody th").all_inner_texts()
    assert len(users) == len(set(users)) == 8
    tab.frame.get_by_label("one of each user").uncheck()
    tab.frame.wait_for_function(
        "new Set([...document.querySelector('.rows-list').querySelectorAll('tbody th')]"
        ".map((one) => one.innerText)).size < 8"
    )


def test_keys_and_wheel_come_closer_and_back(opened: Callable[..., Any]) -> None:
    tab = opened()
    scatter = Scatter(tab)
    scatter.canvas.focus()
    tab.page.keyboard.press("+")
    tab.page.wait_for_timeout(400)
    assert "predictions.window=" in tab.frame.evaluate("location.hash")
    assert is_empty(scatter.patch(0.05, 0.95)), "it has left the window"
    tab.page.keyboard.press("0")
    tab.page.wait_for_timeout(400)
    assert "predictions.window=" not in tab.frame.evaluate("location.hash")
    assert is_blue(scatter.patch(0.05, 0.95))


def test_lines_join_the_rows_of_a_user(opened: Callable[..., Any]) -> None:
    plain = Scatter(opened()).patch(0.05, 0.6, reach=3)
    joined = Scatter(opened("&p.deepdebug.predictions.lines=1")).patch(0.05, 0.6, reach=3)
    assert is_empty(plain) and not is_empty(joined)


def test_two_runs_stand_side_by_side_with_one_pointer(opened: Callable[..., Any]) -> None:
    tab = opened("&p.deepdebug.run=good&p.deepdebug.compare=run")
    tab.frame.wait_for_selector(f":nth-match({SCATTER}, 2)")
    tab.frames(3)
    good, weak = Scatter(tab), Scatter(tab, 1)
    assert is_orange(good.patch(0.75, 0.9, reach=8)) and is_orange(weak.patch(0.75, 0.6, reach=8))
    assert is_empty(weak.patch(0.75, 0.9, reach=3))
    before = weak.patch(0.05, 0.95, reach=8)
    good.canvas.hover(position=good.at(0.05, 0.95))
    tab.frame.wait_for_function("document.querySelectorAll('.prediction-rows .tip').length === 2")
    after = weak.patch(0.05, 0.95, reach=8)
    assert np.abs(after - before).max() > 60, "the same row has a ring in the other"


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("one row", ["n/a", "False negatives"]),
        ("no labels", ["n/a", "None."]),
        ("values", ["Overestimates", "R²", "0.949"]),
        ("classes", ["Largest errors", "<img src=x onerror=alert(1)>", "Accuracy"]),
    ],
)
def test_what_is_missing_is_said_and_nothing_breaks(
    opened: Callable[..., Any], record: str, words: list[str]
) -> None:
    tab = opened(record=record)
    tab.frame.wait_for_selector(METRICS)
    text = tab.frame.locator(".prediction-rows").inner_text()
    options = " ".join(tab.frame.locator(".prediction-rows option").all_inner_texts())
    for word in words:
        assert word in text + options, word


def test_narrow_pages_have_no_scroll_bar(opened: Callable[..., Any]) -> None:
    tab = opened()
    for width in (400, 700, 1100):
        tab.page.set_viewport_size({"width": width, "height": 900})
        tab.frames(3)
        assert tab.frame.evaluate("document.documentElement.scrollWidth") <= width


def test_rows_picture_and_analysis_can_be_saved(opened: Callable[..., Any]) -> None:
    tab = opened()
    lines = saved(tab, "Table (CSV)").decode().splitlines()
    assert lines[0] == "row,user,time,label,prediction,baseline,gain,age,town"
    assert len(lines) == 1 + ROWS
    assert lines[1].startswith("0,user 0,0,0,0.94999") and lines[1].endswith("20,A")
    assert lines[6].endswith(",21,"), "a missing category is an empty cell"
    assert lines[-1].split(",")[3] == "", "a missing label is an empty cell"
    data = json.loads(saved(tab, "JSON"))
    assert data[0]["run"] == "good" and data[0]["analysis"]["metrics"]["rows"] == ROWS - 1
    assert saved(tab, "Picture (PNG)")[:4] == b"\x89PNG"


def saved(tab: Any, label: str) -> bytes:
    with tab.page.expect_download() as downloading:
        tab.frame.get_by_label("Save Predictions").click()
        tab.frame.get_by_role("menuitem", name=label).click()
    return Path(downloading.value.path()).read_bytes()
