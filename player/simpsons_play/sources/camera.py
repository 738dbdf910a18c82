"""Live frames from cameras."""

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
from simpsons_play.sources.base import LIVE_TIME_BASE, BaseSource
from simpsons_play.sources.opencv_log import quiet

_DEFAULT_RATE = Fraction(30)
"""Frames per second if the driver does not report a rate."""


class Capture(Protocol):
    """The part of `cv2.VideoCapture` that is used; tests pass a fake."""

    def isOpened(self) -> bool:
        """Whether the camera could be opened."""
        ...

    def read(self) -> tuple[bool, Any]:
        """True and the next frame, uint8, (H, W, 3) BGR or (H, W) grey; False and None if there is none."""
        ...

    def get(self, propId: int, /) -> float:
        """A property of the camera; 0 if unknown."""
        ...

    def release(self) -> None:
        """Release the camera."""
        ...


def open_capture(index: int) -> Capture:
    """OpenCV's capture of a camera, opened or not, without messages on the terminal."""
    with quiet():
        capture = cv2.VideoCapture(index)
        if capture.isOpened():
            capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # a slow reader should get a current frame
    return capture


class Camera(BaseSource):
    """The frames of a camera as they arrive: a `Source`.

    The time of a frame is the time since the first frame arrived, from a monotonic clock. If the camera
    stops, `warnings` gets one line.

    Args:
        index: index of the camera, from 0.
        start_s: must be 0.
        duration_s: how long to read, in seconds; None until it is stopped.
        capture: opens a camera by its index.
        clock: monotonic clock in nanoseconds, the clock of `Frame.arrived_s`.

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
            raise SourceError(f"camera {index} is live: it cannot start at {start_s:g} s; omit the start")
        self._open = capture
        self._clock = clock
        self._capture: Capture | None = None

    def __enter__(self) -> Self:
        capture = self._open(self._index)
        self._capture = capture
        if not capture.isOpened():
            capture.release()
            raise SourceError(_why_not(self._index))
        with quiet():  # drivers print messages if the first frame fails
            ok, image = capture.read()
        if not ok:
            capture.release()
            raise SourceError(f"camera {self._index} sends no frames; close other programs that use it")
        self._first = _bgr(image)
        self._first_ns = self._clock()
        height, width = self._first.shape[:2]
        rate = capture.get(cv2.CAP_PROP_FPS)
        self._info = SourceInfo(
            name=f"camera {self._index}",
            width=width,
            height=height,
            rate=Fraction(rate).limit_denominator(1001) if 1 <= rate <= 1000 else _DEFAULT_RATE,
            time_base=LIVE_TIME_BASE,
            live=True,
        )
        return self

    def _close(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def _frames(self) -> Iterator[Frame]:
        ticks, index, image, arrived_ns = 0, 0, self._first, self._first_ns
        while self._capture is not None:
            frame_time = ticks * LIVE_TIME_BASE
            if self._range.has_ended(frame_time):
                return
            yield Frame(image, index, frame_time, arrived_s=arrived_ns / 1_000_000_000)
            index += 1
            if self._capture is None:  # closed while the frame was in use
                return
            ok, raw = self._capture.read()
            if not ok:
                self._warnings.append(f"camera {self._index} stopped after {index} frames; was it unplugged?")
                return
            arrived_ns = self._clock()
            elapsed = Fraction(arrived_ns - self._first_ns, 1_000_000_000)
            ticks = max(ticks + 1, round(elapsed / LIVE_TIME_BASE))
            image = _bgr(raw)
            size = self.info.width, self.info.height
            if image.shape[1::-1] != size:
                image = np.asarray(cv2.resize(image, size), dtype=np.uint8)


def _bgr(image: Image) -> Image:
    """A frame from a camera, colour or grey -> a copy, (H, W, 3) uint8 BGR; infrared cameras send grey."""
    if image.ndim == 2 or image.shape[2] == 1:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    return np.array(image[..., :3], dtype=np.uint8, order="C")


def _why_not(index: int) -> str:
    """Why a camera cannot be opened, and what to do."""
    device = f"/dev/video{index}"
    if sys.platform.startswith("linux"):
        if not os.path.exists(device):
            return f"camera {index}: {device} does not exist; plug the camera in or give another number"
        if not os.access(device, os.R_OK | os.W_OK):
            return f"camera {index}: no permission to use {device}; add yourself to the 'video' group"
    return f"camera {index} cannot be opened; close other programs that use it or give another number"
