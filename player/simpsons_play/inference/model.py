"""Reads an .onnx file and its card; classifies pictures, or finds heads in frames."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from simpsons_models import default_detector, default_model
from simpsons_play.core.crops import AUTO, DETECT
from simpsons_play.core.errors import ModelError
from simpsons_play.core.foreign_files import guarded
from simpsons_play.core.types import Image, Places, Probabilities
from simpsons_play.inference.model_card import ModelCard
from simpsons_play.inference.onnx_file import data_files, read_model
from simpsons_play.inference.providers import open_session


class Network:
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

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files of all that is asked."""
        return (self.path,)

    @property
    def title(self) -> str:
        """The names of those files."""
        return " + ".join(path.name for path in self.paths)


class Classifier(Network):
    """Says who is on a picture."""

    def classify(self, pictures: Image) -> Probabilities:
        """(N, S, S, 3) uint8 BGR -> (N, K) float32 probabilities, in the order of `card.labels`."""
        with guarded(ModelError, f"{self.path} fails on a picture"):
            (probabilities,) = self._session.run(None, {self._input: pictures})
            if probabilities.shape != (len(pictures), len(self.card.labels)):
                raise ModelError(f"{self.path} gives probabilities of another shape than it says")
        return np.asarray(probabilities, np.float32)


class Detector(Network):
    """Says whose heads are where in a frame.

    Attributes:
        beside: says who is in the whole frame and in its halves, where heads leave that open; None where
            heads are all that is looked at. It knows the same labels.
    """

    beside: Classifier | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """Its own file, and that of the classifier beside it."""
        return (self.path,) if self.beside is None else (self.path, self.beside.path)

    def detect(self, image: Image, *, least: float) -> Places:
        """The heads in a frame, the surest first.

        Args:
            image: (H, W, 3) uint8 BGR, of any size.
            least: heads that are less sure than this are left out; 0-1.
        """
        names = ["boxes", "heads", "probabilities"]
        with guarded(ModelError, f"{self.path} fails on a frame"):
            outputs = self._session.run(names, {self._input: image[None]})
            boxes, heads, probabilities = (np.asarray(output[0], np.float32) for output in outputs)
            count = len(boxes)
            if (boxes.shape, heads.shape) != ((count, 4), (count,)) or probabilities.shape != (
                count,
                len(self.card.labels),
            ):
                raise ModelError(
                    f"{self.path} gives boxes, heads or probabilities of another shape than it says"
                )
            # Nothing is narrower than a pixel, so that every box can be drawn and cut out.
            is_head = (heads >= least) & (np.min(boxes[:, 2:] - boxes[:, :2], axis=1) >= 1)
            is_head &= np.isfinite(boxes).all(axis=1) & np.isfinite(probabilities).all(axis=1)
        return Places(boxes[is_head], heads[is_head], probabilities[is_head])


def default_threads() -> int:
    """Half the cores, at most four: the others decode and encode, and small networks gain nothing more."""
    return max(1, min(4, (os.cpu_count() or 1) // 2))


def load_network(
    path: Path | None = None,
    *,
    regions: str = AUTO,
    provider: str = "auto",
    threads: int | None = None,
) -> Classifier | Detector:
    """Load a model and prove by a run that it works.

    Args:
        path: of an .onnx file that describes itself; None takes the default one for `regions`.
        regions: where it is to look, a key of `regions.REGION_CHOICES` or `regions.DETECT`; `auto` takes what
            the file was made for, and heads where there is no file either.
        provider: `auto`, `cuda`, `tensorrt` or `cpu`.
        threads: for the CPU; None takes `default_threads()`.

    Raises:
        ModelError: the file is missing, is not ONNX, does not follow the contract of `ModelCard`, or does not
            look where it is to.
        ProviderError: a provider was asked for by name and does not work.
        ImportError: onnxruntime is not installed.
    """
    if path is None:
        path = _default(default_detector if regions in (AUTO, DETECT) else default_model)
    content = read_model(path)
    data_files(path, content)  # refuses what leads elsewhere
    threads = threads or default_threads()
    with guarded(ModelError, f"{path} is not an ONNX model that onnxruntime can load", _remedy(path)):
        opened = open_session(content, folder=path.parent, provider=provider, threads=threads)
    try:
        with guarded(ModelError, "its metadata cannot be read"):
            card = ModelCard.from_metadata(opened.session.get_modelmeta().custom_metadata_map)
            _check_shapes(opened.session, card)
    except ModelError as error:
        raise ModelError(f"{path}: {error}; {_remedy(path)}") from error
    if regions != AUTO and card.detects != (regions == DETECT):
        made_for = (
            f"finds heads: use --regions {DETECT}"
            if card.detects
            else "finds no heads: use --regions full or halves"
        )
        raise ModelError(f"{path} {made_for}, or --regions auto")
    kind = Detector if card.detects else Classifier
    return kind(opened.session, card, path=path, provider=opened.provider, note=opened.note, threads=threads)


def load_for_player(
    path: Path | None = None, *, regions: str = AUTO, provider: str = "auto"
) -> Classifier | Detector:
    """Load what looks where the player is to look: `load_network`, and beside a detector a classifier.

    That is the shipped one, where `regions` is `auto` and it knows the same labels.

    Raises:
        ModelError: as `load_network`.
        ProviderError: as `load_network`.
        ImportError: onnxruntime is not installed.
    """
    network = load_network(path, regions=regions, provider=provider)
    if isinstance(network, Detector) and regions == AUTO:
        with suppress(
            FileNotFoundError
        ):  # left out of this installation: heads can be looked for all the same
            classifier = load_classifier(default_model(), provider=provider)
            if classifier.card.labels == network.card.labels:
                network.beside = classifier
    return network


def load_classifier(
    path: Path | None = None, *, provider: str = "auto", threads: int | None = None
) -> Classifier:
    """Load a model that says who is on a picture; see `load_network`.

    Raises:
        ModelError: as `load_network`, or the file finds heads instead.
        ProviderError: as `load_network`.
        ImportError: onnxruntime is not installed.
    """
    network = load_network(path or _default(default_model), provider=provider, threads=threads)
    if not isinstance(network, Classifier):
        raise ModelError(f"{network.path} finds heads; give a model that says who is on a picture")
    return network


def _default(where: Callable[[], Path]) -> Path:
    try:
        return where()
    except FileNotFoundError as error:
        raise ModelError(f"{error}; give one with --model") from error


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
    side = None if card.detects else card.size_px
    picture = [side, side, 3]
    shape = [size if isinstance(size, int) else None for size in inputs[0].shape] if inputs else []
    if len(inputs) != 1 or inputs[0].type != "tensor(uint8)" or shape[1:] != picture:
        wanted = "(N, H, W, 3)" if card.detects else f"(N, {side}, {side}, 3)"
        raise ModelError(f"its input is not uint8 {wanted}")
    if shape[0] is not None:
        raise ModelError(f"it takes only batches of {shape[0]}")
    labels = len(card.labels)
    if card.detects:
        ends = {output.name: output.shape[2:] for output in outputs}
        if ends != {"boxes": [4], "heads": [], "probabilities": [labels]}:
            raise ModelError(f"its outputs are not boxes, heads and probabilities of {labels} labels")
        return
    if len(outputs) != 1 or len(outputs[0].shape) != 2:
        raise ModelError("its output is not (N, K) probabilities")
    if outputs[0].shape[1] != labels:
        raise ModelError(f"{outputs[0].shape[1]} outputs but {labels} labels")
