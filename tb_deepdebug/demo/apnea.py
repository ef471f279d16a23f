"""A net that tells sleep apnea, against what age, sex and BMI tell: where it wins and loses."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tb_deepdebug import checks
from tb_deepdebug.demo.cohort import Cohort, recruit
from tb_deepdebug.demo.memory import first_line
from tb_deepdebug.demo.scenarios import APNEA
from tb_deepdebug.demo.size import Size
from tb_deepdebug.demo.train import Data, Training, build, run
from tb_deepdebug.demo.wearables import CHANNELS, unscaled
from tb_deepdebug.keras import DeepDebug
from tb_deepdebug.records.check import Check


def studied(logdir: pathlib.Path, seed: int, size: Size) -> Iterator[str]:
    """Checks and trains the net, and logs to `logdir/apnea`; yields what came of each."""
    folder = logdir / APNEA.name
    cohort = recruit(size.people, size.weeks_each, seed, size.minutes, size.thin_timesteps)
    study = Study(cohort, size.people_tested)
    yield f"apnea: {first_line(inspected(study, folder))}"
    yield f"apnea: {first_line(overfitted(study, folder, size.overfit_steps, seed))}"
    for step, error in train(study, logdir, size.apnea_steps, seed):
        yield f"apnea: step {step:3d}  test log loss {error:.2f}"


class Study:
    """A cohort as the net reads it.

    Args:
      tested: how many users, the last ones, are not trained on.

    Attributes:
      known: probability of apnea from age, sex and BMI alone, `[rows]`: a logistic regression of
        the training users.
    """

    def __init__(self, cohort: Cohort, tested: int) -> None:
        self.cohort = cohort
        labels = cohort.apnea.astype(np.float32)
        held_out = cohort.user > cohort.user.max() - tested
        self.data = Data(cohort.weeks, int(held_out.sum()), labels)
        metadata = np.stack([cohort.age, cohort.sex == "male", cohort.bmi], -1)
        trusted = make_pipeline(StandardScaler(), LogisticRegression())
        trusted.fit(metadata[self.data.train], cohort.apnea[self.data.train])
        self.known = trusted.predict_proba(metadata)[:, 1]

    def batches(self, rows: NDArray[np.int64]) -> Iterator[dict[str, NDArray[Any]]]:
        """Some weeks, shuffled, as they pass into a training."""
        shuffled = np.random.default_rng(0).permutation(rows)
        for some in np.array_split(shuffled, -(-len(shuffled) // APNEA.batch)):
            yield {
                "x": self.data.x[some],
                "y": self.data.y[some, 0],
                "valid": self.data.mask[some],
                "user": self.cohort.user[some],
            }


def train(study: Study, logdir: pathlib.Path, steps: int, seed: int) -> Iterator[tuple[int, float]]:
    """Trains and logs to `logdir/apnea`; yields `(step, test error)`; then tells and compares."""
    estimates = []

    def at_end(debug: DeepDebug, training: Training) -> None:
        tell(debug, study, steps)
        estimates.append(training.estimates(study.data.test)[:, 0])

    yield from run(APNEA, study.data, logdir, steps, seed, at_end=at_end)
    compared(study, estimates[0], logdir / APNEA.name, seed)


def tell(debug: DeepDebug, study: Study, step: int) -> None:
    """Writes what the net says of the test users, a row a week, and what others say."""
    rows, cohort, data = study.data.test, study.cohort, study.data
    weeks = data.weeks[rows]
    columns = {**cohort.metadata, "workouts": cohort.workouts}
    debug.predictions(
        "apnea",
        [data.x[rows], data.mask[rows]],
        data.y[rows, 0],
        activation="sigmoid",
        mask=data.mask[rows],
        series=np.where(weeks.mask[..., None], weeks.readings, np.nan),
        timestamps=weeks.timestamps,
        step=step,
        baseline=study.known[rows],
        groups=cohort.user[rows],
        times=cohort.week[rows],
        group_column="user",
        patterns=("workouts > 2", "sex == male"),  # what one might suspect
        columns={name: of[rows] for name, of in columns.items()},
    )


def inspected(study: Study, folder: pathlib.Path) -> Check:
    """What passes into the training, looked at before it begins."""
    data = study.data
    return checks.inspect_inputs(
        list(study.batches(data.train)),
        logdir=folder,
        unpack=lambda batch: (batch["x"], batch["y"]),
        mask=lambda batch: batch["valid"],
        groups=lambda batch: batch["user"],
        channels=CHANNELS,
        validation=list(study.batches(data.test)),
        reference=(data.x, data.y[:, 0]),
        inverse=unscaled,
    ).run()


def overfitted(study: Study, folder: pathlib.Path, steps: int, seed: int) -> Check:
    """Whether the net can learn a few weeks by heart."""
    rows, data = study.data.train, study.data
    return checks.overfit_small(
        build(APNEA, data.x.shape[1]),
        [data.x[rows], data.mask[rows]],
        data.y[rows, 0],
        loss="binary",
        groups=study.cohort.user[rows],
        learning_rates=(APNEA.learning_rate,),
        steps=steps,
        logdir=folder,
        seed=seed,
        progress=False,
    )


def compared(
    study: Study, estimates: NDArray[np.float32], folder: pathlib.Path, seed: int
) -> Check:
    """The net against simple models of the same weeks.

    Args:
      estimates: the net's logits for the test weeks.
    """
    rows, data = study.data.test, study.data
    return checks.baseline(
        data.x[rows],
        data.y[rows, 0],
        estimates,
        groups=study.cohort.user[rows],
        metadata={name: of[rows] for name, of in study.cohort.metadata.items()},
        mask=data.mask[rows],
        held_out=True,
        logdir=folder,
        seed=seed,
        progress=False,
    )
