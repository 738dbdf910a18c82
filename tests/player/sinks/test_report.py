"""The report: a self-contained page and two tables."""

from __future__ import annotations

import base64
import csv
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from simpsons_play.analysis.head_tracks import head_tracks
from simpsons_play.analysis.sensitivity import Sensitivity
from simpsons_play.analysis.strangers import find_strangers
from simpsons_play.core.errors import SinkError
from simpsons_play.core.frames import Frame, Image, SourceInfo
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Region, RunInfo
from simpsons_play.sinks import ReportWriter
from simpsons_play.sinks.report.portraits import SIZE_PX, Portraits
from simpsons_play.sinks.report.thumbnails import HEIGHT_PX, Thumbnails
from simpsons_play.timelines.timeline import TimelineBuilder
from tests.disk import full_disk
from tests.fakes import DENSE, LABELS, WithTimeline
from tests.player.analysis.people import log_of

BART, HOMER, _ = LABELS
RATE = Fraction(25)
SIZE = (320, 240)
INFO = SourceInfo("films/a & b.avi", *SIZE, RATE, 1 / RATE)
RUN = RunInfo(INFO, "heads.onnx", "CPUExecutionProvider", LABELS, 0.7)
LEFT, RIGHT = Region("head-1", Box(20, 20, 100, 120)), Region("head-2", Box(200, 20, 300, 120))
BAND = Sensitivity(0.55, 0.85, {BART: 2.5, HOMER: 1.0}, {BART: 1.5})


def report(folder: Path, run: RunInfo = RUN, *, band: Sensitivity = BAND) -> WithTimeline:
    width = run.source.width
    return WithTimeline(lambda timeline: ReportWriter(folder, run, timeline, sensitivity=lambda: band), width)


def frame(number: int, grey: int = 90) -> Frame:
    return Frame(np.full((SIZE[1], SIZE[0], 3), grey, np.uint8), number, number / RATE)


def captions(number: int) -> tuple[Caption, ...]:
    """Bart for two seconds, in the second one with Homer; nobody for one; Bart for another."""
    bart = Caption(LEFT, BART, 0.8 if number != 10 else 0.95)
    if number < 50:
        return (bart, Caption(RIGHT, HOMER, 0.9)) if number >= 25 else (bart,)
    return (bart,) if number >= 75 else ()


def fill(sink: ReportWriter, frames: int = 100) -> None:
    for number in range(frames):
        grey = 200 if number == 10 else 90
        sink.write(frame(number, grey), FrameResult(number, number / 25, number == 0, (), captions(number)))


def pictures_of(page: str, before: str) -> list[Image]:
    """The JPEG pictures whose data URLs follow a regular expression."""
    texts = re.findall(before + r'"data:image/jpeg;base64,([A-Za-z0-9+/=]+)"', page)
    return [cv2.imdecode(np.frombuffer(base64.b64decode(t), np.uint8), cv2.IMREAD_COLOR) for t in texts]


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_tables_list_appearances_and_totals(tmp_path: Path) -> None:
    with WithTimeline(
        lambda t: ReportWriter(tmp_path / "new" / "report", RUN, t, sensitivity=lambda: BAND),
        RUN.source.width,
    ) as sink:
        fill(sink)
    folder = tmp_path / "new" / "report"
    assert sorted(path.name for path in folder.iterdir()) == ["appearances.csv", "index.html", "totals.csv"]
    columns = ("start_s", "end_s", "side", "label", "mean_probability")
    assert [tuple(row[c] for c in columns) for row in table(folder / "appearances.csv")] == [
        ("0.000", "2.000", "left", BART, "0.8030"),
        ("1.000", "2.000", "right", HOMER, "0.9000"),
        ("3.000", "4.000", "left", BART, "0.8000"),
    ]
    assert table(folder / "totals.csv") == [
        {
            "label": BART,
            "seconds": "3.000",
            "seconds_least": "1.500",
            "seconds_most": "3.000",
            "share": "0.7500",
            "appearances": "2",
        },
        {
            "label": HOMER,
            "seconds": "1.000",
            "seconds_least": "0.000",
            "seconds_most": "1.000",
            "share": "0.2500",
            "appearances": "1",
        },
    ]


