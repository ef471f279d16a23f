"""What the tab asks of the server until its default view is drawn."""

import re
from typing import Any

from benchmarks.board import tensorboard
from benchmarks.browser import chromium, fresh_page
from benchmarks.figure import Figure
from benchmarks.logs import LAYERS, RUNS, STEPS, training_log
from benchmarks.measure import exactly, number


def run(quick: bool) -> list[Figure]:
    """Answers to the tab's questions, headers included, as Chromium counts them."""
    with (
        training_log() as logdir,
        tensorboard(logdir) as address,
        chromium() as browser,
        fresh_page(browser) as page,
    ):
        received = _received(page, f"{address}#deepdebug")
    ours = {url: size for url, size in received.items() if "/plugin/deepdebug/" in url}
    code = {url: size for url, size in ours.items() if re.search(r"\.(js|css)$", url)}
    data = {url: size for url, size in ours.items() if url not in code}
    note = (
        f"{RUNS} runs of {LAYERS} layers of 128 x 4096 at {STEPS} steps; "
        f"the tab's code {number(sum(code.values()) / 1e3)} kB, "
        f"the page in all {len(received)} requests, {number(sum(received.values()) / 1e6)} MB"
    )
    return [
        Figure("default view, data requests", exactly(len(data)), at_most=3, note=note),
        Figure("default view, data", exactly(sum(data.values()) / 1e6), "MB", at_most=0.3),
    ]


def _received(page: Any, address: str) -> dict[str, float]:
    """Bytes on the wire by address, until a second after the view is drawn."""
    urls: dict[str, str] = {}
    received: dict[str, float] = {}
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on(
        "Network.requestWillBeSent",
        lambda event: urls.update({event["requestId"]: event["request"]["url"]}),
    )
    session.on(
        "Network.loadingFinished",
        lambda event: received.update({urls[event["requestId"]]: event["encodedDataLength"]}),
    )
    page.goto(address)
    frame = page.frame_locator('iframe[src*="name=deepdebug"]')
    frame.locator("html[data-dd-painted]").wait_for()
    page.wait_for_timeout(1000)
    return received
