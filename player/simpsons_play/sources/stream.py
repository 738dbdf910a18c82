"""Live streams from the network: RTSP, HTTP and other protocols of ffmpeg; lost streams are reconnected."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import chain
from typing import Self

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from simpsons_play.core.config import ReconnectConfig
from simpsons_play.core.errors import SourceError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.frames import Frame, Image, SourceInfo
from simpsons_play.sources.base import LIVE_TIME_BASE, BaseSource
from simpsons_play.sources.colors import BgrConverter
from simpsons_play.sources.container import pixel_aspect_of, rate_of, video_stream
from simpsons_play.sources.deinterlace import TimedPicture, deinterlaced
from simpsons_play.sources.opening import open_container

OPTIONS = {
    "analyzeduration": "1000000",  # microseconds; the default is five seconds
    "rtsp_flags": "prefer_tcp",  # every packet lost over UDP is a broken picture
}
"""ffmpeg's options. ffmpeg falls back to UDP if an RTSP server answers that it does not support TCP (461)."""

_UDP_OPTIONS = {"analyzeduration": OPTIONS["analyzeduration"], "rtsp_transport": "udp"}
"""The options for a server that rejects TCP with another status."""
_REJECTIONS = (av.error.HTTPBadRequestError, av.error.HTTPOtherClientError, av.error.HTTPServerError)

_ENDED = "it ended or its server stopped"


