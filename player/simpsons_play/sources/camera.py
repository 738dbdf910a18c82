"""Cameras, live."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, Protocol, Self

import cv2
import numpy as np

from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Frame, Image, SourceInfo
from simpsons_play.sources.base import BaseSource
from simpsons_play.sources.opencv_log import quiet

_TIME_BASE = Fraction(1, 90_000)
"""The clock of MPEG: fine enough for any camera, and every container knows it."""
_USUAL_RATE = Fraction(30)
"""Frames per second where the driver does not say."""


class Capture(Protocol):
    """What we need of `cv2.VideoCapture`; tests pass another."""

    def isOpened(self) -> bool:
        """Whether there is a camera."""
        ...

    def read(self) -> tuple[bool, Any]:
        """The next picture, (H, W, 3) or (H, W) uint8 BGR or grey; False where there is none."""
        ...

    def get(self, propId: int, /) -> float:
        """A property of the camera; 0 where it does not know."""
        ...

    def release(self) -> None:
        """Gives the camera back."""
        ...


def open_capture(index: int) -> Capture:
    """OpenCV's capture of a camera, opened or not, without its words on the terminal."""
    with quiet():
        capture = cv2.VideoCapture(index)
        if capture.isOpened():
            capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # what a slow reader gets should be now, not a second ago
    return capture


class Camera(BaseSource):
    """The frames of a camera as they come: a `Source`.

    Times are those at which frames arrived, from a clock that never goes back, counted from the first. A
    camera that stops by itself leaves one line in `warnings`.

    Args:
        index: of the camera, from 0.
        start_s: only 0 makes sense.
        duration_s: how long to watch, in seconds; None until it is stopped.
        capture: opens a camera by its index.
        clock: nanoseconds; never goes back; that of `Frame.arrived_s`.

    Raises:
        SourceError: `start_s` is not 0.
        ValueError: `start_s` is negative or `duration_s` is not positive.
    """

    _opens_quickly = False

    def __init__(
        self,
        index: int,
        *,
        start_s: float = 0.0,
        duration_s: float | None = None,
        capture: Callable[[int], Capture] = open_capture,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        super().__init__(start_s, duration_s)
        self._index = index
        if start_s:
            raise SourceError(f"camera {index} is live: it cannot start at {start_s:g} s; give no start")
        self._open = capture
        self._clock = clock
        self._capture: Capture | None = None

    def __enter__(self) -> Self:
        capture = self._open(self._index)
        self._capture = capture
        if not capture.isOpened():
            capture.release()
            raise SourceError(_why_not(self._index))
        with quiet():  # drivers complain in words of their own if the first picture fails
            good, image = capture.read()
        if not good:
            capture.release()
            raise SourceError(f"camera {self._index} gives no picture; close other programs that use it")
        self._first = _bgr(image)
        self._first_at = self._clock()
        height, width = self._first.shape[:2]
        rate = capture.get(cv2.CAP_PROP_FPS)
        self._info = SourceInfo(
            name=f"camera {self._index}",
            width=width,
            height=height,
            rate=Fraction(rate).limit_denominator(1001) if 1 <= rate <= 1000 else _USUAL_RATE,
            time_base=_TIME_BASE,
            live=True,
        )
        return self

    def _close(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def _frames(self) -> Iterator[Frame]:
        ticks, index, image, arrived = 0, 0, self._first, self._first_at
        while self._capture is not None:
            moment = ticks * _TIME_BASE
            if self._range.ends_before(moment):
                return
            yield Frame(image, index, moment, arrived_s=arrived / 1_000_000_000)
            index += 1
            if self._capture is None:  # left while the frame was in use
                return
            good, raw = self._capture.read()
            if not good:
                self._warnings.append(f"camera {self._index} stopped after {index} frames; was it unplugged?")
                return
            arrived = self._clock()
            passed = Fraction(arrived - self._first_at, 1_000_000_000)
            ticks = max(ticks + 1, round(passed / _TIME_BASE))
            image = _bgr(raw)
            size = self.info.width, self.info.height
            if image.shape[1::-1] != size:
                image = np.asarray(cv2.resize(image, size), dtype=np.uint8)


def _bgr(image: Image) -> Image:
    """What a camera gives -> a copy of its own, (H, W, 3) uint8 BGR; infrared cameras give grey."""
    if image.ndim == 2 or image.shape[2] == 1:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    return np.array(image[..., :3], dtype=np.uint8, order="C")


def _why_not(index: int) -> str:
    """Why a camera cannot be opened, and what to do."""
    device = f"/dev/video{index}"
    if sys.platform.startswith("linux"):
        if not os.path.exists(device):
            return f"camera {index}: there is no {device}; plug the camera in or give another number"
        if not os.access(device, os.R_OK | os.W_OK):
            return f"camera {index}: no permission to use {device}; add yourself to the group 'video'"
    return f"camera {index} cannot be opened; close other programs that use it or give another number"
