"""Stand-ins for networks and sources, made in code, and a tiny ONNX model that follows the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from simpsons_play.analysis.pipeline import FrameAnalyser
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.frames import Frame, Image, SourceInfo
from simpsons_play.core.geometry import Boxes
from simpsons_play.core.results import Detections, FrameResult, Probabilities, Sink
from simpsons_play.inference.embedder import EmbedderCard
from simpsons_play.inference.head_crops import head_crop
from simpsons_play.inference.model import Detector
from simpsons_play.inference.model_card import ModelCard
from simpsons_play.timelines.timeline import TimelineBuilder

DENSE = AnalysisConfig(sample_s=0)
"""Runs the model on every frame that has changed, for tests of single frames."""

LABELS = ("bart_simpson", "homer_simpson", "marge_simpson")

# Pure colours, BGR, that the colour model names surely: blue is Bart, green Homer, red Marge.
COLOURS = {"bart_simpson": (255, 0, 0), "homer_simpson": (0, 255, 0), "marge_simpson": (0, 0, 255)}
GREY = (90, 90, 90)


def colour_card(**changes: object) -> ModelCard:
    values: dict[str, object] = {
        "network": "colours",
        "labels": LABELS,
        "size_px": 16,
        "threshold": 0.6,
        "training_data": "none: it names colours",
        "version": "1",
    }
    return ModelCard(**{**values, **changes})  # type: ignore[arg-type]


def write_colour_model(
    path: Path, *, metadata: dict[str, str] | None = None, labels: int = 3, fixed_batch: bool = False
) -> Path:
    """An ONNX model whose probabilities are the softmax of the mean blue, green and red (0-255, over 20)."""
    size_px = 16
    picture = helper.make_tensor_value_info(
        "pictures", TensorProto.UINT8, [1 if fixed_batch else "n", size_px, size_px, 3]
    )
    out = helper.make_tensor_value_info(
        "probabilities", TensorProto.FLOAT, [1 if fixed_batch else "n", labels]
    )
    nodes = [
        helper.make_node("Cast", ["pictures"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["floats"], ["mean"], axes=[1, 2], keepdims=0),
        helper.make_node("Div", ["mean", "scale"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    scale = helper.make_tensor("scale", TensorProto.FLOAT, [], [20.0])
    graph = helper.make_graph(nodes, "colours", [picture], [out], [scale])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    entries = colour_card().to_metadata() if metadata is None else metadata
    if entries:
        helper.set_model_props(model, entries)
    onnx.save(model, path)
    return path


def write_model_with_data(path: Path, data: Path, *, location: str | None = None) -> Path:
    """The colour model with its one weight, 20.0, in a file beside it, which it calls as `location` says."""
    model = onnx.load(write_colour_model(path))
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.array(20.0, np.float32), "scale"))
    data.write_bytes(model.graph.initializer[0].raw_data)
    onnx.external_data_helper.set_external_data(
        model.graph.initializer[0], location or data.name, 0, length=4
    )
    model.graph.initializer[0].ClearField("raw_data")
    path.write_bytes(model.SerializeToString())
    return path


class FakeClassifier:
    """Gives the probabilities a function tells, and counts how often it was asked."""

    def __init__(self, answer: Callable[[Image], Sequence[float]], card: ModelCard | None = None) -> None:
        self._answer = answer
        self.card = card or colour_card()
        self.provider, self.note, self.threads, self.path = "CPUExecutionProvider", "", 1, Path("fake.onnx")
        self.fallback, self.taught, self.runs = None, None, 0

    @property
    def labels(self) -> tuple[str, ...]:
        return self.card.labels

    def classify(self, pictures: Image) -> Probabilities:
        self.runs += 1
        return np.array([self._answer(picture) for picture in pictures], np.float32)


def heads_of(*seen: tuple[tuple[float, float, float, float], str | None], score: float = 0.9) -> Detections:
    """Heads at these boxes, each surely of this name, or of nobody known."""
    rows = np.full((len(seen), len(LABELS)), 0.02, np.float32)
    for row, (_, name) in zip(rows, seen, strict=True):
        if name is not None:
            row[LABELS.index(name)] = 0.95
    boxes = np.array([box for box, _ in seen], np.float32).reshape(-1, 4)
    return Detections(boxes, np.full(len(seen), score, np.float32), rows)


class FakeDetector(Detector):
    """Sees what a function tells, and counts how often it was asked."""

    def __init__(self, answer: Callable[[Image], Detections]) -> None:
        self._answer = answer
        self.card = colour_card(regions=("heads",), size_px=256)
        self.provider, self.note, self.threads, self.path = "CPUExecutionProvider", "", 1, Path("fake.onnx")
        self.fallback = self.embedder = self.taught = self._naming = None
        self.runs = 0

    @property
    def canvas_px(self) -> tuple[int, int] | None:
        return None

    def detect(self, image: Image, *, min_score: float) -> Detections:
        self.runs += 1
        return self._answer(image)


def write_head_model(
    path: Path,
    *,
    labels: int = 3,
    outputs: Sequence[str] = ("boxes", "heads", "probabilities"),
    canvas_px: tuple[int, int] | None = None,
) -> Path:
    """An ONNX detector that sees two heads in every frame: a sure one, and one too narrow to be one.

    With `canvas_px`, it takes pictures of this width and height only.
    """
    values = {
        "boxes": np.array([[[8, 4, 24, 20], [30, 4, 30.5, 20]]], np.float32),
        "heads": np.array([[0.9, 0.8]], np.float32),
        "probabilities": np.full((1, 2, labels), 0.1, np.float32),
    }
    values["probabilities"][0, 0, 1] = 0.8
    width, height = canvas_px or ("w", "h")
    frames = helper.make_tensor_value_info("frames", TensorProto.UINT8, ["n", height, width, 3])
    outs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *values[name].shape[1:]])
        for name in outputs
    ]
    nodes = [helper.make_node("Identity", [f"{name}_is"], [name]) for name in outputs]
    constants = [numpy_helper.from_array(values[name], f"{name}_is") for name in outputs]
    graph = helper.make_graph(nodes, "heads", [frames], outs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, colour_card(regions=("heads",), size_px=256).to_metadata())
    onnx.save(model, path)
    return path


class FakeSource:
    """Frames from a list, at 25 a second."""

    def __init__(self, images: Sequence[Image], *, live: bool = False, fail_after: int | None = None) -> None:
        self._images, self._fail_after = images, fail_after
        height, width = images[0].shape[:2]
        rate = Fraction(25)
        self._info = SourceInfo("fake", width, height, rate, 1 / rate, frames=len(images), live=live)
        self._warnings: list[str] = []

    @property
    def info(self) -> SourceInfo:
        return self._info

    @property
    def warnings(self) -> list[str]:
        return self._warnings

    @property
    def opens_quickly(self) -> bool:
        return True

    def defer_images(self) -> None:
        pass

    def interrupt(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def __iter__(self) -> Iterator[Frame]:
        for index, image in enumerate(self._images):
            if index == self._fail_after:
                raise OSError("the source broke")
            yield Frame(image, index, Fraction(index, 25))


class FakeSink:
    """Keeps what it was given; can be told to fail."""

    def __init__(self, *, fail_at: int | None = None) -> None:
        self.written: list[tuple[Frame, FrameResult]] = []
        self._fail_at = fail_at

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def write(self, frame: Frame, result: FrameResult) -> None:
        if frame.index == self._fail_at:
            raise OSError("the sink broke")
        self.written.append((frame, result))


def flat(colour: tuple[int, int, int], *, width: int = 64, height: int = 48) -> Image:
    return np.full((height, width, 3), colour, np.uint8)


def analyse_all(analyser: FrameAnalyser, frames: Iterable[Frame]) -> list[FrameResult]:
    """The results of all frames, in order."""
    return [*(result for frame in frames for result in analyser.update(frame)), *analyser.flush()]


class WithTimeline:
    """A sink and its timeline, which is filled as the pipeline does it."""

    def __init__(self, make: Callable[[TimelineBuilder], Sink], width: int) -> None:
        self.timeline = TimelineBuilder(width)
        self._sink = make(self.timeline)

    def __enter__(self) -> Self:
        self._sink.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sink.__exit__(kind, error, trace)

    def write(self, frame: Frame, result: FrameResult) -> None:
        self.timeline.add(result)
        self._sink.write(frame, result)


class FakeEmbedder:
    """Embeds a head as the mean colour of its box, and records how many heads it was given each time."""

    id, path, dimensions = "fake-1", Path("embedder.onnx"), 3

    def __init__(self) -> None:
        self.asked: list[int] = []

    def embed(self, image: Image, boxes: Boxes) -> np.ndarray:
        self.asked.append(len(boxes))
        crops = [head_crop(image, box, 8, margin=1.0) for box in boxes]
        means = np.array([crop.mean(axis=(0, 1)) for crop in crops], np.float32) - 100
        return means / np.linalg.norm(means, axis=1, keepdims=True)


def write_embedder(path: Path, *, references: int = 2, labels: int | None = None) -> Path:
    """An ONNX embedder of heads of 8 x 8 pixels: their mean colour less a grey, as a unit vector."""
    card = EmbedderCard("colours", 8, ("red", "blue"), ("red",) * (references if labels is None else labels))
    heads = helper.make_tensor_value_info("pictures", TensorProto.UINT8, ["n", 8, 8, 3])
    outputs = [
        helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["n", 3]),
        helper.make_tensor_value_info("references", TensorProto.FLOAT, [references, 3]),
    ]
    nodes = [
        helper.make_node("Cast", ["pictures"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["floats"], ["means"], axes=[1, 2], keepdims=0),
        helper.make_node("Sub", ["means", "grey"], ["colours"]),
        helper.make_node("LpNormalization", ["colours"], ["embeddings"], axis=1, p=2),
        helper.make_node("Identity", ["stored"], ["references"]),
    ]
    constants = [
        numpy_helper.from_array(np.array([100.0], np.float32), "grey"),
        numpy_helper.from_array(np.eye(3, dtype=np.float32)[[2] * references], "stored"),
    ]
    graph = helper.make_graph(nodes, "embedder", [heads], outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, card.to_metadata())
    path.write_bytes(model.SerializeToString())
    return path
