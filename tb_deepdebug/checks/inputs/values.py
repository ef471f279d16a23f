"""Items about the values of the inputs: shapes, NaN, ranges, centres, scales, padding.

Thresholds without a source are ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.checks.inputs.account import Account, Input
from tb_deepdebug.checks.inputs.channels import Channels
from tb_deepdebug.checks.inputs.pictures import MOST_HISTOGRAMS
from tb_deepdebug.records.check import Item, Verdict

FAR_FROM_ZERO = 0.5  # |mean| / standard deviation
UNEVEN_SCALES = 100.0  # largest / smallest standard deviation of the channels
FAR_OUT = 50.0  # standard deviations from the mean: a sentinel rather than a value
MUCH_PADDING = 0.5
OFTEN_ONE_VALUE = 0.9
_MOST_NAMED = 4


def items(account: Account, names: tuple[str, ...] | None) -> Iterator[Item]:
    """Every item about values, over all inputs."""
    yield _shapes(account)
    numbers = [one for one in account.inputs.values() if one.kind == "numbers" and one.channels]
    if not numbers:
        yield Item("values", "unknown", _without(account), "Give arrays of numbers, or `unpack`.")
        return
    labels = [(one, one.channels, _names(one, names)) for one in numbers if one.channels]
    yield _finite(labels)
    if not any(channels.finite.any() for _, channels, _ in labels):
        yield Item("values", "unknown", "there is no finite value to look at")
        return
    yield _ranges(labels)
    yield _centred(labels)
    yield _scales(labels)
    yield _constant(labels)
    yield from _padding(labels)


def _names(one: Input, names: tuple[str, ...] | None) -> list[str]:
    count = 0 if one.channels is None else len(one.channels.count)
    given = names if names is not None and len(names) == count else None
    prefix = "" if one.name == "x" else f"{one.name} "
    return [prefix + (given[i] if given else f"channel {i}") for i in range(count)]


Told = list[tuple[Input, Channels, list[str]]]


def _without(account: Account) -> str:
    if account.unread:
        name, why = next(iter(account.unread.items()))
        return f"no input is an array of floating-point numbers: {name} is {why}"
    return "no input is an array of floating-point numbers"


def _shapes(account: Account) -> Item:
    ranks = {name: {len(shape) for shape in one.shapes} for name, one in account.inputs.items()}
    for name, one in account.inputs.items():
        if len(one.dtypes) > 1:
            kinds = _first_seen(one, list(one.dtypes))
            return Item(
                "shape and dtype",
                "fail",
                f"{name} changes its dtype: {kinds}",
                "Cast to one dtype as the last step of the pipeline.",
            )
        channels = {shape[-1] if shape else None for shape in one.shapes}
        if len(ranks[name]) > 1 or (one.kind == "numbers" and len(channels) > 1):
            kinds = _first_seen(one, list(one.shapes))
            return Item(
                "shape and dtype",
                "fail",
                f"{name} changes its shape: {kinds}",
                "Every batch must have the same axes and channels.",
            )
    told = [
        f"{name} {next(iter(one.dtypes))} [batch, {_shape(one)}]"
        for name, one in account.inputs.items()
    ]
    sizes = sorted(set(account.sizes[:-1]) or set(account.sizes))
    batches = f"{sizes[0]}" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
    sentence = f"{', '.join(told[:_MOST_NAMED])}; {batches} examples a batch"
    unread = [f"{name} is {why}" for name, why in account.unread.items()]
    if unread:
        sentence += f"; not looked at: {', '.join(unread[:_MOST_NAMED])}"
    return Item("shape and dtype", "pass", sentence)


def _first_seen(one: Input, keys: Sequence[object]) -> str:
    return ", ".join(f"{_text(key)} (batch {one.first[key]})" for key in keys[:_MOST_NAMED])


def _text(key: object) -> str:
    return f"[batch, {', '.join(map(str, key))}]" if isinstance(key, tuple) else str(key)


def _shape(one: Input) -> str:
    axes = zip(*one.shapes, strict=True)
    told = [
        str(min(sizes)) if len(set(sizes)) == 1 else f"{min(sizes)} to {max(sizes)}"
        for sizes in axes
    ]
    return ", ".join(told) if told else "no other axis"


def _finite(told: Told) -> Item:
    bad = []
    for _, channels, names in told:
        for i in np.flatnonzero(channels.nan + channels.infinite):
            parts = [
                f"{count:,} {word}"
                for count, word in ((channels.nan[i], "NaN"), (channels.infinite[i], "infinite"))
                if count
            ]
            bad.append(f"{names[i]} has {' and '.join(parts)} of {channels.count[i]:,} values")
    if not bad:
        cells = sum(int(channels.count.sum()) for _, channels, _ in told)
        return Item("finite", "pass", f"none of {cells:,} values is NaN or infinite")
    first = min(c.first_nonfinite for _, c, _ in told if c.first_nonfinite is not None)
    return Item(
        "finite",
        "fail",
        f"{_some(bad)}; first in batch {first}",
        "Impute or mask them: one NaN makes every weight NaN within a step.",
    )


def _some(texts: Sequence[str]) -> str:
    more = len(texts) - _MOST_NAMED
    return "; ".join(texts[:_MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")


def _ranges(told: Told) -> Item:
    """A value 50 standard deviations out can be no sample's: n values lie within sqrt(n)."""
    far, ranges, pictured = [], [], None
    for one, channels, names in told:
        std = channels.std
        with np.errstate(invalid="ignore", divide="ignore"):
            out = np.maximum(channels.high - channels.mean, channels.mean - channels.low) / std
        for i, name in enumerate(names):
            if channels.finite[i]:
                ranges.append(f"{name} {channels.low[i]:.4g} to {channels.high[i]:.4g}")
            if np.isfinite(out[i]) and out[i] > FAR_OUT:
                farther = channels.high[i] - channels.mean[i] > channels.mean[i] - channels.low[i]
                value = channels.high[i] if farther else channels.low[i]
                far.append(f"{name} reaches {value:.4g}, {out[i]:.0f} standard deviations out")
                pictured = _pictured(told, one, i) if pictured is None else pictured
    if far:
        return Item(
            "ranges",
            "partial",
            _some(far),
            "Look for sentinels (65,535, -999) and units; clip or mask them.",
            pictured,
        )
    return Item("ranges", "pass", _some(ranges), picture=0)


