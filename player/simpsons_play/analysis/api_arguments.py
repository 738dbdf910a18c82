"""From the arguments of the public API to a session and its results."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from fractions import Fraction
from os import PathLike
from pathlib import Path

from simpsons_play.analysis.frame_reader import FrameReader
from simpsons_play.analysis.session import Session
from simpsons_play.cast.cast_file import CastFile
from simpsons_play.core.crops import AUTO, DETECT
from simpsons_play.core.errors import CastError, SimpsonsWarning, SourceError
from simpsons_play.core.frames import Source
from simpsons_play.core.label_search import chosen_labels
from simpsons_play.core.results import FrameResult, only_labels
from simpsons_play.core.timing import StageTimes
from simpsons_play.inference.loading import load_model, with_cast
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.sources import open_source


def chosen_network(
    model: str | PathLike[str] | Classifier | Detector | None,
    *,
    regions: str,
    provider: str,
    cast: str | PathLike[str] | None,
) -> Classifier | Detector:
    """The model of a call, loaded if it is not, with the characters of a cast file."""
    if isinstance(model, Detector) and regions == DETECT:
        network: Classifier | Detector = model.without_fallback()
    elif isinstance(model, Detector) and model.classifier is not None and regions != AUTO:
        network = model.classifier
    elif isinstance(model, Classifier | Detector):
        network = model
    else:
        network = load_model(None if model is None else Path(model), regions=regions, provider=provider)
    if cast is None:
        return network
    if not Path(cast).exists():
        raise CastError(f"{cast} does not exist; `simpsons teach` makes cast files")
    return with_cast(network, CastFile(Path(cast)).load())


def chosen_characters(
    only: str | Sequence[str] | None, network: Classifier | Detector
) -> frozenset[str] | None:
    """The labels that parts of names stand for; None for all."""
    if only is None:
        return None
    return chosen_labels([only] if isinstance(only, str) else only, network.labels).labels


def opened_source(
    source: str | PathLike[str] | int,
    start_s: float,
    duration_s: float | None,
    fps: Fraction | int | None,
    deinterlace: bool,
) -> Source:
    """The source of a call, not yet entered."""
    name = str(source) if isinstance(source, int) else source  # the number of a camera
    opened = open_source(name, start_s=start_s, duration_s=duration_s, fps=fps, deinterlace=deinterlace)
    opened.defer_images()
    return opened


def refuse_endless(source: Source, duration_s: float | None) -> None:
    """Raise SourceError if all of a live source is asked for."""
    if source.info.live and duration_s is None:
        raise SourceError(f"{source.info.name} is live and has no end; set duration_s")


def is_whole(start_s: float, duration_s: float | None, deinterlace: bool) -> bool:
    """Whether the detections are those that are cached: of a whole video, decoded in the usual way."""
    return not start_s and duration_s is None and deinterlace


def results_of(
    source: Source, session: Session, *, names: dict[int, str] | None = None
) -> Iterator[FrameResult]:
    """All results of a session; at the end, cache the detections and issue warnings.

    Args:
        source: of the session.
        session: the session.
        names: receives the name of each frame that is a picture, by its index.
    """
    empty = True
    for result in _replayed(session) if session.replayed else _analysed(source, session, names):
        empty = False
        result = only_labels(result, session.run_info.only)
        session.timeline.add(result)
        yield result
    if empty:
        raise SourceError(f"{source.info.name} contains no frames in the requested range")
    problems = list(source.warnings) or list(filter(None, [session.complete()]))
    for problem in problems:
        warnings.warn(problem, SimpsonsWarning, stacklevel=3)


def _replayed(session: Session) -> Iterator[FrameResult]:
    postprocessor = session.analyser.postprocessor
    for index in range(len(session.log)):
        yield from postprocessor.update(session.log[index])
    yield from postprocessor.flush()


def _analysed(source: Source, session: Session, names: dict[int, str] | None) -> Iterator[FrameResult]:
    analyser = session.frame_analyser
    with FrameReader(source, StageTimes(), thumbnail=analyser.thumbnail) as frames:
        for frame, thumbnail in frames:
            if names is not None:
                names[frame.index] = frame.name
            yield from analyser.update(frame, thumbnail)
    yield from analyser.flush()
