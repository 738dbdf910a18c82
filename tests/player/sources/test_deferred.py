"""Images that are converted on demand."""

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
    """Pairs of a deferred frame and the same frame without deferring."""
    with VideoFile(path) as deferred, VideoFile(path) as plain:
        deferred.defer_images()
        yield from zip(islice(deferred, count), islice(plain, count), strict=True)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_deferred_images_match_in_full_and_other_sizes(turn: int, studio: Studio) -> None:
    clip = studio.video(Recipe(f"turned{turn}.mp4", rotation=turn))
    for number, (deferred, plain) in enumerate(both(clip)):
        assert (deferred.index, deferred.time) == (plain.index, plain.time)
        assert deferred.size_px == plain.size_px == plain.image.shape[1::-1]
        for size in SMALLER:
            small = deferred.scaled(*size)
            assert small is not None and small.shape == (size[1], size[0], 3)
            assert deferred.scaled(*size) is small
            expected = cv2.resize(plain.image, size, interpolation=cv2.INTER_AREA)
            assert np.abs(small.astype(int) - expected).mean() < 8
        assert np.array_equal(deferred.image, plain.image)
        assert number_of(deferred.image) == number
        moved = dataclasses.replace(deferred, index=7)
        assert moved.index == 7 and moved.image is deferred.image and moved.size_px == deferred.size_px
        assert plain.scaled(*SMALLER[0]) is moved.scaled(*SMALLER[0]) is None


def test_images_are_converted_on_demand(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[int, int]] = []
    convert = BgrConverter.convert

    def counted(self: BgrConverter, picture: av.VideoFrame, *, width: int, height: int) -> Image:
        made.append((width, height))
        return convert(self, picture, width=width, height=height)

    monkeypatch.setattr(BgrConverter, "convert", counted)
    with VideoFile(studio.video(Recipe("plain.mp4"))) as video:
        video.defer_images()
        frames = list(islice(video, 12))
        assert made == [frames[0].size_px], "one, to check that the format can be converted"
        frames[5].scaled(88, 72)
    assert made[1:] == [(88, 72)]
    assert frames[7].image.shape[:2] == frames[7].size_px[::-1], "even after the source was closed"


def test_threads_convert_in_parallel(studio: Studio) -> None:
    pairs = list(both(studio.video(Recipe("plain.mp4")), 24))

    def work(seed: int) -> bool:
        same = True
        for deferred, plain in pairs if seed % 2 else reversed(pairs):
            if seed % 3:
                small = deferred.scaled(*SMALLER[seed % len(SMALLER)])
                same = same and small is not None
            same = same and np.array_equal(deferred.image, plain.image)
        return same

    with ThreadPoolExecutor(8) as several:
        assert all(several.map(work, range(16)))
