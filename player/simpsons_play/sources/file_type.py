"""Identifies files that are not videos, by their first bytes."""

from __future__ import annotations

import codecs
import re
from pathlib import PurePath

HEAD_BYTES = 4096
"""Number of bytes to read for `describe`."""

_WEB_PAGE = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?>(?><!--.*?-->)\s*)*+<(?:!doctype\s+html|html|head|body|script|title|meta)\b",
    re.IGNORECASE | re.DOTALL,
)
_DASH = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?>(?><!--.*?-->)\s*)*+<MPD\b", re.DOTALL)
_SUBTITLES = re.compile(
    rb"\s*(?:\d+\s+\d\d?:\d\d:\d\d[,.]\d+\s+-->|WEBVTT\b|\[Script Info\]|\{\d+\}\{\d+\}|<SAMI>|<tt\b)",
    re.IGNORECASE,
)

_OTHER_LIST = "a playlist in an unsupported format; save it as .m3u or .xspf"
_LISTS = (
    (re.compile(rb"\s*<asx\b", re.IGNORECASE), _OTHER_LIST),
    (re.compile(rb"\s*(?:<\?wpl\b|<smil\b)", re.IGNORECASE), _OTHER_LIST),
    (re.compile(rb"\s*FILE\s+[^\n]+\s(?:WAVE|MP3|AIFF|BINARY)\b"), "a cue sheet, not a video"),
    (
        re.compile(rb"\s*<\?xml[^>]*>\s*(?:<!DOCTYPE plist[^>]*>\s*)?<plist\b.*<key>URL</key>", re.DOTALL),
        "a shortcut, not a video; give the address in it",
    ),
)

_PAGE = "a web page, not a video; give the address of the video itself"
_ARCHIVE = "{} archive, not a video; unpack it and give the video in it"
_DOCUMENT = "{}, not a video; give a video file"
_SOUND = "{}, not a video; give a video file"
_PICTURE = "{}, an unsupported format; convert it to PNG"
_SESSION = "a description of a live stream (SDP), not a video; give the address of the stream itself"
_PROGRAM = "a program, not a video; do not run it if you expected a video"

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"Rar!\x1a\x07", _ARCHIVE.format("a RAR")),
    (b"7z\xbc\xaf\x27\x1c", _ARCHIVE.format("a 7z")),
    (b"\x1f\x8b", _ARCHIVE.format("a gzip")),
    (b"BZh", _ARCHIVE.format("a bzip2")),
    (b"\xfd7zXZ\0", _ARCHIVE.format("an xz")),
    (b"\x28\xb5\x2f\xfd", _ARCHIVE.format("a Zstandard")),
    (b"MSCF", _ARCHIVE.format("a cabinet")),
    (b"%PDF", _DOCUMENT.format("a PDF document")),
    (b"{\\rtf", _DOCUMENT.format("an RTF document")),
    (b"%!PS", _DOCUMENT.format("a PostScript document")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _DOCUMENT.format("a Microsoft Office document")),
    (b"SQLite format 3\0", _DOCUMENT.format("a database")),
    (b"ID3", _SOUND.format("a sound file (MP3)")),
    (b"fLaC", _SOUND.format("a sound file (FLAC)")),
    (b"MThd", _SOUND.format("a MIDI file")),
    (b"\xff\x0a", _PICTURE.format("a JPEG XL picture")),
    (b"\0\0\0\x0cJXL \r\n\x87\n", _PICTURE.format("a JPEG XL picture")),
    (b"\x7fELF", _PROGRAM),
    (b"MZ", _PROGRAM),
    (b"\xca\xfe\xba\xbe", _PROGRAM),
    (b"\xcf\xfa\xed\xfe", _PROGRAM),
    (b"L\0\0\0\x01\x14\x02\0", "a Windows shortcut, not a video; give the file that it points to"),
    (
        b"version https://git-lfs",
        "a Git LFS pointer, not the file itself; run `git lfs pull`",
    ),
    (b"[InternetShortcut]", "a shortcut, not a video; give the address in it"),
    (
        b"ffconcat version",
        "an ffconcat list whose files cannot be read; use paths relative to it",
    ),
    (b"[Desktop Entry]", "a shortcut, not a video; give the file or address in it"),
    (b"v=0\n", _SESSION),
    (b"v=0\r\n", _SESSION),
    (b"[playlist]", "a playlist; rename it to end with .pls"),
)

_ZIPPED = {
    b"word/": "a Word document",
    b"xl/": "an Excel workbook",
    b"ppt/": "a PowerPoint presentation",
    b"opendocument": "an OpenDocument file",
    b"epub": "an e-book (EPUB)",
}
_OFFICE = {
    ".docx": "a Word document",
    ".xlsx": "an Excel workbook",
    ".pptx": "a PowerPoint presentation",
}


def describe(head: bytes, name: str) -> str | None:
    """What a file without video is, and what to do, to follow `NAME is`.

    Args:
        head: its first bytes, up to `HEAD_BYTES`.
        name: its name or address; only the suffix counts.

    Returns:
        None if the type is unknown.

    Example:
        >>> describe(b"%PDF-1.7", "film.mp4")
        'a PDF document, not a video; give a video file'
    """
    if not head:
        return None
    if head.startswith(b"#EXTM3U"):
        return _playlist(head, name)
    for magic, what in _MAGIC:
        if head.startswith(magic):
            return what
    suffix = PurePath(name).suffix.lower()
    if suffix == ".onnx":
        return "a network, not a video; give it with --model"
    if suffix in (".keras", ".h5", ".hdf5"):
        return "a network, not a video; `simpsons export` makes a file for --model of it"
    if head.startswith(b"PK\x03\x04"):
        return _zipped(head, suffix)
    if head[257:262] == b"ustar":
        return _ARCHIVE.format("a tar")
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return _SOUND.format("a sound file (WAV)")
    if re.match(rb"d\d+:(?:announce|info|creat|comment|url-list)", head):
        return "a torrent, not a video; download it and give the video"
    if suffix in (".iso", ".img", ".nrg", ".mdf"):
        return "a disc image, not a video; mount it and give the .vob or .m2ts files in it"
    if not head.strip(b"\0"):
        return "all zeros at the start, so its download or copy is incomplete; download or copy it again"
    return _text(head)


def _playlist(head: bytes, name: str) -> str:
    if b"#EXT-X-" in head:
        return "a playlist (HLS) in which nothing can be played; download it and the files it lists again"
    if PurePath(name).suffix.lower() in (".m3u", ".m3u8"):
        return "a playlist in which nothing can be played"
    return "a playlist; rename it to end with .m3u"


def _zipped(head: bytes, suffix: str) -> str:
    for entry, what in _ZIPPED.items():
        if entry in head:
            return _DOCUMENT.format(what)
    return _DOCUMENT.format(_OFFICE[suffix]) if suffix in _OFFICE else _ARCHIVE.format("a ZIP")


def _text(head: bytes) -> str | None:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        head = head.decode("utf-16", errors="ignore").encode()
    head = head.removeprefix(codecs.BOM_UTF8)
    if _WEB_PAGE.match(head):
        return _PAGE
    if _DASH.match(head):
        return "a DASH manifest, which the ffmpeg in PyAV cannot read; give the HLS address or the video"
    if _SUBTITLES.match(head):
        return "a subtitle file, not a video; give the video it belongs to"
    for pattern, what in _LISTS:
        if pattern.match(head):
            return what
    if any(byte < 32 and byte not in b"\t\n\v\f\r\x1b" for byte in head) or 127 in head:
        return None
    return "a text file, not a video; give a video file"
