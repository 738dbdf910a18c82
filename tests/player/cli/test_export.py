"""Exports from the window: real files, by a real process that runs no model."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.video_cache import VideoCache
from simpsons_play.cli import file_detections, running_export
from simpsons_play.cli.export_files import TemporaryFiles
from simpsons_play.cli.file_detections import FileDetections
from simpsons_play.cli.file_exporter import ExportJobs, FileExporter, no_exporter
from simpsons_play.cli.play_headless import play_without_window
from simpsons_play.cli.running_export import RunningExport
from simpsons_play.core.errors import SimpsonsError
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.core.results import Detections, FrameDetections
from simpsons_play.inference.loading import load_model
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.sinks.partial import PartialFile
from simpsons_play.sources import open_requested, open_source
from simpsons_play.window import ExportKind, ExportOptions, ExportProgress, ExportState
from tests.commands import SAMPLE
from tests.media import beginning
from tests.waiting import wait_until

OUTPUTS = (
    (ExportKind.SUBTITLES, "names.srt"),
    (ExportKind.SUBTITLES, "names.ass"),
    (ExportKind.TABLE, "names.csv"),
    (ExportKind.TABLE, "names.jsonl"),
    (ExportKind.TABLE, "names.parquet"),
    (ExportKind.REPORT, "report"),
    (ExportKind.VIDEO, "named.mp4"),
)


@pytest.fixture(scope="module")
def network() -> Classifier | Detector:
    return load_model(provider="cpu")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return beginning(SAMPLE, tmp_path_factory.mktemp("clip"), 6)


@pytest.fixture(scope="module")
def made(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, DetectionLog]]:
    """A folder with what the command line writes from cached detections, and these detections."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("SIMPSONS_CACHE", str(folder / "cache"))
        request = PlayRequest(str(clip), provider="cpu", quiet=True)
        play_without_window([request])
        play_without_window(
            [
                dataclasses.replace(
                    request,
                    output=folder / "named.mp4",
                    subtitles=(folder / "names.srt", folder / "names.ass"),
                    predictions=tuple(folder / f"names.{end}" for end in ("csv", "jsonl", "parquet")),
                    report=folder / "report",
                )
            ]
        )
    (log,) = map(DetectionLog.load, (folder / "cache").glob("*.track"))
    yield folder, log


class Exporting:
    """Exports a clip whose detections are a given log."""

    def __init__(self, clip: Path, network: Classifier | Detector, log: DetectionLog) -> None:
        self.request = PlayRequest(str(clip), provider="cpu")
        with open_requested(self.request) as source:
            self.info = source.info
        cache = VideoCache(None, network, regions="detect", config=self.request.config)
        self.detections = FileDetections(self.request, log, cache)
        self.threshold = network.card.threshold
        self.jobs = ExportJobs()
        self.exporter = FileExporter(
            self.request,
            self.info,
            lambda: network,
            self.detections,
            threshold=lambda: self.threshold,
            jobs=self.jobs,
        )

    def start(self, kind: ExportKind, path: Path, **options: Any) -> RunningExport:
        return self.exporter.start(ExportOptions(kind, path, **options))

    def ended(self, kind: ExportKind, path: Path, **options: Any) -> ExportProgress:
        job = self.start(kind, path, **options)
        job.join()
        return job.progress()


@pytest.fixture
def exporting(
    clip: Path, network: Classifier | Detector, made: tuple[Path, DetectionLog]
) -> Iterator[Exporting]:
    one = Exporting(clip, network, made[1])
    with one.jobs:
        yield one


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("kind", "name"), OUTPUTS)
def test_the_output_is_that_of_the_command_line(
    exporting: Exporting, made: tuple[Path, DetectionLog], tmp_path: Path, kind: ExportKind, name: str
) -> None:
    progress = exporting.ended(kind, tmp_path / name)
    assert (progress.state, progress.share, progress.warnings) == (ExportState.DONE, 1.0, ())
    wanted, written = made[0] / name, tmp_path / name
    if wanted.is_dir():
        assert files_in(written) == files_in(wanted)
    elif kind is ExportKind.VIDEO:  # x264 does not always write the same bytes
        with open_source(written) as video, open_source(wanted) as other:
            for frame, same in zip(video, other, strict=True):
                assert frame.time == same.time
                assert np.abs(frame.image.astype(int) - same.image).mean() < 0.5
    else:
        assert written.read_bytes() == wanted.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == [name], "nothing else is left"


