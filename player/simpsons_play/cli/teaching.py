"""Looks for heads in the pictures and videos that a character is taught from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simpsons_play.cast.members import Example
from simpsons_play.cli.lessons import Look, Place
from simpsons_play.core.config import TrackingConfig
from simpsons_play.core.errors import SourceError
from simpsons_play.core.escaping import masked
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.frames import Image
from simpsons_play.core.results import Detections
from simpsons_play.core.timefmt import format_time
from simpsons_play.inference.embedder import Embedder
from simpsons_play.inference.head_crops import example_picture
from simpsons_play.inference.model import Detector
from simpsons_play.sources.images import is_picture, read_image
from simpsons_play.sources.pictures import pictures_in
from simpsons_play.sources.video import VideoFile

CLEAR_SCORE = 0.5
"""Score of a head that counts as one in a picture with several; hands and clocks rarely reach it."""


def places_of(names: Sequence[Path], times_s: Sequence[float], *, who: str) -> list[Place]:
    """The pictures that the user named: files, those in folders, and moments of videos.

    Args:
        names: pictures, folders of pictures, and videos.
        times_s: the moments of each video, in seconds.
        who: the name that was given before them.

    Raises:
        SourceError: a name does not exist, a folder has no pictures, or moments are given without videos or
            videos without moments.
    """
    places, has_video = list[Place](), False
    for path in dict.fromkeys(names):
        if path.is_dir():
            places += map(Place, pictures_in(path))
        elif not path.exists():
            raise SourceError(f"{path}: no such file or folder; {_remedy(path, names, who)}")
        elif is_picture(path):
            places.append(Place(path))
        elif times_s:
            has_video = True
            places += [Place(path, time_s) for time_s in times_s]
        else:
            raise SourceError(f"{path} is not a picture; if it is a video, say where with --at 1:23")
    if times_s and not has_video:
        raise SourceError("--at is a time in a video, and none is given")
    return places


def _remedy(missing: Path, names: Sequence[Path], who: str) -> str:
    """What to do about a picture that does not exist: it may be the name, or a word of it."""
    if Path(who).exists():
        return f'the name comes first: simpsons teach "{missing}" {who}'
    if missing == names[0] and missing.name == str(missing) and not missing.suffix:
        return f'check the spelling, or quote a name of several words: "{who} {missing}"'
    return "check the spelling"


class Teacher:
    """Finds heads in pictures and makes examples of them.

    Args:
        detector: finds the heads.
        embedder: makes their embeddings.

    Attributes:
        detector: as above.
        embedder: as above.
    """

    def __init__(self, detector: Detector, embedder: Embedder) -> None:
        self.detector, self.embedder = detector, embedder

    def look_at(self, place: Place) -> Look:
        """Find the heads in one picture.

        Raises:
            ModelError: a model fails.
        """
        try:
            image, time_s = _read(place)
        except SourceError as error:
            return Look(place, problem=str(error))
        heads = _clear(self.detector.detect(image, min_score=TrackingConfig().min_score))
        source = masked(place.path.name)
        examples = [
            Example(embedding, example_picture(image, box), source, time_s)
            for box, embedding in zip(heads.boxes, self.embedder.embed(image, heads.boxes), strict=True)
        ]
        return Look(place, heads, tuple(examples))


def _clear(heads: Detections) -> Detections:
    """The heads that are clearly ones, or all if none is."""
    clear = heads.scores >= CLEAR_SCORE
    if not clear.any():
        return heads
    return Detections(heads.boxes[clear], heads.scores[clear], heads.probabilities[clear])


def _read(place: Place) -> tuple[Image, float | None]:
    """The picture at a place, (H, W, 3) uint8 BGR, and its exact time in a video, in seconds.

    Raises:
        SourceError: it cannot be read.
    """
    if place.time_s is None:
        try:
            image = read_image(place.path)
        except OSError as error:
            raise SourceError(f"{place.path} cannot be read: {clause_of(error)}") from error
        if image is None:
            raise SourceError(f"{place.path} cannot be read: not a picture, or damaged")
        return image, None
    with VideoFile(str(place.path)) as video:
        length_s = video.info.duration_s
    if length_s is not None and place.time_s >= length_s:
        raise SourceError(f"{place}: the video ends at {format_time(length_s)}")
    with VideoFile(str(place.path), start_s=place.time_s) as video:
        for frame in video:
            return frame.image, round(frame.time_s, 3)
    raise SourceError(f"{place} has no frame")
