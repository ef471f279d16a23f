"""Frame headers: checked, tolerant of the unknown, and hard to fool."""

import json
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tb_deepdebug.wire import frame
from tb_deepdebug.wire.errors import WireError
from tb_deepdebug.wire.planes import Plane, decode

PLANES = [Plane("a", np.arange(6.0).reshape(2, 3), ("low", "high")), Plane("b", np.zeros(9, "u1"))]


def sealed(text, magic=b"DD1 "):
    """A header whose checksum holds, whatever it says."""
    data = text if isinstance(text, bytes) else text.encode()
    return magic + b"%08x " % zlib.crc32(data) + data


def test_round_trip():
    fields = {"name": 'wæird\n"\U0001f525</script>', "channels": None, "shape": [2, 3]}
    header, *stored = frame.encode("kind", fields, PLANES)
    found = frame.decode_header(header)
    assert header.isascii() and found["version"] == 1 and found["kind"] == "kind"
    assert {k: found[k] for k in fields} == fields
    for spec, blob, plane in zip(found["planes"], stored, PLANES, strict=True):
        back = decode(spec, blob)
        assert (back.name, back.rows) == (plane.name, plane.rows)
        np.testing.assert_array_equal(back.array, plane.array)


def test_what_stays_the_same_is_written_the_same_at_every_step():
    """Tuples are kept as text from step to step; the header is that of lists."""
    names = ("a", 'b"', "\U0001f525")
    fields = {"parameters": names, "shapes": ((3, 4), ()), "empty": (), "step": 1.0}
    listed = {name: list(v) if isinstance(v, tuple) else v for name, v in fields.items()}
    for _ in range(2):
        assert frame.encode("kind", fields, PLANES) == frame.encode("kind", listed, PLANES)
    plain = json.dumps(frame.decode_header(frame.encode("kind", fields, [])[0]))
    assert json.loads(plain)["shapes"] == [[3, 4], []]


def test_every_flipped_bit_is_found():
    header = frame.encode("kind", {"name": "n"}, PLANES)[0]
    for bit in range(8 * len(header)):
        damaged = bytearray(header)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(WireError):
            frame.decode_header(bytes(damaged))


def test_unknown_fields_and_planes_are_no_error():
    spec = {"name": "new", "dtype": "uint8", "shape": [1], "codec": "raw", "crc32": 0, "more": 1}
    text = json.dumps({"version": 1, "kind": "k", "later": {"x": [1]}, "planes": [spec]})
    assert frame.decode_header(sealed(text))["planes"] == [spec]


@pytest.mark.parametrize(
    ("blob", "message"),
    [
        (b"", "not a frame"),
        (b"\x89PNG", "not a frame"),
        (b"DD", "unknown version ''"),
        (sealed("{}", b"DD2 "), "unknown version '2': this reader knows version 1; a newer"),
        (sealed('{"version": 2, "planes": []}'), "unknown version 2"),
        (sealed('{"version": true, "planes": []}'), "unknown version True"),
        (sealed('{"planes": []}'), "unknown version None"),
        (sealed("[1]"), "unknown version None"),
        (sealed("{"), "can't be read"),
        (sealed(b"\xff"), "can't be read"),
        (sealed("[" * 100_000), "can't be read"),
        (sealed("9" * 10_000), "can't be read"),
        (sealed('{"version": 1, "x": NaN, "planes": []}'), "NaN is not JSON"),
        (sealed('{"version": 1}'), "lists no planes"),
        (sealed('{"version": 1, "planes": {}}'), "lists no planes"),
        (sealed('{"version": 1, "planes": [3]}'), "described wrongly"),
        (sealed('{"version": 1}')[:-1], "damaged"),
        (b"DD1 ", "damaged"),
    ],
)
def test_bad_headers_are_refused(blob, message):
    with pytest.raises(WireError, match=message):
        frame.decode_header(blob)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=50) | st.text(max_size=50).map(sealed))
def test_only_wire_errors_come_out(blob):
    with pytest.raises(WireError):
        frame.decode_header(blob)


def test_a_header_of_many_planes_is_refused():
    spec = {"name": "a", "dtype": "uint8", "shape": [1], "codec": "raw", "crc32": 0}
    text = json.dumps({"version": 1, "planes": [spec] * 64})
    with pytest.raises(WireError, match="64 planes, at most 63"):
        frame.decode_header(sealed(text))


def test_a_number_beyond_any_float_is_refused():
    with pytest.raises(WireError, match="1e999 is not JSON"):
        frame.decode_header(sealed('{"version": 1, "floor": 1e999, "planes": []}'))
