"""The embedder: a network that turns heads into vectors, close together for heads of one character."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from simpsons_play.core.errors import ModelError
from simpsons_play.core.foreign_files import guarded
from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Boxes
from simpsons_play.inference.head_crops import head_views

Embeddings = npt.NDArray[np.float32]
"""(N, D) float32: unit vectors. The product of two is the cosine of the angle between them."""

CONTRACT_VERSION = 1
_PREFIX = "simpsons_play.embedder."
_OUTPUTS = ("embeddings", "references")
_MAX_PX, _MAX_CHARACTERS = 1024, 1 << 20


@dataclasses.dataclass(frozen=True, slots=True)
class EmbedderCard:
    """What the player needs to know about an embedder, and how it was made.

    Attributes:
        network: name of the architecture.
        size_px: side S of the head crops that it takes.
        labels: the characters whose heads it was trained to tell apart.
        reference_labels: the character of each reference embedding, R in all; `NOBODY` for strangers.
        training_data: one sentence about the training data.
        version: version of the network: `1`, or a checksum of its weights.
    """

    network: str
    size_px: int
    labels: tuple[str, ...]
    reference_labels: tuple[str, ...]
    training_data: str = "unspecified"
    version: str = "1"

    def __post_init__(self) -> None:
        """Raise ValueError for invalid fields."""
        if type(self.size_px) is not int or not 8 <= self.size_px <= _MAX_PX:
            raise ValueError(f"size_px must be an integer from 8 to {_MAX_PX:,}, not {self.size_px!r}")
        for name in ("labels", "reference_labels"):
            if not all(isinstance(label, str) and label for label in getattr(self, name)):
                raise ValueError(f"{name} must be names")

    def to_metadata(self) -> dict[str, str]:
        """The card as ONNX metadata: one entry `simpsons_play.embedder.<field>` per field, as JSON."""
        fields = {"contract": CONTRACT_VERSION, **dataclasses.asdict(self)}
        return {_PREFIX + name: json.dumps(value) for name, value in fields.items()}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> Self:
        """Read a card from the metadata of an ONNX file.

        Raises:
            ModelError: an entry is missing or invalid; the message has no file name.
        """
        texts = {k.removeprefix(_PREFIX): v for k, v in metadata.items() if k.startswith(_PREFIX)}
        if not texts:
            raise ModelError("the file is not an embedder (it has no simpsons_play.embedder metadata)")
        with guarded(ModelError, "its metadata is invalid"):
            if max(map(len, texts.values())) > _MAX_CHARACTERS:
                raise ModelError(f"its metadata has an entry longer than {_MAX_CHARACTERS:,} characters")
            values: dict[str, Any] = {name: json.loads(text) for name, text in texts.items()}
            if (contract := values.pop("contract", None)) != CONTRACT_VERSION:
                raise ModelError(f"its contract version is {contract}; this player reads {CONTRACT_VERSION}")
            values |= {name: tuple(values[name]) for name in ("labels", "reference_labels")}
            return cls(**{field.name: values[field.name] for field in dataclasses.fields(cls)})


class Embedder:
    """Embeds heads. Thread-safe.

    Attributes:
        path: path of the .onnx file.
        card: metadata of the network.
        references: (R, D) embeddings of heads of known characters and of strangers, from which others must
            differ.
    """

    def __init__(self, session: Any, card: EmbedderCard, *, path: Path) -> None:
        """Check the outputs of a session by a trial run.

        Args:
            session: an `onnxruntime.InferenceSession`.
            card: metadata of the network.
            path: path of the .onnx file.

        Raises:
            ModelError: the outputs do not match the card.
        """
        self._session, self._input = session, session.get_inputs()[0].name
        self.path, self.card = path, card
        blank = np.zeros((1, card.size_px, card.size_px, 3), np.uint8)
        embeddings, references = self._run(blank, _OUTPUTS)
        if embeddings.ndim != 2 or references.shape != (len(card.reference_labels), embeddings.shape[1]):
            raise ModelError(f"{path} returns embeddings or references that do not match its metadata")
        self.references: Embeddings = references

    def without_session(self) -> Self:
        """A copy that cannot run: it only has the references, and can be pickled."""
        embedder = copy(self)
        embedder._session = None
        return embedder

    @property
    def id(self) -> str:
        """Which network it is: embeddings of different networks cannot be compared."""
        return f"{self.card.network}-{self.card.version}"

    @property
    def dimensions(self) -> int:
        """Length of the vectors, D."""
        return int(self.references.shape[1])

    def embed(self, image: Image, boxes: Boxes) -> Embeddings:
        """Embed heads of a picture.

        Args:
            image: (H, W, 3) uint8 BGR.
            boxes: (M, 4) float32: x_min, y_min, x_max, y_max in pixels of the image.

        Returns:
            (M, D) float32 unit vectors.

        Raises:
            ModelError: the network fails.
            ValueError: a box is empty, or outside the image.
        """
        if not len(boxes):
            return np.zeros((0, self.dimensions), np.float32)
        views = np.concatenate([head_views(image, box, self.card.size_px) for box in boxes])
        return mean_of_views(self.embed_views(views), len(boxes))

    def embed_views(self, views: Image) -> Embeddings:
        """Embed single views of heads: (N, S, S, 3) uint8 BGR -> (N, D) float32 unit vectors.

        Raises:
            ModelError: the network fails.
        """
        (embeddings,) = self._run(views, _OUTPUTS[:1])
        return embeddings

    def _run(self, crops: Image, outputs: tuple[str, ...]) -> list[Embeddings]:
        with guarded(ModelError, f"{self.path} fails on a picture"):
            found = self._session.run(list(outputs), {self._input: crops})
            return [np.asarray(output, np.float32) for output in found]


def mean_of_views(embeddings: Embeddings, heads: int) -> Embeddings:
    """The embeddings of heads from those of their views: (M * V, D) -> (M, D) unit vectors."""
    means = embeddings.reshape(heads, -1, embeddings.shape[1]).mean(axis=1)
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True).clip(1e-6), np.float32)
