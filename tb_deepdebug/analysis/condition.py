"""The one grammar of conditions: `column operator value [and ...]`, parsed and written.

A name or a category is a bare word or, where it holds spaces, quotes, brackets or operators, or is
one of the words of the grammar itself, quoted: `"heart rate" > 60 and sex == 'male'`. A value that
reads as a number is one unless it is quoted. `age missing` holds where there is no age.

The frontend has a twin (panels/predictions/condition.ts); tests/analysis/conditions.json holds both
to the same answers.
"""

from __future__ import annotations

import decimal
import math
import re
from collections.abc import Iterable, Iterator
from typing import get_args

from tb_deepdebug.records.analysis import Condition, Operator

_WORDS = ("and", "or", "not", "missing")
_OPERATORS = tuple(one for one in get_args(Operator) if one != "missing")
_ORDERS = ("<", "<=", ">", ">=")
_BARE = r"""[^ \t\r\n"'=!<>()]+"""
_TOKEN = re.compile(
    rf"""[ \t\r\n]*(?:
      (?P<operator>==|!=|<=|>=|<|>)
    | (?P<quoted>"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*')
    | (?P<bare>{_BARE})
    | (?P<other>[\s\S])
    )""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


def parse(text: str) -> tuple[Condition, ...]:
    """The conditions of a text, at least one. Raises ValueError with the rule and what came."""
    tokens = _tokens(text)
    found = [_comparison(tokens)]
    for kind, token in tokens:
        if kind == "end":
            return tuple(found)
        if (kind, token) != ("bare", "and"):
            raise _unexpected("`and` or the end", kind, token)
        found.append(_comparison(tokens))
    raise AssertionError("the tokens end with an end")


def text(conditions: Iterable[Condition]) -> str:
    """The canonical text of conditions: `parse` returns them again."""
    return " and ".join(_told(condition) for condition in conditions)


def _told(condition: Condition) -> str:
    name = quoted(condition.column)
    if condition.operator == "missing":
        return f"{name} missing"
    value = condition.value
    if isinstance(value, str):
        told = _within_quotes(value) if _NUMBER.fullmatch(value) else quoted(value)
    else:
        told = number(value)
    return f"{name} {condition.operator} {told}"


def quoted(name: str) -> str:
    """A name as the grammar reads it: bare where it can be."""
    bare = re.fullmatch(_BARE, name) and name not in _WORDS
    return name if bare else _within_quotes(name)


def number(value: float) -> str:
    """The shortest text of a number, as JavaScript writes it: 40, 0.1, 1e-7, 1e+21."""
    if value == 0:
        return "0"
    exact = decimal.Decimal(repr(float(value))).normalize()
    exponent = exact.adjusted()
    if -7 < exponent < 21:
        return format(exact, "f")
    digits = format(exact.scaleb(-exponent), "f")
    return f"{digits}e{'+' if exponent > 0 else '-'}{abs(exponent)}"


def _within_quotes(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Kind and text of each token, the last of kind "end"."""
    text = text.strip(" \t\r\n")
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        token = match[kind]
        if token in ('"', "'"):
            raise ValueError(f"A quote must be closed. Received: {text[match.start(kind) :]}")
        yield kind, re.sub(r"\\([\s\S])", r"\1", token[1:-1]) if kind == "quoted" else token
    yield "end", ""


def _comparison(tokens: Iterator[tuple[str, str]]) -> Condition:
    kind, column = next(tokens)
    if not _is_name(kind, column):
        raise _unexpected("a column", kind, column)
    kind, operator = next(tokens)
    if (kind, operator) == ("bare", "missing"):
        return Condition(column, "missing")
    if kind != "operator":
        raise _unexpected(f"`missing` or one of {' '.join(_OPERATORS)}", kind, operator)
    kind, value = next(tokens)
    if not _is_name(kind, value):
        raise _unexpected("a number or a category", kind, value)
    known: Operator = operator  # type: ignore[assignment]  # the token's pattern lists them
    if kind == "bare" and _NUMBER.fullmatch(value):
        return Condition(column, known, _finite(value))
    if operator in _ORDERS:
        came = _within_quotes(value) if kind == "quoted" else value
        raise ValueError(f"`{operator}` compares numbers. Received: {came}")
    return Condition(column, known, value)


def _finite(value: str) -> float:
    if math.isinf(float(value)):
        raise ValueError(f"A number must be finite. Received: {value}")
    return float(value) + 0.0  # -0 is 0


def _is_name(kind: str, token: str) -> bool:
    return kind == "quoted" or (kind == "bare" and token not in _WORDS)


def _unexpected(expected: str, kind: str, token: str) -> ValueError:
    came = (
        "the end" if kind == "end" else _within_quotes(token) if kind == "quoted" else f"`{token}`"
    )
    return ValueError(f"Expected {expected}. Received: {came}")
