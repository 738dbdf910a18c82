from fractions import Fraction
from pathlib import Path

import av
import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.core.errors import SinkError
from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Region
from simpsons_play.sinks import SubtitlesWriter
from simpsons_play.timelines.cues import cues_of
from simpsons_play.timelines.spans import Span, SpanCollector
from tests.commands import SAMPLE, assert_one_error_line, simpsons
from tests.disk import full_disk
from tests.fakes import GREY, WithTimeline, flat

RATE = Fraction(25)
INFO = SourceInfo("a.avi", 100, 80, RATE, 1 / RATE)
AT = {"left": 20, "middle": 50, "right": 80}


def seen(index: int, *who: tuple[str, str], cut: bool = False) -> FrameResult:
    captions = tuple(
        Caption(Region(f"head-{i}", Box(AT[side] - 5, 10, AT[side] + 5, 20)), label, 0.9)
        for i, (label, side) in enumerate(who, 1)
    )
    return FrameResult(index, index / 25, cut, (), captions)


SCENE = [
    *(seen(i, ("bart_simpson", "left"), cut=i == 0) for i in range(10)),
    *(seen(i, ("bart_simpson", "left"), ("homer_simpson", "right")) for i in range(10, 20)),
    *(seen(i, ("homer_simpson", "right"), cut=i == 20) for i in range(20, 30)),
    *(seen(i) for i in range(30, 35)),
    *(seen(i, ("marge_simpson", "middle")) for i in range(35, 40)),
]


def write(path: Path, scene: list[FrameResult] = SCENE) -> Path:
    with WithTimeline(lambda t: SubtitlesWriter(path, INFO, t), INFO.width) as sink:
        for result in scene:
            sink.write(Frame(flat(GREY), result.index, Fraction(result.index, 25)), result)
    return path


def spans_of(scene: list[FrameResult]) -> tuple[Span, ...]:
    spans = SpanCollector(100)
    for result in scene:
        spans.add(result)
    return spans.until(len(scene) / 25)


def test_spans_have_times_and_sides() -> None:
    assert spans_of(SCENE) == (
        Span("bart_simpson", "left", 0.0, 0.8),
        Span("homer_simpson", "right", 0.4, 0.8),
        Span("homer_simpson", "right", 0.8, 1.2),
        Span("marge_simpson", "middle", 1.4, 1.6),
    )


def test_subrip_has_all_names_in_one_line_from_left_to_right(tmp_path: Path) -> None:
    cues = [(c.start, c.end, c.plaintext) for c in pysubs2.load(str(write(tmp_path / "a.srt")))]
    assert cues == [
        (0, 400, "Bart Simpson"),
        (400, 800, "Bart Simpson, Homer Simpson"),
        (800, 1200, "Homer Simpson"),
        (1400, 1600, "Marge Simpson"),
    ]


def test_webvtt_and_ass_show_names_on_their_side(tmp_path: Path) -> None:
    assert write(tmp_path / "a.vtt").read_text().split("\n\n") == [
        "WEBVTT",
        "00:00:00.000 --> 00:00:00.800 position:5%,line-left align:left size:40%\nBart Simpson",
        "00:00:00.400 --> 00:00:01.200 position:95%,line-right align:right size:40%\nHomer Simpson",
        "00:00:01.400 --> 00:00:01.600\nMarge Simpson\n",
    ]
    ass = pysubs2.load(str(write(tmp_path / "a.ass")))
    assert [(c.start, c.end, c.text) for c in ass] == [
        (0, 800, "{\\an1}Bart Simpson"),
        (400, 1200, "{\\an3}Homer Simpson"),
        (1400, 1600, "Marge Simpson"),
    ]
    assert (ass.info["PlayResX"], ass.info["PlayResY"]) == ("100", "80")


@pytest.mark.parametrize("end", [".srt", ".vtt", ".ass"])
def test_ffmpeg_reads_every_cue(tmp_path: Path, end: str) -> None:
    with av.open(str(write(tmp_path / f"a{end}"))) as file:
        packets = [p for p in file.demux() if p.size]
        assert len(packets) == (4 if end == ".srt" else 3)
        assert float(packets[-1].pts * packets[-1].time_base) == pytest.approx(1.4)


@pytest.mark.parametrize("end", [".srt", ".vtt", ".ass"])
def test_file_without_cues_is_valid(tmp_path: Path, end: str) -> None:
    path = write(tmp_path / f"a{end}", [seen(i) for i in range(5)])
    assert len(pysubs2.load(str(path), format_=end[1:])) == 0


def test_unknown_suffixes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=r"cannot write '.txt' subtitles; end it with .srt, .vtt, .ass"):
        WithTimeline(lambda t: SubtitlesWriter(tmp_path / "a.txt", INFO, t), INFO.width).__enter__()
    assert list(tmp_path.iterdir()) == []


def test_full_disk_is_reported_and_keeps_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "a.ass").write_text("old")
    with pytest.raises(SinkError, match="cannot be written"), full_disk(100):
        write(tmp_path / "a.ass")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.ass", "old")]


people = st.dictionaries(st.sampled_from(["bart", "homer", "marge", "lisa"]), st.sampled_from(sorted(AT)))


@given(st.lists(st.tuples(people, st.booleans()), max_size=30), st.booleans())
def test_cues_match_the_captions_at_every_time(video: list, by_side: bool) -> None:
    scene = [seen(i, *who.items(), cut=cut) for i, (who, cut) in enumerate(video)]
    cues = list(cues_of(spans_of(scene), by_side=by_side))
    assert all(cue.labels and cue.start_s < cue.end_s for cue in cues)
    for result in scene:
        middle_s = result.time_s + 0.02
        now = [cue for cue in cues if cue.start_s <= middle_s < cue.end_s]
        assert sorted(label for cue in now for label in cue.labels) == sorted(
            c.label for c in result.captions
        )
        assert len({cue.side for cue in now}) == len(now)


def test_command_writes_several_formats(tmp_path: Path) -> None:
    paths = [tmp_path / f"a{end}" for end in (".srt", ".vtt", ".ass")]
    options = [word for path in paths for word in ("--subtitles", path)]
    done = simpsons("play", SAMPLE, *options, "--duration", "3")
    assert done.returncode == 0, done.stderr
    assert "Bart Simpson" in done.stdout and all(str(path) in done.stderr for path in paths)
    for path in paths:
        assert "Simpson" in path.read_text()
    again = simpsons("play", SAMPLE, "--subtitles", paths[0], "--subtitles", paths[0])
    assert_one_error_line(again, "a.srt would be written twice; give two names")
    assert_one_error_line(simpsons("play", SAMPLE, "--subtitles", tmp_path / "a.txt"), ".srt, .vtt, .ass")
