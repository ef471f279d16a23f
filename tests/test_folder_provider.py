"""The provider over a folder gives what TensorBoard's own gives; what it leaves out is spread."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ingesters import opened
from log_folders import write_run

from tb_deepdebug import reader
from tb_deepdebug.reader import Log


@pytest.fixture(scope="module")
def logdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("logs")
    write_run(folder / "a", steps=range(0, 100, 10))
    write_run(folder / "b", steps=(5, 5, 7), seed=1)  # a step written twice
    return folder


def test_it_answers_as_tensorboards_own_does(logdir: Path) -> None:
    ours = reader.open_logdir(logdir)
    with opened("python", logdir) as served:
        theirs = served.log()
        assert [vars(r) for r in ours.records] == [vars(r) for r in theirs.records]
        assert ours.runs() == theirs.runs() and ours.scalar_tags() == theirs.scalar_tags()
        for mine, other in zip(ours.records, theirs.records, strict=True):
            assert ours.steps(mine) == theirs.steps(other)
            for step in ours.steps(mine):
                one, two = ours.frame(mine, step), theirs.frame(other, step)
                assert one.header == two.header and one.wall_time == two.wall_time
                assert [p.stored for p in one.planes] == [p.stored for p in two.planes]
            told, expected = ours.series(mine), theirs.series(other)
            assert told.steps == expected.steps
            for a, b in zip(told.values, expected.values, strict=True):
                np.testing.assert_equal(dict(a.scalars), dict(b.scalars))


def test_what_is_left_out_is_evenly_spread(logdir: Path) -> None:
    for most, expected in (
        (4, [0, 30, 60, 90]),
        (2, [0, 90]),
        (1, [90]),
        (50, [*range(0, 100, 10)]),
    ):
        log: Log = reader.open_logdir(logdir)
        (record,) = [r for r in log.records if (r.run, r.kind) == ("a", "activations")]
        log.load_series([record], most)
        assert log.series(record).steps == expected
