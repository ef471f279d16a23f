"""Checks before training, and predictions after it, on real data that comes with scikit-learn.

    python examples/breast_cancer.py --logdir logs
    tensorboard --logdir logs            # the DeepDebug tab: Checks and Predictions

569 biopsies, 30 measurements of the cell nuclei in each, benign or malignant. No user appears
twice, so the unit of every interval and split is the row.
"""

from __future__ import annotations

import argparse
import pathlib

import keras
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import tb_deepdebug as dd
from tb_deepdebug.keras import DeepDebug

BATCH = 32


def load() -> tuple[list[np.ndarray], list[np.ndarray], list[str]]:
    """Measurements `[rows, 30]` and labels, 1 for malignant, of train and test; their names."""
    data = load_breast_cancer()
    malignant = 1 - data.target
    x_train, x_test, y_train, y_test = train_test_split(
        data.data, malignant, test_size=0.4, random_state=0, stratify=malignant
    )
    return [x_train, x_test], [y_train, y_test], list(data.feature_names)


def build(features: int) -> keras.Model:
    """Two layers of 32 and a logit; the dropout is for the training alone."""
    x = keras.Input((features,), name="measurements")
    h = keras.layers.Dense(32, activation="relu", name="dense_1")(x)
    h = keras.layers.Dropout(0.2)(h)
    h = keras.layers.Dense(32, activation="relu", name="dense_2")(h)
    return keras.Model(x, keras.layers.Dense(1, name="logit")(h))


def batches(x: np.ndarray, y: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    order = np.random.default_rng(0).permutation(len(x))
    return [(x[some], y[some]) for some in np.array_split(order, -(-len(x) // BATCH))]


def inspect(x: list[np.ndarray], y: list[np.ndarray], names: list[str], logdir: str) -> str:
    """Train against test, as they enter the net; returns the verdict."""
    check = dd.checks.inspect_inputs(
        batches(x[0], y[0]),
        logdir=logdir,
        channels=names,
        validation=batches(x[1], y[1]),
        reference=(x[0], y[0]),
    ).run()
    print(f"\n{check}")
    return check.verdict


def main(logdir: str, epochs: int = 40, overfit_steps: int = 300) -> dict[str, str]:
    """Checks, trains, checks again; returns the verdict of each check."""
    keras.utils.set_random_seed(0)
    raw, y, names = load()
    verdicts = {"raw inputs": inspect(raw, y, names, str(pathlib.Path(logdir, "raw")))}

    folder = pathlib.Path(logdir, "breast-cancer")
    run = str(folder / "train")  # where a Keras callback writes what it sees of a training
    scaler = StandardScaler().fit(raw[0])
    x = [scaler.transform(one).astype("float32") for one in raw]
    verdicts["inputs"] = inspect(x, y, names, run)

    model = build(len(names))
    fits = dd.checks.overfit_small(model, x[0], y[0], logdir=run, steps=overfit_steps)
    verdicts["overfit_small"] = fits.verdict
    print(f"\n{fits}")

    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-3), loss)
    debug = DeepDebug(folder, probe=x[1][:64], labels=y[1][:64, None], every=20)
    model.fit(x[0], y[0], batch_size=BATCH, epochs=epochs, verbose=0, callbacks=[debug])

    # What a doctor sees in three measurements, against what the net makes of all thirty.
    few = [names.index(name) for name in ("mean radius", "mean texture", "mean smoothness")]
    trusted = LogisticRegression().fit(x[0][:, few], y[0]).predict_proba(x[1][:, few])[:, 1]
    table = {names[i]: raw[1][:, i] for i in few}
    debug.predictions(
        "malignant", x[1], y[1], activation="sigmoid", baseline=trusted, columns=table
    )

    predicted = 1 / (1 + np.exp(-model.predict(x[1], verbose=0)[:, 0]))
    beats = dd.checks.baseline(x[1], y[1], predicted, held_out=True, logdir=run)
    verdicts["baseline"] = beats.verdict
    print(f"\n{beats}")

    print(f"\n{dd.analyze_predictions(y[1], predicted, baseline=trusted, columns=table)}")
    print("\n" + "\n".join(f"{verdict:8} {name}" for name, verdict in verdicts.items()))
    return verdicts


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logdir", default="logs")
    parser.add_argument("--epochs", type=int, default=40)
    args = parser.parse_args()
    main(args.logdir, args.epochs)
