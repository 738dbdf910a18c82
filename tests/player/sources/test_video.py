"""Video files: exact seeking, clocks of every kind, and damage."""

from __future__ import annotations

import dataclasses
import functools
import http.server
import itertools
import operator
import os
import threading
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.core.errors import SourceError
from simpsons_play.sources import VideoFile, opening
from simpsons_play.sources.demux import Demuxer
from simpsons_play.sources.picture_clock import PictureClock
from simpsons_play.sources.time_range import Range
from simpsons_play.sources.video_decoder import VideoDecoder
from tests.media import (
    AVI,
    AVI_B,
    AVI_H264,
    EVERY,
    FILM,
    LATE,
    MKV,
    MP4,
    TS,
    VFR,
    WEBM8,
    X264,
    Recipe,
    Studio,
    damaged,
    make_video,
    number_of,
    numbered,
    truncated,
)

recipes = pytest.mark.parametrize("recipe", EVERY, ids=lambda recipe: recipe.name)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("studio"))


def numbers(path: Path, start_s: float = 0.0, duration_s: float | None = None) -> list[tuple[Fraction, int]]:
    with VideoFile(path, start_s=start_s, duration_s=duration_s) as video:
        frames = list(video)
        assert video.info.frames is None or abs(video.info.frames - len(frames)) <= 1
    assert [frame.index for frame in frames] == list(range(len(frames)))
    return [(frame.time, number_of(frame.image)) for frame in frames]


@recipes
@pytest.mark.parametrize("place", [1, 11, 12, 13, 30, 47])
@pytest.mark.parametrize("offset_s", [0.0, 0.004])
def test_seeking_yields_exactly_the_frames_of_the_range(
    recipe: Recipe, place: int, offset_s: float, studio: Studio
) -> None:
    path = studio.video(recipe)
    every = numbers(path)
    start_s = float(every[place][0]) + offset_s
    expected = [item for item in every if start_s - 1e-6 <= item[0] < start_s + 0.25 - 1e-6]
    if expected:
        assert numbers(path, start_s, 0.25) == expected
    else:
        with pytest.raises(SourceError, match=r"start at .* or earlier|start earlier"):
            numbers(path, start_s, 0.25)


def test_times_of_a_film_are_exact(studio: Studio) -> None:
    times = [time for time, _ in numbers(studio.video(MP4))]
    assert times == [number / FILM for number in range(48)]
    with VideoFile(studio.video(MP4)) as video:
        assert video.info.rate == FILM
        assert video.info.frames == 48
        assert video.info.has_sound


def test_variable_frame_rates_are_kept(studio: Studio) -> None:
    assert VFR.stamps is not None
    assert [time for time, _ in numbers(studio.video(VFR))] == [Fraction(stamp, 1000) for stamp in VFR.stamps]


def test_times_count_from_the_first_frame(studio: Studio) -> None:
    assert [time for time, _ in numbers(studio.video(LATE))] == [Fraction(number, 25) for number in range(48)]


@pytest.mark.parametrize("rotation", [90, -90, 180])
def test_videos_of_a_rotated_phone_are_upright(rotation: int, studio: Studio) -> None:
    size = (64, 48) if rotation == 180 else (48, 64)
    recipe = Recipe(
        f"turned_{rotation}.mp4",
        options=X264,
        rotation=rotation,
        frames=6,
        size=(64, 48),
        aspect=Fraction(4, 3),
    )
    with VideoFile(studio.video(recipe)) as video:
        frames = list(video)
        assert (video.info.width, video.info.height) == size
        assert video.info.pixel_aspect == (Fraction(4, 3) if rotation == 180 else Fraction(3, 4))
    assert [number_of(frame.image) for frame in frames] == list(range(6))


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_mirrored_videos_are_mirrored_back(turned: int, mirrored: bool, tmp_path: Path) -> None:
    """As from the front camera of a phone; these are the eight orientations of EXIF."""
    path, upright = tmp_path / "mirrored.mp4", numbered(0b1000_0110_0001, (48, 48))
    stored = np.rot90(np.fliplr(upright) if mirrored else upright, -turned // 90)
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("libx264", rate=25, width=48, height=48, pix_fmt="yuv420p")
        stream.set_display_rotation(turned, hflip=mirrored)
        out.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(stored), "bgr24")))
        out.mux(stream.encode(None))
    with VideoFile(path) as video:
        (frame,) = video
    assert number_of(frame.image) == 0b1000_0110_0001


