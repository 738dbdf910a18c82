"""Tests of the `Sink` protocol, run for every sink."""

import csv
import itertools
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pyarrow.parquet as pq
import pysubs2
import pytest

from simpsons_play.core.errors import SinkError
from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Prediction, Region, RunInfo, Sink
from simpsons_play.sinks import (
    PredictionsCsvWriter,
    PredictionsJsonlWriter,
    PredictionsParquetWriter,
    SubtitlesWriter,
    VideoWriter,
    disk_space,
    partial_name,
)
from simpsons_play.sinks.subtitles import FORMATS
from simpsons_play.sources import VideoFile
from tests.disk import full_disk
from tests.fakes import WithTimeline
from tests.media import SIZE, number_of, numbered

RATE = Fraction(25)
INFO = SourceInfo("drawn", *SIZE, RATE, 1 / RATE, frames=20, duration_s=0.8)
Make = Callable[[Path], Sink]


def write(sink: Sink, frames: int, start: int = 0) -> None:
    region = Region("full", Box(0, 0, *SIZE))
    for number in range(frames):
        frame = Frame(numbered(number), number, Fraction(start + number) / RATE)
        prediction = Prediction(region, "bart_simpson", 0.9, (("bart_simpson", 0.9),))
        result = FrameResult(
            number, frame.time_s, number == 0, (prediction,), (Caption(region, "bart_simpson", 0.9),)
        )
        sink.write(frame, result)


def jsonl(path: Path) -> Sink:
    return PredictionsJsonlWriter(path, RunInfo(INFO, "four_conv.onnx", "CPU", ("bart_simpson",), 0.6))


def table(path: Path) -> Sink:
    return PredictionsCsvWriter(path, INFO)


def parquet(path: Path) -> Sink:
    return PredictionsParquetWriter(path, RunInfo(INFO, "four_conv.onnx", "CPU", ("bart_simpson",), 0.6))


def video(path: Path) -> Sink:
    return VideoWriter(path, INFO, marks=lambda size, _: ())


def subtitles(path: Path) -> Sink:
    return WithTimeline(lambda t: SubtitlesWriter(path, INFO, t), INFO.width)


SINKS = [
    ("out.jsonl", jsonl),
    ("out.csv", table),
    ("out.parquet", parquet),
    *((f"out{end}", video) for end in (".mp4", ".m4v", ".mov", ".mkv", ".avi", ".webm")),
]
SMALL = [(f"out{end}", subtitles) for end in (".srt", ".vtt", ".ass")]
every = pytest.mark.parametrize(
    ("name", "make"), [*SINKS, *SMALL], ids=[name for name, _ in [*SINKS, *SMALL]]
)
every_small = pytest.mark.parametrize(("name", "make"), SMALL, ids=[name for name, _ in SMALL])
every_large = pytest.mark.parametrize(("name", "make"), SINKS, ids=[name for name, _ in SINKS])


def frames_in(path: Path) -> int:
    """The number of frames in a file, which is read to its end."""
    if path.suffix == ".jsonl":
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        assert [line["type"] for line in lines] == ["header", *["frame"] * (len(lines) - 2), "footer"]
        return int(lines[-1]["frames"])
    if path.suffix == ".csv":
        header, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
        assert header[:5] == ["time_s", "region", "label", "probability", "index"]
        assert [float(row[0]) for row in rows] == [number / 25 for number in range(len(rows))]
        assert all(row[1:4] == ["full", "bart_simpson", "0.9000"] for row in rows)
        return len(rows)
    if path.suffix == ".parquet":
        rows = pq.read_table(path)
        assert rows["index"].to_pylist() == list(range(len(rows)))
        footer = json.loads(pq.read_metadata(path).metadata[b"simpsons_play.footer"])
        assert footer["complete"] == (".partial" not in path.name)
        return int(footer["frames"])
    if path.suffix in FORMATS:
        (cue,) = pysubs2.load(str(path), encoding="utf-8")
        assert cue.start == 0 and cue.plaintext == "Bart Simpson"
        return round(cue.end / 40)
    with VideoFile(path) as source:
        found = [number_of(frame.image) for frame in source]
        assert source.warnings == []
    assert found == list(range(len(found)))
    return len(found)


@every
def test_output_is_complete_after_exit_and_nothing_else_is_left(
    name: str, make: Make, tmp_path: Path
) -> None:
    path = tmp_path / name
    with make(path) as sink:
        write(sink, 20)
        assert not path.exists()
    assert frames_in(path) == 20
    assert list(tmp_path.iterdir()) == [path]


@every
@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_interrupted_output_is_shorter_but_valid(
    error: type[BaseException], name: str, make: Make, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(b"old")
    with pytest.raises(error), make(path) as sink:
        write(sink, 7)
        raise error
    assert frames_in(partial_name(path)) == 7
    assert path.read_bytes() == b"old"
    assert sorted(tmp_path.iterdir()) == sorted([path, partial_name(path)])


@every
def test_run_stopped_before_its_first_frame_leaves_no_file(name: str, make: Make, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), make(tmp_path / name):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@every
def test_existing_file_is_replaced(name: str, make: Make, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"old")
    with make(path) as sink:
        write(sink, 3)
        assert path.read_bytes() == b"old"
    assert frames_in(path) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="open files have no other name there: nothing is locked")
