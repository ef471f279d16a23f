"""Trains the demo's scenarios over several seeds, and says in how many each story came out.

    python -m benchmarks.demo_seeds --seeds 5

A seed is that of the weeks, the weights and the batches: all three vary. Nothing is logged; each
net is measured on test users as it trains. A seed takes about four minutes on two idle cores.
"""

import argparse
import json
import time
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import tb_deepdebug as dd
from tb_deepdebug.demo.command import Size
from tb_deepdebug.demo.scenarios import SCENARIOS
from tb_deepdebug.demo.train import Data, Training
from tb_deepdebug.demo.wearables import generate

NEAR, FAR = 64, 1024  # timesteps: lags below, and lags from
LOOKS = (0, 5, 10, 20, 40, 70, 100, 200, 300, 400, 500, 600)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--only", nargs="*", help="names of scenarios")
    options = parser.parse_args()
    outcomes = []
    for seed in range(options.first, options.first + options.seeds):
        outcomes.append({"seed": seed})
        data = Data(generate(Size.users, seed, Size.timesteps), Size.tested)
        for scenario in SCENARIOS:
            if options.only and scenario.name not in options.only:
                continue
            outcomes[-1] |= {scenario.name: outcome(scenario, data, seed)}
            print(seed, scenario.name, json.dumps(outcomes[-1][scenario.name]), flush=True)
    if not options.only:
        print(table(outcomes))


def outcome(scenario: Any, data: Data, seed: int) -> dict[str, Any]:
    """Trains one net and measures it at `LOOKS`."""
    training = Training(scenario, data, Size.steps, seed)
    model = training.model
    acts = [model.get_layer(f"conv_{number}").output for number in (2, 3)]
    inner = tf.function(keras.Model(model.inputs, acts))
    looks, norms, done, start = [], [], 0, time.monotonic()
    for step in LOOKS:
        norms += [training.step()[1] for _ in range(done, step)]
        done = step
        looks.append({"step": step} | _look(training, inner, data))
    took = time.monotonic() - start
    return {"looks": looks, "largest gradient": max(norms), "seconds": round(took, 1)}


def _look(training: Training, inner: Any, data: Data) -> dict[str, float]:
    rows = data.probed(32)
    second, third = (a.numpy() for a in inner([data.x[rows], data.mask[rows]]))
    return {
        "error": training.test_error(),
        "dead_2": float(np.mean(_valid(second, data.mask[rows]).max(axis=0) <= 0)),
        "constant_3": _constant(third, data.mask[rows]),
        "dead_3": float(np.mean(_valid(third, data.mask[rows]).max(axis=0) <= 0)),
        "drop": _drop(training.model, data),
    }


def _mask(mask: np.ndarray, time: int) -> np.ndarray:
    return mask.reshape(len(mask), time, -1).any(axis=2)


def _valid(a: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The valid cells, `[cells, units]`."""
    return a[_mask(mask, a.shape[1])]


def _constant(a: np.ndarray, mask: np.ndarray) -> float:
    """The share of units that stay within 1e-6 of their size over time, in every example."""
    constant = [
        np.ptp(week[some], axis=0) <= 1e-6 * np.abs(week[some]).max(axis=0)
        for week, some in zip(a, _mask(mask, a.shape[1]), strict=True)
    ]
    return float(np.mean(np.all(constant, axis=0)))


def _drop(model: keras.Model, data: Data) -> float:
    """log10 of far over near sensitivity of the midpoint's output to its past; 0 is flat."""
    rows = data.probed(8)
    middle, mask = data.x.shape[1] // 2, data.mask[rows]
    gradients = dd.input_gradients(
        model,
        [data.x[rows], mask],
        layer="raw_output",
        wrt="readings",
        output_step=middle,
        mask=mask,
        dtype="float64",
    )
    size = np.linalg.norm(gradients, axis=2)
    curve = np.log10(np.maximum(size, 1e-300)).mean(axis=0)
    return float(curve[: middle - FAR].mean() - curve[middle - NEAR : middle].mean())


def table(outcomes: list[dict[str, Any]]) -> str:
    """One row a seed, in Markdown."""
    head = [
        "seed",
        "relu-dead: largest gradient norm",
        "conv_2 all dead from step",
        "conv_3 constant / dead at the end",
        "its test error",
        "leaky-relu: test error",
        "average-pooling: log10 far/near, start -> end",
        "last-timestep: the same",
        "test error average / last",
    ]
    rows = [" | ".join(head), " | ".join(["---"] * len(head))]
    rows += [" | ".join(_row(o)) for o in outcomes]
    return "\n".join(f"| {row} |" for row in rows)


def _row(o: dict[str, Any]) -> list[str]:
    ends = {name: run["looks"][-1] for name, run in o.items() if name != "seed"}
    dead = o["relu-dead"]
    curves = [
        f"{o[name]['looks'][0]['drop']:.1f} -> {ends[name]['drop']:.1f}"
        for name in ("average-pooling", "last-timestep")
    ]
    return [
        str(o["seed"]),
        f"{dead['largest gradient']:.0f}",
        _dead_from(dead["looks"]),
        f"{ends['relu-dead']['constant_3']:.0%} / {ends['relu-dead']['dead_3']:.0%}",
        f"{ends['relu-dead']['error']:.2f}",
        f"{ends['leaky-relu']['error']:.2f}",
        *curves,
        f"{ends['average-pooling']['error']:.2f} / {ends['last-timestep']['error']:.2f}",
    ]


def _dead_from(looks: list[dict[str, float]]) -> str:
    """The first look from which on every unit of conv_2 is dead until the end."""
    alive = [look["step"] for look in looks if look["dead_2"] < 1]
    later = [look["step"] for look in looks if not alive or look["step"] > alive[-1]]
    return f"{later[0]:.0f}" if later else f"never ({looks[-1]['dead_2']:.0%})"


if __name__ == "__main__":
    main()
