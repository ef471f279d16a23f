"""What is kept of activations, and what is refused."""

import dataclasses

import numpy as np
import pytest

from tb_deepdebug.records.activations import measure

pytestmark = pytest.mark.filterwarnings("error")
DATA = np.random.default_rng(0).normal(size=(3, 40, 4)).astype(np.float32)
INPUT = np.random.default_rng(1).normal(size=(3, 40, 2))


def test_the_first_example_is_pictured_and_all_are_measured():
    record = measure(DATA)
    assert record.picture.codes.shape == (1, 4, 40) and record.overview is None
    np.testing.assert_array_equal(record.stats.max, DATA.max(axis=(0, 1)))
    np.testing.assert_array_equal(record.picture.scale[1], DATA[0].max(axis=0))


@pytest.mark.parametrize(("examples", "kept"), [(None, 1), (2, 2), (9, 3), (np.int64(2), 2)])
def test_examples(examples, kept):
    record = measure(DATA, examples=examples, input=INPUT, timestamps=np.arange(40))
    assert len(record.picture.codes) == len(record.input) == len(record.timestamps) == kept


@pytest.mark.parametrize(("examples", "columns"), [(None, 256), (3, 3), (999, 300)])
def test_without_time_the_examples_are_the_columns(examples, columns):
    record = measure(np.ones((300, 5)), examples=examples)
    assert (record.axis, record.picture.codes.shape) == ("example", (1, 5, columns))
    assert record.stats.count.tolist() == [300] * 5


def test_images_are_pictured_flat():
    record = measure(np.ones((2, 6, 7, 3)))
    assert (record.axis, record.picture.codes.shape) == ("space", (1, 3, 42))


def test_the_overview_is_of_the_picture():
    record = measure(np.zeros((1, 4096, 128), np.float32))
    assert (record.stride, record.overview.shape) == (4, (1, 128, 1024))


def test_series_beside_it():
    record = measure(DATA, input=INPUT[..., 0], timestamps=np.arange(120).reshape(3, 40))
    np.testing.assert_array_equal(record.input[0, :, 0], INPUT[0, :, 0].astype("f4"))
    np.testing.assert_array_equal(record.timestamps[0], np.arange(40.0))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"examples": -1}, ValueError, "`examples` must be an integer, at least 0. Received: -1"),
        ({"examples": 1.5}, ValueError, "`examples` must be an integer.*1.5"),
        ({"channels": ["a"]}, ValueError, r"`channels` must be 4 names.*\['a'\]"),
        ({"channels": "abcd"}, TypeError, "`channels` must be a list of names.*'abcd'"),
        ({"channels": 5}, TypeError, "`channels` must be a list of names.*5"),
        ({"unit_axis": 1.0}, TypeError, "`unit_axis` must be an integer.*1.0"),
        ({"examples": True}, ValueError, "`examples` must be an integer, at least 0.*True"),
        ({"input_channels": ["a"]}, ValueError, "`input_channels` must come with `input`"),
        ({"input": INPUT, "input_channels": ["a"]}, ValueError, "must be 2 names"),
        ({"input": INPUT[:2]}, ValueError, r"`input` must be \[batch, time, channels\].*\(2, 40"),
        ({"input": INPUT[:, :9]}, ValueError, "`input` must be"),
        ({"input": INPUT.astype("U9")}, TypeError, "`input` must have a floating-point dtype"),
        ({"timestamps": np.arange(39)}, ValueError, r"`timestamps` must be .*\(3, 39\)"),
        ({"timestamps": np.ones((3, 40, 1))}, ValueError, "`timestamps` must be"),
        (
            {"timestamps": np.zeros(40, "M8[s]")},
            TypeError,
            "`timestamps` must have a floating-point dtype",
        ),
        ({"data": np.ones((3, 40)), "timestamps": np.ones(40)}, ValueError, "beside `data`"),
    ],
)
def test_wrong_arguments_are_told_the_rule_and_what_came(arguments, error, message):
    with pytest.raises(error, match=message):
        measure(**{"data": DATA, **arguments})


def test_a_record_is_consistent():
    record = measure(np.zeros((1, 4096, 128), np.float32))
    with pytest.raises(ValueError, match=r"same units\. Received: 9, 128 and 128"):
        dataclasses.replace(record, shape=(1, 4096, 9))
    with pytest.raises(ValueError, match=r"ceil\(4096 / 5\) columns. Received: 1024"):
        dataclasses.replace(record, stride=5)


def test_whole_numbers_are_input_too():
    steps = (np.arange(3 * 40).reshape(3, 40) % 7).astype(np.uint8)
    assert measure(DATA, input=steps).input[0, :, 0].tolist() == steps[0].tolist()
