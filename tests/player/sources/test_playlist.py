"""Names from the user are expanded into the sources to play, in order."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from simpsons_play.core.errors import SourceError
from simpsons_play.sources import expand


@pytest.fixture(name="season")
def season_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "season"
    folder.mkdir()
    for name in ("e10.avi", "e2.avi", "E1.MKV", "notes.txt"):
        (folder / name).touch()
    monkeypatch.chdir(tmp_path)
    return folder


def test_single_sources_are_unchanged(season: Path) -> None:
    (season / "[1] 50%.avi").touch()
    names = ["0", "-", "camera:logi", "rtsp://host/*?x=[1]", "season/e2.avi", "missing.avi"]
    names.append("season/[1] 50%.avi")
    assert expand(names) == names


def test_patterns_and_folders_are_sorted_naturally(season: Path) -> None:
    assert expand(["season/*.avi", "0"]) == ["season/e2.avi", "season/e10.avi", "0"]
    assert expand(["**/e?.avi"]) == ["season/e2.avi"]
    assert expand(["season"]) == ["season/E1.MKV", "season/e2.avi", "season/e10.avi"]
    (season / "still.png").touch()
    assert expand(["season"]) == ["season"], "pictures win over videos"
    with pytest.raises(SourceError, match=r"^season/\*\.mp4: no file matches$"):
        expand(["season/*.mp4"])


def test_playlist_entries_are_relative_to_the_playlist(season: Path) -> None:
    elsewhere = season / "list.m3u"
    elsewhere.write_text("\ufeff#EXTM3U\n#EXTINF:1200,One\ne10.avi\n\n  http://host/x.mp4 \r\n/abs/y.avi\n")
    assert expand(["season/list.m3u", "season/e2.avi"]) == [
        "season/e10.avi",
        "http://host/x.mp4",
        "/abs/y.avi",
        "season/e2.avi",
    ]
    (season / "hls.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:10\nsegment0.ts\n")
    assert expand(["season/hls.m3u8"]) == ["season/hls.m3u8"], "one stream in segments, which ffmpeg joins"
    elsewhere.write_text("#EXTM3U\n")
    with pytest.raises(SourceError, match="is an empty playlist"):
        expand(["season/list.m3u"])


def test_playlists_may_be_nested_but_not_recursive(season: Path) -> None:
    (season / "inner").mkdir()
    (season / "inner" / "more.m3u").write_text("../e2.avi\n")
    (season / "all.m3u").write_text("inner/more.m3u\ne10.avi\n")
    assert expand(["season/all.m3u"]) == ["season/inner/../e2.avi", "season/e10.avi"]
    (season / "inner" / "more.m3u").write_text("../all.m3u\n")
    with pytest.raises(SourceError, match=r"all\.m3u is a playlist that contains itself"):
        expand(["season/all.m3u"])


def test_skipped_and_missing_files_are_reported(season: Path) -> None:
    messages: list[str] = []
    (season / "list.m3u").write_text("e10.avi\ngone.avi\n")
    assert expand(["season/list.m3u"], tell=messages.append) == ["season/e10.avi", "season/gone.avi"]
    assert messages == ["season/list.m3u lists gone.avi, which does not exist"]
    (season / "still.png").touch()
    assert expand(["season"], tell=messages.append) == ["season"]
    assert messages[1].startswith(
        "season is played as a folder of pictures; to play its videos, give 'season/*."
    )


def test_an_empty_name_is_not_the_current_folder(season: Path) -> None:
    with pytest.raises(SourceError, match="a source name is empty"):
        expand(["season", ""])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("latin.m3u", "#EXTM3U\n#EXTINF:1,Zoë\nZoë € Bärt.avi\n".encode("cp1252")),
        ("utf8.m3u", "Zoë € Bärt.avi\r\n".encode()),
        ("bom.m3u8", "\ufeff#EXTM3U\rZoë € Bärt.avi\r".encode()),
        ("utf16.m3u", "\ufeff#EXTM3U\r\nZoë € Bärt.avi\r\n".encode("utf-16-le")),
        ("big.m3u", "\ufeffZoë € Bärt.avi".encode("utf-16-be")),
        ("apart.m3u8", "Zoe\u0308 € Ba\u0308rt.avi\n".encode()),
        ("folder.m3u", b".\\Zo\xeb \x80 B\xe4rt.avi\r\n"),
        ("escaped.m3u8", b"Zo%C3%AB%20%E2%82%AC%20B%C3%A4rt.avi\n"),
        ("a.pls", "[playlist]\r\nFile1=Zoë € Bärt.avi\r\nTitle1=x\r\nNumberOfEntries=1\r\n".encode()),
        (
            "a.xspf",
            b'<?xml version="1.0"?><playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList><track>'
            b"<location>Zo%C3%AB%20%E2%82%AC%20B%C3%A4rt.avi</location></track></trackList></playlist>",
        ),
    ],
)
def test_playlists_from_every_system_are_read(name: str, content: bytes, tmp_path: Path) -> None:
    film = tmp_path / "Zoë € Bärt.avi"
    film.touch()
    (tmp_path / name).write_bytes(content)
    (found,) = expand([str(tmp_path / name)])
    assert Path(found).samefile(film)


@pytest.mark.skipif(os.name == "nt", reason="paths of another system")
def test_backslashes_and_undecodable_names_lead_to_files(tmp_path: Path) -> None:
    (tmp_path / "season 1").mkdir()
    for name in (b"season 1/one.avi", b"Zo\xeb.avi", b"a\\b.avi"):
        (tmp_path / os.fsdecode(name)).touch()
    (tmp_path / "l.m3u").write_bytes(b"season 1\\one.avi\nZo\xeb.avi\na\\b.avi\n")
    messages: list[str] = []
    found = expand([str(tmp_path / "l.m3u")], tell=messages.append)
    assert [os.fsencode(name)[len(bytes(tmp_path)) + 1 :] for name in found] == [
        b"season 1/one.avi",
        b"Zo\xeb.avi",
        b"a\\b.avi",
    ]
    assert messages == []


def test_exponential_and_deep_playlists_are_refused(tmp_path: Path) -> None:
    for number in range(26):
        (tmp_path / f"{number}.m3u").write_text(f"{number + 1}.m3u\n" * 2)
    (tmp_path / "26.m3u").write_text("film.avi\n")
    with pytest.raises(SourceError, match=r"^[^\n]*more than 100,000 playlist entries[^\n]*$"):
        expand([str(tmp_path / "0.m3u")])
    (tmp_path / "26.m3u").write_text("rtsp://host/1\n")  # skipped: no source is ever found
    with pytest.raises(SourceError, match="more than 100,000 playlist entries"):
        expand([str(tmp_path / "0.m3u")])
    for number in range(2000):
        (tmp_path / f"{number}.m3u").write_text(f"{number + 1}.m3u\n")
    with pytest.raises(SourceError, match="is nested in more than 50 other playlists"):
        expand([str(tmp_path / "0.m3u")])


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("how", ["./a.m3u", "../{folder}/a.m3u", "link.m3u", "hard.m3u", "file://{path}"])
def test_a_recursive_playlist_is_refused_however_it_is_written(how: str, tmp_path: Path) -> None:
    path = tmp_path / "a.m3u"
    path.write_text(how.format(folder=tmp_path.name, path=path) + "\n")
    (tmp_path / "link.m3u").symlink_to(path)
    (tmp_path / "hard.m3u").hardlink_to(path)
    with pytest.raises(SourceError, match="contains itself"):
        expand([str(path)])


def test_files_that_only_look_like_playlists_are_errors(tmp_path: Path) -> None:
    huge = tmp_path / "huge.m3u"
    with huge.open("wb") as file:
        file.truncate(1 << 30)
    (tmp_path / "film.m3u").write_bytes(b"\x1aE\xdf\xa3" + bytes(100))
    (tmp_path / "bad.xspf").write_text("<playlist>")
    (tmp_path / "folder.m3u").mkdir()
    (tmp_path / "folder.m3u" / "a.avi").touch()
    for name, why in (
        ("huge.m3u", "larger than 16 MiB"),
        ("film.m3u", "is not text"),
        ("bad.xspf", "is not a playlist"),
    ):
        with pytest.raises(SourceError, match=why):
            expand([str(tmp_path / name)])
    assert expand([str(tmp_path / "folder.m3u")]) == [str(tmp_path / "folder.m3u" / "a.avi")]


def test_patterns_match_playlists_and_folders_and_skip_companions(season: Path) -> None:
    (season / "e2.srt").touch()
    (season / "e2.nfo").touch()
    (season / "._e2.avi").touch()
    (season / ".DS_Store").touch()
    (season / "Thumbs.db").touch()
    (season / "list.m3u").write_text("e10.avi\n")
    (season / "more").mkdir()
    (season / "more" / "e3.avi").touch()
    messages: list[str] = []
    assert expand(["season/*"], tell=messages.append) == [
        "season/E1.MKV",
        "season/e2.avi",
        "season/e10.avi",
        "season/e10.avi",
        "season/more/e3.avi",
    ]
    assert messages == ["season/*: 1 .nfo file, 1 .srt file, 1 .txt file skipped"]
    assert expand(["season/.*", "season/*.avi"][1:]) == ["season/e2.avi", "season/e10.avi"]
    assert expand(["season/*.srt"]) == ["season/e2.srt"], "an explicit pattern is not filtered"
    with pytest.raises(SourceError, match="no file matches"):
        expand(["season/._*"])
    assert expand(["season"])[0] == "season/E1.MKV"


@pytest.mark.parametrize(
    "end",
    [
        "vob",
        "mts",
        "m2ts",
        "rmvb",
        "rm",
        "ogm",
        "divx",
        "3gp",
        "asf",
        "f4v",
        "mxf",
        "dv",
        "qt",
        "mpe",
        "m2v",
        "wtv",
        "nut",
        "y4m",
        "gif",
    ],
)
def test_every_video_suffix_counts_in_a_folder(end: str, tmp_path: Path) -> None:
    (tmp_path / f"film.{end.upper()}").touch()
    (tmp_path / f"._film.{end}").touch()
    assert expand([str(tmp_path)]) == [str(tmp_path / f"film.{end.upper()}")]


@pytest.mark.parametrize(
    "name", ["cover.jpg", "Folder.JPG", "poster.png", "e2-thumb.jpg", "season01-poster.webp"]
)
def test_artwork_does_not_turn_a_folder_into_pictures(name: str, season: Path) -> None:
    (season / name).touch()
    messages: list[str] = []
    assert expand(["season"], tell=messages.append)[1] == "season/e2.avi" and messages == []
    (season / "holiday.jpg").touch()
    assert expand(["season"], tell=messages.append) == ["season"] and len(messages) == 1


def test_many_skipped_entries_are_summed_up(season: Path) -> None:
    (season / "tv.m3u").write_text("e2.avi\n" + "udp://@239.0.0.1:1234\n" * 5000)
    messages: list[str] = []
    assert expand(["season/tv.m3u"], tell=messages.append) == ["season/e2.avi"]
    assert len(messages) == 21 and messages[20] == "4,980 more playlist entries are skipped or missing"
