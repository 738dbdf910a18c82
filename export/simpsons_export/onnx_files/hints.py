"""What an .onnx file of another program and the files next to it say of labels and pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simpsons_export.conventions.convention import (
    UNIT,
    InputConvention,
    StatedConvention,
    scaling_by_deviation,
)
from simpsons_export.found_labels import FoundLabels, labels_for, labels_in, labels_next_to
from simpsons_play.core.foreign_files import read_bounded
from simpsons_play.inference.resizing import STRETCHED, Resizing

_MAX_BYTES = 1 << 20
"""Size limit of a file next to the network, and of an entry of metadata."""

_CONFIG, _PREPROCESSOR = "config.json", "preprocessor_config.json"
"""Written next to a network by transformers and Optimum, the first also by timm."""


@dataclass(frozen=True, slots=True)
class OnnxHints:
    """What a file states of a network.

    Attributes:
        labels: What may be its labels, the most trustworthy first.
        convention: How its author prepares pictures, if stated.
        size_px: Height and width of its pictures, if stated.
        task: Task of a network of Ultralytics, such as `detect`.
    """

    labels: tuple[FoundLabels, ...] = ()
    convention: StatedConvention | None = None
    size_px: tuple[int, int] | None = None
    task: str | None = None

    def labels_for(self, outputs: int) -> tuple[str, ...] | None:
        """The first list with as many labels as a network has outputs."""
        found = labels_for(self.labels, outputs)
        return None if found is None else found.names


def read_hints(path: Path, metadata: Mapping[str, str]) -> OnnxHints:
    """Collect what metadata and files say; what cannot be read says nothing.

    Args:
        path: The .onnx file.
        metadata: Its metadata.

    Example:
        >>> hints = read_hints(Path("net.onnx"), {"names": "{0: 'bart', 1: 'lisa'}", "task": "classify"})
        >>> hints.labels_for(2)
        ('bart', 'lisa')
    """
    entries = {key: value for key, value in metadata.items() if len(value) <= _MAX_BYTES}
    config, preprocessor = (_read_json(path.with_name(name)) for name in (_CONFIG, _PREPROCESSOR))
    labels = [*labels_in(entries, path.name), *labels_in(config, _CONFIG), *labels_next_to(path)]
    ultralytics = "Ultralytics" in entries.get("author", "") or "task" in entries
    convention = _convention(config, preprocessor)
    if convention is None and ultralytics:
        resizing = Resizing(crop=1) if entries.get("task") == "classify" else STRETCHED
        where = f"{path.name} (Ultralytics)"
        convention = StatedConvention(InputConvention("RGB", UNIT), where, resizing)
    return OnnxHints(
        tuple(labels),
        convention,
        _size(_parsed(entries.get("imgsz", ""))) or _size_in(config, preprocessor),
        entries.get("task"),
    )


def _parsed(text: str) -> Any:
    """A value as Ultralytics writes it into metadata, such as `[640, 640]`; None if it is none."""
    with suppress(ValueError, RecursionError):
        return json.loads(text)
    return None


def _read_json(path: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError, RecursionError):
        value = json.loads(read_bounded(path, max_bytes=_MAX_BYTES))
        return value if isinstance(value, dict) else {}
    return {}


def _convention(config: Mapping[str, Any], preprocessor: Mapping[str, Any]) -> StatedConvention | None:
    """From the mean and the deviation that timm or transformers state."""
    timm = config.get("pretrained_cfg")
    stated = timm if isinstance(timm, dict) else config
    for values, keys, where in (
        (preprocessor, ("image_mean", "image_std"), _PREPROCESSOR),
        (stated, ("mean", "std"), _CONFIG),
    ):
        if values is preprocessor and preprocessor.get("do_rescale") is False:
            continue
        mean, deviation = (_numbers(values.get(key)) for key in keys)
        if values is preprocessor and preprocessor and preprocessor.get("do_normalize") is False:
            mean, deviation = (0.0,) * 3, (1.0,) * 3
        if mean and deviation and min(deviation) > 0:
            resizing = (
                _resizing_of_transformers(values) if values is preprocessor else _resizing_of_timm(values)
            )
            scaling = scaling_by_deviation(mean, deviation)
            return StatedConvention(InputConvention("RGB", scaling), where, resizing)
    return None


def _resizing_of_timm(config: Mapping[str, Any]) -> Resizing:
    """From `crop_pct` and `crop_mode`; timm stretches pictures in the mode `squash` and pads in `border`."""
    share = config.get("crop_pct")
    return _cropped(share) if config.get("crop_mode", "center") == "center" else STRETCHED


def _resizing_of_transformers(values: Mapping[str, Any]) -> Resizing:
    """From the shorter side to which pictures are resized before a square is cut out of the middle."""
    edge, crop, share = values.get("size"), values.get("crop_size"), values.get("crop_pct")
    if isinstance(edge, dict):
        edge = edge.get("shortest_edge")
    if share is None and values.get("do_center_crop") and type(edge) is int and edge > 0:
        side = min(crop.values()) if isinstance(crop, dict) and crop else crop
        share = side / edge if type(side) is int else None
    return _cropped(share)


def _cropped(share: Any) -> Resizing:
    with suppress(ValueError):
        return Resizing(crop=share)
    return STRETCHED


def _numbers(value: Any) -> tuple[float, ...] | None:
    if isinstance(value, list) and len(value) == 3 and all(type(one) in (int, float) for one in value):
        return tuple(map(float, value))
    return None


def _size_in(config: Mapping[str, Any], preprocessor: Mapping[str, Any]) -> tuple[int, int] | None:
    timm = config.get("pretrained_cfg")
    crop = preprocessor.get("crop_size") if preprocessor.get("do_center_crop") else preprocessor.get("size")
    for value in (crop, timm.get("input_size") if isinstance(timm, dict) else None):
        if (size := _size(value)) is not None:
            return size
    return None


def _size(value: Any) -> tuple[int, int] | None:
    """Height and width from a number, [H, W], [C, H, W], or a dictionary of both or of the shortest edge."""
    if isinstance(value, dict):
        value = [
            value.get("height", value.get("shortest_edge")),
            value.get("width", value.get("shortest_edge")),
        ]
    if type(value) is int:
        value = [value, value]
    if not isinstance(value, list | tuple) or len(value) < 2:
        return None
    height, width = value[-2:]
    return (height, width) if type(height) is type(width) is int and min(height, width) > 0 else None
