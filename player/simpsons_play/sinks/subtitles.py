"""Character names as subtitles: SubRip, WebVTT and Advanced SubStation Alpha."""

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
"""Side of the frame -> `\\an` tag of ASS, numbered like a numeric keypad: 1 to 3 are at the bottom."""

_VTT_SETTINGS: dict[Side | None, str] = {
    "left": " position:5%,line-left align:left size:40%",
    "middle": "",
    "right": " position:95%,line-right align:right size:40%",
    None: "",
}
"""Cue settings (https://www.w3.org/TR/webvtt1/#cue-settings)."""


class SubtitlesWriter:
    """Writes who is on screen when as subtitles: a `Sink`.

    The suffix selects the format: `.srt` shows all names in one line, from left to right; `.vtt` and `.ass`
    show each name on the side of the frame where the character is. Times are relative to the start of the
    source, also if only an excerpt is analysed. The file appears under its name on exit, or as
    `NAME.partial.srt` if the run was stopped.

    Args:
        path: file to write; replaced if it exists.
        info: the source.
        timeline: timeline of the frames that are written.
    """

    def __init__(self, path: str | Path, info: SourceInfo, timeline: TimelineBuilder) -> None:
        self._partial = PartialFile(Path(path))
        self._info, self._timeline = info, timeline
        self._open = False
        self._end_s = 0.0

    def __enter__(self) -> Self:
        """Create the file.

        Raises:
            SinkError: it cannot be written, or its suffix is unknown.
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
        """Write and rename the file, or remove it if the run was stopped before its first frame.

        Raises:
            SinkError: it cannot be written; not raised if another error is propagating.
        """
        if not self._open:
            return
        if kind is not None and not self._end_s:
            self._partial.discard()
            return
        text = _text(self._timeline.spans(self._end_s), self._info, self._partial.path.suffix.lower())
        try:
            self._partial.write_text(text)
        except SinkError:
            self._partial.discard()
            if kind is None:
                raise
            return
        self._partial.commit(complete=kind is None)

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Extend the subtitles to the end of this frame; its captions are taken from the timeline."""
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
        tag = f"{{\\an{_ALIGNMENT[cue.side]}}}" if suffix == ".ass" and cue.side != "middle" else ""
        start_ms, end_ms = round(cue.start_s * 1000), round(cue.end_s * 1000)
        subtitles.append(pysubs2.SSAEvent(start=start_ms, end=end_ms, text=tag + _names(cue, escape)))
    return str(subtitles.to_string(suffix[1:]))


def _vtt(cues: list[Cue]) -> str:
    # pysubs2 writes WebVTT without cue settings, which position the cues.
    text = io.StringIO()
    text.write("WEBVTT\n")
    for cue in cues:
        start, end = (WebVTTFormat.ms_to_timestamp(round(s * 1000)) for s in (cue.start_s, cue.end_s))
        text.write(f"\n{start} --> {end}{_VTT_SETTINGS[cue.side]}\n{_names(cue, vtt_text)}\n")
    return text.getvalue()


def _names(cue: Cue, escape: Callable[[str], str]) -> str:
    return escape(", ".join(display_name(label) for label in cue.labels))
