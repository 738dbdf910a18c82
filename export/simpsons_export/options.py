"""What a user can say about a network that does not say it itself. Light: imports neither Keras nor ONNX."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

from simpsons_play.core.errors import ExportError
from simpsons_play.core.foreign_files import guarded, read_bounded

TOLERANCE = 1e-4
"""Largest difference of a probability between a network and its export that counts as equal."""

_MOST_BYTES = 1 << 24
"""Longer files are not read."""

DEFAULT_SIZE_PX = 64
"""Side of the pictures of the first published networks; a file of weights alone does not hold it."""


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What is known of a Keras file beside what it says itself; None leaves a field to the file.

    Attributes:
        network: name of the architecture, for files that hold weights alone: a key of
            `simpsons_training.networks.NETWORKS`.
        labels: what each output means, in order (K names).
        color_order: of the pictures the network takes, `BGR` or `RGB`.
        size_px: side of the pictures the network takes (S), in pixels.
        scale: what pixel values 0-255 are multiplied by before they enter the network.
        threshold: below this probability the player says nobody; 0-1.
        temperature: the logits are divided by it before the softmax; 1 leaves them alone.
    """

    network: str | None = None
    labels: tuple[str, ...] | None = None
    color_order: str | None = None
    size_px: int | None = None
    scale: float | None = None
    threshold: float | None = None
    temperature: float | None = None


def parse_labels(text: str) -> tuple[str, ...]:
    """Labels as a user gives them: names between commas, or else a file with one name per line.

    Raises:
        ExportError: neither such a file nor a list of at least two names, or a file that cannot be read.
    """
    if not text:
        raise ExportError("labels: the name is empty; is a variable unset?")
    if "," in text:  # never a file: a list of many names is longer than a file's name may be
        names = text.split(",")
    else:
        try:
            content = read_bounded(Path(text), max_bytes=_MOST_BYTES)
            names = content.decode("utf-8-sig").splitlines()
        except OSError as error:
            raise ExportError(
                f"labels {text}: {error.strerror}; give a file with one name per line, or names with commas"
            ) from error
        except UnicodeDecodeError as error:
            raise ExportError(f"labels {text}: not a text file; give one with one name per line") from error
    labels = tuple(name.strip() for name in names if name.strip())
    if len(labels) < 2:
        raise ExportError(f"labels {text}: {len(labels)} names; a network tells at least two apart")
    return labels


def parse_scale(text: str) -> float:
    """A number or a fraction: `0.5`, `1/255`.

    Raises:
        ExportError: it is neither, or not above 0.
    """
    numerator, _, denominator = text.partition("/")
    try:
        scale = float(numerator) / (float(denominator) if denominator else 1.0)
    except (ValueError, ZeroDivisionError) as error:
        raise ExportError(
            f"scale {text!r} is not a number; give one such as 1/255, or 1 to leave 0-255"
        ) from error
    if not 0 < scale < math.inf:
        raise ExportError(f"scale must be above 0, not {text}")
    return scale


def parse_threshold(text: str) -> float:
    """A probability, or the `thresholds.json` that `simpsons thresholds` wrote, whose overall one is taken.

    Raises:
        ExportError: it is neither, or not between 0 and 1.
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
        content = read_bounded(path, max_bytes=_MOST_BYTES)
    except OSError as error:
        raise ExportError(f"threshold {path}: {error.strerror}; {remedy}") from error
    with guarded(ExportError, f"threshold {path}: holds no threshold", remedy):
        return float(json.loads(content)["threshold"])
