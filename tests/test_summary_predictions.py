"""`summary.predictions`: from arrays to an event file and back."""

import json

import numpy as np
import pytest
from needs import needs
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto import event_pb2

import tb_deepdebug as dd
from tb_deepdebug.wire import frame, planes

rng = np.random.default_rng(0)
N = 400
GROUP = np.repeat(np.arange(40), 10)
LABEL = (rng.random(N) < 0.4).astype(float)
SCORE = np.clip(LABEL * 0.3 + rng.random(N) * 0.6, 0, 1)
SERIES = rng.normal(size=(N, 12, 2)).astype(np.float32)


def decoded(summary, tag):
    """Header and planes by name of the frame under a tag."""
    (value,) = [one for one in summary.value if one.tag == tag]
    blobs = list(value.tensor.string_val)
    header = frame.decode_header(blobs[0])
    found = [
        planes.decode(spec, blob) for spec, blob in zip(header["planes"], blobs[1:], strict=True)
    ]
    return header, {plane.name: plane.array for plane in found}


def test_a_table_is_stored_with_what_it_says():
    summary = dd.summary.predictions_pb(
        "risk",
        LABEL,
        SCORE,
        groups=GROUP,
        group_column="user",
        columns={"age": rng.normal(size=N), "sex": np.where(GROUP % 2, "female", "male")},
        input=SERIES,
        mask=np.arange(12) < 9 + np.zeros((N, 1)),
        kept=9,
        resamples=50,
    )
    header, arrays = decoded(summary, "risk/predictions")
    assert header["group"] == "user" and header["rows"] == N
    assert arrays["label"].tolist() == LABEL.tolist()
    assert arrays["kept/input"].shape == (9, 2, 12)
    assert np.isnan(arrays["kept/input"][:, :, 9:]).all()
    said = json.loads(bytes(arrays["analysis"]))
    assert said["metrics"]["rows"] == N and said["metrics"]["groups"] == 40
    curve = {value.tag: value for value in summary.value}["deepdebug/risk/auroc"]
    assert curve.tensor.float_val[0] == pytest.approx(said["metrics"]["model"]["auroc"]["value"])


def test_each_task_is_a_record_of_its_own():
    labels = np.stack([LABEL, np.where(GROUP < 20, np.nan, 1 - LABEL)], axis=1)
    summary = dd.summary.predictions_pb(
        "risk", labels, np.stack([SCORE, SCORE], 1), tasks=["apnea", "sleep"], analyze=False
    )
    tags = {value.tag for value in summary.value}
    assert {"risk/apnea/predictions", "risk/sleep/predictions"} <= tags
    _, arrays = decoded(summary, "risk/sleep/predictions")
    assert np.isnan(arrays["label"]).sum() == 200


def test_tensorflow_writes_the_same_bytes_and_refuses_graphs(tmp_path):
    tf = needs("tensorflow")
    writer = tf.summary.create_file_writer(str(tmp_path))
    with writer.as_default():
        assert dd.summary.predictions("risk", tf.constant(LABEL), SCORE, step=3, groups=GROUP)
        with pytest.raises(TypeError, match="must be called eagerly"):
            tf.function(lambda: dd.summary.predictions("risk", LABEL, SCORE, step=4))()
    writer.close()
    (path,) = tmp_path.glob("*tfevents*")
    events = [event_pb2.Event.FromString(data) for data in RawEventFileLoader(str(path)).Load()]
    (event,) = [event for event in events if event.HasField("summary")]
    assert event.step == 3
    assert event.summary == dd.summary.predictions_pb("risk", LABEL, SCORE, groups=GROUP)


def test_frames_hold_all_columns_that_are_allowed():
    many = {f"c{k}": np.where(LABEL, "a", "b") for k in range(24)}
    summary = dd.summary.predictions_pb(
        "risk", LABEL, SCORE, baseline=SCORE, groups=GROUP, times=GROUP, columns=many, input=SERIES,
        timestamps=np.arange(12), analyze=False,
    )  # fmt: skip
    header, _ = decoded(summary, "risk/predictions")
    assert len(header["planes"]) <= frame.MOST_PLANES


def test_tensors_of_any_framework_are_welcome():
    torch = needs("torch")
    labels, scores = torch.tensor(LABEL), torch.tensor(SCORE).bfloat16().requires_grad_()
    given = dd.summary.predictions_pb("risk", labels, scores, groups=torch.tensor(GROUP), columns={
        "age": torch.arange(N)}, analyze=False)  # fmt: skip
    _, arrays = decoded(given, "risk/predictions")
    np.testing.assert_allclose(arrays["prediction"], SCORE, atol=0.01)
