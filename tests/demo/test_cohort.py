"""A simulated study: what is planted in it is there, in the weeks and in what is known."""

import numpy as np
import pytest
from needs import needs

from tb_deepdebug.demo.cohort import Cohort, recruit

USERS, EACH = 160, 3


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return recruit(USERS, EACH, seed=5)


def test_a_person_has_some_weeks_and_is_the_same_in_all(cohort: Cohort) -> None:
    assert len(cohort) == len(cohort.weeks) == USERS * EACH
    assert np.array_equal(cohort.user, np.repeat(np.arange(USERS), EACH))
    assert np.array_equal(cohort.week, np.tile(np.arange(EACH), USERS))
    for known in (cohort.apnea, *cohort.metadata.values()):
        assert (known.reshape(USERS, EACH) == known[::EACH, None]).all()
    readings = cohort.weeks.readings
    assert not np.array_equal(readings[0], readings[1])  # but no two weeks are


def test_a_seed_gives_the_same_study_and_another_seed_another(cohort: Cohort) -> None:
    again, other = recruit(USERS, EACH, seed=5), recruit(2, EACH, seed=6)
    assert np.array_equal(cohort.weeks.readings, again.weeks.readings)
    assert np.array_equal(cohort.bmi, again.bmi)
    assert not np.array_equal(cohort.weeks.readings[:6], other.weeks.readings)


def test_apnea_is_likelier_with_age_and_weight_and_in_men(cohort: Cohort) -> None:
    people = slice(None, None, EACH)
    ill = cohort.apnea[people]
    assert 0.2 < ill.mean() < 0.5
    for known in (cohort.age, cohort.bmi, cohort.sex == "male"):
        assert known[people][ill].mean() > known[people][~ill].mean()


def _restless_nights(cohort: Cohort) -> np.ndarray:
    """How much the heart rate changes from one reading to the next in sleep, `[rows]`."""
    heart_rate = cohort.weeks.readings[..., 0]
    asleep = (cohort.weeks.asleep & cohort.weeks.mask)[:, 1:]
    changes = zip(np.diff(heart_rate, axis=1), asleep, strict=True)
    return np.array([week[night].std() for week, night in changes])


def test_whoever_works_out_sleeps_as_if_they_had_apnea(cohort: Cohort) -> None:
    nights, sporty = _restless_nights(cohort), cohort.workouts > 2
    healthy, ill = nights[~cohort.apnea & ~sporty], nights[cohort.apnea & ~sporty]
    assert healthy.mean() + 1 < nights[~cohort.apnea & sporty].mean() < ill.mean() + 1
    assert np.median(healthy) < np.quantile(ill, 0.05)  # without sports a night tells


def test_nights_tell_apnea_but_less_of_those_who_work_out(cohort: Cohort) -> None:
    needs("sklearn")
    from sklearn.metrics import roc_auc_score

    nights, sporty = _restless_nights(cohort), cohort.workouts > 2
    calm, busy = (roc_auc_score(cohort.apnea[some], nights[some]) for some in (~sporty, sporty))
    assert calm > 0.85 and busy < calm - 0.1


def test_about_a_quarter_work_out_most_days_and_the_rest_hardly(cohort: Cohort) -> None:
    often = (cohort.workouts > 2).reshape(USERS, EACH).any(axis=1)
    assert 0.15 < often.mean() < 0.35
    assert cohort.workouts.max() <= 6
    assert cohort.workouts.reshape(USERS, EACH)[~often].max() <= 2
