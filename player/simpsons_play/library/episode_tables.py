"""The tables of one episode, as Parquet files."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from simpsons_play import __version__
from simpsons_play.analysis.head_tracks import HeadTrack
from simpsons_play.analysis.sensitivity import Sensitivity
from simpsons_play.core.data_packages import data_package
from simpsons_play.core.escaping import readable
from simpsons_play.core.frames import SourceInfo
from simpsons_play.core.names import colour_of, display_name
from simpsons_play.library import schema
from simpsons_play.library.episode_names import EpisodeName
from simpsons_play.library.episode_rows import EpisodeRows, track_id
from simpsons_play.timelines.timeline import Timeline

EpisodeFiles = Mapping[str, bytes]
"""Table -> content of its Parquet file."""


@dataclass(frozen=True, slots=True)
class EpisodeFacts:
    """What is known of an episode besides what is on screen.

    Attributes:
        episode_id: see `content_id`.
        path: path of the video.
        name: what its name says.
        size_bytes: size of the video.
        info: properties of the video.
        model: names of the model files.
        labels: labels of the model and the cast.
        threshold: probability below which nobody is named, 0-1.
        settings: see `AnalysisSettings.fingerprint`.
        warnings: what could not be read, one line each.
        analysed_at: when the analysis ended, in UTC.
    """

    episode_id: str
    path: str
    name: EpisodeName
    size_bytes: int
    info: SourceInfo
    model: str
    labels: tuple[str, ...]
    threshold: float
    settings: str
    warnings: Sequence[str]
    analysed_at: datetime


def episode_files(
    facts: EpisodeFacts,
    rows: EpisodeRows,
    timeline: Timeline,
    tracks: Sequence[HeadTrack],
    sensitivity: Sensitivity,
) -> EpisodeFiles:
    """Write the tables of an episode; see `schema` for the columns.

    Args:
        facts: what the table of episodes contains.
        rows: everything that was collected, finished.
        timeline: the appearances.
        tracks: the heads, from `HeadTracks` with the threshold of the results.
        sensitivity: screen times at other thresholds.

    Returns:
        The content of each file.

    Raises:
        DependencyError: pyarrow is not installed.
    """
    episode, first_frames = facts.episode_id, [shot.first_frame for shot in rows.shots()]
    tables = {
        schema.EPISODES: [_episode(facts, rows)],
        **_appearances(episode, rows, timeline),
        schema.TRACKS: [_track(episode, track, rows, first_frames) for track in tracks],
        schema.SHOTS: [
            {
                "episode_id": episode,
                "shot": shot.number,
                "start_s": shot.start_s,
                "end_s": shot.end_s,
                "first_frame": shot.first_frame,
                "frames": shot.frames,
            }
            for shot in rows.shots()
        ],
        schema.SCREEN_TIMES: [
            {
                "episode_id": episode,
                "label": total.label,
                "seconds": total.seconds,
                "seconds_least": min(total.seconds, sensitivity.range_of(total.label)[0]),
                "seconds_most": max(total.seconds, sensitivity.range_of(total.label)[1]),
                "share": total.share,
                "appearances": total.appearances,
            }
            for total in timeline.totals()
        ],
    }
    return {name: parquet_bytes(name, tables[name]) for name in schema.TABLES}


def parquet_bytes(table: str, rows: list[dict[str, Any]]) -> bytes:
    """One table of one episode as the content of a Parquet file.

    Args:
        table: one of `schema.TABLES`.
        rows: one dictionary for each row; missing columns are null.
    """
    pa, parquet = data_package("pyarrow", "the library"), data_package("pyarrow.parquet", "the library")
    file = io.BytesIO()
    # Split by bytes, the zeros at the end of rounded numbers compress to nothing.
    splits = {"use_dictionary": False, "use_byte_stream_split": ["embedding.list.element"]}
    parquet.write_table(
        pa.Table.from_pylist(rows, schema=schema.schemas()[table]),
        file,
        compression="zstd",
        **(splits if table == schema.TRACKS else {}),
    )
    return file.getvalue()


def _episode(facts: EpisodeFacts, rows: EpisodeRows) -> dict[str, Any]:
    info, labels = facts.info, facts.labels
    return {
        "episode_id": facts.episode_id,
        "path": readable(facts.path),
        "title": facts.name.title,
        "series": facts.name.series,
        "season": facts.name.season,
        "episode": facts.name.episode,
        "duration_s": max(rows.end_s, info.duration_s or 0.0),
        "frames": rows.frames,
        "rate": str(info.rate),
        "width": info.width,
        "height": info.height,
        "pixel_aspect": str(info.pixel_aspect),
        "has_sound": info.has_sound,
        "size_bytes": facts.size_bytes,
        "model": readable(facts.model),
        "labels": [readable(label) for label in labels],
        "names": [readable(display_name(label)) for label in labels],
        "colours": ["#{2:02x}{1:02x}{0:02x}".format(*colour_of(label, labels)) for label in labels],
        "threshold": facts.threshold,
        "settings": facts.settings,
        "warnings": [readable(warning) for warning in facts.warnings],
        "version": __version__,
        "analysed_at": facts.analysed_at,
    }


def _appearances(episode: str, rows: EpisodeRows, timeline: Timeline) -> dict[str, list[dict[str, Any]]]:
    appearances, thumbnails = [], []
    for number, found in enumerate(timeline.appearances(), start=1):
        boxes = rows.boxes(found.label, found.start_s, found.end_s)
        appearances.append(
            {
                "episode_id": episode,
                "appearance": number,
                "label": readable(found.label),
                "side": found.side,
                "start_s": found.start_s,
                "end_s": found.end_s,
                "mean_probability": found.mean_probability,
                "tracks": list(dict.fromkeys(box.track for box in boxes if box.track is not None)),
                "boxes": [
                    {
                        "time_s": box.time_s,
                        "until_s": box.until_s,
                        "track": box.track,
                        **_sides(box.box),
                        "probability": box.probability,
                    }
                    for box in boxes
                ],
            }
        )
        thumbnail = rows.thumbnail(found.label, found.start_s, found.end_s)
        if thumbnail is not None:
            thumbnails.append(
                {
                    "episode_id": episode,
                    "appearance": number,
                    "label": readable(found.label),
                    "time_s": thumbnail.time_s,
                    "jpeg": thumbnail.jpeg,
                }
            )
    return {schema.APPEARANCES: appearances, schema.THUMBNAILS: thumbnails}


def _track(episode: str, track: HeadTrack, rows: EpisodeRows, first_frames: Sequence[int]) -> dict[str, Any]:
    frame, _, number = track.key.partition("-")
    shot = bisect_right(first_frames, int(frame))
    name = track_id(shot, number)
    best = track.best if track.looks else None
    return {
        "episode_id": episode,
        "track": name,
        "shot": shot,
        "label": rows.label_of(name),
        "side": track.side,
        "start_s": track.start_s,
        "end_s": track.end_s,
        "score": track.score,
        "best_time_s": best and best.time_s,
        **(_sides(best.box) if best else {}),
        "embedding": None if best is None else track.embedding.astype(np.float16).astype(np.float32),
    }


def _sides(box: Any) -> dict[str, int]:
    return {side: int(getattr(box, side)) for side in ("x_min", "y_min", "x_max", "y_max")}
