"""Encodes some frames and copies others, which are H.264 already, into one video."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from av.container import OutputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from simpsons_play.core.frames import SourceInfo
from simpsons_play.sinks.video.encoders import X264, thread_type_for
from simpsons_play.sinks.video.formats import VideoFormat
from simpsons_play.sinks.video.frame_encoder import FrameEncoder

_MAX_REORDERING = 4
"""Pictures that may be decoded before one that is shown earlier: x264 needs 2, other encoders up to 4."""


@dataclass(frozen=True, slots=True)
class CodedPicture:
    """An H.264 picture with start codes (ITU-T H.264, annex B).

    Attributes:
        data: the access unit; that of an IDR picture includes its parameter sets.
        time: when it is shown, in seconds.
        key: it is an IDR picture.
    """

    data: bytes
    time: Fraction
    key: bool


def reordering_of(pictures: Sequence[CodedPicture]) -> int | None:
    """By how many places pictures are decoded after those that are shown later; None if that is too many.

    Args:
        pictures: in decoding order.
    """
    rank = {time: place for place, time in enumerate(sorted(picture.time for picture in pictures))}
    most = max(place - rank[picture.time] for place, picture in enumerate(pictures))
    return most if most <= _MAX_REORDERING else None


class SplicedEncoder(FrameEncoder):
    """Encodes frames and copies pictures between them.

    Each run of encoded frames starts with an IDR picture, and each IDR picture brings its parameter sets,
    because those of copied pictures differ. Decoding times are the times at which pictures are shown, delayed
    by `_MAX_REORDERING` pictures: they rise strictly over all joins, whatever the order of the pictures.

    Args: as `FrameEncoder`; the encoder is x264.
    """

    def __init__(
        self,
        container: OutputContainer,
        info: SourceInfo,
        video_format: VideoFormat,
        *,
        path: Path,
        encoder: str,
        crf: int,
        preset: str,
        threads: int,
        reorder: bool = True,
    ) -> None:
        super().__init__(
            container,
            info,
            video_format,
            path=path,
            encoder=encoder,
            crf=crf,
            preset=preset,
            threads=threads,
            reorder=reorder,
        )
        self._rate, self._threads = info.rate, threads
        self._options = X264.options_for(
            crf, preset=preset, reorder=reorder, pixels=self._converter.width * self._converter.height
        )
        own = self._options.get("x264-params")
        self._options["x264-params"] = ":".join(filter(None, (own, "repeat-headers=1")))
        self._stream.codec_context.options = self._options
        if video_format.muxer == "mp4":
            self._stream.codec_context.codec_tag = "avc3"  # parameter sets may be among the pictures
        self._decoding = deque(-step * self._default_duration for step in range(_MAX_REORDERING, 0, -1))
        self._is_drained = False

    def copy(self, pictures: Sequence[CodedPicture], until: Fraction) -> Iterator[Fraction]:
        """Copy pictures.

        Args:
            pictures: one or several GOPs in decoding order, with their times in seconds of the output.
            until: how long the last of them is shown, in seconds of the output.

        Yields:
            The time of each picture, in the order in which they are shown, after one was written.
        """
        stamps: dict[Fraction, int] = {}
        pts = self._last_pts
        for time in sorted(picture.time for picture in pictures):
            stamps[time] = pts = max(round(time / self._time_base), pts + 1)
        order = list(stamps.values())
        self._drain(order[0])
        self._decoding.extend(order)
        ends = dict(zip(order, [*order[1:], round(until / self._time_base)], strict=True))
        self._last, self._last_pts = None, order[-1]
        for picture, time in zip(pictures, stamps, strict=True):
            pts = stamps[picture.time]
            packet: Packet[Any] = Packet(picture.data)
            packet.pts, packet.time_base = pts, self._time_base
            packet.is_keyframe = picture.key
            self._durations[pts] = max(1, ends[pts] - pts)
            self._mux([packet])
            yield time

    def finish(self, last_s: Fraction) -> None:
        """Drain the encoder.

        Args:
            last_s: duration of the last frame in seconds.
        """
        self._drain(self._last_pts + max(1, round(last_s / self._time_base)))

    def _drain(self, until: int) -> None:
        """Write the frames that the encoder has; the last one is shown until a time, in ticks."""
        if self._last is not None:
            self._durations[self._last_pts] = until - self._last_pts
            self._mux(self._context.encode(None))
            self._last, self._is_drained = None, True

    def _encode(self, picture: av.VideoFrame, pts: int) -> None:
        if self._is_drained:
            self._context, self._is_drained = self._new_context(), False
        self._decoding.append(pts)
        super()._encode(picture, pts)

    def _mux(self, packets: list[Packet[VideoStream]]) -> None:
        for packet in packets:
            packet.dts = self._decoding.popleft()
        super()._mux(packets)

    def _new_context(self) -> VideoCodecContext:
        """An encoder as the first one."""
        first = self._stream.codec_context
        context = cast(VideoCodecContext, av.CodecContext.create(first.name, "w"))
        context.width, context.height = first.width, first.height
        context.framerate, context.time_base = self._rate, self._time_base
        context.thread_count, context.thread_type = self._threads, thread_type_for(first.width * first.height)
        context.options = dict(self._options)
        self._converter.describe(context)
        context.open()
        return context


def shifted(pictures: Sequence[CodedPicture], by: Fraction) -> list[CodedPicture]:
    """The same pictures, shown later.

    Args:
        pictures: any pictures.
        by: in seconds.
    """
    return [replace(picture, time=picture.time + by) for picture in pictures]
