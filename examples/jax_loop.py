"""JAX, and anything else that gives arrays: the summaries' `*_pb` twins and `EventWriter`.

python examples/jax_loop.py --logdir logs
tensorboard --logdir logs            # the DeepDebug tab
"""

from __future__ import annotations

import argparse
import pathlib

import jax
import jax.numpy as jnp

import tb_deepdebug as dd


def layer(weights: jax.Array, x: jax.Array) -> jax.Array:
    """`[batch, time, 1]` -> pre-activations `[batch, time, units]`, a leaky sum over time."""

    def leak(h: jax.Array, x_t: jax.Array) -> tuple[jax.Array, jax.Array]:
        h = 0.9 * h + x_t @ weights[:1]
        return h, h

    first = jnp.zeros((len(x), weights.shape[1]))
    return jax.lax.scan(leak, first, x.swapaxes(0, 1))[1].swapaxes(0, 1) + weights[1]


def logit(weights: jax.Array, x: jax.Array) -> jax.Array:
    """One number an example, at the last timestep."""
    return jax.nn.relu(layer(weights, x))[:, -1].sum(-1)


def main(logdir: str, steps: int) -> float:
    """Fits the sum of a series, logging every step; returns the last loss."""
    x = jax.random.normal(jax.random.key(0), (16, 50, 1))
    weights = 0.1 * jax.random.normal(jax.random.key(1), (2, 8))
    loss = jax.jit(lambda w: ((logit(w, x) - x.sum((1, 2))) ** 2).mean())
    with dd.EventWriter(pathlib.Path(logdir, "jax-loop")) as writer:
        for step in range(steps):
            z = layer(weights, x)
            slopes = jax.grad(lambda x: logit(weights, x).sum())(x)  # noqa: B023 (used at once)
            writer.add(dd.summary.preactivations_pb("layer", z), step)
            writer.add(dd.summary.activations_pb("layer", jax.nn.relu(z), input=x), step)
            writer.add(dd.summary.input_gradients_pb("logit", slopes, output_step=49), step)
            writer.add_scalar("loss", float(loss(weights)), step)
            weights = weights - 1e-3 * jax.grad(loss)(weights)
    return float(loss(weights))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logdir", default="logs")
    parser.add_argument("--steps", type=int, default=20)
    args = parser.parse_args()
    print(f"loss {main(args.logdir, args.steps):.4f}")
