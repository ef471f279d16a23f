"""EventWriter: what it wrote is there, whatever happens next."""

import os
import shutil
import signal
import struct
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from needs import needs
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.compat.proto import event_pb2, summary_pb2

import tb_deepdebug as dd
from tb_deepdebug.writer import frame_record

SUMMARY = dd.summary.activations_pb("a", np.ones((2, 5, 3), np.float32))
PROLOGUE = """
import os, signal, sys, time
import numpy as np
import tb_deepdebug as dd
summary = dd.summary.activations_pb("a", np.ones((1, 50, 8), np.float32))
folder = sys.argv[1]
"""


def slow_crc(data):
    """CRC-32C bit by bit (Castagnoli, reflected), masked as in TFRecord files."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def events(path):
    """Events of a file, read and verified by hand."""
    data, at = Path(path).read_bytes(), 0
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        body = data[at + 12 : at + 12 + length]
        assert struct.unpack_from("<I", data, at + 8) == (slow_crc(data[at : at + 8]),)
        assert struct.unpack_from("<I", data, at + 12 + length) == (slow_crc(body),)
        yield event_pb2.Event.FromString(body)
        at += 16 + length


def steps(folder):
    """Training steps of the summaries in a folder's only file."""
    (name,) = os.listdir(folder)
    return [event.step for event in events(os.path.join(folder, name)) if event.HasField("summary")]


def run(code, folder, **options):
    source = PROLOGUE + textwrap.dedent(code)
    return subprocess.Popen([sys.executable, "-c", source, str(folder)], text=True, **options)


def test_crc_of_the_published_check_value():
    """RFC 3720, appendix B.4, and the bit-by-bit twin itself."""
    for data in (bytes(32), b"\xff" * 32, bytes(range(32)), b"", b"123456789"):
        record = frame_record(data)
        assert struct.unpack("<I", record[-4:]) == (slow_crc(data),)
    assert slow_crc(bytes(32)) == ((0x8A9136AA >> 15 | 0x8A9136AA << 17) + 0xA282EAD8) & 0xFFFFFFFF


def test_events_are_what_was_added(tmp_path):
    before = time.time()
    with dd.EventWriter(tmp_path / "new" / "run") as writer:
        writer.add(SUMMARY, step=3)
        writer.add(SUMMARY.SerializeToString(), step=np.int64(4), wall_time=12.5)
        writer.add_scalar("loss", 0.25, step=5)
    version, first, second, third = events(writer.path)
    assert version.file_version == "brain.Event:2"
    assert first.summary == second.summary == SUMMARY
    assert before <= first.wall_time <= time.time() and second.wall_time == 12.5
    assert [first.step, second.step, third.step] == [3, 4, 5]
    assert third.summary.value[0].tensor.float_val == [0.25]


def test_tensorflow_and_tensorboard_read_it(tmp_path):
    tf = needs("tensorflow")
    with dd.EventWriter(tmp_path) as writer:
        for step in range(20):
            writer.add(SUMMARY, step)
    records = [r.numpy() for r in tf.data.TFRecordDataset(writer.path)]
    assert [event_pb2.Event.FromString(r).step for r in records[1:]] == list(range(20))
    loaded = list(EventFileLoader(writer.path).Load())
    assert [event.step for event in loaded[1:]] == list(range(20))
    assert [v.tag for v in loaded[1].summary.value] == [v.tag for v in SUMMARY.value]


