"""Out-of-fold ridge scores against scikit-learn's, chances against SciPy's."""

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tb_deepdebug.stats import linear_scores

pytestmark = pytest.mark.filterwarnings("error")
rng = np.random.default_rng(0)


@pytest.mark.parametrize("penalty", [0.1, 1.0, 50.0])
def test_out_of_fold_is_that_of_ridge_fits(penalty):
    features = rng.normal(size=(60, 4)) * [1, 10, 0.1, 3] + [0, 50, 0, 1]
    labels = features @ [1, 0.1, 3, 0] + rng.normal(size=60)
    folds = rng.permutation(60) % 5
    found = linear_scores.out_of_fold(features, folds, penalty) @ labels
    for fold in range(5):
        held = folds == fold
        twin = make_pipeline(StandardScaler(), Ridge(penalty)).fit(features[~held], labels[~held])
        np.testing.assert_allclose(found[held], twin.predict(features[held]), rtol=1e-9)


def test_a_constant_feature_is_dropped():
    features = np.stack([rng.normal(size=30), np.full(30, 7.0)], axis=1)
    folds = np.arange(30) % 3
    alone = linear_scores.out_of_fold(features[:, :1], folds)
    np.testing.assert_allclose(linear_scores.out_of_fold(features, folds), alone)


def test_correlation():
    a, b = rng.normal(size=(2, 50))
    assert linear_scores.correlation(a, b) == pytest.approx(np.corrcoef(a, b)[0, 1])
    assert linear_scores.correlation(a, np.ones(50)) == 0


@pytest.mark.parametrize("freedom", [3, 19, 400])
def test_chi_squared(freedom):
    for quantile in (0.5, 0.95, 0.999):
        value = stats.chi2.ppf(quantile, freedom)
        found = linear_scores.chi_squared_beyond(value, freedom)
        assert found == pytest.approx(1 - quantile, rel=0.15)
