"""What a recorder writes beside activations: every plane, number and name of the wire format."""

import dataclasses
import math

import numpy as np
import pytest
from summaries import decoded

from tb_deepdebug.records import KINDS, activations, gates, graph, health, input_gradients, jacobian
from tb_deepdebug.records.recorder_report import Note, RecorderReport
from tb_deepdebug.stats.history import follow
from tb_deepdebug.stats.log_bins import LogBins
from tb_deepdebug.wire import series
from tb_deepdebug.wire.summary import encode

pytestmark = pytest.mark.filterwarnings("error")
rng = np.random.default_rng(0)


def test_every_kind_of_record_has_a_series():
    assert set(KINDS) == set(series.SCALARS) == set(series.VECTORS)


def test_activations_with_a_history():
    data = np.maximum(rng.normal(size=(3, 40, 4)), 0)
    data[..., 1] = 0
    record = activations.measure(data, examples=0)
    before = encode("conv", record)
    assert "ever_dead" not in decoded(before, "activations")[2].scalars
    history = follow(follow(None, activations.measure(data * 0).stats, 0), record.stats, 10)
    summary = encode("conv", dataclasses.replace(record, history=history))
    header, found, numbers, _ = decoded(summary, "activations")
    assert header["examples"] == 0 and found["values"].array.shape == (0, 4, 40)
    assert list(found) == ["units", "scale", "history", "values"]
    rows = dict(zip(found["history"].rows, found["history"].array, strict=True))
    assert list(rows) == [
        *("steps", "steps_dead", "first_dead_step", "last_dead_step", "revived", "min", "max")
    ]
    for name, row in rows.items():
        np.testing.assert_array_equal(row, getattr(history, name), name)
    assert numbers.scalars["ever_dead"] == 4 and numbers.scalars["revived_units"] == 3
    assert list(numbers.scalars)[-2:] == ["ever_dead", "revived_units"]


def some_health(names=("conv/kernel", "conv/bias", "fc/kernel")):
    weights = [rng.normal(size=(3, 4)) for _ in names]
    gradients = [w * 1e-3 for w in weights[:-1]] + [None] * bool(names)
    updates = [w * 1e-4 for w in weights]
    known = health.from_arrays(names, weights, gradients, updates, loss=0.5, learning_rate=1e-3)
    return dataclasses.replace(known, source="applied")


def test_health():
    known = some_health()
    outputs = health.OutputGradients("output", ("conv", "fc"), *rng.random((4, 2)))
    record = health.measure(known, outputs, step=7)
    header, found, numbers, standard = decoded(encode("training", record), "health")
    assert header["parameters"] == list(known.names) and header["layers"] == ["conv", "conv", "fc"]
    assert header["sizes"] == [12] * 3 and header["shapes"] == [[3, 4]] * 3
    assert (header["source"], header["objective"]) == ("applied", "output")
    assert header["outputs"] == ["conv", "fc"]
    assert list(found) == ["parameters", "history", "outputs", "weight_counts", "gradient_counts"]
    assert found["parameters"].rows == health.MEASURES
    np.testing.assert_array_equal(found["parameters"].array, known.rows)
    assert found["outputs"].rows == ("rms", "max", "zero_fraction", "nonfinite")
    np.testing.assert_array_equal(found["outputs"].array[0], outputs.rms)
    history = dict(zip(found["history"].rows, found["history"].array, strict=True))
    for name, row in history.items():
        np.testing.assert_array_equal(row, getattr(record.history, name), name)
    norms = known.rows[health.MEASURES.index("gradient_norm")]
    expected = {
        "parameters": 3,
        "layers": 2,
        "loss": 0.5,
        "learning_rate": 1e-3,
        "gradient_norm": math.hypot(*norms[:2]),
        "weight_norm": known.whole["weight_norm"],
        "update_ratio": 1e-4,
        "nonfinite_weights": 0,
        "nonfinite_gradients": 0,
        "source": 0,
        "objective": 2,
    }
    assert numbers.scalars == pytest.approx(expected, rel=1e-6)
    for name in ("gradient_norm", "update_ratio", "weight_norm", "weight_max", "weight_nonfinite"):
        np.testing.assert_allclose(numbers.vectors[name], known.row(name), rtol=1e-6)
    np.testing.assert_allclose(numbers.vectors["output_rms"], outputs.rms, rtol=1e-6)
    told = ("gradient_norm", "update_ratio", "learning_rate", "loss")
    assert standard == pytest.approx(
        {f"deepdebug/training/{name}": expected[name] for name in told}, rel=1e-6
    )


