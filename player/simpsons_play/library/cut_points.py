"""Moments in whole frames: where a cut begins, and how many frames it has."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from urllib.parse import quote

from simpsons_play.core.errors import SinkError
from simpsons_play.core.escaping import masked, one_line
from simpsons_play.core.frames import SAME_TIME_S
from simpsons_play.library.moments import Moment
from simpsons_play.sources.file_name import is_address, without_file_scheme

_TOLERANCE = Fraction(str(SAME_TIME_S))
_SAFE_IN_ADDRESS = "%/:?#[]@!$&()*+,;=~"
"""What stays as it is in an address; everything else that is no letter or digit is percent-encoded."""


@dataclass(frozen=True, slots=True)
class FrameSpan:
    """Whole frames of a video.

    Attributes:
        first: number of the first frame, from 0.
        count: number of frames, at least 1.
    """

    first: int
    count: int


def frame_span(moment: Moment, rate: Fraction | None = None) -> FrameSpan:
    """The frames of a moment: those that begin at or after its start and before its end.

    A moment between two frames gets the one that follows.

    Args:
        moment: the moment.
        rate: frames per second; None for the rate of the video.

    Example:
        >>> moment = Moment("a", "a.mp4", "A", None, None, Fraction(25), 10.0, 1.0, 2.0, ())
        >>> frame_span(moment)
        FrameSpan(first=25, count=25)
    """
    rate = moment.rate if rate is None else rate
    first = max(0, math.ceil((Fraction(moment.start_s) - _TOLERANCE) * rate))
    end = math.ceil((Fraction(moment.end_s) - _TOLERANCE) * rate)
    return FrameSpan(first, max(1, end - first))


def require_moments(moments: Sequence[Moment], path: Path) -> None:
    """Check that there is something to write, and that the times and rates of the moments can be.

    Raises:
        SinkError: there are no moments, or one of them has no length or no rate.
    """
    if not moments:
        raise SinkError(f"{path}: there are no moments to write; search for something that is found")
    for moment in moments:
        start_s, end_s = moment.start_s, moment.end_s
        if not (math.isfinite(end_s) and 0 <= start_s < end_s and moment.rate > 0):
            raise SinkError(
                f"{title_of(moment)}: a moment from {start_s:g} s to {end_s:g} s at {float(moment.rate):g} "
                "frames per second cannot be cut; add it to the library again"
            )


def refuse_videos(moments: Sequence[Moment], path: Path) -> None:
    """Check that a file that will be replaced is none of the videos.

    Raises:
        SinkError: it is.
    """
    if path.exists():
        for name in {moment.path for moment in moments}:
            video = local_path(name)
            if video is not None and video.exists() and path.samefile(video):
                raise SinkError(f"{path} is one of the videos; give another name")


def title_of(moment: Moment) -> str:
    """The title of a moment on one line; the name of its file if it has none."""
    title = one_line(moment.title).strip()
    return title or one_line(os.path.basename(moment.path)) or "untitled"


def local_path(name: str) -> Path | None:
    """The absolute path of a local video; None for an address.

    Raises:
        SourceError: the name is a `file:` address of another computer.
    """
    name = without_file_scheme(name)
    if is_address(name):
        return None
    path = Path(name)
    return path.resolve() if ".." in path.parts else path.absolute()


def url_of(moment: Moment) -> str:
    """The address of the video of a moment, in ASCII: `file:///...` for files. Passwords are masked."""
    path = local_path(moment.path)
    if path is not None:
        return path.as_uri()
    return quote(masked(moment.path).encode("utf-8", "replace"), safe=_SAFE_IN_ADDRESS)


def merged(moments: Sequence[Moment]) -> list[Moment]:
    """The moments, with those of one video that overlap or touch joined into one.

    A joined moment stands where the first of its parts stood; the other moments keep their order.

    Example:
        >>> one = Moment("a", "a.mp4", "A", None, None, Fraction(25), 10.0, 1.0, 2.0, ("bart",))
        >>> [(moment.start_s, moment.end_s) for moment in merged([one, replace(one, start_s=2.0, end_s=3.0)])]
        [(1.0, 3.0)]
    """
    places: dict[int, Moment] = {}
    videos: dict[tuple[str, str], list[tuple[int, Moment]]] = {}
    for place, moment in enumerate(moments):
        videos.setdefault((moment.episode_id, moment.path), []).append((place, moment))
    for parts in videos.values():
        parts.sort(key=lambda part: (part[1].start_s, part[1].end_s))
        place, joined = parts[0]
        for other_place, other in parts[1:]:
            if other.start_s <= joined.end_s + SAME_TIME_S:
                place = min(place, other_place)
                labels = tuple(sorted({*joined.labels, *other.labels}))
                joined = replace(joined, end_s=max(joined.end_s, other.end_s), labels=labels)
            else:
                places[place] = joined
                place, joined = other_place, other
        places[place] = joined
    return [places[place] for place in sorted(places)]
