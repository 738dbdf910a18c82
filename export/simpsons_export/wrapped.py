"""Change the card of an .onnx file that `simpsons export` has already written."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx

from simpsons_export.onnx_files.reader import read_onnx
from simpsons_export.options import SourceOptions
from simpsons_play.core.errors import ExportError, ModelError
from simpsons_play.inference.model_card import ModelCard

_PREFIX = "simpsons_play."
_CHANGEABLE = ("labels", "threshold", "resizing")


@dataclass(frozen=True, slots=True, eq=False)
class WrappedFile:
    """A network with a card.

    Attributes:
        model: The `onnx.ModelProto`.
        card: Its card, with changes.
    """

    model: Any
    card: ModelCard


def has_card(path: Path) -> bool:
    """Whether an .onnx file was written by `simpsons export`.

    Raises:
        ExportError: The file cannot be read.
    """
    return any(entry.key.startswith(_PREFIX) for entry in read_onnx(path).metadata_props)


def rewrite(path: Path, options: SourceOptions) -> WrappedFile:
    """Change labels, threshold or resizing in a card; the graph, and with it the proof, stays as it is.

    Args:
        path: An .onnx file with a card.
        options: Labels, threshold, resizing or several of them.

    Raises:
        ExportError: There is nothing to change, the options change more than a card, or the labels are not as
            many as before.
    """
    model = read_onnx(path)
    given = {
        field.name: value
        for field in dataclasses.fields(options)
        if (value := getattr(options, field.name)) != field.default
    }
    if wrong := [name for name in given if name not in _CHANGEABLE]:
        raise ExportError(
            f"{path} is an export already, whose graph includes {options.option_for(wrong[0])}; export its "
            "source again"
        )
    if not given:
        raise ExportError(
            f"{path} is an export already: play it with simpsons-play --model {path}, or change its "
            "--labels, --threshold or --crop"
        )
    try:
        card = ModelCard.from_metadata({entry.key: entry.value for entry in model.metadata_props})
        if card.detects and options.resizing is not None:
            raise ExportError(f"{path} is a detector, to which --crop does not apply; leave it out")
        changed = dataclasses.replace(card, **given)
    except (ModelError, ValueError) as error:
        raise ExportError(f"{path}: its card cannot be changed ({error}); export its source again") from error
    if len(changed.labels) != len(card.labels):
        raise ExportError(f"{path} has {len(card.labels)} outputs but {len(changed.labels)} labels are given")
    onnx.helper.set_model_props(model, changed.to_metadata())
    return WrappedFile(model, changed)
