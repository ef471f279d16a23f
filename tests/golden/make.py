"""Makes the golden event files: `python tests/golden/make.py [FOLDER]`.

They pin version 1 of the wire format: what was written once must be read, and written, for good.
A change of these files is a change of the format, and needs a new version.
"""

import sys
from pathlib import Path

import numpy as np

import tb_deepdebug as dd

HERE = Path(__file__).resolve().parent
WALL_TIME = 1_700_000_000.0
STEPS = (0, 10)


def arrays(step):
    """`(activations, pre-activations, gradients, mask)` of a step, all by plain arithmetic."""
    t, unit = np.arange(1100)[:, None], np.arange(3)
    wave = ((t * (unit + 3) + 7 * step) % 64 - 32) / 16.0
    z = np.stack([wave, -wave, wave / 4 - 1])[..., :3].astype(np.float32)
    z[0, 5, 0], z[1, 6, 1], z[2, 7, 2] = np.nan, np.inf, -np.inf
    mask = np.ones((3, 1100), bool)
    mask[1:, 1000:] = False
    a = np.maximum(z, 0)
    a[..., 2] = 0
    lag = np.abs(np.arange(60) - 40)
    g = np.exp2(-lag)[None, :, None] * np.array([1.0, -2.0, 0.0]) * np.arange(1, 7)[:, None, None]
    return a, z, g, mask


def summaries(step):
    """Each kind with all its options, by file name."""
    a, z, g, mask = arrays(step)
    return {
        "activations": dd.summary.activations_pb(
            "conv1",
            a,
            mask=mask,
            channels=["left", "right", "dead"],
            timestamps=np.arange(1100.0) * 60,
            input=z[..., :1],
            input_channels=["heart rate"],
            description="Golden.",
        ),
        "preactivations": dd.summary.preactivations_pb("conv1", z, mask=mask),
        "input_gradients": dd.summary.input_gradients_pb(
            "risk", g, output_step=40, reductions=("mean", "rms", "signed_mean")
        ),
    }


def make(folder):
    """Writes one event file a kind into `folder`."""
    for kind in summaries(0):
        with dd.EventWriter(folder) as writer:
            for step in STEPS:
                writer.add(summaries(step)[kind], step, wall_time=WALL_TIME + step)
        Path(writer.path).rename(Path(folder) / f"{kind}.tfevents")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
