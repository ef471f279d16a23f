"""Each summary function against tf.summary.histogram and tf.summary.image of the same data.

Eager, the flush included. The image is the picture that ours stores: that of the first example. It
keeps no values, only shades; the histogram keeps thirty bins for all units together.
"""

import functools
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.figure import Figure
from benchmarks.measure import interleave, number, quartiles, ratio, seconds
from benchmarks.nets import activations, input_gradients, preactivations

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


class Case(NamedTuple):
    name: str
    data: np.ndarray  # [examples, 4096, units or channels]
    write: Callable[..., Any]


def run(quick: bool) -> list[Figure]:
    """Time and bytes of one call and its flush, for a batch of 1 and of 8 examples."""
    return [figure for case in _cases() for figure in _figures(case, 3 if quick else 15)]


def _cases() -> Iterator[Case]:
    from tb_deepdebug import summary

    for examples in (1, 8):
        yield Case("activations", activations(examples), summary.activations)
        yield Case("preactivations", preactivations(examples), summary.preactivations)
        write = functools.partial(summary.input_gradients, output_step=2048)
        yield Case("input_gradients", input_gradients(examples), write)


def _figures(case: Case, rounds: int) -> list[Figure]:
    import tensorflow as tf

    tensor = tf.constant(case.data)
    writes = {
        "ours": lambda: case.write("layer", tensor, step=1),
        "ours again": lambda: case.write("layer", tensor, step=1),
        "histogram": lambda: tf.summary.histogram("layer", tensor, step=1),
        "image": lambda: tf.summary.image("layer", _shades(tensor), step=1, max_outputs=1),
    }
    with tempfile.TemporaryDirectory() as folder:
        arms = {name: _arm(Path(folder) / name, write) for name, write in writes.items()}
        taken = interleave(arms, rounds=rounds)
        size = {name: _bytes(Path(folder) / name) / (rounds + 1) for name in writes}
    ms = {name: quartiles([1e3 * value for value in values]) for name, values in taken.items()}
    same = ratio(taken["ours again"], taken["ours"])
    shape = " x ".join(str(length) for length in case.data.shape)
    return [
        Figure(
            f"{case.name} of {shape}: time / tf.summary.{peer}'s",
            ratio(taken["ours"], taken[peer]),
            same=same,
            note=f"{ms['ours']} ms and {number(size['ours'] / 1e3)} kB, "
            f"{peer} {ms[peer]} ms and {number(size[peer] / 1e3)} kB",
        )
        for peer in ("histogram", "image")
    ]


def _arm(folder: Path, write: Callable[[], Any]) -> Callable[[], float]:
    import tensorflow as tf

    writer = tf.summary.create_file_writer(str(folder))

    def once() -> None:
        with writer.as_default():
            write()
        writer.flush()

    return lambda: seconds(once)


def _shades(tensor: Any) -> Any:
    """`[1, units, time, 1]` in [0, 1]: what a user does to see a layer as an image."""
    import tensorflow as tf

    first = tensor[:1]
    low, high = tf.reduce_min(first), tf.reduce_max(first)
    return tf.transpose((first - low) / (high - low), (0, 2, 1))[..., tf.newaxis]


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())
