"""Tables of predictions with planted truths."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tb_deepdebug.analysis.table import Table


def wearers(
    users: int = 200,
    rows: int = 8,
    *,
    seed: int = 0,
    planted: float = 0.0,
    correlation: float = 0.5,
    baseline: bool = True,
) -> Table:
    """A binary task; the model's logit is wrong by `planted` for men above 55.

    Label, model and baseline are correlated within a user; no other column matters.
    """
    rng = np.random.default_rng(seed)
    user = np.repeat(np.arange(users), rows)

    def latent() -> NDArray[np.float64]:
        own, rest = rng.normal(size=users)[user], rng.normal(size=len(user))
        return np.sqrt(correlation) * own + np.sqrt(1 - correlation) * rest

    columns = {
        "age": rng.normal(50, 10, users)[user].astype(np.float32).astype(np.float64),
        "sex": np.array(["female", "male"], object)[rng.integers(0, 2, users)][user],
        "country": np.array(list("ABCDE"), object)[rng.integers(0, 5, users)][user],
        "weekday": rng.integers(0, 7, len(user)).astype(np.float64),
    }
    truth = latent()
    weak = (columns["age"] > 55) & (columns["sex"] == "male")
    model = 1.5 * truth + latent() - planted * weak * np.sign(truth)
    other = truth + latent()
    return Table(
        "binary",
        (truth > 0).astype(np.float64),
        1 / (1 + np.exp(-model)),
        1 / (1 + np.exp(-other)) if baseline else None,
        group=user,
        columns=columns,
    )
