"""Where frames come from: video files, pictures, cameras and streams; each is a `core.frames.Source`.

A new kind of source is one module and one entry in `_KINDS`.
"""

import glob
import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from os import PathLike
from pathlib import Path

from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Source
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.sources.animation import Animation, is_animated, needs_opencv
from simpsons_play.sources.camera import Camera
from simpsons_play.sources.camera_names import camera_number, is_camera_name
from simpsons_play.sources.file_name import STANDARD_INPUT, is_address, without_file_scheme
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
    "reads_device",
]


@dataclass(frozen=True, slots=True)
class _Options:
    """The arguments of `open_source` after the name."""

    start_s: float
    duration_s: float | None
    fps: Fraction | None
    deinterlace: bool
    tell: Callable[[str], object]


def _camera(name: str, options: _Options) -> Source:
    return Camera(camera_number(name), start_s=options.start_s, duration_s=options.duration_s)


def _standard_input(name: str, options: _Options) -> Source:
    return StandardInput(
        start_s=options.start_s, duration_s=options.duration_s, deinterlace=options.deinterlace
    )


def _address(name: str, options: _Options) -> Source:
    return NetworkSource(
        name,
        start_s=options.start_s,
        duration_s=options.duration_s,
        deinterlace=options.deinterlace,
        tell=options.tell,
    )


def _pipe(name: str, options: _Options) -> Source:
    return PipedVideo(
        name, start_s=options.start_s, duration_s=options.duration_s, deinterlace=options.deinterlace
    )


def _sequence(name: str, options: _Options) -> Source:
    return FrameSequence(
        name, rate=options.fps or SEQUENCE_RATE, start_s=options.start_s, duration_s=options.duration_s
    )


def _animation(name: str, options: _Options) -> Source:
    return Animation(name, start_s=options.start_s, duration_s=options.duration_s)


def _pictures(name: str, options: _Options) -> Source:
    return PictureFolder(name, start_s=options.start_s, duration_s=options.duration_s)


def _video(name: str, options: _Options) -> Source:
    return VideoFile(
        name, start_s=options.start_s, duration_s=options.duration_s, deinterlace=options.deinterlace
    )


def _is_standard_input(name: str) -> bool:
    return name == STANDARD_INPUT


def _is_animation(name: str) -> bool:
    return os.path.isfile(name) and needs_opencv(Path(name))


def _is_still(name: str) -> bool:
    return os.path.isdir(name) or (is_picture(Path(name)) and not is_animated(Path(name)))


_KINDS: tuple[tuple[Callable[[str], bool], Callable[[str, _Options], Source]], ...] = (
    (is_sequence, _sequence),
    (is_camera_name, _camera),
    (_is_standard_input, _standard_input),
    (is_address, _address),
    (is_pipe, _pipe),
    (_is_animation, _animation),
    (_is_still, _pictures),
)
"""Which names mean which kind of source, in the order they are tried. Any other name is a video file."""


def open_source(
    name: str | PathLike[str],
    *,
    start_s: float = 0.0,
    duration_s: float | None = None,
    fps: Fraction | int | None = None,
    deinterlace: bool = True,
    tell: Callable[[str], object] = lambda line: None,
) -> Source:
    """The source that a name means, not yet entered.

    Args:
        name: digits mean a camera, and so does `camera:` with its number or a part of its name; `-` means
            standard input; a name with `://` is an address, a folder all its pictures, a picture itself, and
            any other name a video. `./7` is a file called `7`. Named pipes and devices are read once;
            `/dev/video0` is that camera.
        start_s: first time wanted, in seconds from the start.
        duration_s: length wanted, in seconds; None for the rest.
        fps: pictures are the frames of a video at this rate: those of a folder, of a numbered sequence
            (`frames_%05d.png`, 25 by default) or of a pattern.
        deinterlace: deinterlace frames that are flagged as interlaced.
        tell: called with one line when something happens to a stream.

    Raises:
        SourceError: the name is empty, no camera matches it, a live source has a later start, or `fps` is
            given for a source that is not a folder or sequence of pictures.
        ValueError: a time is negative, or a length or `fps` not positive.

    Example:
        >>> from simpsons_play import sample_clip
        >>> with open_source(sample_clip(), duration_s=0.1) as source:
        ...     [frame.index for frame in source]
        [0, 1, 2]
    """
    name = without_file_scheme(os.fspath(name))
    if not name:
        raise SourceError("a source name is empty; give . for the current folder")
    rate = None if fps is None else Fraction(fps)
    if rate is not None and rate <= 0:
        raise ValueError(f"fps is {fps}, but must be more than 0")
    options = _Options(start_s, duration_s, rate, deinterlace, tell)
    if rate is not None:
        _check_has_no_rate(name)
        return _sequence(name, options)
    open_kind = next((open_kind for matches, open_kind in _KINDS if matches(name)), _video)
    return open_kind(name, options)


def open_requested(request: PlayRequest, *, tell: Callable[[str], object] = lambda line: None) -> Source:
    """The source of a request, not yet entered; its images are converted on demand, if it supports that.

    Args:
        request: the name of the source, the part to read and how to decode it.
        tell: see `open_source`.

    Raises:
        SourceError: see `open_source`.
    """
    source = open_source(
        request.source,
        start_s=request.start_s,
        duration_s=request.duration_s,
        fps=request.fps,
        deinterlace=request.deinterlaces,
        tell=tell,
    )
    source.defer_images()  # the model gets small pictures, and many images are never needed
    return source


def reads_device(name: str) -> bool:
    """Whether a name means a camera, standard input or a pipe, which only one process can read."""
    return is_camera_name(name) or _is_standard_input(name) or is_pipe(name)


def _check_has_no_rate(name: str) -> None:
    """Raise SourceError unless a name means a folder, sequence or pattern of pictures."""
    is_pattern = glob.has_magic(name) and not os.path.lexists(name)
    if not (os.path.isdir(name) or is_sequence(name) or is_pattern):
        raise SourceError(f"--fps is only for a folder or sequence of pictures, not for {name}")
