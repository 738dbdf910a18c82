"""Where frames come from: video files, pictures, cameras and streams; each is a `types.Source`."""

import os
from collections.abc import Callable
from pathlib import Path

from simpsons_play.sources.address import Address
from simpsons_play.sources.camera import Camera
from simpsons_play.sources.camera_names import camera_called, device_number
from simpsons_play.sources.file_name import CAMERA, STANDARD_INPUT, is_address, without_file_scheme
from simpsons_play.sources.pictures import PictureFolder, is_picture
from simpsons_play.sources.playlist import expand
from simpsons_play.sources.standard_input import PipedVideo, StandardInput, is_pipe
from simpsons_play.sources.video import VideoFile
from simpsons_play.types import Source

__all__ = ["Camera", "PictureFolder", "PipedVideo", "VideoFile", "expand", "open_source"]


def open_source(
    name: str,
    *,
    start_s: float = 0.0,
    duration_s: float | None = None,
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
        tell: told in one line of what happens to a stream, as it happens.

    Raises:
        SourceError: a camera is asked to start later than now.
        ValueError: a time is negative, or a length not positive.
    """
    name = without_file_scheme(name)
    if name.isascii() and name.isdigit():
        return Camera(int(name), start_s=start_s, duration_s=duration_s)
    if name.casefold().startswith(CAMERA):
        return Camera(camera_called(name[len(CAMERA) :]), start_s=start_s, duration_s=duration_s)
    if name == STANDARD_INPUT:
        return StandardInput(start_s=start_s, duration_s=duration_s)
    if is_address(name):
        return Address(name, start_s=start_s, duration_s=duration_s, tell=tell)
    if (number := device_number(name)) is not None:
        return Camera(number, start_s=start_s, duration_s=duration_s)
    if is_pipe(name):
        return PipedVideo(name, start_s=start_s, duration_s=duration_s)
    if os.path.isdir(name) or is_picture(Path(name)):
        return PictureFolder(name, start_s=start_s, duration_s=duration_s)
    return VideoFile(name, start_s=start_s, duration_s=duration_s)
