"""Edit lists are read back with OpenTimelineIO and equal the moments, to the frame."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import cv2
import opentimelineio as otio
import pytest

from simpsons_play.core.errors import SinkError
from simpsons_play.library.cut_points import FrameSpan, frame_span, merged
from simpsons_play.library.edit_lists import EDIT_LISTS, edl_rate, write_edit_list
from simpsons_play.library.moments import Moment
from tests.media import FILM, Recipe, make_video, number_of

NTSC = Fraction(30000, 1001)
RATES = [Fraction(24), Fraction(25), NTSC, FILM]


def a_moment(first: int = 24, count: int = 48, *, rate: Fraction = FILM, **changes: Any) -> Moment:
    """A moment of whole frames."""
    plain = Moment(
        episode_id="s04e12",
        path="/videos/S04E12.avi",
        title="S04E12 Marge vs. the Monorail",
        season=4,
        episode=12,
        rate=rate,
        duration_s=1320.0,
        start_s=float(first / rate),
        end_s=float((first + count) / rate),
        labels=("homer_simpson",),
    )
    return replace(plain, **changes)


HOSTILE = [
    a_moment(1, 1, title="<script>alert('x')</script>", path="../../x.mp4"),
    a_moment(2, 3, title='"quoted" & it\'s', path='/videos/it\'s "here" & <there>.mp4'),
    a_moment(3, 9, title="two\nlines\r\n* FROM CLIP: /etc/passwd", path="/videos/two\nlines.mp4"),
    a_moment(57, 100, title="Señor Burns, 悪役 🍩", path="-Señor 悪役.mp4"),
    a_moment(99, 2, title="", path="/videos/#1?token=a;b%20c.mp4", season=None, episode=None),
    a_moment(1001, 5, title="-leading", path="http://host/a%20b.mp4?x=1&y='"),
    a_moment(30_000, 12, title="nul\0 and \x1b[31mred\ufffe", path="AX.mp4", season=1234567, episode=1),
]


def exact_time(text: str | None, fps: Fraction) -> Any:
    frames = Fraction((text or "0s").removesuffix("s")) * fps
    assert frames.denominator == 1, f"{text} is no whole frame at {fps}"
    return otio.opentime.RationalTime(int(frames), float(fps))


def read(path: Path, rate: Fraction, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Read an edit list with OpenTimelineIO."""
    if path.suffix == ".edl":
        return otio.adapters.read_from_file(str(path), rate=float(rate))
    if path.suffix == ".fcpxml":
        module = otio.adapters.from_name("fcpx_xml").module()

        # The adapter takes 23.976 for 23 and rounds times down, so that 57/25 s is frame 56.
        def rate_of(self: Any, identifier: str) -> Fraction:
            total, ticks = self._format_frame_duration(identifier)
            return Fraction(int(ticks), int(total))

        monkeypatch.setattr(module.FcpxXml, "_format_frame_rate", rate_of)
        monkeypatch.setattr(module, "to_rational_time", exact_time)
        monkeypatch.setattr(module.FcpxXml, "_audio_only", lambda *_: False)  # tests the truth of elements
        monkeypatch.setattr(module.FcpxXml, "_assetclip_by_ref", lambda *_: None)
        monkeypatch.setattr(module.FcpxXml, "_offset_and_lane", lambda self, clip, _: _offset_of(self, clip))
        monkeypatch.setattr(module.FcpxXml, "_create_gap", lambda *_: pytest.fail("there is a gap"))
    return otio.adapters.read_from_file(str(path))


def _offset_of(reader: Any, clip: Any) -> tuple[Any, str]:
    """Offsets in frames of the clip, which only fit lists with one rate; others follow each other."""
    spine = list(reader.child_parent_map[clip])
    place = spine.index(clip)
    before = sum((Fraction(other.get("duration")[:-1]) for other in spine[:place]), Fraction(0))
    assert Fraction(clip.get("offset")[:-1]) == before
    return otio.opentime.RationalTime(0, place + 1), "0"


def clips_of(timeline: Any, kind: str = "Video") -> list[Any]:
    return [
        item
        for track in timeline.tracks
        if track.kind == kind
        for item in track
        if isinstance(item, otio.schema.Clip)
    ]


def as_found(moments: list[Moment], rate: Fraction | None = None) -> list[tuple[Fraction, FrameSpan]]:
    return [(rate or moment.rate, frame_span(moment, rate)) for moment in moments]


def as_read(clips: list[Any]) -> list[tuple[Fraction, FrameSpan]]:
    found = []
    for clip in clips:
        start, length = clip.source_range.start_time, clip.source_range.duration
        assert start.value == int(start.value) and length.value == int(length.value)
        rate = min([*RATES, Fraction(30)], key=lambda known: abs(known - start.rate))
        assert start.rate == float(rate)
        found.append((rate, FrameSpan(int(start.value), int(length.value))))
    return found


