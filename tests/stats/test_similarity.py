"""The order of units on planted groups, and its tree against scipy's."""

import itertools

import numpy as np
import pytest
from needs import needs

from tb_deepdebug.stats.similarity import average_linkage_leaves, first_linked, similarity

pytestmark = pytest.mark.filterwarnings("error")


def planted(seed, groups=10, each=20, cells=370, noise=0.3):
    """Units `[groups * each, cells]` of shuffled groups with random signs, and their groups."""
    rng = np.random.default_rng(seed)
    group = rng.permutation(np.repeat(np.arange(groups), each))
    sign = rng.choice([-1, 1], len(group))
    shapes = rng.normal(size=(groups, cells)).cumsum(axis=1)
    shapes = (shapes - shapes.mean(1, keepdims=True)) / shapes.std(1, keepdims=True)
    units = sign[:, None] * (shapes[group] + noise * rng.normal(size=(len(group), cells)))
    return units * rng.lognormal(size=(len(group), 1)) + rng.normal(size=(len(group), 1)), group


@pytest.mark.parametrize("seed", range(3))
def test_planted_groups_lie_together(seed):
    units, group = planted(seed)
    order, sign, _ = similarity(units)
    assert sorted(order) == list(range(200))
    share = np.mean([group[a] == group[b] for a, b in itertools.pairwise(order)])
    assert share == (200 - 10) / 199  # the best there is
    turned = np.corrcoef(units * sign[:, None])
    assert (turned[order[:-1], order[1:]] > 0).all()


def clusters(order, n):
    """Cuts of a leaf order into consecutive runs: every merge of a tree is such a run."""
    return {frozenset(order[i:j]) for i in range(n) for j in range(i + 1, n + 1)}


@pytest.mark.parametrize("seed", range(3))
def test_the_tree_is_scipys_average_linkage(seed):
    hierarchy = needs("scipy.cluster.hierarchy")
    distance = needs("scipy.spatial.distance")
    units, _ = planted(seed, groups=6, each=8, noise=2.0)
    gaps = 1 - np.abs(np.corrcoef(units))
    np.fill_diagonal(gaps, 0)
    tree = hierarchy.linkage(distance.squareform(gaps, checks=False), "average")
    members = {i: frozenset([i]) for i in range(len(gaps))}
    for i, (a, b, *_) in enumerate(tree):
        members[len(gaps) + i] = members[int(a)] | members[int(b)]
    runs = clusters(average_linkage_leaves(gaps), len(gaps))
    assert set(members.values()) <= runs


def test_still_units_come_last_and_missing_cells_say_nothing():
    rng = np.random.default_rng(0)
    wave = rng.normal(size=50)
    units = np.stack([np.full(50, 3.0), wave, np.full(50, np.nan), rng.normal(size=50), -2 * wave])
    units[1, :5] = np.nan
    order, sign, _ = similarity(units)
    assert order[-2:].tolist() == [0, 2]
    assert abs(order.tolist().index(1) - order.tolist().index(4)) == 1
    assert sign[1] == -sign[4] and sign[[0, 2]].tolist() == [1, 1]


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_scale_does_not_matter(scale):
    units, _ = planted(0, groups=3, each=4)
    np.testing.assert_array_equal(similarity(units * scale).order, similarity(units).order)


@pytest.mark.parametrize(
    "units", [np.zeros((0, 5)), np.zeros((1, 5)), np.ones((3, 0)), [[1, 2, 3.0]]]
)
def test_few_units(units):
    order, sign, _ = similarity(np.asarray(units, float))
    assert order.tolist() == list(range(len(units))) and (sign == 1).all()


def test_clones_are_found_by_their_correlation():
    rng = np.random.default_rng(0)
    wave, other = rng.normal(size=(2, 400))
    units = np.stack([other, np.zeros(400), wave, 3 * wave + 1, -wave, wave + 0.3 * other])
    units[3, :7] = np.nan
    units = np.vstack([units, units[:2]])
    assert similarity(units).clone.tolist() == [0, 1, 2, 2, 2, 5, 0, 7]


@pytest.mark.parametrize("noise", [0.1, 0.14, 0.2])
def test_clones_are_those_beyond_the_threshold(noise):
    wave, other = np.linalg.qr(np.random.default_rng(1).normal(size=(500, 2)))[0].T
    wave, other = (x - x.mean() for x in (wave, other))
    units = np.stack([wave, wave + noise * other])
    r = abs(np.corrcoef(units)[0, 1])
    assert similarity(units).clone.tolist() == ([0, 0] if r > 0.99 else [0, 1])


@pytest.mark.parametrize("seed", range(5))
def test_groups_are_those_of_a_union_find(seed):
    linked = np.random.default_rng(seed).random((30, 30)) < 0.03
    linked |= linked.T
    parent = list(range(30))

    def root(i):
        return i if parent[i] == i else root(parent[i])

    for i, j in np.argwhere(linked):
        a, b = root(i), root(j)
        parent[max(a, b)] = min(a, b)
    assert first_linked(linked).tolist() == [root(i) for i in range(30)]
