"""Let a network that was trained without a memory remember its training pictures.

python -m simpsons_training.remember models/simpsons_models/springfield.keras PICTURES
"""

from __future__ import annotations

import dataclasses
import shutil
import sys
from pathlib import Path

from simpsons_play.core.errors import DataError
from simpsons_training.config import FINE_TUNING, MEMORY_EACH, MEMORY_OTHERS
from simpsons_training.dataset import load_images
from simpsons_training.evaluation.as_trained import read_as_trained
from simpsons_training.files import write_together
from simpsons_training.fine_tune import augmented_features
from simpsons_training.memory import Memory, append_memory, choose, read_memory
from simpsons_training.taught import open_taught


def remember(network: Path, folder: Path) -> None:
    """Add features of some of the training pictures in a folder to the `.keras` file of a network.

    Raises:
        DataError: The network has a memory, or the pictures cannot be read.
        ModelError: The network cannot be read.
    """
    if read_memory(network) is not None:
        raise DataError(f"{network} remembers its pictures already")
    taught = open_taught(network)
    judged = read_as_trained(network, taught.card, [folder])
    train = [p for p in judged.found.pictures if judged.part == "all" or p.split == "train"]
    pictures = [train[i] for i in choose(train, MEMORY_EACH, MEMORY_OTHERS, seed=0)]
    recipe = dataclasses.replace(FINE_TUNING, size_px=taught.card.size_px)
    images = load_images(pictures, recipe.stored_scale * recipe.size_px)
    memory = Memory.of(augmented_features(taught, images, recipe, (0, 0)), pictures, seed=0)

    def write(part: Path) -> None:
        shutil.copyfile(network, part)
        append_memory(part, memory)

    write_together({network: write})


if __name__ == "__main__":
    remember(*map(Path, sys.argv[1:]))
