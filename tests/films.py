"""Small films made in code, in which each shot shows the colour of a character, and their libraries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from simpsons_play.library.analysis_settings import AnalysisSettings
from simpsons_play.library.store import LibraryStore
from tests.fakes import COLOURS, GREY, write_colour_model
from tests.media import MP4, Recipe, make_video, numbered

BART, HOMER, MARGE = "bart_simpson", "homer_simpson", "marge_simpson"
RATE = Fraction(25)
SHOT_FRAMES = 25
"""Frames of a shot: one second."""


def film(path: Path, shots: Sequence[str | None], *, recipe: Recipe = MP4, seed: int = 0) -> Path:
    """Make a film of one shot a second, each with the colour of a character, or in grey with nobody.

    Args:
        path: its path; the suffix should be that of the recipe.
        shots: label of each shot.
        recipe: codec and container.
        seed: films with other seeds have other content.
    """

    def picture(number: int, size: tuple[int, int]) -> np.ndarray:
        label = shots[number // SHOT_FRAMES]
        image = np.full((size[1], size[0], 3), GREY if label is None else COLOURS[label], np.uint8)
        image[: size[1] // 4] = numbered(seed, (size[0], size[1] // 4))
        return image

    path.parent.mkdir(parents=True, exist_ok=True)
    frames = SHOT_FRAMES * len(shots)
    return make_video(
        path.parent,
        replace(recipe, name=path.name, frames=frames, rate=RATE, size=(96, 64), picture=picture),
    )


def colour_settings(folder: Path, **changes: Any) -> AnalysisSettings:
    """Settings with a model that names colours, which is written into a folder."""
    model = folder / "colours.onnx"
    if not model.exists():
        write_colour_model(model)
    values: dict[str, Any] = {"model": model, "regions": "full", "provider": "cpu", "cached": False}
    return AnalysisSettings(**{**values, **changes})


def rows_of(store: LibraryStore, episode_id: str, table: str) -> list[dict[str, Any]]:
    """The rows of one table of one episode."""
    rows: list[dict[str, Any]] = store.read(episode_id, table).to_pylist()
    return rows


def content_of(store: LibraryStore) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """All rows of a library, but when they were made."""
    from simpsons_play.library.schema import TABLES

    found = {}
    for episode in store.episodes():
        for table in TABLES:
            rows = rows_of(store, episode.episode_id, table)
            for row in rows:
                row.pop("analysed_at", None)
            found[episode.episode_id, table] = rows
    return found
