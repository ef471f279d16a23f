"""Every rule explains itself under the fixed headings; docs/rules.md is made of that."""

from __future__ import annotations

import inspect
import pathlib
import re

import pytest

from tb_deepdebug.findings import links
from tb_deepdebug.findings.documentation import (
    HEADINGS,
    documentation,
    markdown,
    pages,
    parse,
    thresholds,
)
from tb_deepdebug.findings.view import Run
from tb_deepdebug.rules import CATALOGUE, DOCUMENTED, never_firing

RULES = pathlib.Path(inspect.getfile(never_firing)).parent


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_rule_documents_itself(name: str) -> None:
    find = DOCUMENTED[name]
    told = documentation(find)
    assert tuple(told.sections) == HEADINGS and all(told.sections.values())
    assert find.__module__.rpartition(".")[2] == name.replace("-", "_")
    page = markdown(name, find)
    for threshold in thresholds(find):
        line = re.search(rf"^- `{threshold}=.*`: (.+)$", page, re.MULTILINE)
        assert line, f"`{threshold}` of {name} is not explained in the docstring's Args"


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_rule_says_so_where_nothing_is_recorded(name: str) -> None:
    (said,) = list(CATALOGUE[name](Run("empty")))
    assert said.layer is None and len(said.reason) > 10  # type: ignore[union-attr]


def test_every_file_is_in_the_catalogue() -> None:
    files = {path.stem for path in RULES.glob("*.py")} - {"__init__"}
    assert {name.replace("-", "_") for name in DOCUMENTED} == files
    assert set(DOCUMENTED) == set(links.ORDER)


def test_the_page_of_rules_is_up_to_date() -> None:
    docs = pathlib.Path(__file__).parents[2] / "docs" / "rules.md"
    assert docs.read_text() == pages(DOCUMENTED), "run `make docs`"


GOOD = "Title: it is so.\n\n" + "\n\n".join(f"{h}\n{'-' * len(h)}\ntext" for h in HEADINGS)


def test_a_docstring_without_a_heading_is_refused() -> None:
    assert parse(GOOD).summary == "It is so."
    with pytest.raises(ValueError, match="must have the headings"):
        parse(GOOD.replace("Causes\n------\ntext\n\n", ""))
    with pytest.raises(ValueError, match="must begin 'Title: summary'"):
        parse(GOOD.replace("Title: it is so.", "Untold"))
