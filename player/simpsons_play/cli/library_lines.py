"""The lines that commands print about a library. Pure functions: results in, text out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from math import isfinite
from types import NoneType
from typing import Any

from simpsons_play.core.escaping import csv_row, one_line, readable
from simpsons_play.core.names import counted, display_name
from simpsons_play.core.timefmt import format_tenths, format_time
from simpsons_play.library.moments import Moment
from simpsons_play.library.statistics import EpisodeTime, LibraryStatistics

JSON_VERSION = 1
"""Version of the JSON of `find` and `stats`."""

_MAX_CELL = 60
_MAX_PAIRS, _MAX_LISTED = 10, 5


def moment_lines(moments: Sequence[Moment]) -> Iterator[str]:
    """Moments as a table, and their number and total length."""
    if not moments:
        yield "Nothing found"
        return
    rows = [
        (
            moment.title,
            format_tenths(moment.start_s),
            format_tenths(moment.end_s),
            f"{moment.seconds:.1f} s",
            ", ".join(map(display_name, moment.labels)),
        )
        for moment in moments
    ]
    yield from _table(("Video", "From", "To", "Length", "On screen"), rows, right=(1, 2, 3))
    seconds = sum(moment.seconds for moment in moments)
    videos = counted(len({moment.episode_id for moment in moments}), "video")
    yield f"{counted(len(moments), 'moment')} in {videos}, {format_tenths(seconds)} in all"


def moments_json(moments: Sequence[Moment]) -> str:
    """Moments as one JSON object."""
    rows = [{**asdict(moment), "rate": str(moment.rate)} for moment in moments]
    return _json({"moments": rows, "seconds": sum(moment.seconds for moment in moments)})


def statistics_lines(found: LibraryStatistics) -> Iterator[str]:
    """Statistics as tables."""
    yield f"{counted(found.episodes, 'video')}, {format_time(found.seconds)} in all"
    yield ""
    rows = [
        (
            display_name(total.label),
            format_time(total.seconds),
            f"{total.share * 100:.1f}%",
            f"{format_time(total.seconds_least)}-{format_time(total.seconds_most)}",
            str(total.episodes),
            str(total.appearances),
            _place(total.first),
            _place(total.last),
            f"{_place(total.longest)} ({total.longest_s:.1f} s)",
        )
        for total in found.characters
    ]
    header = ("Character", "Time", "Share", "Band", "Videos", "Appearances", "First", "Last", "Longest")
    yield from _table(header, rows, right=(1, 2, 3, 4, 5))
    if any(season is not None for season in found.by_season):
        yield ""
        by_season = [
            ("other" if season is None else str(season), _longest(times))
            for season, times in found.by_season.items()
        ]
        yield from _table(("Season", "Most time on screen"), by_season, right=(0,), shorten=False)
    if found.pairs:
        yield ""
        pairs = [
            (" and ".join(map(display_name, pair.labels)), format_time(pair.seconds), str(pair.episodes))
            for pair in found.pairs[:_MAX_PAIRS]
        ]
        yield from _table(("On screen together", "Time", "Videos"), pairs, right=(1, 2))
        if len(found.pairs) > _MAX_PAIRS:
            yield f"{len(found.pairs) - _MAX_PAIRS} more: --json and --matrix list all"


def statistics_json(found: LibraryStatistics) -> str:
    """Statistics as one JSON object; seasons are keys, `null` for videos without one."""
    by_season = {
        "null" if season is None else str(season): times for season, times in found.by_season.items()
    }
    return _json({**asdict(found), "by_season": by_season})


def episode_lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The videos of a library as a table."""
    episodes = [dict(zip(columns, row, strict=True)) for row in rows]
    lines = [
        (
            episode["episode_id"][:8],
            format_time(episode["duration_s"]),
            episode["title"],
            episode["path"] + (" (incomplete)" if episode["warnings"] else ""),
        )
        for episode in episodes
    ]
    yield from _table(("ID", "Length", "Title", "File"), lines, right=(1,), shorten=False)
    seconds = sum(episode["duration_s"] for episode in episodes)
    yield f"{counted(len(episodes), 'video')}, {format_time(seconds)} in all"


def row_lines(columns: Sequence[str], rows: Iterable[Sequence[Any]], layout: str) -> Iterator[str]:
    """The rows of a query.

    Args:
        columns: names of the columns.
        rows: values as DuckDB returns them.
        layout: `table`, `csv`, or `json`, which is one object for each row.
    """
    if layout == "csv":
        yield csv_row(*columns, line_end="")
        for row in rows:
            yield csv_row(
                *(_cell(value) if not isinstance(value, int | float) else value for value in row), line_end=""
            )
    elif layout == "json":
        for row in rows:
            yield json.dumps(dict(zip(columns, map(_plain, row), strict=True)))
    else:
        rows = list(rows)
        numbers = [
            column
            for column in range(len(columns))
            if all(isinstance(row[column], int | float | NoneType) for row in rows)
        ]
        yield from _table(columns, [tuple(map(_cell, row)) for row in rows], right=numbers)


def _longest(times: Mapping[str, float]) -> str:
    """The characters with most time on screen, longest first."""
    longest = sorted(times.items(), key=lambda item: -item[1])[:_MAX_LISTED]
    return ", ".join(f"{display_name(label)} {format_time(seconds)}" for label, seconds in longest)


def _place(time: EpisodeTime) -> str:
    return f"{time.title} {format_time(time.time_s)}"


def _table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Iterable[int] = (),
    shorten: bool = True,
) -> Iterator[str]:
    """Columns of text; `right` are the numbers of those that are aligned to the right."""
    from rich.cells import cell_len, set_cell_size

    cells = [[one_line(cell) for cell in row] for row in (header, *rows)]
    widths = [max(cell_len(row[column]) for row in cells) for column in range(len(header))]
    if shorten:
        widths = [min(width, _MAX_CELL) for width in widths]
    aligned = set(right)
    for row in cells:
        parts = []
        for column, (cell, width) in enumerate(zip(row, widths, strict=True)):
            if cell_len(cell) > width:
                cell = f"{set_cell_size(cell, width - 1)}…"
            space = " " * (width - cell_len(cell))
            parts.append(space + cell if column in aligned else cell + space)
        yield "  ".join(parts).rstrip()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, dict | list | tuple):
        return json.dumps(_plain(value))
    return str(value)


def _plain(value: object) -> object:
    """A value as JSON knows it."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and not isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float):
        return value
    return _cell(value) if isinstance(value, bytes) else readable(str(value))


def _json(content: dict[str, Any]) -> str:
    return json.dumps({"version": JSON_VERSION, **content})
