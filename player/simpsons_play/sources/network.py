"""An address on the network: a file that lies there, or a stream that is live."""

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
from simpsons_play.sources.demux import open_container
from simpsons_play.sources.lists import refuse_endless
from simpsons_play.sources.stream import OPTIONS, Stream
from simpsons_play.sources.video import VideoFile
from simpsons_play.sources.web import diagnose_answer

_LIVE = ("rtsp", "rtsps", "rtmp", "rtmps", "udp", "rtp", "srt", "tcp")
"""Protocols of cameras and broadcasts; what comes by others is live where nobody says how long it lasts."""


class NetworkSource(BaseSource):
    """The frames of whatever is found at an address: a `Source`.

    What has a length, in bytes or seconds, is read like a file and loses no frame; what has none is live, and
    lost streams are looked for again.

    Args:
        address: with `://`, one that ffmpeg can open.
        start_s: first moment to give, in seconds from the start; only 0 makes sense of a live one.
        duration_s: how much of it, in seconds; None for all.
        deinterlace: whether pictures that are flagged as interlaced are filtered.
        tell: told in one line when a live one is lost and when it is back.

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
        self._found: Stream | VideoFile | None = None

    def __enter__(self) -> Self:
        found = interruptible(lambda: self._look().__enter__())
        self._found, self._info, self._warnings = found, found.info, found.warnings
        return self

    def _frames(self) -> Iterator[Frame]:
        if self._found is None:
            raise RuntimeError("enter the source before reading it")
        return iter(self._found)

    def defer_images(self) -> None:
        """Convert images only when they are asked for, where there is a file; before it is entered."""
        self._deferred = True

    def interrupt(self) -> None:
        """Let whoever reads it come back soon; from another thread."""
        if self._found is not None:
            self._found.interrupt()

    def _close(self) -> None:
        if self._found is not None:
            self._found.__exit__(None, None, None)

    def _look(self) -> Stream | VideoFile:
        opened = None
        if self._address.split("://")[0].lower() not in _LIVE:
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
            opened=opened,  # many a camera serves only one at a time
        )

    def _open(self) -> InputContainer:
        refuse_endless(self._address)
        try:
            return open_container(self._address, options=OPTIONS)
        except SourceError as error:
            is_silent = isinstance(error.__cause__, av.error.ExitError)
            what = None if is_silent else diagnose_answer(self._address)
            if what is None:
                raise
            raise SourceError(f"{self._address} is {what}") from error
