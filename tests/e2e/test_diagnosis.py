"""The Diagnosis panel: its words, links and pixels, held against the server's answer."""

import dataclasses
import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tensorboards import Served, eventually, tensorboard

import tb_deepdebug as dd
from tb_deepdebug.records import activations, graph
from tb_deepdebug.stats import history
from tb_deepdebug.wire.summary import encode

pytestmark = pytest.mark.browser

OpenTab = Callable[..., Any]
Floats = NDArray[np.float32]

PANEL = "[data-panel=diagnosis]"
LAYERS = ("conv_1", "conv_2", "conv_3", "head")
STEPS = tuple(range(0, 101, 10))
DIES = 20
UNITS, TIMESTEPS, EXAMPLES = 12, 64, 8
MANY = 24

MODEL = graph.Graph(
    "net",
    "keras",
    (
        graph.Node("series", "InputLayer"),
        *(
            graph.Node(name, "Conv1D", "relu", (TIMESTEPS, UNITS), 48, (name,))
            for name in LAYERS[:-1]
        ),
        graph.Node("head", "Dense", None, (TIMESTEPS, UNITS), 13, ("head",)),
    ),
    ((0, 1), (1, 2), (2, 3), (3, 4)),
)


def cells(layer: str, step: int, dead: bool) -> Floats:
    """`[examples, time, units]`; from a step on conv_2 gives nothing, and what reads it is flat."""
    rng = np.random.default_rng(LAYERS.index(layer))
    values = rng.normal(size=(EXAMPLES, TIMESTEPS, UNITS)).astype(np.float32)
    if dead and step >= DIES and layer == "conv_2":
        return np.zeros_like(values)
    if dead and step >= DIES and layer in ("conv_3", "head"):
        return np.broadcast_to(1 + np.arange(UNITS, dtype=np.float32), values.shape).copy()
    return values if layer == "head" else np.maximum(values, 0)


def write(folder: Path, dead: bool) -> None:
    """A training that stays where it began, or one that learns."""
    past: dict[str, Any] = {}
    rng = np.random.default_rng(7)
    with dd.EventWriter(folder) as writer:
        writer.add(encode("model", MODEL), 0)
        for step in range(STEPS[-1] + 1):
            loss = 2.3 + 0.02 * rng.normal() if dead else 2.3 * np.exp(-step / 20)
            writer.add_scalar("loss", loss, step)
            if step not in STEPS:
                continue
            for name in LAYERS:
                record = activations.measure(cells(name, step, dead))
                past[name] = history.follow(past.get(name), record.stats, step)
                writer.add(encode(name, dataclasses.replace(record, history=past[name])), step)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, bare: dict[str, str]) -> Iterator[Served]:
    """TensorBoard over a run whose conv_2 died, and one that learns."""
    logdir = tmp_path_factory.mktemp("diagnosis")
    write(logdir / "dead", dead=True)
    write(logdir / "well", dead=False)
    with tensorboard(f"--logdir={logdir}", env=bare) as running:
        eventually(lambda: b"well" in running.get("data/plugin/deepdebug/index")[1])
        yield running


@pytest.fixture(scope="module")
def answer(served: Served) -> dict[str, Any]:
    """What the server says of the run whose layer died."""
    return asked(served, "dead")


def asked(served: Served, run: str) -> dict[str, Any]:
    """The JSON header of an answer."""
    status, body = served.get(f"data/plugin/deepdebug/findings?run={run}")
    assert status == 200, body
    (length,) = struct.unpack("<I", body[4:8])
    found: dict[str, Any] = json.loads(body[8 : 8 + length])
    return found


@pytest.fixture(scope="module")
def dead(open_shared_tab: OpenTab, served: Served) -> Any:
    return open_shared_tab(served, "&p.deepdebug.runs=dead")


