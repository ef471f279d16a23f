"""Probabilities of normal variables, and moments of a histogram."""

from __future__ import annotations

import math

import numpy as np

from tb_deepdebug.findings.view import Floats
from tb_deepdebug.stats.log_bins import LogBins


def normal_beyond(mean: Floats, variance: Floats, bound: float) -> Floats:
    """P(|z| > bound) of normal z, by element; 0 or 1 where the variance is 0."""
    std = np.sqrt(np.maximum(variance, 0))
    safe = np.maximum(std, 1e-300)
    with np.errstate(over="ignore"):
        upper = np.clip((bound - mean) / safe, -40, 40)
        lower = np.clip((-bound - mean) / safe, -40, 40)
    return _phi(-upper) + _phi(lower)


def _phi(x: Floats) -> Floats:
    return 0.5 * np.array([math.erfc(-value / math.sqrt(2)) for value in np.ravel(x)])


def share_beyond(counts: Floats, bins: LogBins, bound: float) -> float:
    """Share of a histogram's cells `[2 * size + 1]` beyond +-bound; bins are taken whole.

    A bin counts as beyond if its inner edge is; NaN of an empty histogram.
    """
    edges = bins.edges()
    outside = (edges[:-1] >= bound) | (edges[1:] <= -bound)
    total = counts.sum()
    return float(counts[outside].sum() / total) if total > 0 else math.nan


def skew_and_kurtosis(counts: Floats, bins: LogBins) -> tuple[float, float]:
    """Skewness and excess kurtosis of a histogram, from the middles of its bins.

    NaN where all cells are in one bin.
    """
    edges = bins.edges()
    middle = (edges[:-1] + edges[1:]) / 2
    weight = counts / max(float(counts.sum()), 1.0)
    mean = float((weight * middle).sum())
    off = middle - mean
    variance = float((weight * off**2).sum())
    if not variance > 0:
        return math.nan, math.nan
    third, fourth = float((weight * off**3).sum()), float((weight * off**4).sum())
    return third / variance**1.5, fourth / variance**2 - 3


def bimodality(skewness: float, excess: float) -> float:
    """Sarle's coefficient (skew^2 + 1) / kurtosis: 1/3 if normal, 5/9 if uniform, 1 of two points.

    The population's; a sample's needs a correction that vanishes for thousands of cells.
    """
    kurtosis = excess + 3
    return (skewness**2 + 1) / kurtosis if kurtosis > 0 else math.nan