class Stream(BaseSource):
    """The frames of a live stream as they arrive: a `Source`.

    The time of a frame is the time since the first frame arrived, from a monotonic clock. A lost stream is
    reconnected, at growing intervals; its frames then continue in the size of the first one, with times that
    include the gap. If it does not come back, `warnings` gets one line, because a server that stopped cannot
    be distinguished from a stream that ended.

    Args:
        address: with `://`, one that ffmpeg can open.
        start_s: must be 0.
        duration_s: how long to read, in seconds; None until the stream ends.
        deinterlace: deinterlace frames that are flagged as interlaced.
        reconnect: intervals and time limit of reconnecting.
        tell: called with one line when the stream is lost and when it is back.
        clock: monotonic clock in nanoseconds, the clock of `Frame.arrived_s`.
        opened: the open stream, if it was opened before; it is closed even if entering fails.

    Raises:
        SourceError: `start_s` is not 0.
        ValueError: `start_s` is negative or `duration_s` is not positive.
    """

    _opens_quickly = False

    def __init__(
        self,
        address: str,
        *,
        start_s: float = 0.0,
        duration_s: float | None = None,
        deinterlace: bool = True,
        reconnect: ReconnectConfig | None = None,
        tell: Callable[[str], object] = lambda line: None,
        clock: Callable[[], int] = time.monotonic_ns,
        opened: InputContainer | None = None,
    ) -> None:
        super().__init__(start_s, duration_s)
        if start_s:
            raise SourceError(f"{address} is live: it cannot start at {start_s:g} s; omit the start")
        self._address, self._tell, self._clock = address, tell, clock
        self._reconnect = reconnect or ReconnectConfig()
        self._converter, self._deinterlace = BgrConverter(), deinterlace
        self._first_ns, self._ticks = 0, -1
        self._container: InputContainer | None = None
        self._opened = opened
        self._stopped = threading.Event()

    def __enter__(self) -> Self:
        self._connect()
        first, rate = self._first, rate_of(self._stream)
        self._info = SourceInfo(
            name=self._address,
            width=first.width,
            height=first.height,
            rate=rate if 1 <= rate <= 1000 else Fraction(25),
            time_base=LIVE_TIME_BASE,
            pixel_aspect=pixel_aspect_of(self._stream),
            live=True,
            has_sound=any(sound.codec_context is not None for sound in self._stream.container.streams.audio),
        )
        return self

    def interrupt(self) -> None:
        """Stop reconnecting; call it from another thread."""
        self._stopped.set()

    def _close(self) -> None:
        self._stopped.set()
        self._disconnect()

    def _frames(self) -> Iterator[Frame]:
        index = 0
        while True:
            timed = self._timed()
            for frame_time, picture in deinterlaced(timed) if self._deinterlace else timed:
                if self._range.has_ended(frame_time):
                    return
                arrived_s = self._first_ns / 1_000_000_000 + float(frame_time)
                yield Frame(self._image(picture), index, frame_time, arrived_s=arrived_s)
                index += 1
                if self._container is None:  # closed while the frame was in use
                    return
            if not self._reconnected(index):
                return

    def _timed(self) -> Iterator[TimedPicture]:
        """The pictures until the stream is lost, each with its arrival time since the first, in seconds."""
        for picture in self._pictures:
            arrived_ns = self._clock()
            if self._ticks < 0:
                self._first_ns = arrived_ns
            elapsed = Fraction(arrived_ns - self._first_ns, 1_000_000_000)
            self._ticks = max(self._ticks + 1, round(elapsed / LIVE_TIME_BASE))
            yield self._ticks * LIVE_TIME_BASE, picture

    def _connect(self) -> None:
        """Open the stream and wait for its first picture."""
        container, self._opened = self._opened or _open(self._address), None
        try:
            self._stream = stream = video_stream(container, self._address)
            stream.thread_type = "SLICE"  # frame threads delay pictures by several frames
            self._lost_because = _ENDED
            self._pictures = self._decode(container, stream)
            first = next(self._pictures, None)
            if first is None:
                raise SourceError(f"{self._address} sends no frames: {self._lost_because}")
        except BaseException:
            container.close()
            raise
        self._container, self._first = container, first
        self._pictures = chain([first], self._pictures)

    def _disconnect(self) -> None:
        if self._container is not None:
            self._container.close()
            self._container = None

    def _decode(self, container: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame]:
        """All pictures until the stream ends or is lost; sets `_lost_because`."""
        try:
            for packet in container.demux(stream):
                try:
                    yield from stream.codec_context.decode(packet if packet.size else None)
                except av.EOFError:
                    return
                except av.error.InvalidDataError:
                    continue  # a packet was lost; the next key frame recovers
        except av.error.ExitError:
            self._lost_because = "no more data arrived"
        except av.FFmpegError as error:
            # ffmpeg reports the end of an HTTP response without a length as an input/output error.
            if error.errno != errno.EIO:
                self._lost_because = clause_of(error)

    def _reconnected(self, frames: int) -> bool:
        """Reconnect a lost stream; return whether it is back."""
        reason, wait_s = self._lost_because, self._reconnect.first_s
        self._disconnect()
        lost_ns = self._clock()
        self._tell(f"{self._address}: {reason} after {frames:,} frames; reconnecting")
        while (gone_s := (self._clock() - lost_ns) / 1_000_000_000) < self._reconnect.give_up_s:
            if self._stopped.wait(wait_s):
                return False
            wait_s = min(wait_s * self._reconnect.factor, self._reconnect.longest_s)
            try:
                self._connect()
            except SourceError:
                continue
            self._tell(f"{self._address}: back after {(self._clock() - lost_ns) / 1_000_000_000:.1f} s")
            return True
        self._warnings.append(
            f"{self._address} was lost after {frames:,} frames ({reason}) and did not come back "
            f"in {gone_s:.0f} s"
        )
        return False

    def _image(self, picture: av.VideoFrame) -> Image:
        """A decoded picture -> (H, W, 3) uint8 BGR in the size of the first one."""
        width, height = self.info.width, self.info.height
        return self._converter.convert(picture, width=width, height=height)


def _open(address: str) -> InputContainer:
    try:
        return open_container(address, options=OPTIONS)
    except SourceError as error:
        if not address.casefold().startswith("rtsp") or not isinstance(error.__cause__, _REJECTIONS):
            raise
        return open_container(address, options=_UDP_OPTIONS)
