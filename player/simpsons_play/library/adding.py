"""Adds videos to a library: analyses what is new, and skips what is done."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import av

from simpsons_play.core.errors import SourceError
from simpsons_play.core.escaping import readable
from simpsons_play.library import schema
from simpsons_play.library.analysis_settings import AnalysisSettings
from simpsons_play.library.engine import Engine, EpisodeJob, JobDone, JobFailed, JobProgress, JobStarted
from simpsons_play.library.episode_analysis import episode_id
from simpsons_play.library.episode_names import episode_name
from simpsons_play.library.episode_tables import parquet_bytes
from simpsons_play.library.index import connect
from simpsons_play.library.store import LibraryStore
from simpsons_play.library.video_files import video_files
from simpsons_play.sources.opening import url_of

AddKind = Literal["warning", "checked", "skipped", "moved", "started", "progress", "added", "failed"]


@dataclass(frozen=True, slots=True)
class AddEvent:
    """Something that happened while videos are added.

    Attributes:
        kind: For each video, `skipped`, `moved` if it is in the library under a name that is gone, or
            `failed`; then once `checked`; then, for each video that is new, `started`, several times
            `progress`, and `added` or `failed`. `warning` for an entry of a playlist that is left out.
        video: the video, or what the user named; empty for `checked` and `warning`.
        episode_id: ID of its episode; empty if it cannot be read.
        reason: why it was skipped or has failed, or what the warning says.
        analysed_s: of `progress`: how much of the video is analysed, in seconds.
        duration_s: length of the video in seconds; 0 if it is unknown. Of `checked`: of all new videos.
        warnings: of `added`: what could not be read, one line each.
        count: of `checked`: number of new videos.
    """

    kind: AddKind
    video: str = ""
    episode_id: str = ""
    reason: str = ""
    analysed_s: float = 0.0
    duration_s: float = 0.0
    warnings: tuple[str, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class AddSummary:
    """What became of the videos.

    Attributes:
        added: number of videos that were analysed.
        skipped: number of videos that were in the library already, or were given twice.
        moved: number of those that had another name, which is gone.
        outdated: number of those that were analysed with other settings.
        failed: number of videos that could not be analysed.
        incomplete: number of videos that were added but could only be read in part.
    """

    added: int = 0
    skipped: int = 0
    moved: int = 0
    outdated: int = 0
    failed: int = 0
    incomplete: int = 0


def add_videos(
    store: LibraryStore,
    names: Sequence[str],
    settings: AnalysisSettings,
    engine: Engine,
    *,
    update: bool = False,
    tell: Callable[[AddEvent], object] = lambda event: None,
) -> AddSummary:
    """Analyse the videos that are not in a library yet, and add each as soon as it is done.

    Args:
        store: the library; created if it does not exist.
        names: video files, folders, patterns and playlists; see `video_files`.
        settings: what they are analysed with.
        engine: analyses them.
        update: analyse videos again that were analysed with other settings.
        tell: called with each event.

    Raises:
        LibraryError: the library cannot be read or written.
        SimpsonsError: no video can be analysed; see `Engine.run`.
    """
    store.create()
    adding = _Adding(store, settings, update=update, tell=tell)
    jobs = adding.plan(names)
    with closing(engine.run(jobs, settings)) as events:
        for event in events:
            adding.handle(event)
    connect(store).close()  # so that the first question does not wait
    return adding.summary()


class _Adding:
    """Decides what is new, and keeps count."""

    def __init__(
        self,
        store: LibraryStore,
        settings: AnalysisSettings,
        *,
        update: bool,
        tell: Callable[[AddEvent], object],
    ) -> None:
        self._store, self._update, self._tell = store, update, tell
        self._fingerprint = settings.fingerprint()
        self._counts: dict[str, int] = dict.fromkeys(AddSummary.__dataclass_fields__, 0)

    def summary(self) -> AddSummary:
        return AddSummary(**self._counts)

    def plan(self, names: Sequence[str]) -> list[EpisodeJob]:
        """The videos to analyse."""
        videos = video_files(
            names,
            tell=lambda line: self._tell(AddEvent("warning", reason=line)),
            fail=lambda name, reason: self._failed(name, "", reason),
        )
        stored = {episode.episode_id for episode in self._store.episodes()}
        jobs: dict[str, EpisodeJob] = {}
        with ThreadPoolExecutor(thread_name_prefix="check") as executor:
            for video, found in zip(videos, executor.map(_checked, videos), strict=True):
                if isinstance(found, SourceError):
                    self._failed(str(video), "", str(found))
                elif (same := jobs.get(found.episode_id)) is not None:
                    self._skipped(found, f"it is the same video as {same.video}")
                elif found.episode_id in stored:
                    self._compare(found, jobs)
                else:
                    jobs[found.episode_id] = found
        duration_s = sum(job.duration_s for job in jobs.values())
        self._tell(AddEvent("checked", count=len(jobs), duration_s=duration_s))
        return list(jobs.values())

    def handle(self, event: JobStarted | JobProgress | JobDone | JobFailed) -> None:
        """Add what is done, and pass on the rest."""
        job = event.job
        about: dict[str, Any] = {
            "video": str(job.video),
            "episode_id": job.episode_id,
            "duration_s": job.duration_s,
        }
        if isinstance(event, JobStarted):
            self._tell(AddEvent("started", **about))
        elif isinstance(event, JobProgress):
            self._tell(AddEvent("progress", **about, analysed_s=event.analysed_s))
        elif isinstance(event, JobFailed):
            self._failed(str(job.video), job.episode_id, event.reason)
        else:
            self._store.write(job.episode_id, event.files)
            warnings = tuple(event.warnings)
            self._counts["added"] += 1
            self._counts["incomplete"] += bool(warnings)
            self._tell(AddEvent("added", **about, warnings=warnings))

    def _compare(self, job: EpisodeJob, jobs: dict[str, EpisodeJob]) -> None:
        """Skip a video that is in the library, unless it was analysed in another way and this is wanted."""
        (row,) = self._store.read(job.episode_id, schema.EPISODES).to_pylist()
        if self._update and row["settings"] != self._fingerprint:
            jobs[job.episode_id] = job
            return
        same = row["settings"] == self._fingerprint
        self._counts["outdated"] += not same
        path = readable(os.path.abspath(job.video))  # as in the table, which has no undecodable bytes
        if path != row["path"] and not os.path.exists(row["path"]):
            self._move(job, row | {"path": path})
        else:
            how = "" if same else ", analysed with other settings"
            self._skipped(job, f"it is in the library{how}")

    def _move(self, job: EpisodeJob, row: dict[str, Any]) -> None:
        """Note the new name of a video that has been moved."""
        name = episode_name(job.video)
        row |= {"title": name.title, "series": name.series}
        row |= {"season": name.season, "episode": name.episode}
        self._store.replace(job.episode_id, schema.EPISODES, parquet_bytes(schema.EPISODES, [row]))
        self._counts["skipped"] += 1
        self._counts["moved"] += 1
        self._tell(AddEvent("moved", str(job.video), job.episode_id, duration_s=job.duration_s))

    def _skipped(self, job: EpisodeJob, reason: str) -> None:
        self._counts["skipped"] += 1
        self._tell(AddEvent("skipped", str(job.video), job.episode_id, reason, duration_s=job.duration_s))

    def _failed(self, video: str, found_id: str, reason: str) -> None:
        self._counts["failed"] += 1
        self._tell(AddEvent("failed", video, found_id, reason))


def _checked(video: Path) -> EpisodeJob | SourceError:
    """ID and length of a video; an error if it cannot be read at all."""
    try:
        return EpisodeJob(video, episode_id(video), _duration_s(video))
    except SourceError as error:
        return error


def _duration_s(video: Path) -> float:
    """Length in seconds as the file states it, for the progress; 0 if it does not."""
    try:
        with av.open(url_of(video)) as container:
            return (container.duration or 0) / av.time_base
    except Exception:  # the analysis will say why
        return 0.0
