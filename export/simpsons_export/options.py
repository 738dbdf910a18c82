"""Options that describe a network without a model card. Imports neither Keras nor ONNX."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simpsons_export.found_labels import parse_names
from simpsons_play.core.errors import ExportError
from simpsons_play.core.foreign_files import clause_of, guarded, read_bounded

TOLERANCE = 1e-4
"""Largest difference of a probability between a network and its export that counts as equal."""

_MAX_BYTES = 1 << 24
"""Size limit of files to read."""

DEFAULT_SIZE_PX = 64
"""Input size of the first published networks, which a weights file does not contain."""


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """Properties of a network that complement or override its file; None takes the value from the file.

    Attributes:
        network: Architecture of a weights file: a key of `simpsons_training.networks.NETWORKS`, or a `.json`
            file with what `model.to_json()` of Keras returns.
        labels: Names of the K outputs, in order.
        color_order: Colour order of the input, `BGR`, `RGB` or `grey`.
        size_px: Input size in pixels (S).
        scale: Factor for pixel values 0-255 before the network, one for all channels or one for each.
        offset: What is added to them after that, one for all channels or one for each.
        preprocess: Module of `keras.applications` whose `preprocess_input` the network was trained with, in
            place of `color_order`, `scale` and `offset`.
        threshold: Minimum probability for naming a character; 0-1.
        temperature: Divisor of the logits before the softmax; 1 has no effect.
        unsafe: Run Python code in the file, which can do anything.
    """

    network: str | None = None
    labels: tuple[str, ...] | None = None
    color_order: str | None = None
    size_px: int | None = None
    scale: tuple[float, ...] | None = None
    offset: tuple[float, ...] | None = None
    preprocess: str | None = None
    threshold: float | None = None
    temperature: float | None = None
    unsafe: bool = False

    @property
    def architecture(self) -> Path | None:
        """The file of `network`, if it is one."""
        is_file = self.network is not None and self.network.lower().endswith(".json")
        return Path(str(self.network)) if is_file else None


def parse_labels(text: str) -> tuple[str, ...]:
    """Parse comma-separated labels, or read a file, see `found_labels.parse_names`.

    Raises:
        ExportError: The file cannot be read, or there are fewer than two labels.
    """
    if not text:
        raise ExportError("labels: the name is empty; is a variable unset?")
    if "," in text:  # not a file: a long list exceeds the maximum length of a file name
        names: Sequence[str] = text.split(",")
    else:
        try:
            content = read_bounded(Path(text), max_bytes=_MAX_BYTES)
            names = parse_names(content)
        except OSError as error:
            raise ExportError(
                f"labels {text}: {clause_of(error)}; "
                "give a file with one name per line, or names separated by commas"
            ) from error
        except ValueError as error:
            raise ExportError(
                f"labels {text}: not a list of names; give a file in UTF-8 with one name per line, or JSON"
            ) from error
    labels = tuple(name.strip() for name in names if name.strip())
    if len(labels) < 2:
        raise ExportError(f"labels {text}: {len(labels)} names; a network has at least two labels")
    return labels


def parse_scale(text: str) -> tuple[float, ...]:
    """Parse a number or a fraction, or three of them for the channels: `0.5`, `1/255`, `1/58,1/57,1/57`.

    Raises:
        ExportError: The text is something else, or a value is not above 0.
    """
    scale = _parse_channels("scale", text, example="1/255, or 1 to keep 0-255")
    if min(scale) <= 0:
        raise ExportError(f"scale must be above 0, not {text}")
    return scale


def parse_offset(text: str) -> tuple[float, ...]:
    """Parse a number or a fraction, or three of them for the channels: `-1`, `-104,-117,-124`.

    Raises:
        ExportError: The text is something else.
    """
    return _parse_channels("offset", text, example="-1, or three for the channels")


def _parse_channels(name: str, text: str, *, example: str) -> tuple[float, ...]:
    """One number for all channels, or three."""
    try:
        values = tuple(_parse_number(part) for part in text.split(","))
    except (ValueError, ZeroDivisionError) as error:
        raise ExportError(f"{name} {text!r} is not a number; give a number such as {example}") from error
    if len(values) not in (1, 3) or not all(map(math.isfinite, values)):
        raise ExportError(f"{name} {text!r}: give one number, or three for the channels, separated by commas")
    return values


def _parse_number(text: str) -> float:
    numerator, _, denominator = text.partition("/")
    return float(numerator) / (float(denominator) if denominator else 1.0)


def parse_threshold(text: str) -> float:
    """Parse a probability, or read the overall threshold from a `thresholds.json` of `simpsons thresholds`.

    Raises:
        ExportError: The text is neither, or the value is not between 0 and 1.
    """
    try:
        threshold = float(text)
    except ValueError:
        threshold = _read_threshold(Path(text))
    if not 0 <= threshold <= 1:
        raise ExportError(f"threshold must be between 0 and 1, not {threshold:g}")
    return threshold


def _read_threshold(path: Path) -> float:
    remedy = "give a number, or the thresholds.json of `simpsons thresholds`"
    try:
        content = read_bounded(path, max_bytes=_MAX_BYTES)
    except OSError as error:
        raise ExportError(f"threshold {path}: {clause_of(error)}; {remedy}") from error
    with guarded(ExportError, f"threshold {path}: no thresholds.json of `simpsons thresholds`", remedy):
        values = json.loads(content)
        if "goal" not in values:  # as in other files with a threshold, such as metrics.json
            raise ValueError("it has no goal")
        return float(values["threshold"])
