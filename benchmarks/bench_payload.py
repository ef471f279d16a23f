"""What the server sends for a layer of 128 units x 4,096 timesteps, and what reading it takes.

The answer holds the units' statistics and the picture in full resolution; its overview, which the
tab shows first, is left out.
"""

import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tb_deepdebug as dd
from benchmarks.board import tensorboard
from benchmarks.browser import chromium, fresh_page, static_server
from benchmarks.chart_page import chart_page
from benchmarks.figure import Figure
from benchmarks.measure import exactly, interleave, quartiles, ratio
from benchmarks.nets import activations, preactivations

_PLANES = "units,scale,values"
_QUERY = f"data/plugin/deepdebug/frame?run=run&kind=activations&step=0&planes={_PLANES}"


def run(quick: bool) -> list[Figure]:
    """Of rectified activations, and of what is hardest to compress: signed ones."""
    layers = {"rectified": activations(1), "signed": preactivations(1)}
    sizes = {}
    with chart_page() as folder, static_server(folder) as address, chromium() as browser:
        for name, answer in _answers(layers).items():
            (folder / name).write_bytes(answer)
            sizes[name] = len(answer)
        with fresh_page(browser) as page:
            page.goto(address)
            arms = {name: _arm(page, name) for name in sizes}
            again = {f"{name} again": _arm(page, name) for name in sizes}
            taken = interleave(arms | again, rounds=5 if quick else 25, warm_up=3)
    figures = []
    for name, size in sizes.items():
        what = f"128 x 4096, {name}"
        same = ratio(taken[f"{name} again"], taken[name])
        figures += [
            Figure(f"payload of {what}", exactly(size / 1e6), "MB", at_most=0.6),
            Figure(f"decode of {what}", quartiles(taken[name]), "ms", at_most=25, same=same),
        ]
    return figures


def _arm(page: Any, name: str) -> Callable[[], float]:
    return lambda: page.evaluate(f"() => decode('{name}')")


def _answers(layers: dict[str, Any]) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as logdir:
        with dd.EventWriter(Path(logdir) / "run") as writer:
            for name, data in layers.items():
                writer.add(dd.summary.activations_pb(name, data), step=0)
        with tensorboard(Path(logdir)) as address:
            return {name: _get(f"{address}{_QUERY}&name={name}") for name in layers}


def _get(address: str) -> bytes:
    with urllib.request.urlopen(address) as answer:
        return bytes(answer.read())
