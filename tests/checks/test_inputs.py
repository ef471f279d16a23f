"""Every fault that is planted into a stream of batches is found, and a sound one has none."""

import itertools
import json

import numpy as np
import pytest
from scipy import stats
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

from tb_deepdebug import checks
from tb_deepdebug.wire import frame

pytestmark = pytest.mark.filterwarnings("error")


def stream(batches=20, size=16, timesteps=24, channels=2, seed=0):
    """Sound batches: standardised noise, whose first channel's mean is the label's."""
    rng = np.random.default_rng(seed)
    for _ in range(batches):
        y = (rng.random(size) < 0.5).astype(np.float32)
        x = rng.normal(size=(size, timesteps, channels)).astype(np.float32)
        x[..., 0] += y[:, None] - 0.5
        yield x, y


def verdicts(check):
    return {item.name: item.verdict for item in check.items}


def result(dataset, **options):
    return checks.inspect_inputs(dataset, **options).run()


def item(check, name):
    return next(one for one in check.items if one.name == name)


def test_a_sound_stream_passes():
    check = result(list(stream()))
    assert check.verdict == "pass" and set(verdicts(check).values()) == {"pass"}, str(check)
    assert check.sentence == "320 examples in 20 batches: nothing amiss in 11 things looked at."
    assert (check["examples"].value, check["batches"].value) == (320, 20)


def changed(change):
    """The sound stream with one thing done to each batch: `change(number, x, y)`."""
    batches = [(x.copy(), y.copy()) for x, y in stream()]
    return [change(i, x, y) for i, (x, y) in enumerate(batches)]


def nan_in_batch_7(i, x, y):
    if i == 7:
        x[3, 5, 1] = np.nan
        x[3, 6, 1] = np.inf
    return x, y


def sentinel(i, x, y):
    x[0, 0, 1] = 65535 if i == 3 else x[0, 0, 1]
    return x, y


def other_labels(i, x, y):
    return x, np.roll(y, 1)


