"""What the predictions panel says of a table, read from the words and pixels of a real browser."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tensorboards import Served, eventually, tensorboard

import tb_deepdebug as dd
from tb_deepdebug.analysis.condition import parse
from tb_deepdebug.analysis.patterns import Asked, patterns
from tb_deepdebug.analysis.table import Table
from tb_deepdebug.records.analysis import (
    Analysis,
    Bin,
    Calibration,
    Condition,
    Confusion,
    Effect,
    Metrics,
    Pattern,
    Reversal,
    Share,
    Slice,
    Stratum,
)
from tb_deepdebug.records.estimate import Estimate
from tb_deepdebug.records.predictions import Column, Predictions, Scores
from tb_deepdebug.wire.summary import encode

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)>"
FOREST = ".report-strata canvas[aria-label^='AUROC']"
CALIBRATION = "canvas[aria-label^='Calibration']"
COLOUR = (66, 80, 102)  # TensorBoard's of the first run, in its light theme
STEPS = (10, 20)
USERS, WEEKS = 120, 5
ROWS = USERS * WEEKS
HEAD, ROW = 20, 26  # pixels above the rows of a forest plot, and of a row with two marks
NAN = Estimate()


def around(value: float, half: float = 0.05) -> Estimate:
    return Estimate(value, value - half, value + half)


def metrics(rows: int, model: float, baseline: float | None, name: str = "auroc") -> Metrics:
    found = None if baseline is None else {name: around(baseline)}
    less = None if baseline is None else {name: around(model - baseline, 0.02)}
    return Metrics(rows, rows // WEEKS, rows // 3, {name: around(model)}, found, less)


def stratum(column: str, value: str, of: Metrics, small: bool = False) -> Stratum:
    return Stratum(f"{column} == {value}", (Condition(column, "==", value),), small, of)


def undefined(rows: int) -> Metrics:
    return Metrics(rows, rows, 0, {"auroc": NAN}, {"auroc": NAN}, {"auroc": NAN})


STRATA = (
    stratum("sex", "female", metrics(300, 0.9, 0.6)),
    stratum("sex", "male", metrics(290, 0.7, 0.6)),
    stratum("sex", f'"{HOSTILE}"', metrics(10, 0.2, 0.6), small=True),
    stratum("site", "a", metrics(200, 0.8, 0.6)),
    stratum("site", "b", undefined(200)),
    Stratum(
        "sex == male and site == a",
        (Condition("sex", "==", "male"), Condition("site", "==", "a")),
        False,
        metrics(90, 0.75, 0.6),
    ),
)


def bins() -> tuple[Bin, ...]:
    """Ten, on the diagonal but for the last but one, which has no rows."""
    edges = np.arange(11) / 10
    means = (edges[1:] + edges[:-1]) / 2
    return tuple(
        Bin(edges[k], edges[k + 1], 0 if k == 8 else 60, means[k], around(means[k], 0.04))
        for k in range(10)
    )


def analysis(model: float) -> Analysis:
    workouts = (Condition("workouts", ">", 2.0),)
    return Analysis(
        "binary",
        "group",
        1000,
        0.95,
        50,
        10,
        metrics(ROWS, model, 0.74),
        calibration=Calibration(bins(), None, around(0.04, 0.01)),
        confusion=Confusion(("healthy", HOSTILE), ((90, 10), (30, 70)), ((50, 50), (50, 50)), 0.5),
        strata=STRATA,
        slices=(
            Slice(
                "workouts > 2",
                workouts,
                "loss",
                Effect(60, 20, around(0.4)),
                Effect(58, 19, around(0.37), 1e-6, 1e-4),
                True,
            ),
            Slice(
                "sex == male",
                (Condition("sex", "==", "male"),),
                "gain",
                Effect(60, 20, around(-0.1)),
                Effect(58, 19, around(0.01), 0.6, 0.7),
                False,
            ),
        ),
        patterns=(
            Pattern(
                "workouts > 2",
                workouts,
                "found",
                Share(41, 100, 19),
                Share(8, 100, 6),
                around(0.33),
                1e-9,
                1e-8,
                "pattern",
            ),
            Pattern(
                "sex == male",
                (Condition("sex", "==", "male"),),
                "user",
                Share(51, 100, 30),
                Share(50, 100, 29),
                around(0.01),
                0.4,
                0.5,
                "none",
            ),
        ),
        reversals=(Reversal("auroc", "sex", 0.03, (("sex == female", -0.01),)),),
        tried=64,
        notes=(f"{HOSTILE}: 4,000 categories, not cut",),
    )


def columns() -> tuple[NDArray[np.float32], NDArray[np.float32], tuple[Column, ...]]:
    """Labels, predictions and metadata: the model is wrong where there are many workouts."""
    rng = np.random.default_rng(0)
    label = (rng.random(ROWS) < 0.4).astype(np.float32)
    workouts = np.repeat(rng.integers(0, 6, USERS), WEEKS).astype(np.float32)
    wrong = rng.random(ROWS) < np.where(workouts > 2, 0.5, 0.1)
    prediction = np.clip(np.where(wrong, 1 - label, label), 0.1, 0.9)
    prediction = (prediction + rng.normal(size=ROWS) * 0.02).astype(np.float32)
    sex = np.repeat(rng.integers(0, 2, USERS), WEEKS).astype(np.uint32)
    known = (Column("workouts", workouts), Column("sex", sex, ("female", "male", HOSTILE)))
    return label, prediction, known


def user() -> Column:
    names = tuple(f"user {i}" for i in range(USERS))
    return Column("user", np.repeat(np.arange(USERS), WEEKS).astype(np.uint32), names)


def binary(model: float) -> Predictions:
    label, prediction, known = columns()
    half = Scores(np.full(ROWS, 0.5, np.float32))
    return Predictions(
        "binary", label, Scores(prediction), half, None, user(), None, known, None, analysis(model)
    )


def classes(count: int) -> Predictions:
    """Every label is taken for the next class in one of ten rows; no columns, nobody's rows."""
    counts = np.eye(count, dtype=int) * 9 + np.roll(np.eye(count, dtype=int), 1, axis=1)
    names = tuple(f"class {k}" for k in range(count))
    label = np.repeat(np.arange(count), 10).astype(np.float32)
    table = tuple(tuple(int(one) for one in row) for row in counts)
    said = Analysis(
        "multiclass",
        "row",
        1000,
        0.95,
        50,
        10,
        metrics(len(label), 0.9, None, "accuracy"),
        confusion=Confusion(names, table, None, None),
    )
    return Predictions("multiclass", label, Scores(label), classes=names, analysis=said)