def test_the_model_cannot_run_in_the_process(network: Classifier | Detector) -> None:
    """Its copy has no session, so that it fails instead."""
    copy = network.without_session()
    assert copy._session is None and isinstance(copy, Detector) and copy.fallback is not None
    assert copy.fallback._session is None and copy.title == network.title
    assert network._session is not None


def test_the_threshold_is_that_of_the_window(exporting: Exporting, tmp_path: Path) -> None:
    exporting.threshold = 1.0
    exporting.ended(ExportKind.TABLE, tmp_path / "none.csv")
    exporting.threshold = 0.5
    exporting.ended(ExportKind.TABLE, tmp_path / "many.csv")
    lines = {name: len((tmp_path / f"{name}.csv").read_text().splitlines()) for name in ("none", "many")}
    assert lines["none"] == 1 < lines["many"]


def test_it_names_some_characters_alone(exporting: Exporting, tmp_path: Path) -> None:
    everyone, bart = tmp_path / "everyone.csv", tmp_path / "bart.csv"
    exporting.ended(ExportKind.TABLE, everyone)
    exporting.ended(ExportKind.TABLE, bart, only=frozenset({"bart_simpson"}))
    rows = everyone.read_text().splitlines()
    assert bart.read_text().splitlines() == [rows[0], *(row for row in rows if "bart_simpson" in row)]
    assert len({row.split(",")[2] for row in rows[1:]}) > 1


def test_a_part_shows_the_names_of_the_whole(
    exporting: Exporting, made: tuple[Path, DetectionLog], tmp_path: Path
) -> None:
    """Also where it begins and ends in the middle of a shot."""
    part = {"start_s": 2.5, "duration_s": 2.0}
    exporting.ended(ExportKind.TABLE, tmp_path / "part.jsonl", **part)
    whole = [json.loads(line) for line in (made[0] / "names.jsonl").read_text().splitlines()]
    frames = [line for line in whole if line["type"] == "frame" and 2.5 <= line["time_s"] < 4.5]
    written = [json.loads(line) for line in (tmp_path / "part.jsonl").read_text().splitlines()]
    assert [line["index"] for line in written[1:-1]] == list(range(len(frames)))
    for line in (*frames, *written[1:-1]):
        del line["index"]
    assert written[1:-1] == frames and any(frame["captions"] for frame in frames)
    report = exporting.ended(ExportKind.REPORT, tmp_path / "report", **part)
    assert (
        report.state is ExportState.DONE and "\n2.502," in (tmp_path / "report/appearances.csv").read_text()
    )


def test_it_waits_for_the_analysis(
    clip: Path, network: Classifier | Detector, made: tuple[Path, DetectionLog], tmp_path: Path
) -> None:
    log = made[1].until(20)
    one = Exporting(clip, network, log)
    with one.jobs:
        job = one.start(ExportKind.SUBTITLES, tmp_path / "names.srt")
        wait_until(lambda: job.progress().share > 0)
        assert job.progress().state is ExportState.WAITING and not list(tmp_path.iterdir())
        log.extend(made[1].columns(20, first_run=log.runs))
        log.complete = True
        job.join()
    assert job.progress().state is ExportState.DONE
    assert (tmp_path / "names.srt").read_bytes() == (made[0] / "names.srt").read_bytes()


def test_a_file_that_the_window_has_left_is_analysed_to_its_end(
    clip: Path, network: Classifier | Detector, made: tuple[Path, DetectionLog], tmp_path: Path
) -> None:
    """Only the rest, and only once for two exports."""
    known = made[1].shot_of(len(made[1]) - 1)[0]
    assert known > 0
    starts: list[float] = []

    class Ahead(file_detections.AheadAnalysis):
        def __init__(self, request: PlayRequest, **more: object) -> None:
            starts.append(request.start_s)
            super().__init__(request, **more)  # type: ignore[arg-type]

    one = Exporting(clip, network, made[1].until(known + 5))
    with pytest.MonkeyPatch.context() as monkeypatch, one.jobs:
        monkeypatch.setattr(file_detections, "AheadAnalysis", Ahead)
        jobs = [one.start(ExportKind.TABLE, tmp_path / f"{name}.csv") for name in "ab"]
        one.detections.leave()
        for job in jobs:
            job.join()
    assert starts == [pytest.approx(made[1][known].time_s, abs=1e-3)]
    for job in jobs:
        assert job.progress().state is ExportState.DONE
        assert job.path.read_bytes() == (made[0] / "names.csv").read_bytes()


