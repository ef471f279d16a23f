"""The scatter of 500,000 predictions: first paint, frames of pan, zoom and brush, and metrics.

Measured as the other charts are: see `bench_charts`. A first paint begins with the columns of the
table in memory and ends with the picture; a frame of a brush selects a part of the rows and draws
the picture anew. The metrics of that selection, for model and baseline, follow in a task of their
own, so that they never hold up a frame.
"""

from benchmarks.bench_charts import burst_figures
from benchmarks.browser import chromium, fresh_page, static_server
from benchmarks.chart_page import chart_page
from benchmarks.figure import Figure

_ROWS = 500_000
_NAME = f"scatter of {_ROWS:,} rows"

# Expression that makes it, targets in ms of what is measured.
_CASES = (
    (f"scatterOf({_ROWS})", {"first": 150, "pan": 16, "zoom": 16}),
    (f"brushOf({_ROWS})", {"brush": 16}),
    (f"metricsOf({_ROWS})", {"metrics": 50}),
)


def run(quick: bool) -> list[Figure]:
    """First paints and bursts of frames take turns."""
    figures = []
    with chart_page() as folder, static_server(folder) as address, chromium() as browser:
        for make, targets in _CASES:
            with fresh_page(browser) as page:
                page.goto(address)
                page.evaluate(f"() => {{ globalThis.prepare = {make}; }}")
                figures += burst_figures(page, _NAME, targets, 2 if quick else 11)
    return figures
