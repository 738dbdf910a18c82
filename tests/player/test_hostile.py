"""Labels, names and addresses that mean harm, all the way through to what people and programs read."""

import csv
import functools
import json
import os
import stat
import threading
from collections.abc import Iterator
from fractions import Fraction
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock

import pysubs2
import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot

from simpsons_play.analysis.sensitivity import Sensitivity
from simpsons_play.cli.progress import progress_bar
from simpsons_play.core.escaping import csv_text, one_line
from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.core.geometry import Box
from simpsons_play.core.play_request import name_of
from simpsons_play.core.results import Caption, FrameResult, Prediction, Region, RunInfo, Sink
from simpsons_play.core.timefmt import format_time
from simpsons_play.core.timing import StageTimes
from simpsons_play.sinks import PredictionsCsvWriter, PredictionsJsonlWriter, ReportWriter, SubtitlesWriter
from simpsons_play.window.playback.ports import NetworkInfo
from simpsons_play.window.shell.corrections import Corrections
from simpsons_play.window.shell.menu import _fill_recent
from simpsons_play.window.shell.player import PlayerWindow
from simpsons_play.window.shell.recent import RecentSources
from simpsons_play.window.shell.screenshot import save_screenshot
from simpsons_play.window.widgets.welcome import Welcome
from simpsons_training.detection.head_table import read_head_table
from tests.commands import SAMPLE, simpsons
from tests.fakes import WithTimeline, write_colour_model
from tests.media import SIZE, numbered
from tests.player.window.window_kit import FakeAnalysis, FakePlayQueue, draw_square

RATE = Fraction(25)
FORMULA = "=cmd|' /C calc'!A0"
MARKUP = "{\\an8}<script>x</script>\n\n00:00:01.000 --> 00:00:02.000\n&\x1b[31m\u202e"
SECRET = "s3cret"
ADDRESS = f"rtsp://user:{SECRET}@host/live?token={SECRET}"
INFO = SourceInfo(f"{ADDRESS}\x1b[2J\n[Events]", *SIZE, RATE, 1 / RATE, frames=4, duration_s=0.16)
RUN = RunInfo(INFO, "m\x1b.onnx", "CPU", (FORMULA, MARKUP), 0.6)


def report_to(folder: Path) -> WithTimeline:
    band = Sensitivity(0.4, 0.8, {}, {})
    return WithTimeline(lambda t: ReportWriter(folder, RUN, t, sensitivity=lambda: band), RUN.source.width)


def write(sink: Sink) -> None:
    regions = Region("left", Box(0, 0, 20, 48)), Region("right", Box(40, 0, 64, 48))
    with sink:
        for index in range(4):
            frame = Frame(numbered(index), index, index / RATE)
            captions = tuple(
                Caption(region, label, 0.9) for region, label in zip(regions, RUN.labels, strict=True)
            )
            predictions = tuple(Prediction(c.region, c.label, 0.9, ((c.label, 0.9),)) for c in captions)
            sink.write(frame, FrameResult(index, frame.time_s, not index, predictions, captions))


