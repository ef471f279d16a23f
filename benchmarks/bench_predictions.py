"""Half a million predictions analysed and written; the bootstrap against a plain loop; coverage."""

import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np

import tb_deepdebug as dd
from benchmarks.board import tensorboard
from benchmarks.figure import Figure
from benchmarks.measure import exactly, interleave, quartiles, ratio, seconds
from benchmarks.user_effects import World, coverage
from tb_deepdebug.stats.bootstrap import resampled
from tb_deepdebug.stats.metrics_weighted import weighted

_ROWS, _USERS = 500_000, 50_000
_RESAMPLES_A_ROUND = 4  # of ours; the loop is timed on one


def run(quick: bool) -> list[Figure]:
    """On one core as far as NumPy and scikit-learn keep to it."""
    rows, users = (_ROWS // 20, _USERS // 20) if quick else (_ROWS, _USERS)
    sample = _sample(rows, users)
    return [
        *_whole(sample, 1 if quick else 3),
        _bootstrap(sample, users, 3 if quick else 7),
        *_coverage((100,) if quick else (30, 100, 400), 200 if quick else 400),
    ]


def _sample(rows: int, users: int) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    user = rng.integers(0, users, rows)
    latent = rng.normal(size=users)[user] + rng.normal(size=rows)
    model, baseline = (1 / (1 + np.exp(-latent - rng.normal(size=rows))) for _ in range(2))
    columns = {
        "age": rng.integers(18, 90, users)[user],
        "sex": np.array(["female", "male"])[rng.integers(0, 2, users)][user],
        "country": np.array(list("ABCDEFGH"))[rng.integers(0, 8, users)][user],
        "bmi": rng.normal(25, 4, users)[user],
        "workouts": rng.poisson(1, rows),
        "heart rate": rng.normal(70, 8, rows),
    }
    return {
        "labels": (latent > 0.5).astype(np.float64),
        "predictions": model,
        "baseline": baseline,
        "groups": user,
        "columns": columns,
    }


def _whole(sample: dict[str, Any], rounds: int) -> list[Figure]:
    """Analysis alone, and the table encoded and written without it."""
    analysis = [seconds(lambda: dd.analyze_predictions(**sample)) for _ in range(rounds)]
    written, size = [], 0
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            with dd.EventWriter(folder) as writer:
                writer.add(dd.summary.predictions_pb("risk", **sample, analyze=False), step=1)
            written.append(time.perf_counter() - start)
            size = sum(path.stat().st_size for path in Path(folder).iterdir())
            served = _served(Path(folder), 9) if len(written) == rounds else []
    what = f"{len(sample['labels']):,} predictions, 6 columns"
    return [
        Figure(f"{what}: analysed", quartiles(analysis), "s", at_most=60),
        Figure(f"{what}: checked, encoded and written", quartiles(written), "s"),
        Figure(f"{what}: event file", exactly(round(size / 2**20, 1)), "MiB"),
        Figure(
            f"{what}: served",
            quartiles([1e3 * one for one in served[1:]]),
            "ms",
            note=f"over HTTP, all columns; the first time {1e3 * served[0]:.0f} ms",
        ),
    ]


def _served(folder: Path, times: int) -> list[float]:
    """Seconds until TensorBoard has sent the whole table; the first is of a cold cache."""
    query = "frame?run=.&name=risk&kind=predictions&step=1"
    with tensorboard(folder) as address:
        plugin = f"{address}data/plugin/deepdebug/"
        _until_there(f"{plugin}index", b'"risk"')
        return [
            seconds(lambda: urllib.request.urlopen(plugin + query).read()) for _ in range(times)
        ]


def _until_there(url: str, needle: bytes) -> None:
    """TensorBoard loads a log in the background."""
    for _ in range(240):
        try:
            if needle in urllib.request.urlopen(url).read():
                return
        except urllib.error.HTTPError:
            pass
        time.sleep(0.25)
    raise RuntimeError(f"TensorBoard did not load the log: {url}")


def _bootstrap(sample: dict[str, Any], users: int, rounds: int) -> Figure:
    """One resample of users: five metrics of model and baseline."""
    label, user = sample["labels"], sample["groups"]
    predictions = [sample["predictions"], sample["baseline"]]
    models = [weighted("binary", label, one, user, users) for one in predictions]

    def ours() -> float:
        measures = [model.measure for model in models]
        taken = seconds(lambda: resampled(users, _RESAMPLES_A_ROUND, 0, *measures))
        return taken / _RESAMPLES_A_ROUND

    arms = {
        "loop": lambda: seconds(lambda: _loop(label, predictions, user, users)),
        "ours": ours,
        "ours again": ours,
    }
    taken = interleave(arms, rounds=rounds)
    ms = {name: quartiles([1e3 * value for value in values]) for name, values in taken.items()}
    return Figure(
        f"bootstrap, {len(label):,} rows of {users:,} users: plain scikit-learn loop / ours",
        ratio(taken["loop"], taken["ours"]),
        "x",
        at_least=10,
        same=ratio(taken["ours again"], taken["ours"]),
        note=f"a resample: loop {ms['loop']} ms, ours {ms['ours']} ms",
    )


def _loop(label: Any, predictions: list[Any], user: Any, users: int) -> list[list[float]]:
    """What one writes without thinking of speed, but for drawing the rows all at once."""
    from sklearn import metrics

    counts = np.bincount(np.random.default_rng(0).integers(0, users, users), minlength=users)
    rows = np.repeat(np.arange(len(label)), counts[user])
    y = label[rows]
    return [
        [
            metrics.roc_auc_score(y, p := prediction[rows]),
            metrics.average_precision_score(y, p),
            metrics.brier_score_loss(y, p),
            metrics.log_loss(y, p),
            metrics.accuracy_score(y, p > 0.5),
        ]
        for prediction in predictions
    ]


def _coverage(sizes: tuple[int, ...], tables: int) -> list[Figure]:
    """How often 95 % intervals hold the truth, by users and intra-class correlation."""
    figures = []
    for users in sizes:
        for correlation in (0.0, 0.5, 0.9):
            found = {}
            for task in ("binary", "regression"):
                world = World(task, users, correlation)
                found |= coverage(world, tables, resamples=200)
            middle = float(np.mean(list(found.values())))
            least, most = min(found, key=found.__getitem__), max(found, key=found.__getitem__)
            figures.append(
                Figure(
                    f"95 % intervals that hold the truth: {users} users, "
                    f"intra-class correlation {correlation:g}",
                    exactly(round(middle, 1)),
                    "%",
                    at_least=93,
                    note=f"at most 97 wanted; mean of {len(found)} metrics and differences, "
                    f"{least} {found[least]:.1f} to {most} {found[most]:.1f}; {tables} tables",
                )
            )
    return figures