def regression() -> Predictions:
    label = np.arange(100, dtype=np.float32)
    of = Metrics(100, 100, None, {"mae": around(12.3, 0.5), "r2": around(0.4, 0.1)})
    said = Analysis("regression", "row", 1000, 0.95, 50, 10, of)
    return Predictions("regression", label, Scores(label + 12), analysis=said)


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory, bare: Any) -> Iterator[Served]:
    """TensorBoard over a run that beats the baseline and one that does not."""
    logdir = tmp_path_factory.mktemp("analysed")
    for run, gain in (("better", 0.03), ("worse", -0.08)):
        with dd.EventWriter(logdir / run) as writer:
            for step in STEPS:
                writer.add(encode("risk", binary(0.8 + gain * step / 20)), step)
            if run == "better":
                writer.add(encode("stage", classes(3)), 20)
                writer.add(encode("species", classes(40)), 20)
                writer.add(encode("age", regression()), 20)
    with tensorboard(f"--logdir={logdir}", env=bare) as running:
        eventually(lambda: b"worse" in running.get("data/plugin/deepdebug/index")[1])
        yield running


def view(name: str = "risk", more: str = "") -> str:
    others = "&p.deepdebug.folded=diagnosis,activations,preactivations,amnesia,checks"
    return f"&p.deepdebug.run=better&p.deepdebug.predictions={name}{others}{more}"


@pytest.fixture(scope="module")
def better(open_shared_tab: Callable[..., Any], analysed: Any) -> Any:
    return open_shared_tab(analysed, view())


def words(tab: Any, part: str = ".report") -> str:
    """With every run of blanks as one."""
    return " ".join(tab.frame.locator(part).inner_text().split())


def test_it_begins_with_a_sentence_and_how_sure_it_is(better: Any) -> None:
    said = words(better, ".report-said")
    assert said.startswith(
        "Better than the baseline: AUROC 0.83 [0.78, 0.88] against 0.74 [0.69, 0.79], "
        "difference +0.09 [+0.07, +0.11]."
    )
    assert "over the 120 groups (by user), each with all its rows (1,000 resamples" in said
    assert "AUROC 0.83 [0.78, 0.88] 0.74 [0.69, 0.79] +0.09 better" in words(
        better, ".report-overall"
    )


def test_texts_out_of_the_log_are_shown_as_text(better: Any) -> None:
    assert f"{HOSTILE}: 4,000 categories, not cut" in words(better, ".report-notes")
    assert better.frame.locator(".report img").count() == 0
    assert better.frame.locator(f".report-matrix th[title='{HOSTILE}']").count() == 4


def test_a_reversal_names_both_answers(better: Any) -> None:
    assert (
        "Over all rows the model is better than the baseline (AUROC +0.03), within the strata of "
        "sex it is worse: sex == female: −0.01." in words(better, ".report-reversals")
    )


