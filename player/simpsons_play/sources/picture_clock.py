"""When each decoded picture is shown: which of its time stamps to trust, by container and codec."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil
from typing import Any

import av
from av.packet import Packet
from av.video.stream import VideoStream

from simpsons_play.sources.avi import is_avi
from simpsons_play.sources.container import is_ogm
from simpsons_play.sources.deinterlace import TimedPicture

_PES_FORMATS, _PES_CODECS = ("mpeg", "mpegts"), ("mpeg1video", "mpeg2video")


class PictureClock:
    """Turns the time stamps of pictures, in display order, into strictly rising times.

    Args:
        time_base: seconds per tick of the stamps.
        rate: frames per second, for pictures without a stamp.
        origin: start of the time line on the clock of the stamps, in seconds.
    """

    def __init__(self, time_base: Fraction, rate: Fraction, *, origin: Fraction = Fraction(0)) -> None:
        self._time_base, self._origin = time_base, origin
        self._step = max(1, round(1 / (rate * time_base)))
        self._last: int | None = None
        self._duration = self._step

    def time(self, stamp: int | None, *, guessed: bool = False, duration: int | None = None) -> Fraction:
        """The time of the next picture, in seconds; always later than the one before.

        Args:
            stamp: in ticks; None if the picture has none: it then follows the last one immediately.
            guessed: ffmpeg made the stamp up, as for the last pictures of a program stream; it is ignored if
                it does not rise.
            duration: how long the picture is shown, in ticks; None for one frame at `rate`.
        """
        if guessed and stamp is not None and self._last is not None and stamp <= self._last:
            stamp = None
        if stamp is not None:
            ticks = stamp
        elif self._last is None:
            ticks = round(self._origin / self._time_base)
        else:
            ticks = self._last + self._duration
        if self._last is None:
            ticks = max(ticks, ceil(self._origin / self._time_base))  # nothing is shown before 0 s
        elif ticks <= self._last:
            ticks = self._last + 1
        self._last, self._duration = ticks, duration or self._step
        return ticks * self._time_base - self._origin


class PictureStamps:
    """The time stamps of the pictures of one stream, corrected for the faults of its container and of ffmpeg.

    Args:
        stream: stream of the pictures.
        rate: frames per second.
        origin: start of the time line on the clock of the container, in seconds.

    Attributes:
        time_base: seconds per tick.
        is_seekable: a time stamp tells where a seek led. Raw MPEG video has none, and its pictures are shown
            for different lengths of time.
    """

    def __init__(self, stream: VideoStream, rate: Fraction, *, origin: Fraction) -> None:
        container_format, codec = stream.container.format.name, stream.codec_context.name
        self.time_base = stream.time_base or Fraction(1, 90_000)
        self.is_seekable = stream.start_time is not None or codec not in _PES_CODECS
        self._rate, self._origin = rate, origin
        self._has_origin = stream.start_time is not None
        self._is_ogm = is_ogm(stream)
        # Without an index, ffmpeg takes the order of packets in MXF for the order of pictures.
        self._is_counted = self._is_ogm or is_avi(stream.container) or container_format == "mxf"
        # ASF stores one stamp per packet; ffmpeg guesses the others, wrongly for H.264 with B-frames.
        self._uses_dts = self._is_counted or container_format == "asf"
        # An MPEG PES packet has one stamp and may hold several small pictures; ffmpeg guesses the others.
        self._is_pes = container_format in _PES_FORMATS and codec in _PES_CODECS
        self._decoded: list[int] | None = []  # decoding stamps up to the first picture

    def correct_packet(self, packet: Packet[Any]) -> None:
        """Correct the stamps of a packet before it is decoded."""
        if self._is_ogm:
            packet.dts = packet.pts  # packets are counted in file order
        if self._decoded is not None and packet.dts is not None:
            self._decoded.append(packet.dts)
        if self._is_pes and packet.pos is None:
            packet.pts = packet.dts = None

    def correct_picture(self, picture: av.VideoFrame, packet: Packet[Any]) -> None:
        """Correct the stamps of a picture that came out of the decoder after a packet."""
        if self._is_ogm:
            picture.dts = packet.dts if packet.size else None

    def start(self, first: av.VideoFrame) -> None:
        """Find the origin from the first picture of the stream; before `timed` is called."""
        self._origin += self._decoder_delay(first)
        self._decoded = None
        if not self._has_origin:
            self._origin = (self._stamp_of(first) or 0) * self.time_base

    def timed(self, pictures: Iterator[av.VideoFrame]) -> Iterator[TimedPicture]:
        """Pictures, each with its time in seconds."""
        clock = PictureClock(self.time_base, self._rate, origin=self._origin)
        for picture in pictures:
            is_flushed = picture.dts is None  # the decoder held it back until the end
            duration = picture.duration if self._is_pes and picture.duration else None
            yield clock.time(self._stamp_of(picture), guessed=is_flushed, duration=duration), picture

    def _stamp_of(self, picture: av.VideoFrame) -> int | None:
        return picture.dts if self._uses_dts or picture.pts is None else picture.pts

    def _decoder_delay(self, first: av.VideoFrame) -> Fraction:
        """How late the decoding stamps of AVI, OGM and MXF are, in seconds.

        A picture gets the stamp of the packet that brings it out of the decoder. With B-frames that is a
        later packet than its own: the first picture is shown at the stamp of the first packet. An MXF with an
        index makes up for that: its decoding stamps start below 0.
        """
        if not self._is_counted or first.dts is None or self._decoded is None:
            return Fraction(0)
        later = sum(0 <= stamp < first.dts for stamp in self._decoded)
        step = 1 / (self._rate * self.time_base)
        return later * round(step) * self.time_base
