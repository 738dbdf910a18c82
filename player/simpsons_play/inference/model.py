"""Models: .onnx files with a model card that classify pictures or detect heads in frames."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from simpsons_play.cast.taught_names import TaughtNames
from simpsons_play.core.errors import ModelError
from simpsons_play.core.foreign_files import guarded
from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import letterbox_placement
from simpsons_play.core.results import Detections, Probabilities
from simpsons_play.inference.embedder import Embedder
from simpsons_play.inference.head_naming import VERSION as NAMING_VERSION
from simpsons_play.inference.head_naming import HeadNaming
from simpsons_play.inference.letterbox import letterboxed
from simpsons_play.inference.model_card import ModelCard
from simpsons_play.inference.preprocess import shrunk

Floats = npt.NDArray[np.float32]

_OUTPUTS = ["boxes", "heads", "probabilities"]
"""Names of a detector's outputs."""


class Network:
    """A loaded model.

    Attributes:
        path: path of the .onnx file.
        card: metadata of the model.
        provider: execution provider that the session actually uses, such as `CPUExecutionProvider`.
        note: why a faster provider is not used; empty if there is no reason to report.
        threads: number of CPU threads.
        taught: names heads by their embeddings, as a cast teaches; None for only the names of the model.
    """

    def __init__(
        self, session: Any, card: ModelCard, *, path: Path, provider: str, note: str, threads: int
    ) -> None:
        self._session, self._input = session, session.get_inputs()[0].name
        self.path, self.card, self.provider, self.note, self.threads = path, card, provider, note, threads
        self.taught: TaughtNames | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """Paths of all model files in use."""
        return (self.path,)

    @property
    def naming(self) -> str:
        """What names are given to, besides what its files say; empty for what each file is made for."""
        return ""

    @property
    def labels(self) -> tuple[str, ...]:
        """All names that it gives: its own, then those of the cast."""
        return self.card.labels if self.taught is None else self.taught.labels

    @property
    def title(self) -> str:
        """Names of the model files, for display."""
        return " + ".join(path.name for path in self.paths)

    def without_session(self) -> Self:
        """A copy that cannot run: it only describes the model, and can be pickled."""
        network = copy(self)
        network._session = None
        return network

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.title}: {len(self.labels)} labels, {self.provider}>"


class Classifier(Network):
    """Classifies pictures."""

    def classify(self, pictures: Image) -> Probabilities:
        """Class probabilities: (N, S, S, 3) uint8 BGR -> (N, K) float32, in the order of `card.labels`.

        Raises:
            ModelError: the model fails, or its output does not have the shape given in its card.
        """
        with guarded(ModelError, f"{self.path} fails on a picture"):
            (probabilities,) = self._session.run(None, {self._input: pictures})
            if probabilities.shape != (len(pictures), len(self.card.labels)):
                raise ModelError(
                    f"{self.path} returns probabilities of a shape that does not match its metadata"
                )
        return np.asarray(probabilities, np.float32)


