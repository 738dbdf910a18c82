"""Segments made apart, in any order, join: the pictures at the times of the file, and sound without gaps."""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from simpsons_play.core.errors import SourceError
from simpsons_play.sources.sound import SoundFile
from simpsons_play.sources.video import VideoFile
from simpsons_play.web.fragments import boxes
from simpsons_play.web.media_plan import MediaPlan, media_plan
from simpsons_play.web.segments import SegmentStopped, init_segment, mime_type, segment
from tests import media

LONG = 230
"""Frames: more than two segments."""
KINDS = [
    (media.AVI, "encode"),
    (media.AVI_B, "encode"),
    (media.AVI_H264, "encode"),
    (media.MP4, "direct"),
    (media.MOV, "remux"),
    (media.MKV, "remux"),
    (media.TS, "remux"),
    (media.WEBM8, "direct"),
    (media.WEBM9, "direct"),
    (media.VFR, "remux"),
    (media.LATE, "remux"),
]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> media.Studio:
    return media.Studio(tmp_path_factory.mktemp("segments"))


def long(recipe: media.Recipe) -> media.Recipe:
    return recipe if recipe.stamps else replace(recipe, frames=LONG)


def made(path: Path, plan: MediaPlan) -> tuple[bytes, list[bytes]]:
    """The head, and all segments, made in random order."""
    order = list(range(len(plan.segments)))
    random.Random(1).shuffle(order)
    segments = {number: segment(path, plan, number) for number in order}
    return init_segment(path, plan), [segments[number] for number in sorted(segments)]


def inside(data: bytes, *names: bytes) -> Iterator[bytes]:
    """The bodies of the boxes at a path of names."""
    for name, start, end in boxes(data):
        if name == names[0]:
            body = data[start + 8 : end]
            yield from inside(body, *names[1:]) if names[1:] else [body]


def times(segments: list[bytes], track: int) -> list[tuple[int, int, int]]:
    """Decode time, presentation time and duration of each sample of a track, in decode order."""
    found = []
    for data in segments:
        for traf in inside(data, b"moof", b"traf"):
            if struct.unpack_from(">I", next(inside(traf, b"tfhd")), 4)[0] != track:
                continue
            decoded = struct.unpack_from(">Q", next(inside(traf, b"tfdt")), 4)[0]
            run = next(inside(traf, b"trun"))
            for row in range(struct.unpack_from(">I", run, 4)[0]):
                duration, _, _, offset = struct.unpack_from(">IIIi", run, 12 + 16 * row)
                found.append((decoded, decoded + offset, duration))
                decoded += duration
    return found


@pytest.mark.parametrize(("recipe", "kind"), KINDS, ids=[recipe.name for recipe, _ in KINDS])
def test_pictures_keep_their_times_and_sound_has_no_gap(
    recipe: media.Recipe, kind: str, studio: media.Studio
) -> None:
    path = studio.video(long(recipe))
    plan = media_plan(path)
    assert plan.kind == kind
    head, segments = made(path, plan)
    with VideoFile(path) as video:
        frames = [(frame.time, media.number_of(frame.image)) for frame in video]
    pictures = times(segments, 1)
    assert all(a + length == b for (a, _, length), (b, _, _) in pairwise(pictures)), "decode times join"
    shown = sorted(Fraction(at, plan.timescale) for _, at, _ in pictures)
    assert [float(at) for at in shown] == pytest.approx([float(at) for at, _ in frames], abs=0.0006)
    with av.open(io.BytesIO(head + b"".join(segments))) as container:
        numbers = [media.number_of(frame.to_ndarray(format="bgr24")) for frame in container.decode(video=0)]
    assert numbers == [number for _, number in frames]
    if plan.sound is not None:
        sound = times(segments, 2)
        assert [at for at, _, _ in sound] == [1024 * number for number in range(len(sound))]
        assert 0 <= len(sound) * 1024 / 48_000 - plan.duration_s < 0.05
    assert mime_type(head).startswith('video/mp4; codecs="avc1.')


def test_sound_is_that_of_the_file_over_the_joins(studio: media.Studio) -> None:
    path = studio.video(long(media.AVI))
    plan = media_plan(path)
    head, segments = made(path, plan)
    with av.open(io.BytesIO(head + b"".join(segments))) as container:
        ours = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    with SoundFile(path) as file:
        whole = np.concatenate(list(file.samples(Fraction(0), rate=48_000)))[:, 0] / 32768
    length = min(len(ours), len(whole))
    error = np.abs(ours[:length] - whole[:length])
    for stretch in plan.segments[1:]:
        at = round(stretch.start * 48_000)
        assert error[at - 2048 : at + 2048].max() < 1.5 * error[4096:-4096].max() < 0.3
        assert error[at - 2048 : at + 2048].mean() < 1.5 * error[4096 : length - 4096].mean()


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        ({"rotation": 90}, (48, 64)),
        ({"aspect": Fraction(2)}, (128, 48)),
        ({"size": (66, 50), "sound": None}, (66, 50)),
    ],
)
def test_encoded_pictures_are_upright_with_square_pixels(
    changes: dict[str, object], size: tuple[int, int], tmp_path: Path
) -> None:
    container = "odd.mov" if "rotation" in changes else "odd.mkv"
    path = media.make_video(tmp_path, replace(media.AVI, **{"name": container, "frames": 12, **changes}))
    plan = media_plan(path)
    assert (plan.kind, plan.width, plan.height) == ("encode", *size)
    head, segments = made(path, plan)
    with av.open(io.BytesIO(head + segments[0])) as opened:
        frames = list(opened.decode(video=0))
    assert [media.number_of(frame.to_ndarray(format="bgr24")) for frame in frames] == list(range(12))


def test_a_truncated_video_ends_early(studio: media.Studio) -> None:
    path = media.truncated(studio.video(long(media.AVI)), 0.4)
    _, segments = made(path, media_plan(path))
    with VideoFile(path) as video:
        count = sum(1 for _ in video)
    assert len(times(segments, 1)) == count


def test_a_segment_that_nobody_wants_is_stopped(studio: media.Studio) -> None:
    path = studio.video(long(media.AVI))
    with pytest.raises(SegmentStopped):
        segment(path, media_plan(path), 0, lambda: True)


def test_no_video_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no video")
    for path in (tmp_path / "a.mp4", tmp_path / "none.mp4", media.make_sound(tmp_path / "a.mp3")):
        with pytest.raises(SourceError):
            media_plan(path)
