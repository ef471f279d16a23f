"""Which rows' input series are worth keeping: losses, wins and a random rest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.analysis.columns import plain
from tb_deepdebug.analysis.table import Table
from tb_deepdebug.records.predictions import Kept

ROWS = 24
MOST_BYTES = 16 << 20

Chosen = tuple[NDArray[np.uint32], tuple[str, ...]]


def choose(table: Table, count: int = ROWS, seed: int = 0) -> Chosen:
    """Rows and why: a third the top losses, a third the top wins, the rest at random.

    At most one row a group in each list, or one user would fill it. A win is where the model is
    better than the baseline by the most (without one, where its loss is least), a loss the
    reverse; of a binary task losses are false positives and false negatives in turn.
    """
    score = -table.loss if table.gain is None else table.gain
    known = np.flatnonzero(table.usable)
    by_score = known[np.argsort(score[known], kind="stable")]
    losses = _first(table, _in_turn(table, by_score), count // 3, ())
    wins = _first(table, by_score[::-1], count // 3, losses)
    shuffled = np.random.default_rng(seed).permutation(len(table))
    rest = _first(table, shuffled, count - len(losses) - len(wins), [*losses, *wins])
    reasons = ("loss",) * len(losses) + ("win",) * len(wins) + ("random",) * len(rest)
    return np.array([*losses, *wins, *rest], np.uint32), reasons


def _in_turn(table: Table, by_score: NDArray[np.intp]) -> NDArray[np.intp]:
    """The worst of label 0, the worst of label 1, the next of each; as they are if not binary."""
    if table.task != "binary":
        return by_score
    positive = table.label[by_score] == 1
    rank = np.where(positive, np.cumsum(positive), np.cumsum(~positive))
    return by_score[np.argsort(rank, kind="stable")]


def _first(table: Table, rows: NDArray[np.intp], count: int, taken: Sequence[int]) -> list[int]:
    """The first rows of different groups that are not yet taken."""
    found: list[int] = []
    seen: set[int] = set()
    for row in map(int, rows):
        if len(found) >= count:
            break
        unit = int(table.unit[row])
        if unit not in seen and row not in taken:
            seen.add(unit)
            found.append(row)
    return found


def keep(
    table: Table,
    input: Any,
    *,
    kept: int | Sequence[int] | None = None,
    mask: Any = None,
    timestamps: Any = None,
    channels: Sequence[str] | None = None,
    seed: int = 0,
) -> Kept:
    """The input series of `kept` rows (how many, or which), NaN where masked.

    Raises TypeError, ValueError: wrong arguments; the message gives the rule and what came.
    """
    series = plain(input, "`input`")
    if series.ndim not in (2, 3) or len(series) != len(table) or not series.shape[1]:
        raise ValueError(
            f"`input` must have shape ({len(table)}, time) or ({len(table)}, time, channels). "
            f"Received: shape={series.shape}"
        )
    rows, reasons = _wanted(table, kept, series, seed)
    chosen = series[rows].astype(np.float32)
    chosen = chosen[:, :, None] if chosen.ndim == 2 else chosen
    if mask is not None:
        chosen[~_like(series, "mask", mask)[rows].astype(bool)] = np.nan
    names = None if channels is None else tuple(channels)
    if isinstance(channels, str) or (names is not None and len(names) != chosen.shape[2]):
        raise ValueError(
            f"`channels` must be {chosen.shape[2]} names, one a channel of `input`. "
            f"Received: {channels!r}"
        )
    at = None if timestamps is None else _like(series, "timestamps", timestamps, shared=True)
    return Kept(rows, reasons, chosen, None if at is None else at[rows].astype(np.float64), names)


def _wanted(
    table: Table, kept: int | Sequence[int] | None, series: NDArray[Any], seed: int
) -> Chosen:
    if kept is None or isinstance(kept, int | np.integer):
        count = ROWS if kept is None else int(kept)
        if count < 0:
            raise ValueError(f"`kept` must be at least 0 rows. Received: {kept}")
        affordable = MOST_BYTES // (4 * math.prod(series.shape[1:]))
        return choose(table, min(count, affordable), seed)
    rows = np.asarray(kept)
    inside = rows.ndim == 1 and rows.dtype.kind in "iu" and len(np.unique(rows)) == len(rows)
    if not inside or ((rows < 0) | (rows >= len(table))).any():
        raise ValueError(
            f"`kept` must be how many rows, or different rows below {len(table)}. Received: {kept}"
        )
    return rows.astype(np.uint32), ("chosen",) * len(rows)


def _like(series: NDArray[Any], name: str, given: Any, shared: bool = False) -> NDArray[Any]:
    """An array of `[N, time]`, or of `[time]` where all rows may share it."""
    array = plain(given, f"`{name}`")
    if shared and array.shape == series.shape[1:2]:
        return np.broadcast_to(array, series.shape[:2])
    if array.shape != series.shape[:2]:
        raise ValueError(
            f"`{name}` must have shape {series.shape[:2]}, as `input`. Received: {array.shape}"
        )
    return array
