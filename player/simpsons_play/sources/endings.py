"""What files are, by the endings of their names."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path


def _endings(words: str) -> frozenset[str]:
    return frozenset(words.split())


VIDEOS = _endings(
    """
    .3g2 .3gp .amv .apng .asf .avi .divx .dv .evo .f4v .flv .gif .h264 .264 .h265 .265 .hevc .ivf .m1v .m2t
    .m2ts .m2v .m4v .mjpeg .mjpg .mkv .mov .mp4 .mpe .mpeg .mpg .mpv .mts .mxf .nut .ogm .ogv .ogx .qt .rm
    .rmvb .tod .trp .ts .vob .webm .wmv .wtv .xvid .y4m
    """
)
"""What counts as a video in a folder."""

PICTURES = _endings(
    """
    .avif .bmp .dds .dib .exr .hdr .heic .heif .hif .j2k .jfif .jif .jp2 .jpe .jpeg .jpg .pam .pbm .pcx .pfm
    .pgm .png .pnm .ppm .psd .qoi .ras .sgi .sr .tga .tif .tiff .webp
    """
)
"""What counts as a picture in a folder."""

UNDECODABLE = _endings(
    """
    .arw .cr2 .cr3 .dng .jxl .nef .orf .raf .raw .rw2 .svg
    """
)
"""Pictures that nothing here can decode."""

_BESIDE = _endings(
    """
    .ass .asx .csv .cue .db .desktop .htm .html .ico .idx .ini .json .jsonl .lnk .log .md .mka .mks .mp3
    .nfo .part .pdf .sfv .srr .srt .ssa .sub .sup .torrent .txt .url .vtt .webloc .wpl .xml
    """
)
"""What lies beside videos, and is passed over where a pattern finds it."""

_ARTWORK = _endings(
    "albumart albumartsmall back backdrop banner clearart clearlogo cover discart disc fanart folder front"
    " keyart landscape logo poster thumb"
)
"""How media libraries call the pictures that they keep beside videos."""

_JUNK = frozenset({".ds_store", "thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"})
"""What systems put into folders; and so does macOS with `._` and the name of each file on foreign disks."""


def is_video(path: Path) -> bool:
    """Whether a file in a folder counts as a video."""
    return path.suffix.lower() in VIDEOS


def is_beside(path: Path) -> bool:
    """Whether a file is a companion of videos or a picture that nothing here decodes, and is not played."""
    return path.suffix.lower() in _BESIDE | UNDECODABLE


def is_artwork(path: Path) -> bool:
    """Whether a picture lies beside videos for libraries to show: `cover.jpg`, `episode-thumb.jpg`."""
    stem = path.stem.casefold()
    return path.suffix.lower() in PICTURES and (stem in _ARTWORK or stem.rpartition("-")[2] in _ARTWORK)


def is_hidden(path: Path) -> bool:
    """Whether a file in a folder is not for people."""
    return path.name.startswith(".") or path.name.lower() in _JUNK


def is_junk(path: Path) -> bool:
    """Whether it is nothing of the user's, even where a pattern asks for hidden files."""
    return path.name.startswith("._") or path.name.lower() in _JUNK


def undecodable(paths: Iterable[Path]) -> str:
    """Which pictures of a folder nothing here decodes: `3 .jxl files`; nothing where there are none."""
    return counted(path for path in paths if path.suffix.lower() in UNDECODABLE)


def counted(paths: Iterable[Path]) -> str:
    """`2 .nfo files, 1 .srt file`: how many files of each ending, in the order of the endings."""
    counts = Counter(path.suffix.lower() for path in paths)
    return ", ".join(f"{count} {end} file{'s' if count > 1 else ''}" for end, count in sorted(counts.items()))


def is_regular(path: str | Path) -> bool:
    """Whether there is a file or folder, and not a device, a pipe or a socket. Never raises."""
    return os.path.isfile(path) or os.path.isdir(path)
