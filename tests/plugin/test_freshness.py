"""What is remembered between requests never hides what was written since."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from envelopes import ROOT, open_envelope, query
from ingesters import INGESTERS, opened
from werkzeug.test import Client

import tb_deepdebug as dd

CONV = {"run": "run", "name": "conv", "kind": "activations"}


def write(writer: dd.EventWriter, step: int) -> None:
    """A layer whose activations are all equal to the step, and a loss that is too."""
    writer.add(dd.summary.activations_pb("conv", np.full((1, 8, 2), step, np.float32)), step)
    writer.add_scalar("loss", float(step), step)


def ask(client: Client, question: str) -> Any:
    """The envelope of a question that must succeed."""
    response = client.get(ROOT + question)
    assert response.status_code == 200, response.text
    return open_envelope(response.data)


@pytest.mark.parametrize("ingester", INGESTERS)
def test_answers_grow_with_the_log(ingester: str, tmp_path: Path) -> None:
    with dd.EventWriter(tmp_path / "run") as writer:
        write(writer, 0)
        with opened(ingester, tmp_path) as served:
            client = served.client()
            for last in range(3):
                assert client.get(ROOT + "index").json["runs"][0]["records"][0]["steps"][-1] == last
                for _ in range(2):  # read, then remembered
                    series = ask(client, query("series", **CONV))
                    assert series.fields["steps"] == list(range(last + 1))
                    loss = ask(client, query("scalars", run="run", tag="loss"))
                    assert list(loss.planes["values"]) == list(range(last + 1))
                write(writer, last + 1)
                served.reload()
                # Without another index: the listing that is remembered does not know this step.
                frame = ask(client, query("frame", **CONV, step=last + 1))
                assert frame.fields["step"] == last + 1


@pytest.mark.parametrize("ingester", INGESTERS)
def test_a_series_is_remembered_by_what_was_asked_for(ingester: str, tmp_path: Path) -> None:
    with dd.EventWriter(tmp_path / "run") as writer:
        for step in range(5):
            write(writer, step)
    with opened(ingester, tmp_path) as served:
        client = served.client()
        for _ in range(2):
            assert ask(client, query("series", **CONV)).fields["steps"] == [0, 1, 2, 3, 4]
            assert ask(client, query("series", **CONV, limit=2)).fields["steps"] == [0, 4]


def test_the_bundle_is_sent_packed_to_those_who_take_it(tmp_path: Path) -> None:
    with opened("python", tmp_path) as served:
        client = served.client()
        plain = client.get(ROOT + "index.js")
        packed = client.get(ROOT + "index.js", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["ETag"] == plain.headers["ETag"]
