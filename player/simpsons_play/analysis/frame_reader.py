"""Reads a source in a thread of its own, so that decoding and analysis run in parallel."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Self

from simpsons_play.analysis.bounded_queue import BoundedQueue
from simpsons_play.core.frames import Frame, Image, Source, SourceInfo
from simpsons_play.core.timing import StageTimes

_QUEUE_FRAMES = 32
_QUEUE_BYTES = 40_000_000
"""Largest total size of the images in one queue, which holds at least one: 6 frames of 1080p, 1 of 4K."""

_INTERRUPT_S = 1.0
"""Time for an interrupted source to return from reading, in seconds; after that, its thread is abandoned."""


def queue_frames(info: SourceInfo) -> int:
    """Maximum number of a source's frames in one queue."""
    return max(1, min(_QUEUE_FRAMES, _QUEUE_BYTES // (info.width * info.height * 3)))


class FrameReader:
    """Reads a source in a thread while entered; iterating yields its frames and raises its errors.

    Args:
        source: the source, already entered.
        times: collects the time that decoding takes.
        thumbnail: makes the thumbnail of each frame, in the same thread.

    Attributes:
        dropped: number of frames of a live source that were dropped because a newer one arrived.
    """

    def __init__(
        self, source: Source, times: StageTimes, *, thumbnail: Callable[[Frame], Image | None]
    ) -> None:
        self._source, self._times, self._live = source, times, source.info.live
        self._thumbnail = thumbnail
        self._queue = BoundedQueue[tuple[Frame, Image | None] | BaseException | None](
            1 if self._live else queue_frames(source.info)
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, name="decode", daemon=True)
        self.dropped = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._source.interrupt()
        give_up_s = time.monotonic() + _INTERRUPT_S
        while self._thread.is_alive() and time.monotonic() < give_up_s:
            self._take_one()
            self._thread.join(0.01)

    def __iter__(self) -> Iterator[tuple[Frame, Image | None]]:
        """The frames with their thumbnails."""
        while (item := self._queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def _read(self) -> None:
        end: BaseException | None = None
        try:
            frames = iter(self._source)
            while not self._stop.is_set():
                began_s = time.perf_counter()
                frame = next(frames, None)
                if frame is None:
                    break
                self._times.record("decode", time.perf_counter() - began_s)
                if self._live and self._queue.full():
                    self._take_one()
                    self.dropped += 1
                # For a frame that is dropped, a thumbnail would be wasted.
                self._queue.put((frame, None if self._live else self._thumbnail(frame)))
        except BaseException as error:
            end = error
        if not self._stop.is_set():
            self._queue.put(end)

    def _take_one(self) -> None:
        with suppress(queue.Empty):
            self._queue.get_nowait()
