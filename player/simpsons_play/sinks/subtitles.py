"""Names as subtitles: SubRip, WebVTT and Advanced SubStation Alpha."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import pysubs2
from pysubs2.formats.webvtt import WebVTTFormat

from simpsons_play.core.errors import SinkError
from simpsons_play.core.escaping import ass_text, one_line, srt_text, vtt_text
from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.core.names import display_name
from simpsons_play.core.results import FrameResult
from simpsons_play.render.overlay import TEXT_SHARE
from simpsons_play.sinks.partial import PartialFile
from simpsons_play.timelines.cues import Cue, cues_of
from simpsons_play.timelines.spans import Side, Span
from simpsons_play.timelines.timeline import TimelineBuilder

FORMATS = (".srt", ".vtt", ".ass")

_ALIGNMENT: dict[Side | None, int] = {"left": 1, "middle": 2, "right": 3, None: 2}
"""ASS counts places as the keys of a number pad: 1 to 3 are below."""

_VTT_PLACE: dict[Side | None, str] = {
    "left": " position:5%,line-left align:left size:40%",
    "middle": "",
    "right": " position:95%,line-right align:right size:40%",
    None: "",
}
"""Cue settings (https://www.w3.org/TR/webvtt1/#cue-settings)."""


class SubtitlesWriter:
    """Writes who is on screen when as subtitles: a `Sink`.

    The ending says which: `.srt` has one line for all, from left to right; `.vtt` and `.ass` have each name
    at the side where its head is. Times are those of the source, whatever part of it is looked at. The file
    appears under its name on leaving, or as `NAME.partial.srt` where the run was stopped.

    Args:
        path: of the file to write; replaced if it exists.
        info: of the source.
        timeline: of the frames that are written.
    """

    def __init__(self, path: str | Path, info: SourceInfo, timeline: TimelineBuilder) -> None:
        self._partial = PartialFile(Path(path))
        self._info, self._timeline = info, timeline
        self._open = False
        self._end_s = 0.0

    def __enter__(self) -> Self:
        """Sees whether it can be written.

        Raises:
            SinkError: it cannot be written, or its ending is unknown.
        """
        path = self._partial.path
        if path.suffix.lower() not in FORMATS:
            raise SinkError(
                f"{path}: cannot write '{path.suffix}' subtitles; end it with {', '.join(FORMATS)}"
            )
        self._partial.create()
        self._open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Writes the file and gives it its name; what was stopped before its first frame is removed.

        Raises:
            SinkError: it does not fit on the disk; not raised over an error already on its way.
        """
        if not self._open:
            return
        if kind is not None and not self._end_s:
            self._partial.discard()
            return
        text = _text(self._timeline.spans(self._end_s), self._info, self._partial.path.suffix.lower())
        try:
            self._partial.fill(text)
        except SinkError:
            self._partial.discard()
            if kind is None:
                raise
            return
        self._partial.commit(complete=kind is None)

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Takes the next frame in."""
        if not self._open:
            raise RuntimeError("enter the sink before writing to it")
        self._end_s = result.time_s + float(1 / self._info.rate)


def _text(spans: tuple[Span, ...], info: SourceInfo, suffix: str) -> str:
    cues = list(cues_of(spans, by_side=suffix != ".srt"))
    if suffix == ".vtt":
        return _vtt(cues)
    subtitles = pysubs2.SSAFile()
    subtitles.info["PlayResX"], subtitles.info["PlayResY"] = str(info.width), str(info.height)
    subtitles.info["Title"] = one_line(Path(info.name).name)
    style = subtitles.styles["Default"]
    style.fontsize = round(info.height * TEXT_SHARE)
    escape = ass_text if suffix == ".ass" else srt_text
    for cue in cues:
        place = f"{{\\an{_ALIGNMENT[cue.side]}}}" if suffix == ".ass" and cue.side != "middle" else ""
        start_ms, end_ms = round(cue.start_s * 1000), round(cue.end_s * 1000)
        subtitles.append(pysubs2.SSAEvent(start=start_ms, end=end_ms, text=place + _names(cue, escape)))
    return str(subtitles.to_string(suffix[1:]))


def _vtt(cues: list[Cue]) -> str:
    # pysubs2 writes WebVTT without the settings that say where a cue stands.
    text = io.StringIO()
    text.write("WEBVTT\n")
    for cue in cues:
        start, end = (WebVTTFormat.ms_to_timestamp(round(s * 1000)) for s in (cue.start_s, cue.end_s))
        text.write(f"\n{start} --> {end}{_VTT_PLACE[cue.side]}\n{_names(cue, vtt_text)}\n")
    return text.getvalue()


def _names(cue: Cue, escape: Callable[[str], str]) -> str:
    return escape(", ".join(display_name(label) for label in cue.labels))
