"""Encodes annotated frames into an output container."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from simpsons_play.core.errors import SinkError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.render.marks import Mark
from simpsons_play.sinks.video.encoders import VP9, encoder_for, thread_type_for
from simpsons_play.sinks.video.formats import VideoFormat
from simpsons_play.sinks.video.yuv import YuvConverter

_MAX_DROPPED = 50_000
"""Longest gap in AVI, in frames: its muxer writes an empty packet for each missing frame and refuses
60,000."""


class FrameEncoder:
    """Encodes frames with their times.

    Args:
        container: container to write to; a stream is added to it.
        info: the source.
        video_format: format of the container.
        path: the file, for messages.
        encoder: H.264 encoder, one of `encoders.CHOICES`.
        crf: quality on x264's scale, 0 (lossless) to 51.
        preset: speed preset of x264.
        threads: encoder threads; 0 lets the encoder choose.
        reorder: allow B-frames.

    Raises:
        SinkError: a hardware encoder is requested and none can encode this.
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
        self._container, self._format, self._path = container, video_format, path
        # Live frames can arrive in bursts finer than the container's resolution.
        time_base = max(info.time_base, video_format.tick_s)
        self._time_base = time_base if video_format.timestamps else 1 / info.rate
        self._default_duration = max(1, round(1 / info.rate / self._time_base))
        self._converter = converter = YuvConverter(info, square_pixels=not video_format.pixel_aspect)
        chosen = VP9
        if video_format.video_codec != VP9.codec:
            chosen = encoder_for(encoder, width=converter.width, height=converter.height, rate=info.rate)
        converter.pixel_format = chosen.pixel_format
        self._stream = cast(
            VideoStream,
            container.add_stream(
                chosen.codec,
                rate=info.rate,
                options=chosen.options_for(
                    crf,
                    preset=preset,
                    reorder=reorder
                    and video_format.timestamps,  # without timestamps, reordered frames stay reordered
                    pixels=converter.width * converter.height,
                ),
                width=converter.width,
                height=converter.height,
                time_base=self._time_base,
            ),
        )
        self._context = context = self._stream.codec_context
        context.time_base = self._time_base
        context.thread_count = threads
        context.thread_type = thread_type_for(converter.width * converter.height)
        converter.describe(context)
        self._durations: dict[int, int] = {}
        self._last: av.VideoFrame | None = None
        self._last_pts = -1

    def open(self) -> None:
        """Open the encoder.

        Raises:
            SinkError: it cannot encode frames of this size.
        """
        try:
            self._stream.codec_context.open()
        except av.FFmpegError as error:
            raise self._encoder_error(error) from error

    def write(self, frame: Frame, marks: Sequence[Mark], time: Fraction) -> None:
        """Encode one frame.

        Args:
            frame: of the size of the source; not changed.
            marks: drawn on it, from the lowest to the uppermost.
            time: when it is shown, in seconds of the output; not before the previous frame.

        Raises:
            SinkError: the encoder refuses it.
            av.FFmpegError: the output cannot be written.
            ValueError: the frame has another size.
        """
        pts = max(round(time / self._time_base), self._last_pts + 1)
        if self._last is not None:
            while not self._format.timestamps and pts - self._last_pts > _MAX_DROPPED:
                self._encode(self._last, self._last_pts + _MAX_DROPPED)
        self._encode(self._converter.convert(frame, marks), pts)

    def finish(self, last_s: Fraction) -> None:
        """Drain the encoder.

        Args:
            last_s: duration of the last frame in seconds.
        """
        self._durations[self._last_pts] = max(1, round(last_s / self._time_base))
        self._mux(self._context.encode(None))

    def _encode(self, picture: av.VideoFrame, pts: int) -> None:
        self._durations[self._last_pts] = pts - self._last_pts
        picture.pts, picture.time_base = pts, self._time_base
        self._last, self._last_pts = picture, pts
        try:
            packets = self._context.encode(picture)
        except av.FFmpegError as error:
            raise self._encoder_error(error) from error
        self._mux(packets)

    def _mux(self, packets: list[Packet[VideoStream]]) -> None:
        for packet in packets:
            packet.stream = self._stream
            pts = packet.pts if packet.pts is not None else -1
            packet.duration = self._durations.pop(pts, self._default_duration)
            self._container.mux(packet)

    def _encoder_error(self, error: av.FFmpegError) -> SinkError:
        reason, context = clause_of(error), self._stream.codec_context
        return SinkError(
            f"{self._path} cannot be written: {context.name} cannot encode frames of "
            f"{context.width}x{context.height} ({reason}); end it with another format"
        )
