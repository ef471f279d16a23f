"""One browser and a few TensorBoards, shared by the tests that look at the tab."""

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from needs import needs
from story import write_story
from tensorboards import Served, eventually, tensorboard, without_tensorflow

_SLOW_MS = 30_000
_LOADING = "[data-state=loading], .skeleton"


@dataclass
class Tab:
    """The DeepDebug tab in a page of its own, and everything that went wrong on it."""

    page: Any
    frame: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    bytes: int = 0
    asked: int = 0
    answered: int = 0

    def settled(self) -> None:
        """Waits until every card shows something, and no answer is under way."""
        self.frame.wait_for_selector("html[data-dd-painted], [data-empty]", timeout=_SLOW_MS)
        quiet = 0
        while quiet < 3:  # an answer may lead to the next question
            self.frame.wait_for_function(f"!document.querySelector('{_LOADING}')")
            quiet = 0 if self.asked > self.answered else quiet + 1
            self.page.wait_for_timeout(30)
        self.frames(2)

    def frames(self, count: int) -> None:
        """Lets the browser draw."""
        for _ in range(count):
            self.frame.evaluate("new Promise((done) => requestAnimationFrame(() => done(0)))")

    def pixels(self, selector: str) -> Any:
        """What is seen of an element: uint8 `[height, width, 3]`."""
        shot = self.frame.locator(selector).first.screenshot()
        image = needs("PIL.Image").open(io.BytesIO(shot)).convert("RGB")
        return np.asarray(image)

    def text(self) -> str:
        """The words on the page."""
        return str(self.frame.locator("body").inner_text())


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A machine without TensorFlow, on which TensorBoard starts at once."""
    return without_tensorflow(tmp_path_factory.mktemp("bare"))


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory, bare: Any) -> Iterator[Served]:
    """TensorBoard over the synthetic runs of story.py."""
    logdir = tmp_path_factory.mktemp("story")
    write_story(logdir)
    with tensorboard(f"--logdir={logdir}", env=bare) as running:
        eventually(lambda: b"leaky" in running.get("data/plugin/deepdebug/index")[1])
        yield running


@pytest.fixture(scope="session")
def prefixed(story: Served, bare: dict[str, str]) -> Iterator[Served]:
    """The same log through the other ingester, under a prefix."""
    logdir = json.loads(story.get("data/environment")[1])["data_location"]
    with tensorboard(
        f"--logdir={logdir}", "--load_fast=false", "--path_prefix=/pre/fix", env=bare
    ) as running:
        eventually(lambda: b"leaky" in running.get("data/plugin/deepdebug/index")[1])
        yield running


@pytest.fixture
def open_tab(browser: Any) -> Iterator[Callable[..., Tab]]:
    """Opens the tab of a TensorBoard; at the end nothing may have been complained of."""
    with _opening(browser) as open_it:
        yield open_it


@pytest.fixture(scope="module")
def open_shared_tab(browser: Any) -> Iterator[Callable[..., Tab]]:
    """The same, for tabs that many tests look at and none touches."""
    with _opening(browser) as open_it:
        yield open_it


@contextlib.contextmanager
def _opening(browser: Any) -> Iterator[Callable[..., Tab]]:
    contexts: list[Any] = []
    tabs: list[Tab] = []

    def open_it(
        served: Served, view: str = "", inside: bool = False, cut: str = "", **options: Any
    ) -> Tab:
        """The tab `inside` TensorBoard's page, or, faster, its own page alone.

        Requests to addresses that match `cut` get no answer.
        """
        context = browser.new_context(viewport={"width": 1400, "height": 2600}, **options)
        contexts.append(context)
        page = context.new_page()
        tab = Tab(page, page.main_frame)
        tabs.append(tab)
        _listen(page, tab)
        if cut:
            page.route(cut, lambda route: route.abort())
        if inside:
            page.goto(f"{served.address}#deepdebug{view}")
            handle = page.wait_for_selector("iframe", state="attached", timeout=_SLOW_MS)
            tab.frame = handle.content_frame()
        else:
            page.goto(f"{served.address}data/plugin_entry.html?name=deepdebug#{view}")
        tab.settled()
        return tab

    yield open_it
    complaints = [complaint for tab in tabs for complaint in tab.complaints]
    for context in contexts:
        context.close()
    assert complaints == []


def _listen(page: Any, tab: Tab) -> None:
    def is_ours(request: Any) -> bool:
        return "/data/plugin/deepdebug/" in request.url and not request.url.endswith(".js")

    def asked(request: Any) -> None:
        tab.asked += is_ours(request)

    def failed(request: Any) -> None:
        tab.answered += is_ours(request)

    def finished(request: Any) -> None:
        if is_ours(request):
            tab.answered += 1
            tab.requests.append(request.url)
            tab.bytes += request.sizes()["responseBodySize"]

    def said(message: Any) -> None:
        # TensorBoard's own page has its own faults; ours are told by their address.
        ours = "deepdebug" in (message.location or {}).get("url", "")
        if message.type in ("error", "warning") and (ours or "Content Security" in message.text):
            tab.complaints.append(f"{message.type}: {message.text}")

    page.on("request", asked)
    page.on("requestfailed", failed)
    page.on("requestfinished", finished)
    page.on("console", said)
    page.on("pageerror", lambda error: tab.complaints.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (tab.complaints.append("a dialog"), dialog.dismiss()))
