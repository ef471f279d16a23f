"""Event files of version 1, written once, are read and written the same for good."""

import functools
import importlib.util
import zlib
from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.util import tensor_util

from tb_deepdebug.wire import frame, planes, series

HERE = Path(__file__).resolve().parent
DEFLATED_CRC32 = 1019018426  # of what the zlib of the golden files made of `_deflated_here`
KINDS = {  # by file
    "activations": "activations",
    "check": "check",
    "examples": "examples",
    "gates": "gates",
    "graph": "graph",
    "health": "health",
    "history": "activations",
    "input_gradients": "input_gradients",
    "jacobian": "jacobian",
    "preactivations": "preactivations",
    "predictions": "predictions",
    "recorder": "recorder",
    "setup": "setup",
    "untrained": "untrained",
}

spec = importlib.util.spec_from_file_location("make_golden", HERE / "make.py")
make = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make)
summaries = functools.cache(make.summaries)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder of what is written now."""
    folder = tmp_path_factory.mktemp("golden")
    make.make(folder)
    return folder


def stored(file):
    """`{step: Summary}` of a golden file."""
    events = EventFileLoader(str(HERE / f"{file}.tfevents")).Load()
    return {event.step: event.summary for event in events if event.HasField("summary")}


def content(file, summary):
    """Header, planes, series and standard values, free of compression."""
    blobs = summary.value[0].tensor.string_val
    header = frame.decode_header(blobs[0])
    found = {
        s["name"]: planes.decode(s, blob).array
        for s, blob in zip(header.pop("planes"), blobs[1:], strict=True)
    }
    numbers = series.decode(KINDS[file], tensor_util.make_ndarray(summary.value[1].tensor))
    others = {v.tag: tensor_util.make_ndarray(v.tensor) for v in summary.value[2:]}
    vectors = {f"vector {k}" if k in found else k: v for k, v in numbers.vectors.items()}
    scalars = {f"scalar {k}" if k in vectors else k: v for k, v in numbers.scalars.items()}
    arrays = {**found, **others, **vectors}
    return header, arrays | {k: np.float32(v) for k, v in scalars.items()}


@pytest.mark.parametrize("file", KINDS)
def test_the_same_inputs_give_the_same_content(file):
    for step, summary in stored(file).items():
        header, arrays = content(file, summary)
        header_now, arrays_now = content(file, summaries(step)[file])
        # What came later stands beside it, and is for newer readers.
        assert header == header_now and list(arrays) == [n for n in arrays_now if n in arrays]
        for name, array in arrays.items():
            assert array.dtype == arrays_now[name].dtype, name
            np.testing.assert_allclose(arrays_now[name], array, rtol=1e-6, atol=1e-7, err_msg=name)


# The band of the input gradients is a product of matrices, whose last digits are the processor's.
@pytest.mark.parametrize(
    "file", [file for file in KINDS if KINDS[file] not in ("input_gradients", "untrained")]
)
def test_the_same_inputs_give_the_same_bytes(file, made):
    """Compressed bytes are zlib's; all else is ours."""
    now, golden = (folder / f"{file}.tfevents" for folder in (made, HERE))
    if zlib.crc32(_deflated_here()) != DEFLATED_CRC32:
        pytest.skip("this zlib compresses otherwise than that of the golden files")
    assert len(now.read_bytes()) == len(golden.read_bytes())
    for step, summary in stored(file).items():
        assert summaries(step)[file].SerializeToString() == summary.SerializeToString()


def _deflated_here():
    wave = (np.arange(20_000) ** 2 % 251).astype(np.uint8)
    even = planes.encode(planes.Plane("p", wave))[1]
    return even + planes.encode(planes.Plane("p", wave.astype(np.float64)))[1][:2000]


def test_numbers_known_by_hand():
    header, arrays = content("input_gradients", stored("input_gradients")[0])
    lag = np.abs(np.arange(60) - 40)
    expected = np.log10(720) / 6 - lag * np.log10(2)  # of |g| = 2^-lag times 1 to 6
    np.testing.assert_allclose(arrays["log_mean"][1], expected, rtol=1e-6)
    assert (arrays["states"][3] == 2).all() and header["output_step"] == 40
    _, arrays = content("activations", stored("activations")[0])
    assert arrays["dead"] == 1 and arrays["nonfinite"] == 2 and arrays["count"] == 3 * 3100 - 2
    _, arrays = content("preactivations", stored("preactivations")[0])
    assert arrays["layer_counts"].sum() == 3 * 3100 - 3 == arrays["count"]

    header, arrays = content("health", stored("health")[10])
    norm = np.linalg.norm(np.arange(-6, 6)) / 8
    np.testing.assert_allclose(arrays["gradient_norm"], [norm * 2.0**-30, 0.5, np.nan])
    assert arrays["nonfinite_gradients"] == 2 and header["sizes"] == [12, 4, 1]
    assert arrays["weight_counts"].sum() == 17 and arrays["gradient_counts"].sum() == 14
    _, arrays = content("history", stored("history")[0])
    assert arrays["ever_dead"] == 3 and arrays["revived_units"] == 2
    assert arrays["history"][1].tolist() == [1, 1, 2]


def test_the_files_are_small():
    assert sum(path.stat().st_size for path in HERE.glob("*.tfevents")) < 96_000
