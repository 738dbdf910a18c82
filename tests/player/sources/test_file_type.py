"""Recognising files that are not videos."""

from __future__ import annotations

import io
import zipfile

import pytest

from simpsons_play.sources.file_type import describe


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return file.getvalue()


PAGE = b"<!DOCTYPE html>\n<html><head><title>Not found</title>"


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (PAGE, "a web page, not a video; give the address of the video itself"),
        (b"\xef\xbb\xbf \n<HTML lang='en'>", "a web page"),
        (b"<?xml version='1.0'?>\n<!-- x -->\n<!-- y --><html xmlns='x'>", "a web page"),
        ("\ufeff<html>".encode("utf-16-le"), "a web page"),
        (zipped("film.avi"), "a ZIP archive"),
        (zipped("[Content_Types].xml", "word/document.xml"), "a Word document"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook"),
        (b"Rar!\x1a\x07\x01\x00", "a RAR archive"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "a 7z archive"),
        (b"name" + bytes(253) + b"ustar\x0000", "a tar archive"),
        (b"ID3\x03\0", "a sound file"),
        (b"RIFF\0\0\0\0WAVEfmt ", "a sound file"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Microsoft Office"),
        (b"1\r\n00:00:01,000 --> 00:00:02,000\r\nD'oh!\r\n", "a subtitle file"),
        (b"WEBVTT\n\n", "a subtitle file"),
        (b"d8:announce35:udp://", "a torrent"),
        (b"#EXTM3U\nfilm.avi\n", "a playlist; rename it to end with .m3u"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n", "a playlist (HLS) in which nothing can be played"),
        (b"ffconcat version 1.0\nfile /films/a.avi\n", "an ffconcat list whose files cannot be read"),
        (b'<ASX version="3.0"><entry><ref href="a.wmv"/>', "a playlist in an unsupported format"),
        (b'<?wpl version="1.0"?>\n<smil><body>', "a playlist in an unsupported format"),
        (b'FILE "a.mp3" MP3\n  TRACK 01 AUDIO\n', "a cue sheet"),
        (b"[Desktop Entry]\nType=Link\nURL=http://host/\n", "a shortcut"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE plist PUBLIC "x">\n<plist><dict><key>URL</key>', "a shortcut"),
        (b"\xff\x0a\xfa", "a JPEG XL picture"),
        (b"MZ\x90\0", "a program"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        ("Ein Text für Bärt.\n".encode(), "a text file"),
        ("Ein Text für Bärt.\n".encode("cp1252"), "a text file"),
        (bytes(4096), "all zeros at the start"),
    ],
)
def test_file_types_are_recognised(head: bytes, what: str) -> None:
    words = describe(head, "film.mp4")
    assert words is not None and what in words and "\n" not in words


def test_a_disc_image_is_not_taken_for_an_incomplete_copy() -> None:
    assert "disc image" in (describe(bytes(4096), "FILM.ISO") or "")


@pytest.mark.parametrize("head", [b"", bytes(range(256)), b"\x1aE\xdf\xa3", b"\0\0\0\x20ftypisom"])
def test_unknown_types_are_not_guessed(head: bytes) -> None:
    assert describe(head, "film.mp4") is None


def test_many_comments_are_matched_quickly() -> None:
    assert describe(b"<!-- -->" * 500 + b"\0", "film.mp4") is None
    assert describe(b"<!-- -->" * 500 + b"<html>", "film.mp4") is not None
    assert describe(b" " * 4000 + b"\0", "film.mp4") is None


@pytest.mark.parametrize(
    ("head", "name", "what"),
    [
        (b"\x08\x09", "NET.onnx", "a network, not a video; give it with --model"),
        (b"PK\x03\x04" + bytes(40), "net.keras", "a network, not a video; `simpsons export`"),
        (b"\x89HDF\r\n", "weights.h5", "a network, not a video; `simpsons export`"),
    ],
)
def test_networks_are_no_videos(head: bytes, name: str, what: str) -> None:
    assert (describe(head, name) or "").startswith(what)
