"""What a classifier remembers of its training pictures, so that it can be fine-tuned without them.

The memory consists of the features, inputs of the last layer, of a few augmented pictures of each character.
Replaying them keeps the last layer from forgetting (feature replay: Iscen et al. 2020, "Memory-Efficient
Incremental Learning Through Feature Adaptation", arXiv:2004.00713). They are valid as long as the layers
before it stay as they are.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from simpsons_play.core.errors import ModelError
from simpsons_play.core.foreign_files import guarded, read_entry
from simpsons_training.config import MEMORY_EACH, MEMORY_OTHERS
from simpsons_training.table import Picture

Floats = npt.NDArray[np.float32]

_ENTRY = "simpsons_memory.npz"
"""Entry of a `.keras` file that contains the memory."""

_MAX_BYTES = 1 << 28


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """Remembered features.

    Attributes:
        features: (N, D) float32, inputs of the last layer.
        names: (N,) str, the character of each.
    """

    features: Floats
    names: npt.NDArray[np.str_]

    @classmethod
    def of(cls, features: Floats, pictures: Sequence[Picture], *, seed: int) -> Self:
        """Remember a few pictures of each known character, and of all others together.

        Args:
            features: (N, D) float32.
            pictures: The N pictures.
            seed: Random seed of the choice.
        """
        chosen = choose(pictures, MEMORY_EACH, MEMORY_OTHERS, seed=seed)
        return cls(features[chosen], np.array([pictures[i].character for i in chosen], np.str_))

    def join(self, other: Memory) -> Memory:
        """The features of both."""
        return Memory(
            np.concatenate([self.features, other.features]), np.concatenate([self.names, other.names])
        )

    def select(self, mask: npt.NDArray[np.bool_]) -> Memory:
        """Those where a mask (N,) is True."""
        return Memory(self.features[mask], self.names[mask])


def choose(pictures: Sequence[Picture], each: int, others: int, *, seed: int) -> npt.NDArray[np.int64]:
    """Choose at most `each` pictures of each known character and `others` of all others, as indices."""
    left: dict[str | None, int] = {None: others}
    chosen = []
    for i in np.random.default_rng(seed).permutation(len(pictures)):
        name = pictures[i].character if pictures[i].known else None
        left[name] = left.get(name, each) - 1
        if left[name] >= 0:
            chosen.append(int(i))
    return np.array(sorted(chosen), np.int64)


def read_memory(path: Path) -> Memory | None:
    """Read the memory of a `.keras` file; None if it has none.

    Raises:
        ModelError: The file or its memory is broken.
    """
    with guarded(ModelError, f"{path} is not a readable Keras file", "train it again"):
        with zipfile.ZipFile(path) as archive:
            if _ENTRY not in archive.namelist():
                return None
            content = read_entry(archive, _ENTRY, max_bytes=_MAX_BYTES)
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            features, names = np.asarray(arrays["features"], np.float32), np.asarray(arrays["names"], np.str_)
        if features.ndim != 2 or names.shape != features.shape[:1] or not np.isfinite(features).all():
            raise ValueError("its memory has another shape than expected")
        return Memory(features, names)


def append_memory(part: Path, memory: Memory) -> None:
    """Add the memory to a `.keras` file that has none."""
    content = io.BytesIO()
    np.savez_compressed(content, features=memory.features.astype(np.float16), names=memory.names)
    with zipfile.ZipFile(part, "a") as archive:
        archive.writestr(_ENTRY, content.getvalue())
