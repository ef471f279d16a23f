"""Series vectors: small, checked, and hard to fool."""

import math
import re
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tb_deepdebug.wire import series
from tb_deepdebug.wire.errors import WireError

pytestmark = pytest.mark.filterwarnings("error")
KINDS = sorted(series.SCALARS)
DOCUMENTATION = Path(__file__).resolve().parents[2] / "docs" / "wire_format.md"


def example(kind, units=5):
    """A series whose numbers are all different."""
    scalars = {name: float(i) for i, name in enumerate(series.SCALARS[kind])}
    vectors = {
        name: np.arange(units, dtype=float) + 100 * i for i, name in enumerate(series.VECTORS[kind])
    }
    return series.Series(scalars, vectors)


def sealed(*body):
    """A vector of version 1 whose checksum holds, whatever it says."""
    flat = np.array(body, "<f4")
    crc = zlib.crc32(flat.tobytes())
    return np.concatenate([np.array([1, crc >> 16, crc & 0xFFFF], "<f4"), flat])


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "untrained"])
def test_the_documentation_names_every_number_in_order(kind):
    table = DOCUMENTATION.read_text(encoding="utf-8").partition("## Series")[2]
    row = re.search(rf"^\| {kind} \|(.*)\|(.*)\|$", re.sub(r"\([^)]*\)", "", table), re.M)
    scalars, vectors = (
        [name for quoted in re.findall("`([^`]*)`", cell) for name in quoted.split(", ") if name]
        for cell in row.groups()
    )
    assert [name.strip(", ") for name in scalars] == list(series.SCALARS[kind])
    assert vectors == list(series.VECTORS[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_round_trip(kind):
    given_series = example(kind)
    vector = series.encode(kind, given_series)
    back = series.decode(kind, vector)
    assert vector.dtype == np.float32 and back.scalars == given_series.scalars
    assert list(back.vectors) == list(given_series.vectors)
    for name, values in given_series.vectors.items():
        np.testing.assert_array_equal(back.vectors[name], values)


def test_channels_follow_the_known_vectors():
    content = example("input_gradients")
    more = series.Series(content.scalars, {**content.vectors, "channel_0": np.ones(5)})
    back = series.decode("input_gradients", series.encode("input_gradients", more))
    assert back.vectors["channel_0"].tolist() == [1] * 5


def test_what_float32_holds_comes_back():
    content = example("preactivations")
    numbers = {"min": -math.inf, "max": 1e300, "mean": math.nan, "std": 5e-324, "count": 2.0**40}
    odd = series.Series({**content.scalars, **numbers}, content.vectors)
    back = series.decode("preactivations", series.encode("preactivations", odd)).scalars
    assert (back["min"], back["max"], back["std"], back["count"]) == (-math.inf, math.inf, 0, 2**40)
    assert math.isnan(back["mean"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("units", [0, 1, 800, 1018, 2040, 4090, 10_000])
def test_never_above_the_limit(kind, units):
    content = example(kind, units)
    vector = series.encode(kind, content)
    assert len(vector) <= series.LARGEST
    back = series.decode(kind, vector)
    assert back.scalars == content.scalars
    for name, values in back.vectors.items():
        assert len(values) in (0, units), name
    if units < 800:
        assert all(len(values) == units for values in back.vectors.values())


@pytest.mark.parametrize("channels", [4000, 5000, 20_000])
def test_never_above_the_limit_with_many_channels(channels):
    content = example("input_gradients", 3)
    vectors = {**content.vectors, **{f"channel_{c}": np.ones(3) for c in range(channels)}}
    vector = series.encode("input_gradients", series.Series(content.scalars, vectors))
    assert len(vector) <= series.LARGEST
    assert series.decode("input_gradients", vector).scalars == content.scalars


def test_every_flipped_bit_is_found():
    vector = series.encode("preactivations", example("preactivations", 2))
    data = vector.tobytes()
    for bit in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(WireError):
            series.decode("preactivations", np.frombuffer(bytes(damaged), "<f4"))


@pytest.mark.parametrize(
    ("vector", "message"),
    [
        (np.zeros(0, "f4"), "at least 4 values"),
        (np.zeros(3, "f4"), "at least 4 values"),
        (np.zeros((4, 4), "f4"), r"shape \(4, 4\)"),
        (np.array([2, 0, 0, 0], "f4"), "unknown version 2: "),
        (np.array([1.5, 0, 0, 0], "f4"), "unknown version 1.5"),
        (np.array([np.nan, 0, 0, 0], "f4"), "unknown version nan"),
        (np.array([1, 0, 0, 0], "f4"), "damaged"),
        (sealed(np.nan), "length of nan at 3 of 4"),
        (sealed(np.inf), "length of inf"),
        (sealed(-1), "length of -1"),
        (sealed(0, -1), "length of -1.0 at 4 of 5"),
        (sealed(0, 0.5), "length of 0.5"),
        (sealed(1), "length of 1"),
        (sealed(0, 2, 7), "length of 2"),
        (sealed(0, 1e30), "length of 1.*e.30"),
    ],
)
def test_bad_vectors_are_refused(vector, message):
    with pytest.raises(WireError, match=message):
        series.decode("activations", vector)


def test_scalars_that_only_some_records_have_may_be_missing():
    content = example("activations")
    names = list(content.scalars)[:-2]
    fewer = series.Series({name: content.scalars[name] for name in names}, content.vectors)
    back = series.decode("activations", series.encode("activations", fewer))
    assert list(back.scalars) == names and names[-1] == "std"
    assert back.vectors["unit_min"].tolist() == content.vectors["unit_min"].tolist()


@pytest.mark.parametrize("n", [0, 3, 40])
def test_fewer_or_more_numbers_than_known_are_no_error(n):
    found = series.decode("activations", sealed(n, *range(n), 0, 1, 5, 0, 0, 0, 2, 8, 9))
    assert list(found.scalars.values()) == list(range(n))
    assert found.vectors["unit_min"].tolist() == [5] and len(found.vectors) == 6


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(KINDS), hnp.arrays("f4", st.integers(1, 12), elements=st.floats(width=32)))
def test_only_wire_errors_come_out(kind, body):
    try:
        series.decode(kind, sealed(*body))
    except WireError as error:
        assert len(str(error)) < 200


def test_a_vector_longer_than_any_of_ours_is_refused():
    with pytest.raises(WireError, match="at most 4096"):
        series.decode("activations", sealed(*np.zeros(5000)))
