"""Our event writer against TensorBoard's own, both without TensorFlow's C++, on a 2 MiB event."""

import tempfile
import time

import numpy as np
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util import tensor_util

from benchmarks.figure import Figure
from benchmarks.measure import interleave, quartiles, ratio, seconds
from tb_deepdebug import EventWriter

_BYTES = 2 * 2**20


def run(quick: bool) -> list[Figure]:
    """Time to add one event and have it in the hands of the operating system."""
    summary = _summary()
    with tempfile.TemporaryDirectory() as folder:
        peer = EventFileWriter(folder)
        ours = EventWriter(folder)

        def add_to_peer() -> None:
            event = event_pb2.Event(step=1, wall_time=time.time(), summary=summary)
            peer.add_event(event)
            peer.flush()

        arms = {
            "peer": lambda: seconds(add_to_peer),
            "ours": lambda: seconds(lambda: ours.add(summary, step=1)),
            "ours again": lambda: seconds(lambda: ours.add(summary, step=1)),
        }
        taken = interleave(arms, rounds=3 if quick else 9)
        peer.close()
        ours.close()
    ms = {name: quartiles([1e3 * value for value in values]) for name, values in taken.items()}
    return [
        Figure(
            "event writer without TensorFlow, a 2 MiB event: TensorBoard's time / ours",
            ratio(taken["peer"], taken["ours"]),
            "x",
            at_least=100,
            same=ratio(taken["ours again"], taken["ours"]),
            note=f"EventFileWriter {ms['peer']} ms, ours {ms['ours']} ms",
        )
    ]


def _summary() -> summary_pb2.Summary:
    data = np.random.default_rng(0).normal(size=_BYTES // 4).astype(np.float32)
    value = summary_pb2.Summary.Value(tag="t", tensor=tensor_util.make_tensor_proto(data))
    return summary_pb2.Summary(value=[value])
