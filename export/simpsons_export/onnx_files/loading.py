"""Load classifiers and detectors from .onnx files of other programs."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simpsons_export.onnx_files.hints import OnnxHints, read_hints
from simpsons_export.onnx_files.network import OnnxNetwork
from simpsons_export.onnx_files.reader import read_onnx
from simpsons_export.onnx_files.source import OnnxSource, width_of
from simpsons_export.options import SourceOptions
from simpsons_export.yolo.layout import YoloLayout
from simpsons_export.yolo.network import detector_output
from simpsons_play.core.errors import ExportError

_TASKS = ("classify", "detect")
"""Tasks of Ultralytics whose networks can be exported."""


@dataclass(frozen=True, slots=True, eq=False)
class LoadedOnnx:
    """A network from an .onnx file, before its labels and its input convention are settled.

    Attributes:
        network: The file.
        hints: What it and the files next to it say.
        options: The given options, and what the file leaves no doubt about.
        read: One phrase on what was read.
        found: The output that holds boxes and how to read it; None for a classifier.
    """

    network: OnnxNetwork
    hints: OnnxHints
    options: SourceOptions
    read: str
    found: tuple[str, YoloLayout] | None

    def classifiers(self) -> tuple[OnnxSource, ...]:
        """The network as a classifier, by each output with a value for each label; the likeliest first.

        Raises:
            ExportError: None of its outputs is (N, K).
        """
        labels = self.options.labels
        counts = [len(labels)] if labels else [len(found.names) for found in self.hints.labels]
        widths = [width_of(result) for result in self.network.results.values()]
        known = next((count for count in counts if count in widths), counts[0] if labels else None)
        first = OnnxSource(self.network, labels=known)
        others = (OnnxSource(self.network, labels=known, output=name) for name in first.fitting[1:])
        return first, *others


def load_onnx(path: Path, options: SourceOptions) -> LoadedOnnx:
    """Load a network from an .onnx file.

    Args:
        path: Path of the file.
        options: Properties that the file lacks, or that override it.

    Raises:
        ExportError: The file is missing, damaged, or not a network that can be played.
    """
    if options.network is not None:
        raise ExportError(f"{path} contains its own network; leave out --network {options.network}")
    model = read_onnx(path)
    hints = read_hints(path, {entry.key: entry.value for entry in model.metadata_props})
    if hints.task not in (None, *_TASKS):
        raise ExportError(
            f"{path} is a network of Ultralytics for {hints.task!r}; only those for "
            f"{' and '.join(map(repr, _TASKS))} can be played"
        )
    size_px = (options.size_px, options.size_px) if options.size_px else hints.size_px
    network = OnnxNetwork(path, model, size_px=size_px)
    if options.size_px not in (None, max(network.shape.height, network.shape.width)):
        raise ExportError(f"{path} takes {network.shape}, not {options.size_px}x{options.size_px}")
    if network.takes_bytes and (options.scale, options.offset, options.preprocess) == (None, None, None):
        options = dataclasses.replace(options, scale=(1.0,))
    found = None if hints.task == "classify" else detector_output(network, hints, labels=options.labels)
    if found is None and hints.task == "detect":
        raise ExportError(
            f"{path} is a detector that returns {_results(network)}, which is no known layout; "
            "if its labels are given with --labels, is there one for each class?"
        )
    return LoadedOnnx(network, hints, options, _read(model, hints, found), found)


def _read(model: Any, hints: OnnxHints, found: tuple[str, YoloLayout] | None) -> str:
    made_by = f"{model.producer_name} {model.producer_version}".strip()
    layout = f" that returns {found[1].kind.value}" if found else ""
    labels = f", labels from {hints.labels[0].where}" if hints.labels else ""
    return f"{'detector' if found else 'network'} in ONNX{made_by and f' by {made_by}'}{layout}{labels}"


def _results(network: OnnxNetwork) -> str:
    return ", ".join(f"{name} {result.shape}" for name, result in network.results.items())
