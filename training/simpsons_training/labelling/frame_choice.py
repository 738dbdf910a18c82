"""Chooses the frames of episodes to look at: at random times, each shot and picture only once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np

from simpsons_play.core.errors import SourceError
from simpsons_play.core.escaping import one_line
from simpsons_play.core.frames import ROUNDED_TIME_S, Frame, Image, SourceInfo
from simpsons_play.core.names import slug
from simpsons_play.inference.shot_boundaries import THUMBNAIL_PX, ShotBoundaryDetector
from simpsons_play.sources import open_source
from simpsons_training.duplicates import contrast_of, fingerprint
from simpsons_training.labelling.config import ChoiceConfig
from simpsons_training.labelling.frame_log import FrameLog, Moment

MIN_CONTRAST = 4.0
"""Frames with less contrast (`duplicates.contrast_of`) are empty: black, white or nearly so. None of 3,000
random pictures of the first public data set has less than 5, and none of 364 whole frames less than 10."""

_SPACING_S = 1.0
"""Mean time between neighbouring moments; each is at a random time in a stretch of this length."""

SHOT_S = 10.0
"""How far back the start of a shot is searched. Few shots are longer."""

_ROUGH_PX = 4 * THUMBNAIL_PX
"""Size at which frames are compared: conversion to the size of thumbnails would skip too many pixels."""

_EPISODE_S = 600.0
"""Videos that are shorter have neither opening titles nor end credits."""

_TITLES_S, _CREDITS_S = 90.0, 45.0
"""Length of the opening titles with the couch gag, and of the end credits, of most episodes."""

NOTHING_LEFT = "--skip-start and --skip-end leave nothing of the episodes; give less"


@dataclass(frozen=True, slots=True, eq=False)
class ChosenFrame:
    """A frame to look at.

    Attributes:
        image: (H, W, 3) uint8 BGR with square pixels.
        moment: Moment at which it was chosen, for `FrameLog.release`.
        time_s: Time at which the frame begins, in seconds from the start of the episode.
        scene: Name of its scene: frames of one shot share it, and so do similar frames of an episode.
    """

    image: Image = field(repr=False)
    moment: Moment
    time_s: float
    scene: str

    @property
    def episode(self) -> str:
        """Name of the episode: its folder and file name."""
        return self.moment.episode


class FrameChoice:
    """Frames of episodes in random order, the same with the same seed: an iterator.

    Left out are opening titles, end credits, frames without contrast, near duplicates of frames that were
    offered before, and moments that the log contains. Each frame is claimed in the log when it is returned.

    Args:
        episodes: Video files.
        log: The frames that were offered before.
        config: Which frames are offered.
        warn: Called with one line for each episode of which a part cannot be read.

    Raises:
        SourceError: A source cannot be opened, is not a video, or its length is unknown, or nothing is left
            of all of them without titles and credits.
    """

    def __init__(
        self,
        episodes: Sequence[str | os.PathLike[str]],
        log: FrameLog,
        *,
        config: ChoiceConfig | None = None,
        warn: Callable[[str], object] = lambda line: None,
    ) -> None:
        self._log, self._warn = log, warn
        self._paths = named_episodes(episodes)
        self._warned: set[str] = set()
        config = config or ChoiceConfig()
        moments = [
            keyed for name, path in self._paths.items() for keyed in moments_of(name, length_of(path), config)
        ]
        if not moments:
            raise SourceError(NOTHING_LEFT)
        self._moments = [moment for _, moment in sorted(moments, key=lambda keyed: keyed[0])]
        self._next = 0
        self._stopped = False

    def stop(self) -> None:
        """End the iteration before the next moment is read; may be called in another thread."""
        self._stopped = True

    @property
    def progress(self) -> tuple[int, int]:
        """How many of all moments have been considered, and how many there are."""
        return self._next, len(self._moments)

    def __iter__(self) -> Iterator[ChosenFrame]:
        return self

    def __next__(self) -> ChosenFrame:
        """Read and claim the next frame.

        Raises:
            DataError: The log cannot be read.
            SinkError: The log cannot be written.
        """
        while self._next < len(self._moments) and not self._stopped:
            moment = self._moments[self._next]
            self._next += 1
            if not self._log.has(moment) and (frame := self._claimed(moment)) is not None:
                return frame
        raise StopIteration

    def _claimed(self, moment: Moment) -> ChosenFrame | None:
        """The frame at a moment if it is to be offered."""
        try:
            image, time_s, shot_start_s = read_shot(self._paths[moment.episode], moment.time_s)
        except SourceError as error:  # damaged; another part may be readable
            if moment.episode not in self._warned:
                self._warned.add(moment.episode)
                self._warn(str(error))
            return None
        return claimed(image, moment, self._log, time_s=time_s, shot_start_s=shot_start_s)


def claimed(
    image: Image, moment: Moment, log: FrameLog, *, time_s: float, shot_start_s: float
) -> ChosenFrame | None:
    """Claim a frame in the log, unless it is empty or a near duplicate; both are noted.

    Args:
        image: (H, W, 3) uint8 BGR with square pixels.
        moment: Moment at which it was chosen.
        log: The frames that were offered before.
        time_s: Time of the frame, in seconds from the start of the episode.
        shot_start_s: Start of its shot, or an earlier time since which there is no cut.
    """
    looks = fingerprint(image)
    if contrast_of(looks) < MIN_CONTRAST:
        log.leave_out(moment)
        return None
    stem = slug(Path(moment.episode).with_suffix("").as_posix(), fallback="episode")
    new_scene = f"{stem}-{shot_start_s:08.3f}"
    scene = log.claim(moment, looks, shot_start_s=shot_start_s, new_scene=new_scene)
    return None if scene is None else ChosenFrame(image, moment, time_s, scene)


def episode_name(path: str | os.PathLike[str]) -> str:
    """Name of an episode in tables: its file name and folder, as many seasons have a `01.mkv`.

    Example:
        >>> episode_name("/videos/Season 2/01.mkv")
        'Season 2/01.mkv'
    """
    return one_line("/".join(Path(path).resolve().parts[-2:]).removeprefix(os.sep))


def named_episodes(episodes: Sequence[str | os.PathLike[str]]) -> dict[str, str]:
    """The path of each episode by its name; by its whole path if another one has the name."""
    named: dict[str, str] = {}
    for path in (os.fspath(episode) for episode in episodes):
        name = episode_name(path)
        if os.path.realpath(named.get(name, path)) != os.path.realpath(path):
            name = one_line(os.path.realpath(path))
        named[name] = path
    return named


def read_shot(path: str, time_s: float) -> tuple[Image, float, float]:
    """Read the frame on screen at a time, and find the start of its shot.

    Args:
        path: Video file.
        time_s: In seconds from its start.

    Returns:
        The frame, (H, W, 3) uint8 BGR with square pixels, its time, and the start of its shot, in seconds; if
        there is no cut in the ten seconds before, that is the start of these.

    Raises:
        SourceError: It cannot be read.
    """
    start_s = max(0.0, time_s - SHOT_S)
    source = open_source(path, start_s=start_s, duration_s=time_s - start_s + _SPACING_S)
    source.defer_images()  # only the last is needed in full
    cuts = ShotBoundaryDetector()
    shown: Frame | None = None
    shot_start_s = start_s
    with source:
        for frame in source:
            if shown is not None and frame.time_s > time_s + ROUNDED_TIME_S:
                break
            if cuts.update(cut_thumbnail(frame)) and shown is not None:
                shot_start_s = frame.time_s
            shown = frame
        if shown is None:
            raise SourceError(f"{path} has no frame at {time_s:.1f} s")
        return with_square_pixels(shown.image, source.info), shown.time_s, min(shot_start_s, shown.time_s)


def cut_thumbnail(frame: Frame) -> Image:
    """The thumbnail of a frame for `ShotBoundaryDetector`."""
    size = (_ROUGH_PX, _ROUGH_PX)
    small = frame.rough(*size)
    if small is None:
        small = np.asarray(cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return small[None]


def with_square_pixels(image: Image, info: SourceInfo) -> Image:
    """The picture of a frame as it is shown: (H, W, 3) -> (H, W', 3) uint8 BGR."""
    if info.pixel_aspect == 1:
        return image
    height, width = image.shape[:2]
    size = (max(1, round(width * info.pixel_aspect)), height)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def length_of(path: str) -> float:
    """Length of a video file, in seconds.

    Raises:
        SourceError: It cannot be opened, is not a video, or its length is unknown.
    """
    source = open_source(path)
    if not source.opens_quickly:
        raise SourceError(f"{path} is not a video file; copy it to a file first")
    with source:
        info = source.info
    if info.stills or not info.can_seek or info.duration_s is None:
        raise SourceError(f"{path} is not a video of known length; give video files")
    return info.duration_s


def moments_of(episode: str, length_s: float, config: ChoiceConfig) -> Iterator[tuple[float, Moment]]:
    """The moments of an episode, each with a random key to sort by."""
    is_long = length_s >= _EPISODE_S
    skip_start_s = config.skip_start_s if config.skip_start_s is not None else _TITLES_S * is_long
    skip_end_s = config.skip_end_s if config.skip_end_s is not None else _CREDITS_S * is_long
    # Its own seed, so that other episodes do not change its times.
    seed = int.from_bytes(sha256(episode.encode("utf-8", "replace")).digest()[:8])
    random = np.random.default_rng([config.seed, seed])
    shown_s = length_s - skip_start_s - skip_end_s
    spacing_s = min(_SPACING_S, shown_s)  # some moment of the shortest video
    for number in range(int(np.ceil(max(0.0, shown_s) / _SPACING_S))):
        key, offset = random.random(2)
        time_s = skip_start_s + (number + offset) * spacing_s
        if time_s < length_s - skip_end_s:
            yield float(key), Moment(episode, round(float(time_s), 3))
