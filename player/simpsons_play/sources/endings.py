"""Kinds of files, by the suffixes of their names."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path


def _suffixes(words: str) -> frozenset[str]:
    return frozenset(words.split())


VIDEOS = _suffixes(
    """
    .3g2 .3gp .amv .apng .asf .avi .divx .dv .evo .f4v .flv .gif .h264 .264 .h265 .265 .hevc .ivf .m1v .m2t
    .m2ts .m2v .m4v .mjpeg .mjpg .mkv .mov .mp4 .mpe .mpeg .mpg .mpv .mts .mxf .nut .ogm .ogv .ogx .qt .rm
    .rmvb .tod .trp .ts .vob .webm .wmv .wtv .xvid .y4m
    """
)
"""Files that count as videos in a folder."""

PICTURES = _suffixes(
    """
    .avif .bmp .dds .dib .exr .hdr .heic .heif .hif .j2k .jfif .jif .jp2 .jpe .jpeg .jpg .pam .pbm .pcx .pfm
    .pgm .png .pnm .ppm .psd .qoi .ras .sgi .sr .tga .tif .tiff .webp
    """
)
"""Files that count as pictures in a folder."""

STILLS = PICTURES | {".gif"}
"""Files that count as pictures where no videos are expected; the first frame of a GIF."""

UNDECODABLE = _suffixes(
    """
    .arw .cr2 .cr3 .dng .jxl .nef .orf .raf .raw .rw2 .svg
    """
)
"""Pictures in unsupported formats."""

_COMPANIONS = _suffixes(
    """
    .ass .asx .csv .cue .db .desktop .htm .html .ico .idx .ini .json .jsonl .lnk .log .md .mka .mks .mp3
    .nfo .part .pdf .sfv .srr .srt .ssa .sub .sup .torrent .txt .url .vtt .webloc .wpl .xml
    """
)
"""Files that accompany videos; they are skipped if a pattern matches them."""

_ARTWORK = _suffixes(
    "albumart albumartsmall back backdrop banner clearart clearlogo cover discart disc fanart folder front"
    " keyart landscape logo poster thumb"
)
"""Names that media libraries give to the pictures they store next to videos."""

_JUNK = frozenset(
    {
        ".ds_store",
        "thumbs.db",
        "desktop.ini",
        "ehthumbs.db",
        "icon\r",
        "__macosx",
        "@eadir",
        "$recycle.bin",
        "system volume information",
        "lost+found",
    }
)
"""What operating systems create in folders; macOS also adds `._NAME` for each file on foreign disks, and a
folder of them to each zip archive. `@eaDir` has the thumbnails of a Synology disk station."""


def is_video(path: Path) -> bool:
    """Whether a file in a folder counts as a video."""
    return path.suffix.lower() in VIDEOS


def is_companion(path: Path) -> bool:
    """Whether a file accompanies videos or is a picture in an unsupported format, and is not played."""
    return path.suffix.lower() in _COMPANIONS | UNDECODABLE


def is_artwork(path: Path) -> bool:
    """Whether a picture is artwork of a media library: `cover.jpg`, `episode-thumb.jpg`."""
    stem = path.stem.casefold()
    return path.suffix.lower() in PICTURES and (stem in _ARTWORK or stem.rpartition("-")[2] in _ARTWORK)


def is_hidden(path: Path) -> bool:
    """Whether a file is hidden or was created by the operating system."""
    return path.name.startswith(".") or path.name.lower() in _JUNK


def is_junk(path: Path) -> bool:
    """Whether a file was created by the operating system, even if a pattern asks for hidden files."""
    return path.name.startswith("._") or path.name.lower() in _JUNK


def undecodable(paths: Iterable[Path]) -> str:
    """The pictures in unsupported formats, by suffix: `3 .jxl files`; empty if there are none."""
    return counts_by_suffix(path for path in paths if path.suffix.lower() in UNDECODABLE)


def counts_by_suffix(paths: Iterable[Path]) -> str:
    """`2 .nfo files, 1 .srt file`: number of files with each suffix, sorted by suffix."""
    counts = sorted(Counter(path.suffix.lower() for path in paths).items())
    return ", ".join(f"{count} {suffix} file{'s' if count > 1 else ''}" for suffix, count in counts)


def is_regular(path: str | Path) -> bool:
    """Whether a file or folder exists at a path, not a device, pipe or socket. Never raises."""
    return os.path.isfile(path) or os.path.isdir(path)
