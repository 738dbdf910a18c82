"""Libraries with episodes whose tables are made in code; the videos need not exist."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from simpsons_play.library import schema
from simpsons_play.library.api import Library
from simpsons_play.library.episode_tables import parquet_bytes
from simpsons_play.library.store import LibraryStore

BART, HOMER, LISA = "bart_simpson", "homer_simpson", "lisa_simpson"
LABELS = [BART, HOMER, LISA]
NAMES = ["Bart Simpson", "Homer Simpson", "Lisa Simpson"]
JPEG = b"\xff\xd8\xff\xd9"


def add_episode(
    library: Path,
    number: int,
    appearances: list[tuple[str, float, float]],
    *,
    path: Path,
    title: str = "S01E02 A title",
    season: int | None = 1,
    duration_s: float = 100.0,
    cuts: tuple[float, ...] = (),
    names: list[str] = NAMES,
    boxes: list[tuple[float, float, int]] = (),
    size: tuple[int, int] = (64, 48),
) -> str:
    """Add an episode to a library, which is made if need be; returns its ID.

    Args:
        library: folder of the library.
        number: number of the episode.
        appearances: label, start and end of each.
        path: path of the video.
        title: its title.
        season: its season.
        duration_s: its length.
        cuts: times at which shots after the first one begin.
        names: display names of `LABELS`.
        boxes: start, end and left side of the boxes of the first appearance, each 20 x 10 pixels.
        size: of the picture, in pixels.
    """
    store = LibraryStore(library)
    store.create()
    about = {"episode_id": f"{number:032x}"}
    tables: dict[str, list] = {table: [] for table in schema.TABLES}
    tables[schema.EPISODES] = [
        {
            **about,
            "path": str(path),
            "title": title,
            "series": "A & B",
            "season": season,
            "episode": None if season is None else number,
            "duration_s": duration_s,
            "frames": 2500,
            "rate": "25",
            "width": size[0],
            "height": size[1],
            "pixel_aspect": "1",
            "has_sound": True,
            "size_bytes": path.stat().st_size if path.exists() else 1,
            "model": "m.onnx",
            "labels": LABELS,
            "names": names,
            "colours": ["#102030", "#405060", "#708090"],
            "threshold": 0.6,
            "settings": "{}",
            "warnings": [],
            "version": "0",
            "analysed_at": datetime(2026, 1, 1),
        }
    ]
    for row, (label, start_s, end_s) in enumerate(appearances, start=1):
        one = {**about, "appearance": row, "label": label}
        tables[schema.APPEARANCES].append(
            {
                **one,
                "side": "left",
                "start_s": start_s,
                "end_s": end_s,
                "mean_probability": 0.9,
                "tracks": [],
                "boxes": [
                    {"time_s": from_s, "until_s": until_s, "track": "1-1", "probability": 0.9}
                    | {"x_min": left, "y_min": 10, "x_max": left + 20, "y_max": 20}
                    for from_s, until_s, left in (boxes if row == 1 else ())
                ],
            }
        )
        tables[schema.THUMBNAILS].append({**one, "time_s": start_s, "jpeg": JPEG})
    for label in dict.fromkeys(one[0] for one in appearances):
        seconds = sum(end_s - start_s for one, start_s, end_s in appearances if one == label)
        tables[schema.SCREEN_TIMES].append(
            {**about, "label": label, "seconds": seconds, "seconds_least": seconds}
            | {"seconds_most": seconds, "share": seconds / duration_s, "appearances": 1}
        )
    starts = (0.0, *cuts)
    for shot, (start_s, end_s) in enumerate(zip(starts, (*cuts, duration_s), strict=True), start=1):
        tables[schema.SHOTS].append(
            {**about, "shot": shot, "start_s": start_s, "end_s": end_s, "first_frame": 0, "frames": 1}
        )
    store.write(about["episode_id"], {table: parquet_bytes(table, rows) for table, rows in tables.items()})
    return about["episode_id"]


def opened(library: Path) -> Library:
    """The library in a folder."""
    return Library(library)
