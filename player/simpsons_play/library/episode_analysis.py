"""Analyses one video into the tables of an episode."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.api_arguments import opened_source
from simpsons_play.analysis.cache_key import content_id
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.head_tracks import head_tracks
from simpsons_play.analysis.held_frame import HeldFrame
from simpsons_play.analysis.pipeline import run
from simpsons_play.analysis.sensitivity import SensitivityCounter
from simpsons_play.analysis.session import Session
from simpsons_play.core.errors import SourceError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.results import FrameResult
from simpsons_play.core.timing import StageTimes
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.library.analysis_settings import AnalysisSettings
from simpsons_play.library.episode_names import episode_name
from simpsons_play.library.episode_rows import EpisodeRows
from simpsons_play.library.episode_tables import EpisodeFacts, EpisodeFiles, episode_files

ID_DIGITS = 32
"""Digits of the IDs of episodes: half of `content_id`, which no two videos share by chance, either."""


def episode_id(video: Path) -> str:
    """The ID of a video in a library, by its content.

    Raises:
        SourceError: the video cannot be read, or refers to files that are not on this machine.
    """
    try:
        found = content_id(video)
    except OSError as error:
        raise SourceError(f"{video} cannot be read: {clause_of(error)}") from error
    if not found:
        with opened_source(video, 0.0, None, None, True):  # raises SourceError if it is no video at all
            pass
        raise SourceError(f"{video} refers to other files or addresses; a library needs whole videos")
    return found[:ID_DIGITS]


@dataclass(frozen=True, slots=True)
class AnalysedEpisode:
    """The tables of a video.

    Attributes:
        files: the content of the file of each table.
        warnings: what of the video could not be read, one line each.
    """

    files: EpisodeFiles
    warnings: tuple[str, ...]


def analyse_episode(
    video: Path,
    network: Classifier | Detector,
    settings: AnalysisSettings,
    *,
    known_as: Path | None = None,
    report: Callable[[float], object] = lambda time_s: None,
) -> AnalysedEpisode:
    """Analyse a video, or use its cached detections, and make its tables.

    Args:
        video: a video file.
        network: the model that `settings` name, loaded.
        settings: what the video is analysed with.
        known_as: path of the video in the tables, if `video` is a copy; None for the same.
        report: called now and then with the time that is reached, in seconds.

    Raises:
        SourceError: the video cannot be read, is no video, or contains no frames.
        ModelError: the model fails.
        DependencyError: pyarrow is not installed.
    """
    with opened_source(video, 0.0, None, None, True) as source:
        if source.info.stills or source.info.path is None:
            raise SourceError(f"{video} is not a video file")
        session = Session(source, network, settings.config, cache=settings.cached, keep_log=True)
        rows = EpisodeRows(source.info, network.labels)
        sensitivity = sensitivity_of(session.log, session.analyser, network)

        def on_frame(frame: HeldFrame, result: FrameResult) -> None:
            sensitivity.advance(result.index + 1)
            report(result.time_s)

        run(
            source,
            session.frame_analyser,
            sinks=[rows],
            times=StageTimes(),
            timeline=session.timeline,
            on_frame=on_frame,
        )
        return finished_episode(
            video, network, settings, session, rows, sensitivity, known_as=known_as, warnings=source.warnings
        )


def sensitivity_of(
    log: DetectionLog, analyser: Analyser, network: Classifier | Detector
) -> SensitivityCounter:
    """What counts the screen times at other thresholds in a log of a model's detections."""
    make = partial(analyser.make_postprocessor, taught=network.taught)
    return SensitivityCounter(log, make, threshold=analyser.threshold)


def finished_episode(
    video: Path,
    network: Classifier | Detector,
    settings: AnalysisSettings,
    session: Session,
    rows: EpisodeRows,
    sensitivity: SensitivityCounter,
    *,
    known_as: Path | None = None,
    warnings: Sequence[str],
) -> AnalysedEpisode:
    """Make the tables of a video whose frames were all collected, and cache its detections.

    Args:
        video: the video.
        network: the model.
        settings: what the video was analysed with.
        session: its log and its timeline are complete.
        rows: what was collected of all frames.
        sensitivity: counts in the log of the session.
        known_as: as in `analyse_episode`.
        warnings: what the source says.

    Raises:
        SourceError: there are no frames.
    """
    if not rows.frames:
        raise SourceError(f"{video} contains no frames")
    rows.finish()
    if not warnings and (problem := session.complete()):
        warnings = (problem,)
    info, threshold = session.run_info.source, session.analyser.threshold
    facts = EpisodeFacts(
        episode_id=episode_id(video),
        path=os.path.abspath(known_as or video),
        name=episode_name(known_as or video),
        size_bytes=video.stat().st_size,
        info=info,
        model=network.title,
        labels=network.labels,
        threshold=threshold,
        settings=settings.fingerprint(),
        warnings=warnings,
        analysed_at=datetime.now(UTC).replace(tzinfo=None),
    )
    files = episode_files(
        facts,
        rows,
        session.timeline.timeline(rows.end_s),
        head_tracks(session.log, settings.config, threshold=threshold),
        sensitivity.finish(float(1 / info.rate)),
    )
    return AnalysedEpisode(files, tuple(warnings))