@pytest.mark.parametrize(
    ("cores", "size", "alone"), [(2, (320, 240), True), (8, (320, 240), False), (2, (1280, 720), False)]
)
@pytest.mark.skipif(os.cpu_count() == 1, reason="ffmpeg never starts threads on one core")
def test_one_thread_decodes_small_frames_on_few_cores(
    cores: int, size: tuple[int, int], alone: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    path = make_video(tmp_path, dataclasses.replace(AVI, size=size))
    decoder = VideoDecoder(lambda: Demuxer(path), start=Fraction(0), threads=0)
    with closing(decoder):
        assert decoder.decode_first() is not None
        assert (decoder.stream.thread_count == 1) is alone


def test_odd_sizes_are_kept(studio: Studio) -> None:
    recipe = Recipe("odd.mkv", "libvpx-vp9", options=WEBM8.options, size=(77, 51), frames=3)
    with VideoFile(studio.video(recipe)) as video:
        assert [frame.image.shape for frame in video] == [(51, 77, 3)] * 3


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (3, 3)])
def test_tiny_sizes_are_kept(size: tuple[int, int], tmp_path: Path) -> None:
    path, (width, height) = tmp_path / "tiny.avi", size
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("rawvideo", rate=1, width=width, height=height, pix_fmt="bgr24")
        for number in range(3):
            picture = av.VideoFrame.from_ndarray(np.full((height, width, 3), 50 * number, np.uint8), "bgr24")
            picture.pts, picture.time_base = number, Fraction(1)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    with VideoFile(path) as video:
        frames = list(video)
    assert [frame.image.shape for frame in frames] == [(height, width, 3)] * 3
    assert [int(frame.image.mean()) for frame in frames] == [0, 50, 100]


def test_frames_of_another_size_are_scaled_to_the_first(tmp_path: Path, studio: Studio) -> None:
    # Transport streams can simply be concatenated.
    small = studio.video(Recipe("small.ts", options=X264, frames=10, rate=Fraction(25)))
    large = studio.video(Recipe("large.ts", options=X264, frames=10, rate=Fraction(25), size=(128, 96)))
    both = tmp_path / "both.ts"
    both.write_bytes(small.read_bytes() + large.read_bytes())
    with VideoFile(both) as video:
        frames = list(video)
    assert {frame.image.shape for frame in frames} == {(48, 64, 3)}
    assert [number_of(frame.image) for frame in frames] == [*range(10), *range(10)]
    assert all(one.time < other.time for one, other in itertools.pairwise(frames))


@pytest.mark.parametrize("recipe", [AVI, AVI_B, AVI_H264, MKV, WEBM8], ids=lambda recipe: recipe.name)
def test_a_truncated_file_yields_its_frames_and_a_warning(recipe: Recipe, studio: Studio) -> None:
    path = truncated(studio.video(recipe))
    with VideoFile(path) as video:
        found = [number_of(frame.image) for frame in video]
    assert 10 < len(found) < 40
    assert found[:10] == list(range(10))
    (warning,) = video.warnings
    assert warning.startswith(f"{path} ends early: ")
    if recipe.name.endswith("avi"):
        assert f"{len(found)} of 4" in warning  # 48, or 49 with an empty packet


@pytest.mark.parametrize("begin_s", [0.7, 10])
@pytest.mark.parametrize("made_as", [MKV, WEBM8], ids=lambda recipe: recipe.name)
def test_a_clock_that_does_not_start_at_zero_is_not_a_missing_end(
    made_as: Recipe, begin_s: float, studio: Studio
) -> None:
    """Matroska stores the end of the video by its own clock instead of its length."""
    recipe = dataclasses.replace(
        made_as,
        name=f"from_{begin_s}_{made_as.name}",
        rate=Fraction(25),
        stamps=[round(begin_s * 1000) + number * 40 for number in range(48)],
        time_base=Fraction(1, 1000),
        sound=None,
    )
    with VideoFile(studio.video(recipe)) as video:
        assert video.info.duration_s == pytest.approx(48 / 25, abs=0.002)
        assert [frame.time for frame in video] == [Fraction(number, 25) for number in range(48)]
    assert video.warnings == []
    with VideoFile(truncated(studio.video(recipe), 0.9)) as video:
        assert len(list(video)) < 48
    assert "ends early" in video.warnings[0]


def test_a_truncated_mp4_with_its_index_first_still_plays(studio: Studio) -> None:
    recipe = Recipe("front.mp4", options=X264, sound="aac", muxing={"movflags": "+faststart"})
    with VideoFile(truncated(studio.video(recipe), 0.6)) as video:
        found = [number_of(frame.image) for frame in video]
    assert found[:5] == list(range(5))
    assert len(found) < 48
    (warning,) = video.warnings
    assert f"ends early: {len(found)} of 48 frames" in warning


def test_an_mp4_without_its_index_cannot_be_opened(studio: Studio) -> None:
    with pytest.raises(SourceError, match="moov"), VideoFile(truncated(studio.video(MP4))):
        pass


