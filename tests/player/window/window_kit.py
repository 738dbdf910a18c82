"""Shared by the tests of the window: a clip whose frames show their numbers, and fakes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import av
import cv2
import numpy as np
import pytest

from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Frame, Image, Source, SourceInfo
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import FrameResult
from simpsons_play.core.timing import StageTimes
from simpsons_play.sources import VideoFile
from simpsons_play.timelines.timeline import Timeline
from simpsons_play.window import NetworkInfo, Player
from simpsons_play.window.playback.multimedia import why_no_multimedia

RATE = Fraction(24000, 1001)
BITS = 8
COLOURS = ((40, 40, 200), (40, 180, 40), (200, 60, 40), (40, 180, 220))
NO_MULTIMEDIA = why_no_multimedia()
needs_multimedia = pytest.mark.skipif(NO_MULTIMEDIA is not None, reason=f"no QtMultimedia: {NO_MULTIMEDIA}")


def numbered(number: int, *, width: int = 320, height: int = 240) -> Image:
    """(H, W, 3) uint8 BGR: a colour on top; below, the number as light and dark blocks, lowest bit left."""
    image = np.empty((height, width, 3), np.uint8)
    image[: height // 2] = COLOURS[number % len(COLOURS)]
    for bit in range(BITS):
        image[height // 2 :, bit * width // BITS : (bit + 1) * width // BITS] = (
            220 if number >> bit & 1 else 30
        )
    return image


def number_of(image: Image) -> int:
    """The number on an image made by `numbered`."""
    height, width = image.shape[:2]
    row = image[height * 3 // 4, :, 1]
    return sum(int(row[int((bit + 0.5) * width / BITS)] > 125) << bit for bit in range(BITS))


def make_clip(
    path: Path,
    *,
    frames: int = 48,
    sound: bool = True,
    pixel_aspect: Fraction = Fraction(1),
    codec: str = "mpeg4",
    rate: Fraction = RATE,
    options: dict[str, str] | None = None,
) -> Path:
    """Write a clip of numbered frames with a sine tone."""
    with av.open(path, "w", options=options or {}) as container:
        video: Any = container.add_stream(codec, rate=rate, options={"g": "12"})
        video.width, video.height, video.pix_fmt, video.bit_rate = 320, 240, "yuv420p", 2_000_000
        video.codec_context.time_base = 1 / rate
        video.sample_aspect_ratio = pixel_aspect
        audio: Any = container.add_stream("aac", rate=44100, layout="mono") if sound else None
        for number in range(frames):
            picture = av.VideoFrame.from_ndarray(numbered(number), "bgr24")
            picture.pts, picture.time_base = number, 1 / rate
            container.mux(video.encode(picture))
        container.mux(video.encode())
        if audio is not None:
            times = np.arange(int(44100 * frames / rate)) / 44100
            sine = (0.1 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)
            for start in range(0, len(sine) - 1023, 1024):
                block = av.AudioFrame.from_ndarray(sine[None, start : start + 1024], "fltp", layout="mono")
                block.sample_rate, block.pts, block.time_base = 44100, start, Fraction(1, 44100)
                container.mux(audio.encode(block))
            container.mux(audio.encode())
    return path


def info_of(path: Path) -> SourceInfo:
    with VideoFile(path) as source:
        return source.info


class Opener:
    """`OpenFrames` for a file; records the start times."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.starts: list[float] = []

    def __call__(self, start_s: float = 0.0) -> Source:
        self.starts.append(start_s)
        return VideoFile(self.path, start_s=start_s)


