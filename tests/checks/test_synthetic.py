"""A net is taught what it can see, and not what it can't; the check tells how it went."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from needs import needs
from taught_nets import SEEN, T, keras_gru, keras_short, noise, torch_causal, torch_gru

from tb_deepdebug.checks import synthetic_task
from tb_deepdebug.checks.problem import given, posed
from tb_deepdebug.checks.score import Scorer
from tb_deepdebug.checks.task import Task
from tb_deepdebug.checks.tasks import TASKS
from tb_deepdebug.checks.training import Budget, Trainer

torch = needs("torch")
X = noise()
FAST: dict[str, Any] = {"steps": 240, "learning_rate": 0.02, "progress": False}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("build", [torch_gru, keras_gru])
def test_a_gru_learns_the_last_value(build: Callable[[], Any]) -> None:
    check = synthetic_task(build(), noise(300), "last_value", **FAST)
    assert check.verdict == "pass", str(check)
    assert "Learned to tell the last value within" in check.sentence and check.next == ""
    # The trivial predictor that is the task itself is set aside, and said.
    assert ("not counted as trivial", "the last step: it is the task") in check.settings


@pytest.mark.parametrize("build", [lambda: torch_causal(SEEN), keras_short])
def test_who_sees_five_steps_does_not_learn_the_first_tenth(build: Callable[[], Any]) -> None:
    check = synthetic_task(build(), X, "mean_first_tenth", **FAST)
    assert check.verdict == "fail"
    assert "Not learned within" in check.sentence and "cannot" not in str(check)
    assert "memory_ladder" in check.next
    assert check["R2 on held-out users"].value < 0.2


def test_the_same_seed_tells_the_same() -> None:
    told = [
        synthetic_task(torch_gru(), X, "mean", steps=20, seed=seed, progress=False)["skill"].value
        for seed in (1, 1, 2)
    ]
    assert told[0] == told[1] != told[2]


def test_adding_has_the_published_trivial_error() -> None:
    check = synthetic_task(
        torch_causal(2), X, "adding", steps=4, learning_rate=0.01, progress=False
    )
    assert check["MSE of no memory, published"].value == 1 / 6
    assert check["MSE of the mean"].value == pytest.approx(1 / 6, rel=0.15)


def test_copying_has_the_published_trivial_error() -> None:
    check = synthetic_task(
        torch_causal(2), noise(timesteps=30), "copying", steps=4, learning_rate=0.01, progress=False
    )
    published = check["the same a timestep, 10 ln 8 / (T + 20)"].value
    assert published == pytest.approx(10 * np.log(8) / (10 + 20))
    assert check["cross-entropy of shares"].value == pytest.approx(np.log(8), rel=0.02)
    assert check.verdict == "fail"


def test_skill_is_against_the_best_trivial_predictor() -> None:
    """Of the slowest of series the last step tells all but the noise."""
    rng = np.random.default_rng(0)
    level = rng.normal(size=(200, 1, 1))
    x = level + 0.1 * rng.normal(size=(200, T, 1))
    problem = posed(TASKS["mean_first_tenth"], given(x, *[None] * 4))
    scorer = Scorer(problem)
    assert scorer.best == "the mean over time"
    y, held = problem.y, problem.held
    perfect = scorer.full(y[held][:, None])
    assert perfect.r2.value == perfect.skill.value == 1 and perfect.verdict == "pass"
    worse = scorer.full(x[held, -1, :])  # not so good as the mean over time
    assert worse.r2.value > 0.9 and worse.skill.value < 0 and worse.verdict == "fail"
    mse, around = ((y[held] - x[held, -1, 0]) ** 2).mean(), y[held].var()
    assert worse.r2.value == pytest.approx(1 - mse / around)
    assert worse.r2.low < worse.r2.value < worse.r2.high


def test_a_loss_that_is_not_finite_fails_with_the_next_thing_to_do() -> None:
    check = synthetic_task(torch_gru(), X, "last_value", **{**FAST, "learning_rate": 1e30})
    assert check.verdict == "fail" and "not finite" in check.sentence
    assert "learning_rate=1e+29" in check.next


def test_a_loss_lost_to_the_inputs_is_not_the_learning_rates() -> None:
    x = X.copy()
    x[:, 0] = np.inf
    task = Task("last", "the last value", TASKS["last_value"].target, 0)
    check = synthetic_task(torch_gru(), x, task, **FAST)
    assert check.verdict == "fail" and "not finite" in check.sentence
    assert check.next.startswith("The inputs hold NaN or infinities")


class Interrupting:
    """A task's progress, stopped by hand at its third validation."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self, course: Any) -> None:
        self.looks += 1
        if self.looks == 3:
            raise KeyboardInterrupt


def test_stopped_by_hand_there_is_what_there_is() -> None:
    problem = posed(TASKS["mean"], given(X, *[None] * 4))
    trainer = Trainer(problem, Budget(steps=80, learning_rates=(0.01,)))
    course = trainer.course(torch_gru(), Interrupting(), lambda step: None)
    assert course.stopped == "by hand" and len(course.scores) == 3
    assert trainer.full_score(course).loss > 0


def test_what_is_hopeless_ends_early() -> None:
    check = synthetic_task(torch_causal(2), X, "mean_first_tenth", patience=4, **FAST)
    steps = check.pictures[0].lines[0].x
    assert steps[-1] < 200 and "stopped when it was flat" in check.sentence


def test_the_log_has_the_curve_while_it_grows(tmp_path: Path, capsys: Any) -> None:
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    options: dict[str, Any] = {"learning_rate": 0.01, "logdir": tmp_path, "progress": True}
    synthetic_task(torch_gru(), X, "mean", steps=80, **options)
    assert "mean 100% [########################] R2" in capsys.readouterr().err
    events = list(EventFileLoader(str(next(tmp_path.iterdir()))).Load())
    tags = [(event.step, value.tag) for event in events for value in event.summary.value]
    curve = [step for step, tag in tags if tag == "deepdebug/check/synthetic_task/mean/r2"]
    assert curve == list(range(0, 81, 2))
    records = [step for step, tag in tags if "deepdebug/check/" not in tag]
    assert sorted(set(records)) == curve  # "running", and how it ended


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"task": "means"}, "one of"),
        ({"x": X[:5]}, "10 users"),
        ({"x": X[:, 0, 0]}, "series"),
        ({"steps": 0}, "`steps`"),
        ({"steps": 1.5}, "`steps` must be an integer"),
        ({"patience": -1}, "`patience`"),
        ({"seed": -1}, "`seed`"),
        ({"learning_rate": -1}, "`learning_rate`"),
        ({"learning_rate": float("nan")}, "`learning_rate`"),
        ({"learning_rate": "x"}, "must be a number, or several"),
        ({"validation": 1.5}, "`validation`"),
    ],
)
def test_what_does_not_fit_is_said(options: dict[str, Any], message: str) -> None:
    arguments = {"x": X, "task": "mean", **options}
    with pytest.raises((TypeError, ValueError), match=message):
        synthetic_task(torch_gru(), arguments.pop("x"), arguments.pop("task"), **arguments)


def test_inputs_are_the_models_own_or_noise() -> None:
    with pytest.raises(ValueError, match=r"must be 'own' or 'noise'\. Received: 'x'"):
        synthetic_task(torch_gru(), X, "last_value", inputs="x", **FAST)  # type: ignore[arg-type]
