"""Arguments of all shapes and kinds, and wrong ones told by rule."""

import collections

import numpy as np
import pytest

from tb_deepdebug.analysis.arguments import floats, tables
from tb_deepdebug.analysis.columns import column, factorised

Y, P = [0, 1, 1, 0], [0.1, 0.9, 0.8, 0.2]
SOFT = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8], [0.6, 0.2, 0.2]])


def only(*arguments, **options):
    return tables(*arguments, **options)[""]


@pytest.mark.parametrize(
    ("labels", "predictions", "task"),
    [
        (Y, P, "binary"),
        ([None, 1, 1, 0], P, "binary"),
        ([True, False, True, True], P, "binary"),
        ([[0], [1], [1], [0]], [[x] for x in P], "binary"),
        ([0, 1, 2, 0], SOFT, "multiclass"),
        ([0.5, 1, 1, 0], P, "regression"),
        ([0, 1, 2, 3], P, "regression"),
    ],
)
def test_the_task_is_told_from_shapes_and_values(labels, predictions, task):
    table = only(labels, predictions)
    assert table.task == task and len(table) == 4


def test_missing_labels_and_lost_predictions_are_not_usable():
    table = only(
        [0, 1, None, 1],
        [0.1, np.nan, 0.3, 0.4],
        baseline=[0.5, 0.5, 0.5, np.inf],
        task="regression",
    )
    assert table.usable.tolist() == [True, False, False, False]
    assert table.predicted.tolist() == [True, False, True, False]


def test_tasks_are_columns():
    found = tables([[0, 1.5], [1, 2.5]], [[0.2, 1], [0.7, 2]], tasks=["ill", "age"])
    assert {name: table.task for name, table in found.items()} == {
        "ill": "binary",
        "age": "regression",
    }


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3, 4], [1, 2, 3, 4]),
        ([1.5, None, float("inf"), 2], [1.5, np.nan, np.nan, 2]),
        (np.array([0.1, 0.2, 0.3, 0.4]), np.float32([0.1, 0.2, 0.3, 0.4]).astype(float)),
        ([True, False, None, True], ["true", "false", None, "true"]),
        (np.array([True, False, False, True]), ["true", "false", "false", "true"]),
        (["a", None, float("nan"), "b"], ["a", None, None, "b"]),
        (["a", float("nan"), "b", "b"], ["a", None, "b", "b"]),
        (np.array(["a", "b", "a", "b"]), ["a", "b", "a", "b"]),
        ([b"a", "b", None, "é".encode()], ["a", "b", None, "é"]),
        (np.array([b"a", b"b", b"a", b"\xff"]), ["a", "b", "a", "\ufffd"]),
    ],
)
def test_columns_are_numbers_or_categories(values, expected):
    found = column("c", values, 4)
    if found.dtype == object:
        assert found.tolist() == expected
    else:
        np.testing.assert_array_equal(found, expected)


def test_names_are_kept_whole_however_long():
    names = ["a", "a\0", "b" * 100_000, "a"]
    found, codes = factorised(names)
    assert [found[code] for code in codes] == names and len(found) == 3


def test_what_float32_cannot_hold_is_not_finite():
    assert floats("labels", [1e39, -1e200, 3.4e38]).tolist() == [np.inf, -np.inf, 3.4e38]


def test_a_data_frame_is_known_by_what_it_can_do():
    class Frame(collections.UserDict):
        columns = ("age", "sex")

    frame = Frame(age=np.array([1, 2, 3, 4]), sex=np.array(["m", "f", "m", None], object))
    table = only(Y, P, columns=frame.data), only(Y, P, columns=frame)
    assert list(table[0].columns) == list(table[1].columns) == ["age", "sex"]


def test_groups_of_any_kind_become_codes():
    for given in (
        [b"b", b"a", "b", "c"],
        np.array([7, 3, 7, 9]),
        [7.0, 3.0, 7.0, 9.0],
        [7, 3, 7, 9],
    ):
        table = only(Y, P, groups=given)
        assert table.group.tolist() == [1, 0, 1, 2]
    assert table.group_names == ("3", "7", "9")