def test_threads_share_a_writer(tmp_path):
    with dd.EventWriter(tmp_path) as writer:
        add = lambda first: [writer.add(SUMMARY, first + i) for i in range(50)]  # noqa: E731
        threads = [threading.Thread(target=add, args=(100 * k,)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(steps(tmp_path)) == [100 * k + i for k in range(4) for i in range(50)]


def test_two_writers_of_a_folder_write_two_files(tmp_path):
    writers = [dd.EventWriter(tmp_path) for _ in range(3)]
    for writer in writers:
        writer.close()
    names = sorted(os.listdir(tmp_path))
    assert len(names) == 3 and all("tfevents" in name for name in names)


def test_a_killed_process_loses_nothing(tmp_path):
    process = run(
        """
        writer = dd.EventWriter(folder)
        for step in range(40):
            writer.add(summary, step)
            print(step, flush=True)
        time.sleep(60)
        """,
        tmp_path,
        stdout=subprocess.PIPE,
    )
    for line in process.stdout:
        if line.strip() == "39":
            break
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert steps(tmp_path) == list(range(40))


def test_a_full_disk_is_an_error_and_the_file_stays_whole(tmp_path):
    process = run(
        """
        import resource
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        writer = dd.EventWriter(folder)
        noise = np.random.default_rng(0).normal(size=(1, 50, 80))
        step = 0
        try:
            while True:
                writer.add(dd.summary.activations_pb("noise", noise), step)
                step += 1
        except OSError as error:
            print(step, error)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        writer.add_scalar("small", 1.0, 99)  # fits into what is left
        """,
        tmp_path,
        stdout=subprocess.PIPE,
    )
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and "File too large" in out
    written = int(out.split()[0])
    assert 0 < written < 20
    assert steps(tmp_path) == [*range(written), 99]


def test_an_interrupted_write_leaves_the_file_whole(tmp_path):
    class Interrupted:
        """A raw file that writes a part, then meets Ctrl-C."""

        def __init__(self, file):
            self.file, self.calls = file, 0

        def __getattr__(self, name):
            return getattr(self.file, name)

        def write(self, data):
            self.calls += 1
            if self.calls == 2:
                raise KeyboardInterrupt
            return self.file.write(data[:100])

    writer = dd.EventWriter(tmp_path)
    writer.add(SUMMARY, 1)
    raw, writer._file = writer._file, Interrupted(writer._file)
    with pytest.raises(KeyboardInterrupt):
        writer.add(SUMMARY, 2)
    writer._file = raw
    writer.add(SUMMARY, 3)
    writer.close()
    assert steps(tmp_path) == [1, 3]


def test_a_folder_deleted_under_it_is_made_again(tmp_path):
    folder = tmp_path / "run"
    with dd.EventWriter(folder) as writer:
        writer.add(SUMMARY, 1)
        shutil.rmtree(folder)
        writer.add(SUMMARY, 2)
        writer.add(SUMMARY, 3)
    assert steps(folder) == [2, 3]
    (first, *_) = events(writer.path)
    assert first.file_version == "brain.Event:2"


def test_add_after_close(tmp_path):
    writer = dd.EventWriter(tmp_path)
    writer.close()
    writer.close()
    with pytest.raises(
        ValueError, match=f"must be open. Received: an add after close, {writer.path}"
    ):
        writer.add(SUMMARY, 1)


@pytest.mark.parametrize("wrong", [None, "text", SUMMARY.value[0], {"a": 1}])
def test_other_summaries_are_refused(tmp_path, wrong):
    with dd.EventWriter(tmp_path) as writer, pytest.raises(TypeError, match="must be a Summary"):
        writer.add(wrong, 1)


def test_bytes_that_are_no_summary_are_refused(tmp_path):
    with dd.EventWriter(tmp_path) as writer, pytest.raises(ValueError, match="Summary proto"):
        writer.add(b"\xff\xff\xff", 1)


def test_a_file_in_the_way_is_an_error(tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(FileExistsError):
        dd.EventWriter(tmp_path / "run")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\nb", "<script>", "\U0001f525", "x" * 10_000, " ", "a/b", "\0"]
)
def test_hostile_names_are_data(tmp_path, name):
    with dd.EventWriter(tmp_path / "run") as writer:
        writer.add(dd.summary.activations_pb(name, np.ones((1, 2, 3))), 1)
        writer.add_scalar(name, 1.0, 1)
    assert os.listdir(tmp_path) == ["run"]
    _, event, _ = events(writer.path)
    stem = name.replace("\n", "%0A").replace("\0", "%00")  # else the data server fails on them
    assert event.summary.value[0].tag == f"{stem}/activations"


def test_a_summary_of_nothing_is_one(tmp_path):
    with dd.EventWriter(tmp_path) as writer:
        writer.add(summary_pb2.Summary(), 1)
    assert steps(tmp_path) == [1]