@every
def test_two_runs_cannot_write_the_same_file(name: str, make: Make, tmp_path: Path) -> None:
    path = tmp_path / name
    with make(path) as sink:
        write(sink, 5)
        with pytest.raises(SinkError, match="is being written by another run"):
            make(path).__enter__()
    assert frames_in(path) == 5
    with make(path) as sink:
        write(sink, 2)
    assert frames_in(path) == 2
    assert list(tmp_path.iterdir()) == [path]


@every
def test_complete_output_removes_the_partial_one(name: str, make: Make, tmp_path: Path) -> None:
    partial_name(tmp_path / name).write_bytes(b"an earlier run was stopped")
    with make(tmp_path / name) as sink:
        write(sink, 3)
    assert list(tmp_path.iterdir()) == [tmp_path / name]


@every
def test_names_may_contain_any_character(name: str, make: Make, tmp_path: Path) -> None:
    path = tmp_path / f"Märgès % 心 {name}"
    with make(path) as sink:
        write(sink, 2)
    assert frames_in(path) == 2


@every
def test_missing_folder_is_reported_on_enter(name: str, make: Make, tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=f"there is no folder {tmp_path / 'nowhere'}"):
        make(tmp_path / "nowhere" / name).__enter__()


@every
def test_folder_cannot_be_written_as_a_file(name: str, make: Make, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(SinkError, match="is a folder"):
        make(tmp_path / name).__enter__()
    assert list(tmp_path.iterdir()) == [tmp_path / name]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc takes no files even from root")
@every
def test_unwritable_folder_is_reported_on_enter(name: str, make: Make) -> None:
    with pytest.raises(SinkError, match=f"/proc/self/{name} cannot be written"):
        make(Path("/proc/self") / name).__enter__()


@every_large
def test_full_disk_is_one_line_and_leaves_no_broken_file(name: str, make: Make, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"old")
    with pytest.raises(SinkError, match="cannot be written") as caught, full_disk(600), make(path) as sink:
        write(sink, 400)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == b"old"
    left = [other for other in tmp_path.iterdir() if other != path]
    if name in ("out.jsonl", "out.csv"):  # complete lines are kept
        assert left == [partial_name(path)]
        assert frames_in(partial_name(path)) >= 1
    elif name == "out.parquet":
        assert left == []
    elif left:  # and so are frames, if the container needs no index
        assert left == [partial_name(path)]
        with VideoFile(partial_name(path)) as source:
            assert next(iter(source)).index == 0


@every_small
@pytest.mark.parametrize(
    ("stopped_by", "expected"), [(None, SinkError), (KeyboardInterrupt(), KeyboardInterrupt)]
)
def test_full_disk_at_the_end_leaves_only_the_old_file(
    stopped_by: KeyboardInterrupt | None,
    expected: type[BaseException],
    name: str,
    make: Make,
    tmp_path: Path,
) -> None:
    path = tmp_path / name
    path.write_bytes(b"old")
    with pytest.raises(expected), full_disk(10), make(path) as sink:
        write(sink, 20)
        if stopped_by is not None:
            raise stopped_by
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("before", "answers", "written"),
    [(1 << 30, 150, 150), (1 << 32, 20, 160)],
    ids=["asked at each frame", "asked at every eighth frame"],
)
@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv", "avi", "webm"])
def test_video_is_completed_when_the_disk_becomes_full(
    before: int, answers: int, written: int, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = itertools.chain((before for _ in range(answers)), itertools.repeat(100_000))
    monkeypatch.setattr(disk_space.shutil, "disk_usage", lambda path: SimpleNamespace(free=next(free)))
    path = tmp_path / f"out.{ending}"
    with pytest.raises(SinkError, match="no space left on device"), video(path) as sink:
        write(sink, 400)
    assert list(tmp_path.iterdir()) == [partial_name(path)]
    assert frames_in(partial_name(path)) == written


@pytest.mark.parametrize("ending", ["mkv", "webm", "avi", "mp4"])
def test_failed_write_leaves_a_playable_file(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"out.{ending}"
    with pytest.raises(SinkError, match="cannot be written"), full_disk(60_000), video(path) as sink:
        for start in range(0, 6000, 50):
            write(sink, 50, start)
    if ending == "mp4":  # its index is at the end
        assert list(tmp_path.iterdir()) == []
        return
    assert list(tmp_path.iterdir()) == [partial_name(path)]
    with VideoFile(partial_name(path)) as source:
        assert sum(1 for _ in source) > 100


@every_large
def test_full_disk_does_not_replace_another_error(name: str, make: Make, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), make(tmp_path / name) as sink:
        with suppress(SinkError), full_disk(500):
            write(sink, 400)
        raise KeyboardInterrupt


@every
def test_sink_must_be_entered_before_writing(name: str, make: Make, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="enter"):
        write(make(tmp_path / name), 1)
