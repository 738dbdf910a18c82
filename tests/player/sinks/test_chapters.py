"""Chapters that tell who is on screen."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Region
from simpsons_play.sinks import VideoWriter
from simpsons_play.timelines.cues import chapters_of
from simpsons_play.timelines.spans import Span
from tests.fakes import WithTimeline
from tests.media import SIZE, numbered

REGION = Region("full", Box(0, 0, *SIZE))
RATE = Fraction(25)


def chapters(*spans: tuple[str, float, float], start_s: float = 0.0, end_s: float = 20.0):
    found = chapters_of(
        [Span(label, "left", begin, end) for label, begin, end in spans],
        start_s=start_s,
        end_s=end_s,
        min_length_s=2.0,
    )
    return [(" ".join(cue.labels), cue.start_s, cue.end_s) for cue in found]


def test_chapters_follow_the_characters_on_screen() -> None:
    assert chapters(("bart", 3.0, 8.0), ("lisa", 6.0, 12.0)) == [
        ("", 0.0, 3.0),
        ("bart", 3.0, 6.0),
        ("bart lisa", 6.0, 8.0),
        ("lisa", 8.0, 12.0),
        ("", 12.0, 20.0),
    ]
    assert chapters() == [("", 0.0, 20.0)]


def test_short_chapters_are_merged_into_the_previous_one() -> None:
    assert chapters(("bart", 0.0, 8.0), ("bart", 9.0, 15.0), ("lisa", 15.0, 15.5)) == [
        ("bart", 0.0, 15.5),
        ("", 15.5, 20.0),
    ]
    assert chapters(("bart", 1.0, 8.0), end_s=8.5) == [("bart", 0.0, 8.5)], "or, at the start, to the next"
    assert chapters(("bart", 5.0, 5.5), start_s=5.0, end_s=5.5) == [("bart", 5.0, 5.5)]


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 38), st.integers(1, 20)).map(
            lambda s: Span(s[0], "left", s[1] / 2, min(20.0, (s[1] + s[2]) / 2))
        ),
        max_size=12,
    )
)
def test_chapters_cover_the_whole_video_without_overlap_and_none_is_short(spans: list[Span]) -> None:
    found = chapters_of(spans, start_s=0.0, end_s=20.0, min_length_s=2.0)
    assert found[0].start_s == 0.0 and found[-1].end_s == 20.0
    for one, other in pairwise(found):
        assert one.end_s == other.start_s and one.labels != other.labels
    assert all(cue.end_s - cue.start_s >= 2.0 for cue in found)


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv", "webm", "avi"])
def test_video_has_chapters(ending: str, tmp_path: Path) -> None:
    """Frames from 10 s on: nobody for two seconds, then Bart for three."""
    info = SourceInfo("drawn", *SIZE, RATE, 1 / RATE, frames=125)
    sink = WithTimeline(
        lambda timeline: VideoWriter(
            tmp_path / f"o.{ending}",
            info,
            marks=lambda size, _: (),
            timeline=timeline,
            preset="ultrafast",
        ),
        info.width,
    )
    with sink:
        for number in range(125):
            captions = (Caption(REGION, "bart_simpson", 0.9),) if number >= 50 else ()
            frame = Frame(numbered(number), number, 10 + number / RATE)
            sink.write(frame, FrameResult(number, frame.time_s, False, (), captions))
    with av.open(str(tmp_path / f"o.{ending}")) as written:
        found = [
            (c["metadata"]["title"], float(c["start"] * c["time_base"]), float(c["end"] * c["time_base"]))
            for c in written.chapters()
        ]
        assert sum(1 for _ in written.decode(video=0)) == 125
    expected = [("No one recognised", 0.0, 2.0), ("Bart Simpson", 2.0, 5.0)]
    assert found == ([] if ending == "avi" else expected)
