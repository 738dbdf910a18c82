"""Edit lists of moments for editors (EDL, OTIO, FCPXML), and playlists for players."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any, Literal

from simpsons_play.core.data_packages import data_package
from simpsons_play.core.errors import LibraryError
from simpsons_play.core.escaping import one_line
from simpsons_play.core.frames import SAME_TIME_S
from simpsons_play.core.names import display_name
from simpsons_play.library.moments import Moment
from simpsons_play.sinks.partial import write_whole

EditListFormat = Literal["edl", "otio", "fcpxml"]

_QUOTES = str.maketrans({"'": "\u2019", '"': "\u201d"})
"""The adapter for FCPXML looks names up in quotes."""


def frames_of(moment: Moment) -> tuple[int, int]:
    """The first frame of a moment, and the first after it, on the grid of its video's mean rate.

    They are the frames that an analysis sees: those with a time from `start_s` on, before `end_s`.

    Example:
        >>> moment = Moment("", "a.mkv", "a", None, None, Fraction(24000, 1001), 60.0, 1.001, 2.0, ())
        >>> frames_of(moment)
        (24, 48)
    """
    first, end = (ceil(time_s * moment.rate - SAME_TIME_S) for time_s in (moment.start_s, moment.end_s))
    return first, max(end, first + 1)


def write_edit_list(
    moments: Sequence[Moment], path: Path, layout: EditListFormat, *, title: str = "simpsons-play"
) -> None:
    """Write moments as an edit list: one video track with all of them, one after the other.

    Times are exact to the frame in OTIO and FCPXML, where each clip keeps the rate of its own video. An EDL
    has one rate, the most common one; times of videos with other rates are rounded to it.

    Args:
        moments: the moments, in order.
        path: file to write; replaced if it exists.
        layout: `edl` (CMX 3600), `otio` (OpenTimelineIO) or `fcpxml` (Final Cut Pro).
        title: title of the list.

    Raises:
        LibraryError: there are no moments.
        SinkError: the file cannot be written.
        DependencyError: OpenTimelineIO is not installed.
    """
    if not moments:
        raise LibraryError(f"{path} is not written: no moment was found")
    write_whole(path, _WRITERS[layout](moments, _name(title)))


def write_playlist(moments: Sequence[Moment], path: Path) -> None:
    """Write moments as an extended M3U playlist, which VLC plays moment by moment.

    mpv plays the same with `--playlist`, but whole files: it does not read start and stop times.

    Args:
        moments: the moments, in order.
        path: file to write; replaced if it exists.

    Raises:
        LibraryError: there are no moments.
        SinkError: the file cannot be written.
    """
    if not moments:
        raise LibraryError(f"{path} is not written: no moment was found")
    lines = ["#EXTM3U"]
    for moment in moments:
        lines += [
            f"#EXTINF:{ceil(moment.seconds)},{_described(moment)}",
            f"#EXTVLCOPT:start-time={moment.start_s:.3f}",
            f"#EXTVLCOPT:stop-time={moment.end_s:.3f}",
            _url(moment.path),
        ]
    write_whole(path, "\n".join([*lines, ""]))


def _edl(moments: Sequence[Moment], title: str) -> str:
    rate = Counter(moment.rate for moment in moments).most_common(1)[0][0]
    return str(
        _otio().adapters.write_to_string(_timeline(moments, title, rate), "cmx_3600", rate=float(rate))
    )


def _otio_json(moments: Sequence[Moment], title: str) -> str:
    return str(_otio().adapters.write_to_string(_timeline(moments, title), "otio_json"))


def _fcpxml(moments: Sequence[Moment], title: str) -> str:
    adapter = _otio().adapters.from_name("fcpx_xml").module()
    for rate in {moment.rate for moment in moments}:  # it knows NTSC rates only as 23.98 and 29.97
        adapter.FRAMERATE_FRAMEDURATION.setdefault(float(rate), f"{rate.denominator}/{rate.numerator}s")
    return str(_otio().adapters.write_to_string(_timeline(moments, title), "fcpx_xml"))


_WRITERS: dict[EditListFormat, Callable[[Sequence[Moment], str], str]] = {
    "edl": _edl,
    "otio": _otio_json,
    "fcpxml": _fcpxml,
}


def _timeline(moments: Sequence[Moment], title: str, rate: Fraction | None = None) -> Any:
    """A timeline with one clip for each moment; all times in one rate, or in that of each video."""
    otio = _otio()
    timeline = otio.schema.Timeline(title)
    track = otio.schema.Track(name="Video", kind=otio.schema.TrackKind.Video)
    timeline.tracks.append(track)
    reels: dict[str, str] = {}
    for moment in moments:
        clip_rate = rate or moment.rate
        first, end = frames_of(moment)
        if clip_rate != moment.rate:
            first, end = (round(frame / moment.rate * clip_rate) for frame in (first, end))
        length = ceil(moment.duration_s * clip_rate)
        reference = otio.schema.ExternalReference(_url(moment.path), _range(0, max(length, end), clip_rate))
        reference.name = _name(Path(moment.path).stem)
        reel = reels.setdefault(moment.episode_id, _reel(moment, len(reels) + 1))
        clip = otio.schema.Clip(
            _name(_described(moment)), reference, _range(first, max(end, first + 1), clip_rate)
        )
        clip.metadata["cmx_3600"] = {"reel": reel}
        clip.metadata["simpsons-play"] = {
            "episode_id": moment.episode_id,
            "start_s": moment.start_s,
            "end_s": moment.end_s,
            "labels": [one_line(label) for label in moment.labels],
        }
        track.append(clip)
    return timeline


def _reel(moment: Moment, number: int) -> str:
    """The name of a video in an EDL, where columns are split at spaces and have eight characters."""
    if moment.season is None or moment.episode is None or max(moment.season, moment.episode) > 99:
        return f"V{number:04}"
    return f"S{moment.season:02}E{moment.episode:02}"


def _range(first: int, end: int, rate: Fraction) -> Any:
    time = _otio().opentime
    return time.TimeRange(time.RationalTime(first, float(rate)), time.RationalTime(end - first, float(rate)))


def _described(moment: Moment) -> str:
    names = ", ".join(map(display_name, moment.labels))
    return one_line(f"{moment.title}: {names}" if names else moment.title)


def _name(text: str) -> str:
    return one_line(text).translate(_QUOTES) or "unnamed"


def _url(path: str) -> str:
    return path if "://" in path else Path(os.path.abspath(path)).as_uri()


def _otio() -> Any:
    return data_package("opentimelineio", "an edit list")
