"""Generates a library of many random episodes, and measures questions to it.

    python -m tests.benchmarks.season FOLDER --episodes 800

Each episode has 22 minutes, some 330 shots and 400 appearances, with boxes, tracks, embeddings and pictures
as an analysis writes them: the numbers of rows and bytes are those of real episodes. No video exists.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np

from simpsons_play.core.names import colour_of, display_name
from simpsons_play.library import schema
from simpsons_play.library.episode_tables import parquet_bytes
from simpsons_play.library.store import LibraryStore

LABELS = (
    *("abraham_grampa_simpson", "apu_nahasapeemapetilon", "bart_simpson", "charles_montgomery_burns"),
    *("chief_wiggum", "comic_book_guy", "edna_krabappel", "homer_simpson", "kent_brockman"),
    *("krusty_the_clown", "lisa_simpson", "marge_simpson", "milhouse_van_houten", "moe_szyslak"),
    *("ned_flanders", "nelson_muntz", "principal_skinner", "sideshow_bob"),
)
EPISODES_PER_SEASON = 22
MINUTES, RATE = 22, 24000 / 1001
_DIMENSIONS = 320


def season_library(folder: Path, *, episodes: int, seed: int = 0) -> LibraryStore:
    """Make a library, or add the episodes that are missing in one.

    Args:
        folder: its folder.
        episodes: number of episodes; 22 make a season.
        seed: of the random numbers; the same seed makes the same tables.
    """
    store = LibraryStore(folder)
    store.create()
    done = {episode.episode_id for episode in store.episodes()}
    for number in range(episodes):
        found_id = f"{seed:016x}{number:016x}"
        if found_id not in done:
            store.write(found_id, episode_files(found_id, number, np.random.default_rng([seed, number])))
    return store


def episode_files(
    found_id: str, number: int, random: np.random.Generator, *, minutes: int = MINUTES
) -> dict[str, bytes]:
    """The tables of one episode, with random people: some are in nearly every shot.

    Args:
        found_id: its ID.
        number: its number in the whole series, starting at 0.
        random: source of the random numbers.
        minutes: its length.
    """
    season, episode = number // EPISODES_PER_SEASON + 1, number % EPISODES_PER_SEASON + 1
    duration_s = minutes * 60.0
    cuts = np.sort(random.uniform(0, duration_s, 15 * minutes))
    starts = [0.0, *(float(cut) for cut in cuts)]
    ends = [*starts[1:], duration_s]
    weights = random.dirichlet(np.linspace(3.0, 0.1, len(LABELS)))
    tables: dict[str, list[dict[str, Any]]] = {table: [] for table in schema.TABLES}
    seconds = dict.fromkeys(LABELS, 0.0)
    counts = dict.fromkeys(LABELS, 0)
    for shot, (start_s, end_s) in enumerate(zip(starts, ends, strict=True), start=1):
        first = round(start_s * RATE)
        tables[schema.SHOTS].append(
            {
                "episode_id": found_id,
                "shot": shot,
                "start_s": start_s,
                "end_s": end_s,
                "first_frame": first,
                "frames": max(1, round(end_s * RATE) - first),
            }
        )
        people = min(len(LABELS), int(random.poisson(1.3)))
        for head, label in enumerate(random.choice(LABELS, people, replace=False, p=weights), start=1):
            track, appearance = f"{shot}-{head}", len(tables[schema.APPEARANCES]) + 1
            boxes = list(_boxes(start_s, end_s, track, random))
            about = {"episode_id": found_id, "label": str(label)}
            seconds[label] += end_s - start_s
            counts[label] += 1
            tables[schema.APPEARANCES].append(
                {
                    **about,
                    "appearance": appearance,
                    "side": "left",
                    "start_s": start_s,
                    "end_s": end_s,
                    "mean_probability": float(random.uniform(0.7, 0.98)),
                    "tracks": [track],
                    "boxes": boxes,
                }
            )
            tables[schema.THUMBNAILS].append(
                {**about, "appearance": appearance, "time_s": start_s, "jpeg": _picture(random)}
            )
        for head in range(1, people + 2):
            embedding = random.normal(0, 1 / np.sqrt(_DIMENSIONS), _DIMENSIONS)
            tables[schema.TRACKS].append(
                {
                    "episode_id": found_id,
                    "track": f"{shot}-{head}",
                    "shot": shot,
                    "side": "left",
                    "start_s": start_s,
                    "end_s": end_s,
                    "score": 0.8,
                    "best_time_s": start_s,
                    "x_min": 100,
                    "y_min": 80,
                    "x_max": 220,
                    "y_max": 240,
                    "embedding": embedding.astype(np.float16).astype(np.float32),
                }
            )
    tables[schema.SCREEN_TIMES] = [
        {
            "episode_id": found_id,
            "label": label,
            "seconds": total_s,
            "seconds_least": 0.9 * total_s,
            "seconds_most": 1.1 * total_s,
            "share": total_s / duration_s,
            "appearances": counts[label],
        }
        for label, total_s in seconds.items()
        if total_s
    ]
    tables[schema.EPISODES] = [
        {
            "episode_id": found_id,
            "path": f"/films/Season {season}/S{season:02}E{episode:02}.mkv",
            "title": f"S{season:02}E{episode:02} Random episode",
            "series": "The Simpsons",
            "season": season,
            "episode": episode,
            "duration_s": duration_s,
            "frames": round(duration_s * RATE),
            "rate": "24000/1001",
            "width": 640,
            "height": 480,
            "pixel_aspect": "1",
            "has_sound": True,
            "size_bytes": 200_000_000,
            "model": "heads.onnx",
            "labels": list(LABELS),
            "names": [display_name(label) for label in LABELS],
            "colours": ["#{2:02x}{1:02x}{0:02x}".format(*colour_of(label, LABELS)) for label in LABELS],
            "threshold": 0.6,
            "settings": "{}",
            "warnings": [],
            "version": "0",
            "analysed_at": datetime(2026, 1, 1),
        }
    ]
    return {table: parquet_bytes(table, rows) for table, rows in tables.items()}


def _boxes(start_s: float, end_s: float, track: str, random: np.random.Generator) -> Iterator[dict[str, Any]]:
    times = np.linspace(start_s, end_s, max(2, int((end_s - start_s) * 2)))
    for time_s, until_s in itertools.pairwise(times):
        x, y = random.integers(0, 500), random.integers(0, 300)
        yield {
            "time_s": time_s,
            "until_s": until_s,
            "track": track,
            "x_min": x,
            "y_min": y,
            "x_max": x + 120,
            "y_max": y + 160,
            "probability": float(random.uniform(0.6, 1)),
        }


def _picture(random: np.random.Generator) -> bytes:
    """A picture of the size of a thumbnail, as JPEG: a few kilobytes."""
    coarse = random.integers(0, 255, (12, 16, 3), np.uint8)
    return cv2.imencode(".jpg", cv2.resize(coarse, (192, 144)), (cv2.IMWRITE_JPEG_QUALITY, 90))[1].tobytes()


def _measure(*args: str, repeats: int) -> str:
    times = []
    for _ in range(repeats):
        started_s = time.perf_counter()
        subprocess.run([sys.executable, "-m", "simpsons_play", *args], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - started_s)
    return f"median {statistics.median(times):.2f} s, at most {max(times):.2f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--episodes", type=int, default=800)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    started_s = time.perf_counter()
    season_library(options.folder, episodes=options.episodes)
    click.echo(f"made {options.episodes} episodes in {time.perf_counter() - started_s:.0f} s")
    library = ("--library", str(options.folder))
    for args in (
        ("library", "stats"),
        ("library", "find", "--who", "krusty"),
        ("library", "find", "--who", "homer", "--with", "bart", "--without", "lisa"),
    ):
        click.echo(f"{' '.join(args)}: {_measure(*args, *library, repeats=options.repeats)}")


if __name__ == "__main__":
    main()
