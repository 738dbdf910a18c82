"""Edit lists: moments as timelines that video editors open (EDL, OTIO, FCPXML), and as playlists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from simpsons_play.core.data_packages import data_package
from simpsons_play.core.errors import SinkError
from simpsons_play.core.escaping import one_line
from simpsons_play.library.cut_points import (
    FrameSpan,
    frame_span,
    refuse_videos,
    require_moments,
    title_of,
    url_of,
)
from simpsons_play.library.fcpxml import fcpxml
from simpsons_play.library.m3u import mpv_playlist, vlc_playlist
from simpsons_play.library.moments import Moment
from simpsons_play.sinks.partial import write_whole

_TIMECODE_RATES = tuple(
    Fraction(rate) for rate in ("24000/1001", "24", "25", "30000/1001", "30", "48", "50", "60000/1001", "60")
)
"""The rates that SMPTE timecode and OpenTimelineIO know."""

_SPECIAL_REELS = ("AX", "BL", "BLACK", "BARS")
"""Reels that mean no tape in CMX 3600."""

_PURPOSE = "an edit list"


def write_edit_list(moments: Sequence[Moment], path: str | Path, *, kind: str | None = None) -> None:
    """Write moments as an edit list or playlist.

    Each moment becomes one clip: the frames that begin at or after its start and before its end, counted at
    the exact rate of its video. The clips follow each other in the order of the moments, with video and
    sound. The file appears under its name only when it is complete.

    Args:
        moments: at least one.
        path: file to write; replaced if it exists.
        kind: a key of `EDIT_LISTS`; None chooses by the suffix of the path.

    Raises:
        SinkError: there are no moments, the format is unknown, the path is that of one of the videos, or the
            file cannot be written.
        DependencyError: OpenTimelineIO is not installed, which EDL and OTIO need.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> moment = Moment("a", "a.mp4", "A", None, None, Fraction(25), 10.0, 1.0, 2.0, ("bart",))
        >>> with TemporaryDirectory() as folder:
        ...     write_edit_list([moment], Path(folder) / "bart.edl")
        ...     (Path(folder) / "bart.edl").read_text().splitlines()[3]
        '001  R001     AA/V  C        00:00:01:00 00:00:02:00 00:00:00:00 00:00:01:00'
    """
    path = Path(path)
    content_of = _format_of(path, kind)
    require_moments(moments, path)
    refuse_videos(moments, path)
    write_whole(path, content_of(moments, one_line(path.stem)).encode("utf-8", "surrogateescape"))


def _format_of(path: Path, kind: str | None) -> Callable[[Sequence[Moment], str], str]:
    if kind is not None:
        if kind not in EDIT_LISTS:
            raise SinkError(f"there is no edit list called {kind}; give one of {', '.join(EDIT_LISTS)}")
        return EDIT_LISTS[kind]
    if path.suffix.lower() not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise SinkError(f"{path}: cannot write '{path.suffix}' edit lists; end it with {known}")
    return EDIT_LISTS[SUFFIXES[path.suffix.lower()]]


def otio_text(moments: Sequence[Moment], name: str) -> str:
    """A timeline in the JSON of OpenTimelineIO, each clip at the rate of its video.

    Args:
        moments: at least one.
        name: name of the timeline, on one line.
    """
    otio = data_package("opentimelineio", _PURPOSE)
    clips = [_clip(otio, moment, moment.rate, frame_span(moment)) for moment in moments]
    text: str = otio.adapters.write_to_string(_timeline(otio, name, clips), "otio_json")
    return text + "\n"


def edl_text(moments: Sequence[Moment], name: str) -> str:
    """A CMX 3600 edit decision list; arguments as for `otio_text`.

    A list has one rate: the most frequent one of the moments, or the nearest that timecode knows. It is a
    comment of the first event. Times of videos with other rates are rounded to it. 30000/1001 and 60000/1001
    count in drop-frame timecode.
    """
    otio = data_package("opentimelineio", _PURPOSE)
    data_package("otio_cmx3600_adapter", _PURPOSE)
    rate = edl_rate(moments)
    reels = _reels(moments)
    clips = []
    for moment in moments:
        clip = _clip(otio, moment, rate, frame_span(moment, rate))
        clip.metadata["cmx_3600"] = {"reel": reels[moment.path]}
        clips.append(clip)
    clips[0].metadata["cmx_3600"]["comments"] = [f"FRAME RATE: {rate}"]
    timeline = _timeline(otio, name, clips)
    text: str = otio.adapters.write_to_string(timeline, "cmx_3600", rate=float(rate))
    drops = rate.denominator == 1001 and rate > 24
    header, events = text.split("\n\n", 1)
    # The adapter writes no frame code mode, and events for the picture only.
    mode = f"FCM: {'DROP FRAME' if drops else 'NON-DROP FRAME'}"
    lines = (
        line.replace(" V     C ", " AA/V  C ", 1) if line[:1].isdigit() else line
        for line in events.splitlines()
    )
    return "\n".join([header, mode, "", *lines]) + "\n"


def edl_rate(moments: Sequence[Moment]) -> Fraction:
    """The rate at which the timecode of an EDL counts; see `edl_text`."""
    (rate, _), *_ = Counter(moment.rate for moment in moments).most_common(1)
    return min(_TIMECODE_RATES, key=lambda known: abs(known - rate))


def _clip(otio: Any, moment: Moment, rate: Fraction, span: FrameSpan) -> Any:
    exact = float(rate)
    length = max(round(moment.duration_s * rate), span.first + span.count)
    return otio.schema.Clip(
        name=title_of(moment),
        media_reference=otio.schema.ExternalReference(
            target_url=url_of(moment), available_range=_time_range(otio, 0, length, exact)
        ),
        source_range=_time_range(otio, span.first, span.count, exact),
        metadata={
            "simpsons_play": {
                "episode": one_line(moment.episode_id),
                "labels": [one_line(label) for label in moment.labels],
                "start_s": float(moment.start_s),
                "end_s": float(moment.end_s),
            }
        },
    )


def _time_range(otio: Any, first: int, count: int, rate: float) -> Any:
    time = otio.opentime.RationalTime
    return otio.opentime.TimeRange(time(first, rate), time(count, rate))


def _timeline(otio: Any, name: str, clips: Sequence[Any]) -> Any:
    timeline = otio.schema.Timeline(name)
    for kind in (otio.schema.TrackKind.Video, otio.schema.TrackKind.Audio):
        track = otio.schema.Track(name=kind, kind=kind)
        track.extend([clip.deepcopy() for clip in clips])
        timeline.tracks.append(track)
    return timeline


def _reels(moments: Sequence[Moment]) -> dict[str, str]:
    """Path of each video -> its reel, up to 8 letters and digits: `S04E12`, or a number."""
    reels: dict[str, str] = {}
    for moment in moments:
        if moment.path not in reels:
            named = moment.season is not None and moment.episode is not None
            reel = f"S{moment.season:02}E{moment.episode:02}" if named else ""
            taken = not reel or len(reel) > 8 or reel in (*_SPECIAL_REELS, *reels.values())
            reels[moment.path] = f"R{len(reels) + 1:03}" if taken else reel
    return reels


EDIT_LISTS: dict[str, Callable[[Sequence[Moment], str], str]] = {
    "edl": edl_text,
    "otio": otio_text,
    "fcpxml": fcpxml,
    "vlc": vlc_playlist,
    "mpv": mpv_playlist,
}
"""Name of a format -> moments, name of the list -> content of the file."""

SUFFIXES = {".edl": "edl", ".otio": "otio", ".fcpxml": "fcpxml", ".m3u8": "vlc", ".m3u": "vlc"}
"""Suffix of a file -> its format."""
