"""The stream of drawn pictures in an output container."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from simpsons_play.core.errors import SinkError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.frames import Image, SourceInfo
from simpsons_play.sinks.video.encoders import VP9, encoder_for
from simpsons_play.sinks.video.formats import VideoFormat
from simpsons_play.sinks.video.yuv import YuvConverter

_MOST_DROPPED = 50_000
"""So many pictures that are not there the muxer of AVI writes in a row; it refuses 60,000."""


class PictureStream:
    """Encodes pictures at their times.

    Args:
        container: to write to; a stream is added to it.
        info: of the source.
        layout: what the container can hold.
        path: of the file, for messages.
        encoder: of H.264: one of `encoders.CHOICES`.
        crf: quality as x264 counts it, 0 (lossless) to 51.
        preset: speed as x264 names it.
        threads: for encoding; 0 leaves the number to the encoder.

    Raises:
        SinkError: a graphics card is asked for, and none can encode this.
    """

    def __init__(
        self,
        container: OutputContainer,
        info: SourceInfo,
        layout: VideoFormat,
        *,
        path: Path,
        encoder: str,
        crf: int,
        preset: str,
        threads: int,
    ) -> None:
        self._container, self._layout, self._path = container, layout, path
        # A burst of live pictures may be finer than the container's clock: they would have one time.
        self._time_base = max(info.time_base, layout.tick_s) if layout.stamps else 1 / info.rate
        self._usual_length = max(1, round(1 / info.rate / self._time_base))
        self._pixels = pixels = YuvConverter(info, square=not layout.aspect)
        chosen = VP9
        if layout.video_codec != VP9.codec:
            chosen = encoder_for(encoder, width=pixels.width, height=pixels.height, rate=info.rate)
        pixels.format = chosen.pixels
        # AVI has no stamps to put reordered pictures right.
        in_order = not layout.stamps
        size = pixels.width * pixels.height
        self._stream = cast(
            VideoStream,
            container.add_stream(
                chosen.codec,
                rate=info.rate,
                options=chosen.options_for(crf, preset=preset, in_order=in_order, pixels=size),
                width=pixels.width,
                height=pixels.height,
                time_base=self._time_base,
            ),
        )
        context = self._stream.codec_context
        context.time_base = self._time_base
        context.thread_count = threads
        pixels.describe(context)
        self._lengths: dict[int, int] = {}
        self._last: av.VideoFrame | None = None
        self._last_stamp = -1

    def open(self) -> None:
        """Get the encoder ready.

        Raises:
            SinkError: it does not encode pictures of this size.
        """
        try:
            self._stream.codec_context.open()
        except av.FFmpegError as error:
            raise self._refused(error) from error

    def write(self, image: Image, time: Fraction) -> None:
        """Encode a picture.

        Args:
            image: (H, W, 3) uint8 BGR, of the size of the source's.
            time: when it is shown, in seconds of the output; never before the one before it.

        Raises:
            SinkError: the encoder refuses it.
            av.FFmpegError: it cannot be written.
            ValueError: it has another size.
        """
        picture = self._pixels.convert(image)
        stamp = round(time / self._time_base)
        if self._last is not None:
            stamp = max(stamp, self._last_stamp + 1)
            while not self._layout.stamps and stamp - self._last_stamp > _MOST_DROPPED:
                self._write(self._last, self._last_stamp + _MOST_DROPPED)
        self._write(picture, stamp)

    def finish(self, last_s: Fraction) -> None:
        """Write what the encoder still holds.

        Args:
            last_s: how long the last picture stays, in seconds.
        """
        self._lengths[self._last_stamp] = max(1, round(last_s / self._time_base))
        self._mux(self._stream.encode(None))

    def _write(self, picture: av.VideoFrame, stamp: int) -> None:
        self._lengths[self._last_stamp] = stamp - self._last_stamp
        picture.pts, picture.time_base = stamp, self._time_base
        self._last, self._last_stamp = picture, stamp
        try:
            packets = self._stream.encode(picture)
        except av.FFmpegError as error:
            raise self._refused(error) from error
        self._mux(packets)

    def _mux(self, packets: list[Packet[VideoStream]]) -> None:
        for packet in packets:
            stamp = packet.pts if packet.pts is not None else -1
            packet.duration = self._lengths.pop(stamp, self._usual_length)
            self._container.mux(packet)

    def _refused(self, error: av.FFmpegError) -> SinkError:
        reason, context = clause_of(error), self._stream.codec_context
        return SinkError(
            f"{self._path} cannot be written: {context.name} cannot encode pictures of "
            f"{context.width}x{context.height} ({reason}); end it with another format"
        )
