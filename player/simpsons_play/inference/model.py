"""Models: .onnx files with a model card that classify pictures or detect heads in frames."""

from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from simpsons_play.core.errors import ModelError
from simpsons_play.core.foreign_files import guarded
from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Boxes
from simpsons_play.core.results import Detections, Probabilities
from simpsons_play.inference.letterbox import boxes_in_picture, letterboxed
from simpsons_play.inference.model_card import ModelCard

Floats = npt.NDArray[np.float32]


class Network:
    """A loaded model.

    Attributes:
        path: path of the .onnx file.
        card: metadata of the model.
        provider: execution provider that the session actually uses, such as `CPUExecutionProvider`.
        note: why a faster provider is not used; empty if there is no reason to report.
        threads: number of CPU threads.
    """

    def __init__(
        self, session: Any, card: ModelCard, *, path: Path, provider: str, note: str, threads: int
    ) -> None:
        self._session, self._input = session, session.get_inputs()[0].name
        self.path, self.card, self.provider, self.note, self.threads = path, card, provider, note, threads

    @property
    def paths(self) -> tuple[Path, ...]:
        """Paths of all model files in use."""
        return (self.path,)

    @property
    def title(self) -> str:
        """Names of the model files, for display."""
        return " + ".join(path.name for path in self.paths)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.title}: {len(self.card.labels)} labels, {self.provider}>"


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
    """Detects heads in a frame and classifies them.

    Args:
        session: an `onnxruntime.InferenceSession`.
        card: metadata of the model.
        path: path of the .onnx file.
        provider: execution provider that the session actually uses.
        note: why a faster provider is not used.
        threads: number of CPU threads.
        fallback: classifier with the same labels, for the whole frame and its halves if no head can be named;
            None for heads only.
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
    ) -> None:
        super().__init__(session, card, path=path, provider=provider, note=note, threads=threads)
        self.fallback = fallback

    @property
    def paths(self) -> tuple[Path, ...]:
        """Paths of the detector and its fallback."""
        return (self.path,) if self.fallback is None else (self.path, self.fallback.path)

    def without_fallback(self) -> Detector:
        """A copy of the detector that detects heads only."""
        detector = copy(self)
        detector.fallback = None
        return detector

    @property
    def canvas_px(self) -> tuple[int, int] | None:
        """Width and height of the pictures that a fitted graph takes; None if the graph fits them itself."""
        _, height, width, _ = self._session.get_inputs()[0].shape
        return (width, height) if isinstance(width, int) else None

    def detect(self, image: Image, *, min_score: float) -> Detections:
        """Detect the heads in a frame, highest score first.

        Args:
            image: (H, W, 3) uint8 BGR, of any size.
            min_score: detections with a lower score are discarded; 0-1.

        Raises:
            ModelError: the model fails, or its outputs do not have the shapes given in its card.
        """
        with guarded(ModelError, f"{self.path} fails on a frame"):
            canvas_px = self.canvas_px
            picture = image if canvas_px is None else letterboxed(image, canvas_px)
            ((boxes, scores, probabilities),) = self._run(picture[None])
            if canvas_px is not None:
                boxes = boxes_in_picture(boxes, (image.shape[1], image.shape[0]), canvas_px)
            return _kept(boxes, scores, probabilities, min_score)

    def detect_fitted(self, pictures: Image, *, min_score: float) -> list[Detections]:
        """Detect the heads in pictures that are already fitted, as by `letterbox.letterboxed`.

        Args:
            pictures: (N, height, width, 3) uint8 BGR, of the size `canvas_px`.
            min_score: detections with a lower score are discarded; 0-1.

        Returns:
            For each picture, its detections, highest score first; boxes are in pixels of the canvas, see
            `letterbox.boxes_in_picture`.

        Raises:
            ModelError: as `detect`.
            ValueError: the graph fits pictures itself: `canvas_px` is None.
        """
        if self.canvas_px is None:
            raise ValueError(f"{self.path} takes frames of any size; use detect")
        limits = np.array(self.canvas_px * 2, np.float32)
        with guarded(ModelError, f"{self.path} fails on a frame"):
            return [
                _kept(np.clip(boxes, 0, limits), scores, probabilities, min_score)
                for boxes, scores, probabilities in self._run(pictures)
            ]

    def _run(self, pictures: Image) -> list[tuple[Boxes, Floats, Probabilities]]:
        """Boxes (M, 4), scores (M,) and label probabilities (M, K) of each picture, float32."""
        outputs = self._session.run(["boxes", "heads", "probabilities"], {self._input: pictures})
        boxes, heads, probabilities = (np.asarray(output, np.float32) for output in outputs)
        count = (len(pictures), *heads.shape[1:2])
        if (boxes.shape, heads.shape, probabilities.shape) != (
            (*count, 4),
            count,
            (*count, len(self.card.labels)),
        ):
            raise ModelError(
                f"{self.path} returns boxes, heads or probabilities of a shape that does not match "
                "its metadata"
            )
        return list(zip(boxes, heads, probabilities, strict=True))


def _kept(boxes: Boxes, scores: Floats, probabilities: Probabilities, min_score: float) -> Detections:
    # Boxes narrower than a pixel cannot be drawn or cropped.
    is_head = (scores >= min_score) & (np.min(boxes[:, 2:] - boxes[:, :2], axis=1) >= 1)
    is_head &= np.isfinite(boxes).all(axis=1) & np.isfinite(probabilities).all(axis=1)
    return Detections(boxes[is_head], scores[is_head], probabilities[is_head])
