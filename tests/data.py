"""Where the pictures and clips of the show lie, for the tests that use them where they are here."""

import os
from pathlib import Path

DATA = Path(os.environ.get("SIMPSONS_DATA") or Path(__file__).parents[2] / "shared" / "data")
"""SIMPSONS_DATA, else a folder beside the checkout."""

PICTURES = DATA / "pictures.csv"
EPISODE = DATA.parent / "clips" / "episode.avi"
