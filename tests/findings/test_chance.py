"""Normal tails and moments of histograms, against samples."""

import numpy as np
import pytest

from tb_deepdebug.findings import chance
from tb_deepdebug.records.preactivations import SERIES_BINS

RNG = np.random.default_rng(0)
SAMPLES = {
    "normal": RNG.normal(0.3, 2.0, 200_000),
    "exponential": RNG.exponential(1.0, 200_000),
    "two humps": np.concatenate([RNG.normal(-3, 0.3, 100_000), RNG.normal(3, 0.3, 100_000)]),
}


def counts(sample: np.ndarray) -> np.ndarray:
    place = SERIES_BINS.index(sample) + SERIES_BINS.size
    return np.bincount(place, minlength=2 * SERIES_BINS.size + 1).astype(float)


@pytest.mark.parametrize("mean", [0.0, 1.0, -4.0])
def test_normal_tails_are_those_of_a_sample(mean: float) -> None:
    expected = np.mean(np.abs(RNG.normal(mean, 2.0, 400_000)) > 3)
    told = chance.normal_beyond(np.array([mean]), np.array([4.0]), 3.0)
    assert told[0] == pytest.approx(expected, abs=0.004)


def test_without_variance_a_unit_is_on_one_side() -> None:
    told = chance.normal_beyond(np.array([4.0, 1.0, -4.0]), np.zeros(3), 3.0)
    assert told.tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize("name", SAMPLES)
def test_shape_of_a_histogram_is_that_of_its_sample(name: str) -> None:
    sample = SAMPLES[name]
    off = (sample - sample.mean()) / sample.std()
    lean, excess = chance.skew_and_kurtosis(counts(sample), SERIES_BINS)
    assert lean == pytest.approx((off**3).mean(), abs=0.1)
    assert excess == pytest.approx((off**4).mean() - 3, rel=0.06, abs=0.15)
    assert (chance.bimodality(lean, excess) > 0.6) == (name == "two humps")


def test_share_beyond_counts_both_sides() -> None:
    sample = SAMPLES["normal"]
    told = chance.share_beyond(counts(sample), SERIES_BINS, 2.0)
    assert told == pytest.approx(np.mean(np.abs(sample) >= 2), abs=1e-3)
    assert np.isnan(chance.share_beyond(np.zeros(2 * SERIES_BINS.size + 1), SERIES_BINS, 2.0))


def test_one_point_has_no_shape() -> None:
    assert np.isnan(chance.skew_and_kurtosis(counts(np.full(9, 2.0)), SERIES_BINS)).all()
