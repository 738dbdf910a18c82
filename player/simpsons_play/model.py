"""Reads an .onnx file and its card; classifies pictures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from simpsons_models import default_model
from simpsons_play.card import ModelCard
from simpsons_play.errors import ModelError, SimpsonsError
from simpsons_play.providers import open_session
from simpsons_play.types import Image, Probabilities


class Classifier:
    """A network that is ready to run.

    Attributes:
        path: of the .onnx file.
        card: what the file says of itself.
        provider: the execution provider that really runs it, e.g. `CPUExecutionProvider`.
        note: why it is not a faster one; empty where there is nothing to say.
        threads: of the CPU's part of the work.
    """

    def __init__(
        self, session: Any, card: ModelCard, *, path: Path, provider: str, note: str, threads: int
    ) -> None:
        self._session, self._input = session, session.get_inputs()[0].name
        self.path, self.card, self.provider, self.note, self.threads = path, card, provider, note, threads

    def classify(self, pictures: Image) -> Probabilities:
        """(N, S, S, 3) uint8 BGR -> (N, K) float32 probabilities, in the order of `card.labels`."""
        (probabilities,) = self._session.run(None, {self._input: pictures})
        return probabilities  # type: ignore[no-any-return]


def default_threads() -> int:
    """Half the cores, at most four: the others decode and encode, and small networks gain nothing more."""
    return max(1, min(4, (os.cpu_count() or 1) // 2))


def load_classifier(
    path: Path | None = None, *, provider: str = "auto", threads: int | None = None
) -> Classifier:
    """Load a model and prove by a run that it works.

    Args:
        path: of an .onnx file that describes itself; None takes the default model.
        provider: `auto`, `cuda`, `tensorrt` or `cpu`.
        threads: for the CPU; None takes `default_threads()`.

    Raises:
        ModelError: the file is missing, is not ONNX, or does not follow the contract of `ModelCard`.
        ProviderError: a provider was asked for by name and does not work.
        ImportError: onnxruntime is not installed.
    """
    if path is None:
        try:
            path = default_model()
        except FileNotFoundError as error:
            raise ModelError(f"{error}; give one with --model") from error
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"model {path}: {error.strerror}; leave --model out for the one that is shipped"
        ) from error
    threads = threads or default_threads()
    try:
        opened = open_session(content, provider=provider, threads=threads)
    except (SimpsonsError, ImportError):
        raise
    except Exception as error:
        raise ModelError(f"{path} is not an ONNX model that onnxruntime can load; {_remedy(path)}") from error
    try:
        card = ModelCard.from_metadata(opened.session.get_modelmeta().custom_metadata_map)
        _check_shapes(opened.session, card)
    except ModelError as error:
        raise ModelError(f"{path}: {error}; {_remedy(path)}") from error
    return Classifier(
        opened.session, card, path=path, provider=opened.provider, note=opened.note, threads=threads
    )


def _remedy(path: Path) -> str:
    """How to come by a model: a Keras file only has to be exported."""
    if path.suffix.lower() in (".keras", ".h5", ".hdf5"):
        return f"make one of it with `simpsons export {path}`"
    return "make one with `simpsons export`"


def _check_shapes(session: Any, card: ModelCard) -> None:
    """Raise ModelError unless the graph has the input and output that the card speaks of."""
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if card.color_order != "BGR":
        raise ModelError(f"it takes pictures in {card.color_order} order; the player gives BGR")
    picture = [card.size_px, card.size_px, 3]
    if len(inputs) != 1 or inputs[0].type != "tensor(uint8)" or list(inputs[0].shape[1:]) != picture:
        raise ModelError(f"its input is not uint8 (N, {card.size_px}, {card.size_px}, 3)")
    if isinstance(inputs[0].shape[0], int):
        raise ModelError(f"it takes only batches of {inputs[0].shape[0]}")
    if len(outputs) != 1 or len(outputs[0].shape) != 2:
        raise ModelError("its output is not (N, K) probabilities")
    if outputs[0].shape[1] != len(card.labels):
        raise ModelError(f"{outputs[0].shape[1]} outputs but {len(card.labels)} labels")
