"""What an engine does: it analyses videos on the processors of one machine, or of many."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from simpsons_play.library.analysis_settings import AnalysisSettings
from simpsons_play.library.episode_tables import EpisodeFiles


@dataclass(frozen=True, slots=True)
class EpisodeJob:
    """A video to analyse.

    Attributes:
        video: the video file.
        episode_id: ID of the episode, by the content of the video.
        duration_s: length in seconds; 0 if the file does not state it.
    """

    video: Path
    episode_id: str
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True)
class JobStarted:
    """The analysis of a video begins, or begins again on another worker."""

    job: EpisodeJob


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far the analysis of a video is: so many seconds of it are analysed."""

    job: EpisodeJob
    analysed_s: float


@dataclass(frozen=True, slots=True)
class JobDone:
    """The tables of a video, and what of it could not be read, one line each."""

    job: EpisodeJob
    files: EpisodeFiles
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobFailed:
    """A video cannot be analysed, and why, in one line."""

    job: EpisodeJob
    reason: str


JobEvent = JobStarted | JobProgress | JobDone | JobFailed


class Engine(Protocol):
    """Analyses videos."""

    def run(self, jobs: Sequence[EpisodeJob], settings: AnalysisSettings) -> Generator[JobEvent]:
        """Analyse videos, several at a time.

        Each job ends with one `JobDone` or `JobFailed`. A job whose worker was lost is done again by another
        one. Closing the iterator stops all workers.

        Raises:
            SimpsonsError: no video can be analysed, as the model is missing or a cluster does not answer.
        """
        ...
