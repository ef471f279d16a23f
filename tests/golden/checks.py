"""The golden check, table of predictions and chosen examples, all by plain arithmetic."""

import numpy as np

from tb_deepdebug.records.analysis import (
    Analysis,
    Bin,
    Calibration,
    Condition,
    Confusion,
    Effect,
    Metrics,
    Pattern,
    Reversal,
    Share,
    Slice,
    Stratum,
)
from tb_deepdebug.records.check import Check, Item, Line, Number, Picture
from tb_deepdebug.records.estimate import Estimate
from tb_deepdebug.records.examples import Examples, LayerPicture
from tb_deepdebug.records.predictions import MISSING, Column, Kept, Predictions, Scores
from tb_deepdebug.stats.quantise import quantise


def a_check(step):
    """Every kind of picture, a number without an interval, an infinite one."""
    x = np.arange(8.0)
    curve = Line("held out", x, x / 8 + step, x / 16, np.where(x < 7, x / 4, np.nan))
    bars = Line("heart rate", np.arange(9.0), x * 2)
    rungs = Line("R2", x[:2] / 2, x[:2], x[:2] / 4, x[:2], labels=("last value", "mean"))
    return Check(
        "synthetic_task",
        "partial" if step else "running",
        "R2 0.5 on held-out users.",
        "Train longer.",
        (Number("R2", 0.5, 0.25, 0.75), Number("padding", np.inf, unit="%")),
        (Item("finite", "pass", "no NaN"), Item("order", "fail", "sorted", "Shuffle.", 1)),
        (
            Picture("lines", "Learning curve", "step", "R2", (curve,), (("pass", 0.875),)),
            Picture("bars", "Values", "value", "cells", (bars,), log_y=True),
            Picture("intervals", "Ladder", "R2", "task", (rungs,)),
            Picture("heat", "Course", "batch", "value", grid=np.eye(3), extent=(0, 3, 0, 1)),
        ),
        (("steps", "2,000"),),
    )


def a_table(step):
    """Twelve rows of four users, two of them without a label."""
    i = np.arange(12, dtype=np.float32)
    label = np.where(i % 6 == 5, np.nan, i % 2).astype(np.float32)
    codes = np.array([0, 1, MISSING] * 4, np.uint32)
    kept = Kept(
        np.array([3, 7], np.uint32),
        ("loss", "win"),
        (np.arange(20, dtype=np.float32) - step).reshape(2, 5, 2),
        np.arange(10.0).reshape(2, 5),
        ("heart rate", "steps"),
    )
    return Predictions(
        "binary",
        label,
        Scores(i / 16),
        Scores((12 - i) / 16),
        group=Column("user", (np.arange(12) // 3).astype(np.uint32), ("a", "b", "c", "d")),
        time=np.arange(12) * 604800.0,
        columns=(Column("age", 20 + i), Column("sex", codes, ("f", "m"))),
        kept=kept,
        analysis=an_analysis(),
    )


def an_analysis():
    """Every part of an analysis."""
    some, other = Estimate(0.75, 0.5, 0.875), Estimate(0.5)
    metrics = Metrics(10, 4, 5, {"auroc": some}, {"auroc": other}, {"auroc": Estimate()})
    condition = (Condition("age", ">", 25.0),)
    effect = Effect(5, 2, some)
    tested = Effect(5, 2, some, 0.125, 0.25)
    bins = (Bin(0.0, 0.5, 8, 0.25, some), Bin(0.5, 1.0, 4, 0.625, other))
    return Analysis(
        "binary",
        "group",
        1000,
        0.95,
        50,
        10,
        metrics,
        group_metrics=metrics,
        calibration=Calibration(bins, None, other),
        confusion=Confusion(("0", "1"), ((4, 1), (2, 3)), None, 0.5),
        strata=(Stratum("age > 25", condition, True, metrics),),
        slices=(Slice("age > 25", condition, "gain", effect, tested, False),),
        patterns=(
            Pattern(
                *("age > 25", condition, "user"),
                *(Share(1, 2, 2), Share(0, 2, 1), other, 0.5, 0.5, "unknown"),
            ),
        ),
        reversals=(Reversal("auroc", "sex", 0.25, (("sex == f", -0.125),)),),
        tried=3,
        notes=("the column notes has 4,000 categories: not looked at",),
    )


def some_examples(step):
    """Two rows, a layer on the input's time axis and one that is pooled."""
    wave = (np.arange(32).reshape(2, 8, 2) % 5 - 2).astype(np.float32) * 2.0**-step
    wave[1, 6:] = np.nan
    layers = tuple(
        LayerPicture(name, "time", quantise(np.maximum(wave[:, ::stride], 0)))
        for name, stride in (("conv1", 1), ("conv2", 2))
    )
    return Examples(
        np.array([3, 7], np.uint32),
        wave,
        wave / 4,
        np.array([7, 5], np.uint32),
        np.arange(16.0).reshape(2, 8),
        ("heart rate", "steps"),
        layers,
    )
