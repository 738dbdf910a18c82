"""Reads single pictures of a source in a thread, while it plays: for previews and portraits."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QImage

from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.priority import lower_thread_priority
from simpsons_play.window.playback.ports import OpenFrames
from simpsons_play.window.playback.scaling import display_size, scaled, to_qt
from simpsons_play.window.playback.seek import open_at

_CACHED = 64
_STEP_S = 0.25
"""Pictures closer together than this, in seconds, count as the same."""

_FRAME_S = 1 / 24
_STOP_TIMEOUT_S = 1.0

Make = Callable[[Frame, float], Image]
"""Makes what is wanted from a frame and the width of its pixels over their height: (H, W, 3) uint8 BGR."""


class Previews(QObject):
    """Reads pictures at any time of a source that can be opened again and sought in.

    Args:
        open_frames: Opens the source.
        parent: Qt parent.

    Attributes:
        ready: Signal(float, QImage): The preview of this time, in seconds.
        made: Signal(str, QImage): What `make` has made.
        missed: Signal(str): The frame for what `make` was to make under this name cannot be read.
    """

    ready = Signal(float, QImage)
    made = Signal(str, QImage)
    missed = Signal(str)

    def __init__(self, open_frames: OpenFrames, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open_frames = open_frames
        self._condition = threading.Condition()
        self._wanted: tuple[float, QSize] | None = None
        self._jobs: deque[tuple[str, float, Make]] = deque()
        self._cache: OrderedDict[tuple[int, int, int], QImage] = OrderedDict()
        self._stopped = False
        self._thread: threading.Thread | None = None

    def request(self, time_s: float, size: QSize) -> None:
        """Read the picture at a time, in seconds, to fit into a size, in pixels.

        `ready` is emitted later, or immediately if it was read before. Only the newest request counts.
        """
        time_s = round(time_s / _STEP_S) * _STEP_S
        image = self._cache.get(_key(time_s, size))
        with self._condition:
            self._wanted = None if image is not None else (time_s, size)
        if image is not None:
            self.ready.emit(time_s, image)
        else:
            self._wake()

    def make(self, name: str, time_s: float, make: Make) -> None:
        """Read the frame at a time, in seconds, and emit what `make` makes of it under a name.

        Requests wait for previews. `make` is called in another thread.
        """
        with self._condition:
            self._jobs.append((name, time_s, make))
        self._wake()

    def stop(self) -> None:
        """End the thread. No signal is emitted afterwards."""
        with self._condition:
            self._stopped = True
            self._condition.notify()
        self.blockSignals(True)
        if self._thread is not None:
            self._thread.join(_STOP_TIMEOUT_S)

    def _wake(self) -> None:
        if self._thread is None and not self._stopped:
            self._thread = threading.Thread(target=self._run, name="previews", daemon=True)
            self._thread.start()
        with self._condition:
            self._condition.notify()

    def _run(self) -> None:
        lower_thread_priority()
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._stopped or self._wanted is not None or self._jobs)
                if self._stopped:
                    return
                wanted, self._wanted = self._wanted, None
                job = self._jobs.popleft() if wanted is None else None
            if wanted is not None:
                self._read_preview(*wanted)
            elif job is not None:
                name, time_s, make = job
                if (read := self._frame_at(time_s)) is not None:
                    self.made.emit(name, to_qt(make(*read)))
                else:
                    self.missed.emit(name)

    def _read_preview(self, time_s: float, size: QSize) -> None:
        read = self._frame_at(time_s)
        if read is None:
            return
        frame, aspect = read
        image = to_qt(scaled(frame, display_size(frame, aspect, size)))
        self._cache[_key(time_s, size)] = image
        while len(self._cache) > _CACHED:
            self._cache.popitem(last=False)
        self.ready.emit(time_s, image)

    def _frame_at(self, time_s: float) -> tuple[Frame, float] | None:
        """The frame at a time and its pixel aspect; None if it cannot be read or is not wanted any more."""
        try:
            with open_at(
                self._open_frames, time_s, frame_s=_FRAME_S, cancelled=lambda: self._stopped
            ) as opened:
                frame = next(opened.frames, None)
                return None if frame is None else (frame, float(opened.source.info.pixel_aspect))
        except Exception:  # a preview that cannot be read is not shown; the player reports what is wrong
            return None


def _key(time_s: float, size: QSize) -> tuple[int, int, int]:
    return round(time_s / _STEP_S), size.width(), size.height()
