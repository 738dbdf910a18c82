"""Analyses a long video in parts, which become the same tables as an analysis in one go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from simpsons_play.analysis.api_arguments import opened_source
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.part_source import Part
from simpsons_play.analysis.parts import PartResult, analyse_part, join_parts
from simpsons_play.analysis.session import KnownDetections, Session
from simpsons_play.analysis.video_cache import VideoCache
from simpsons_play.core.frames import Frame
from simpsons_play.core.results import FrameResult
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.library.analysis_settings import AnalysisSettings
from simpsons_play.library.episode_analysis import AnalysedEpisode, finished_episode, sensitivity_of
from simpsons_play.library.episode_rows import EpisodeRows
from simpsons_play.sinks.report.thumbnails import Thumbnails


@dataclass(frozen=True, slots=True)
class EpisodePart:
    """What was found in one part of a video; can be pickled.

    Attributes:
        result: the detections.
        thumbnails: thumbnails of the characters.
    """

    result: PartResult
    thumbnails: Thumbnails


def analyse_episode_part(
    video: Path,
    network: Classifier | Detector,
    settings: AnalysisSettings,
    part: Part,
    *,
    report: Callable[[float], object] = lambda time_s: None,
) -> EpisodePart:
    """Analyse one part of a video.

    Args:
        video: the video file.
        network: the model that `settings` name, loaded.
        settings: what the video is analysed with.
        part: one of `plan_parts`.
        report: called with the time of each frame, in seconds.

    Raises:
        SourceError: the first part cannot be read.
        ModelError: the model fails.
    """
    with opened_source(video, 0.0, None, None, True) as source:
        aspect = float(source.info.pixel_aspect)
    sink = _ThumbnailSink(Thumbnails(network.labels, pixel_aspect=aspect), report)
    result = analyse_part(video, network, settings.config, part, sinks=[sink])
    return EpisodePart(result, sink.thumbnails)


def join_episode(
    video: Path,
    network: Classifier | Detector,
    settings: AnalysisSettings,
    parts: Sequence[EpisodePart],
    *,
    known_as: Path | None = None,
) -> AnalysedEpisode:
    """Make the tables of a video from its parts, and cache its detections.

    Args:
        video: the video file.
        network: the model that `settings` name, loaded; it does not run.
        settings: what the video was analysed with.
        parts: all parts, in order.
        known_as: as in `analyse_episode`.

    Raises:
        PartsDiffer: the parts do not fit together; analyse the video in one go.
        SourceError: the video cannot be read any more, or contains no frames.
    """
    empty = DetectionLog({"source": str(video), "model": network.title})
    log = join_parts([part.result for part in parts], empty)
    thumbnails = Thumbnails.joined([part.thumbnails for part in parts], network.labels)
    with opened_source(video, 0.0, None, None, True) as source:
        session = Session(source, network, settings.config, cache=False, known=KnownDetections(log))
        rows = EpisodeRows(source.info, network.labels, thumbnails)
    analyser = session.analyser
    sensitivity, postprocessor = sensitivity_of(log, analyser, network), analyser.postprocessor

    def collect(results: Sequence[FrameResult]) -> None:
        for result in results:
            session.timeline.add(result)
            rows.add(result)

    for index in range(len(log)):
        collect(postprocessor.update(log[index]))
        sensitivity.advance(index + 1)
    collect(postprocessor.flush())
    warnings = [warning for part in parts for warning in part.result.warnings]
    if settings.cached and not warnings:
        cache = VideoCache(video, network, regions=analyser.regions, config=settings.config)
        warnings = [problem for problem in (cache.store(log),) if problem]
    return finished_episode(
        video, network, settings, session, rows, sensitivity, known_as=known_as, warnings=warnings
    )


class _ThumbnailSink:
    """Takes thumbnails, and reports the time that is reached: a `Sink`."""

    def __init__(self, thumbnails: Thumbnails, report: Callable[[float], object]) -> None:
        self.thumbnails, self._report = thumbnails, report

    def __enter__(self) -> _ThumbnailSink:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing has to be closed."""

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Add the next frame."""
        self.thumbnails.update(frame, result)
        self._report(frame.time_s)
