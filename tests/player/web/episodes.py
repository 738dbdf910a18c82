"""A small library made in code: numbered videos, and boxes that tell which frame they belong to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from simpsons_play.library import schema
from simpsons_play.library.episode_tables import parquet_bytes
from simpsons_play.library.store import LibraryStore
from tests.media import Recipe, make_video

RATE = Fraction(30)
FRAMES = 240
SIZE = (320, 240)
LABELS = ("bart_simpson", "homer_simpson", "lisa_simpson", "nelson_muntz")
COLOURS = ("#c6ea00", "#93fdd0", "#dc1e72", "#a0cac2")
THRESHOLD = 0.6

NUMBERED = "0" * 31 + "1"
WIDE = "0" * 31 + "2"
HOSTILE = "0" * 31 + "3"
EMPTY = "0" * 31 + "4"
GONE = "0" * 31 + "5"
OLD = "0" * 31 + "6"

HOSTILE_TITLE = (
    "<script>document.title = 'caught'</script> \"' &amp; ../../etc/passwd\n\x1b[31m" + "x" * 10_000
)
HOSTILE_LABEL = "</script><img src=x onerror=alert(1)>\"'\n" + "y" * 3000

SPEED_PX = 1
"""The numbered episode has a box whose left side is at the number of the frame, in pixels."""


@dataclass(frozen=True)
class Seen:
    """An appearance: boxes are (time_s, until_s, track, left, probability)."""

    label: str
    boxes: list[tuple[float, float, str | None, int, float]]

    @property
    def start_s(self) -> float:
        return self.boxes[0][0]

    @property
    def end_s(self) -> float:
        return max(box[1] for box in self.boxes)


@dataclass(frozen=True)
class Made:
    episode_id: str
    title: str
    path: str
    seen: list[Seen] = field(default_factory=list)
    season: int | None = None
    pixel_aspect: Fraction = Fraction(1)
    labels: tuple[str, ...] = LABELS
    names: tuple[str, ...] = ("Bart Simpson", "Homer Simpson", "Lisa Simpson", "Nelson Muntz")
    colours: tuple[str, ...] = COLOURS
    warnings: tuple[str, ...] = ()
    pictures: bool = True


def make_library(folder: Path) -> LibraryStore:
    """Six episodes: two have videos that browsers play, and one has an AVI file, which they do not."""
    videos = folder / "videos"
    videos.mkdir(parents=True)
    options = {"preset": "ultrafast", "g": "15", "bf": "2"}
    numbered = make_video(
        videos, Recipe("numbers.mp4", sound="aac", frames=FRAMES, rate=RATE, size=SIZE, options=options)
    )
    wide = make_video(
        videos,
        Recipe("wide.mp4", frames=60, rate=RATE, size=SIZE, options=options, aspect=Fraction(4, 3)),
    )
    old = make_video(
        videos,
        Recipe(
            "old.avi",
            "mpeg4",
            "libmp3lame",
            frames=FRAMES,
            rate=RATE,
            size=SIZE,
            options={"g": "30", "bf": "0", "strict": "-2", "b": "2000000"},
        ),
    )
    store = LibraryStore(folder / "library")
    store.create()
    length_s = float(FRAMES / RATE)
    last_s = length_s - float(1 / RATE)
    moving = Seen(
        "homer_simpson",
        [(0.0, last_s, "1-1", 0, 0.9), (last_s, length_s, "1-1", SPEED_PX * (FRAMES - 1), 0.9)],
    )
    fading = Seen("bart_simpson", [(2.0, 4.0, "1-2", 200, 0.98), (4.0, 5.0, "1-2", 200, 0.7)])
    still = Seen("homer_simpson", [(0.0, 2.0, "1-1", 60, 0.95)])
    late = Seen("lisa_simpson", [(6.0, 7.0, None, 0, 0.8)])
    for made in (
        Made(NUMBERED, "S04E12 Numbers", str(numbered), [moving, fading, late], 4),
        Made(
            WIDE,
            "S04E13 Wide",
            str(wide),
            [still],
            4,
            Fraction(4, 3),
        ),
        Made(
            HOSTILE,
            HOSTILE_TITLE,
            "/films/<script>'\"\n../../etc/passwd",
            [Seen(HOSTILE_LABEL, [(1.0, 2.0, "1-1", 10, 0.9)])],
            labels=(HOSTILE_LABEL,),
            names=(HOSTILE_LABEL,),
            colours=("red;background:url(//evil.example)",),
            warnings=("<b>bold</b>\nwarning",),
        ),
        Made(OLD, "S05E06 Old", str(old), [moving], 5),
        Made(EMPTY, "S05E01 Nobody", "/films/empty.mp4", season=5, pictures=False),
        Made(GONE, "S05E02 Gone", "/films/gone.mp4", [Seen("nelson_muntz", [(1.0, 3.0, "1-1", 30, 0.9)])], 5),
    ):
        store.write(made.episode_id, tables(made, length_s))
    return store


def tables(made: Made, length_s: float) -> dict[str, bytes]:
    """The tables of one episode."""
    about = {"episode_id": made.episode_id}
    times = dict.fromkeys((one.label for one in made.seen), 0.0)
    for one in made.seen:
        times[one.label] += one.end_s - one.start_s
    rows: dict[str, list[dict[str, Any]]] = {
        schema.APPEARANCES: [
            {
                **about,
                "appearance": number,
                "label": one.label,
                "side": "middle",
                "start_s": one.start_s,
                "end_s": one.end_s,
                "mean_probability": 0.9,
                "tracks": ["1-1"],
                "boxes": [_box(*box) for box in one.boxes],
            }
            for number, one in enumerate(made.seen, start=1)
        ],
        schema.TRACKS: [],
        schema.SHOTS: [
            {**about, "shot": 1, "start_s": 0.0, "end_s": length_s, "first_frame": 0, "frames": FRAMES}
        ],
        schema.SCREEN_TIMES: [
            {
                **about,
                "label": label,
                "seconds": seconds,
                "seconds_least": seconds,
                "seconds_most": seconds,
                "share": seconds / length_s,
                "appearances": 1,
            }
            for label, seconds in times.items()
        ],
        schema.THUMBNAILS: [
            {**about, "appearance": number, "label": one.label, "time_s": one.start_s, "jpeg": _jpeg(number)}
            for number, one in enumerate(made.seen, start=1)
            if made.pictures
        ],
        schema.EPISODES: [
            {
                **about,
                "path": made.path,
                "title": made.title,
                "season": made.season,
                "episode": None if made.season is None else int(made.episode_id[-1]),
                "duration_s": length_s,
                "frames": FRAMES,
                "rate": str(RATE),
                "width": SIZE[0],
                "height": SIZE[1],
                "pixel_aspect": str(made.pixel_aspect),
                "has_sound": True,
                "size_bytes": 1000,
                "model": "heads.onnx",
                "labels": list(made.labels),
                "names": list(made.names),
                "colours": list(made.colours),
                "threshold": THRESHOLD,
                "settings": "{}",
                "warnings": list(made.warnings),
                "version": "0",
                "analysed_at": datetime(2026, 1, 1),
            }
        ],
    }
    return {table: parquet_bytes(table, rows[table]) for table in schema.TABLES}


def _box(time_s: float, until_s: float, track: str | None, left: int, probability: float) -> dict[str, Any]:
    sides = {"x_min": left, "y_min": 80, "x_max": left + 60, "y_max": 160}
    return {"time_s": time_s, "until_s": until_s, "track": track, **sides, "probability": probability}


def _jpeg(number: int) -> bytes:
    return cv2.imencode(".jpg", np.full((144, 192, 3), 40 * number, np.uint8))[1].tobytes()