def test_histograms_of_health_are_whole_again_from_their_slice():
    known = some_health()
    header, found, *_ = decoded(encode("training", health.measure(known)), "health")
    told = header["bins"]
    bins = LogBins(told["mantissa_bits"], told["min_exponent"], told["max_exponent"])
    for name in ("weight_counts", "gradient_counts"):
        counts = found[name].array
        first = told["first"] + bins.size
        whole = np.zeros((3, 2 * bins.size + 1))
        whole[:, first : first + counts.shape[1]] = counts
        np.testing.assert_array_equal(whole, getattr(known, name))
        assert counts.dtype == np.uint32


def test_counts_too_large_for_32_bits():
    known = dataclasses.replace(some_health(), gradient_counts=None)
    known.weight_counts[0, 100] = 2**40
    _, found, *_ = decoded(encode("training", health.measure(known)), "health")
    assert found["weight_counts"].array.dtype == np.float64
    assert found["weight_counts"].array.max() == 2**40 and "gradient_counts" not in found


def test_health_of_layer_outputs_alone():
    outputs = health.OutputGradients("loss", ("conv",), *np.ones((4, 1)))
    record = health.measure(None, outputs, step=0)
    header, found, numbers, standard = decoded(encode("training", record), "health")
    assert list(found) == ["outputs"] and header["parameters"] == [] and standard == {}
    assert numbers.scalars["objective"] == 1 and math.isnan(numbers.scalars["gradient_norm"])


@pytest.mark.parametrize("parameters", [14, 400, 700, 4000])
def test_health_of_many_parameters_keeps_its_most_important_vectors(parameters):
    rows = {name: np.arange(parameters) + 1.0 for name in health.MEASURES}
    names = tuple(f"layer_{i}/kernel" for i in range(parameters))
    known = health.ParameterHealth("probe", names, names, ((1,),) * parameters, rows)
    _, found, numbers, _ = decoded(encode("training", health.measure(known)), "health")
    assert found["parameters"].array.shape == (9, parameters)
    vectors = [v for name, v in numbers.vectors.items() if name != "output_rms"]
    kept = [len(vector) == parameters for vector in vectors]
    assert kept[0]
    assert all(kept[:3]) == (parameters <= 700) and all(kept) == (parameters <= 400)
    np.testing.assert_array_equal(numbers.vectors["gradient_norm"], rows["gradient_norm"])


def test_gates():
    data = {name: rng.random((2, 9, 3)).astype("f4") for name in ("input", "forget")}
    record = gates.measure(data)
    header, found, numbers, standard = decoded(encode("lstm", record), "gates")
    assert header["gates"] == ["input", "forget"] and header["shape"] == [2, 9, 3]
    assert header["thresholds"] == [0.1, 0.9] and standard == {}
    assert found["left"].rows == found["right"].rows == ("input", "forget")
    for name in ("left", "right", "count"):
        np.testing.assert_array_equal(found[name].array, getattr(record, name))
    assert numbers.scalars == {
        "examples": 2,
        "timesteps": 9,
        "units": 3,
        "gates": 2,
        "nonfinite": 0,
    }
    np.testing.assert_allclose(
        numbers.vectors["left_share"], [(d < 0.1).mean() for d in data.values()], rtol=1e-6
    )
    unit = numbers.vectors["unit_right"].reshape(2, 3)
    np.testing.assert_allclose(
        unit, [(d > 0.9).mean(axis=(0, 1)) for d in data.values()], rtol=1e-6
    )


