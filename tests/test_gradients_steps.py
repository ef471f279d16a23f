"""Output steps: resolved per example, checked against the output's length and the mask."""

import numpy as np
import pytest

from tb_deepdebug.output_steps import mask_at_output, resolve_output_steps

POST = np.array([[1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1], [0, 0, 1, 0, 1, 0]], bool)


@pytest.mark.parametrize(
    ("given", "length", "mask", "expected"),
    [
        (2, 6, None, [2, 2, 2]),
        (-1, 6, None, [5, 5, 5]),
        (-6, 6, None, [0, 0, 0]),
        (np.int64(3), 6, None, [3, 3, 3]),
        ([0, -1, 4], 6, None, [0, 5, 4]),
        (np.array([3, 5, 4], np.uint8), 6, POST, [3, 5, 4]),
        ("last", 6, None, [5, 5, 5]),
        ("last", 6, POST, [3, 5, 4]),
        ("last", 3, POST, [1, 2, 2]),  # pooled by 2: the last pair with a valid timestep
        ("last", 12, POST, [7, 11, 9]),  # upsampled by 2
    ],
)
def test_resolves(given, length, mask, expected):
    steps = resolve_output_steps(given, 3, length, mask)
    assert steps.dtype == np.int64
    np.testing.assert_array_equal(steps, expected)


@pytest.mark.parametrize(
    ("given", "mask", "error", "says"),
    [
        (6, None, ValueError, r"must lie in \[-6, 6\).*step 6 of example 0.*example 2"),
        (-7, None, ValueError, "step -7 of example 0"),
        ([0, 9, 1], None, ValueError, "Received: step 9 of example 1$"),
        (4, POST, ValueError, "Masked: step 4 of example 0$"),
        (-1, POST, ValueError, "Masked: step 5 of example 0, step 5 of example 2$"),
        ("first", None, ValueError, "'last'.*Received: output_step='first'"),
        (1.5, None, TypeError, "must be an integer"),
        (True, None, TypeError, "must be an integer"),
        ([1, 2], None, ValueError, r"shape \(3,\). Received: shape=\(2,\)"),
        ([[1], [2], [3]], None, ValueError, r"Received: shape=\(3, 1\)"),
    ],
)
def test_refuses(given, mask, error, says):
    with pytest.raises(error, match=says):
        resolve_output_steps(given, 3, 6, mask)


def test_names_at_most_eight_offenders():
    with pytest.raises(ValueError, match=r"example 7 and 12 more$"):
        resolve_output_steps(9, 20, 6)


def test_last_step_of_an_example_without_any():
    mask = POST.copy()
    mask[1] = False
    with pytest.raises(ValueError, match="False throughout in examples 1"):
        resolve_output_steps("last", 3, 6, mask)


@pytest.mark.parametrize("time", [1, 5, 8, 13])
@pytest.mark.parametrize("length", [1, 2, 5, 8, 20])
def test_mask_at_output_equals_its_definition(time, length):
    mask = np.random.default_rng(time * 100 + length).random((4, time)) < 0.4
    slow = [
        [
            any(row[int(np.floor(j * time / length)) : int(np.ceil((j + 1) * time / length))])
            for j in range(length)
        ]
        for row in mask
    ]
    np.testing.assert_array_equal(mask_at_output(mask, length), slow)