def centre(image: NDArray[np.int64], row: int) -> float:
    """Where the dot of a row's upper mark is: the widest of what is coloured over its height."""
    y = HEAD + row * ROW + ROW // 2 - 5
    near = np.abs(image[y - 3 : y + 4] - COLOUR).max(axis=-1) <= 16
    tall = np.flatnonzero(near.sum(axis=0) >= 5)
    runs = np.split(tall, np.flatnonzero(np.diff(tall) > 1) + 1)
    return float(max(runs, key=len).mean())


def test_strata_lie_where_their_values_are_the_worst_first_the_small_last(better: Any) -> None:
    image = better.pixels(FOREST).astype(int)
    worst, middle, best = (centre(image, row) for row in range(3))  # 0.7, 0.8, 0.9
    assert middle - worst == pytest.approx(best - middle, abs=1.5)
    scale = (best - worst) / 0.2
    y = HEAD + ROW // 2 - 5
    whisker = np.flatnonzero(np.abs(image[y] - COLOUR).max(axis=-1) <= 60)
    whisker = whisker[np.abs(whisker - worst) < 0.09 * scale]
    assert np.ptp(whisker) == pytest.approx(0.1 * scale, abs=3)
    # n/a, then the small one: neither has the model's colour.
    last = image[HEAD + 3 * ROW + 2 : HEAD + 5 * ROW - 2]
    assert not (np.abs(last - COLOUR).max(axis=-1) <= 12).any()
    assert "Grey: fewer than 50 rows or 10 groups; not ranked." in words(better)
    label = better.frame.locator(FOREST).get_attribute("aria-label")
    assert label.split(": ", 1)[1].split("; ")[0] == "sex == male 0.70 [0.65, 0.75]"
    assert "Pairs of columns (1)" in words(better, ".report-strata")


def test_slices_and_patterns_say_whether_they_hold(better: Any) -> None:
    assert "64 slices that were found on one half of the groups were tested" in words(better)
    slices = better.frame.locator(".report-slices")
    confirmed = slices.locator("canvas[aria-label^=Loss]").get_attribute("aria-label")
    assert confirmed.endswith("workouts > 2 +0.37 [+0.32, +0.42] confirmed")
    text = words(better, ".report-patterns")
    assert "workouts > 2 a pattern" in text and "losses 41 % wins 8.0 %" in text
    assert "sex == male no pattern beyond chance asked for" in text
    bars = slices.page.locator(".report-patterns-list .filled")
    widths = [bars.nth(k).bounding_box()["width"] for k in range(2)]
    assert widths[0] / widths[1] == pytest.approx(41 / 8, rel=0.1)


def test_what_is_calibrated_lies_on_the_diagonal_and_an_empty_bin_is_none(better: Any) -> None:
    image = better.pixels(CALIBRATION).astype(int)
    near = np.abs(image - COLOUR).max(axis=-1) <= 40
    side, tall = min(380, image.shape[1] - 58), min(380, 320, image.shape[1] - 58)
    for k, there in ((0, True), (4, True), (8, False), (9, True)):
        x, y = 46 + (k + 0.5) / 10 * side, 8 + (1 - (k + 0.5) / 10) * tall
        patch = near[int(y) - 4 : int(y) + 5, int(x) - 4 : int(x) + 5]
        assert (patch.mean() > 0.35) == there, k
    assert "expected calibration error 0.04 [0.03, 0.05]" in words(better)


def test_a_click_marks_the_rows_of_a_stratum_and_counts_them_among_losses_and_wins(
    open_tab: Callable[..., Any], analysed: Any
) -> None:
    tab = open_tab(analysed, view())
    canvas = tab.frame.locator(FOREST)
    canvas.hover(position={"x": 60, "y": HEAD + 5})
    tip = tab.frame.locator(".report-strata .tip").inner_text()
    assert "sex == male" in tip and "290" in tip
    canvas.click(position={"x": 60, "y": HEAD + 5})
    tab.settled()
    assert "condition=sex == male" in tab.frame.evaluate("decodeURIComponent(location.hash)")
    tab.frame.wait_for_selector(".report-typed .report-shares")
    of_all = np.mean(columns()[2][1].values == 1)
    assert f"rows, {of_all:.0%} of all".replace("%", " %") in words(tab, ".report-typed")
    assert "Marked: sex == male" in words(tab, ".report-strata")
    canvas.press("ArrowDown")
    tab.settled()
    assert "condition=site == a" in tab.frame.evaluate("decodeURIComponent(location.hash)")
    alert = tab.frame.locator(".report-typed [role=alert]").inner_text()
    assert alert == (
        "A condition must be on one of the columns: workouts, sex, user. Received: site"
    )
    tab.frame.get_by_role("button", name="let go").click()
    tab.settled()
    assert "condition" not in tab.frame.evaluate("location.hash")


