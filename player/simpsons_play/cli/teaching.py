"""Looks for heads in the pictures and videos that a character is taught from."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.cast.members import NO_EMBEDDINGS, Embeddings, Example
from simpsons_play.cli.lessons import Look, Place
from simpsons_play.core.config import AnalysisConfig, TrackingConfig
from simpsons_play.core.errors import ModelError, SourceError
from simpsons_play.core.escaping import masked
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Box, Boxes
from simpsons_play.core.results import Detections
from simpsons_play.core.timefmt import format_moment
from simpsons_play.inference.head_crops import example_picture
from simpsons_play.inference.model import Detector
from simpsons_play.sources.endings import is_video
from simpsons_play.sources.images import is_picture, read_image
from simpsons_play.sources.pictures import pictures_in
from simpsons_play.sources.video import VideoFile

CLEAR_SCORE = 0.5
"""Score of a head that counts as one in a picture with several; hands and clocks rarely reach it."""

_AROUND_S = 10.0
"""How long before and after a moment of a video its shot is looked at, in seconds; most shots are shorter."""


def places_of(names: Sequence[Path], times_s: Sequence[float], *, who: str) -> list[Place]:
    """The pictures that the user named: files, those in folders, and moments of videos.

    Names that cannot be used are places with a problem, if there are others.

    Args:
        names: pictures, folders of pictures, and videos.
        times_s: the moments of each video, in seconds.
        who: the name that was given before them.

    Raises:
        SourceError: none of the names can be used: it does not exist, has no pictures, or moments are given
            without videos or videos without moments. Or one may be a part of the character's name.
    """
    places, problems = list[Place](), list[Place]()
    for path in dict.fromkeys(names):
        try:
            places += _places_in(path, times_s)
        except SourceError as error:
            if not path.exists() and (remedy := _remedy(path, names, who)):
                raise SourceError(f"{error}; {remedy}") from error
            problems.append(Place(path, problem=str(error)))
    if not places:
        raise SourceError(problems[0].problem)
    if times_s and all(place.time_s is None for place in places):
        raise SourceError("--at is a time in a video, and none is given")
    return places + problems


def _places_in(path: Path, times_s: Sequence[float]) -> list[Place]:
    """What one name stands for; raises SourceError."""
    if path.is_dir():
        return list(map(Place, pictures_in(path)))
    if not path.exists():
        raise SourceError(f"{path}: no such file or folder")
    if is_picture(path) and not (times_s and is_video(path)):  # a GIF may be either
        return [Place(path)]
    if not times_s:
        raise SourceError(f"{path} is not a picture; if it is a video, say where with --at 1:23")
    return [Place(path, time_s) for time_s in times_s]


def _remedy(missing: Path, names: Sequence[Path], who: str) -> str:
    """What to do about a file that does not exist if it is the character's name, or a word of it."""
    if Path(who).exists():
        return f'the name comes first: simpsons teach "{missing}" {who}'
    if missing == names[0] and missing.name == str(missing) and not missing.suffix:
        return f'check the spelling, or quote a name of several words: "{who} {missing}"'
    return ""


class Teacher:
    """Finds heads in pictures and videos, and makes examples of them.

    Args:
        detector: finds the heads, and has the embedder.

    Attributes:
        detector: as above.
        embedder: makes their embeddings.

    Raises:
        ModelError: the detector has no embedder.
    """

    def __init__(self, detector: Detector) -> None:
        if detector.embedder is None:
            raise ModelError("the embedder is not installed; install simpsons-play again")
        self.detector, self.embedder = detector, detector.embedder

    def look_at(self, place: Place) -> Look:
        """Find the heads in one picture; in a video, with all looks at them in the shot.

        Raises:
            ModelError: a model fails.
        """
        if place.problem:
            return Look(place, problem=place.problem)
        try:
            image, time_s = _read(place)
        except SourceError as error:
            return Look(place, problem=str(error))
        heads = _clear(self.detector.detect(image, min_score=TrackingConfig().min_score))
        source = masked(place.path.name)
        embeddings = self.embedder.embed(image, heads.boxes)
        looks = [NO_EMBEDDINGS] * len(heads)
        if time_s is not None and len(heads):
            looks = self._looks_at(place.path, time_s, heads.boxes, embeddings)
        examples = [
            Example(embedding, example_picture(image, box), source, time_s, looks=others)
            for box, embedding, others in zip(heads.boxes, embeddings, looks, strict=True)
        ]
        return Look(place, heads, tuple(examples))

    def _looks_at(self, video: Path, time_s: float, boxes: Boxes, embeddings: Embeddings) -> list[Embeddings]:
        """All looks at each head in its shot, some seconds before and after a time."""
        analyser, log = Analyser(self.detector, AnalysisConfig()), DetectionLog({})
        analyser.record(log)
        start_s = max(0.0, time_s - _AROUND_S)
        with suppress(SourceError), VideoFile(video, start_s=start_s, duration_s=2 * _AROUND_S) as frames:
            for frame in frames:
                analyser.update(frame)
                if len(log) and log[len(log) - 1].cut and log[len(log) - 1].time_s > time_s:
                    break
        analyser.flush()
        tracks = analyser.head_tracks(log)
        return [
            tracks.looks_at(time_s, Box.rounded(box), embedding)
            for box, embedding in zip(boxes, embeddings, strict=True)
        ]


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
        raise SourceError(f"{place}: the video ends at {format_moment(length_s)}")
    with VideoFile(str(place.path), start_s=place.time_s) as video:
        for frame in video:
            return frame.image, round(frame.time_s, 3)
    raise SourceError(f"{place} has no frame")
