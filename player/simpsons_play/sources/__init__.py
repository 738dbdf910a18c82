"""Where frames come from: video files, pictures, cameras and streams; each is a `types.Source`."""

import glob
import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from simpsons_play.core.config import PlayRequest
from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Source
from simpsons_play.sources.animation import Animation, is_animated, needs_opencv
from simpsons_play.sources.camera import Camera
from simpsons_play.sources.camera_names import camera_called, device_number
from simpsons_play.sources.file_name import CAMERA, STANDARD_INPUT, is_address, without_file_scheme
from simpsons_play.sources.images import is_picture
from simpsons_play.sources.network import NetworkSource
from simpsons_play.sources.pictures import PictureFolder
from simpsons_play.sources.playlist import expand
from simpsons_play.sources.sequence import SEQUENCE_RATE, FrameSequence, is_sequence
from simpsons_play.sources.standard_input import PipedVideo, StandardInput, is_pipe
from simpsons_play.sources.video import VideoFile

__all__ = [
    "Camera",
    "FrameSequence",
    "PictureFolder",
    "PipedVideo",
    "VideoFile",
    "expand",
    "open_requested",
    "open_source",
]

_MOST_DIGITS = 9
"""Of the number of a camera."""


def open_source(
    name: str,
    *,
    start_s: float = 0.0,
    duration_s: float | None = None,
    fps: Fraction | None = None,
    deinterlace: bool = True,
    tell: Callable[[str], object] = lambda line: None,
) -> Source:
    """The source that a name stands for, not yet entered.

    Args:
        name: digits alone are a camera, and so is `camera:` with its number or a part of its name; `-` is
            standard input; what holds `://` is an address, a folder is all its pictures, a picture is itself,
            and all else is a video. `./7` is a file called `7`. Named pipes and devices are read once, and
            `/dev/video0` is that camera.
        start_s: first moment to give, in seconds from the start.
        duration_s: how much to give, in seconds; None for all.
        fps: pictures are the frames of a video at that rate: those of a folder, of a numbered sequence
            (`frames_%05d.png`, which else has 25) or of a pattern.
        deinterlace: whether pictures of a video that are flagged as interlaced are filtered.
        tell: told in one line of what happens to a stream, as it happens.

    Raises:
        SourceError: a camera is asked to start later than now, or what is no picture for a rate.
        ValueError: a time is negative, or a length not positive.
    """
    name = without_file_scheme(name)
    if fps is not None or is_sequence(name):
        return _sequence(name, fps, start_s=start_s, duration_s=duration_s)
    if name.isascii() and name.isdigit():
        if len(name) > _MOST_DIGITS:
            raise SourceError(f"no camera has a number of {len(name):,} digits")
        return Camera(int(name), start_s=start_s, duration_s=duration_s)
    if name.casefold().startswith(CAMERA):
        return Camera(camera_called(name[len(CAMERA) :]), start_s=start_s, duration_s=duration_s)
    if name == STANDARD_INPUT:
        return StandardInput(start_s=start_s, duration_s=duration_s, deinterlace=deinterlace)
    if is_address(name):
        return NetworkSource(name, start_s=start_s, duration_s=duration_s, deinterlace=deinterlace, tell=tell)
    if (number := device_number(name)) is not None:
        return Camera(number, start_s=start_s, duration_s=duration_s)
    if is_pipe(name):
        return PipedVideo(name, start_s=start_s, duration_s=duration_s, deinterlace=deinterlace)
    path = Path(name)
    if os.path.isfile(path) and is_animated(path):
        moving = Animation if needs_opencv(path) else VideoFile
        return moving(path, start_s=start_s, duration_s=duration_s)
    if os.path.isdir(path) or is_picture(path):
        return PictureFolder(path, start_s=start_s, duration_s=duration_s)
    return VideoFile(name, start_s=start_s, duration_s=duration_s, deinterlace=deinterlace)


def open_requested(request: PlayRequest, *, tell: Callable[[str], object] = lambda line: None) -> Source:
    """The source of a request, as it was asked for, not yet entered.

    Args:
        request: names the source, the part of it and how to decode it.
        tell: see `open_source`.

    Raises:
        SourceError: see `open_source`.
    """
    return open_source(
        request.source,
        start_s=request.start_s,
        duration_s=request.duration_s,
        fps=request.fps,
        deinterlace=request.deinterlaces,
        tell=tell,
    )


def _sequence(name: str, fps: Fraction | None, *, start_s: float, duration_s: float | None) -> FrameSequence:
    pattern = glob.has_magic(name) and not os.path.lexists(name)
    if not (os.path.isdir(name) or is_sequence(name) or pattern):
        raise SourceError(
            f"{name} has a rate of its own, if any; --fps is for a folder or sequence of pictures"
        )
    return FrameSequence(name, rate=fps or SEQUENCE_RATE, start_s=start_s, duration_s=duration_s)
