"""What the page of an episode needs to draw names and lanes, as JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from simpsons_play.core.escaping import one_line
from simpsons_play.library import schema
from simpsons_play.web.catalogue import Catalogue, Episode

LANE_STEPS = 400
"""Number of steps of the time axis of small lanes."""


def episode_data(catalogue: Catalogue, episode: Episode) -> dict[str, Any]:
    """Appearances and boxes of one episode.

    Returns:
        `characters`, and `appearances` with `who`, the position of the character in these, and `boxes`: lists
        of time and end in seconds, number of the track (-1 for a crop of the frame), left, top, right and
        bottom in pixels of the frame, and probability; `shots` are their starts, in seconds.

    Raises:
        LibraryError: the episode cannot be read.
    """
    rows = catalogue.store.read(episode.episode_id, schema.APPEARANCES).to_pylist()
    shots = catalogue.store.read(episode.episode_id, schema.SHOTS).column("start_s").to_pylist()
    labels = list(
        dict.fromkeys([*(person.label for person in episode.people), *(row["label"] for row in rows)])
    )
    totals = {person.label: person for person in episode.people}
    people = [totals.get(label) or catalogue.person(label) for label in labels]
    counts = dict.fromkeys(labels, 0)
    for row in rows:
        counts[row["label"]] += 1
    tracks: dict[str, int] = {}
    return {
        "id": episode.episode_id,
        "version": episode.version,
        "duration_s": episode.duration_s,
        "width": episode.size_px[0],
        "height": episode.size_px[1],
        "pixel_aspect": episode.pixel_aspect,
        "rate": episode.rate,
        "threshold": episode.threshold,
        "characters": [
            {
                "label": person.label,
                "name": one_line(person.name),
                "colour": person.colour,
                "seconds": round(totals[person.label].seconds if person.label in totals else 0.0, 3),
                "appearances": counts[person.label],
            }
            for person in people
        ],
        "appearances": [
            {
                "number": row["appearance"],
                "who": labels.index(row["label"]),
                "start_s": round(row["start_s"], 4),
                "end_s": round(row["end_s"], 4),
                "probability": round(row["mean_probability"], 4),
                "boxes": [_box(box, tracks) for box in row["boxes"]],
            }
            for row in sorted(rows, key=lambda row: (row["start_s"], row["appearance"]))
        ],
        "shots": [round(start_s, 4) for start_s in shots],
    }


def small_lanes(catalogue: Catalogue, episodes: Sequence[Episode]) -> dict[str, list[dict[str, Any]]]:
    """For each episode, lanes of the characters whom its card names.

    Returns:
        ID -> lanes with `colour` and `bars`: pairs of start and end, in 1/`LANE_STEPS` of the episode.
    """
    with catalogue.cursor() as cursor:
        rows = cursor.execute(
            "SELECT episode_id, label, start_s, end_s FROM appearances "
            "WHERE episode_id IN (SELECT unnest(?)) ORDER BY start_s",
            [[episode.episode_id for episode in episodes]],
        ).fetchall()
    times: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for found_id, label, start_s, end_s in rows:
        times.setdefault((found_id, label), []).append((start_s, end_s))
    return {
        episode.episode_id: [
            {
                "colour": person.colour,
                "bars": _bars(times.get((episode.episode_id, person.label), ()), episode.duration_s),
            }
            for person in episode.main_people
        ]
        for episode in episodes
    }


def _bars(times: Sequence[tuple[float, float]], duration_s: float) -> list[tuple[int, int]]:
    """Times in steps; those that touch are joined."""
    bars: list[tuple[int, int]] = []
    for start_s, end_s in times:
        first = min(LANE_STEPS - 1, int(LANE_STEPS * start_s / (duration_s or 1.0)))
        last = min(LANE_STEPS, max(first + 1, math.ceil(LANE_STEPS * end_s / (duration_s or 1.0))))
        if bars and first <= bars[-1][1]:
            bars[-1] = bars[-1][0], max(bars[-1][1], last)
        else:
            bars.append((first, last))
    return bars


def _box(box: dict[str, Any], tracks: dict[str, int]) -> list[float]:
    track = -1 if box["track"] is None else tracks.setdefault(box["track"], len(tracks))
    sides = (box[side] for side in ("x_min", "y_min", "x_max", "y_max"))
    return [round(box["time_s"], 4), round(box["until_s"], 4), track, *sides, round(box["probability"], 4)]
