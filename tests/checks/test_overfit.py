"""Nets that can and can't learn a few rows by heart, and rows that nobody could."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from needs import needs

import tb_deepdebug as dd
from tb_deepdebug.records.check import Check

torch = needs("torch")
nn = torch.nn
torch.set_num_threads(1)  # a net of a few hundred weights is slower on more

R = np.random.default_rng(0)
X = R.normal(size=(120, 6, 2)).astype(np.float32)
GROUPS = np.repeat(np.arange(40), 3)
BINARY = (R.random(120) < 0.3).astype(float)
CLASSES = R.integers(0, 3, 120)
VALUES = R.normal(500, 100, 120)


def overfit_small(*args: Any, **options: Any) -> Check:
    return dd.checks.overfit_small(*args, **{"progress": False, "steps": 300, **options})


def net(outputs: int = 1, *last: Any, wide: int = 12, bias: float | None = None) -> Any:
    """A dropout of half its units would keep it from learning anything by heart."""
    first = nn.Linear(wide, 24)
    if bias is not None:
        first = Shifted(wide, 24, bias)
    hidden = [nn.Flatten(), first, nn.ReLU(), nn.Dropout(0.5)]
    return nn.Sequential(*hidden, nn.Linear(24, outputs), *last)


class Shifted(nn.Linear):  # type: ignore[misc]
    """Its bias is drawn where no ReLU behind it ever fires."""

    def __init__(self, inputs: int, outputs: int, bias: float) -> None:
        self.shift = bias
        super().__init__(inputs, outputs)

    def reset_parameters(self) -> None:
        super().reset_parameters()
        nn.init.constant_(self.bias, self.shift)


def item(check: Check, name: str) -> Any:
    return next(one for one in check.items if one.name == name)


LABELS: dict[str, tuple[Any, Any, str]] = {
    "binary": (net(), BINARY, "AUROC"),
    "binary, behind a sigmoid": (net(1, nn.Sigmoid()), BINARY[:, None], "AUROC"),
    "binary, of two outputs": (net(2), BINARY, "accuracy"),
    "classes": (net(3), CLASSES, "accuracy"),
    "one-hot": (net(3), np.eye(3)[CLASSES], "accuracy"),
    "several tasks": (net(2), np.stack([BINARY, 1 - BINARY[::-1]], 1), "AUROC"),
    "values": (net(), VALUES, "R2"),
    "values above 0 of a ReLU": (net(1, nn.Softplus()), VALUES / 100, "R2"),
}


@pytest.mark.parametrize("name", LABELS)
def test_a_sound_net_learns_its_own_and_random_labels(name: str) -> None:
    model, y, metric = LABELS[name]
    before = [p.detach().clone() for p in model.parameters()]
    got = overfit_small(model, X, y, groups=GROUPS)
    assert got.verdict == "pass" and "random labels too" in got.sentence, str(got)
    assert got[metric].value >= 0.99 and got[f"{metric} with random labels"].value >= 0.99
    assert f"learning rate {got['learning rate'].value:g}" in got.sentence
    assert all(map(torch.equal, before, model.parameters())) and model.training


def test_rows_are_of_one_user_each_and_of_every_class() -> None:
    got = overfit_small(net(), X, BINARY, groups=GROUPS)
    assert got["rows"].value == 32
    assert overfit_small(net(), X, BINARY, groups=GROUPS // 4)["rows"].value == 10
    rare = np.where(np.arange(120) == 7, 1.0, 0.0)
    rare[5] = np.nan
    assert overfit_small(net(), X, rare).verdict == "pass"


def test_dead_units_learn_no_labels_at_all() -> None:
    got = overfit_small(net(bias=-1000.0), X, BINARY)
    assert got.verdict == "fail" and "nor random labels" in got.sentence
    assert "same output" in got.sentence and "Diagnosis" in got.next
    assert [one.verdict for one in got.items[:2]] == ["fail", "fail"]
    assert "0.01: AUROC 0.500" in got.items[0].sentence


def test_a_linear_net_learns_what_is_linear_but_not_random_labels() -> None:
    x = R.normal(size=(64, 1)).astype(np.float32)
    got = overfit_small(nn.Linear(1, 1), x, (x[:, 0] > 0).astype(float))
    assert got.verdict == "partial" and "capacity" in got.next
    assert [one.verdict for one in got.items[:2]] == ["pass", "fail"]
    without = overfit_small(nn.Linear(1, 1), x, (x[:, 0] > 0).astype(float), random_labels=False)
    assert without.verdict == "pass" and len(without.items) == 2


def test_a_learning_rate_that_is_too_high_is_passed_over() -> None:
    got = overfit_small(net(), X, VALUES, learning_rates=(1e30, 1e-2))
    assert got.verdict == "pass" and got["learning rate"].value == 0.01
    assert "1e+30: R2 nan (not finite" in got.items[0].sentence
    assert [len(one.lines) for one in got.pictures] == [2, 2]
    none = overfit_small(net(), X, VALUES, learning_rates=(1e30,), random_labels=False)
    assert none.verdict == "fail" and "NaN" in none.next


def test_a_loss_that_still_falls_wants_steps() -> None:
    got = overfit_small(
        net(), X, VALUES, steps=40, learning_rates=(1e-2,), random_labels=False, examples=100
    )
    assert got.verdict == "partial" and got.next == "Raise `steps`."


def twice(pairs: list[tuple[float, float]]) -> tuple[Any, Any]:
    """Rows that are there twice, labelled as told."""
    x = np.random.default_rng(1).normal(size=(len(pairs), 6, 2)).astype(np.float32)
    return np.repeat(x, 2, axis=0), np.array(pairs).reshape(-1)


# 8 of 16 pairs conflict: 8 positives above all 16 negatives, 8 above 8 and level with 8.
BOUND = (8 * 16 + 8 * 8 + 8 * 8 / 2) / 16**2


def test_conflicting_duplicates_bound_what_can_be_reached() -> None:
    x, y = twice([(0.0, 1.0)] * 8 + [(0.0, 0.0)] * 4 + [(1.0, 1.0)] * 4)
    got = overfit_small(net(), x, y)
    assert got["best AUROC that can be reached"].value == pytest.approx(BOUND) == 0.875
    assert got["AUROC"].value == pytest.approx(BOUND, abs=0.01)
    assert got.verdict == "partial" and "0.875 can be reached" in got.sentence
    conflicts = item(got, "equal inputs with different labels")
    assert conflicts.verdict == "partial" and conflicts.sentence.startswith("16 of the 32 rows")
    assert item(got, "random labels").verdict == "pass"


def test_inputs_that_are_all_the_same_tell_nothing() -> None:
    got = overfit_small(net(), np.ones_like(X), BINARY)
    assert got.verdict == "fail" and got["best AUROC that can be reached"].value == 0.5


def test_masked_steps_and_several_inputs_reach_the_net() -> None:
    class Two(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.gru, self.out = nn.GRU(2, 24, batch_first=True), nn.Linear(26, 1)

        def forward(self, series: Any, table: Any) -> Any:
            h, _ = self.gru(series)
            table = table[:, None].expand(-1, h.shape[1], -1)
            return self.out(torch.cat([h, table], -1))

    mask = np.arange(6) < R.integers(1, 7, 120)[:, None]
    got = overfit_small(Two(), [X, X[:, 0]], BINARY, mask=mask, reads="mean")
    assert got.verdict == "pass"


UNKNOWN: dict[str, tuple[Any, dict[str, Any], str]] = {
    "one class": (np.ones(120), {}, "all labels of the rows are 1"),
    "no labels": (np.full(120, np.nan), {}, "0 labelled rows"),
    "one user": (BINARY, {"groups": np.zeros(120)}, "1 labelled rows, of as many users"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_cant_be_tried_is_unknown_and_says_why(name: str) -> None:
    y, options, reason = UNKNOWN[name]
    got = overfit_small(net(), X, y, **options)
    assert got.verdict == "unknown" and reason in got.sentence


ERRORS: dict[str, tuple[Any, Any, dict[str, Any], str]] = {
    "length": (net(), BINARY[1:], {}, r"for each of the 120 rows of `x`.*\(119,\)"),
    "texts": (net(), np.full(120, "a"), {}, "must be numbers"),
    "steps": (net(), X[..., :1], {}, r"\[N, outputs\].*\(120, 6, 1\)"),
    "columns": (net(2), np.stack([VALUES] * 3, 1), {}, "as many columns.*2. Received: 3"),
    "classes": (net(2), CLASSES, {}, "class indices below 2"),
    "binary": (net(), VALUES, {"loss": "binary"}, "must be 0 or 1"),
    "loss": (net(), VALUES, {"loss": "mae"}, "must be one of.*'mae'"),
    "examples": (net(), BINARY, {"examples": 1}, "at least 2"),
    "rates": (net(), BINARY, {"learning_rates": ()}, "numbers above 0"),
    "groups": (net(), BINARY, {"groups": [1]}, "user of each of the 120 rows"),
    "mask": (net(), BINARY, {"mask": [[True]]}, "for each of the 120 rows"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_state_the_rule_and_what_came(name: str) -> None:
    model, y, options, message = ERRORS[name]
    with pytest.raises(ValueError, match=message):
        overfit_small(model, X, y, **options)


def test_it_draws_its_curves_while_it_runs(tmp_path: Path, capsys: Any) -> None:
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    # Labels that no net reaches keep it going for a while.
    options = {"logdir": tmp_path, "learning_rates": (1e-2,), "random_labels": False}
    got = overfit_small(nn.Linear(2, 1), X[:, 0], VALUES, progress=True, steps=250, **options)
    assert got.verdict == "fail"
    assert "learning rate 0.01: stuck after 250 steps" in capsys.readouterr().err
    events = list(EventFileLoader(str(next(tmp_path.iterdir()))).Load())
    tags = [(event.step, value.tag) for event in events for value in event.summary.value]
    losses = [step for step, tag in tags if tag.endswith("overfit_small/loss_its_own_labels")]
    assert losses == list(range(10, 260, 10))
    records = {step for step, tag in tags if "deepdebug/check/" not in tag}
    assert records == {100, 200, 250}