class Detector(Network):
    """Detects heads in a frame and names them: by itself, or with a classifier.

    Args:
        session: an `onnxruntime.InferenceSession`.
        card: metadata of the model.
        path: path of the .onnx file.
        provider: execution provider that the session actually uses.
        note: why a faster provider is not used.
        threads: number of CPU threads.
        fallback: classifier with the same labels, for the whole frame and its halves if no head can be named;
            None for heads only.
        embedder: embeds heads, so that a cast can name characters that the model does not know; None for no
            such names.

    Attributes:
        card: metadata of the detector, with the labels and the threshold of the classifier if there is one.
    """

    def __init__(
        self,
        session: Any,
        card: ModelCard,
        *,
        path: Path,
        provider: str,
        note: str,
        threads: int,
        fallback: Classifier | None = None,
        embedder: Embedder | None = None,
    ) -> None:
        super().__init__(session, card, path=path, provider=provider, note=note, threads=threads)
        self.fallback, self.embedder = fallback, embedder
        self._own_labels = card.labels
        self._naming: HeadNaming | None = None

    def named_by(self, classifier: Classifier) -> Detector:
        """A copy of the detector whose heads are named by a classifier."""
        detector, card = copy(self), classifier.card
        detector.card = replace(self.card, labels=card.labels, threshold=card.threshold)
        detector._naming = HeadNaming(classifier, self._own_labels)
        return detector

    @property
    def classifier(self) -> Classifier | None:
        """The classifier that names the heads; None if the detector does."""
        return None if self._naming is None else self._naming.classifier

    def with_taught(self, taught: TaughtNames | None) -> Detector:
        """A copy of the detector that also gives these names."""
        detector = copy(self)
        detector.taught = taught
        return detector

    @property
    def paths(self) -> tuple[Path, ...]:
        """Paths of the classifier that names its heads, the detector, its fallback and its embedder."""
        networks = (self.classifier, self, self.fallback, self.embedder)
        return tuple(dict.fromkeys(network.path for network in networks if network is not None))

    @property
    def naming(self) -> str:
        """As `Network.naming`: whether a classifier names its heads, and the crops, too."""
        if self.classifier is None:
            return ""
        return f"heads {NAMING_VERSION}" + ("" if self.fallback is None else ", crops")

    def without_fallback(self) -> Detector:
        """A copy of the detector that detects heads only."""
        detector = copy(self)
        detector.fallback = None
        return detector

    def without_session(self) -> Self:
        """A copy that cannot run, and neither can its classifier, its fallback and its embedder."""
        detector = super().without_session()
        detector._naming = None if self._naming is None else self._naming.without_session()
        detector.fallback = None if self.fallback is None else self.fallback.without_session()
        detector.embedder = None if self.embedder is None else self.embedder.without_session()
        return detector

    @property
    def canvas_px(self) -> tuple[int, int] | None:
        """Width and height of its input; None if the graph takes frames of any size."""
        height, width = self._session.get_inputs()[0].shape[1:3]
        return (width, height) if isinstance(width, int) and isinstance(height, int) else None

    def detect(self, image: Image, *, min_score: float) -> Detections:
        """Detect and name the heads in a frame, highest score first.

        Args:
            image: (H, W, 3) uint8 BGR, of any size.
            min_score: detections with a lower score are discarded; 0-1.

        Returns:
            The heads; boxes in pixels of the image, inside it.

        Raises:
            ModelError: a model fails, or its outputs do not have the shapes given in its card.
        """
        height, width = image.shape[:2]
        if (canvas_px := self.canvas_px) is not None:
            canvas = letterboxed(image, canvas_px)
            heads = self.detect_fitted(canvas, size_px=(width, height), min_score=min_score)
        else:
            small = shrunk(image, self.card.size_px)
            ratio = np.array([width / small.shape[1], height / small.shape[0]] * 2, np.float32)
            boxes, scores, probabilities = self._run(small)
            heads = _heads(boxes * ratio, scores, probabilities, min_score=min_score)
        return self.named(image, heads)

    def detect_fitted(self, canvas: Image, *, size_px: tuple[int, int], min_score: float) -> Detections:
        """Detect the heads in a frame that is already letterboxed, if `canvas_px` is not None.

        They have the detector's own probabilities; see `named`.

        Args:
            canvas: (height, width, 3) uint8 BGR, of the size `canvas_px`; see `letterbox.letterboxed`.
            size_px: width and height of the frame.
            min_score: detections with a lower score are discarded; 0-1.

        Returns:
            The heads; boxes in pixels of the frame, inside it.

        Raises:
            ModelError: as `detect`.
        """
        placement = letterbox_placement(size_px, (canvas.shape[1], canvas.shape[0]))
        boxes, scores, probabilities = self._run(canvas)
        size = np.array(size_px * 2, np.float32)
        scale = size / np.array([placement.width, placement.height] * 2, np.float32)
        shift = np.array([placement.left, placement.top] * 2, np.float32)
        boxes = np.clip((boxes - shift) * scale, 0, size)
        return _heads(boxes, scores, probabilities, min_score=min_score)

    def named(self, image: Image, heads: Detections) -> Detections:
        """The same heads as the classifier names them; unchanged without one. See `HeadNaming.name`."""
        return heads if self._naming is None else self._naming.name(image, heads)

    def _run(self, image: Image) -> tuple[Floats, Floats, Floats]:
        """(H, W, 3) -> boxes (M, 4) in pixels of the image, scores (M,) and probabilities (M, K)."""
        with guarded(ModelError, f"{self.path} fails on a frame"):
            outputs = self._session.run(_OUTPUTS, {self._input: image[None]})
            boxes, scores, probabilities = (np.asarray(output[0], np.float32) for output in outputs)
            count = len(boxes)
            if (boxes.shape, scores.shape) != ((count, 4), (count,)) or probabilities.shape != (
                count,
                len(self._own_labels),
            ):
                raise ModelError(
                    f"{self.path} returns boxes, heads or probabilities of a shape that does not match "
                    "its metadata"
                )
        return boxes, scores, probabilities


def _heads(boxes: Floats, scores: Floats, probabilities: Floats, *, min_score: float) -> Detections:
    # Boxes narrower than a pixel cannot be drawn or cropped.
    is_head = (scores >= min_score) & (np.min(boxes[:, 2:] - boxes[:, :2], axis=1) >= 1)
    is_head &= np.isfinite(boxes).all(axis=1) & np.isfinite(probabilities).all(axis=1)
    return Detections(boxes[is_head], scores[is_head], probabilities[is_head])
