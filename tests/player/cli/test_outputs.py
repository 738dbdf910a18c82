"""Outputs with unusable names, and the error messages for them."""

import dataclasses
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import click
import pytest

from simpsons_play.analysis.pipeline import RunSummary
from simpsons_play.analysis.sensitivity import Sensitivity
from simpsons_play.cli.base import Command
from simpsons_play.cli.main import main
from simpsons_play.cli.outputs import Outputs
from simpsons_play.cli.params import PathName
from simpsons_play.cli.summary import summary_lines
from simpsons_play.core.errors import SinkError
from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.core.results import FrameResult, RunInfo, Sink
from simpsons_play.inference.loading import load_network
from simpsons_play.sinks import (
    PredictionsCsvWriter,
    PredictionsJsonlWriter,
    PredictionsParquetWriter,
    ReportWriter,
    SubtitlesWriter,
    VideoWriter,
)
from simpsons_play.sinks.partial import PartialFile, make_folder, refuse_special_file
from simpsons_play.timelines.screen_time import ScreenTimeTotal
from tests.commands import SAMPLE, assert_one_error_line, simpsons
from tests.fakes import WithTimeline, write_colour_model
from tests.media import SIZE, make_pictures, numbered


def report_to(folder: Path) -> WithTimeline:
    band = Sensitivity(0.4, 0.8, {}, {})
    return WithTimeline(lambda t: ReportWriter(folder, RUN, t, sensitivity=lambda: band), RUN.source.width)


def commands(group: click.Group, *words: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, *words, name)
        else:
            yield (*words, name), command


def test_no_command_takes_an_empty_name_as_the_current_folder() -> None:
    found = 0
    for words, command in commands(main):
        assert isinstance(command, Command), words
        for param in command.params:
            if isinstance(param.type, click.Path) and param.name not in (
                "sources",
                "episodes",
                "files",
            ):  # `expand` checks
                assert isinstance(param.type, PathName), (words, param.name)
                with pytest.raises(click.BadParameter, match="the name is empty"):
                    param.type.convert("", param, None)
                found += 1
    assert found > 15


def test_a_file_in_place_of_a_folder_is_told() -> None:
    with pytest.raises(click.BadParameter, match=r"springfield\.mp4 is a file; give a folder\."):
        PathName(folder=True).convert(str(SAMPLE), None, None)
    assert PathName().convert(str(SAMPLE), None, None) == SAMPLE


def test_the_error_for_an_empty_name_shows_the_option(tmp_path: Path) -> None:
    for args in (("play", SAMPLE, "--report", ""), ("export", "m.keras", "-o", "")):
        done = simpsons(*args, cwd=tmp_path)
        assert done.returncode == 2
        assert f"'{args[2]}'" in done.stderr.splitlines()[-1]
        assert done.stderr.endswith(": the name is empty; is a variable unset?\n")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", [".", "/", "..", "folder"])
@pytest.mark.parametrize("kind", ["output", "predictions", "subtitles"])
def test_a_folder_is_refused_as_an_output(
    name: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    path = Path(name)
    options = {kind: path if kind == "output" else (path,)}
    with pytest.raises(SinkError, match=f"^{name} is a folder; give the name of a file$"):
        Outputs(PlayRequest(str(SAMPLE), **options))  # type: ignore[arg-type]


def test_a_folder_as_output_is_one_error_line() -> None:
    assert_one_error_line(simpsons("play", SAMPLE, "-o", "/"), "/ is a folder; give the name of a file")


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="Windows has no such files")
def test_disks_and_sockets_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.jsonl")
        with pytest.raises(SinkError, match=r"s\.jsonl is a socket"):
            PartialFile(Path("s.jsonl")).create()
    disks = [path for path in Path("/dev").iterdir() if path.is_block_device()]
    if disks:
        (tmp_path / "link.jsonl").symlink_to(disks[0])
    for disk in (*disks[:1], *tmp_path.glob("link.jsonl")):
        with pytest.raises(SinkError, match=f"{disk} is a disk"):
            refuse_special_file(disk)
        with pytest.raises(SinkError, match=f"{disk} is a disk"):
            Outputs(PlayRequest(str(SAMPLE), predictions=(disk,)))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such links")
def test_a_file_or_broken_link_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    for name, words in (
        ("file", "is a file, not a folder"),
        ("dangling", "is a symbolic link that points to nothing"),
        ("loop", "is a symbolic link that points to nothing"),
    ):
        folder = tmp_path / name
        for act in (
            lambda folder=folder: make_folder(folder),
            lambda folder=folder: make_folder(folder / "deeper" / "still"),
            lambda folder=folder: PartialFile(folder / "p.csv").create(),
        ):
            with pytest.raises(SinkError, match=f"{folder} {words}; choose another folder$"):
                act()


def test_a_huge_descriptor_number_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="cannot be written"):
        PartialFile(Path("/dev/fd/99999999999999999999")).create()


def test_invalid_names_for_pictures_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "pics"
    folder.mkdir()
    make_pictures(folder, ["a.png", "b.png"])
    named = ("--model", write_colour_model(tmp_path / "m.onnx"), "-q")
    assert_one_error_line(
        simpsons("play", folder, *named, "-o", tmp_path / "{picture}" / "x.png"),
        "put {picture} into the name of the file, not of a folder",
    )
    assert_one_error_line(
        simpsons("play", folder, *named, "--fps", 5, "-o", tmp_path / "x.png"),
        "x.png is a picture, and --fps makes a video; end it with .mp4",
    )
    assert_one_error_line(
        simpsons("play", folder, *named, "-o", tmp_path / "{picture}.mp4"),
        "{picture} stands for the name of each picture; end it with .png",
    )
    assert_one_error_line(
        simpsons("play", SAMPLE, *named, "--report", tmp_path, "--predictions", tmp_path / "totals.csv"),
        "totals.csv would be written twice; give two names",
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_mp4_to_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "f.mp4")
    refused = simpsons(
        *("play", SAMPLE, "--duration", 1, "-q", "-o", tmp_path / "f.mp4"),
        *("--model", write_colour_model(tmp_path / "m.onnx")),
    )
    assert_one_error_line(refused, "f.mp4 is a pipe, to which MP4 cannot be written; end it with .mkv")


