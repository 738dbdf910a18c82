"""Live streams from the network: RTSP, HTTP and what else ffmpeg knows; lost ones are looked for again."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Self

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from simpsons_play.core.config import ReconnectConfig
from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Frame, Image, SourceInfo
from simpsons_play.sources.base import BaseSource
from simpsons_play.sources.colors import BgrConverter
from simpsons_play.sources.container import rate_of, video_stream
from simpsons_play.sources.deinterlace import Timed, deinterlaced
from simpsons_play.sources.demux import open_container

_TIME_BASE = Fraction(1, 90_000)
"""The clock of MPEG: fine enough for any stream, and every container knows it."""

OPTIONS = {
    "analyzeduration": "1000000",  # microseconds; ffmpeg would look for five seconds
    "rtsp_flags": "prefer_tcp",  # a packet that UDP loses is a broken picture
}
"""How ffmpeg opens them. RTSP goes by UDP where the server knows no TCP, and says so (461)."""

_UDP = {"analyzeduration": OPTIONS["analyzeduration"], "rtsp_transport": "udp"}
"""And where it only turns TCP down."""
_REFUSALS = (av.error.HTTPBadRequestError, av.error.HTTPOtherClientError, av.error.HTTPServerError)

_ENDED = "it ended or its server went away"


class Stream(BaseSource):
    """The frames of a live stream as they come: a `Source`.

    Times are those at which frames came, counted from the first, on a clock that never goes back. A stream
    that is lost is looked for again, longer and longer apart: its frames then go on in the size of the first
    one, with times that count the gap. Where it is not found it is given up, with one line in
    `warnings`: a server that went away cannot be told from a stream that ended.

    Args:
        address: with `://`, one that ffmpeg can open.
        start_s: only 0 makes sense.
        duration_s: how long to watch, in seconds; None until it ends.
        deinterlace: whether pictures that are flagged as interlaced are filtered.
        reconnect: how to look for it again.
        tell: told in one line when it is lost and when it is back.
        clock: nanoseconds; never goes back; that of `Frame.arrived_s`.
        opened: the stream where it is open already; taken over, even where entering fails.

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
            raise SourceError(f"{address} is live: it cannot start at {start_s:g} s; give no start")
        self._address, self._reconnect, self._tell, self._clock = (
            address,
            reconnect or ReconnectConfig(),
            tell,
            clock,
        )
        self._converter, self._deinterlace = BgrConverter(), deinterlace
        self._first_at, self._ticks = 0, -1
        self._container: InputContainer | None = None
        self._opened = opened
        self._stopped = threading.Event()

    def __enter__(self) -> Self:
        self._connect()
        first, rate = self._first, rate_of(self._stream)
        aspect = self._stream.sample_aspect_ratio
        self._info = SourceInfo(
            name=self._address,
            width=first.width,
            height=first.height,
            rate=rate if 1 <= rate <= 1000 else Fraction(25),
            time_base=_TIME_BASE,
            pixel_aspect=Fraction(aspect) if aspect and Fraction(1, 10) < aspect < 10 else Fraction(1),
            live=True,
            has_sound=any(sound.codec_context is not None for sound in self._stream.container.streams.audio),
        )
        return self

    def interrupt(self) -> None:
        """Look for a lost stream no longer; from another thread."""
        self._stopped.set()

    def _close(self) -> None:
        self._stopped.set()
        self._disconnect()

    def _frames(self) -> Iterator[Frame]:
        index = 0
        while True:
            timed = self._timed()
            for moment, picture in deinterlaced(timed) if self._deinterlace else timed:
                if self._range.ends_before(moment):
                    return
                arrived_s = self._first_at / 1_000_000_000 + float(moment)
                yield Frame(self._image(picture), index, moment, arrived_s=arrived_s)
                index += 1
                if self._container is None:  # left while the frame was in use
                    return
            if not self._found_again(index):
                return

    def _timed(self) -> Iterator[Timed]:
        """The pictures until the stream is lost, each with the time at which it came, since the first."""
        for picture in self._pictures:
            arrived = self._clock()
            if self._ticks < 0:
                self._first_at = arrived
            passed = Fraction(arrived - self._first_at, 1_000_000_000)
            self._ticks = max(self._ticks + 1, round(passed / _TIME_BASE))
            yield self._ticks * _TIME_BASE, picture

    def _connect(self) -> None:
        """Open it and wait for its first picture."""
        container, self._opened = self._opened or _opened(self._address), None
        try:
            self._stream = stream = video_stream(container, self._address)
            stream.thread_type = "SLICE"  # with threads by frame, pictures come several frames late
            self._broke = _ENDED
            self._pictures = self._decode(container, stream)
            first = next(self._pictures, None)
            if first is None:
                raise SourceError(f"{self._address} gives no picture: {self._broke}")
        except BaseException:
            container.close()
            raise
        self._container, self._first = container, first
        self._pictures = self._after(first, self._pictures)

    def _disconnect(self) -> None:
        if self._container is not None:
            self._container.close()
            self._container = None

    def _after(self, first: av.VideoFrame, others: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame]:
        yield first
        yield from others

    def _decode(self, container: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame]:
        """All pictures until it ends; where it broke off in another way, `_broke` says how."""
        try:
            for packet in container.demux(stream):
                try:
                    yield from stream.codec_context.decode(packet if packet.size else None)
                except av.EOFError:
                    return
                except av.error.InvalidDataError:
                    continue  # a packet was lost on the way; the next key frame mends it
        except av.error.ExitError:
            self._broke = "nothing came any more"
        except av.FFmpegError as error:
            # To ffmpeg the end of an HTTP answer that did not say how long it is is an input/output error.
            if error.errno != errno.EIO:
                self._broke = error.strerror or str(error)

    def _found_again(self, frames: int) -> bool:
        """Look for a stream that was lost; whether it is back."""
        broke, wait_s = self._broke, self._reconnect.first_s
        self._disconnect()
        lost_at = self._clock()
        self._tell(f"{self._address}: {broke} after {frames:,} frames; looking for it again")
        while (gone_s := (self._clock() - lost_at) / 1_000_000_000) < self._reconnect.give_up_s:
            if self._stopped.wait(wait_s):
                return False
            wait_s = min(wait_s * self._reconnect.factor, self._reconnect.longest_s)
            try:
                self._connect()
            except SourceError:
                continue
            self._tell(f"{self._address}: back after {(self._clock() - lost_at) / 1_000_000_000:.1f} s")
            return True
        self._warnings.append(
            f"{self._address} was lost after {frames:,} frames ({broke}); not found again in {gone_s:.0f} s"
        )
        return False

    def _image(self, picture: av.VideoFrame) -> Image:
        """A decoded picture -> (H, W, 3) uint8 BGR in the size of the first."""
        width, height = self.info.width, self.info.height
        return self._converter.convert(picture, width=width, height=height)


def _opened(address: str) -> InputContainer:
    try:
        return open_container(address, options=OPTIONS)
    except SourceError as error:
        if not address.casefold().startswith("rtsp") or not isinstance(error.__cause__, _REFUSALS):
            raise
        return open_container(address, options=_UDP)
