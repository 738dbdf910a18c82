"""The protocol suite: what every source must do."""

import os
from collections.abc import Callable
from itertools import count, pairwise
from pathlib import Path

import numpy as np
import pytest

from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Frame, Source
from simpsons_play.sources import Camera, PictureFolder, VideoFile, open_source
from simpsons_play.sources.standard_input import StandardInput
from tests.media import EVERY, MKV, SIZE, FakeCapture, Studio, make_pictures, make_sound, number_of

Make = Callable[[], Source]
PICTURES = [f"pic_{number}.png" for number in range(5)]


def steps(step_ns: int) -> Callable[[], int]:
    ticks = count(0, step_ns)
    return lambda: next(ticks)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("studio"))


@pytest.fixture(params=[*(recipe.name for recipe in EVERY), "folder", "picture", "camera", "pipe"])
def make(request: pytest.FixtureRequest, studio: Studio, tmp_path: Path) -> Make:
    """A factory for the same source."""
    kind = request.param
    if kind == "camera":
        return lambda: Camera(0, capture=lambda _: FakeCapture(), clock=steps(33_333_333))
    if kind == "folder":
        make_pictures(tmp_path, PICTURES)
        return lambda: PictureFolder(tmp_path)
    if kind == "picture":
        only = make_pictures(tmp_path, PICTURES[:1])[0]
        return lambda: PictureFolder(only)
    if kind == "pipe":

        def piped() -> Source:
            file = os.open(studio.video(MKV), os.O_RDONLY)
            request.addfinalizer(lambda: os.close(file))
            return StandardInput(descriptor=file)

        return piped
    recipe = next(recipe for recipe in EVERY if recipe.name == kind)
    return lambda: VideoFile(studio.video(recipe))


def read(source: Source) -> list[Frame]:
    with source:
        return list(source)


def test_frames_match_the_info(make: Make) -> None:
    with make() as source:
        info = source.info
        frames = list(source)
    assert (info.width, info.height) == SIZE
    assert info.name
    assert info.rate > 0
    assert info.frames is None or info.frames in (len(frames), len(frames) + 1)
    assert info.pixel_aspect == 1
    if info.duration_s is not None:
        assert info.duration_s == pytest.approx(frames[-1].time_s + 1 / info.rate, abs=float(2 / info.rate))
    assert info.live == (info.duration_s is None)


def test_images_are_upright_bgr_and_in_order(make: Make) -> None:
    frames = read(make())
    assert [number_of(frame.image) for frame in frames] == list(range(len(frames)))
    for frame in frames:
        assert frame.image.shape == (SIZE[1], SIZE[0], 3)
        assert frame.image.dtype == np.uint8
        assert frame.image.flags.c_contiguous


def test_frames_do_not_share_images(make: Make) -> None:
    frames = read(make())
    for one, other in pairwise(frames):
        assert not np.shares_memory(one.image, other.image)


def test_times_rise_in_whole_ticks(make: Make) -> None:
    with make() as source:
        frames = list(source)
        base = source.info.time_base
    assert 0 <= frames[0].time < 0.03  # sound may start before the first frame
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert all(one.time < other.time for one, other in pairwise(frames))
    assert all(((frame.time - frames[0].time) / base).denominator == 1 for frame in frames)


def test_a_complete_source_has_no_warnings(make: Make) -> None:
    source = make()
    read(source)
    # A camera that ends was unplugged; all other sources just end.
    assert len(source.warnings) == source.info.live


def test_it_can_be_closed_early_and_twice(make: Make) -> None:
    with make() as source:
        next(iter(source))
    source.__exit__(None, None, None)


def test_it_must_be_entered_first(make: Make) -> None:
    with pytest.raises(RuntimeError, match="enter"):
        _ = make().info


@pytest.mark.parametrize("name", ["video.avi", "pictures", "one.jpg", "no_ending"])
def test_the_name_decides_what_is_opened(name: str, tmp_path: Path) -> None:
    if name == "pictures":
        make_pictures(tmp_path / name, PICTURES)
    elif name == "one.jpg":
        make_pictures(tmp_path, [name])
    elif name == "no_ending":
        make_pictures(tmp_path, ["one.png"])[0].rename(tmp_path / name)
    kind = VideoFile if name == "video.avi" else PictureFolder
    assert isinstance(open_source(str(tmp_path / name)), kind)


def test_a_path_is_opened_like_its_name(tmp_path: Path) -> None:
    with open_source(make_pictures(tmp_path, ["one.png"])[0]) as source:
        assert source.info.name == str(tmp_path / "one.png")


def test_an_empty_name_is_refused() -> None:
    with pytest.raises(SourceError, match="name is empty"):
        open_source("")


def test_a_rate_must_be_positive(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="fps is 0, but must be more than 0"):
        open_source(tmp_path, fps=0)


def test_a_frame_shows_itself_without_its_pixels(make: Make) -> None:
    (frame, *_) = read(make())
    assert repr(frame).startswith(f"{type(frame).__name__}(index=0, time=Fraction(")


def test_digits_mean_a_camera() -> None:
    assert isinstance(open_source("0"), Camera)


def nothing(folder: Path) -> Path:
    return folder / "nothing.mp4"


def empty(folder: Path) -> Path:
    (folder / "empty.mp4").touch()
    return folder / "empty.mp4"


def text(folder: Path) -> Path:
    (folder / "text.avi").write_text("This is not a video.\n" * 50)
    return folder / "text.avi"


def sound(folder: Path) -> Path:
    return make_sound(folder / "sound.mp3")


def no_pictures(folder: Path) -> Path:
    (folder / "empty").mkdir()
    (folder / "empty" / "notes.txt").write_text("nothing")
    return folder / "empty"


def no_picture(folder: Path) -> Path:
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    return folder / "broken.png"


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (nothing, "no such file"),
        (empty, "empty"),
        (text, "it is a text file, not a video"),
        (sound, "contains sound but no video"),
        (no_pictures, "contains no pictures"),
        (no_picture, "cannot be read: it is damaged"),
        (lambda _: 9999, "camera 9999"),
    ],
)
def test_errors_are_one_line(
    what: Callable[[Path], Path | int], why: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    name = str(what(tmp_path))
    with pytest.raises(SourceError, match=why) as caught, open_source(name):
        pass
    message = str(caught.value)
    assert name in message
    assert "\n" not in message
    assert capfd.readouterr() == ("", "")  # libraries print nothing


@pytest.mark.parametrize(("start_s", "duration_s"), [(-1.0, None), (0.0, 0.0), (float("nan"), None)])
def test_invalid_times_are_refused(start_s: float, duration_s: float | None) -> None:
    with pytest.raises(ValueError, match=r"start_s|duration_s"):
        open_source("x.mp4", start_s=start_s, duration_s=duration_s)
