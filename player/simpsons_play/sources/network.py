"""Addresses on the network: remote files and live streams."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Self

import av
from av.container import InputContainer

from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Frame
from simpsons_play.core.interrupts import interruptible
from simpsons_play.sources.base import BaseSource
from simpsons_play.sources.container import is_live
from simpsons_play.sources.lists import refuse_endless
from simpsons_play.sources.opening import open_container
from simpsons_play.sources.stream import OPTIONS, Stream
from simpsons_play.sources.video import VideoFile
from simpsons_play.sources.web import diagnose_response

_LIVE_SCHEMES = ("rtsp", "rtsps", "rtmp", "rtmps", "udp", "rtp", "srt", "tcp")
"""Schemes of cameras and broadcasts. With other schemes, a stream without a known length is live."""


class NetworkSource(BaseSource):
    """The frames of a video at an address: a `Source`.

    A video with a known length, in bytes or seconds, is read like a file and loses no frames. Any other is a
    live stream, and is reconnected if it is lost.

    Args:
        address: with `://`, one that ffmpeg can open.
        start_s: first time wanted, in seconds from the start; must be 0 for a live stream.
        duration_s: length wanted, in seconds; None for the rest.
        deinterlace: deinterlace frames that are flagged as interlaced.
        tell: called with one line when a live stream is lost and when it is back.

    Raises:
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
        tell: Callable[[str], object] = lambda line: None,
    ) -> None:
        super().__init__(start_s, duration_s)
        self._address, self._start_s, self._duration_s, self._tell = address, start_s, duration_s, tell
        self._deinterlace, self._deferred = deinterlace, False
        self._source: Stream | VideoFile | None = None

    def __enter__(self) -> Self:
        source = interruptible(lambda: self._connect().__enter__())
        self._source, self._info, self._warnings = source, source.info, source.warnings
        return self

    def _frames(self) -> Iterator[Frame]:
        if self._source is None:
            raise RuntimeError("enter the source before reading it")
        return iter(self._source)

    def defer_images(self) -> None:
        """Convert images on first access, if the video is a file; call it before entering."""
        self._deferred = True

    def interrupt(self) -> None:
        """Make a blocked reader in another thread return soon."""
        if self._source is not None:
            self._source.interrupt()

    def _close(self) -> None:
        if self._source is not None:
            self._source.__exit__(None, None, None)

    def _connect(self) -> Stream | VideoFile:
        opened = None
        if self._address.split("://")[0].lower() not in _LIVE_SCHEMES:
            opened = self._open()
            if not is_live(opened):
                opened.close()
                file = VideoFile(
                    self._address,
                    start_s=self._start_s,
                    duration_s=self._duration_s,
                    deinterlace=self._deinterlace,
                )
                if self._deferred:
                    file.defer_images()
                return file
        return Stream(
            self._address,
            start_s=self._start_s,
            duration_s=self._duration_s,
            deinterlace=self._deinterlace,
            tell=self._tell,
            opened=opened,  # many cameras accept only one connection at a time
        )

    def _open(self) -> InputContainer:
        refuse_endless(self._address)
        try:
            return open_container(self._address, options=OPTIONS)
        except SourceError as error:
            is_timeout = isinstance(error.__cause__, av.error.ExitError)
            what = None if is_timeout else diagnose_response(self._address)
            if what is None:
                raise
            raise SourceError(f"{self._address} is {what}") from error
