"""Which files a source reads, however it names them."""

import os
from pathlib import Path

import pytest

from simpsons_play.sources import reads
from simpsons_play.sources.reads import reads_of

BINARY = b"\x00\x00\x00\x20ftypisom"


@pytest.fixture
def media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("a.mp4", "b.ts", "c d.ts", "100%.mp4", "show: pilot.mp4"):
        (tmp_path / name).write_bytes(BINARY)
    return tmp_path


def names(source: object) -> list[str]:
    return [path.name for path in reads_of(str(source)).files]


def test_a_file_reads_only_itself(media: Path) -> None:
    found = reads_of("a.mp4")
    assert (found.files, found.missing, found.complete) == ((Path("a.mp4"),), (), True)
    for name in ("100%.mp4", "show: pilot.mp4"):
        assert (names(name), reads_of(name).complete) == ([name], True)
    assert reads_of("gone.mp4").missing == (Path("gone.mp4"),)


@pytest.mark.parametrize(
    ("address", "files"),
    [
        ("file://{}/a.mp4", ["a.mp4"]),
        ("FILE:{}/a.mp4", ["a.mp4"]),
        ("file://{}/c%20d.ts", ["c d.ts"]),
        ("concat:{0}/a.mp4|file://{0}/b.ts", ["a.mp4", "b.ts"]),
        ("cache:file://{}/a.mp4", ["a.mp4"]),
        ("async:cache:{}/a.mp4", ["a.mp4"]),
        ("crypto+file://{}/a.mp4", ["a.mp4"]),
        ("subfile,,start,3,end,9,,:{}/a.mp4", ["a.mp4"]),
        ("subfile,,start,3,end,9,,:file://{}/a.mp4", ["a.mp4"]),
        ("http://host/{}/a.mp4", []),
    ],
)
def test_local_addresses_are_followed(media: Path, address: str, files: list[str]) -> None:
    assert names(address.format(media)) == files


def test_reads_from_the_network_or_a_device_are_incomplete(media: Path) -> None:
    (media / "far.m3u8").write_text("#EXTM3U\n#EXT-X-VERSION:3\nhttp://host/a.ts\n")
    for source in ("http://host/a.mp4", "rtsp://host/", "0", "camera:logi", "-", "far.m3u8"):
        assert not reads_of(source).complete, source


def test_a_numbered_sequence_reads_all_its_pictures(media: Path) -> None:
    for number in (1, 2, 10):
        (media / f"frames_{number:05}.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00")
    assert names(f"file://{media}/frames_%05d.png") == [f"frames_{n:05}.png" for n in (1, 2, 10)]


def test_a_folder_reads_its_pictures(media: Path) -> None:
    for name in ("1.png", "2.JPG", "notes.txt"):
        (media / name).write_bytes(b"\x89PNG\r\n\x1a\n\x00")
    assert names(media)[1:] == ["1.png", "2.JPG"]


def test_hls_is_followed_to_variants_segments_keys_and_init_sections(media: Path) -> None:
    (media / "low").mkdir()
    (media / "master.m3u8").write_text(
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow/index.m3u8\n"
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x",URI="b.ts"\n'
    )
    (media / "low" / "index.m3u8").write_text(
        '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-KEY:METHOD=AES-128,URI="file.key"\n'
        '#EXT-X-MAP:URI="../a.mp4"\n#EXTINF:2,\n../c%20d.ts\n#EXTINF:2,\ngone.ts?token=1\n#EXT-X-ENDLIST\n'
    )
    (media / "low" / "file.key").write_bytes(b"\x01" * 16)
    assert names(media / "master.m3u8") == [
        "master.m3u8",
        "index.m3u8",
        "file.key",
        "a.mp4",
        "c d.ts",
        "b.ts",
    ]
    assert [path.name for path in reads_of("master.m3u8").missing] == ["gone.ts?token=1"]


def test_concat_lists_are_parsed_like_ffmpeg_does(media: Path) -> None:
    (media / "it's.ts").write_bytes(BINARY)
    (media / "inner.txt").write_text("ffconcat version 1.0\nfile it\\'s.ts\n")
    (media / "list.ffconcat").write_text(
        "ffconcat version 1.0\n# file no.mp4\nfile a.mp4\nduration 2\n  file 'c d.ts'\nfile inner.txt\n"
        "file 'it'\\''s.ts'\nfile\tb.ts\n"
    )
    assert names("list.ffconcat") == ["list.ffconcat", "a.mp4", "c d.ts", "inner.txt", "it's.ts", "b.ts"]
    assert reads_of("list.ffconcat").complete


