"""The tables of a library, with their columns. `docs/library.md` explains each column.

Column types never change within one version, and columns are never removed. A reader must ignore columns
that it does not know.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from simpsons_play.core.data_packages import data_package

VERSION = 1
"""Version of the tables; readers reject libraries of later versions."""

EPISODES, APPEARANCES, TRACKS = "episodes", "appearances", "tracks"
SHOTS, SCREEN_TIMES, THUMBNAILS = "shots", "screen_times", "thumbnails"

TABLES = (EPISODES, APPEARANCES, TRACKS, SHOTS, SCREEN_TIMES, THUMBNAILS)
"""All tables. Each episode has one Parquet file of each: `episodes/ID/appearances.parquet` and so on."""


EPISODE_ORDER = "season NULLS LAST, episode NULLS LAST, title, path, episode_id"
"""The order of episodes, as SQL: by season and number; videos without them come last, by their titles."""


@cache
def schemas() -> dict[str, Any]:
    """Table -> `pyarrow.Schema`.

    Raises:
        DependencyError: pyarrow is not installed.
    """
    pa = data_package("pyarrow", "the library")
    episode = pa.field("episode_id", pa.string(), nullable=False)

    def field(name: str, kind: Any) -> Any:
        return pa.field(name, kind, nullable=False)

    box = [(side, pa.int32()) for side in ("x_min", "y_min", "x_max", "y_max")]
    box_at_time = pa.struct(
        [
            field("time_s", pa.float64()),
            field("until_s", pa.float64()),
            ("track", pa.string()),
            *(field(*side) for side in box),
            field("probability", pa.float32()),
        ]
    )
    tables = {
        EPISODES: [
            episode,
            field("path", pa.string()),
            field("title", pa.string()),
            ("series", pa.string()),
            ("season", pa.int32()),
            ("episode", pa.int32()),
            field("duration_s", pa.float64()),
            field("frames", pa.int64()),
            field("rate", pa.string()),
            field("width", pa.int32()),
            field("height", pa.int32()),
            field("pixel_aspect", pa.string()),
            field("has_sound", pa.bool_()),
            field("size_bytes", pa.int64()),
            field("model", pa.string()),
            field("labels", pa.list_(pa.string())),
            field("names", pa.list_(pa.string())),
            field("colours", pa.list_(pa.string())),
            field("threshold", pa.float64()),
            field("settings", pa.string()),
            field("warnings", pa.list_(pa.string())),
            field("version", pa.string()),
            field("analysed_at", pa.timestamp("ms")),
        ],
        APPEARANCES: [
            episode,
            field("appearance", pa.int32()),
            field("label", pa.string()),
            field("side", pa.string()),
            field("start_s", pa.float64()),
            field("end_s", pa.float64()),
            field("mean_probability", pa.float64()),
            field("tracks", pa.list_(pa.string())),
            field("boxes", pa.list_(box_at_time)),
        ],
        TRACKS: [
            episode,
            field("track", pa.string()),
            field("shot", pa.int32()),
            ("label", pa.string()),
            field("side", pa.string()),
            field("start_s", pa.float64()),
            field("end_s", pa.float64()),
            field("score", pa.float32()),
            ("best_time_s", pa.float64()),
            *box,
            ("embedding", pa.list_(pa.float32())),
        ],
        SHOTS: [
            episode,
            field("shot", pa.int32()),
            field("start_s", pa.float64()),
            field("end_s", pa.float64()),
            field("first_frame", pa.int64()),
            field("frames", pa.int64()),
        ],
        SCREEN_TIMES: [
            episode,
            field("label", pa.string()),
            field("seconds", pa.float64()),
            field("seconds_least", pa.float64()),
            field("seconds_most", pa.float64()),
            field("share", pa.float64()),
            field("appearances", pa.int32()),
        ],
        THUMBNAILS: [
            episode,
            field("appearance", pa.int32()),
            field("label", pa.string()),
            field("time_s", pa.float64()),
            field("jpeg", pa.binary()),
        ],
    }
    metadata = {"simpsons_play.library": str(VERSION)}
    return {name: pa.schema(columns, metadata=metadata) for name, columns in tables.items()}
