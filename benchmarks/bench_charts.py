"""The heatmap and the amnesia plot at their largest: first paint, and a frame of pan and zoom.

The charts run on a bare page. A first paint is timed by the clock. Of a frame all counts that keeps
the main thread of the page busy, the painting of the browser included, less an idle frame.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from benchmarks.browser import chromium, fresh_page, main_thread, static_server
from benchmarks.chart_page import chart_page
from benchmarks.figure import Figure
from benchmarks.measure import interleave, quartiles, ratio

_FRAMES = 12

# Name, expression that makes it, targets in ms: first paint, pan, zoom.
_CASES = (
    ("heatmap 2048 x 4096", "heatmapOf(2048)", {"first": 150, "pan": 4, "zoom": 4}),
    ("50 lines x 4096 points", "amnesiaOf(50)", {"first": 200, "zoom": 15}),
)
_WORDS = {
    "first": "first paint",
    "pan": "main thread a frame of pan",
    "zoom": "… of zoom",
    "brush": "… of brush",
    "metrics": "metrics of a selection",
}


def run(quick: bool) -> list[Figure]:
    """First paints and bursts of frames take turns."""
    figures = []
    with chart_page() as folder, static_server(folder) as address, chromium() as browser:
        for name, make, targets in _CASES:
            with fresh_page(browser) as page:
                page.goto(address)
                page.evaluate(f"() => {{ globalThis.prepare = {make}; }}")
                figures += burst_figures(page, name, targets, 2 if quick else 11)
    return figures


def burst_figures(page: Any, name: str, targets: dict[str, int], rounds: int) -> list[Figure]:
    """Of a page that knows `prepare`; `targets` in ms by what is measured."""
    page.evaluate("() => { globalThis.paint = prepare(); }")
    busy = main_thread(page)
    arms = {
        what + again: _arm(page, busy, what)
        for what in ("idle", *targets)
        for again in ("", " again")
    }
    taken = interleave(arms, rounds=rounds)
    return [
        Figure(
            f"{name}, {_WORDS[what]}",
            quartiles(_wall(taken[what]) if what == "first" else _frame_ms(taken, what)),
            "ms",
            at_most=target,
            same=ratio(_wall(taken[f"{what} again"]), _wall(taken[what])),
            note=f"processor {quartiles([burst.processor for burst in taken[what]])} ms in all",
        )
        for what, target in targets.items()
    ]


class Burst(NamedTuple):
    """Milliseconds of a first paint, or of `_FRAMES` frames."""

    wall: float
    processor: float  # of the page's main thread


def _arm(page: Any, busy: Callable[[], float], what: str) -> Callable[[], Burst]:
    script = "first(prepare)" if what == "first" else f"move(paint, '{what}', {_FRAMES})"

    def burst() -> Burst:
        before = busy()
        wall = page.evaluate(f"() => {script}")
        return Burst(wall, 1e3 * (busy() - before))

    return burst


def _wall(bursts: Sequence[Burst]) -> list[float]:
    return [burst.wall for burst in bursts]


def _frame_ms(taken: dict[str, list[Burst]], what: str) -> list[float]:
    """Of the main thread a frame, less what an idle frame takes."""
    pairs = zip(taken[what], taken["idle"], strict=True)
    return [(burst.processor - idle.processor) / _FRAMES for burst, idle in pairs]
