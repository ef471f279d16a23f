"""The metadata of our tags."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tb_deepdebug.wire import metadata
from tb_deepdebug.wire.errors import WireError


@given(st.text(), st.sampled_from(metadata.PARTS), st.text())
def test_round_trip(kind, part, name):
    content = metadata.Content(kind, part, name)
    assert metadata.decode(metadata.encode(content)) == content


def test_is_the_documented_json():
    content = metadata.Content("activations", "frame", "conv1")
    assert json.loads(metadata.encode(content)) == {
        "version": 1,
        "kind": "activations",
        "part": "frame",
        "name": "conv1",
    }


FIELDS = {"version": 1, "kind": "k", "part": "frame", "name": "n"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "unreadable"),
        (b"\xff\xfe", "unreadable"),
        (b"[]", "unreadable"),
        (b"3", "unreadable"),
        (b"[" * 100_000, "unreadable"),
        (json.dumps({**FIELDS, "version": 2}).encode(), "unknown version 2"),
        (json.dumps({**FIELDS, "version": "1"}).encode(), "unknown version '1'"),
        (json.dumps({**FIELDS, "part": "third"}).encode(), "unreadable"),
        (json.dumps({**FIELDS, "part": []}).encode(), "unreadable"),
        (json.dumps({**FIELDS, "kind": None}).encode(), "unreadable"),
        (json.dumps({**FIELDS, "name": {}}).encode(), "unreadable"),
        (json.dumps({"version": 1}).encode(), "unreadable"),
    ],
)
def test_others_are_refused(data, message):
    with pytest.raises(WireError, match=message):
        metadata.decode(data)


def test_later_fields_are_no_error():
    assert metadata.decode(json.dumps({**FIELDS, "more": 1}).encode()).name == "n"


@settings(max_examples=200)
@given(st.binary(max_size=40))
def test_only_wire_errors_come_out(data):
    with pytest.raises(WireError):
        metadata.decode(data)
