"""From a click on the DeepDebug tab to its pictures, against TensorBoard's own Histograms tab.

Both read the same log in a browser with an empty cache, where TensorBoard has already loaded on its
Scalars tab. Ours counts as drawn when all of its panels are, the heatmap of 128 x 4,096 among them;
Histograms when the outlines of its first chart are there (its axes come earlier). It draws a
screenful of charts, which is not the same work: a yardstick, no race.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from benchmarks.board import tensorboard
from benchmarks.browser import chromium, fresh_page, main_thread
from benchmarks.figure import Figure
from benchmarks.logs import training_log
from benchmarks.measure import interleave, quartiles, ratio

# Looks once a frame from the press of the mouse on; the looking is cheap, no tree is walked.
_WATCH = """(drawn) => {
  const isDrawn = {
    deepdebug: () => document.querySelector('iframe[src*="name=deepdebug"]')
      ?.contentDocument?.documentElement?.hasAttribute('data-dd-painted'),
    histograms: () => [...document.querySelector('tf-histogram-dashboard')
      ?.shadowRoot?.querySelectorAll('tf-histogram-loader') ?? []].some((loader) =>
        loader.shadowRoot?.querySelector('vz-histogram-timeseries')
          ?.shadowRoot?.querySelector('path.outline')),
  }[drawn];
  globalThis.taken = new Promise((resolve) => {
    addEventListener('mousedown', () => {
      const start = performance.now();
      const look = () => isDrawn() ? resolve(performance.now() - start)
        : requestAnimationFrame(look);
      look();
    }, { capture: true, once: true });
  });
}"""


class Click(NamedTuple):
    """Milliseconds until data are drawn, and of the page's main thread meanwhile."""

    wall: float
    processor: float


def run(quick: bool) -> list[Figure]:
    """Each arm in a fresh browser context; the arms take turns."""
    with training_log() as logdir, tensorboard(logdir) as address, chromium() as browser:
        arms = {
            "ours": _arm(browser, address, "deepdebug"),
            "ours again": _arm(browser, address, "deepdebug"),
            "histograms": _arm(browser, address, "histograms"),
        }
        taken = interleave(arms, rounds=3 if quick else 11)
    wall = {name: [click.wall for click in clicks] for name, clicks in taken.items()}
    processor = {name: [click.processor for click in clicks] for name, clicks in taken.items()}
    return [
        Figure(
            "tab click to data drawn, 128 x 4096 heatmap / TensorBoard's Histograms",
            ratio(wall["ours"], wall["histograms"]),
            at_most=0.6,
            same=ratio(wall["ours again"], wall["ours"]),
            note=f"ours {quartiles(wall['ours'])} ms, "
            f"Histograms {quartiles(wall['histograms'])} ms; of the main thread "
            f"{quartiles(processor['ours'])} and {quartiles(processor['histograms'])} ms",
        )
    ]


def _arm(browser: Any, address: str, tab: str) -> Callable[[], Click]:
    return lambda: _click(browser, address, tab)


def _click(browser: Any, address: str, tab: str) -> Click:
    """From the press on a tab until its data are drawn."""
    with fresh_page(browser) as page:
        page.goto(f"{address}#scalars", wait_until="networkidle")
        button = page.locator(".mat-mdc-tab", has_text=re.compile(tab, re.IGNORECASE)).first
        button.hover()
        page.wait_for_timeout(500)  # Scalars draws on after its last answer
        page.evaluate(_WATCH, tab)
        busy = main_thread(page)
        before = busy()
        button.click()
        wall = float(page.evaluate("() => taken"))
        return Click(wall, 1e3 * (busy() - before))