def summary_of(
    *,
    frames: int,
    totals: tuple[ScreenTimeTotal, ...] = (),
    changes: int = 0,
    raw_changes: int = 0,
) -> RunSummary:
    return RunSummary(
        frames=frames,
        repeated=0,
        dropped=0,
        seconds=1.0,
        media_seconds=1.0,
        stages=(),
        totals=totals,
        changes=changes,
        raw_changes=raw_changes,
    )


def test_one_change_is_singular(tmp_path: Path) -> None:
    summary = summary_of(frames=24, changes=1, raw_changes=2)
    lines = list(summary_lines(summary, load_network(write_colour_model(tmp_path / "m.onnx")), stills=False))
    assert "Names changed 1 time; smoothing removed 1 more change" in lines


def test_summary_of_pictures_counts_pictures(tmp_path: Path) -> None:
    summary = dataclasses.replace(
        summary_of(frames=5400, totals=(ScreenTimeTotal("homer_simpson", 3.0, 0.75, 1),)),
        named_frames={"bart_simpson": 9, "homer_simpson": 1200, "apu": 9},
        unnamed_frames=4182,
    )
    lines = list(summary_lines(summary, load_network(write_colour_model(tmp_path / "m.onnx")), stills=True))
    who = "Homer Simpson in 1,200, Apu in 9, Bart Simpson in 9"
    assert lines[0] == f"5,400 pictures: {who}; no one recognised in 4,182"


def test_screen_time_is_printed_before_the_stages_and_no_repeats_are_not_mentioned(tmp_path: Path) -> None:
    summary = summary_of(frames=24, totals=(ScreenTimeTotal("homer_simpson", 1.0, 1.0, 1),))
    network = load_network(write_colour_model(tmp_path / "m.onnx"))
    lines = list(summary_lines(summary, network, stills=False))
    starts = [line.split()[0] for line in lines if line]
    assert starts.index("Homer") < starts.index("ms") and not any("repeat" in line for line in lines)
    assert "No one recognised" in summary_lines(summary_of(frames=24), network, stills=False)


RATE = Fraction(25)
INFO = SourceInfo("x.mkv", *SIZE, RATE, 1 / RATE, frames=20, duration_s=0.8)
RUN = RunInfo(INFO, "m.onnx", "CPU", ("a", "b"), 0.6)
SINKS: dict[str, Callable[[Path], Sink]] = {
    "jsonl": lambda folder: PredictionsJsonlWriter(folder / "o.jsonl", RUN),
    "csv": lambda folder: PredictionsCsvWriter(folder / "o.csv", INFO),
    "parquet": lambda folder: PredictionsParquetWriter(folder / "o.parquet", RUN),
    "srt": lambda folder: WithTimeline(lambda t: SubtitlesWriter(folder / "o.srt", INFO, t), INFO.width),
    "report": lambda folder: WithTimeline(
        lambda t: ReportWriter(folder, RUN, t, sensitivity=lambda: Sensitivity(0.4, 0.8, {}, {})),
        RUN.source.width,
    ),
    "mp4": lambda folder: VideoWriter(folder / "o.mp4", INFO, marks=lambda size, _: ()),
    "mkv": lambda folder: VideoWriter(folder / "o.mkv", INFO, marks=lambda size, _: ()),
}


def write(sink: Sink, halfway: Callable[[], object]) -> None:
    with sink:
        for index in range(20):
            if index == 10:
                halfway()
            frame = Frame(numbered(index), index, index / RATE)
            sink.write(frame, FrameResult(index, frame.time_s, not index, (), ()))


@pytest.mark.skipif(os.name == "nt", reason="open files cannot be removed there")
@pytest.mark.parametrize("kind", SINKS)
@pytest.mark.parametrize("then", ["gone", "a file"])
def test_a_folder_removed_during_the_run_is_an_error(kind: str, then: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()

    def halfway() -> None:
        shutil.rmtree(folder)
        if then == "a file":
            folder.write_text("other")

    with pytest.raises(SinkError, match=r"cannot be written: (no such file|not a directory)"):
        write(SINKS[kind](folder), halfway)
    assert [path.name for path in tmp_path.iterdir()] == (["out"] if then == "a file" else [])


@pytest.mark.skipif(os.name == "nt", reason="open files cannot be renamed there")
@pytest.mark.parametrize("kind", SINKS)
def test_an_output_that_cannot_be_renamed_stays_partial(kind: str, tmp_path: Path) -> None:
    name = "index.html" if kind == "report" else f"o.{kind}"
    with pytest.raises(SinkError, match=f"{name} cannot be written: is a directory"):
        write(SINKS[kind](tmp_path), lambda: (tmp_path / name).mkdir())
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == sorted([name, name.replace(".", ".partial.")])


def test_a_picture_too_large_for_its_format_is_one_error_line(tmp_path: Path) -> None:
    (wide,) = make_pictures(tmp_path, ["wide.png"], size=(20_000, 16))
    named = ("--model", write_colour_model(tmp_path / "m.onnx"), "-q")
    refused = simpsons("play", wide, *named, "-o", tmp_path / "out.webp")
    assert_one_error_line(refused, "out.webp: .webp cannot hold a picture of 20000x16; end it with .png")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.onnx", "wide.png"]