def _centred(told: Told) -> Item:
    off, pictured = [], None
    for one, channels, names in told:
        ratio = _over(np.abs(channels.mean), channels.std)
        for i in np.argsort(-np.nan_to_num(ratio)):
            if np.isfinite(ratio[i]) and ratio[i] > FAR_FROM_ZERO:
                off.append(
                    f"{names[i]} has mean {channels.mean[i]:.4g}, {ratio[i]:.2g} standard "
                    "deviations from zero"
                )
                pictured = _pictured(told, one, int(i)) if pictured is None else pictured
    if off:
        return Item(
            "zero-centred",
            "partial",
            _some(off),
            "Subtract each channel's mean over the training users.",
            pictured,
        )
    return Item("zero-centred", "pass", "every channel's mean is within half a deviation of zero")


def _pictured(told: Told, one: Input, channel: int) -> int | None:
    """The picture of a channel's histogram: the first input's come first."""
    return channel if one is told[0][0] and channel < MOST_HISTOGRAMS else None


def _over(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(b > 0, a / b, np.nan)


def _scales(told: Told) -> Item:
    stds = [
        (float(std), name)
        for _, channels, names in told
        for std, name in zip(channels.std, names, strict=True)
        if np.isfinite(std) and std > 0
    ]
    if len(stds) < 2:
        return Item("scales", "pass", "a single channel varies")
    small, large = min(stds), max(stds)
    ratio = large[0] / small[0]
    sentence = (
        f"{large[1]} varies {ratio:,.3g} times as much as {small[1]} "
        f"({large[0]:.3g} against {small[0]:.3g})"
    )
    if ratio > UNEVEN_SCALES:
        return Item("scales", "partial", sentence, "Divide each channel by its standard deviation.")
    return Item("scales", "pass", sentence)


def _constant(told: Told) -> Item:
    constant, count = [], 0
    for _, channels, names in told:
        count += len(names)
        constant += [
            f"{names[i]} is always {channels.low[i] + 0.0:.4g}"
            for i in np.flatnonzero(channels.is_constant)
        ]
    if not constant:
        return Item("constant channels", "pass", f"each of {count} channels varies")
    every = len(constant) == count
    return Item(
        "constant channels",
        "fail" if every else "partial",
        _some(constant),
        "Nothing can be learned of it: look for where the pipeline lost it, or leave it out.",
    )


def _padding(told: Told) -> Iterator[Item]:
    often = []
    for one, _, names in told:
        padding = one.padding
        if padding is None:
            continue
        share = padding.share
        if np.isfinite(share):
            verdict: Verdict = "partial" if share > MUCH_PADDING else "pass"
            yield Item(
                "padding",
                verdict,
                f"{share:.1%} of the timesteps of {one.name} are padding, in "
                f"{padding.padded_examples:,} of {padding.examples:,} examples",
                "Batch series of like length together, and mask the rest."
                if verdict == "partial"
                else "",
            )
        often += [
            f"{names[i]} is {padding.modes[i]:.4g} in {share:.0%} of its values"
            for i, share in enumerate(padding.mode_share)
            if OFTEN_ONE_VALUE < share < 1
        ]
    if often:
        yield Item("commonest value", "partial", _some(often), "Is it a value, or a missing one?")
