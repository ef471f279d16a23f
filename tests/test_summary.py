"""The summary functions: the same bytes from TensorFlow, NumPy, torch and EventWriter."""

import subprocess
import sys
import textwrap

import ml_dtypes
import numpy as np
import pytest
from needs import needs
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto import event_pb2

import tb_deepdebug as dd

tf = needs("tensorflow")

rng = np.random.default_rng(0)
DATA = rng.normal(size=(5, 30, 4)).astype(np.float32)
MASK = rng.random((5, 30)) < 0.8
NAMES = ["a", "b", "c", "d"]
CALLS = {
    "activations": {},
    "preactivations": {},
    "input_gradients": {"output_step": 7},
    "activations with all": {
        "mask": MASK,
        "channels": NAMES,
        "timestamps": np.arange(30.0),
        "input": DATA[..., :2],
        "input_channels": ["x", "y"],
        "examples": 2,
        "description": "of *all*",
    },
    "preactivations with all": {"mask": MASK, "channels": NAMES, "description": "d"},
    "input_gradients with all": {
        "mask": MASK,
        "output_step": -1,
        "channels": NAMES,
        "reductions": ("mean", "rms", "signed_mean"),
        "description": "d",
    },
}
DTYPES = ["float16", ml_dtypes.bfloat16, "float32", "float64"]


def function(call, suffix=""):
    return getattr(dd.summary, call.partition(" ")[0] + suffix)


def written(folder):
    """`(step, serialised Summary)` of each event, as on disk; values of one step in one list."""
    events = [
        event_pb2.Event.FromString(data)
        for path in sorted(folder.glob("*tfevents*"))
        for data in RawEventFileLoader(str(path)).Load()
    ]
    return [
        (event.step, event.summary.SerializeToString())
        for event in events
        if event.HasField("summary")
    ]


@pytest.fixture
def logs(tmp_path):
    """A default TensorFlow writer; `logs()` flushes it and returns what was written."""
    writer = tf.summary.create_file_writer(str(tmp_path))

    def read():
        writer.flush()
        return written(tmp_path)

    with writer.as_default():
        yield read
    writer.close()


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda d: np.dtype(d).name)
@pytest.mark.parametrize("call", CALLS)
def test_all_ways_write_the_same_bytes(call, dtype, logs, tmp_path):
    data, options = DATA.astype(dtype), CALLS[call]
    expected = function(call, "_pb")("n", data, **options).SerializeToString()
    tensor = tf.constant(data)
    assert function(call)("n", tensor, 1, **options) is True
    assert function(call)("n", data, step=2, **options) is True
    assert function(call)("n", tf.Variable(data), step=tf.constant(3, tf.int64), **options)
    tensors = {k: tf.constant(v) if isinstance(v, np.ndarray) else v for k, v in options.items()}
    in_graph = tf.function(
        lambda x, step: function(call)("n", x, step, **tensors),
        input_signature=[tf.TensorSpec(None, tensor.dtype), tf.TensorSpec((), tf.int64)],
    )
    assert in_graph(tensor, 4).numpy()
    assert logs() == [(step, expected) for step in (1, 2, 3, 4)]
    with dd.EventWriter(tmp_path / "ours") as writer:
        writer.add(function(call, "_pb")("n", tensor, **tensors), 5)
    assert written(tmp_path / "ours") == [(5, expected)]


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda d: np.dtype(d).name)
@pytest.mark.parametrize("call", CALLS)
def test_torch_tensors_give_the_same_bytes(call, dtype):
    torch = needs("torch")
    data = DATA.astype(dtype)
    tensor = torch.tensor(DATA).to(getattr(torch, data.dtype.name)).requires_grad_()
    expected = function(call, "_pb")("n", data, **CALLS[call])
    mask = CALLS[call].get("mask")
    options = {**CALLS[call], "mask": None if mask is None else torch.tensor(mask)}
    assert function(call, "_pb")("n", tensor, **options) == expected


@pytest.mark.parametrize(("shape", "unit_axis"), [((5, 4, 30), 1), ((5, 30, 4), -1)])
@pytest.mark.parametrize("call", ["activations", "preactivations", "input_gradients"])
def test_units_on_another_axis(call, shape, unit_axis, logs):
    moved = np.moveaxis(DATA, -1, unit_axis)
    assert moved.shape == shape
    expected = function(call, "_pb")("n", DATA, **CALLS[call]).SerializeToString()
    in_graph = tf.function(lambda x: function(call)("n", x, 0, unit_axis=unit_axis, **CALLS[call]))
    in_graph(tf.constant(moved))
    function(call)("n", moved, 0, unit_axis=unit_axis, **CALLS[call])
    assert logs() == [(0, expected)] * 2


