"""The result of an inspection: items, a verdict over all of them, pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.checks.inputs import order, pictures, split, values
from tb_deepdebug.checks.inputs.account import Account
from tb_deepdebug.checks.inputs.stages import Stage
from tb_deepdebug.records.check import Check, Item, Number, Picture, Verdict

_GRAVITY: tuple[Verdict, ...] = ("fail", "partial", "unknown", "pass")
_MOST_LINES = 50  # a frame holds 63 planes


def check(
    account: Account,
    *,
    channels: tuple[str, ...] | None = None,
    beside: Account | None = None,
    source: tuple[NDArray[np.uint64], NDArray[np.float64]] | None = None,
    stages: Sequence[Stage] = (),
    inverse: Callable[[Any], Any] | None = None,
) -> Check:
    """What the batches so far tell; "unknown" where none has passed."""
    if not account.batches:
        return Check(
            "inputs",
            "unknown",
            "No batch has passed yet.",
            "Iterate over what is returned.",
            items=tuple(_failures(account)),
        )
    found = [
        *values.items(account, channels),
        *order.items(account, source, stages),
        *split.items(account, beside),
        *_failures(account),
    ]
    found.sort(key=lambda one: _GRAVITY.index(one.verdict))
    counts = Counter(one.verdict for one in found)
    verdict: Verdict = next((one for one in ("fail", "partial") if counts[one]), "pass")
    worst = next((one for one in found if one.verdict == verdict and one.next), None)
    shown = _fitting(list(pictures.pictures(account, channels, inverse)))
    return Check(
        "inputs",
        verdict,
        _sentence(account, counts, found),
        "" if worst is None or verdict == "pass" else worst.next,
        numbers=_numbers(account),
        items=tuple(found),
        pictures=tuple(shown),
        settings=(("seconds spent measuring", f"{account.seconds:.2f}"),),
    )


def running(account: Account) -> Check:
    """While a pass is under way: what is counted, without the tests that take long."""
    return Check(
        "inputs",
        "running",
        f"{account.examples:,} examples in {account.batches:,} batches so far.",
        numbers=_numbers(account),
        items=tuple(values.items(account, None)),
    )


def _fitting(found: list[Picture]) -> list[Picture]:
    """As many pictures as a frame has room for."""
    planes = np.cumsum([len(one.lines) + (one.grid is not None) for one in found])
    return [one for one, at in zip(found, planes, strict=True) if at <= _MOST_LINES]


def _sentence(account: Account, counts: Counter[Verdict], found: Sequence[Item]) -> str:
    seen = f"{account.examples:,} examples in {len(account.sizes):,} batches"
    if counts["fail"]:
        first = next(one for one in found if one.verdict == "fail")
        more = counts["fail"] + counts["partial"] - 1
        return f"{seen}: {first.name}: {first.sentence}" + (
            f"; and {more} more to look at." if more else "."
        )
    if counts["partial"]:
        names = ", ".join(one.name for one in found if one.verdict == "partial")
        return f"{seen}: to look at: {names}."
    return f"{seen}: nothing amiss in {counts['pass']} things looked at."


def _numbers(account: Account) -> tuple[Number, ...]:
    shares = [one.padding.share for one in account.inputs.values() if one.padding]
    padded = [share for share in shares if np.isfinite(share)]
    found = [Number("examples", account.examples), Number("batches", len(account.sizes))]
    if padded:
        found.append(Number("padding", 100 * padded[0], unit="%"))
    return tuple(found)


def _failures(account: Account) -> list[Item]:
    return [
        Item("measuring", "unknown", f"{where} could not be measured: {why}")
        for why, where in list(account.failed.items())[:4]
    ]
