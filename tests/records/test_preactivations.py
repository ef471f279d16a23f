"""What is kept of pre-activations."""

import dataclasses

import numpy as np
import pytest

from tb_deepdebug.records.preactivations import measure

pytestmark = pytest.mark.filterwarnings("error")
DATA = np.random.default_rng(0).normal(size=(3, 40, 4))


def test_every_finite_valid_cell_is_binned_once():
    data, mask = DATA.copy(), np.random.default_rng(1).random((3, 40)) < 0.5
    data[0, :9], data[1, 3, 2] = np.nan, np.inf
    record = measure(data, mask=mask)
    valid = data[mask]
    assert record.counts.sum() == record.unit_counts.sum() == np.isfinite(valid).sum()
    assert record.negative_fraction == (valid < 0).sum() / np.isfinite(valid).sum()


@pytest.mark.parametrize("scale", [1e-300, 1e-12, 1, 1e300])
def test_signs_are_exact_at_any_magnitude(scale):
    """Also where the bins see only zero."""
    assert measure(DATA * scale).negative_fraction == (DATA < 0).mean()


def test_nothing_finite():
    assert np.isnan(measure(np.full((1, 3, 2), np.nan)).negative_fraction)


def test_a_record_is_consistent():
    record = measure(DATA)
    with pytest.raises(ValueError, match=r"in one bin .* Received: 480 cells, 481 and 480 binned"):
        dataclasses.replace(record, counts=record.counts + (np.arange(641) == 0))


def test_wrong_arguments():
    with pytest.raises(ValueError, match="`channels` must be 4 names"):
        measure(DATA, channels=["a", "b"])
    with pytest.raises(ValueError, match="rank 2, 3 or 4"):
        measure(DATA[0, 0])


@pytest.mark.parametrize("masked", [False, True])
def test_few_cells_are_counted_as_many_are(masked: bool) -> None:
    """A batch of few cells takes another way to the same counts; eighty copies of it do not."""
    rng = np.random.default_rng(0)
    z = (rng.normal(size=(3, 11, 5)) * 10.0 ** rng.integers(-9, 9, (3, 11, 5))).astype(np.float32)
    z[0, 0, 0], z[1, 2, 3], z[2, 4, 4] = np.nan, np.inf, 0
    mask = rng.random((3, 11)) < 0.7 if masked else None
    few = measure(z, mask=mask)
    many = measure(np.tile(z, (80, 1, 1)), mask=None if mask is None else np.tile(mask, (80, 1)))
    np.testing.assert_array_equal(80 * few.counts, many.counts)
    np.testing.assert_array_equal(80 * few.unit_counts, many.unit_counts)