def test_dash_is_followed_through_base_urls_and_templates(media: Path) -> None:
    (media / "video").mkdir()
    for name in ("init-1.m4s", "chunk-1-00001.m4s", "chunk-1-00002.m4s"):
        (media / "video" / name).write_bytes(BINARY)
    (media / "x.mpd").write_text(
        '<?xml version="1.0"?><MPD><Period><BaseURL>video/</BaseURL><AdaptationSet><SegmentTemplate '
        'media="chunk-$RepresentationID$-$Number%05d$.m4s" initialization="init-$RepresentationID$.m4s"/>'
        "<Representation><BaseURL>a.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>"
    )
    assert {"init-1.m4s", "chunk-1-00001.m4s", "chunk-1-00002.m4s", "a.mp4"} <= set(names("x.mpd"))


def test_plain_playlists_are_followed_too(media: Path) -> None:
    (media / "list.m3u").write_text("#EXTINF:1,x\na.mp4\ninner.m3u\n")
    (media / "inner.m3u").write_text(f"file://{media}/b.ts\n")
    assert names("list.m3u") == ["list.m3u", "a.mp4", "inner.m3u", "b.ts"]


def test_other_playlist_formats_and_encodings_are_followed(media: Path) -> None:
    Path(os.fsdecode(b"caf\xe9.ts")).write_bytes(BINARY)
    (media / "list.pls").write_text(f"[playlist]\nFile1=a.mp4\nFile2=sub\\b.ts\nFile3=file://{media}/b.ts\n")
    assert names("list.pls") == ["list.pls", "a.mp4", "b.ts"]
    (media / "list.xspf").write_text(
        "<playlist xmlns='http://xspf.org/ns/0/'><trackList><track><location>c%20d.ts</location></track>"
        "</trackList></playlist>"
    )
    assert names("list.xspf") == ["list.xspf", "c d.ts"]
    for name, content in (
        ("1.ffconcat", b"ffconcat version 1.0\nfile caf\xe9.ts\n"),
        ("1.m3u", b"caf\xe9.ts\n"),
    ):
        (media / name).write_bytes(content)
        assert [os.fsencode(found) for found in names(name)] == [name.encode(), b"caf\xe9.ts"]


def test_an_unknown_text_file_may_name_other_files(media: Path) -> None:
    (media / "list.xyz").write_text("file: ä.mp4\n", encoding="utf-8")
    assert not reads_of("list.xyz").complete


def test_recursive_deep_and_long_lists_are_limited(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (media / "self.m3u").write_text("self.m3u\n")
    assert names("self.m3u") == ["self.m3u"]
    for number in range(20):
        (media / f"{number}.m3u").write_text(f"{number + 1}.m3u\n")
    deep = reads_of("0.m3u")
    assert not deep.complete and len(deep.files) == reads.MAX_DEPTH + 1
    monkeypatch.setattr(reads, "MAX_FILES", 3)
    (media / "wide.m3u").write_text("".join(f"{number}.m3u\n" for number in range(20)))
    wide = reads_of("wide.m3u")
    assert not wide.complete and len(wide.files) == 3
    monkeypatch.setattr(reads, "MAX_LIST_BYTES", 100)
    (media / "long.m3u").write_text("a.mp4\n" * 1000)
    assert not reads_of("long.m3u").complete


def test_links_to_a_file_count_once(media: Path) -> None:
    os.link("a.mp4", "hard.mp4")
    Path("soft.mp4").symlink_to("a.mp4")
    (media / "list.m3u").write_text("a.mp4\nhard.mp4\nsoft.mp4\n")
    assert names("list.m3u") == ["list.m3u", "a.mp4"]


def test_impossible_file_names_are_skipped(media: Path) -> None:
    (media / "odd.m3u").write_bytes(b"a\x00b.mp4\n" + b"x" * 5000 + b"\n\x00/%05d.png\na.mp4\n")
    assert names("odd.m3u") == ["odd.m3u", "a.mp4"]


@pytest.mark.parametrize("name", [" v.mp4", "\u3000v.mp4", "a\u2028b.mp4", "a\u0085b.mp4", "a\x1cb.mp4"])
def test_names_in_hls_are_parsed_like_ffmpeg_does(name: str, tmp_path: Path) -> None:
    """Other line separators of Unicode are part of a name."""
    (tmp_path / name).write_bytes(b"film")
    (tmp_path / "list.m3u8").write_bytes(f"#EXTM3U\n#EXTINF:2,\n{name}\n#EXT-X-ENDLIST\n".encode())
    assert tmp_path / name in reads_of(str(tmp_path / "list.m3u8")).files


def test_file_urls_in_hls_are_also_relative_to_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lists").mkdir()
    (tmp_path / "v.mp4").write_bytes(b"film")
    (tmp_path / "lists" / "list.m3u8").write_text("#EXTM3U\n#EXTINF:2,\nfile:v.mp4\n#EXT-X-ENDLIST\n")
    files = reads_of("lists/list.m3u8").files
    assert any(file.samefile(tmp_path / "v.mp4") for file in files)