def test_tables_hold_no_formula_and_say_what_was_said(tmp_path: Path) -> None:
    write(PredictionsCsvWriter(tmp_path / "p.csv", INFO))
    write(
        WithTimeline(
            lambda t: ReportWriter(tmp_path / "r", RUN, t, sensitivity=lambda: Sensitivity(0.4, 0.8, {}, {})),
            RUN.source.width,
        )
    )
    for path in (tmp_path / "p.csv", tmp_path / "r" / "appearances.csv", tmp_path / "r" / "totals.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            labels = [row["label"] for row in csv.DictReader(file, strict=True)]
        assert {csv_text(label) for label in labels} == set(map(one_line, RUN.labels))
        assert not set(path.read_text(encoding="utf-8")) & set("\x1b\u202e") and ";=" not in "".join(labels)
        assert not any(label.startswith("=") for label in labels)


def test_subtitles_hold_names_and_nothing_else(tmp_path: Path) -> None:
    for end in (".srt", ".vtt", ".ass"):
        path = tmp_path / f"s{end}"
        write(WithTimeline(functools.partial(SubtitlesWriter, path, INFO), INFO.width))
        text = path.read_text(encoding="utf-8")
        assert SECRET not in text and "\x1b" not in text and "\u202e" not in text
        assert "[Events]" in text.splitlines() or end != ".ass"
        assert text.count("\n[Events]") == (end == ".ass")
        assert text.count("-->") == {".srt": 1, ".vtt": 2, ".ass": 1}[end]
        # pysubs2 takes any two times on a line for the begin of a cue.
        read = pysubs2.SSAFile.from_string(text.replace("00:00:01.000", ""))
        assert len(read) == (1 if end == ".srt" else 2), text
        subtitles = " ".join(event.plaintext for event in read)
        assert "Script" in subtitles and "=cmd|" in subtitles
        assert {event.end for event in read} == {160}
        assert "<Script>" not in text or end == ".ass"


def test_pages_and_json_are_what_they_should_be(tmp_path: Path) -> None:
    write(
        WithTimeline(
            lambda t: ReportWriter(tmp_path, RUN, t, sensitivity=lambda: Sensitivity(0.4, 0.8, {}, {})),
            RUN.source.width,
        )
    )
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "<Script" not in page and page.count("<script") == 1 and SECRET not in page
    assert not {"\x1b", "\u202e"} & set(page)
    write(PredictionsJsonlWriter(tmp_path / "p.jsonl", RUN, warnings=[f"{ADDRESS} was lost"]))
    header, *frames, footer = map(json.loads, (tmp_path / "p.jsonl").read_text().splitlines())
    assert header["labels"] == list(RUN.labels) and len(frames) == 4
    assert header["source"].startswith("rtsp://user:***@host/live?token=***")
    assert footer["warnings"] == ["rtsp://user:***@host/live?token=*** was lost"]


@pytest.mark.parametrize("label", ["../../x", "/etc/x", "..", "a\0b", "CON", FORMULA])
def test_corrections_stay_in_their_folder(tmp_path: Path, label: str) -> None:
    folder = tmp_path / "in" / "corrections"
    path = Corrections(folder).save(
        numbered(3), label, head=Box(1, 2, 30, 40), others=[], source=f"rtsp://user:{SECRET}@host", time_s=1
    )
    assert path.is_relative_to(folder / "characters") and path.parent.parent == folder / "characters"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in"] and SECRET not in path.name
    (marked,) = read_head_table(folder / "heads.csv")
    assert [head.character for head in marked.heads] == [one_line(label)]
    assert marked.path.resolve() == path.resolve()


def test_screenshots_stay_in_their_folder(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    lost = folder / f"x-{format_time(1).replace(':', '-')}.png"
    lost.symlink_to(tmp_path / "elsewhere.png")
    for name in ("../../x", "/etc/x", "y" * 500, ADDRESS):
        path = save_screenshot(numbered(3), name=name, time_s=1, folder=folder)
        assert path.parent == folder and SECRET not in path.name
    assert [p.name for p in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("http://h/..%2f..%2fx", "..%2f"),
        ("http://h/a/..", "h"),
        (f"rtsp://user:{SECRET}@h", "h"),
        ("http://h/a%00b\n.mp4", "a%00b"),
        ("http://[::1/x", "stream"),
        ("films/episode.avi", "episode"),
        ("films/a:b.avi", "a-b"),
    ],
)
def test_names_of_sources_are_parts_of_a_path(source: str, name: str) -> None:
    assert name_of(source) == name


def test_a_name_with_markup_does_not_end_the_progress_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with progress_bar("[red]a[/x]\x1b[2J.mp4", 3) as show:
        show(1)


def test_recent_sources_are_for_their_owner_alone_and_shown_without_passwords(qtbot: object) -> None:
    path = Path(
        QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "simpsons-play", "recent").fileName()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_bytes() if path.exists() else None
    try:
        path.write_text("")
        path.chmod(0o644)
        RecentSources()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, "also where it was open to all before"
        path.unlink()
        mask = os.umask(0)
        try:
            recent = RecentSources()
            recent.add(ADDRESS)
        finally:
            os.umask(mask)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert RecentSources().sources() == [ADDRESS], "it can be opened again"
        menu = QMenu()
        chosen: list[str] = []
        picker = mock.Mock(recent=recent.sources, play_instead=chosen.append)
        _fill_recent(menu, picker)
        action = menu.actions()[0]
        assert SECRET not in action.text() + action.toolTip() and "user:***@host" in action.text()
        action.trigger()
        assert chosen == [ADDRESS]
        welcome = Welcome(["a & <b>.mp4", ADDRESS])
        shown = [w.text() + w.toolTip() for w in welcome.findChildren(type(welcome._button))]
        assert not any(SECRET in text for text in shown)
        assert any("a && <b>.mp4" in text and "&lt;b&gt;" in text for text in shown)
    finally:
        path.unlink(missing_ok=True)
        if before is not None:
            path.write_bytes(before)


def test_the_window_tells_no_password_and_takes_no_markup(qtbot: QtBot) -> None:
    window = PlayerWindow(corrections=Path("corrections"), play_queue=FakePlayQueue())
    qtbot.addWidget(window)
    network = NetworkInfo(("bart_simpson",), "CPU", "")
    window.session.open_source(ADDRESS, FakeAnalysis(), draw=draw_square, network=network, times=StageTimes())
    tips = [widget.toolTip() for widget in window.findChildren(QWidget)]
    texts = [label.text() for label in window.findChildren(QLabel)]
    assert not any(SECRET in text for text in (window.windowTitle(), *texts, *tips))
    window.show_message(f"{ADDRESS} was lost\x1b[31m")
    texts = [label.text() for label in window.findChildren(QLabel)]
    assert any("user:***@host" in text for text in texts)
    assert not any(SECRET in text or "\x1b" in text for text in texts)
    window.session.open_source(
        "a<b>x.mp4", FakeAnalysis(), draw=draw_square, network=network, times=StageTimes()
    )
    tips = [widget.toolTip() for widget in window.findChildren(QWidget)]
    assert any("a&lt;b&gt;x" in tip for tip in tips) and not any("<b>x" in tip for tip in tips)
    window.close()


@pytest.fixture
def server() -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=SAMPLE.parent)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_no_output_of_the_command_tells_a_password(server: str, tmp_path: Path) -> None:
    address = f"http://user:{SECRET}@{server}/{SAMPLE.name}?token={SECRET}"
    done = simpsons(
        *("play", address, "--duration", 1, "--json", "--predictions", tmp_path / "p.jsonl"),
        *("--report", tmp_path / "{name}", "--subtitles", tmp_path / "s.ass"),
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["source"] == f"http://user:***@{server}/{SAMPLE.name}?token=***"
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) == 5 and (tmp_path / "springfield").is_dir()
    assert not any(SECRET.encode() in path.read_bytes() for path in written)
    refused = simpsons(
        "play", f"rtsp://user:{SECRET}@127.0.0.1:1/", f"http://u:{SECRET}@{server}/none", "--no-window"
    )
    assert refused.returncode == 1 and "user:***@127.0.0.1" in refused.stderr
    assert not any(SECRET in text for text in (done.stdout, done.stderr, refused.stdout, refused.stderr))


