from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Frame, Source
from simpsons_play.sources import PictureFolder, VideoFile
from simpsons_play.window.playback.seek import open_at
from tests.media import Recipe, make_pictures, make_video, number_of
from tests.player.window.window_kit import ListSource, numbered, numbered_frames

Open = Callable[[float], Source]


@pytest.fixture(params=["pictures", "video"])
def five_seconds(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens five frames of one second each."""
    if request.param == "pictures":
        make_pictures(tmp_path, [f"{number}.png" for number in range(5)])
        return lambda start_s: PictureFolder(tmp_path, start_s=start_s)
    path = make_video(tmp_path, Recipe("slow.mp4", frames=5, rate=Fraction(1)))
    return lambda start_s: VideoFile(path, start_s=start_s)


class Opener:
    """Opens frames with given times, at or after the start time; records the start times."""

    def __init__(self, times: Sequence[float], *, rate: Fraction) -> None:
        self._frames = [Frame(numbered(number), number, Fraction(time)) for number, time in enumerate(times)]
        self._rate = rate
        self.starts: list[float] = []

    def __call__(self, start_s: float = 0.0) -> ListSource:
        self.starts.append(start_s)
        frames = [frame for frame in self._frames if frame.time_s >= start_s]
        return ListSource(frames or [SourceError(f"nothing from {start_s:g} s on")], rate=self._rate)


def indices(open_frames: Open, time_s: float, frame_s: float = 1.0) -> list[int]:
    with open_at(open_frames, time_s, frame_s=frame_s, cancelled=lambda: False) as opened:
        return [frame.index for frame in opened.frames]


@pytest.mark.parametrize(
    ("time_s", "numbers"),
    [
        (0.0, [0, 1, 2, 3, 4]),
        (0.99, [0, 1, 2, 3, 4]),
        (2.0, [2, 3, 4]),
        (2.3, [2, 3, 4]),
        (3.9995, [4]),  # as rounded by a container with millisecond timestamps
        (4.3, [4]),
        (4.75, [4]),
        (5.0, [4]),
        (6.5, [4]),
    ],
)
def test_begins_with_the_frame_on_screen(five_seconds: Open, time_s: float, numbers: list[int]) -> None:
    with open_at(five_seconds, time_s, frame_s=1.0, cancelled=lambda: False) as opened:
        frames = list(opened.frames)
        assert opened.source.info.duration_s == pytest.approx(5 - opened.start_s)
    assert [number_of(frame.image) for frame in frames] == numbers


def test_a_long_frame_is_found() -> None:
    times = [*(number / 24 for number in range(24)), 40.0, 40.5]
    opener = Opener(times, rate=Fraction(24))
    assert indices(opener, 7.0, 1 / 24) == [23, 24, 25]
    assert opener.starts == pytest.approx([7 - 2 / 24, 0.0])
    assert indices(opener, 39.0, 1 / 24) == [23, 24, 25]


def test_starts_with_the_next_frame_if_the_current_one_is_too_far_back() -> None:
    opener = Opener([0.0, 100.0, 101.0], rate=Fraction(24))
    assert indices(opener, 90.0, 1 / 24) == [1, 2]
    assert opener.starts == pytest.approx([90 - 2 / 24, 80.0, 30.0])


def test_gives_the_last_frame_if_the_file_ends_early() -> None:
    assert indices(Opener([0.0, 0.5, 1.0, 1.5], rate=Fraction(2)), 9.0, 0.5) == [3]


def test_raises_if_nothing_can_be_read() -> None:
    opener = Opener([0.0], rate=Fraction(2))
    with pytest.raises(SourceError, match="nothing from 840 s on"):
        indices(opener, 900.0, 0.5)
    assert opener.starts == [899.0, 890.0, 840.0]


def test_an_error_later_on_does_not_open_the_source_again() -> None:
    opened: list[float] = []

    def open_frames(start_s: float) -> Source:
        opened.append(start_s)
        return ListSource([*numbered_frames(30), SourceError("gone")])

    with pytest.raises(SourceError, match="gone"):
        indices(open_frames, 0.5, 1 / 24)
    assert len(opened) == 1


def test_a_live_source_gives_its_first_frame_immediately() -> None:
    class Camera(ListSource):
        def __iter__(self) -> Iterator[Frame]:
            yield numbered_frames(1)[0]
            raise AssertionError("no second frame may be read")

    with open_at(lambda start_s: Camera([], live=True), 0.0, frame_s=1.0, cancelled=lambda: False) as opened:
        assert next(opened.frames).index == 0


def test_stops_when_cancelled() -> None:
    opener = Opener([0.0, 100.0, 101.0], rate=Fraction(1))
    with open_at(opener, 90.0, frame_s=1.0, cancelled=lambda: True) as opened:
        assert list(opened.frames) == []
    with pytest.raises(SourceError), open_at(opener, 900.0, frame_s=1.0, cancelled=lambda: True):
        pass
    assert opener.starts == [88.0, 898.0]