class Wall:
    """A monotonic clock that the test advances."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class FakeSpeaker:
    """A sound device that plays in step with a clock; records what is written, and can stall.

    Attributes:
        written: All samples since the last reset, (N, 2) int16.
        stalled: Whether it accepts samples without playing them.
        failed: Whether the device is lost.
        polls: How often `samples_played` was called.
    """

    def __init__(
        self, *, rate: int = 48_000, buffer_s: float = 0.1, wall: Callable[[], float] = time.monotonic
    ) -> None:
        self.rate, self._buffer, self._wall = rate, round(buffer_s * rate), wall
        self.stalled = self.failed = self.closed = False
        self.volume = (1.0, False)
        self.resets = self.polls = 0
        self._blocks: list[bytes] = []
        self._written_count, self._heard = 0, 0.0
        self._since_s: float | None = None

    @property
    def written(self) -> np.ndarray:
        return np.frombuffer(b"".join(self._blocks), np.int16).reshape(-1, 2)

    def start(self) -> None:
        if self._since_s is None:
            self._since_s = self._wall()

    def suspend(self) -> None:
        self._advance()
        self._since_s = None

    def reset(self) -> None:
        self._blocks, self._written_count, self._heard, self._since_s = [], 0, 0.0, None
        self.resets += 1

    def free_samples(self) -> int:
        self._advance()
        return max(0, self._buffer - (self._written_count - int(self._heard)))

    def write(self, data: bytes) -> int:
        self._blocks.append(data)
        self._written_count += len(data) // 4
        return len(data) // 4

    def samples_played(self) -> int:
        self._advance()
        self.polls += 1
        return int(self._heard)

    def set_volume(self, volume: float, *, muted: bool) -> None:
        self.volume = (volume, muted)

    def close(self) -> None:
        self.closed = True

    def _advance(self) -> None:
        now_s = self._wall()
        if self._since_s is not None:
            passed = 0.0 if self.stalled else (now_s - self._since_s) * self.rate
            self._heard, self._since_s = min(self._heard + passed, self._written_count), now_s


class ListSource:
    """A source of given frames; exceptions among them are raised."""

    def __init__(
        self, frames: Sequence[Frame | Exception], *, rate: Fraction = RATE, live: bool = False
    ) -> None:
        self._frames = frames
        self.warnings: list[str] = []
        self.info = SourceInfo(
            name="listed",
            width=320,
            height=240,
            rate=rate,
            time_base=1 / rate,
            duration_s=None if live else float(len(frames) / rate),
            live=live,
        )

    opens_quickly = True

    def defer_images(self) -> None:
        pass

    def interrupt(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __iter__(self) -> Iterator[Frame]:
        for frame in self._frames:
            if isinstance(frame, Exception):
                raise frame
            yield frame


def numbered_frames(count: int, *, rate: Fraction = RATE) -> list[Frame]:
    return [Frame(image=numbered(number), index=number, time=number / rate) for number in range(count)]


SQUARE = 40


def draw_square(image: Image, result: FrameResult) -> Image:
    """Paint the top left corner magenta, on a copy."""
    drawn = image.copy()
    cv2.rectangle(drawn, (0, 0), (SQUARE - 1, SQUARE - 1), (255, 0, 255), -1)
    return drawn


class FakeAnalysis:
    """An analysis that has each result immediately."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.resets = 0
        self.result: FrameResult | None = None
        self.error: Exception | None = None
        self.known: Timeline | None = None
        self.heads: dict[str, tuple[float, Box]] = {}
        self.threshold = 0.7
        self.dropped = 0

    def submit(self, frame: Frame) -> None:
        self.frames.append(frame)
        self.result = FrameResult(frame.index, frame.time_s, False, (), ())

    def latest(self) -> FrameResult | None:
        if self.error is not None:
            raise self.error
        return self.result

    def set_threshold(self, threshold: float) -> None:
        self.threshold = threshold

    def timeline(self) -> Timeline | None:
        return self.known

    def best_head(self, label: str) -> tuple[float, Box] | None:
        return self.heads.get(label)

    def reset(self) -> None:
        self.resets += 1
        self.result = None


class FakePlayQueue:
    """A queue of one source; records the sources to play instead, or rejects them.

    Args:
        broken: Message with which to reject them.
    """

    place = (0, 1)
    has_next = False

    def __init__(self, *, broken: str = "") -> None:
        self.requested: list[tuple[str, ...]] = []
        self._broken = broken

    def step(self, step: int) -> list[str]:
        raise SourceError(f"This is the {'last' if step > 0 else 'first'} file.")

    def play_instead(self, names: Sequence[str], *, typed: bool = False) -> list[str]:
        if self._broken:
            raise SourceError(self._broken)
        self.requested.append(tuple(names))
        return []


NETWORK = NetworkInfo((), "one processor", "no other")


def run_window(*, network: NetworkInfo = NETWORK, corrections: Path = Path("x"), **source: Any) -> bool:
    """Play one source in a window of its own; see `Player.play`."""
    defaults = {"media": None, "info": None, "times": StageTimes(), "network": network, "draw": draw_square}
    with Player(corrections=corrections, play_queue=FakePlayQueue()) as player:
        return player.play(**(defaults | source))


@pytest.fixture(name="clip", scope="module")
def clip_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of numbered frames with sound."""
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4")


@pytest.fixture(name="wall")
def wall_fixture() -> Wall:
    return Wall()