@pytest.mark.parametrize(
    "recipe",
    [recipe for recipe in EVERY if recipe is not LATE],  # so small that the index is in the middle
    ids=lambda recipe: recipe.name,
)
def test_damage_in_the_middle_never_stops_the_player(recipe: Recipe, studio: Studio) -> None:
    with VideoFile(damaged(studio.video(recipe))) as video:
        found = list(video)
    assert len(found) > 30
    assert len(video.warnings) <= 1


def test_starting_after_the_end_is_an_error(studio: Studio) -> None:
    with (
        pytest.raises(SourceError, match=r"is 2\.002 s long, but the start is at 5 s"),
        VideoFile(studio.video(MP4), start_s=5),
    ):
        pass


def test_starting_after_the_cut_of_a_truncated_file_is_an_error(studio: Studio) -> None:
    path = truncated(studio.video(MKV))
    with (
        pytest.raises(SourceError, match=r"no frame starts at 1\.6 s or later"),
        VideoFile(path, start_s=1.6) as video,
    ):
        list(video)


def test_a_range_without_a_frame_tells_where_one_starts(tmp_path: Path) -> None:
    path = tmp_path / "slides.mkv"
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream("libx264", rate=1, options={"g": "2"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        for number in range(4):
            picture = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 60 * number, np.uint8), format="bgr24")
            picture.pts, picture.time_base = 10 * number, Fraction(1)
            out.mux(video.encode(picture))
        out.mux(video.encode())
    for options, words in (
        (
            {"start_s": 12.5, "duration_s": 4},
            r"no frame starts between 12\.5 s and 16\.5 s; start at 10 s or earlier",
        ),
        ({"start_s": 30.5}, r"no frame starts at 30\.5 s or later; start at 30 s or earlier"),
    ):
        with pytest.raises(SourceError, match=words), VideoFile(path, **options) as source:
            list(source)


def test_a_remote_file_is_read(studio: Studio) -> None:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    path = studio.video(TS)
    handler = functools.partial(Quiet, directory=str(path.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            address = f"http://127.0.0.1:{server.server_port}/{path.name}"
            with VideoFile(address) as video:
                assert video.info.path is None
                assert video.info.name == address
                assert [number_of(frame.image) for frame in video] == list(range(48))
        finally:
            server.shutdown()
            thread.join()


def test_a_stalled_address_is_an_error(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "PATIENCE_S", 0.5)
    content = studio.video(TS).read_bytes()
    over = threading.Event()

    class Stalling(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            over.wait(20)

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stalling) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            address = f"http://127.0.0.1:{server.server_port}/a.ts"
            with pytest.raises(SourceError, match="has sent nothing for"), VideoFile(address) as video:
                list(video)
        finally:
            over.set()
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("number", [0, 1, 2048, 4095, 1234])
def test_numbers_can_be_read_back(number: int) -> None:
    assert number_of(numbered(number)) == number


stamps = st.lists(st.one_of(st.none(), st.integers(-(10**7), 10**7)), max_size=50)


@given(stamps, st.integers(-(10**6), 10**6))
def test_picture_times_always_rise(ticks: list[int | None], origin: int) -> None:
    clock = PictureClock(Fraction(1, 90_000), FILM, origin=Fraction(origin, 90_000))
    times = [clock.time(stamp) for stamp in ticks]
    assert all(one < other for one, other in itertools.pairwise(times))
    assert all((time * 90_000).denominator == 1 for time in times)


def test_a_picture_without_a_stamp_follows_the_one_before() -> None:
    clock = PictureClock(Fraction(1, 1000), Fraction(25), origin=Fraction(1, 100))
    times = [clock.time(stamp) for stamp in (10, 50, None, None, 120)]
    assert times == [Fraction(t, 1000) for t in (0, 40, 80, 120, 121)]


cuts = st.lists(st.integers(1, 9_999), min_size=1, max_size=4, unique=True)


@given(cuts, st.sampled_from([FILM, Fraction(25), Fraction(359, 12)]))
def test_adjacent_ranges_share_no_frame_and_lose_none(cuts_ms: list[int], rate: Fraction) -> None:
    borders = [0.0, *(cut / 1000 for cut in sorted(cuts_ms))]
    times = [number / rate for number in range(int(10 * rate))]
    ranges = [Range(one, other - one) for one, other in itertools.pairwise(borders)]
    ranges.append(Range(borders[-1], None))
    found = [
        [time for time in times if part.has_started(time) and not part.has_ended(time)] for part in ranges
    ]
    assert functools.reduce(operator.iadd, found, []) == times
    assert [part.frames(len(times), rate, constant=True) for part in ranges] == [len(part) for part in found]
