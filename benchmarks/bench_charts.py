"""The heatmap and the amnesia plot at their largest: first paint, and a frame of pan and zoom.

The charts run on a bare page. Of a frame everything counts that keeps the page's main thread busy,
the browser's own painting included, less what as many idle frames take.
"""

from collections.abc import Callable
from typing import Any

from benchmarks.browser import chromium, fresh_page, static_server
from benchmarks.chart_page import chart_page
from benchmarks.figure import Figure
from benchmarks.measure import interleave, quartiles, ratio

_FRAMES = 30

# Name, expression that makes it, targets in ms: first paint, pan, zoom.
_CASES = (
    ("heatmap 2048 x 4096", "heatmapOf(2048)", {"first": 150, "pan": 4, "zoom": 4}),
    ("50 lines x 4096 points", "amnesiaOf(50)", {"first": 200, "zoom": 15}),
)
_WORDS = {"first": "first paint", "pan": "main thread a frame of pan", "zoom": "… of zoom"}


def run(quick: bool) -> list[Figure]:
    """First paints and bursts of frames take turns."""
    figures = []
    with chart_page() as folder, static_server(folder) as address, chromium() as browser:
        for name, make, targets in _CASES:
            with fresh_page(browser) as page:
                page.goto(address)
                page.evaluate(f"() => {{ globalThis.prepare = {make}; }}")
                figures += _figures(page, name, targets, 3 if quick else 15)
    return figures


def _figures(page: Any, name: str, targets: dict[str, int], rounds: int) -> list[Figure]:
    page.evaluate("() => { globalThis.paint = prepare(); }")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    arms: dict[str, Callable[[], float]] = {"idle": lambda: _frame_ms(page, session, "idle")}
    for what in targets:
        for again in ("", " again"):
            arms[what + again] = _arm(page, session, what)
    taken = interleave(arms, rounds=rounds)
    for what in arms:
        if what.split()[0] in ("pan", "zoom"):
            taken[what] = [ms - idle for ms, idle in zip(taken[what], taken["idle"], strict=True)]
    return [
        Figure(
            f"{name}, {_WORDS[what]}",
            quartiles(taken[what]),
            "ms",
            at_most=target,
            same=ratio(taken[f"{what} again"], taken[what]),
        )
        for what, target in targets.items()
    ]


def _arm(page: Any, session: Any, what: str) -> Callable[[], float]:
    if what == "first":
        return lambda: page.evaluate("() => first(prepare)")
    return lambda: _frame_ms(page, session, what)


def _frame_ms(page: Any, session: Any, kind: str) -> float:
    """Main-thread milliseconds a frame, over a burst of frames."""
    before = _task_seconds(session)
    page.evaluate(f"() => move(paint, '{kind}', {_FRAMES})")
    return 1e3 * (_task_seconds(session) - before) / _FRAMES


def _task_seconds(session: Any) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")