@pytest.mark.parametrize("graph", [False, True])
def test_the_default_step(graph, logs):
    call = tf.function(dd.summary.activations) if graph else dd.summary.activations
    with pytest.raises(ValueError, match="No step set"):
        call("n", tf.constant(DATA))
    step = tf.Variable(5, dtype=tf.int64)
    tf.summary.experimental.set_step(step)
    try:
        for _ in range(2):
            tf.function(dd.summary.activations)("n", DATA) if graph else call("n", DATA)
            step.assign_add(1)
    finally:
        tf.summary.experimental.set_step(None)
    assert [at for at, _ in logs()] == [5, 6]


@pytest.mark.parametrize("graph", [False, True])
@pytest.mark.parametrize("wanted", [True, False])
def test_record_if(graph, wanted, logs):
    call = tf.function(dd.summary.activations) if graph else dd.summary.activations
    with tf.summary.record_if(wanted):
        assert bool(call("n", tf.constant(DATA), tf.constant(1, tf.int64))) == wanted
    assert len(logs()) == wanted


def test_record_if_of_a_tensor_inside_a_function(logs):
    @tf.function
    def train(step):
        with tf.summary.record_if(tf.equal(step % 10, 0)):
            return dd.summary.activations("n", tf.constant(DATA), step)

    results = [bool(train(tf.constant(step, tf.int64))) for step in range(25)]
    assert [at for at, _ in logs()] == [0, 10, 20]
    assert results == [step % 10 == 0 for step in range(25)]


@pytest.mark.parametrize("graph", [False, True])
def test_without_a_writer_nothing_happens(graph):
    call = tf.function(dd.summary.activations) if graph else dd.summary.activations
    assert not call("n", tf.constant(DATA), 1)


def test_name_scopes_are_part_of_the_name(logs):
    def scoped():
        with tf.name_scope("outer"):
            dd.summary.activations("n", DATA, 0)

    scoped()
    tf.function(scoped, autograph=False)()
    expected = dd.summary.activations_pb("outer/n", DATA).SerializeToString()
    assert logs() == [(0, expected)] * 2


def test_not_recording_takes_all_that_recording_takes(logs):
    torch = needs("torch")
    for data in ([[1.0, 2.0]], torch.ones(2, 3, requires_grad=True)):
        with tf.summary.record_if(False):
            dd.summary.activations("n", data, 0)
        dd.summary.activations("n", data, 0)
    assert len(logs()) == 2


def test_what_a_recorder_writes_can_be_written_by_hand(tmp_path):
    """Any array-like, any half precision, and no TensorFlow: the bytes are those of the record."""
    torch = needs("torch")
    from tb_deepdebug.records import gates, health, jacobian
    from tb_deepdebug.wire.summary import encode

    weight, gate = DATA[0].astype(ml_dtypes.bfloat16), np.abs(np.tanh(DATA))
    rows = rng.normal(size=(2, 3, 30, 4)).astype(np.float32)
    measured = health.from_arrays(
        ["a/kernel", "b"], [weight, DATA[1]], [DATA[0], None], [-DATA[0], None], loss=0.5
    )
    expected = [
        encode("training", health.measure(measured), "d"),
        encode("lstm", gates.measure({"forget": gate}, mask=MASK), "d"),
        encode("risk", jacobian.measure(rows, output_steps=[1, -1, 7], mask=MASK[:2]), "d"),
    ]
    tensor = torch.tensor
    parameters = {
        "a/kernel": (
            tensor(DATA[0], dtype=torch.bfloat16, requires_grad=True),
            tensor(DATA[0]),
            tensor(-DATA[0]),
        ),
        "b": DATA[1],
    }
    found = [
        dd.summary.health_pb("training", parameters, loss=0.5, description="d"),
        dd.summary.gates_pb("lstm", {"forget": tensor(gate)}, mask=tensor(MASK), description="d"),
        dd.summary.jacobian_pb(
            "risk", tensor(rows), output_steps=[1, -1, 7], mask=MASK[:2], description="d"
        ),
    ]
    assert found == expected
    with dd.EventWriter(tmp_path) as writer:
        for step, summary in enumerate(found):
            writer.add(summary, step)
    assert [data for _, data in written(tmp_path)] == [s.SerializeToString() for s in expected]


