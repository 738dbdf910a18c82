"""A data set of our own drawings, which the bundled network knows."""

import csv
from pathlib import Path

import cv2
import numpy as np

from simpsons_samples.drawings import random_picture

CHARACTERS = ("bart_simpson", "homer_simpson", "krusty_the_clown")


def write_drawings(root: Path, *, each: int, boxes: bool = True, seed: int = 0) -> Path:
    """Write a data set of three characters and unknown people, half of it for validation."""
    random = np.random.default_rng(seed)
    rows = []
    for name in (*CHARACTERS, None):
        folder = f"characters/{name}" if name else "others/gil"
        (root / folder).mkdir(parents=True)
        for number in range(each):
            file = f"{folder}/{number}.png"
            cv2.imwrite(str(root / file), random_picture(name, random, 96))
            split = "val" if number % 2 else "train"
            box = (48, 0, 96, 96) if name and boxes else ("",) * 4
            rows.append((file, name or "gil", f"{name}-{number}", split, *box))
    with (root / "pictures.csv").open("w", newline="") as table:
        header = ("file", "character", "scene", "split", "x_min", "y_min", "x_max", "y_max")
        csv.writer(table).writerows([header, *rows])
    return root
