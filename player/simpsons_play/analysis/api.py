"""The public API for analysis: results frame by frame, as a table and as a timeline, and strangers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from os import PathLike

from simpsons_play.analysis.api_arguments import (
    chosen_characters,
    chosen_network,
    is_whole,
    opened_source,
    refuse_endless,
    results_of,
)
from simpsons_play.analysis.head_tracks import HeadTrack
from simpsons_play.analysis.session import Session, group_strangers
from simpsons_play.analysis.stranger_edits import StrangerEdits
from simpsons_play.analysis.strangers import Stranger
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.crops import AUTO
from simpsons_play.core.errors import SourceError
from simpsons_play.core.results import FrameResult
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.timelines.caption_rows import CaptionRows
from simpsons_play.timelines.caption_table import CaptionTable, CaptionTableBuilder
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
    network = chosen_network(model, regions=regions, provider=provider, cast=cast)
    config = AnalysisConfig(threshold=threshold, top=top, regions=regions)
    config = config.for_reference() if reference else config
    chosen = chosen_characters(only, network)
    with opened_source(source, start_s, duration_s, fps, deinterlace) as opened:
        use_cache = cache and is_whole(start_s, duration_s, deinterlace)
        session = Session(opened, network, config, cache=use_cache, only=chosen)
        yield from results_of(opened, session)


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
    network = chosen_network(model, regions=regions, provider=provider, cast=cast)
    config = AnalysisConfig(threshold=threshold, regions=regions)
    config = config.for_reference() if reference else config
    chosen = chosen_characters(only, network)
    with opened_source(source, start_s, duration_s, fps, deinterlace) as opened:
        refuse_endless(opened, duration_s)
        use_cache = cache and is_whole(start_s, duration_s, deinterlace)
        session = Session(opened, network, config, cache=use_cache, only=chosen)
        end_s = 0.0
        for result in results_of(opened, session):
            end_s = result.time_s + float(1 / opened.info.rate)
        return session.timeline.timeline(end_s)


def captions(
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
) -> CaptionTable:
    """Analyse a source and return a table of the names shown in each frame.

    The rows are those of `--predictions FILE.csv` and `FILE.parquet`: one for each name in each frame, with
    its box and the number of the head in the whole source.

    Args:
        source: see `analyze`; a live source needs `duration_s`.
        model: see `analyze`.
        provider: see `analyze`.
        regions: see `analyze`.
        threshold: see `analyze`.
        only: see `analyze`.
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
        >>> captions(sample_clip(), duration_s=3.0)
        <CaptionTable: 72 rows, 2 characters>
    """
    network = chosen_network(model, regions=regions, provider=provider, cast=cast)
    config = AnalysisConfig(threshold=threshold, regions=regions)
    config = config.for_reference() if reference else config
    chosen = chosen_characters(only, network)
    with opened_source(source, start_s, duration_s, fps, deinterlace) as opened:
        refuse_endless(opened, duration_s)
        use_cache = cache and is_whole(start_s, duration_s, deinterlace)
        session = Session(opened, network, config, cache=use_cache, only=chosen)
        rows, names = CaptionRows(opened.info.width), dict[int, str]()
        builder = CaptionTableBuilder(session.run_info.header(), stills=opened.info.stills)
        for result in results_of(opened, session, names=names if opened.info.stills else None):
            builder.extend(rows.add(result), picture=names.pop(result.index, ""))
        return builder.table()


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
    network = chosen_network(model, regions=AUTO, provider=provider, cast=cast)
    config, tracks, edits = AnalysisConfig(threshold=threshold), list[HeadTrack](), StrangerEdits()
    at_least = network.card.threshold if threshold is None else threshold
    for number, source in enumerate(sources):
        with opened_source(source, 0.0, None, None, True) as opened:
            if opened.info.live:
                raise SourceError(f"{opened.info.name} is live and has no end")
            session = Session(opened, network, config, cache=cache, keep_log=True)
            if not session.replayed:
                for _ in results_of(opened, session):
                    pass
            prefix = f"{number}:"
            tracks += [track.within(opened.info.name, prefix) for track in session.head_tracks()]
            edits |= session.edits().prefixed(prefix)
    return group_strangers(network, tracks, edits, at_least)