def test_the_jacobian():
    record = jacobian.measure(rng.normal(size=(2, 3, 20, 4)), output_steps=[1, 5, 19])
    header, found, numbers, standard = decoded(encode("risk", record), "jacobian")
    assert header["shape"] == [2, 3, 20, 4] and header["dtype"] == "float64" and standard == {}
    assert header["floor"] == np.finfo(np.float64).tiny
    assert found["output_steps"].array.tolist() == [1, 5, 19]
    np.testing.assert_array_equal(found["states"].array, record.states)
    np.testing.assert_array_equal(found["log_mean"].array, record.log_mean.astype("f4"))
    np.testing.assert_array_equal(found["ratio"].array, record.ratio)
    assert list(numbers.scalars.values())[:4] == [2, 3, 20, 4]
    assert numbers.scalars["log10_peak"] == pytest.approx(record.log_mean.max(), rel=1e-6)
    assert numbers.vectors["output_steps"].tolist() == [1, 5, 19]
    np.testing.assert_allclose(numbers.vectors["log10_amnesia_ratio"], record.ratio, rtol=1e-6)


def test_the_untrained_profile_is_an_input_gradient_under_a_kind_of_its_own():
    trained = input_gradients.measure(rng.normal(size=(2, 20, 3)), output_step=19)
    fields = {f.name: getattr(trained, f.name) for f in dataclasses.fields(trained)}
    one = decoded(encode("risk", trained), "input_gradients")
    other = decoded(encode("risk", input_gradients.Untrained(**fields)), "untrained")
    assert {**one[0], "kind": "untrained"} == other[0] and list(one[1]) == list(other[1])
    assert other[2].scalars == pytest.approx(one[2].scalars, nan_ok=True)
    assert other[3] == {}  # one point of the Scalars tab a step


def test_the_graph():
    nodes = (
        graph.Node("series", "InputLayer", shape=(None, 3)),
        graph.Node("conv", "Conv1D", "relu", (512, 32), 704, ("conv",)),
    )
    record = graph.Graph("net", "keras", nodes, ((0, 1),))
    header, found, numbers, standard = decoded(encode("model", record), "graph")
    assert (header["model"], header["framework"], header["edges"]) == ("net", "keras", [[0, 1]])
    assert header["nodes"][0] == {
        "name": "series",
        "kind": "InputLayer",
        "activation": None,
        "shape": [None, 3],
        "parameters": 0,
        "records": [],
    }
    assert header["nodes"][1]["records"] == ["conv"] and header["nodes"][1]["parameters"] == 704
    assert numbers.scalars == {"nodes": 2, "edges": 1} and not found and standard == {}


def test_a_recorders_report():
    notes = (Note("attend", "its output is a dict"), Note("pictures", "no room", 20))
    settings = {"every": 10, "layers": ["conv*", {"a"}], "scale": math.inf, "probe": np.arange(2)}
    record = RecorderReport(notes, settings, "0.1.0", 1.5, 100.0, 1 << 20, 7)
    header, found, numbers, standard = decoded(encode("recorder", record), "recorder")
    assert header["notes"] == [
        {"what": "attend", "reason": "its output is a dict", "step": None},
        {"what": "pictures", "reason": "no room", "step": 20},
    ]
    assert header["settings"] == {
        "every": 10,
        "layers": ["conv*", ["a"]],
        "scale": "inf",
        "probe": "[0 1]",
    }
    assert header["recorder_version"] == "0.1.0" and not found and standard == {}
    assert list(numbers.scalars.values()) == [1.5, 100, 1 << 20, 2, 7]
