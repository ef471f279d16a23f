"""The grammar of conditions; the frontend's twin is held to the same table."""

import dataclasses
import json
from pathlib import Path

import pytest

from tb_deepdebug.analysis import condition
from tb_deepdebug.records.analysis import Condition

CASES = json.loads(Path(__file__).with_name("conditions.json").read_text(encoding="utf-8"))
VALID = [case for case in CASES if "conditions" in case]
INVALID = [case for case in CASES if "error" in case]


@pytest.mark.parametrize("case", VALID, ids=lambda case: case["text"])
def test_text_means_these_conditions(case):
    found = condition.parse(case["text"])
    assert [dataclasses.asdict(one) for one in found] == case["conditions"]
    assert condition.text(found) == case["canonical"]
    assert condition.parse(case["canonical"]) == found


@pytest.mark.parametrize("case", INVALID, ids=lambda case: case["text"])
def test_wrong_text_is_told_what_was_expected(case):
    with pytest.raises(ValueError) as caught:
        condition.parse(case["text"])
    assert str(caught.value) == case["error"]


@pytest.mark.parametrize(
    "name", ["", " ", "a b", "a\tb", '"', "'", "\\", '\\"', "and", "a=b", "(x)", "3", "3e4", "ü"]
)
def test_any_name_can_be_written(name):
    conditions = (Condition(name, "==", name), Condition(name, "missing"))
    assert condition.parse(condition.text(conditions)) == conditions