def test_page_is_self_contained_with_a_picture_of_each_appearance(tmp_path: Path) -> None:
    with WithTimeline(
        lambda t: ReportWriter(tmp_path, RUN, t, sensitivity=lambda: BAND), RUN.source.width
    ) as sink:
        fill(sink)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "<title>Who is on screen in a &amp; b.avi</title>" in page
    assert "http" not in re.sub(r"data:image/jpeg;base64,[A-Za-z0-9+/=]+", "", page)
    assert not re.search(r"<script.*\bsrc=|<link|@import|url\(", page)
    links = re.findall(r'<li style="[^"]+"><a href="#([^"]+)"', page)
    anchors = re.findall(r'<figure class="moment" id="([^"]+)"', page)
    assert sorted(links) == sorted(anchors) and len(set(anchors)) == 3
    pictures = pictures_of(page, r'<figure class="moment" id="[^"]+">\s*<img src=')
    assert [picture.shape for picture in pictures] == [(HEIGHT_PX, 192, 3)] * 3
    assert abs(int(np.median(pictures[0])) - 200) < 5, "taken at the highest probability"
    assert "00:00.0 to 00:02.0, on the left, 80%" in page


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_report_of_a_stopped_run_is_marked_as_partial(error: type[BaseException], tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("of an earlier run")
    with (
        pytest.raises(error),
        WithTimeline(
            lambda t: ReportWriter(tmp_path, RUN, t, sensitivity=lambda: BAND), RUN.source.width
        ) as sink,
    ):
        fill(sink, 30)
        raise error
    assert (tmp_path / "index.html").read_text() == "of an earlier run"
    assert "The run was stopped early" in (tmp_path / "index.partial.html").read_text(encoding="utf-8")
    assert len(table(tmp_path / "appearances.partial.csv")) == 2
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize(("frames", "duration"), [(100, "4.0 s"), (1600, "01:04 min"), (95_000, "1:03:20 h")])
def test_lead_gives_durations_in_suitable_units(frames: int, duration: str, tmp_path: Path) -> None:
    with WithTimeline(
        lambda t: ReportWriter(tmp_path, RUN, t, sensitivity=lambda: BAND), RUN.source.width
    ) as sink:
        for number in (0, frames - 1):
            sink.write(frame(number), FrameResult(number, number / 25, True, (), captions(0)))
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert f"heads.onnx analysed {duration} of video; names with a confidence below 70% are left out." in page
    assert f"Bart Simpson is on screen the longest: {duration} (100%)." in page


def test_video_without_characters_has_a_report(tmp_path: Path) -> None:
    with WithTimeline(
        lambda t: ReportWriter(tmp_path, RUN, t, sensitivity=lambda: Sensitivity(0.55, 0.85, {}, {})),
        RUN.source.width,
    ) as sink:
        sink.write(frame(0), FrameResult(0, 0.0, True, (), ()))
    assert "No character is recognised." in (tmp_path / "index.html").read_text(encoding="utf-8")
    assert table(tmp_path / "totals.csv") == []


def test_full_disk_leaves_no_files(tmp_path: Path) -> None:
    with (
        pytest.raises(SinkError, match="cannot be written"),
        full_disk(600),
        WithTimeline(
            lambda t: ReportWriter(tmp_path, RUN, t, sensitivity=lambda: BAND), RUN.source.width
        ) as sink,
    ):
        fill(sink)
    assert list(tmp_path.iterdir()) == []


def test_pictures_and_existing_files_are_one_line_errors(tmp_path: Path) -> None:
    stills = RunInfo(SourceInfo("a", 4, 4, RATE, 1 / RATE, stills=True), "m", "p", LABELS, 0.5)
    with pytest.raises(SinkError, match=r"--predictions FILE\.csv"):
        WithTimeline(
            lambda t: ReportWriter(tmp_path / "r", stills, t, sensitivity=lambda: BAND), stills.source.width
        ).__enter__()
    (tmp_path / "file").touch()
    with pytest.raises(SinkError, match="is a file, not a folder"):
        WithTimeline(
            lambda t: ReportWriter(tmp_path / "file", RUN, t, sensitivity=lambda: BAND), RUN.source.width
        ).__enter__()
    with pytest.raises(RuntimeError, match="enter"):
        fill(
            WithTimeline(
                lambda t: ReportWriter(tmp_path / "r", RUN, t, sensitivity=lambda: BAND), RUN.source.width
            ),
            1,
        )


def test_page_shows_portraits_pairs_and_how_to_go_to_each_moment(tmp_path: Path) -> None:
    source = SourceInfo("a & b.avi", *SIZE, RATE, 1 / RATE, path=tmp_path / "a & b.avi", media="a & b.avi")
    run = RunInfo(source, "heads.onnx", "CPUExecutionProvider", LABELS, 0.7)
    with report(tmp_path / "report", run) as sink:
        fill(sink)
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    portraits = pictures_of(page, r'<img class="portrait"[^>]* src=')
    assert [portrait.shape for portrait in portraits] == [(SIZE_PX, SIZE_PX, 3)] * 4
    assert re.search(r"Bart Simpson and Homer Simpson</th>\s*<td[^>]*>1.0</td>\s*<td[^>]*>1</td>", page)
    assert "<code>simpsons-play &#39;a &amp; b.avi&#39; --start 3.0</code>" in page
    assert 'href="../a%20%26%20b.avi#t=3.0"' in page


def test_portrait_is_the_best_head_of_the_whole_video() -> None:
    random = np.random.default_rng(0)
    still = random.integers(0, 256, (SIZE[1], SIZE[0], 1), np.uint8).repeat(3, 2)
    blurred = cv2.GaussianBlur(still, (0, 0), 9)
    small, large = Region("head-1", Box(20, 20, 50, 50)), Region("head-1", Box(100, 100, 190, 190))
    portraits = Portraits()
    shown = [(still, small, 0.9), (blurred, large, 0.99), (still, large, 0.8), (still, small, 0.95)]
    for number, (image, region, probability) in enumerate(shown):
        captions = (Caption(region, BART, probability), Caption(Region("full", Box(0, 0, *SIZE)), HOMER, 0.9))
        portraits.update(
            Frame(image, number, number / RATE), FrameResult(number, number / 25, True, (), captions)
        )
    jpegs = portraits.jpegs()
    assert set(jpegs) == {BART}, "no portrait without a head"
    picture = cv2.imdecode(np.frombuffer(jpegs[BART], np.uint8), cv2.IMREAD_COLOR)
    expected = cv2.resize(still[82:208, 82:208], (SIZE_PX, SIZE_PX), interpolation=cv2.INTER_AREA)
    assert np.abs(picture.astype(int) - expected).mean() < 12


def test_portraits_look_at_few_frames() -> None:
    looked = []

    class Watched(Frame):
        size_px = SIZE

        def __getattribute__(self, name: str) -> object:
            if name == "image":
                looked.append(self.index)
            return super().__getattribute__(name)

    portraits = Portraits()
    image = np.random.default_rng(0).integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8)
    for number in range(500):
        captions = (Caption(LEFT, BART, 0.8 + 0.1 * (number == 300)),)
        result = FrameResult(number, number / 25, number == 0, (), captions)
        portraits.update(Watched(image, number, number / RATE), result)
    assert set(looked) == {0, 300}, "only when size and confidence have improved"


