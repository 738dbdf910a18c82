"""Moments as extended M3U playlists: one for VLC, one for mpv, as neither reads times of the other.

VLC takes the start and the end of an entry from `#EXTVLCOPT` lines, which mpv ignores. mpv plays a part of a
file with an address of its own scheme, `edl://`, which VLC cannot open.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from fractions import Fraction

from simpsons_play.core.escaping import masked
from simpsons_play.library.cut_points import frame_span, local_path, title_of, url_of
from simpsons_play.library.moments import Moment

_HALF = Fraction(1, 2)


def vlc_playlist(moments: Sequence[Moment], name: str) -> str:
    """A playlist for VLC, which plays each moment.

    Times are half a frame early, so that rounding in the player cannot lose the first frame or add one.

    Args:
        moments: at least one.
        name: name of the playlist, on one line.
    """
    lines: list[str] = []
    for moment in moments:
        start, end = _times(moment)
        lines += [
            *_entry(moment, end - start),
            f"#EXTVLCOPT:start-time={float(start):.6f}",
            f"#EXTVLCOPT:stop-time={float(end):.6f}",
            url_of(moment),
        ]
    return _playlist(name, lines)


def mpv_playlist(moments: Sequence[Moment], name: str) -> str:
    """A playlist for mpv (0.35 or later), which plays each moment; arguments as for `vlc_playlist`.

    Format: https://github.com/mpv-player/mpv/blob/master/DOCS/edl-mpv.rst.
    """
    lines: list[str] = []
    for moment in moments:
        start, end = _times(moment)
        path = local_path(moment.path)
        file = masked(moment.path) if path is None else os.fspath(path)
        if "\n" in file or "\r" in file:  # cannot be on a line of a playlist
            file = url_of(moment)
        quoted = f"%{len(file.encode('utf-8', 'surrogateescape'))}%{file}"
        lines += [
            *_entry(moment, end - start),
            f"edl://{quoted},{float(start):.6f},{float(end - start):.6f}",
        ]
    return _playlist(name, lines)


def _times(moment: Moment) -> tuple[Fraction, Fraction]:
    """Start and end of a moment in seconds, half a frame before its first and after its last frame."""
    span = frame_span(moment)
    start = max(Fraction(0), (span.first - _HALF) / moment.rate)
    return start, (span.first + span.count - _HALF) / moment.rate


def _entry(moment: Moment, length: Fraction) -> Iterable[str]:
    return (f"#EXTINF:{float(length):.3f},{title_of(moment)}",)


def _playlist(name: str, lines: Iterable[str]) -> str:
    return "\n".join(["#EXTM3U", f"#PLAYLIST:{name}", *lines, ""])
