"""What a user names becomes the sources to play, in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from simpsons_play.errors import SourceError
from simpsons_play.sources import expand


@pytest.fixture(name="season")
def season_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "season"
    folder.mkdir()
    for name in ("e10.avi", "e2.avi", "E1.MKV", "notes.txt"):
        (folder / name).touch()
    monkeypatch.chdir(tmp_path)
    return folder


def test_what_is_one_source_stays_as_it_is(season: Path) -> None:
    (season / "[1] 50%.avi").touch()
    names = ["0", "-", "camera:logi", "rtsp://host/*?x=[1]", "season/e2.avi", "missing.avi"]
    names.append("season/[1] 50%.avi")
    assert expand(names) == names


def test_patterns_and_folders_come_in_the_order_a_reader_expects(season: Path) -> None:
    assert expand(["season/*.avi", "0"]) == ["season/e2.avi", "season/e10.avi", "0"]
    assert expand(["**/e?.avi"]) == ["season/e2.avi"]
    assert expand(["season"]) == ["season/E1.MKV", "season/e2.avi", "season/e10.avi"]
    (season / "still.png").touch()
    assert expand(["season"]) == ["season"], "pictures are shown as such"
    with pytest.raises(SourceError, match=r"^season/\*\.mp4: no file matches$"):
        expand(["season/*.mp4"])


def test_playlists_are_read_from_where_they_lie(season: Path) -> None:
    elsewhere = season / "list.m3u"
    elsewhere.write_text("\ufeff#EXTM3U\n#EXTINF:1200,One\ne10.avi\n\n  http://host/x.mp4 \r\n/abs/y.avi\n")
    assert expand(["season/list.m3u", "season/e2.avi"]) == [
        "season/e10.avi",
        "http://host/x.mp4",
        "/abs/y.avi",
        "season/e2.avi",
    ]
    (season / "hls.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:10\nsegment0.ts\n")
    assert expand(["season/hls.m3u8"]) == ["season/hls.m3u8"], "one stream in pieces, which ffmpeg joins"
    elsewhere.write_text("#EXTM3U\n")
    with pytest.raises(SourceError, match="lists nothing"):
        expand(["season/list.m3u"])


def test_playlists_may_list_playlists_but_not_themselves(season: Path) -> None:
    (season / "inner").mkdir()
    (season / "inner" / "more.m3u").write_text("../e2.avi\n")
    (season / "all.m3u").write_text("inner/more.m3u\ne10.avi\n")
    assert expand(["season/all.m3u"]) == ["season/inner/../e2.avi", "season/e10.avi"]
    (season / "inner" / "more.m3u").write_text("../all.m3u\n")
    with pytest.raises(SourceError, match=r"all\.m3u is a playlist that lists itself"):
        expand(["season/all.m3u"])


def test_what_is_passed_over_or_missing_is_told(season: Path) -> None:
    told: list[str] = []
    (season / "list.m3u").write_text("e10.avi\ngone.avi\n")
    assert expand(["season/list.m3u"], tell=told.append) == ["season/e10.avi", "season/gone.avi"]
    assert told == ["season/list.m3u lists gone.avi, which is not there"]
    (season / "cover.png").touch()
    assert expand(["season"], tell=told.append) == ["season"]
    assert told[1].startswith(
        "season is taken for a folder of pictures; for the videos in it give 'season/*."
    )


def test_an_empty_name_is_not_this_folder(season: Path) -> None:
    with pytest.raises(SourceError, match="without a name"):
        expand(["season", ""])
