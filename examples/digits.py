"""The three calls in a hand-written TensorFlow training loop, on real handwritten digits.

    python examples/digits.py --logdir logs
    tensorboard --logdir logs            # the DeepDebug tab

scikit-learn's 8 x 8 digits are read a row at a time: eight timesteps of eight pixels. A recurrent
net reads them; its output is differentiated by every timestep of its input.
"""

from __future__ import annotations

import argparse
import pathlib

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import tb_deepdebug as dd


def load() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Digits as `[samples, rows, pixels]` in 0 to 1, and their labels: train, test."""
    digits = load_digits()
    images = digits.images.astype("float32") / 16
    x_train, x_test, y_train, y_test = train_test_split(
        images, digits.target, test_size=0.25, random_state=0, stratify=digits.target
    )
    return x_train, x_test, y_train, y_test


def build() -> keras.Model:
    """Convolution, ReLU, GRU, ten logits; the pre-activations are outputs of their own layer."""
    x = keras.Input((8, 8))
    z = keras.layers.Conv1D(32, 3, padding="same", name="conv")(x)
    a = keras.layers.ReLU(name="relu")(z)
    h = keras.layers.GRU(32, name="gru")(a)
    return keras.Model(x, keras.layers.Dense(10, name="logits")(h))


def main(logdir: str, epochs: int) -> float:
    """Trains, logging once an epoch; returns the test accuracy."""
    keras.utils.set_random_seed(0)
    x_train, x_test, y_train, y_test = load()
    model, probe = build(), x_test[:64]
    inner = keras.Model(model.input, [model.get_layer(n).output for n in ("conv", "relu")])
    optimizer = keras.optimizers.Adam(3e-3)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function
    def train_step(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    batches = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(2048, seed=0).batch(64)
    accuracy = 0.0
    with tf.summary.create_file_writer(str(pathlib.Path(logdir, "digits"))).as_default():
        for epoch in range(epochs + 1):
            z, a = inner(probe)
            dd.summary.preactivations("conv", z, step=epoch)
            dd.summary.activations("relu", a, step=epoch, input=probe)
            gradients = dd.input_gradients(model, probe, output_index=3)
            dd.summary.input_gradients("three", gradients, step=epoch, output_step=7)

            correct = np.argmax(model(x_test), axis=1) == y_test
            accuracy = float(np.mean(correct))
            tf.summary.scalar("accuracy", accuracy, step=epoch)
            if epoch < epochs:
                losses = [train_step(x, y) for x, y in batches]
                tf.summary.scalar("loss", tf.reduce_mean(losses), step=epoch)
    print(f"test accuracy {accuracy:.3f} after {epochs} epochs")
    return accuracy


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logdir", default="logs")
    parser.add_argument("--epochs", type=int, default=15)
    args = parser.parse_args()
    main(args.logdir, args.epochs)