@pytest.mark.parametrize(
    "args",
    [
        (ADDRESS,),
        ("doctor", ADDRESS),
        ("play", "--start", ADDRESS),
        ("play", "x.mp4", "--model", ADDRESS),
        ("play", "x.mp4", "-o", ADDRESS),
        ("play", "x.mp4", "--no-window", "--model", "m.onnx", "--report", ADDRESS),
        ("play", "list.m3u", "--no-window", "--model", "m.onnx"),
        ("play", f"file://u:{SECRET}@h/x"),
        ("play", f"http:/u:{SECRET}@h/x", "--no-window", "--model", "m.onnx"),
        ("play", f"u:{SECRET}@h/x", "--no-window", "--model", "m.onnx", "--debug"),
        ("play", f"http://127.0.0.1:1/x#access_token={SECRET}", "--no-window", "--model", "m.onnx"),
        ("play", f"http://u:{SECRET}@127.0.0.1:1/?a=b:%40", "--no-window", "--model", "m.onnx", "--debug"),
    ],
)
def test_no_command_shows_a_password(args: tuple[str, ...], tmp_path: Path) -> None:
    write_colour_model(tmp_path / "m.onnx")
    slips = f"u:{SECRET}@h/x\nhttp:/u:{SECRET}@h/x\nfile://u:{SECRET}@h/x\nftp://u:{SECRET}@h/x\n"
    (tmp_path / "list.m3u").write_text(slips)
    done = simpsons(*args, cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert SECRET not in done.stdout + done.stderr, done.stderr
    assert "***" in done.stderr