WRONG = [
    (([0, 1], [0.1, 1.2]), {}, "apply a sigmoid.*Received: 0.1 to 1.2"),
    ((Y, [0.1, 0.9, 0.8, -0.2]), {"task": "binary"}, "apply a sigmoid"),
    ((np.eye(3)[[0, 1, 2, 0]], SOFT), {}, r"`labels.argmax\(axis=1\)` if they are one-hot"),
    ((np.ones((4, 3)), SOFT), {}, r"`tasks=\[...\]`"),
    (([0, 1, 2, 3], SOFT), {}, "whole numbers from 0 to 2.*Received: 3"),
    (([0, 1, 1.5, 0], SOFT), {}, "Received: 1.5"),
    (([0, 1, -1, 0], P), {"task": "binary"}, "must be 0 or 1, or NaN"),
    (([0, 1, 2, 0], SOFT * 3), {}, "apply a softmax"),
    (([0, 1, 2, 0], SOFT / 2), {}, "must sum to 1"),
    ((Y, P[:3]), {}, r"must have shape \(4,\).*Received: shape=\(3,\)"),
    ((Y, P), {"baseline": SOFT}, r"`baseline` of a binary task must have shape \(4,\)"),
    ((Y, np.stack([P, P], 1)), {"task": "binary"}, r"`predictions\[:, 1\]`"),
    ((Y, P), {"groups": [1, 2, 3]}, "one a prediction"),
    ((Y, P), {"groups": [1, 2, None, 3]}, "must be known of every row. Received: 1 missing"),
    ((Y, P), {"times": [1, 2]}, "`times` must have shape"),
    ((Y, P), {"columns": {"age": [1, 2]}}, "Column 'age' must have shape"),
    ((Y, P), {"columns": {f"c{k}": Y for k in range(25)}}, "at most 24.*Received: 25"),
    ((Y, P), {"task": "ranking"}, "`task` must be one of binary, multiclass, regression"),
    ((Y, P), {"classes": ["no"]}, "`classes` must be 2 names"),
    (([], []), {}, "`labels` must be one a row"),
    (([[1], [1, 2]], P), {}, r"`labels` must be an array. Received: \[\[1\], \[1, 2\]\]"),
    ((Y, P), {"columns": {"c": [[1], [1, 2]]}}, "Column 'c' must be an array"),
    ((Y, P), {"tasks": ["a", "b"]}, r"must have shape \(4, 2\), a column a task"),
    ((np.ones((4, 2)), np.ones((4, 2))), {"tasks": ["a", "a"]}, "different names"),
]


@pytest.mark.parametrize(("arguments", "options", "rule"), WRONG)
def test_wrong_arguments_are_told(arguments, options, rule):
    with pytest.raises(ValueError, match=rule):
        tables(*arguments, **options)


@pytest.mark.parametrize(
    ("arguments", "options", "rule"),
    [
        ((["yes", "no", "no", "yes"], P), {}, "`labels` must be numbers"),
        ((None, P), {}, "`labels` must be numbers. Received: None"),
        ((Y, None), {}, "`predictions` must be numbers. Received: None"),
        ((Y, np.array(P, complex)), {}, "`predictions` must be numbers. Received: dtype=complex"),
        ((Y, P), {"group_column": 3}, "`group_column` must be a name. Received: 3"),
        ((Y, P), {"columns": [1, 2, 3, 4]}, "a mapping of names to values or a DataFrame"),
        ((Y, P), {"columns": {3: Y}}, "name must be a string"),
        ((Y, P), {"columns": {"c": [1, "a", 2, None]}}, "of one kind. Received: int, str"),
        ((Y, P), {"columns": {"c": np.array(["2020-01-01"] * 4, "M8[D]")}}, "dates: as `times`"),
        ((Y, P), {"times": ["a"] * 4}, "`times` must be numbers or datetime64"),
        ((Y, P), {"tasks": "apnea"}, "`tasks` must be a list of names"),
    ],
)
def test_wrong_kinds_are_told(arguments, options, rule):
    with pytest.raises(TypeError, match=rule):
        tables(*arguments, **options)
