"""Checks, predictions and chosen examples: every plane, number and name of the wire format."""

import dataclasses
import json

import numpy as np
import pytest
from summaries import decoded

from tb_deepdebug.records.analysis import Analysis, Condition, Metrics, Stratum
from tb_deepdebug.records.check import Check, Item, Line, Number, Picture
from tb_deepdebug.records.estimate import Estimate
from tb_deepdebug.records.examples import Examples, LayerPicture
from tb_deepdebug.records.predictions import MISSING, Column, Kept, Predictions, Scores
from tb_deepdebug.stats.quantise import quantise
from tb_deepdebug.wire.summary import encode

pytestmark = pytest.mark.filterwarnings("error")
nan, inf = np.nan, np.inf


def a_check():
    curve = Line("held out", np.arange(3.0), np.array([0.1, 0.5, nan]), *np.ones((2, 3)))
    bars = Line("heart rate", np.arange(4.0), np.array([1.0, 5.0, 2.0]), labels=("a", "b", "c"))
    return Check(
        "inputs",
        "partial",
        "2 of 3 are fine.",
        "Shuffle.",
        (Number("gain", 0.25, -inf, nan, "%"),),
        (Item("finite", "pass", "no NaN"), Item("order", "fail", "sorted", "Shuffle.", 1)),
        (
            Picture("lines", "Curve", "step", "R2", (curve,), (("pass", 0.9),), log_y=True),
            Picture("bars", "Histogram", "value", "cells", (bars,)),
            Picture("heat", "Over time", "batch", "value", grid=np.eye(2), extent=(0, 2, 0, 1)),
        ),
        (("steps", "2,000"),),
    )


def test_a_check():
    header, found, numbers, standard = decoded(encode("inputs", a_check()), "check")
    assert (header["check"], header["verdict"], header["next"]) == ("inputs", "partial", "Shuffle.")
    assert header["numbers"] == [
        {"name": "gain", "value": 0.25, "low": "-inf", "high": None, "unit": "%"}
    ]
    assert [(one["verdict"], one["picture"]) for one in header["items"]] == [
        ("pass", None),
        ("fail", 1),
    ]
    lines, bars, heat = header["pictures"]
    assert lines["references"] == [{"name": "pass", "value": 0.9}] and lines["log_y"] is True
    assert lines["lines"] == [{"name": "held out", "plane": "0/0", "labels": None}]
    assert bars["lines"][0]["labels"] == ["a", "b", "c"]
    assert (heat["grid"], heat["extent"], heat["lines"]) == ("2/grid", [0, 2, 0, 1], [])
    assert found["0/0"].rows == ("x", "y", "low", "high")
    np.testing.assert_array_equal(found["0/0"].array[1], [0.1, 0.5, nan])
    np.testing.assert_array_equal(found["1/0"].array, [[0, 1, 2, 3], [1, 5, 2, nan]])
    np.testing.assert_array_equal(found["2/grid"].array, np.eye(2, dtype=np.float32))
    assert header["settings"] == [["steps", "2,000"]] and standard == {}
    assert numbers.scalars == {
        "verdict": 1,
        "items": 2,
        "pass": 1,
        "partial": 0,
        "fail": 1,
        "unknown": 0,
        "running": 0,
        "value": 0.25,
    }


def test_a_check_reads_as_text():
    check = a_check()
    assert str(check).splitlines() == [
        "PARTIAL inputs: 2 of 3 are fine.",
        "  PASS     finite: no NaN",
        "  FAIL     order: sorted",
        "  next: Shuffle.",
    ]
    assert check["gain"].value == 0.25
    with pytest.raises(KeyError, match=r"numbers are ..gain... Received: .skill."):
        check["skill"]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Check("inputs", "passed", ""),
        lambda: Check("inputs", "pass", "", items=(Item("a", "good", ""),)),
        lambda: Picture("pie", "", "", ""),
    ],
)
def test_an_unknown_verdict_or_picture_is_refused(wrong):
    with pytest.raises(ValueError, match=r"must be one of .* Received: '(passed|good|pie)'"):
        wrong()


