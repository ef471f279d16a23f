"""Event files of version 1, written once, are read and written the same for good."""

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
KINDS = ["activations", "input_gradients", "preactivations"]

spec = importlib.util.spec_from_file_location("make_golden", HERE / "make.py")
make = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make)


def stored(kind):
    """`{step: Summary}` of a golden file."""
    events = EventFileLoader(str(HERE / f"{kind}.tfevents")).Load()
    return {event.step: event.summary for event in events if event.HasField("summary")}


def content(kind, summary):
    """Header, planes, series and standard values, free of compression."""
    blobs = tensor_util.make_ndarray(summary.value[0].tensor).tolist()
    header = frame.decode_header(blobs[0])
    found = {
        s["name"]: planes.decode(s, blob).array
        for s, blob in zip(header.pop("planes"), blobs[1:], strict=True)
    }
    numbers = series.decode(kind, tensor_util.make_ndarray(summary.value[1].tensor))
    others = {v.tag: tensor_util.make_ndarray(v.tensor) for v in summary.value[2:]}
    arrays = {**found, **others, **numbers.vectors}
    return header, arrays | {k: np.float32(v) for k, v in numbers.scalars.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_inputs_give_the_same_content(kind):
    for step, summary in stored(kind).items():
        header, arrays = content(kind, summary)
        header_now, arrays_now = content(kind, make.summaries(step)[kind])
        # What came later stands beside it, and is for newer readers.
        assert header == header_now and list(arrays) == [n for n in arrays_now if n in arrays]
        for name, array in arrays.items():
            assert array.dtype == arrays_now[name].dtype, name
            np.testing.assert_allclose(arrays_now[name], array, rtol=1e-6, atol=1e-7, err_msg=name)


# The band of the input gradients is a product of matrices, whose last digits are the processor's.
@pytest.mark.parametrize("kind", ["activations", "preactivations"])
def test_the_same_inputs_give_the_same_bytes(kind, tmp_path):
    """Compressed bytes are zlib's; all else is ours."""
    make.make(tmp_path)
    now, golden = (folder / f"{kind}.tfevents" for folder in (tmp_path, HERE))
    if zlib.crc32(_deflated_here()) != DEFLATED_CRC32:
        pytest.skip("this zlib compresses otherwise than that of the golden files")
    assert len(now.read_bytes()) == len(golden.read_bytes())
    for step, summary in stored(kind).items():
        assert make.summaries(step)[kind].SerializeToString() == summary.SerializeToString()


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


def test_the_files_are_small():
    assert sum(path.stat().st_size for path in HERE.glob("*.tfevents")) < 60_000