def test_thumbnails_belong_to_a_shot_and_have_square_pixels() -> None:
    thumbnails = Thumbnails(LABELS, pixel_aspect=4 / 3)
    for number, sure in enumerate((0.8, 0.81, 0.9, 0.7)):
        thumbnails.update(
            frame(number), FrameResult(number, number / 25, number == 3, (), (Caption(LEFT, BART, sure),))
        )
    first, second = thumbnails.best(BART, 0.0, 0.12), thumbnails.best(BART, 0.12, 1.0)
    assert first is not None and (first.time_s, first.probability) == (0.08, 0.9)
    assert second is not None and (second.time_s, second.probability) == (0.12, 0.7), "a new shot"
    assert thumbnails.best(BART, 1.0, 2.0) is None and thumbnails.best(HOMER, 0.0, 1.0) is None
    picture = cv2.imdecode(np.frombuffer(first.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (HEIGHT_PX, 256, 3)
    near = tuple(picture[12, round(20 * 0.6 * 4 / 3) + 6].astype(int))
    assert max(abs(a - b) for a, b in zip(near, (90, 90, 90), strict=True)) > 30, "a bracket at the head"


def test_strangers_are_shown_with_their_moments(tmp_path: Path) -> None:
    log = log_of([("otto", 20), (BART, 200)], [("troy", 100)], [("otto", 60)])
    tracks = head_tracks(log, DENSE, threshold=0.6)
    groups = find_strangers(tracks, threshold=0.6)
    groups = (replace(groups[0], suggestion=HOMER), *groups[1:])
    movie = replace(RUN, source=replace(INFO, path=tmp_path / "a & b.avi", media="films/a & b.avi"))

    def sink(timeline: TimelineBuilder) -> ReportWriter:
        return ReportWriter(tmp_path, movie, timeline, sensitivity=lambda: BAND, strangers=lambda: groups)

    with WithTimeline(sink, SIZE[0]) as report_of:
        for index in range(len(log)):
            detected = log[index]
            grey = 50 + 60 * (index // 8)  # of each shot
            image = np.full((SIZE[1], SIZE[0], 3), grey, np.uint8)
            result = FrameResult(index, detected.time_s, detected.cut, (), (), detections=detected.detections)
            report_of.write(Frame(image, index, Fraction(detected.time_s)), result)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "Unknown 1 (2 appearances, 00:03)" in page and "Unknown 2 (1 appearance, 00:02)" in page
    assert "perhaps Homer Simpson" in page
    assert "00:04.0 to 00:05.8, on the left" in page and "a%20%26%20b.avi#t=4.0" in page
    assert re.findall(r'<figure class="moment" id="([^"]+)"', page) == ["u1-0", "u1-4000", "u2-2000"]
    moments = pictures_of(page, r'<figure class="moment" id="[^"]+">\s*<img src=')
    assert [round(float(np.median(picture)), -1) for picture in moments] == [50, 170, 110]
    portraits = [picture for picture in pictures_of(page, "<img [^>]*src=") if picture.shape[0] == SIZE_PX]
    assert len(portraits) >= 2


def test_a_report_of_some_characters_has_no_strangers(tmp_path: Path) -> None:
    with report(tmp_path) as sink:
        fill(sink)
    assert "Unknown" not in (tmp_path / "index.html").read_text(encoding="utf-8")
