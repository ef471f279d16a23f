"""Weak slices and loss patterns: what is planted is found, and of noise little is confirmed."""

import builtins
import dataclasses

import numpy as np
import pytest
from analysis.tables import wearers
from needs import needs

import tb_deepdebug as dd
from tb_deepdebug.analysis.analyse import analyse
from tb_deepdebug.analysis.condition import parse
from tb_deepdebug.analysis.patterns import Asked, losses_and_wins, patterns
from tb_deepdebug.analysis.rows import holds
from tb_deepdebug.analysis.slice_trees import candidates
from tb_deepdebug.analysis.slices import halves, told, tried

needs("sklearn")

PLANTED = "age > 55 and sex == male"


def rows_of(conditions, table):
    return holds(conditions, table.columns, len(table))


def test_a_planted_slice_is_found_and_confirmed():
    for seed in range(4):
        table = wearers(500, planted=3, seed=seed)
        weak = told(tried(halves(table, seed), seed))
        truth = rows_of(parse(PLANTED), table)
        for on in ("loss", "gain"):
            best = next(one for one in weak if one.on == on and one.confirmed)
            found = rows_of(best.conditions, table)
            assert np.mean(found == truth) > 0.93, best.text
            assert (best.tested.effect.value > 0) == (on == "loss")


def test_of_noise_little_is_confirmed():
    """With users whose losses are alike (ICC 0.5): any at all in 5 % of tables, here of 40."""
    tests, low, alarms = 0, 0, 0
    for seed in range(40):
        table = wearers(60, 6, seed=seed)
        every = tried(halves(table, seed), seed)
        alarms += any(one.confirmed for one in told(every))
        p = np.array([one.tested.p_above(10) for one in every])
        tests, low = tests + np.isfinite(p).sum(), low + (p < 0.05).sum()
    assert alarms <= 6  # more by chance in one run of 300
    assert tests > 200 and low / tests < 0.08


def test_slices_are_tested_on_users_they_were_not_found_on():
    split = halves(wearers(), seed=3)
    assert not set(split.found.unit) & set(split.tested.unit)
    assert len(split.found) + len(split.tested) == 200 * 8


def test_two_slices_of_the_same_rows_are_told_once():
    table = wearers(planted=3)
    split = halves(table, 0)
    weak = told(tried(split, 0))
    inside = [(one.on, rows_of(one.conditions, split.found)) for one in weak if one.confirmed]
    for k, (on, rows) in enumerate(inside):
        for other, others in inside[:k]:
            assert on != other or (rows & others).sum() <= 0.7 * min(rows.sum(), others.sum())


def test_nodes_of_trees_become_the_simplest_conditions():
    rng = np.random.default_rng(0)
    age, sex = rng.integers(18, 90, 2000).astype(float), rng.integers(0, 2, 2000)
    columns = {"age": age, "sex": np.array(["female", "male"], object)[sex]}
    found = candidates(((age > 61) & (sex == 1)).astype(float), columns)
    texts = {
        " and ".join(sorted(f"{c.column} {c.operator} {c.value}" for c in one)) for one in found
    }
    assert "age > 61.5 and sex == male" in texts or "age > 61.5 and sex != female" in texts
    assert len(texts) == len(found)
    assert all(len({(c.column, c.operator) for c in one}) == len(one) for one in found)


def test_a_typed_pattern_is_told_from_none_and_from_too_few():
    table = wearers(300, planted=3)
    one_user = np.where(table.unit == 7, "yes", "no").astype(object)
    table = dataclasses.replace(table, columns={**table.columns, "alone": one_user})
    asked = [PLANTED, "weekday > 3", "alone == yes"]
    found = patterns([Asked(parse(text), "user", table) for text in asked])
    assert [one.verdict for one in found] == ["pattern", "none", "unknown"]
    assert found[0].losses.count > found[0].wins.count


def test_a_pattern_as_common_among_wins_is_none():
    """People for whom the model is sure of itself: right by much, or wrong by much."""
    rng = np.random.default_rng(0)
    table = wearers(300, baseline=False)
    sure = rng.random(300)[table.unit] < 0.3
    logit = np.where(sure, 6.0, 0.3) * np.where(rng.random(len(table)) < 0.5, 1, -1)
    table = dataclasses.replace(
        table,
        prediction=1 / (1 + np.exp(-logit)),
        columns={"sure": np.where(sure, "yes", "no").astype(object)},
    )
    (found,) = patterns([Asked(parse("sure == yes"), "user", table)])
    assert found.losses.count > 0.5 * found.losses.rows
    assert found.verdict == "none"


def test_what_one_user_does_is_no_pattern():
    """101 of 110 losses are one user's, all of whose rows hold the condition."""
    rng = np.random.default_rng(0)
    label, user = (rng.random(1000) < 0.5).astype(float), np.repeat(np.arange(100), 10)
    good = np.clip(0.5 + 0.3 * (label - 0.5) + rng.normal(0, 0.15, 1000), 0.01, 0.99)
    said = dd.analyze_predictions(
        np.append(label, np.ones(100)),
        np.append(good, np.full(100, 0.01)),
        baseline=np.full(1100, 0.5),
        groups=np.append(user, np.full(100, 100)),
        columns={"a": np.append(rng.random(1000) < 0.1, np.ones(100, bool)).astype(float)},
        patterns=["a == 1"],
        resamples=0,
    )
    (found,) = [one for one in said.patterns if one.source == "user"]
    assert found.losses.count > 90 and found.wins.groups >= 10  # or it would be unknown
    assert found.verdict == "none"


@pytest.mark.parametrize("baseline", [True, False])
def test_losses_and_wins_are_a_tenth_each(baseline):
    table = wearers(100, 10, baseline=baseline)
    losses, wins = losses_and_wins(table)
    assert not (losses & wins).any() and losses.sum() == wins.sum() == 100
    score = -table.loss if table.gain is None else table.gain
    assert score[losses].max() <= score[~losses].min() and score[wins].min() >= score[~wins].max()


def test_without_scikit_learn_slices_are_left_out_with_a_note(monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **options):
        if name.partition(".")[0] in ("sklearn", "scipy"):
            raise ImportError(name)
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    said = analyse(wearers(40), patterns=["sex == male"], resamples=20)
    assert said.slices == () and "tb-deepdebug[analysis]" in said.notes[-1]
    assert said.strata and said.patterns[0].source == "user"
