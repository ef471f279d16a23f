"""Planes come back as they went in, or with a WireError."""

import json
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tb_deepdebug.wire import planes
from tb_deepdebug.wire.errors import WireError

pytestmark = pytest.mark.filterwarnings("error")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


def assert_same(a, b):
    assert a.dtype == b.dtype and a.shape == b.shape
    assert np.ascontiguousarray(a).tobytes() == np.ascontiguousarray(b).tobytes()


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(planes.DTYPES)).flatmap(
        lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=1, max_dims=3, min_side=0))
    ),
    st.none() | st.lists(st.text(max_size=3), max_size=3).map(tuple),
)
def test_round_trip(array, rows):
    spec, stored = planes.encode(planes.Plane("p", array, rows))
    spec = json.loads(json.dumps(spec))
    back = planes.decode(spec, stored)
    assert (back.name, back.rows) == ("p", rows)
    assert_same(back.array, array)


@pytest.mark.parametrize(
    "array",
    [np.arange(12, dtype=">u4").reshape(3, 4), np.arange(24.0).reshape(2, 3, 4).transpose(2, 0, 1)],
)
def test_any_layout_is_stored_little_endian_in_c_order(array):
    spec, stored = planes.encode(planes.Plane("p", array))
    np.testing.assert_array_equal(planes.decode(spec, stored).array, array)


def test_even_bytes_are_deflated_and_noise_is_not():
    even = planes.encode(planes.Plane("p", np.zeros((100, 100), np.uint8)))
    noise = planes.encode(
        planes.Plane("p", np.random.default_rng(0).integers(0, 256, 999, np.uint8))
    )
    assert even[0]["codec"] == "deflate" and len(even[1]) < 200
    assert noise[0]["codec"] == "raw" and len(noise[1]) == 999
    assert zlib.decompress(even[1]) == bytes(10000)


@pytest.mark.parametrize(("packing", "codec"), [("none", "raw"), ("runs", "deflate")])
@pytest.mark.parametrize("dtype", sorted(planes.DTYPES))
def test_packing_is_of_the_bytes_alone(dtype, packing, codec):
    array = np.repeat(np.arange(7, dtype=dtype), 90).reshape(9, 70)
    spec, stored = planes.encode(planes.Plane("p", array, packing=packing))
    assert spec["codec"] == codec
    assert_same(planes.decode(spec, stored).array, array)


@pytest.mark.parametrize("dtype", ["int64", "float16", "bool", "complex64", "S3", "O"])
def test_other_dtypes_are_refused(dtype):
    with pytest.raises(TypeError, match=r"dtype must be one of .*Received"):
        planes.encode(planes.Plane("p", np.zeros(3, dtype)))


@pytest.mark.parametrize("array", [np.arange(5.0), np.zeros(400, np.uint8)], ids=["raw", "deflate"])
def test_every_flipped_bit_is_found(array):
    spec, stored = planes.encode(planes.Plane("p", array))
    for bit in range(8 * len(stored)):
        damaged = bytearray(stored)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(WireError, match="'p' is damaged"):
            planes.decode(spec, bytes(damaged))


GOOD, STORED = planes.encode(planes.Plane("p", np.zeros((3, 40), np.uint8), ("a", "b", "c")))


@pytest.mark.parametrize(
    "change",
    [
        {"name": 3},
        {"dtype": "int8"},
        {"dtype": ["uint8"]},
        {"codec": "zstd"},
        {"codec": None},
        {"crc32": "0"},
        {"shape": "12"},
        {"shape": {}},
        {"shape": None},
        {"shape": [-3, -40]},
        {"shape": [3.0, 40]},
        {"shape": [True, 120]},
        {"shape": [1] * 100},
        {"shape": [2**16, 2**16]},
        {"shape": [0, 2**63]},
        {"shape": [0, 2**20, 2**20]},
        {"rows": "abc"},
        {"rows": [1, 2, 3]},
        {"rows": {}},
    ],
    ids=str,
)
def test_wrong_descriptions_are_refused(change):
    planes.check_spec(GOOD)
    with pytest.raises(WireError, match="described wrongly"):
        planes.decode({**GOOD, **change}, STORED)


@pytest.mark.parametrize("missing", ["name", "dtype", "shape", "codec", "crc32"])
def test_missing_fields_are_refused(missing):
    with pytest.raises(WireError, match="described wrongly"):
        planes.check_spec({k: v for k, v in GOOD.items() if k != missing})


def resealed(stored, **change):
    return {**GOOD, "crc32": zlib.crc32(stored), **change}, stored


@pytest.mark.parametrize(
    ("spec", "stored", "message"),
    [
        (*resealed(b"not deflated"), "can't be inflated"),
        (*resealed(zlib.compress(bytes(119))), "has 119 bytes, .* needs 120"),
        (*resealed(zlib.compress(bytes(10**7))), "has 121 bytes, .* needs 120"),  # no bomb
        (*resealed(STORED[:-6]), "has .* bytes"),
        (*resealed(bytes(121), codec="raw"), "has 121 bytes"),
        (*resealed(b"", codec="raw"), "has 0 bytes"),
    ],
)
def test_bytes_that_do_not_fill_the_shape_are_refused(spec, stored, message):
    if message == "has .* bytes":  # a truncated stream that still fills its shape is complete
        spec = {**spec, "shape": [3, 41]}
    with pytest.raises(WireError, match=message):
        planes.decode(spec, stored)


@settings(max_examples=300, deadline=None)
@given(
    JSON
    | st.fixed_dictionaries(dict.fromkeys(GOOD, JSON))
    | st.dictionaries(
        st.sampled_from(sorted(GOOD)), JSON | st.lists(st.integers(0, 50), max_size=9)
    ).map(lambda change: {**GOOD, **change}),
    st.binary(max_size=60),
)
def test_only_wire_errors_come_out(spec, stored):
    if isinstance(spec, dict) and isinstance(spec.get("crc32"), int):
        spec["crc32"] = zlib.crc32(stored)
    try:
        planes.decode(spec, stored)
    except WireError as error:
        assert len(str(error)) < 300