def test_a_typed_condition_gets_the_same_answer_as_in_python(
    open_tab: Callable[..., Any], analysed: Any
) -> None:
    label, prediction, known = columns()
    workouts = known[0].values.astype(np.float64)
    table = Table(
        "binary",
        label.astype(float),
        prediction.astype(float),
        np.full(ROWS, 0.5),
        group=user().values.astype(np.int64),
        columns={"workouts": workouts},
    )
    (asked,) = patterns([Asked(parse("workouts > 2"), "user", table)])
    tab = open_tab(analysed, view())
    field = tab.frame.locator(".report-typed input")
    field.fill("workouts >")
    field.press("Enter")
    assert "Expected a number or a category. Received: the end" in words(tab, ".report-typed")
    field.fill("workouts > 2")
    field.press("Enter")
    tab.frame.wait_for_selector(".report-typed .report-shares")
    said = words(tab, ".report-typed").replace("−", "-")
    losses, wins, found = asked.losses, asked.wins, asked.difference
    digits = max(2, math.ceil(-math.log10((found.high - found.low) / 2)))
    told = [f"{one:+.{digits}f}" for one in (found.value, found.low, found.high)]
    assert f"{told[0]} [{told[1]}, {told[2]}]" in said
    assert f"{losses.count} of {losses.rows} losses ({losses.groups} groups)" in said
    assert f"{wins.count} of {wins.rows} wins ({wins.groups} groups)" in said
    assert asked.verdict == "pattern"
    assert "More common among the losses than among the wins." in said


def test_two_runs_stand_beside_each_other(open_tab: Callable[..., Any], analysed: Any) -> None:
    tab = open_tab(analysed, view(more="&p.deepdebug.compare=run"))
    said = words(tab, ".report-said")
    assert "better: Better than the baseline" in said
    assert "worse: No better and no worse than the baseline" in said
    assert "worse 0.72 [0.67, 0.77]" in words(tab, ".report-overall")
    assert "model of worse" in words(tab, ".report-strata")
    courses = tab.frame.locator(".report-courses canvas")
    assert courses.count() == 1  # AUROC alone was measured
    courses.click(position={"x": 42, "y": 30})
    tab.settled()
    assert "p.deepdebug.step=10" in tab.frame.evaluate("location.hash")


def test_classes_are_a_table_or_the_most_common_confusions(
    open_tab: Callable[..., Any], analysed: Any
) -> None:
    few = open_tab(analysed, view("stage"))
    assert "Accuracy 0.90 [0.85, 0.95]; no baseline was given." in words(few, ".report-said")
    assert "too narrow: pass groups=" in words(few, ".report-said")
    assert "class 0 90 % 9 10 % 1 0 % 0" in words(few, ".report-matrix")
    assert few.frame.locator(".report-strata .tools").count() == 0
    many = open_tab(analysed, view("species"))
    assert "Most common confusions, of 40 classes" in words(many, ".report-confusion")
    assert "class 0 class 1 1 10 %" in words(many, ".report-confusion")


def test_a_regression_without_baseline_or_columns_says_what_there_is(
    open_tab: Callable[..., Any], analysed: Any
) -> None:
    tab = open_tab(analysed, view("age"), color_scheme="dark")
    assert "MAE 12.3 [11.8, 12.8]; no baseline was given." in words(tab, ".report-said")
    assert "R² 0.4" in words(tab, ".report-overall")
    assert tab.frame.locator(".report-calibration, .report-confusion").count() == 0


def test_a_narrow_page_has_one_column_and_nothing_sticks_out(
    open_tab: Callable[..., Any], analysed: Any
) -> None:
    tab = open_tab(analysed, view(more="&p.deepdebug.strata.pairs=1"))
    tab.page.set_viewport_size({"width": 420, "height": 3000})
    tab.settled()
    assert tab.frame.evaluate("document.documentElement.scrollWidth") <= 420
    parts = tab.frame.locator(".report-part")
    tops = {
        parts.nth(k).get_attribute("aria-label"): parts.nth(k).bounding_box()["y"]
        for k in range(parts.count())
    }
    order = sorted(tops, key=lambda name: tops[name])
    assert order[:4] == ["All rows", "For whom", "Weak slices", "Loss patterns"]


def test_what_is_shown_of_the_strata_is_kept_in_the_address(
    open_tab: Callable[..., Any], analysed: Any
) -> None:
    chosen = "&p.deepdebug.strata.show=difference&p.deepdebug.strata.column=sex"
    tab = open_tab(analysed, view(more=chosen))
    label = tab.frame.locator(FOREST).get_attribute("aria-label")
    assert label.startswith("AUROC, model − baseline (more is better) of 3 strata")
    assert "sex == male +0.10 [+0.08, +0.12]" in label