@pytest.mark.parametrize("rate", RATES, ids=float)
@pytest.mark.parametrize("ending", ["edl", "otio", "fcpxml"])
def test_list_read_back_equals_the_moments(
    ending: str, rate: Fraction, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 30,000 frames are beyond the first dropped frame numbers; some of these times are odd in binary.
    moments = [a_moment(first, 1 + first % 7, rate=rate) for first in (0, 1, 7, 57, 1799, 30_000, 29_999)]
    path = tmp_path / f"found.{ending}"
    write_edit_list(moments, path)
    timeline = read(path, rate, monkeypatch)
    clips = clips_of(timeline)
    assert timeline.name == "found"
    assert as_read(clips) == as_found(moments)
    assert {clip.name for clip in clips} == {moments[0].title}
    assert {clip.media_reference.target_url for clip in clips} == {"file:///videos/S04E12.avi"}
    if ending != "fcpxml":  # its clips hold the sound as well
        channels = 2 if ending == "edl" else 1
        assert as_read(clips_of(timeline, "Audio")) == as_found(moments) * channels


@pytest.mark.parametrize("ending", ["edl", "otio", "fcpxml"])
def test_hostile_titles_and_paths(ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f'it\'s <odd> & "new".{ending}'
    write_edit_list(HOSTILE, path)
    clips = clips_of(read(path, FILM, monkeypatch))
    assert as_read(clips) == as_found(HOSTILE)
    for clip, moment in zip(clips, HOSTILE, strict=True):
        assert all(line.isprintable() or "\ufffe" in line for line in clip.name.splitlines())
        assert len(clip.name.splitlines()) == 1
        assert moment.title.split("\n")[0].split("\0")[0] in clip.name
        url = clip.media_reference.target_url
        assert url.isascii() and url.isprintable() and " " not in url
        if "://" in moment.path:
            assert url == "http://host/a%20b.mp4?x=1&y=%27"
        else:
            wanted = os.path.normpath(tmp_path / moment.path)
            assert unquote(urlsplit(url).path) == wanted


def test_mixed_rates_keep_the_frames_of_each_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [a_moment(57, 31, rate=rate, path=f"/v/{rate.numerator}.mp4") for rate in (*RATES, FILM)]
    for ending in ("otio", "fcpxml"):
        path = tmp_path / f"mixed.{ending}"
        write_edit_list(moments, path)
        assert as_read(clips_of(read(path, FILM, monkeypatch))) == as_found(moments)
    write_edit_list(moments, tmp_path / "mixed.edl")
    clips = clips_of(read(tmp_path / "mixed.edl", FILM, monkeypatch))
    assert edl_rate(moments) == FILM
    assert as_read(clips) == as_found(moments, FILM)
    for clip, moment in zip(clips, moments, strict=True):
        assert abs(clip.source_range.start_time.to_seconds() - moment.start_s) < 1 / 23


def test_fcpxml_times_are_whole_frames_and_exact(tmp_path: Path) -> None:
    write_edit_list([a_moment(100, 10), a_moment(5, 7)], tmp_path / "a.fcpxml")
    root = ElementTree.parse(tmp_path / "a.fcpxml").getroot()
    assert [element.get("frameDuration") for element in root.iter("format")] == ["1001/24000s"]
    clips = list(root.iter("asset-clip"))
    assert [clip.get("start") for clip in clips] == ["1001/240s", "1001/4800s"]
    assert [clip.get("offset") for clip in clips] == ["0s", "1001/2400s"]
    assert len(list(root.iter("asset"))) == 1


def test_fcpxml_opens_with_the_adapter_as_it_is(tmp_path: Path) -> None:
    """At 24 frames per second its rounding does no harm."""
    moments = [a_moment(first, 1 + first % 7, rate=Fraction(24)) for first in (0, 1, 7, 57, 1799, 30_000)]
    write_edit_list(moments, tmp_path / "a.fcpxml")
    timeline = otio.adapters.read_from_file(str(tmp_path / "a.fcpxml"))
    assert [len(track) for track in timeline.tracks] == [len(moments)]
    assert as_read(clips_of(timeline)) == as_found(moments)


def test_edl_says_how_it_counts(tmp_path: Path) -> None:
    write_edit_list([a_moment(1799, 2, rate=NTSC)], tmp_path / "a.edl")
    text = (tmp_path / "a.edl").read_text(encoding="utf-8")
    assert text.startswith(
        "TITLE: a\nFCM: DROP FRAME\n\n001  S04E12   AA/V  C        00:00:59;29 00:01:00;03"
    )
    assert "* FRAME RATE: 30000/1001\n" in text
    write_edit_list([a_moment(rate=Fraction(17))], tmp_path / "b.edl")
    text = (tmp_path / "b.edl").read_text(encoding="utf-8")
    assert "FCM: NON-DROP FRAME" in text and "* FRAME RATE: 24000/1001\n" in text


def test_reels_differ_for_different_videos(tmp_path: Path) -> None:
    moments = [a_moment(path=f"/v/{name}.mp4") for name in ("a", "b", "a")]
    write_edit_list(moments, tmp_path / "a.edl")
    lines = (tmp_path / "a.edl").read_text(encoding="utf-8").splitlines()
    reels = [line.split()[1] for line in lines if line[:1].isdigit()]
    assert reels == ["S04E12", "R002", "S04E12"]


def test_many_moments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [a_moment(10 * number, 3, path=f"/v/{number % 50}.mp4") for number in range(400)]
    for ending in ("edl", "otio", "fcpxml"):
        path = tmp_path / f"many.{ending}"
        write_edit_list(moments, path)
        assert as_read(clips_of(read(path, FILM, monkeypatch))) == as_found(moments)


@pytest.mark.parametrize("kind", EDIT_LISTS)
def test_no_moments_is_one_clear_error_and_writes_nothing(kind: str, tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    with pytest.raises(SinkError, match="no moments"):
        write_edit_list([], tmp_path / "old", kind=kind)
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert (tmp_path / "old").read_text() == "old"


def test_unknown_formats_missing_folders_and_broken_times_are_refused(tmp_path: Path) -> None:
    for path, moment, words in (
        (tmp_path / "a.xyz", a_moment(), r"\.xyz.*\.edl"),
        (tmp_path / "no" / "a.edl", a_moment(), "there is no folder"),
        (tmp_path / "a.edl", a_moment(start_s=5.0, end_s=5.0), "from 5 s to 5 s"),
        (tmp_path / "a.edl", a_moment(end_s=float("nan")), "Monorail.*nan"),
    ):
        with pytest.raises(SinkError, match=words):
            write_edit_list([moment], path)
    assert list(tmp_path.iterdir()) == []


def test_passwords_of_addresses_are_masked(tmp_path: Path) -> None:
    for kind in EDIT_LISTS:
        write_edit_list([a_moment(path="http://me:secret@host/a.mp4")], tmp_path / kind, kind=kind)
        assert b"secret" not in (tmp_path / kind).read_bytes()


def test_vlc_playlist(tmp_path: Path) -> None:
    write_edit_list([a_moment(25, 50, rate=Fraction(25), path="/v/é.mp4")], tmp_path / "a.m3u8")
    assert (tmp_path / "a.m3u8").read_text(encoding="utf-8").splitlines() == [
        "#EXTM3U",
        "#PLAYLIST:a",
        "#EXTINF:2.000,S04E12 Marge vs. the Monorail",
        "#EXTVLCOPT:start-time=0.980000",
        "#EXTVLCOPT:stop-time=2.980000",
        "file:///v/%C3%A9.mp4",
    ]


@pytest.mark.skipif(shutil.which("mpv") is None, reason="needs mpv")
def test_mpv_plays_the_frames_of_each_moment(tmp_path: Path) -> None:
    plain = make_video(tmp_path, Recipe("-odd, name;%é.mp4", frames=48, rate=Fraction(25)))
    broken = plain.with_name("two\nlines.mp4")
    shutil.copy(plain, broken)
    moments = [
        a_moment(first, count, rate=Fraction(25), path=str(path))
        for first, count, path in ((5, 7, plain), (0, 3, plain), (40, 8, broken))
    ]
    write_edit_list(moments, tmp_path / "a.m3u", kind="mpv")
    command = ["mpv", "--no-config", "--untimed", "--vo=image", f"--vo-image-outdir={tmp_path / 'shown'}"]
    command += ["--vo-image-format=png", "--no-audio", "--no-terminal", "--", str(tmp_path / "a.m3u")]
    subprocess.run(command, timeout=60, check=True)
    shown = [number_of(cv2.imread(str(path))) for path in sorted((tmp_path / "shown").iterdir())]
    assert shown == [*range(5, 12), *range(3), *range(40, 48)]


def test_merged_joins_what_touches_and_keeps_the_order() -> None:
    found = [
        a_moment(100, 10, labels=("b",)),
        a_moment(5, 5, path="/v/other.mp4"),
        a_moment(90, 10, labels=("a",)),
        a_moment(50, 10),
        a_moment(105, 20),
    ]
    assert [(m.path[-9:], frame_span(m)) for m in merged(found)] == [
        ("04E12.avi", FrameSpan(90, 35)),
        ("other.mp4", FrameSpan(5, 5)),
        ("04E12.avi", FrameSpan(50, 10)),
    ]
    assert merged(found)[0].labels == ("a", "b", "homer_simpson")


@pytest.mark.parametrize("kind", EDIT_LISTS)
def test_a_video_is_not_overwritten(kind: str, tmp_path: Path) -> None:
    video, link = tmp_path / "S01E01.mp4", tmp_path / "link.mp4"
    video.write_bytes(b"a video")
    os.link(video, link)
    for path in (video, link):
        with pytest.raises(SinkError, match="is one of the videos"):
            write_edit_list([a_moment(path=str(video))], path, kind=kind)
    assert video.read_bytes() == b"a video"
