"""Frames that wait: small ones as they are, large ones in half the memory."""

import tracemalloc
import weakref
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
import pytest

from simpsons_play.analysis.held_frame import LARGE_BYTES, HeldFrame
from simpsons_play.analysis.pipeline import run
from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.results import FrameResult
from simpsons_play.core.timing import StageTimes
from simpsons_play.sources.deferred import DeferredFrame, DeferredImage
from tests.fakes import FakeSink, FakeSource

LARGE = (1500, 1800)
"""Height and width of an image of 8.1 MB."""


def packed(image: Image) -> HeldFrame:
    held = HeldFrame(Frame(image, 3, Fraction(1, 8), name="a.png", arrived_s=7.0))
    held.pack()
    return held


def test_a_small_frame_is_held_unchanged() -> None:
    image = np.random.default_rng(0).integers(0, 256, (48, 64, 3)).astype(np.uint8)
    assert packed(image).frame().image is image


@pytest.mark.parametrize("size", [LARGE, (1501, 1801), (1, 2_700_001)])
def test_a_large_frame_is_held_in_half_the_memory(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    corners = np.array([(b, g, r) for b in (0, 255) for g in (0, 255) for r in (0, 255)])
    for colour in (*corners, *rng.integers(0, 256, (8, 3))):
        image = np.full((*size, 3), colour, np.uint8)
        held = packed(image)
        frame = held.frame()
        assert frame.image.shape == image.shape
        assert np.abs(frame.image.astype(int) - image).max() <= 2
    assert image.nbytes >= LARGE_BYTES
    assert (frame.index, frame.time, frame.name, frame.arrived_s) == (3, Fraction(1, 8), "a.png", 7.0)


def test_a_packed_frame_takes_half_the_memory() -> None:
    tracemalloc.start()
    try:
        held = packed(np.zeros((*LARGE, 3), np.uint8))
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size == pytest.approx(LARGE[0] * LARGE[1] * 1.5, rel=0.01) and held.index == 3


@pytest.mark.parametrize("size", [(64, 48), LARGE[::-1]])
def test_a_deferred_frame_frees_its_image_and_keeps_its_picture(size: tuple[int, int]) -> None:
    picture, made = av.VideoFrame(*size, "yuv420p"), list[weakref.ref[Image]]()

    def convert(picture: av.VideoFrame, width: int, height: int) -> Image:
        image = np.full((height, width, 3), len(made), np.uint8)
        made.append(weakref.ref(image))
        return image

    frame = DeferredFrame(
        DeferredImage(
            picture, size, whole=convert, scaled=convert, averaged=convert, rough=convert, upright=True
        ),
        3,
        Fraction(1, 8),
    )
    held = HeldFrame(frame)
    held.pack()
    assert not made, "nothing is converted only to be freed"
    assert frame.image is frame.image and frame.scaled(9, 9) is not None
    held.pack()
    assert len(made) == 2 and all(image() is None for image in made)
    assert held.frame() is frame and frame.image[0, 0, 0] == 2


def test_a_large_deferred_picture_with_more_bits_is_packed() -> None:
    picture = av.VideoFrame(*LARGE[::-1], "yuv420p10le")
    image = np.full((*LARGE, 3), 90, np.uint8)

    def convert(*_: object) -> Image:
        return image

    deferred = DeferredImage(
        picture, LARGE[::-1], whole=convert, scaled=convert, averaged=convert, rough=convert, upright=True
    )
    alive = weakref.ref(deferred)
    held = HeldFrame(DeferredFrame(deferred, 3, Fraction(1, 8)))
    held.pack()
    del deferred
    assert alive() is None, "its picture is larger than the packed image"
    assert held.frame().image.shape == image.shape and held.frame().image is not image


def test_a_frame_of_video_survives_packing_but_for_rounding() -> None:
    rng = np.random.default_rng(2)
    luma = np.kron(rng.integers(60, 200, (LARGE[0] // 2, LARGE[1] // 2, 1)), np.ones((2, 2, 1)))
    grain = rng.integers(-9, 10, (*LARGE, 1))
    colour = np.kron(rng.integers(-40, 40, (LARGE[0] // 2, LARGE[1] // 2, 3)), np.ones((2, 2, 1)))
    image = np.clip(luma + grain + colour, 0, 255).astype(np.uint8)
    assert np.abs(packed(image).frame().image.astype(int) - image).max() <= 2


class _Counting(FakeSource):
    """Gives an image of its own with each frame, and knows how many are still held."""

    def __init__(self, frames: int) -> None:
        super().__init__([np.zeros((*LARGE, 3), np.uint8)] * frames)
        self._alive: list[weakref.ref[Image]] = []

    def __iter__(self) -> Iterator[Frame]:
        for frame in super().__iter__():
            image = np.full((*LARGE, 3), frame.index, np.uint8)
            self._alive.append(weakref.ref(image))
            yield Frame(image, frame.index, frame.time)
            del image

    def held(self) -> int:
        return sum(image() is not None for image in self._alive)


class _Patient:
    """Settles all frames at the end."""

    def __init__(self, source: _Counting) -> None:
        self._source, self._seen = source, list[FrameResult]()
        self.most = 0

    def thumbnail(self, frame: Frame) -> Image | None:
        return None

    def update(self, frame: Frame, thumbnail: Image | None = None) -> tuple[FrameResult, ...]:
        self._seen.append(FrameResult(frame.index, frame.time_s, False, (), ()))
        self.most = max(self.most, self._source.held())
        return ()

    def flush(self) -> tuple[FrameResult, ...]:
        return tuple(self._seen)


def test_large_frames_wait_packed_and_are_written_whole() -> None:
    source, sink = _Counting(20), FakeSink()
    analyser = _Patient(source)
    run(source, analyser, sinks=[sink], times=StageTimes())
    assert analyser.most < 10, "those in the queue and in work"
    assert [int(frame.image[9, 9, 1]) for frame, _ in sink.written] == list(range(20))
    assert all(frame.image.shape == (*LARGE, 3) for frame, _ in sink.written)
