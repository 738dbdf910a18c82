"""Decoded pictures that are converted to BGR on demand, in the size that is needed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from fractions import Fraction

import av

from simpsons_play.core.frames import Frame, Image, Planes
from simpsons_play.sources.colors import limited_planes

Convert = Callable[[av.VideoFrame, int, int], Image]
"""picture, width, height -> (height, width, 3) uint8 BGR, upright."""

_MAX_RELEASED_BYTES = 2
"""Pictures of at most this many bytes per pixel replace their images; 4:2:0 with 8 bits has 1.5."""


class DeferredImage:
    """A decoded picture. Any thread may ask for its image; it is converted once for each size.

    Args:
        picture: from the decoder.
        size_px: width and height of the full image, upright.
        whole: converts a picture to its full size.
        scaled: converts a picture to another size.
        averaged: the same, with an average of the area of each pixel.
        rough: the same, quickly, for comparison only.
        upright: whether the picture is stored upright.
    """

    def __init__(
        self,
        picture: av.VideoFrame,
        size_px: tuple[int, int],
        *,
        whole: Convert,
        scaled: Convert,
        averaged: Convert,
        rough: Convert,
        upright: bool,
    ) -> None:
        self.size_px = size_px
        self._stored_whole = upright and (picture.width, picture.height) == size_px
        self._picture, self._whole, self._scaled = picture, whole, scaled
        self._averaged, self._rough = averaged, rough
        self._lock = threading.Lock()  # PyAV modifies the tags of a picture while it converts it
        self._image: Image | None = None
        self._shown: Image | None = None

    def whole(self) -> Image:
        """The full image, (H, W, 3) uint8 BGR."""
        with self._lock:
            if self._image is None:
                self._image = self._whole(self._picture, *self.size_px)
            return self._image

    def scaled(self, width: int, height: int) -> Image:
        """The image in another size, (height, width, 3) uint8 BGR; the last size is cached."""
        with self._lock:
            if self._shown is None or self._shown.shape[:2] != (height, width):
                self._shown = self._scaled(self._picture, width, height)
            return self._shown

    def averaged(self, width: int, height: int) -> Image:
        """The image in another size, averaged, (height, width, 3) uint8 BGR; not cached."""
        with self._lock:
            return self._averaged(self._picture, width, height)

    def rough(self, width: int, height: int) -> Image:
        """The image in another size, roughly, (height, width, 3) uint8 BGR; not cached."""
        with self._lock:
            return self._rough(self._picture, width, height)

    def planes(self, *, bt709: bool) -> Planes | None:
        """The picture as it is stored; see `Frame.planes`."""
        with self._lock:
            return limited_planes(self._picture, bt709=bt709) if self._stored_whole else None

    def release(self) -> bool:
        """Free converted images if the picture is small; see `Frame.release`."""
        width, height = self.size_px
        if sum(plane.buffer_size for plane in self._picture.planes) > _MAX_RELEASED_BYTES * width * height:
            return False
        with self._lock:
            self._image = self._shown = None
        return True


class DeferredFrame(Frame):
    """A `Frame` whose image is converted on first access."""

    _deferred: DeferredImage | Image

    def __init__(
        self,
        image: DeferredImage | Image,
        index: int,
        time: Fraction,
        name: str = "",
        arrived_s: float | None = None,
    ) -> None:
        fields = {"_deferred": image, "index": index, "time": time, "name": name, "arrived_s": arrived_s}
        for field, value in fields.items():
            object.__setattr__(self, field, value)  # the class is frozen

    @property
    def image(self) -> Image:
        """(H, W, 3) uint8 BGR."""
        return self._deferred.whole() if isinstance(self._deferred, DeferredImage) else self._deferred

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return self._deferred.size_px if isinstance(self._deferred, DeferredImage) else super().size_px

    def at(self, index: int, time: Fraction) -> Frame:
        """The same picture with another index and time; it is not converted."""
        return DeferredFrame(self._deferred, index, time, self.name)

    def scaled(self, width: int, height: int) -> Image | None:
        """The image in another size, (height, width, 3) uint8 BGR; the last size is cached."""
        return self._deferred.scaled(width, height) if isinstance(self._deferred, DeferredImage) else None

    def averaged(self, width: int, height: int) -> Image | None:
        """The image in another size, averaged, (height, width, 3) uint8 BGR."""
        return self._deferred.averaged(width, height) if isinstance(self._deferred, DeferredImage) else None

    def rough(self, width: int, height: int) -> Image | None:
        """The image in another size, roughly, (height, width, 3) uint8 BGR."""
        return self._deferred.rough(width, height) if isinstance(self._deferred, DeferredImage) else None

    def planes(self, *, bt709: bool) -> Planes | None:
        """The picture as the file stores it; see `Frame.planes`."""
        return self._deferred.planes(bt709=bt709) if isinstance(self._deferred, DeferredImage) else None

    def release(self) -> bool:
        """Free converted images if the picture is small; see `Frame.release`."""
        return isinstance(self._deferred, DeferredImage) and self._deferred.release()
