"""What a file is that holds no video, by its first bytes."""

from __future__ import annotations

import codecs
import re
from pathlib import PurePath

HEAD_BYTES = 4096
"""So many bytes from the beginning tell."""

_WEB_PAGE = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?>(?><!--.*?-->)\s*)*+<(?:!doctype\s+html|html|head|body|script|title|meta)\b",
    re.IGNORECASE | re.DOTALL,
)
_DASH = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?>(?><!--.*?-->)\s*)*+<MPD\b", re.DOTALL)
_SUBTITLES = re.compile(
    rb"\s*(?:\d+\s+\d\d?:\d\d:\d\d[,.]\d+\s+-->|WEBVTT\b|\[Script Info\]|\{\d+\}\{\d+\}|<SAMI>|<tt\b)",
    re.IGNORECASE,
)

_OTHER_LIST = "a playlist of a kind that is not read; save it as .m3u or .xspf"
_LISTS = (
    (re.compile(rb"\s*<asx\b", re.IGNORECASE), _OTHER_LIST),
    (re.compile(rb"\s*(?:<\?wpl\b|<smil\b)", re.IGNORECASE), _OTHER_LIST),
    (re.compile(rb"\s*FILE\s+[^\n]+\s(?:WAVE|MP3|AIFF|BINARY)\b"), "a cue sheet, not a video"),
    (
        re.compile(rb"\s*<\?xml[^>]*>\s*(?:<!DOCTYPE plist[^>]*>\s*)?<plist\b.*<key>URL</key>", re.DOTALL),
        "a shortcut, not a video; give the address that is in it",
    ),
)

_PAGE = "a web page, not a video; give the address of the video itself"
_ARCHIVE = "{} archive, not a video; unpack it and give what is in it"
_DOCUMENT = "{}, not a video; give a video file"
_SOUND = "{}, not a video; give a video file"
_PICTURE = "{}, which nothing here can decode; convert it to PNG"
_SESSION = "a description of a live stream (SDP); give the address of the stream itself"
_PROGRAM = "a program, not a video; do not run it if a video was promised"

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
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
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _DOCUMENT.format("a document of Microsoft Office")),
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
    (b"L\0\0\0\x01\x14\x02\0", "a shortcut of Windows, not a video; give the file that it leads to"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file itself; fetch that with `git lfs pull`"),
    (b"[InternetShortcut]", "a shortcut, not a video; give the address that is in it"),
    (b"ffconcat version", "a list for ffmpeg whose files cannot be read; name them from its folder"),
    (b"[Desktop Entry]", "a shortcut, not a video; give the file or address that is in it"),
    (b"v=0\n", _SESSION),
    (b"v=0\r\n", _SESSION),
    (b"[playlist]", "a playlist; let its name end with .pls"),
)

_ZIPPED = {
    b"word/": "a Word document",
    b"xl/": "a table of Excel",
    b"ppt/": "slides of PowerPoint",
    b"opendocument": "an OpenDocument file",
    b"epub": "a book (EPUB)",
}
_OFFICE = {".docx": "a Word document", ".xlsx": "a table of Excel", ".pptx": "slides of PowerPoint"}


def describe(head: bytes, name: str) -> str | None:
    """What something is that ffmpeg found no video in, and what to do, to be put after `NAME is`.

    >>> describe(b"%PDF-1.7", "film.mp4")
    'a PDF document, not a video; give a video file'

    Args:
        head: its first bytes, `HEAD_BYTES` of them where there are so many.
        name: its name or address; only its ending counts.

    Returns:
        None where nobody knows.
    """
    if not head:
        return None
    if head.startswith(b"#EXTM3U"):
        return _playlist(head, name)
    for beginning, what in _BEGINNINGS:
        if head.startswith(beginning):
            return what
    suffix = PurePath(name).suffix.lower()
    if head.startswith(b"PK\x03\x04"):
        return _zipped(head, suffix)
    if head[257:262] == b"ustar":
        return _ARCHIVE.format("a tar")
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return _SOUND.format("a sound file (WAV)")
    if re.match(rb"d\d+:(?:announce|info|creat|comment|url-list)", head):
        return "a torrent, not a video; give what it downloads"
    if suffix in (".iso", ".img", ".nrg", ".mdf"):
        return "the image of a disc, not a video; mount it and give the .vob or .m2ts files in it"
    if not head.strip(b"\0"):
        return "nothing but zeros where it begins: it is not completely downloaded or copied"
    return _text(head)


def _playlist(head: bytes, name: str) -> str:
    if b"#EXT-X-" in head:
        return "a playlist (HLS) in which nothing can be played; fetch it and what it names again"
    if PurePath(name).suffix.lower() in (".m3u", ".m3u8"):
        return "a playlist in which nothing can be played"
    return "a playlist; let its name end with .m3u"


def _zipped(head: bytes, suffix: str) -> str:
    for inside, what in _ZIPPED.items():
        if inside in head:
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
        return "a file of subtitles, not a video; give the video that they belong to"
    for pattern, what in _LISTS:
        if pattern.match(head):
            return what
    if any(byte < 32 and byte not in b"\t\n\v\f\r\x1b" for byte in head) or 127 in head:
        return None
    return "a text file, not a video; give a video file"
