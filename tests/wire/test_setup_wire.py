"""A training's setup as a header, and what becomes of headers that lie."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.util import tensor_util

from tb_deepdebug.records.setup import (
    InputFacts,
    LabelFacts,
    LossFacts,
    OptimizerFacts,
    OutputFacts,
    Setup,
)
from tb_deepdebug.wire import frame, series, setup
from tb_deepdebug.wire.summary import encode

FULL = Setup(
    inputs=(
        InputFacts("x", "float32", (None, 3), "numbers", 9, 1, 2, 0.0, 1.0, 0.5, 0.25, (0.5,)),
    ),
    labels=LabelFacts("int64", (), 4, 0, 0.0, 3.0, 1.5, 1.0, True, False, (1, 2, 0, 1), 3),
    output=OutputFacts((4,), "softmax", 0.0, 1.0, True),
    loss=LossFacts("nll_loss", "categorical", False, 0.1, -math.inf, True),
    optimizer=OptimizerFacts("sgd", 0.1, 0.9, None, 1.0, None),
    frozen=("a/kernel",),
    dropout=(("drop", 0.5),),
    batch_size=32,
    planned_steps=1000,
    horizon=500,
)


def header_of(record: Setup) -> dict[str, Any]:
    """As a reader finds it."""
    found, _ = encode("setup", record).value
    (blob,) = found.tensor.string_val
    return frame.decode_header(blob)


def series_of(record: Setup) -> dict[str, float]:
    _, vector = encode("setup", record).value
    found = series.decode("setup", tensor_util.make_ndarray(vector.tensor))
    assert not found.vectors
    return dict(found.scalars)


@pytest.mark.parametrize("record", [FULL, Setup()])
def test_round_trip(record: Setup) -> None:
    header = header_of(record)
    assert setup.from_header(header) == record and header["planes"] == []
    assert list(series_of(record)) == [
        *("first_loss", "labels_mean", "labels_std"),
        *("batch_size", "planned_steps", "inputs", "frozen"),
    ]


def test_the_series_has_the_numbers_and_nan_for_what_is_not_known() -> None:
    assert list(series_of(FULL).values()) == [-math.inf, 1.5, 1, 32, 1000, 1, 1]
    assert [math.isnan(v) for v in series_of(Setup()).values()] == [True] * 5 + [False] * 2


def test_a_loss_that_is_not_a_number_comes_back_as_one() -> None:
    loss = LossFacts("custom", "other", None)
    header = header_of(Setup(loss=loss))
    assert header["loss"]["first"] is None
    back = setup.from_header(header).loss
    assert back is not None and math.isnan(back.first) and back.name == "custom"


# What a header may say instead of a part, and what is read then.
HOSTILE = {
    "labels": ["text", 3, [], {}, {"dtype": "int64"}],
    "loss": [{"name": 3, "family": "other", "from_logits": None}, None],
    "optimizer": [{"name": "sgd", "learning_rate": "fast"}, {"name": "s" * 2000}, True],
    "output": [{**dataclasses.asdict(FULL.output), "shape": [[4]]}],  # type: ignore[arg-type]
}


@pytest.mark.parametrize(("part", "told"), [(p, t) for p, some in HOSTILE.items() for t in some])
def test_a_part_that_makes_no_sense_is_not_known_and_the_others_are(part: str, told: Any) -> None:
    header = json.loads(json.dumps(setup.fields(FULL))) | {part: told}
    assert setup.from_header(header) == dataclasses.replace(FULL, **{part: None})


@pytest.mark.parametrize(
    ("field", "told", "read"),
    [
        ("inputs", 3, ()),
        ("inputs", [3, None], ()),
        ("frozen", [1], ()),
        ("frozen", "abc", ()),
        ("dropout", [["a"]], ()),
        ("batch_size", "8", None),
        ("batch_size", 10**400, None),
        ("batch_size", True, None),
        ("planned_steps", 1.5, None),
    ],
)
def test_a_field_that_makes_no_sense_is_not_known(field: str, told: Any, read: Any) -> None:
    header = json.loads(json.dumps(setup.fields(FULL))) | {field: told}
    assert setup.from_header(header) == dataclasses.replace(FULL, **{field: read})


def test_fields_of_a_newer_writer_are_left_out_and_missing_ones_have_their_defaults() -> None:
    header = json.loads(json.dumps(setup.fields(FULL)))
    header["loss"]["temperature"] = 3
    del header["loss"]["weighted"], header["loss"]["first"], header["dropout"]
    back = setup.from_header(header)
    assert back.loss is not None and not back.loss.weighted and math.isnan(back.loss.first)
    assert back.dropout == () and back.labels == FULL.labels


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.sampled_from([f.name for f in dataclasses.fields(Setup)]), json_values)
def test_no_header_breaks_the_reader(field: str, told: Any) -> None:
    assert isinstance(setup.from_header({field: told}), Setup)
    header = json.loads(json.dumps(setup.fields(FULL)))
    if isinstance(header[field], dict):
        for name in header[field]:
            assert isinstance(setup.from_header({field: header[field] | {name: told}}), Setup)