def a_table():
    defined, not_defined = Estimate(0.75, 0.5, 1.0), Estimate()
    metrics = Metrics(3, 2, 1, {"auroc": defined, "brier": not_defined})
    stratum = Stratum("age > 60", (Condition("age", ">", 60.0),), True, metrics)
    kept = Kept(
        np.array([2, 0], np.uint32),
        ("loss", "random"),
        np.arange(12, dtype=np.float32).reshape(2, 3, 2),
        np.arange(6.0).reshape(2, 3),
        ("heart rate", "steps"),
    )
    return Predictions(
        "binary",
        np.array([0, 1, nan, 1], np.float32),
        Scores(np.array([0.25, 0.5, 0.75, 1], np.float32)),
        Scores(np.array([0.5, 0.5, 0.5, 0.5], np.float32)),
        group=Column("user", np.array([0, 0, 1, 1], np.uint32), ("ann", "b\u00f6b")),
        time=np.arange(4.0),
        columns=(
            Column("age", np.array([60, 61, nan, 20], np.float32)),
            Column("sex", np.array([0, 1, MISSING, 0], np.uint32), ("f", "m")),
        ),
        kept=kept,
        analysis=Analysis("binary", "group", 1000, 0.95, 50, 10, metrics, strata=(stratum,)),
    )


def text_of(plane):
    return json.loads(bytes(plane.array))


def test_a_table_of_predictions():
    record = a_table()
    header, found, numbers, standard = decoded(encode("apnea", record), "predictions")
    assert (header["task"], header["rows"], header["group"]) == ("binary", 4, "user")
    assert header["columns"] == [
        {"name": "age", "kind": "number"},
        {"name": "sex", "kind": "category"},
    ]
    assert header["kept"] == {
        "reasons": ["loss", "random"],
        "channels": ["heart rate", "steps"],
        "timesteps": 3,
    }
    assert "probability" not in found and "column/0/names" not in found
    np.testing.assert_array_equal(found["label"].array, record.label)
    np.testing.assert_array_equal(found["prediction"].array, record.model.prediction)
    np.testing.assert_array_equal(found["baseline"].array, 0.5)
    assert text_of(found["group/names"]) == ["ann", "b\u00f6b"]
    assert found["column/1"].array.tolist() == [0, 1, MISSING, 0]
    assert text_of(found["column/1/names"]) == ["f", "m"]
    assert found["kept/input"].array[0].tolist() == [[0, 2, 4], [1, 3, 5]]
    assert found["kept/rows"].array.tolist() == [2, 0]
    analysis = text_of(found["analysis"])
    assert analysis["metrics"]["model"]["brier"] == {"value": None, "low": None, "high": None}
    assert analysis["strata"][0]["conditions"] == [
        {"column": "age", "operator": ">", "value": 60.0}
    ]
    assert set(analysis) == {field.name for field in dataclasses.fields(Analysis)}
    assert numbers.scalars["auroc"] == 0.75 and np.isnan(numbers.scalars["brier"])
    assert [numbers.scalars[name] for name in ("rows", "labelled", "groups")] == [4, 3, 2]
    assert standard == {"deepdebug/apnea/auroc": 0.75}


def test_a_table_of_several_classes_without_an_analysis():
    scores = Scores(np.array([2, 0], np.float32), np.array([0.5, 0.25], np.float32))
    record = Predictions("multiclass", np.array([2, 1], np.float32), scores, scores)
    header, found, numbers, standard = decoded(encode("kind", record), "predictions")
    assert list(found) == [
        *("label", "prediction", "probability", "baseline", "baseline_probability")
    ]
    assert header["analysed"] is False and header["group"] is None and header["kept"] is None
    assert standard == {} and np.isnan(numbers.scalars["accuracy"])


def test_chosen_examples():
    picture = quantise(np.arange(24.0).reshape(2, 4, 3))
    series = np.arange(16, dtype=np.float32).reshape(2, 4, 2)
    record = Examples(
        np.array([7, 3], np.uint32),
        series,
        -series,
        np.array([3, 3], np.uint32),
        channels=("a", "b"),
        layers=(LayerPicture("conv", "time", picture),),
    )
    header, found, numbers, standard = decoded(encode("apnea", record), "examples")
    assert header["layers"] == [
        {
            "name": "conv",
            "axis": "time",
            "units": 3,
            "cells": 4,
            "values": "0/values",
            "scale": "0/scale",
        }
    ]
    np.testing.assert_array_equal(found["gradient"].array, -series.transpose(0, 2, 1))
    np.testing.assert_array_equal(found["0/values"].array, picture.codes)
    assert found["0/scale"].rows == ("low", "high") and "timestamps" not in found
    assert numbers.scalars == {"examples": 2, "layers": 1} and standard == {}
    bare = dataclasses.replace(record, gradient=None)
    assert "gradient" not in decoded(encode("apnea", bare), "examples")[1]
