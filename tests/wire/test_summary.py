"""A record's Summary: every plane, number and name that docs/wire_format.md promises."""

import math

import numpy as np
import pytest
from tensorboard.compat.proto import summary_pb2
from tensorboard.util import tensor_util

import tb_deepdebug as dd
from tb_deepdebug.records import activations, input_gradients, preactivations
from tb_deepdebug.wire import frame, metadata, planes, series
from tb_deepdebug.wire import input_gradients as wire_gradients
from tb_deepdebug.wire.preactivations import histogram
from tb_deepdebug.wire.summary import encode

pytestmark = pytest.mark.filterwarnings("error")
rng = np.random.default_rng(0)
DATA = rng.normal(size=(3, 1100, 5)).astype(np.float32)
DATA[..., 1], DATA[..., 2], DATA[0, 7, 3] = 0, 2.5, np.nan
NAMES = ["a", "b", "c", "d", "e"]


def decoded(summary, kind):
    """`(header, {plane name: Plane}, Series, {tag: Value of the standard tabs})`."""
    ours, vector, *others = summary.value
    blobs = tensor_util.make_ndarray(ours.tensor).tolist()
    header = frame.decode_header(blobs[0])
    found = [
        planes.decode(spec, blob) for spec, blob in zip(header["planes"], blobs[1:], strict=True)
    ]
    numbers = series.decode(kind, tensor_util.make_ndarray(vector.tensor))
    return header, {p.name: p for p in found}, numbers, {v.tag: v for v in others}


def test_activations():
    series_in = rng.normal(size=(3, 1100, 2))
    record = activations.measure(
        DATA, channels=NAMES, input=series_in, timestamps=np.arange(1100), examples=2
    )
    header, found, numbers, standard = decoded(encode("conv", record), "activations")
    assert list(found) == ["units", "scale", "overview", "input", "timestamps", "values"]
    assert (header["shape"], header["axis"], header["space"]) == ([3, 1100, 5], "time", None)
    assert (header["examples"], header["stride"], header["dtype"]) == (2, 2, "float32")
    assert (header["channels"], header["input_channels"]) == (NAMES, None)
    units = dict(zip(found["units"].rows, found["units"].array, strict=True))
    for name in ("count", "nan", "zero", "negative", "min", "max", "mean", "variance"):
        np.testing.assert_array_equal(units[name], getattr(record.stats, name), name)
    np.testing.assert_array_equal(units["constant"], record.stats.constant_share)
    np.testing.assert_array_equal(found["values"].array, record.picture.codes)
    np.testing.assert_array_equal(found["overview"].array, record.overview)
    np.testing.assert_array_equal(found["scale"].array, record.picture.scale)
    np.testing.assert_array_equal(
        found["input"].array, series_in[:2].transpose(0, 2, 1).astype("f4")
    )
    assert found["timestamps"].array.tolist() == [list(range(1100))] * 2
    kept = DATA[np.isfinite(DATA)].astype(float)
    expected = {
        "examples": 3,
        "timesteps": 1100,
        "units": 5,
        "count": 16499,
        "nonfinite": 1,
        "dead": 1,
        "constant": 1,
        "nonfinite_units": 1,
        "zero_fraction": np.mean(kept == 0),
        "negative_fraction": np.mean(kept < 0),
        "min": kept.min(),
        "max": kept.max(),
        "mean": kept.mean(),
        "std": kept.std(),
    }
    assert numbers.scalars == pytest.approx(expected, rel=1e-6)
    np.testing.assert_allclose(numbers.vectors["unit_max"], record.stats.max, rtol=1e-6)
    assert numbers.vectors["unit_constant"].tolist() == [0, 1, 1, 0, 0]
    value = standard["deepdebug/conv/dead_fraction"]
    assert tensor_util.make_ndarray(value.tensor) == np.float32(0.2)


@pytest.mark.parametrize(
    ("shape", "axis", "space", "timesteps"),
    [((7, 5), "example", None, 1), ((2, 4, 6, 5), "space", [4, 6], 24)],
)
def test_activations_without_time(shape, axis, space, timesteps):
    record = activations.measure(rng.normal(size=shape))
    header, found, numbers, _ = decoded(encode("x", record), "activations")
    assert (header["axis"], header["space"], header["shape"]) == (axis, space, list(shape))
    assert list(found) == ["units", "scale", "values"]
    assert numbers.scalars["timesteps"] == timesteps


def test_preactivations():
    record = preactivations.measure(DATA, channels=NAMES)
    header, found, numbers, standard = decoded(encode("conv", record), "preactivations")
    whole = np.zeros(2 * preactivations.LAYER_BINS.size + 1)
    first = header["bins"]["first"] + preactivations.LAYER_BINS.size
    whole[first : first + len(found["layer_counts"].array)] = found["layer_counts"].array
    np.testing.assert_array_equal(whole, record.counts)
    first = header["unit_bins"]["first"] + preactivations.UNIT_BINS.size
    counts = found["unit_counts"].array
    np.testing.assert_array_equal(counts, record.unit_counts[:, first : first + counts.shape[1]])
    assert counts.dtype == np.uint32 and counts.sum() == 16499
    assert numbers.vectors["counts"].sum() == 16499
    s = numbers.scalars
    assert s["negative"] + s["zero"] + s["positive"] == s["count"] == 16499
    assert s["negative"] == (DATA < 0).sum()
    assert set(standard) == {"deepdebug/conv/negative_fraction", "deepdebug/conv/preactivations"}


