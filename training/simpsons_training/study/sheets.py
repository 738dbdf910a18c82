"""The contact sheets of a data set study."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simpsons_play.core.names import display_name
from simpsons_training.duplicates import NearPairs
from simpsons_training.files import write_atomic
from simpsons_training.study.contact_sheet import Tile, contact_sheet, jpeg, spread_over_scenes
from simpsons_training.study.suspects import Suspect
from simpsons_training.table import Picture

_COLUMNS, _ROWS = 8, 6
_SMALL_PX, _LARGE_PX = 96, 128
_PAIRS, _SUSPECTS = 48, 48


@dataclass(frozen=True, slots=True)
class Sheets:
    """A folder of contact sheets, as JPEG files."""

    folder: Path

    def of_character(self, pictures: Sequence[Picture]) -> Path:
        """Write a sheet of one character, spread evenly over its scenes."""
        first = pictures[0]
        tiles = [Tile((p,)) for p in spread_over_scenes(pictures, _COLUMNS * _ROWS)]
        # A name in a table need not be a valid file name.
        name = ("" if first.known else "others-") + re.sub(r"[^\w-]+", "_", first.character)
        return self._write(name, contact_sheet(tiles, columns=_COLUMNS, side_px=_SMALL_PX))

    def of_pairs(self, name: str, pictures: Sequence[Picture], pairs: NearPairs) -> Path | None:
        """Write a sheet of evenly spaced pairs; without pairs, remove the sheet of an earlier run."""
        if not len(pairs):
            (self.folder / f"{name}.jpg").unlink(missing_ok=True)
            return None
        tiles = []
        for k in np.linspace(0, len(pairs) - 1, min(_PAIRS, len(pairs))).round().astype(int):
            two = pictures[pairs.first[k]], pictures[pairs.second[k]]
            caption = [f"{display_name(p.character)}, {p.split}: {p.path.stem}" for p in two]
            distance = f"{pairs.bits[k]} bits, difference {pairs.difference[k]:.2f}"
            tiles.append(Tile(two, (*caption, distance)))
        return self._write(name, contact_sheet(tiles, columns=4, side_px=_LARGE_PX))

    def of_suspects(self, suspects: Sequence[Suspect]) -> Path:
        """Write a sheet of suspects, at least one, with given and suggested labels."""
        tiles = [
            Tile(
                (s.picture,),
                (s.picture.path.stem, f"{s.given_probability:.2f} {display_name(s.picture.character)}"),
                f"{s.suggested_probability:.2f} {display_name(s.suggested)}",
            )
            for s in suspects[:_SUSPECTS]
        ]
        return self._write("mislabelled", contact_sheet(tiles, columns=_COLUMNS, side_px=_LARGE_PX))

    def _write(self, name: str, sheet: np.ndarray) -> Path:
        return write_atomic(self.folder / f"{name}.jpg", jpeg(sheet))