def test_a_failed_analysis_is_told(
    clip: Path, network: Classifier | Detector, made: tuple[Path, DetectionLog], tmp_path: Path
) -> None:
    one = Exporting(clip, network, made[1].until(20))
    with one.jobs:
        job = one.start(ExportKind.TABLE, tmp_path / "a.csv")
        one.detections.fail(SimpsonsError("the analysis ended early"))
        job.join()
    assert job.progress() == ExportProgress(ExportState.FAILED, error="the analysis ended early")


def test_a_wait_is_cancelled(
    clip: Path, network: Classifier | Detector, made: tuple[Path, DetectionLog], tmp_path: Path
) -> None:
    one = Exporting(clip, network, made[1].until(20))
    with one.jobs:
        job = one.start(ExportKind.REPORT, tmp_path / "report")
        job.cancel()
        job.join()
    assert job.progress().state is ExportState.CANCELLED and not list(tmp_path.iterdir())


def test_cancelling_leaves_nothing_new(network: Classifier | Detector, tmp_path: Path) -> None:
    """Files of earlier runs stay, even partial ones."""
    one = Exporting(SAMPLE, network, nothing_on(SAMPLE, network))
    before = {"named.partial.mp4": b"earlier", "named.mp4": b"a film", "named.mp4.part": b"of another"}
    for earlier, content in before.items():
        (tmp_path / earlier).write_bytes(content)
    with one.jobs:
        job = one.start(ExportKind.VIDEO, tmp_path / "named.mp4")
        wait_until(lambda: job.progress().state is ExportState.RUNNING and job.progress().share > 0.02)
        assert len(files_in(tmp_path)) > len(before)
        if sys.platform == "linux":
            assert job._process is not None
            assert os.getpriority(os.PRIO_PROCESS, job._process.pid) == 10
            assert os.sched_getscheduler(job._process.pid) != os.SCHED_IDLE, "the user waits"
        job.cancel()
        job.join()
        assert job.progress().state is ExportState.CANCELLED
    assert files_in(tmp_path) == before


def test_the_folders_of_a_cancelled_report_are_removed(tmp_path: Path) -> None:
    """Unless something else is in them by then."""
    report = tmp_path / "made" / "report"
    files = TemporaryFiles(PlayRequest("a.mp4", report=report))
    report.mkdir(parents=True)
    (report / "index.part.html").touch()
    (tmp_path / "made" / "note.txt").touch()
    files.remove()
    assert list((tmp_path / "made").iterdir()) == [tmp_path / "made" / "note.txt"]


def nothing_on(path: Path, network: Classifier | Detector) -> DetectionLog:
    """The detections in a video without any head."""
    log, labels = DetectionLog({}), len(network.card.labels)
    nothing = Detections(
        np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, labels), np.float32)
    )
    with open_requested(PlayRequest(str(path))) as source:
        for frame in source:
            begins = frame.index == 0
            log.append(
                FrameDetections(
                    frame.index, frame.time_s, frame.size_px, begins, not begins, nothing, sampled=begins
                )
            )
    log.complete = True
    return log


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_a_process_that_is_killed_is_told_and_its_files_are_removed(
    network: Classifier | Detector, tmp_path: Path
) -> None:
    one = Exporting(SAMPLE, network, nothing_on(SAMPLE, network))
    with one.jobs:
        job = one.start(ExportKind.VIDEO, tmp_path / "named.mp4")
        wait_until(lambda: job.progress().share > 0.02)
        assert job._process is not None
        job._process.send_signal(signal.SIGKILL)
        job.join()
    assert job.progress().state is ExportState.FAILED
    assert job.progress().error == "the export ended early: its process was ended by SIGKILL"
    assert not list(tmp_path.iterdir())


