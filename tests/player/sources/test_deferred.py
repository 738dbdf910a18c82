"""Images that are made when somebody wants them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from simpsons_play.core.frames import Frame, Image
from simpsons_play.sources import VideoFile
from simpsons_play.sources.colors import BgrConverter
from tests.media import Recipe, Studio, number_of

SMALLER = [(88, 72), (87, 71), (131, 50), (353, 290)]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("studio"))


def both(path: Path, count: int = 6) -> Iterator[tuple[Frame, Frame]]:
    """Frames that are deferred, and the same as they come else."""
    with VideoFile(path) as late, VideoFile(path) as plain:
        late.defer_images()
        yield from zip(islice(late, count), islice(plain, count), strict=True)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_deferred_image_is_the_image_and_as_small_as_it_is_wanted(turn: int, studio: Studio) -> None:
    clip = studio.video(Recipe(f"turned{turn}.mp4", rotation=turn))
    for number, (late, plain) in enumerate(both(clip)):
        assert (late.index, late.time) == (plain.index, plain.time)
        assert late.size_px == plain.size_px == plain.image.shape[1::-1]
        for size in SMALLER:
            small = late.scaled(*size)
            assert small is not None and small.shape == (size[1], size[0], 3)
            assert late.scaled(*size) is small
            about = cv2.resize(plain.image, size, interpolation=cv2.INTER_AREA)
            assert np.abs(small.astype(int) - about).mean() < 8
        assert np.array_equal(late.image, plain.image)
        assert number_of(late.image) == number
        moved = dataclasses.replace(late, index=7)
        assert moved.index == 7 and moved.image is late.image and moved.size_px == late.size_px
        assert plain.scaled(*SMALLER[0]) is moved.scaled(*SMALLER[0]) is None


def test_only_what_is_wanted_is_converted(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[int, int]] = []
    convert = BgrConverter.convert

    def counted(self: BgrConverter, picture: av.VideoFrame, *, width: int, height: int) -> Image:
        made.append((width, height))
        return convert(self, picture, width=width, height=height)

    monkeypatch.setattr(BgrConverter, "convert", counted)
    with VideoFile(studio.video(Recipe("plain.mp4"))) as video:
        video.defer_images()
        frames = list(islice(video, 12))
        assert made == [frames[0].size_px], "one, to see whether it can be done at all"
        frames[5].scaled(88, 72)
    assert made[1:] == [(88, 72)]
    assert frames[7].image.shape[:2] == frames[7].size_px[::-1], "after the source was closed, too"


def test_several_threads_convert_at_once(studio: Studio) -> None:
    pairs = list(both(studio.video(Recipe("plain.mp4")), 24))

    def work(seed: int) -> bool:
        same = True
        for late, plain in pairs if seed % 2 else reversed(pairs):
            if seed % 3:
                small = late.scaled(*SMALLER[seed % len(SMALLER)])
                same = same and small is not None
            same = same and np.array_equal(late.image, plain.image)
        return same

    with ThreadPoolExecutor(8) as several:
        assert all(several.map(work, range(16)))