FAULTS = {  # what is done to it, the item that tells, its verdict, a piece of the sentence
    "NaN": (nan_in_batch_7, "finite", "fail", "1 NaN and 1 infinite of 7,680 values; first in ba"),
    "sentinel": (sentinel, "ranges", "partial", "channel 1 reaches 6.554e+04"),
    "not centred": (
        lambda i, x, y: (x + 70, y),
        "zero-centred",
        "partial",
        "has mean 70",
    ),
    "scales": (
        lambda i, x, y: (x * np.array([1, 1000], np.float32), y),
        *("scales", "partial", "channel 1 varies"),
    ),
    "constant channel": (
        lambda i, x, y: (x * np.array([1, 0], np.float32), y),
        *("constant channels", "partial", "channel 1 is always 0"),
    ),
    "all constant": (lambda i, x, y: (x * 0, y), "constant channels", "fail", "channel 0 is"),
    "dtype": (
        lambda i, x, y: (x.astype(np.float64) if i == 4 else x, y),
        *("shape and dtype", "fail", "float32 (batch 0), float64 (batch 4)"),
    ),
    "channels": (
        lambda i, x, y: (x[..., :1] if i == 4 else x, y),
        *("shape and dtype", "fail", "[batch, 24, 2] (batch 0), [batch, 24, 1] (batch 4)"),
    ),
    "padding": (
        lambda i, x, y: (np.where(np.arange(24)[:, None] < 6, x, 0), y),
        *("padding", "partial", "75.0% of the timesteps of x are padding, in 320 of 320"),
    ),
    "mostly one value": (
        lambda i, x, y: (np.where(np.arange(24)[:, None] % 20 == 0, x, 0), y),
        *("commonest value", "partial", "channel 0 is 0 in 92% of its values"),
    ),
    "missing labels": (
        lambda i, x, y: (x, np.where(y == 0, np.nan, y)),
        *("missing labels", "partial", "of 320 labels are NaN"),
    ),
    "other labels": (
        other_labels,
        *("labels belong to their inputs", "unknown", "so simple features tell nothing"),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_values_is_found(fault):
    change, name, verdict, piece = FAULTS[fault]
    check = result(changed(change))
    found = item(check, name)
    assert found.verdict == verdict and piece in found.sentence, str(check)
    assert check.verdict != "pass" or verdict == "unknown"
    assert found.next


def test_nan_do_not_spoil_the_moments():
    batches = changed(nan_in_batch_7)
    inspection = checks.inspect_inputs(batches)
    inspection.run()
    channels = inspection._account.inputs["x"].channels
    every = np.concatenate([x for x, _ in batches]).reshape(-1, 2).astype(np.float64)
    known = np.where(np.isfinite(every), every, np.nan)
    np.testing.assert_allclose(channels.mean, np.nanmean(known, axis=0), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(channels.std, np.nanstd(known, axis=0), rtol=1e-6)
    assert channels.nan.tolist() == [0, 1] and channels.infinite.tolist() == [0, 1]


def test_moments_far_from_zero_keep_their_digits():
    batches = [(x + np.float32(2**20), y) for x, y in stream()]
    inspection = checks.inspect_inputs(batches)
    inspection.run()
    every = np.concatenate([x for x, _ in batches]).reshape(-1, 2).astype(np.float64)
    found = inspection._account.inputs["x"].channels
    np.testing.assert_allclose(found.std, every.std(axis=0), rtol=1e-5)


def test_batches_pass_untouched_and_lazily():
    taken = []

    def source():
        for batch in stream():
            taken.append(batch)
            yield batch

    passing = iter(checks.inspect_inputs(source()))
    first = next(passing)
    assert len(taken) == 1 and first is taken[0]
    before = [x.copy() for x, _ in stream()]
    for batch, x in zip([first, *passing], before, strict=True):
        np.testing.assert_array_equal(batch[0], x)


def test_repeated_batches_and_examples():
    batches = list(stream())
    batches[11] = batches[3]
    check = result(batches)
    assert item(check, "repeated batches").sentence == "batch 11 is batch 3 again"
    assert item(check, "repeated examples").verdict == "partial"
    # The same examples in another order are the same batch; one other example is not.
    x, y = batches[3]
    batches[11] = (x[::-1], y[::-1])
    assert item(result(batches), "repeated batches").verdict == "fail"
    batches[11] = (np.concatenate([x[:-1], x[:1] + 1]), y)
    assert item(result(batches), "repeated batches").verdict == "pass"


def test_unshuffled_labels():
    x, y = (np.concatenate(parts) for parts in zip(*stream(), strict=True))
    by_label = np.argsort(y, kind="stable")
    batches = [(x[i : i + 16], y[i : i + 16]) for i in range(0, 320, 16)]
    assert item(result(batches), "label order").verdict == "pass"
    x, y = x[by_label], y[by_label]
    batches = [(x[i : i + 16], y[i : i + 16]) for i in range(0, 320, 16)]
    found = item(result(batches), "label order")
    assert found.verdict == "fail" and "95% of the batches have a single label" in found.sentence


def test_a_run_of_one_channel_alone_is_no_padding():
    batches = [(x.copy(), y) for x, y in stream()]
    for x, _ in batches:
        x[:, 12:, 1] = 0  # the last channel rests, the first goes on for ten of these twelve
        x[:, 22:, 0] = 0
    assert f"{2 / 24:.1%} of the timesteps" in item(result(batches), "padding").sentence


def test_the_order_of_classes_is_pearsons_chi_squared():
    labels = np.random.default_rng(2).choice(4, size=(9, 16), p=[0.5, 0.3, 0.15, 0.05])
    found = checks.inputs.labels.order(list(labels.astype(float)))
    table = np.stack([(labels == value).sum(axis=1) for value in range(4)], axis=1)
    twin = stats.chi2_contingency(table, correction=False)
    assert found.excess * twin.dof == pytest.approx(twin.statistic)
    assert found.p == pytest.approx(twin.pvalue, rel=0.02)


def test_shuffled_labels_are_seldom_called_unshuffled():
    rng = np.random.default_rng(1)
    alarms = 0
    for _ in range(300):
        labels = rng.integers(0, 5, size=(12, 8)).astype(float)
        found = checks.inputs.labels.order(list(labels))
        alarms += found.p < 0.05
    assert 3 <= alarms <= 30  # 5 % of 300, within the approximation


def test_a_second_pass_in_the_same_order():
    inspection = checks.inspect_inputs(list(stream()))
    inspection.run()
    assert "reshuffled" not in verdicts(inspection.result)
    inspection.run()
    assert verdicts(inspection.result)["reshuffled"] == "partial"
    assert inspection.result["examples"].value == 320
    batches = list(stream())

    class Shuffled:
        def __iter__(self):
            np.random.default_rng(len(batches)).shuffle(batches)
            yield from batches

    inspection = checks.inspect_inputs(Shuffled())
    inspection.run()
    inspection.run()
    assert verdicts(inspection.result)["reshuffled"] == "pass"


def test_labels_against_the_source():
    x, y = (np.concatenate(parts) for parts in zip(*stream(), strict=True))
    order = np.random.default_rng(5).permutation(320)
    good = [(x[order][i : i + 16], y[order][i : i + 16]) for i in range(0, 320, 16)]
    name = "labels belong to their inputs"
    found = item(result(good, reference=(x, y)), name)
    assert found.verdict == "pass" and "100.0% of 320 examples" in found.sentence
    bad = [(x[order][i : i + 16], y[i : i + 16]) for i in range(0, 320, 16)]
    assert item(result(bad, reference=(x, y)), name).verdict == "fail"
    strange = item(result(good, reference=(x + 1, y)), name)
    assert strange.verdict == "unknown" and "0 of 320" in strange.sentence


def test_training_against_validation():
    def grouped(users, **options):
        for (x, y), user in zip(stream(**options), itertools.cycle(users), strict=False):
            yield x, y, np.full(len(x), user)

    train = list(grouped(range(10)))
    names = ["users", "examples", "drift"]

    def compare(validation):
        check = result(train, validation=validation, groups=lambda batch: batch[2])
        return [next(i.verdict for i in check.items if i.name.startswith(n)) for n in names]

    assert compare(list(grouped(range(10, 20), seed=1))) == ["pass"] * 3
    assert compare(list(grouped(range(5, 15), seed=1))) == ["fail", "pass", "pass"]
    assert compare([*grouped(range(10, 20), seed=1), (*train[0][:2], np.full(16, 99))]) == [
        *("pass", "fail", "pass")
    ]
    moved = [(x * 1.5 + 0.5, y, user) for x, y, user in grouped(range(10, 20), seed=1)]
    assert compare(moved) == ["pass", "pass", "partial"]


def test_filtering():
    _, y = (np.concatenate(parts) for parts in zip(*stream(), strict=True))
    source = np.concatenate([y, np.zeros(200)])
    check = result(list(stream()), stages={"read": source, "long enough": 400})
    found = item(check, "filtering")
    assert (
        found.sentence == "long enough keeps 400 of 520 (77%); the batches keeps 320 of 400 (80%)"
    )
    check = result(list(stream()), stages={"read": source})
    assert "class 0 goes from" in item(check, "filtering").sentence
    check = result(list(stream()), stages={"read": 1000})
    assert item(check, "filtering").verdict == "partial"


class Indexed:
    """As a Keras `PyDataset`: a length and items, which never run out by themselves."""

    def __init__(self):
        self.batches = list(stream())

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, i):
        return self.batches[i % len(self.batches)]


def torch_batches():
    torch = pytest.importorskip("torch")
    return [(torch.from_numpy(x), torch.from_numpy(y)) for x, y in stream()]


def tensorflow_batches():
    tf = pytest.importorskip("tensorflow")
    x, y = (np.concatenate(parts) for parts in zip(*stream(), strict=True))
    return tf.data.Dataset.from_tensor_slices((x, y)).batch(16)


LOOPS = {
    "list": lambda: list(stream()),
    "generator": stream,
    "indexed": Indexed,
    "torch": torch_batches,
    "tf.data": tensorflow_batches,
}


@pytest.mark.parametrize("loop", LOOPS)
def test_any_loop_gives_the_same_result(loop):
    expected = [(one.name, one.sentence) for one in result(list(stream())).items]
    assert [(one.name, one.sentence) for one in result(LOOPS[loop]()).items] == expected


def test_inputs_by_name_tokens_images_and_text():
    rng = np.random.default_rng(0)
    batches = [
        (
            {
                "ids": rng.integers(0, 99, (8, 5)),
                "image": rng.normal(size=(8, 3, 6, 4)).astype(np.float32),
                "flag": rng.random((8, 1)) < 0.5,
                "text": np.array(["a"] * 8),
            },
            rng.normal(size=8),
        )
        for _ in range(6)
    ]
    check = result(batches, channel_axis=1)
    told = item(check, "shape and dtype").sentence
    assert "ids int64 [batch, 5]" in told and "image float32 [batch, 6, 4, 3]" in told
    assert "text is of <U1" in told
    assert "3 channels" in item(check, "constant channels").sentence


@pytest.mark.parametrize(
    ("batches", "piece"),
    [
        ([], "No batch has passed yet."),
        ([object()] * 3, "no input is an array"),
        ([(np.zeros((0, 3, 2), np.float32), np.zeros(0))] * 5, "0 examples in 5 batches"),
        ([({"a": np.zeros((3, 2)), "b": np.zeros((4, 2))}, None)], "must have one length"),
        ([(np.full((4, 2), np.nan), np.full(4, np.nan))] * 5, "20 NaN of 20 values"),
        ([(np.full((4, 2), 1e308), np.arange(4))] * 5, "20 examples"),
    ],
)
def test_strange_batches_are_told_and_pass(batches, piece):
    inspection = checks.inspect_inputs(batches)
    with np.errstate(all="ignore"):
        passed = list(inspection)
        assert len(passed) == len(batches)
        assert all(one is other for one, other in zip(passed, batches, strict=True))
        assert piece in str(inspection.result), str(inspection.result)


@pytest.mark.parametrize(
    ("call", "error", "piece"),
    [
        (lambda: checks.inspect_inputs((np.zeros(3), np.zeros(3))), TypeError, "one by one"),
        (lambda: checks.inspect_inputs(3), TypeError, "Received: int"),
        (lambda: checks.inspect_inputs([], every=0), ValueError, "every=0"),
        (lambda: checks.inspect_inputs([], reference=3), ValueError, "Received: int"),
        (lambda: checks.inspect_inputs([], stages={"a": "b"}), ValueError, "stage 'a' must be"),
    ],
)
def test_wrong_arguments_name_the_rule(call, error, piece):
    with pytest.raises(error, match=piece):
        call()


def test_an_argument_that_fails_later_does_not_stop_the_loop():
    def broken(batch):
        raise RuntimeError("no groups here")

    inspection = checks.inspect_inputs(list(stream()), groups=broken)
    assert len(list(inspection)) == 20
    assert "no groups here" in str(inspection.result)


def headers(folder):
    events = itertools.chain.from_iterable(
        EventFileLoader(str(path)).Load() for path in sorted(folder.glob("*tfevents*"))
    )
    return [
        frame.decode_header(event.summary.value[0].tensor.string_val[0])
        for event in events
        if event.HasField("summary")
    ]


def test_the_record_is_written_when_the_pass_ends_or_is_left(tmp_path):
    inspection = checks.inspect_inputs(
        list(stream()), logdir=tmp_path, channels=["heart rate", "steps"], inverse=lambda x: x + 70
    )
    for i, _ in enumerate(inspection):
        if i == 9:
            break
    (header,) = headers(tmp_path)
    assert header["check"] == "inputs" and header["name"] == "inputs"
    assert json.dumps(header).count("heart rate") > 2
    assert header["numbers"][1]["value"] == 10
    titles = [picture["title"] for picture in header["pictures"]]
    assert titles[0] == "Values of heart rate" and "heart rate from batch to batch" in titles
    assert "Example 0 of the first batch, as the net sees it" in titles
    assert "Example 0 of the first batch, with the preprocessing undone" in titles
    inspection.run()
    assert len(headers(tmp_path)) == 2


def test_a_mask_leaves_padding_out():
    batches = [(np.where(np.arange(24)[:, None] < 12, x, -999), y) for x, y in stream()]
    mask = lambda batch: np.broadcast_to(np.arange(24) < 12, batch[0].shape[:2])  # noqa: E731
    check = result(batches, mask=mask)
    assert item(check, "zero-centred").verdict == "pass", str(check)
    assert "50.0% of the timesteps" in item(check, "padding").sentence