def test_errors_are_those_of_the_process(
    exporting: Exporting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    give = running_export.give_job

    def give_late(process: subprocess.Popen[bytes], task: object) -> None:
        folder.rmdir()
        give(process, task)

    monkeypatch.setattr(running_export, "give_job", give_late)
    progress = exporting.ended(ExportKind.VIDEO, folder / "named.mp4")
    assert progress.state is ExportState.FAILED and f"there is no folder {folder}" in progress.error

    def fail(*args: object, **options: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(running_export, "start_child", fail)
    progress = exporting.ended(ExportKind.TABLE, tmp_path / "a.csv")
    assert progress.error == "the export cannot be started: cannot allocate memory"


def test_nothing_that_is_needed_is_overwritten(clip: Path, exporting: Exporting, tmp_path: Path) -> None:
    link = tmp_path / "link.mp4"
    link.symlink_to(clip)
    for kind, path, reason in (
        (ExportKind.VIDEO, clip, "it would be overwritten"),
        (ExportKind.VIDEO, link, "it would be overwritten"),
        (ExportKind.VIDEO, tmp_path / "a.txt", "cannot write '.txt' files"),
        (ExportKind.SUBTITLES, tmp_path / "a.sub", "cannot write '.sub' subtitles"),
        (ExportKind.TABLE, tmp_path / "a.xls", "cannot write '.xls' predictions"),
        (ExportKind.TABLE, tmp_path / "none" / "a.csv", "there is no folder"),
        (ExportKind.REPORT, clip, "is a file, not a folder"),
    ):
        with pytest.raises(SimpsonsError, match=reason):
            exporting.start(kind, path)
    assert len(list(tmp_path.iterdir())) == 1


def test_what_is_being_exported_is_not_exported_again(exporting: Exporting, tmp_path: Path) -> None:
    job = exporting.start(ExportKind.VIDEO, tmp_path / "named.mp4")
    with pytest.raises(SimpsonsError, match="is being exported already; choose another name"):
        exporting.start(ExportKind.VIDEO, tmp_path / "named.mp4")
    job.join()
    assert job.progress().state is ExportState.DONE
    exporting.ended(ExportKind.VIDEO, tmp_path / "named.mp4")


def test_files_that_another_run_writes_are_not_removed(tmp_path: Path) -> None:
    request = PlayRequest("clip.avi", output=tmp_path / "named.mp4")
    other = PartialFile(tmp_path / "named.mp4", keep_suffix=True)
    other.create()
    files = TemporaryFiles(request)
    other.part.write_bytes(b"more")
    files.remove()
    assert other.part.read_bytes() == b"more"
    other.discard()


def test_it_tells_what_it_would_replace(exporting: Exporting, tmp_path: Path) -> None:
    options = ExportOptions(ExportKind.REPORT, tmp_path / "report")
    assert exporting.exporter.replaced(options) == ()
    (tmp_path / "report").mkdir()
    (tmp_path / "report/totals.csv").touch()
    assert exporting.exporter.replaced(options) == (tmp_path / "report/totals.csv",)


def test_why_a_source_cannot_be_exported(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for source, what in (
        ("0", "a camera"),
        ("rtsp://camera.example/1", "an address"),
        ("-", "a pipe"),
        (str(tmp_path / "pipe"), "a pipe"),
        (str(tmp_path), "pictures"),
    ):
        reason = no_exporter(PlayRequest(source), None).unavailable
        assert reason == f"Only video files can be exported from the window; this source is {what}."


_PARENT = """
import sys, time
from pathlib import Path
sys.path.insert(0, {root!r})
from simpsons_play.inference.loading import load_model
from simpsons_play.window import ExportKind
from tests.player.cli.test_export import SAMPLE, Exporting, nothing_on

network = load_model(provider="cpu")
one = Exporting(SAMPLE, network, nothing_on(SAMPLE, network))
job = one.start(ExportKind.VIDEO, Path({path!r}))
while job.progress().share < 0.02:
    time.sleep(0.01)
print(job._process.pid, flush=True)
time.sleep(1000)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_a_killed_parent_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    code = _PARENT.format(root=str(Path(__file__).parents[3]), path=str(tmp_path / "named.mp4"))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()

    def gone() -> bool:
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return True
        status = Path(f"/proc/{child}/stat")
        return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"

    wait_until(gone)
    assert not list(tmp_path.iterdir())
