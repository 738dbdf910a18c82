"""Edit lists, read again with OpenTimelineIO."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import opentimelineio
import pytest

from simpsons_play.core.errors import LibraryError
from simpsons_play.library.edit_lists import frames_of, write_edit_list, write_playlist
from simpsons_play.library.moments import Moment

FILM, NTSC = Fraction(24000, 1001), Fraction(30000, 1001)
RATES = (Fraction(24), Fraction(25), NTSC, FILM)
HOSTILE = (  # titles and names of files
    "<script>alert('x')</script>",
    'a "b"\nc',
    "../../etc/passwd",
    "Ümläut 日本",
    "-",
    "%s {0} \x1b[31m",
)


def moments(*rates: Fraction, count: int = 12, title: str = "S04E12 Title", path: str = "/films/a b.mkv"):
    random_ = random.Random(7)
    found = []
    for i in range(count):
        start_s = random_.uniform(0, 1200)
        rate = rates[i % len(rates)]
        film = f"{path}{rates.index(rate)}.mkv"
        end_s = start_s + random_.uniform(0.1, 20)
        found.append(Moment("a" * 32, film, title, 4, 12, rate, 1320.0, start_s, end_s, ("bart_simpson",)))
    return found


def clips_in(path: Path, layout: str, rate: Fraction):
    options = {"rate": float(rate)} if layout == "edl" else {}
    adapter = {"edl": "cmx_3600", "otio": "otio_json", "fcpxml": "fcpx_xml"}[layout]
    return list(opentimelineio.adapters.read_from_file(str(path), adapter, **options).find_clips())


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("layout", ["edl", "otio"])
def test_every_moment_is_there_to_the_frame(tmp_path, layout, rate):
    path, found = tmp_path / f"list.{layout}", moments(rate)
    write_edit_list(found, path, layout)
    clips = clips_in(path, layout, rate)
    assert [
        (clip.source_range.start_time.value, clip.source_range.end_time_exclusive().value) for clip in clips
    ] == [frames_of(moment) for moment in found]
    assert {round(clip.source_range.start_time.rate, 6) for clip in clips} == {round(float(rate), 6)}


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_final_cut_gets_exact_times(tmp_path, rate):
    path, found = tmp_path / "list.fcpxml", moments(rate)
    write_edit_list(found, path, "fcpxml")
    times = [
        tuple(Fraction(element.get(name).removesuffix("s")) for name in ("start", "duration"))
        for element in _elements(path, "clip")
    ]
    ranges = [frames_of(moment) for moment in found]
    assert times == [(first / rate, (end - first) / rate) for first, end in ranges]
    (layout,) = _elements(path, "format")
    assert Fraction(layout.get("frameDuration").removesuffix("s")) == 1 / rate


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_opentimelineio_reads_it_again_to_the_frame(tmp_path, rate):
    """Its adapter rounds down to whole frames, of which it knows 23 in 23.976 a second."""
    path, found = tmp_path / "list.fcpxml", moments(rate)
    write_edit_list(found, path, "fcpxml")
    clips = clips_in(path, "fcpxml", rate)
    assert len(clips) == len(found)
    for clip, moment in zip(clips, found, strict=True):
        start_s = clip.source_range.start_time.to_seconds()
        assert abs(start_s - frames_of(moment)[0] / rate) <= 1 / int(rate) + 1e-6


def test_each_clip_keeps_its_own_rate(tmp_path):
    found = moments(*RATES)
    write_edit_list(found, tmp_path / "list.otio", "otio")
    clips = clips_in(tmp_path / "list.otio", "otio", FILM)
    assert [clip.source_range.start_time.rate for clip in clips] == [float(moment.rate) for moment in found]
    write_edit_list(found, tmp_path / "list.fcpxml", "fcpxml")
    starts = [Fraction(e.get("start").removesuffix("s")) for e in _elements(tmp_path / "list.fcpxml", "clip")]
    assert starts == [frames_of(moment)[0] / moment.rate for moment in found]


def test_an_edl_has_the_most_common_rate(tmp_path):
    found = moments(FILM, Fraction(25), FILM)
    write_edit_list(found, tmp_path / "list.edl", "edl")
    clips = clips_in(tmp_path / "list.edl", "edl", FILM)
    for clip, moment in zip(clips, found, strict=True):
        start_s = frames_of(moment)[0] / moment.rate
        assert abs(clip.source_range.start_time.value / FILM - start_s) <= 0.5 / FILM


@pytest.mark.parametrize("layout", ["edl", "otio", "fcpxml"])
@pytest.mark.parametrize("text", HOSTILE)
def test_any_title_and_path_is_only_text(tmp_path, layout, text):
    path, found = tmp_path / f"list.{layout}", moments(FILM, count=3, title=text, path=f"/films/{text}")
    write_edit_list(found, path, layout, title=text)
    clips = clips_in(path, layout, FILM)
    assert len(clips) == 3
    assert all("\n" not in clip.name and "\x1b" not in clip.name for clip in clips)


def test_a_path_is_an_address_that_leads_to_it(tmp_path):
    video = tmp_path / "a #1 & 50% <b>.mkv"
    found = moments(FILM, count=1, path=str(video))
    write_edit_list(found, tmp_path / "list.otio", "otio")
    (clip,) = clips_in(tmp_path / "list.otio", "otio", FILM)
    assert clip.media_reference.target_url == Path(found[0].path).as_uri()
    assert clip.metadata["simpsons-play"]["start_s"] == pytest.approx(found[0].start_s)


def test_a_playlist_plays_each_moment(tmp_path):
    write_playlist(moments(FILM, count=2, title="a\nb"), tmp_path / "list.m3u")
    lines = (tmp_path / "list.m3u").read_text().splitlines()
    assert lines[0] == "#EXTM3U"
    assert lines[1].startswith("#EXTINF:")
    assert lines[1].endswith(",a\ufffdb: Bart Simpson")
    assert lines[2].startswith("#EXTVLCOPT:start-time=")
    assert lines[3].startswith("#EXTVLCOPT:stop-time=")
    assert lines[4] == "file:///films/a%20b.mkv0.mkv"
    assert len(lines) == 9


def test_nothing_found_writes_nothing(tmp_path):
    path = tmp_path / "list.otio"
    path.write_text("mine")
    with pytest.raises(LibraryError, match="no moment was found"):
        write_edit_list([], path, "otio")
    with pytest.raises(LibraryError, match="no moment was found"):
        write_playlist([], path)
    assert path.read_text() == "mine"


def _elements(path: Path, tag: str):
    from xml.etree import ElementTree

    return ElementTree.parse(path).iter(tag)
