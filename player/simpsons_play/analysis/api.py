"""The public API for analysis: results frame by frame, the timeline of a whole source, and its strangers."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from fractions import Fraction
from os import PathLike
from pathlib import Path

from simpsons_play.analysis.frame_reader import FrameReader
from simpsons_play.analysis.head_tracks import HeadTrack
from simpsons_play.analysis.session import Session, group_strangers
from simpsons_play.analysis.stranger_edits import StrangerEdits
from simpsons_play.analysis.strangers import Stranger
from simpsons_play.cast.cast_file import CastFile
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.crops import AUTO, DETECT
from simpsons_play.core.errors import CastError, SimpsonsWarning, SourceError
from simpsons_play.core.frames import Source
from simpsons_play.core.label_search import chosen_labels
from simpsons_play.core.results import FrameResult, only_labels
from simpsons_play.core.timing import StageTimes
from simpsons_play.inference.loading import load_model, with_cast
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.sources import open_source
from simpsons_play.timelines.timeline import Timeline


def analyze(
    source: str | PathLike[str] | int,
    *,
    model: str | PathLike[str] | Classifier | Detector | None = None,
    provider: str = "auto",
    regions: str = AUTO,
    threshold: float | None = None,
    top: int = 3,
    only: str | Sequence[str] | None = None,
    cast: str | PathLike[str] | None = None,
    start_s: float = 0.0,
    duration_s: float | None = None,
    fps: Fraction | int | None = None,
    deinterlace: bool = True,
    reference: bool = False,
    cache: bool = True,
) -> Iterator[FrameResult]:
    """Analyse a source, frame by frame.

    If the detections in a video file are cached, no frame is decoded and no model runs. Iterating over a live
    source continues until you stop.

    Args:
        source: a video file, a picture, a folder of pictures, a URL, the number of a camera or `camera:NAME`,
            as on the command line.
        model: an .onnx file, or a model returned by `load_model`; None uses the included model.
        provider: see `load_model`; ignored if `model` is already loaded.
        regions: `auto`, `detect`, `full` or `halves`.
        threshold: probability below which no name is shown, 0-1; None uses the model's own.
        top: number of labels in each prediction.
        only: characters to name, by parts of their names: `homer` or `["homer", "bart"]`; None names all.
            `predictions` stay complete.
        cast: cast file whose characters are named as well; see `simpsons teach`. Its display names hold for
            the whole process.
        start_s: where to begin, in seconds from the start of the source.
        duration_s: how much to analyse from there, in seconds; None for all.
        fps: frame rate at which the pictures of a folder are treated as a video; None for unrelated pictures.
        deinterlace: whether frames that are flagged as interlaced are deinterlaced.
        reference: whether the model runs on every frame of a file that has changed, for comparison, instead
            of a few times a second.
        cache: whether to use cached detections, and to cache new ones.

    Yields:
        The result for each frame, in order. Because results depend on the following frames, they lag up
        to two seconds behind decoding, except for live sources and pictures.

    Raises:
        SourceError: the source cannot be opened, or contains no frames.
        ModelError: the model cannot be loaded or fails.
        CastError: the cast file is missing or cannot be read.
        ProviderError: the provider was requested by name and does not work.
        ValueError: an argument is out of range, or the model knows no character in `only`.

    Warns:
        SimpsonsWarning: part of the source could not be read, or caching failed.

    Example:
        >>> from simpsons_play import sample_clip
        >>> for frame in analyze(sample_clip(), duration_s=1.0):
        ...     if frame.index == 12:
        ...         print(frame.time_s, [caption.label for caption in frame.captions])
        0.5005 ['homer_simpson']
    """
    network = _network(model, regions=regions, provider=provider, cast=cast)
    config = AnalysisConfig(threshold=threshold, top=top, regions=regions)
    config = config.for_reference() if reference else config
    chosen = _chosen(only, network)
    with _open(source, start_s, duration_s, fps, deinterlace) as opened:
        use_cache = cache and _is_whole(start_s, duration_s, deinterlace)
        session = Session(opened, network, config, cache=use_cache, only=chosen)
        yield from _results(opened, session)


def timeline(
    source: str | PathLike[str] | int,
    *,
    model: str | PathLike[str] | Classifier | Detector | None = None,
    provider: str = "auto",
    regions: str = AUTO,
    threshold: float | None = None,
    only: str | Sequence[str] | None = None,
    cast: str | PathLike[str] | None = None,
    start_s: float = 0.0,
    duration_s: float | None = None,
    fps: Fraction | int | None = None,
    deinterlace: bool = True,
    reference: bool = False,
    cache: bool = True,
) -> Timeline:
    """Analyse a source and return who is on screen when.

    With cached detections, another threshold takes seconds instead of minutes.

    Args:
        source: see `analyze`; a live source needs `duration_s`.
        model: see `analyze`.
        provider: see `analyze`.
        regions: see `analyze`.
        threshold: see `analyze`.
        only: see `analyze`; `Timeline.only` does the same for a timeline of all characters.
        cast: see `analyze`.
        start_s: see `analyze`.
        duration_s: see `analyze`.
        fps: see `analyze`.
        deinterlace: see `analyze`.
        reference: see `analyze`.
        cache: see `analyze`.

    Raises:
        SourceError: as `analyze`, or the source is live and `duration_s` is None.
        ModelError: as `analyze`.
        CastError: as `analyze`.
        ProviderError: as `analyze`.
        ValueError: as `analyze`.

    Warns:
        SimpsonsWarning: as `analyze`.

    Example:
        >>> from simpsons_play import sample_clip
        >>> timeline(sample_clip(), threshold=0.8).appearances()[0].label
        'homer_simpson'
    """
    network = _network(model, regions=regions, provider=provider, cast=cast)
    config = AnalysisConfig(threshold=threshold, regions=regions)
    config = config.for_reference() if reference else config
    chosen = _chosen(only, network)
    with _open(source, start_s, duration_s, fps, deinterlace) as opened:
        if opened.info.live and duration_s is None:
            raise SourceError(f"{opened.info.name} is live and has no end; set duration_s")
        use_cache = cache and _is_whole(start_s, duration_s, deinterlace)
        session = Session(opened, network, config, cache=use_cache, only=chosen)
        end_s = 0.0
        for result in _results(opened, session):
            end_s = result.time_s + float(1 / opened.info.rate)
        return session.timeline.timeline(end_s)


def strangers(
    *sources: str | PathLike[str],
    model: str | PathLike[str] | Classifier | Detector | None = None,
    provider: str = "auto",
    threshold: float | None = None,
    cast: str | PathLike[str] | None = None,
    cache: bool = True,
) -> tuple[Stranger, ...]:
    """Group the heads that nobody knows, over one or several videos: episodes of a season, for example.

    With cached detections, this takes seconds instead of minutes.

    Args:
        sources: video files; see `analyze`.
        model: see `analyze`; strangers are only told apart by a detector with an embedder, such as the
            included one.
        provider: see `analyze`.
        threshold: see `analyze`; heads with a name above it are no strangers.
        cast: see `analyze`; its characters are no strangers, either.
        cache: see `analyze`; what was merged and split in the window is kept beside the detections.

    Returns:
        The strangers, longest time on screen first.

    Raises:
        SourceError: as `analyze`, or a source is live.
        ModelError: as `analyze`.
        ProviderError: as `analyze`.
        ValueError: as `analyze`.

    Warns:
        SimpsonsWarning: as `analyze`.

    Example:
        >>> from simpsons_play import sample_clip
        >>> [stranger.label for stranger in strangers(sample_clip(), sample_clip(), provider="cpu")][1:]
        []
    """
    network = _network(model, regions=AUTO, provider=provider, cast=cast)
    config, tracks, edits = AnalysisConfig(threshold=threshold), list[HeadTrack](), StrangerEdits()
    at_least = network.card.threshold if threshold is None else threshold
    for number, source in enumerate(sources):
        with _open(source, 0.0, None, None, True) as opened:
            if opened.info.live:
                raise SourceError(f"{opened.info.name} is live and has no end")
            session = Session(opened, network, config, cache=cache, keep_log=True)
            if not session.replayed:
                for _ in _results(opened, session):
                    pass
            prefix = f"{number}:"
            tracks += [track.within(opened.info.name, prefix) for track in session.head_tracks()]
            edits |= session.edits().prefixed(prefix)
    return group_strangers(network, tracks, edits, at_least)


def _network(
    model: str | PathLike[str] | Classifier | Detector | None,
    *,
    regions: str,
    provider: str,
    cast: str | PathLike[str] | None,
) -> Classifier | Detector:
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


def _chosen(only: str | Sequence[str] | None, network: Classifier | Detector) -> frozenset[str] | None:
    if only is None:
        return None
    return chosen_labels([only] if isinstance(only, str) else only, network.labels).labels


def _open(
    source: str | PathLike[str] | int,
    start_s: float,
    duration_s: float | None,
    fps: Fraction | int | None,
    deinterlace: bool,
) -> Source:
    name = str(source) if isinstance(source, int) else source  # the number of a camera
    opened = open_source(name, start_s=start_s, duration_s=duration_s, fps=fps, deinterlace=deinterlace)
    opened.defer_images()
    return opened


def _is_whole(start_s: float, duration_s: float | None, deinterlace: bool) -> bool:
    """Whether the detections are those that are cached: of a whole video, decoded in the usual way."""
    return not start_s and duration_s is None and deinterlace


def _results(source: Source, session: Session) -> Iterator[FrameResult]:
    """All results of a session; at the end, cache the detections and issue warnings."""
    empty = True
    for result in _replayed(session) if session.replayed else _analysed(source, session):
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


def _analysed(source: Source, session: Session) -> Iterator[FrameResult]:
    analyser = session.frame_analyser
    with FrameReader(source, StageTimes(), thumbnail=analyser.thumbnail) as frames:
        for frame, thumbnail in frames:
            yield from analyser.update(frame, thumbnail)
    yield from analyser.flush()
