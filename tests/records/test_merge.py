"""Records of parts of a batch are, together, the record of the batch."""

import dataclasses
import itertools

import numpy as np
import pytest

from tb_deepdebug.records import activations, gates, preactivations
from tb_deepdebug.stats.history import follow
from tb_deepdebug.stats.units import UnitStats

pytestmark = pytest.mark.filterwarnings("error")
rng = np.random.default_rng(0)
DATA = {
    "time": rng.normal(size=(7, 20, 6)),
    "example": rng.normal(size=(40, 6)),
    "space": rng.normal(size=(7, 4, 6, 6)),
}
for cells in DATA.values():
    cells[..., 1], cells[..., 2], cells[-1, ..., 3] = 0, 2.5, np.nan
    cells[: len(cells) // 2, ..., 4] = -1.0  # constant in one part, moving in the other
    cells[..., 5], cells[0, ..., 5] = 2.5, np.inf
MASKS = {axis: rng.random(cells.shape[:-1]) < 0.7 for axis, cells in DATA.items()}
EXACT = ("count", "nan", "negative_infinity", "positive_infinity", "zero", "negative", "min", "max")
CUTS = {"halves": [0.5], "uneven": [0.1, 0.2, 0.9], "an empty one": [0.5, 0.5]}


def parts(axis, cuts, masked):
    """`(data, mask)` of each part, the empty ones left out, and of the whole."""
    data, mask = DATA[axis], MASKS[axis] if masked else None
    edges = [0, *(int(cut * len(data)) for cut in cuts), len(data)]
    pieces = [slice(a, b) for a, b in itertools.pairwise(edges) if a < b]
    cut = [(data[at], None if mask is None else mask[at]) for at in pieces]
    return cut, (data, mask)


def assert_same_stats(found: UnitStats, whole: UnitStats):
    for name in EXACT:
        np.testing.assert_array_equal(getattr(found, name), getattr(whole, name), name)
    for name in ("mean", "m2"):
        np.testing.assert_allclose(
            getattr(found, name), getattr(whole, name), rtol=1e-12, atol=1e-12, err_msg=name
        )
    np.testing.assert_array_equal(found.constant_share, whole.constant_share)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("cuts", CUTS.values(), ids=CUTS)
@pytest.mark.parametrize("axis", DATA)
def test_parts_of_activations_are_the_whole(axis, cuts, masked):
    cut, (data, mask) = parts(axis, cuts, masked)
    whole = activations.measure(data, mask=mask)
    found = activations.merge(*(activations.measure(d, mask=m) for d, m in cut))
    assert found.shape == whole.shape
    assert_same_stats(found.stats, whole.stats)
    np.testing.assert_array_equal(found.stats.is_constant, whole.stats.is_constant)
    np.testing.assert_array_equal(found.stats.is_dead, whole.stats.is_dead)
    if axis != "example":
        np.testing.assert_array_equal(found.picture.codes, whole.picture.codes)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("cuts", CUTS.values(), ids=CUTS)
@pytest.mark.parametrize("axis", DATA)
def test_parts_of_preactivations_are_the_whole(axis, cuts, masked):
    cut, (data, mask) = parts(axis, cuts, masked)
    whole = preactivations.measure(data, mask=mask)
    found = preactivations.merge(*(preactivations.measure(d, mask=m) for d, m in cut))
    assert found.shape == whole.shape
    assert_same_stats(found.stats, whole.stats)
    np.testing.assert_array_equal(found.counts, whole.counts)
    np.testing.assert_array_equal(found.unit_counts, whole.unit_counts)


@pytest.mark.parametrize("cuts", CUTS.values(), ids=CUTS)
def test_parts_of_gates_are_the_whole(cuts):
    data = {name: rng.random((12, 9, 4)) for name in ("input", "forget")}
    data["forget"][3, 2, 1] = np.nan
    mask = rng.random((12, 9)) < 0.8
    edges = [0, *(int(cut * 12) for cut in cuts), 12]
    pieces = [slice(a, b) for a, b in itertools.pairwise(edges) if a < b]
    measured = [gates.measure({n: d[at] for n, d in data.items()}, mask=mask[at]) for at in pieces]
    found, whole = gates.merge(*measured), gates.measure(data, mask=mask)
    for name in ("left", "right", "count"):
        np.testing.assert_array_equal(getattr(found, name), getattr(whole, name))
    assert (found.shape, found.nonfinite) == (whole.shape, whole.nonfinite)


def test_the_columns_of_parts_stand_side_by_side():
    data = np.concatenate([DATA["example"], 3 * DATA["example"][:, ::-1]])
    chunks = np.split(data, [10, 11, 50])
    found = activations.merge(*map(activations.measure, chunks))
    picture, values = found.picture, found.picture.values()[0].T
    assert picture.codes.shape == (1, 6, 80) and found.overview is None
    whole = activations.measure(data)
    np.testing.assert_array_equal(picture.scale, whole.picture.scale)
    special = ~np.isfinite(data) | (data == 0)
    np.testing.assert_array_equal(picture.codes[0].T[special], whole.picture.codes[0].T[special])
    low, high = picture.scale
    bound = np.broadcast_to((high - low) / 250 * (1 + 1e-6), data.shape)
    assert (np.abs(values[~special] - data[~special]) <= bound[~special]).all()


def test_as_many_columns_are_kept_as_of_one_batch():
    chunk = rng.normal(size=(100, 3))
    assert activations.merge(*[activations.measure(chunk)] * 4).picture.codes.shape == (1, 3, 256)
    wide = activations.measure(rng.normal(size=(600, 3)), examples=600)
    assert activations.merge(wide, activations.measure(chunk)).picture is wide.picture
    none = activations.measure(chunk, examples=0)
    assert activations.merge(none, none).picture.codes.size == 0


def test_what_is_pictured_is_the_first_parts():
    chunks = [
        activations.measure(x, input=x[..., :1], timestamps=np.arange(20.0), examples=n)
        for x, n in zip(np.split(DATA["time"], [3]), (2, 0), strict=True)
    ]
    first = dataclasses.replace(chunks[0], history=follow(None, chunks[0].stats, 3))
    found = activations.merge(first, chunks[1])
    for name in ("picture", "input", "timestamps", "overview", "history"):
        assert getattr(found, name) is getattr(first, name)
    assert found.stats.count[0] == 140


@pytest.mark.parametrize("kind", [activations, preactivations])
@pytest.mark.parametrize(
    "other",
    [
        {"data": DATA["time"][..., :4]},
        {"data": DATA["time"][:, :9]},
        {"data": DATA["example"]},
        {"data": DATA["time"].astype("f4")},
        {"data": DATA["time"], "channels": list("abcdef")},
    ],
    ids=["units", "timesteps", "axis", "dtype", "channels"],
)
def test_parts_are_of_one_layer(kind, other):
    with pytest.raises(ValueError, match=r"must agree in axis, .* Received: .*float64"):
        kind.merge(kind.measure(DATA["time"]), kind.measure(**other))


def test_gates_are_of_one_layer():
    one, other = ({"a": np.ones((2, 3, 4))}, {"b": np.ones((2, 3, 4))})
    with pytest.raises(ValueError, match="must agree in names, timesteps and units"):
        gates.merge(gates.measure(one), gates.measure(other))