def alarms(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The findings that have cards of their own: causes of more than a note."""
    return [
        one for one in answer["findings"] if one["caused_by"] is None and one["severity"] != "INFO"
    ]


def card(tab: Any, rule: str = "never-firing", answer: dict[str, Any] | None = None) -> Any:
    """The card of a cause."""
    title = rule if answer is None else answer["rules"][rule]["title"]
    return tab.frame.locator(f"{PANEL} article.cause", has=tab.frame.locator("h3", has_text=title))


def node(tab: Any, layer: str) -> Any:
    return tab.frame.locator(f"{PANEL} .node[data-layer={layer}]")


def colour(tab: Any, layer: str) -> NDArray[np.int64]:
    """What a layer of the map is filled with, inside its lower right corner."""
    image = tab.pixels(f"{PANEL} .node[data-layer={layer}] .box").astype(int)
    corner = image[-10:-6, -14:-8].reshape(-1, 3)
    assert np.ptp(corner, axis=0).max() <= 3, layer
    return np.asarray(corner.mean(axis=0))


def is_tinted(colour: NDArray[np.int64]) -> bool:
    """Not the plain white, black or grey of a surface."""
    return bool(np.ptp(colour) > 12)


def hash_of(tab: Any) -> str:
    return str(tab.frame.evaluate("decodeURIComponent(location.hash)"))


def test_a_dead_layer_is_told_with_its_step_and_what_to_try(
    dead: Any, answer: dict[str, Any]
) -> None:
    found = next(one for one in answer["findings"] if one["rule"] == "never-firing")
    assert (found["layer"], found["severity"]) == ("conv_2", "CRITICAL")
    assert found["first_step"] == DIES
    shown = card(dead, answer=answer)
    text = shown.inner_text()
    assert "Critical" in text and f"since step {DIES}" in text
    assert found["message"].lower().rstrip(".") in text.lower()
    assert found["fixes"], "there is something to try"
    for fix in found["fixes"]:
        assert fix["action"] in text
    first = shown.locator(".fixes li").first.inner_text()
    assert max(found["fixes"], key=lambda fix: fix["weight"])["action"] in first


def test_there_is_a_card_for_each_cause_and_notes_are_folded(
    dead: Any, answer: dict[str, Any]
) -> None:
    cards = dead.frame.locator(f"{PANEL} .causes > article")
    titles = cards.locator("h3").all_inner_texts()
    assert titles == [one["title"] for one in alarms(answer)]
    links = dead.frame.locator(f"{PANEL} .causes > article .consequences > ul > li").count()
    assert links <= sum(one["caused_by"] is not None for one in answer["findings"])


def test_the_rule_documents_itself(open_tab: OpenTab, served: Served, answer: Any) -> None:
    tab = open_tab(served, "&p.deepdebug.runs=dead")
    shown = card(tab, answer=answer)
    documentation = shown.locator("details.documentation")
    assert documentation.locator("section").first.is_hidden()
    documentation.locator("summary").press("Enter")
    tab.frames(2)
    for section in answer["rules"]["never-firing"]["sections"]:
        assert section["heading"] in documentation.inner_text()


def test_the_map_colours_what_had_begun_by_the_step(
    open_tab: OpenTab, served: Served, answer: dict[str, Any]
) -> None:
    tab = open_tab(served, "&p.deepdebug.runs=dead")
    tab.frame.wait_for_selector(f"{PANEL} .node")
    names = [one.get_attribute("data-layer") for one in tab.frame.locator(".node").all()]
    assert names == ["series", *LAYERS]
    assert is_tinted(colour(tab, "conv_2")) and not is_tinted(colour(tab, "series"))
    assert "Never-firing" in node(tab, "conv_2").get_attribute("aria-label")
    tops = [node(tab, name).bounding_box()["y"] for name in names]
    assert tops == sorted(tops)
    for step in (DIES - 10, DIES):
        tab.frame.locator("[role=slider]").focus()
        tab.page.keyboard.press("Home")
        for _ in range(STEPS.index(step)):
            tab.page.keyboard.press("ArrowRight")
        tab.settled()
        for name in LAYERS:
            begun = any(
                name in one["layers"] and (one["first_step"] is None or one["first_step"] <= step)
                for one in answer["findings"]
            )
            assert is_tinted(colour(tab, name)) == begun, (name, step)


def test_evidence_opens_the_panel_that_shows_it(
    open_tab: OpenTab, served: Served, answer: dict[str, Any]
) -> None:
    tab = open_tab(served, "&p.deepdebug.folded=activations&p.deepdebug.activations=conv_1")
    assert tab.frame.locator("[data-panel=activations][data-state=folded]").count() == 1
    card(tab, answer=answer).locator("button.shown", has_text="Activations").first.click()
    tab.settled()
    assert tab.frame.locator("[data-panel=activations][data-state=ready]").count() == 1
    assert "p.deepdebug.activations=conv_2" in hash_of(tab)
    assert "p.deepdebug.run=dead" in hash_of(tab)
    chosen = tab.frame.locator("select[aria-label=Layer] option:checked").inner_text()
    assert chosen == "conv_2"


def test_the_onset_and_the_layer_are_a_click_away(
    open_tab: OpenTab, served: Served, answer: dict[str, Any]
) -> None:
    tab = open_tab(served, "&p.deepdebug.runs=dead&p.deepdebug.activations=conv_1")
    head = card(tab, answer=answer).locator("header").first
    head.locator("button.step-link").click()
    head.locator("button.layer", has_text="conv_2").click()
    tab.settled()
    assert f"p.deepdebug.step={DIES}" in hash_of(tab)
    assert "p.deepdebug.activations=conv_2" in hash_of(tab)
    node(tab, "conv_2").focus()
    tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("Enter")
    tab.settled()
    assert "p.deepdebug.activations=conv_3" in hash_of(tab)
    assert node(tab, "conv_3").get_attribute("aria-current") == "true"


def test_runs_are_compared_in_a_line_each(
    open_tab: OpenTab, served: Served, answer: dict[str, Any]
) -> None:
    tab = open_tab(served)
    lines = tab.frame.locator(f"{PANEL} .runs li")
    tab.frame.wait_for_function(
        f"!document.querySelector('{PANEL} .runs h3').innerText.includes('so far')"
    )
    assert [line.get_attribute("data-run") for line in lines.all()] == ["dead", "well"]
    assert "Critical" in lines.nth(0).inner_text()
    assert answer["health"]["headline"] in lines.nth(0).inner_text()
    assert "Critical" not in lines.nth(1).inner_text()
    lines.nth(1).locator("button").click()
    tab.settled()
    assert "p.deepdebug.run=well" in hash_of(tab)
    assert tab.frame.locator(f"{PANEL} .causes > article").count() == 0
    assert "rules applied" in tab.frame.locator(f"{PANEL} .applied").inner_text()


def test_all_findings_are_a_table_to_sort_and_to_filter(
    open_tab: OpenTab, served: Served, answer: dict[str, Any]
) -> None:
    tab = open_tab(served)
    findings = [*answer["findings"], *asked(served, "well")["findings"]]
    summary = tab.frame.locator(f"{PANEL} .all-findings > summary")
    tab.frame.wait_for_function(
        f"document.querySelector('{PANEL} .runs h3').innerText === '2 runs'"
    )
    assert f"All findings ({len(findings)}" in summary.inner_text()
    summary.press("Enter")
    rows = tab.frame.locator(f"{PANEL} .all-findings tbody tr")
    rows.first.wait_for()
    assert rows.count() == len(findings)
    assert "Critical" in rows.first.inner_text()
    by_layer = tab.frame.locator(".all-findings th button", has_text="Layer")
    by_layer.press("Enter")
    tab.frames(2)
    layers = [one for one in rows.locator("td:nth-child(3)").all_inner_texts() if one]
    assert layers == sorted(layers)
    by_layer.press("Enter")
    tab.frames(2)
    layers = [one for one in rows.locator("td:nth-child(3)").all_inner_texts() if one]
    assert layers == sorted(layers, reverse=True)
    tab.frame.get_by_role("button", name="Errors and worse").click()
    tab.frames(2)
    grave = [one for one in findings if one["severity"] in ("ERROR", "CRITICAL")]
    assert rows.count() == len(grave)


def test_a_diagnosis_can_be_copied_and_saved(
    open_tab: OpenTab, served: Served, answer: dict[str, Any]
) -> None:
    tab = open_tab(
        served,
        "&p.deepdebug.runs=dead",
        permissions=["clipboard-read", "clipboard-write"],
    )
    tab.frame.get_by_role("button", name="Copy as text").click()
    tab.frame.wait_for_selector(f"{PANEL} .copy:has-text('Copied')")
    text = tab.frame.evaluate("navigator.clipboard.readText()")
    assert f"in conv_2, since step {DIES}" in text
    with tab.page.expect_download() as downloading:
        tab.frame.get_by_label("Save Diagnosis").click()
        assert tab.frame.get_by_role("menuitem").all_inner_texts() == ["Table (CSV)", "JSON"]
        tab.frame.get_by_role("menuitem", name="JSON").click()
    (saved,) = json.loads(Path(downloading.value.path()).read_bytes())
    assert saved["findings"] == answer["findings"]


@pytest.mark.parametrize("width", [400, 2400])
def test_narrow_and_wide_dark_pages_show_the_same(
    open_tab: OpenTab, served: Served, answer: dict[str, Any], width: int
) -> None:
    tab = open_tab(served, "&p.deepdebug.runs=dead", color_scheme="dark")
    tab.page.set_viewport_size({"width": width, "height": 1000})
    tab.settled()
    tab.frame.wait_for_selector(f"{PANEL} .node")
    body = tab.frame.locator(f"{PANEL} .body")
    assert body.evaluate("one => one.scrollWidth <= one.clientWidth + 1"), "nothing sticks out"
    assert is_tinted(colour(tab, "conv_2")) and colour(tab, "conv_2").max() < 160
    above, beside = (
        tab.frame.locator(f"{PANEL} {part}").bounding_box() for part in (".causes", ".layer-map")
    )
    assert (beside["x"] > above["x"] + above["width"]) == (width > 1000)


def test_many_runs_appear_one_by_one(
    open_tab: OpenTab, tmp_path: Path, bare: dict[str, str]
) -> None:
    for i in range(MANY):
        with dd.EventWriter(tmp_path / f"run_{i}") as writer:
            writer.add(encode("model", MODEL), 0)
            writer.add(encode("conv_1", activations.measure(cells("conv_1", 0, False))), 0)
            for step in range(20):
                writer.add_scalar("loss", 1 / (1 + step), step)
    with tensorboard(f"--logdir={tmp_path}", env=bare) as running:
        eventually(
            lambda: running.get("data/plugin/deepdebug/index")[1].count(b'"scalars"') >= MANY
        )
        names = ",".join(f"run_{i}" for i in range(MANY))
        tab = open_tab(running, f"&p.deepdebug.runs={names}")
        tab.frame.wait_for_function(
            f"document.querySelector('{PANEL} .runs h3').innerText === '{MANY} runs'"
        )
        lines = tab.frame.locator(f"{PANEL} .runs li").all_inner_texts()
        assert len(lines) == MANY and not any("being diagnosed" in line for line in lines)
        batches = [url for url in tab.requests if "findings" in url]
        assert 2 < len(batches) <= MANY