def test_nothing_finite_is_written_too():
    data = np.full((1, 4, 2), np.nan)
    _, found, numbers, standard = decoded(dd.summary.preactivations_pb("x", data), "preactivations")
    assert found["layer_counts"].array.size == 0 and numbers.scalars["nonfinite"] == 8
    histogram_value = standard["deepdebug/x/preactivations"]
    assert tensor_util.make_ndarray(histogram_value.tensor).shape == (0, 3)
    _, found, numbers, _ = decoded(dd.summary.activations_pb("x", data), "activations")
    assert (found["values"].array == 1).all() and math.isnan(numbers.scalars["mean"])
    g = dd.summary.input_gradients_pb("x", data, output_step=0)
    _, found, numbers, _ = decoded(g, "input_gradients")
    assert numbers.scalars["nonfinite"] == 4 and (found["states"].array == 4).all()


def test_input_gradients():
    lag = np.abs(np.arange(700) - 600)[:, None]
    g = 0.9**lag * rng.normal(size=(6, 700, 2))
    g[:, 650:] = 0
    record = input_gradients.measure(
        g, output_step=600, reductions=("mean", "rms", "signed_mean"), channels=["hr", "steps"]
    )
    header, found, numbers, standard = decoded(encode("risk", record), "input_gradients")
    assert header["output_step"] == 600 and header["channels"] == ["hr", "steps"]
    assert header["floor"] == np.finfo(np.float64).tiny and header["confidence"] == 0.95
    for name, curve in record.curves.items():
        np.testing.assert_array_equal(found[name].array, curve.astype(np.float32), name)
    for name in ("states", "examples", "zeros", "nonfinite"):
        np.testing.assert_array_equal(found[name].array, getattr(record, name), name)
    assert found["band"].rows == ("low", "high") and found["band"].array.shape == (2, 3, 700)
    assert numbers.scalars["unreachable"] == 50 and numbers.scalars["masked"] == 0
    t = numbers.vectors["t"].astype(int)
    np.testing.assert_array_equal(
        numbers.vectors["combined"], record.curves["log_mean"][0, t].astype(np.float32)
    )
    np.testing.assert_array_equal(
        numbers.vectors["channel_1"], record.curves["log_mean"][2, t].astype(np.float32)
    )
    ratio = tensor_util.make_ndarray(standard["deepdebug/risk/amnesia_ratio"].tensor)
    assert ratio == pytest.approx(10**record.numbers.log10_amnesia_ratio, rel=1e-6)


def test_the_overview_of_a_curve_keeps_its_extremes_and_gaps():
    curve = rng.normal(size=4096)
    curve[1234], curve[3000], curve[2000:2100] = 50, -50, np.nan
    t = wire_gradients.overview_steps(curve)
    assert len(t) <= 512 and (np.diff(t) > 0).all()
    assert {1234, 3000} <= set(t.tolist())
    assert np.isnan(curve[t]).sum() >= 5
    assert wire_gradients.overview_steps(np.zeros(512)).tolist() == list(range(512))


def test_tags_owners_and_descriptions():
    summary = encode("conv", preactivations.measure(DATA), "of **conv**")
    found = [
        (v.tag, v.metadata.plugin_data.plugin_name, v.metadata.data_class) for v in summary.value
    ]
    assert found == [
        ("conv/preactivations", "deepdebug", summary_pb2.DATA_CLASS_BLOB_SEQUENCE),
        ("conv/preactivations/series", "deepdebug", summary_pb2.DATA_CLASS_TENSOR),
        ("deepdebug/conv/negative_fraction", "scalars", summary_pb2.DATA_CLASS_SCALAR),
        ("deepdebug/conv/preactivations", "histograms", summary_pb2.DATA_CLASS_TENSOR),
    ]
    contents = [metadata.decode(v.metadata.plugin_data.content) for v in summary.value[:2]]
    assert contents == [
        metadata.Content("preactivations", part, "conv") for part in ("frame", "series")
    ]
    assert [v.metadata.summary_description for v in summary.value[:2]] == ["of **conv**"] * 2


@pytest.mark.parametrize("data", [DATA, DATA * 1e-30, DATA * 1e30, np.full((1, 9, 2), 3.0)])
def test_the_standard_histogram_covers_the_data(data):
    record = preactivations.measure(data)
    rows = histogram(record)
    finite = data[np.isfinite(data)].astype(np.float64)
    assert rows[:, 2].sum() == len(finite)
    assert (rows[0, 0], rows[-1, 1]) == (finite.min(), finite.max())
    assert (rows[:, 0] <= rows[:, 1]).all() and (rows[1:, 0] == rows[:-1, 1]).all()


def test_the_same_data_give_the_same_bytes():
    one, two = (dd.summary.activations_pb("a", DATA).SerializeToString() for _ in range(2))
    assert one == two


def test_tags_hold_nothing_that_the_data_server_can_not_read_back():
    name = 'a"b\\c\nd/\u00e9'
    summary = encode(name, preactivations.measure(DATA))
    assert {v.tag.partition("preactivations")[0] for v in summary.value if "series" in v.tag} == {
        "a%22b%5Cc%0Ad/\u00e9/"
    }
    assert metadata.decode(summary.value[0].metadata.plugin_data.content).name == name