@pytest.mark.parametrize(
    ("call", "arguments", "error", "message"),
    [
        ("health_pb", {"parameters": {}}, ValueError, "at least one parameter by name"),
        ("health_pb", {"parameters": {"a": (1.0,) * 4}}, ValueError, r"'a'\].*Received: 4 parts"),
        ("health_pb", {"parameters": {"a": ()}}, ValueError, "Received: 0 parts"),
        (
            "health_pb",
            {"parameters": {"a": (DATA, DATA[0])}},
            ValueError,
            "The gradient of 'a' must have the parameter's shape",
        ),
        ("health_pb", {"parameters": {"a": DATA}, "layers": []}, ValueError, "must be as many"),
        ("gates_pb", {"gates": {}}, ValueError, "at least one gate by name"),
        ("jacobian_pb", {"jacobian": DATA, "output_steps": [1]}, ValueError, "must have rank 4"),
        ("gates_pb", {"gates": {"a": DATA * 0}, "description": 7}, TypeError, "`description` must"),
        ("gates_pb", {"gates": {"a": DATA * 0}, "name": ""}, ValueError, "`name` must be a string"),
    ],
)
def test_wrong_arguments_of_what_a_recorder_writes(call, arguments, error, message):
    with pytest.raises(error, match=message):
        getattr(dd.summary, call)(**{"name": "n", **arguments})


def test_statistics_without_a_picture(logs):
    dd.summary.activations("n", tf.constant(DATA), 0, examples=0)
    tf.function(lambda: dd.summary.activations("n", DATA, 1, examples=0))()
    expected = dd.summary.activations_pb("n", DATA, examples=0)
    assert logs() == [(step, expected.SerializeToString()) for step in (0, 1)]
    assert len(expected.SerializeToString()) < 2000


WRONG = [
    ("activations", {"data": DATA[0, 0]}, ValueError, "rank 2, 3(,| or) 4"),
    ("preactivations", {"data": DATA.astype(int)}, TypeError, "`data` must have a floating-point"),
    ("input_gradients", {"gradients": DATA[0]}, ValueError, "`gradients` must have rank 3"),
]


@pytest.mark.parametrize(("call", "arguments", "error", "message"), WRONG)
@pytest.mark.parametrize("recording", [True, False])
def test_wrong_tensors_raise_at_the_call(call, arguments, error, message, recording, logs):
    arguments = {**CALLS[call], **arguments, "step": 0}
    with tf.summary.record_if(recording), pytest.raises(error, match=message):
        function(call)("n", **arguments)


@pytest.mark.parametrize(("call", "arguments", "error", "message"), WRONG)
def test_wrong_tensors_raise_at_trace_time(call, arguments, error, message, logs):
    def wrong():
        function(call)(
            "n", **CALLS[call], step=0, **{k: tf.constant(v) for k, v in arguments.items()}
        )

    with pytest.raises(error, match=message):
        tf.function(wrong, autograph=False).get_concrete_function()


def test_what_only_values_show_raises_when_it_runs(logs):
    wrong = tf.function(
        lambda x: dd.summary.activations("n", x, 0, mask=tf.zeros((5, 30))),
        input_signature=[tf.TensorSpec(None, tf.float32)],
    )
    with pytest.raises(tf.errors.InvalidArgumentError, match="at least one cell"):
        wrong(DATA)


@pytest.mark.parametrize("name", ["", None, 3])
def test_names_are_strings(name):
    for call in (dd.summary.activations_pb, dd.summary.activations):
        with pytest.raises(ValueError, match="`name` must be a string, not empty"):
            call(name, DATA)


def test_standard_values_are_what_tensorboard_itself_writes(logs):
    from tensorboard.compat.proto import summary_pb2

    tf.summary.scalar("s", 0.5, 0)
    tf.summary.histogram("h", DATA, 0)
    ours = dd.summary.preactivations_pb("n", DATA).value
    theirs = [summary_pb2.Summary.FromString(data).value[0] for _, data in logs()]
    for our, their in zip(ours[2:], theirs, strict=True):
        assert our.metadata.plugin_data == their.metadata.plugin_data
        assert our.tensor.dtype == their.tensor.dtype
        assert len(our.tensor.tensor_shape.dim) == len(their.tensor.tensor_shape.dim)
        assert our.tensor.tensor_shape.dim[1:] == their.tensor.tensor_shape.dim[1:]  # [k, 3]


