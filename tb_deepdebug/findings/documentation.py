"""A rule's docstring as its documentation: title, summary, and sections under fixed headings."""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

HEADINGS = (
    "What it means",
    "Why it matters",
    "Causes",
    "What to try",
    "When it is harmless",
    "References",
)
_UNDERLINED = re.compile(r"^(?P<heading>\S.*)\n-{3,}$", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Documentation:
    """What a rule says of itself.

    Attributes:
      title: "Never-firing units".
      summary: the rest of the first line.
      sections: heading -> text, in the order of `HEADINGS`.
    """

    title: str
    summary: str
    sections: Mapping[str, str]


def documentation(find: Callable[..., Any]) -> Documentation:
    """The documentation of a rule, from the docstring of the module that its function is in.

    Raises:
      ValueError: the docstring has not the fixed headings in their order.
    """
    module = sys.modules[find.__module__]
    return parse(module.__doc__ or "", module.__name__)


def parse(docstring: str, name: str = "rule") -> Documentation:
    """Title, summary and sections of a docstring. Raises ValueError as `documentation` does."""
    text = inspect.cleandoc(docstring)
    parts = _UNDERLINED.split(text)
    headings = tuple(part.strip() for part in parts[1::2])
    if headings != HEADINGS:
        raise ValueError(
            f"The docstring of {name} must have the headings {HEADINGS}. Received: {headings}"
        )
    title, _, summary = " ".join(parts[0].split()).partition(": ")
    if not summary:
        raise ValueError(
            f"The docstring of {name} must begin 'Title: summary'. Received: {title!r}"
        )
    sections = dict(zip(headings, (part.strip() for part in parts[2::2]), strict=True))
    return Documentation(title, summary[0].upper() + summary[1:], sections)


def thresholds(find: Callable[..., Any]) -> dict[str, Any]:
    """A rule's keyword arguments and their defaults."""
    parameters = inspect.signature(find).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}


def markdown(name: str, find: Callable[..., Any]) -> str:
    """A rule's documentation as Markdown: sections, then its thresholds."""
    told = documentation(find)
    lines = [f"## {told.title}", "", f"`{name}`: {told.summary}", ""]
    for heading, text in told.sections.items():
        lines += [f"### {heading}", "", text, ""]
    known = thresholds(find)
    if known:
        lines += ["### Thresholds", "", *_thresholds(find, known), ""]
    return "\n".join(lines)


def pages(rules: Mapping[str, Callable[..., Any]]) -> str:
    """Every rule's documentation as one page of Markdown."""
    told = {name: documentation(find) for name, find in rules.items()}
    anchors = {name: re.sub(r"[^a-z0-9 -]", "", t.title.lower()) for name, t in told.items()}
    rows = [
        f"| [{told[name].title}](#{anchors[name].replace(' ', '-')}) | `{name}` | {t.summary} |"
        for name, t in told.items()
    ]
    head = [
        "# Rules",
        "",
        "What `tb_deepdebug` can find wrong with a training, in the order of its mechanics.",
        "Generated from the docstrings in `tb_deepdebug/rules/` by `make docs`.",
        "",
        "| fault | rule | |",
        "| --- | --- | --- |",
        *rows,
        "",
    ]
    return "\n".join([*head, *(markdown(name, find) for name, find in rules.items())])


def _thresholds(find: Callable[..., Any], known: Mapping[str, Any]) -> list[str]:
    """A line a threshold, with what the docstring of the function says of it."""
    doc = inspect.getdoc(find) or ""
    _, _, arguments = doc.partition("Args:\n")
    entries = re.findall(r"^  (\w+(?:, ?\w+)*): ((?:.|\n    )+)", arguments, re.MULTILINE)
    said = {name.strip(): text for names, text in entries for name in names.split(",")}
    return [
        f"- `{name}={value!r}`: {' '.join(said.get(name, '').split())}".removesuffix(": ")
        for name, value in known.items()
    ]
