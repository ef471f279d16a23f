"""What is measured in a graph is what NumPy measures of the same arrays."""

from typing import Any

import numpy as np
import pytest
from needs import needs

from tb_deepdebug.records import health

tf = needs("tensorflow")
graph = needs("tb_deepdebug.keras.health_graph")
SHAPES = ((3, 4), (), (1000,), (0,), (7, 1, 5), (1,))


def arrays(dtype: str, decades: int, seed: int) -> list[np.ndarray]:
    """Of every shape, over twice as many decades."""
    rng = np.random.default_rng(seed)
    spread = 10.0 ** rng.uniform(-decades, decades, 2000)
    return [np.asarray(rng.normal(size=s) * rng.choice(spread, s), dtype) for s in SHAPES]


def rows(weights: Any, gradients: Any, before: Any, jit: bool) -> list[np.ndarray]:
    @tf.function(jit_compile=jit)
    def measured() -> Any:
        given = [[tf.constant(x) for x in part] for part in (weights, gradients, before)]
        moved = graph.updates(given[2], given[0])
        return graph.rows(given[1], None), graph.rows(given[0], None, zeros=False), moved

    return [part.numpy() for part in measured()]


def special(values: list[np.ndarray]) -> None:
    """What is rare in a healthy net: not finite, denormal, of either zero."""
    values[0][...] = np.nan
    values[2][:6] = [np.nan, np.inf, -np.inf, 0.0, -0.0, np.float32(1e-40)]


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("healthy", [True, False])
def test_rows_are_those_of_the_arrays(dtype: str, healthy: bool, jit: bool) -> None:
    decades = 2 if healthy or dtype == "float16" else 30
    weights, gradients, moves = (arrays(dtype, decades, seed) for seed in range(3))
    gradients[2][3:6] = [0.0, -0.0, 1e-40]
    if not healthy:
        special(gradients)
        weights[4][...] = np.inf
        weights[2][0] = np.nan
    with np.errstate(invalid="ignore", over="ignore"):
        before = [np.asarray(w - m, dtype) for w, m in zip(weights, moves, strict=True)]
        wide = "float64" if dtype == "float64" else "float32"
        made = [w.astype(wide) - b.astype(wide) for w, b in zip(weights, before, strict=True)]
    found = rows(weights, gradients, before, jit)
    names = [str(shape) for shape in SHAPES]
    twin = health.from_arrays(names, weights, gradients, made)
    np.testing.assert_array_equal(graph.counts(found[0]), twin.gradient_counts)
    np.testing.assert_array_equal(graph.counts(found[1]), twin.weight_counts)
    measures = graph.measures(*found, SHAPES)
    for name, row in twin.measures.items():
        exact = name.endswith(("nonfinite", "zero"))
        np.testing.assert_allclose(measures[name], row, rtol=0 if exact else 1e-5, err_msg=name)


def test_a_sample_of_a_large_tensor_takes_every_unit_in_turn() -> None:
    large = np.tile(np.arange(512, dtype=np.float32) + 1, (1024, 1))
    sampled = graph.counts(graph.rows([tf.constant(large)], 4096).numpy())
    whole = graph.counts(graph.rows([tf.constant(large)], None).numpy())
    assert whole.sum() == large.size and 3900 < sampled.sum() <= 4096
    np.testing.assert_allclose(sampled / sampled.sum(), whole / whole.sum(), atol=2e-3)


def test_counts_beyond_the_integers_of_float32_are_exact() -> None:
    size = (1 << 24) + 3
    row = graph.rows([tf.zeros([size])], 0).numpy()[0]
    assert row[2] == size and np.isnan(row[graph.SUMMARY :]).all()
