"""Items about order: what repeats, whether labels are shuffled and belong to their inputs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.checks.inputs import labels as of_labels
from tb_deepdebug.checks.inputs.account import Account
from tb_deepdebug.checks.inputs.hashes import Seen
from tb_deepdebug.checks.inputs.stages import Stage
from tb_deepdebug.records.check import Item
from tb_deepdebug.stats.linear_scores import chi_squared_beyond

# Ours: the variance of batch means over that of shuffled labels, and the chance of so much.
UNSHUFFLED, LUMPY, BY_CHANCE = 4.0, 1.5, 1e-3
TELLS = 0.01  # p of the permutation test
SAME_LABELS = 0.99  # of the examples that are found in the reference
_MOST_NAMED = 3


def items(
    account: Account,
    source: tuple[NDArray[np.uint64], NDArray[np.float64]] | None,
    stages: Sequence[Stage],
) -> Iterator[Item]:
    """Every item about order, labels and filtering."""
    if not account.passes:
        return
    first = account.passes[0]
    yield _batches(first)
    yield _examples(first, account.examples)
    again = _again(account.passes)
    if again:
        yield again
    if not account.labels.count:
        yield Item("labels", "unknown", "no labels were found", "Give `unpack`: batch -> (x, y).")
    else:
        yield _shuffled(account)
        yield _belong(account, source)
    known = np.isfinite(account.labels.together()) if account.labels.count else None
    if known is not None and not known.all():
        missing = int((~known).sum())
        yield Item(
            "missing labels",
            "partial",
            f"{missing:,} of {len(known):,} labels are NaN",
            "Mask them in the loss, or drop their examples.",
        )
    yield from _filtering(account, stages)


def _batches(seen: Seen) -> Item:
    if not seen.repeats:
        return Item("repeated batches", "pass", f"{len(seen.batches):,} batches, no two the same")
    told = [f"batch {late} is batch {early} again" for late, early in seen.repeats[:_MOST_NAMED]]
    more = len(seen.repeats) - _MOST_NAMED
    return Item(
        "repeated batches",
        "fail",
        "; ".join(told) + (f"; and {more:,} more" if more > 0 else ""),
        "Look for a generator that starts anew, or `repeat` before `shuffle`.",
    )


def _examples(seen: Seen, count: int) -> Item:
    repeated = seen.repeated_examples()
    left = f"; {seen.uncompared:,} were not compared" if seen.uncompared else ""
    if not repeated:
        return Item("repeated examples", "pass", f"{count:,} examples, no two the same{left}")
    share = repeated / max(seen.kept, 1)
    return Item(
        "repeated examples",
        "partial" if share > 0.01 else "pass",
        f"{repeated:,} of {seen.kept:,} examples ({share:.1%}) came before in the same pass{left}",
        "Drop duplicates before the split, or they leak into validation." if share > 0.01 else "",
    )


def _again(passes: Sequence[Seen]) -> Item | None:
    """Whether a second pass has the batches of the first in the same order."""
    if len(passes) < 2 or len(passes[-1].batches) < 4:
        return None
    pairs = list(zip(passes[-2].batches, passes[-1].batches, strict=False))
    same = float(np.mean([a == b for a, b in pairs]))
    if same > 0.5:
        return Item(
            "reshuffled",
            "partial",
            f"{same:.0%} of the batches of this pass are those of the pass before, in its order",
            "Shuffle anew for every epoch, so that batches differ.",
        )
    return Item("reshuffled", "pass", "every pass has batches of its own")


def _shuffled(account: Account) -> Item:
    found = of_labels.order(account.labels.batches)
    if found is None:
        return Item("label order", "unknown", "too few batches or a single label: can't be told")
    sentence = (
        f"the labels of a batch are alike {found.excess:.2g} times as much as those of shuffled "
        f"batches (p {_p(found.p)}); {found.one_label:.0%} of the batches have a single label, "
        f"by chance {found.one_label_chance:.0%}"
    )
    if found.p > BY_CHANCE or found.excess < LUMPY:
        return Item("label order", "pass", sentence)
    return Item(
        "label order",
        "fail" if found.excess > UNSHUFFLED else "partial",
        sentence,
        "Shuffle before batching, with a buffer as large as the dataset, or by user.",
    )


def _p(p: float) -> str:
    return "below 0.0001" if p < 1e-4 else f"{p:.2g}"


def _belong(
    account: Account, source: tuple[NDArray[np.uint64], NDArray[np.float64]] | None
) -> Item:
    name = "labels belong to their inputs"
    if source is not None:
        return _compared(account, source, name)
    found = of_labels.link(account.chosen.features, account.chosen.labels)
    if found is None:
        return Item(name, "unknown", "too few examples, or a single label: can't be told")
    sentence = (
        f"a linear fit on each channel's mean, deviation and last value tells the labels of "
        f"{found.rows:,} examples with {found.measure} {found.score:.2f}, shuffled ones with "
        f"{found.chance:.2f} (p {_p(found.p)})"
    )
    if found.p < TELLS:
        return Item(name, "pass", sentence)
    return Item(
        name,
        "unknown",
        f"{sentence}: so simple features tell nothing of them",
        "Pass reference=(x, y), the source in its own order, to be sure.",
    )


def _compared(
    account: Account, source: tuple[NDArray[np.uint64], NDArray[np.float64]], name: str
) -> Item:
    hashes, labels = account.passes[0].together(), account.labels.together()
    count = min(len(hashes), len(labels))
    found = of_labels.agreement(hashes[:count], labels[:count], *source)
    if found.found < max(1, found.asked // 100):
        return Item(
            name,
            "unknown",
            f"{found.found:,} of {found.asked:,} examples are in the reference as they come here",
            "Give the reference as the net sees it: same preprocessing, same dtype.",
        )
    sentence = (
        f"{found.share:.1%} of {found.found:,} examples found in the reference have its label"
    )
    if found.share >= SAME_LABELS:
        return Item(name, "pass", sentence)
    return Item(
        name, "fail", sentence, "Inputs and labels are shuffled or filtered apart: zip them first."
    )


def _filtering(account: Account, stages: Sequence[Stage]) -> Iterator[Item]:
    if not stages:
        return
    final = account.labels.together() if account.labels.count else None
    every = [*stages, Stage("the batches", account.examples, final)]
    told, verdict = [], "pass"
    for before, after in itertools.pairwise(every):
        kept = after.count / before.count if before.count else float("nan")
        told.append(f"{after.name} keeps {after.count:,} of {before.count:,} ({kept:.0%})")
        if kept < 0.5:
            verdict = "partial"
        shift = _shifted(before.labels, after.labels)
        if shift:
            told[-1] += f", {shift}"
            verdict = "partial"
    yield Item(
        "filtering",
        "partial" if verdict == "partial" else "pass",
        "; ".join(told),
        "Is what was dropped like what was kept?" if verdict == "partial" else "",
    )


def _shifted(before: NDArray[np.float64] | None, after: NDArray[np.float64] | None) -> str | None:
    """Words for a class ratio that moved by five points beyond chance (chi squared, p < 0.001)."""
    if before is None or after is None or not of_labels.is_classes(before):
        return None
    values = np.unique(before[np.isfinite(before)])
    old = np.array([(before == v).sum() for v in values], float)
    new = np.array([(after == v).sum() for v in values], float)
    if not new.sum() or len(values) < 2 or len(values) > of_labels.MOST_CLASSES:
        return None
    expected = old / old.sum() * new.sum()
    value = float(((new - expected) ** 2 / np.maximum(expected, 1e-9)).sum())
    moved = new / new.sum() - old / old.sum()
    worst = int(np.abs(moved).argmax())
    if chi_squared_beyond(value, len(values) - 1) > 1e-3 or abs(moved[worst]) < 0.05:
        return None
    share = new / new.sum()
    return (
        f"class {values[worst]:g} goes from {share[worst] - moved[worst]:.0%} to {share[worst]:.0%}"
    )