def test_tensorboards_own_dashboards_read_the_standard_values(tmp_path):
    from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer

    with dd.EventWriter(tmp_path) as writer:
        for step in range(3):
            writer.add(dd.summary.preactivations_pb("n", DATA), step)
    events = EventMultiplexer({"run": str(tmp_path)}).Reload()
    assert set(events.PluginRunToTagToContent("scalars")["run"]) == {
        "deepdebug/n/negative_fraction"
    }
    assert set(events.PluginRunToTagToContent("histograms")["run"]) == {
        "deepdebug/n/preactivations"
    }
    points = events.Tensors("run", "deepdebug/n/negative_fraction")
    assert [p.step for p in points] == [0, 1, 2]


BLOCKED = """
import importlib.abc, sys

class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in {"tensorflow", "keras", "torch", "jax", "scipy", "sklearn"}:
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Blocker())
import numpy as np
import tb_deepdebug as dd
"""


def isolated(code, *arguments):
    source = BLOCKED + textwrap.dedent(code)
    return subprocess.run(
        [sys.executable, "-c", source, *arguments], capture_output=True, text=True, timeout=60
    )


def test_all_but_the_tensorflow_functions_work_without_any_framework(tmp_path):
    done = isolated(
        """
        data = np.arange(24.0).reshape(2, 3, 4)
        with dd.EventWriter(sys.argv[1]) as writer:
            writer.add(dd.summary.activations_pb("n", data), 1)
            writer.add(dd.summary.preactivations_pb("n", data), 2)
            writer.add(dd.summary.input_gradients_pb("n", data, output_step=1), 3)
        try:
            dd.summary.activations("n", data, 1)
        except ImportError as error:
            print(error)
        """,
        str(tmp_path),
    )
    assert done.returncode == 0, done.stderr
    assert "need TensorFlow" in done.stdout and "*_pb twins" in done.stdout
    data = np.arange(24.0).reshape(2, 3, 4)
    assert [step for step, _ in written(tmp_path)] == [1, 2, 3]
    assert written(tmp_path)[0][1] == dd.summary.activations_pb("n", data).SerializeToString()


def test_importing_loads_no_framework():
    heavy = "{'tensorflow', 'keras', 'torch', 'tensorboard', 'scipy', 'numpy'}"
    code = f"import sys, tb_deepdebug; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_a_list_keeps_its_precision_inside_a_function(logs):
    seconds = [1_700_000_000.0 + 60 * t for t in range(4)]
    data = np.ones((1, 4, 2), np.float32)
    tf.function(lambda: dd.summary.activations("n", data, 0, timestamps=seconds))()
    expected = dd.summary.activations_pb("n", data, timestamps=seconds).SerializeToString()
    assert logs() == [(0, expected)]


@pytest.mark.parametrize(
    ("call", "arguments", "message"),
    [
        ("activations", {"data": np.ones((2, 5, 3)), "mask": np.ones((3, 3))}, "`mask` must have"),
        ("activations", {"data": np.ones((2, 0, 3))}, "`data` must not be empty"),
        ("input_gradients", {"gradients": np.ones((2, 5, 3)), "output_step": 77}, "must be a time"),
    ],
)
@pytest.mark.parametrize("graph", [False, True])
def test_a_wrong_call_is_wrong_where_nothing_is_recorded(call, arguments, message, graph):
    def attempt():
        return function(call)("n", step=0, **arguments)

    with pytest.raises(ValueError, match=message):
        (tf.function(attempt, autograph=False) if graph else attempt)()


def test_output_steps_as_a_tensor(logs):
    gradients, steps = np.ones((2, 5, 3), np.float32), np.array([2, 4])
    in_graph = tf.function(
        lambda g, s: dd.summary.input_gradients("n", g, 0, output_step=s), autograph=False
    )
    in_graph(tf.constant(gradients), tf.constant(steps))
    expected = dd.summary.input_gradients_pb("n", gradients, output_step=steps)
    assert logs() == [(0, expected.SerializeToString())]
