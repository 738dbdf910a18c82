"""What a model says of itself: the contract between whoever trains or exports a network and the player."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, Self

from simpsons_play.core.errors import ModelError
from simpsons_play.core.foreign_files import guarded

CONTRACT_VERSION = 1
"""Raised when a player of today could not read a model of tomorrow."""

KERAS_ENTRY = "simpsons_play.json"
"""Name of the card inside a `.keras` file, which is a zip archive."""

_PREFIX = "simpsons_play."
_COLOR_ORDERS = ("BGR", "RGB")
_LAYOUTS = ("NHWC",)
_REGIONS = ("full", "left", "right", "heads")
_MOST_CHARACTERS, _MOST_LABELS, _MOST_PX = 1 << 20, 10_000, 16_384


def _is_name(label: object) -> bool:
    """Whether this is a text that a file can hold."""
    if not isinstance(label, str) or not label:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in label)


@dataclasses.dataclass(frozen=True, slots=True)
class ModelCard:
    """Everything the player must know of a network, and where it comes from.

    Attributes:
        network: name of the architecture, e.g. `springfield`.
        labels: what each output means, in order (K names).
        size_px: side of the pictures it takes (S), in pixels; of a detector, the longer side of what it sees
            of a frame.
        color_order: of those pictures, `BGR` or `RGB`.
        layout: of those pictures, `NHWC`: (N, S, S, 3).
        regions: the parts of a frame it was trained on: `full`, `left`, `right`; or `heads` alone for a
            detector, which takes frames of any size and finds the heads in them.
        threshold: below this probability the player says nobody; 0-1.
        temperature: the logits are divided by it before the softmax, inside the graph; 1 leaves them alone.
        training_data: one sentence on the pictures it learned from.
        version: of the model, as its maker counts.
    """

    network: str
    labels: tuple[str, ...]
    size_px: int
    color_order: str = "BGR"
    layout: str = "NHWC"
    regions: tuple[str, ...] = ("full",)
    threshold: float = 0.5
    temperature: float = 1.0
    training_data: str = "not said"
    version: str = "0"

    def __post_init__(self) -> None:
        """Raise ValueError where a field cannot be what it says."""
        for name in ("network", "training_data", "version"):
            if not isinstance(getattr(self, name), str):
                raise ValueError(f"{name} must be a text, not {getattr(self, name)!r}")
        if len(self.labels) > _MOST_LABELS or not all(map(_is_name, self.labels)):
            raise ValueError(f"every label must be a name; at most {_MOST_LABELS:,} are read")
        if len(set(self.labels)) != len(self.labels) or len(self.labels) < 2:
            raise ValueError(f"labels must be at least two different names, not {list(self.labels)}")
        if type(self.size_px) is not int or not 8 <= self.size_px <= _MOST_PX:
            raise ValueError(
                f"size_px must be a whole number of 8 to {_MOST_PX:,} pixels, not {self.size_px!r}"
            )
        for value, name, allowed in (
            (self.color_order, "color_order", _COLOR_ORDERS),
            (self.layout, "layout", _LAYOUTS),
        ):
            if value not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
        if not self.regions or not set(self.regions) <= set(_REGIONS):
            raise ValueError(f"regions must be some of {', '.join(_REGIONS)}, not {list(self.regions)}")
        if "heads" in self.regions and len(self.regions) > 1:
            raise ValueError(f"a detector finds heads and nothing else, not {list(self.regions)}")
        for name in ("threshold", "temperature"):
            if type(getattr(self, name)) not in (int, float):
                raise ValueError(f"{name} must be a number, not {getattr(self, name)!r}")
        if not 0 <= self.threshold <= 1:
            raise ValueError(f"threshold must be between 0 and 1, not {self.threshold}")
        if not 0 < self.temperature < float("inf"):
            raise ValueError(f"temperature must be above 0, not {self.temperature}")

    @property
    def detects(self) -> bool:
        """It finds heads in frames, instead of saying who is on a picture."""
        return self.regions == ("heads",)

    def to_metadata(self) -> dict[str, str]:
        """The card as an ONNX file carries it: one `simpsons_play.<field>` entry each, its value as JSON."""
        fields = {"contract": CONTRACT_VERSION, **dataclasses.asdict(self)}
        return {_PREFIX + name: json.dumps(value) for name, value in fields.items()}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> Self:
        """Read a card back; entries of others are ignored.

        Raises:
            ModelError: an entry is missing, cannot be read or is of a newer contract; the message has no
                file name.
        """
        entries = {k.removeprefix(_PREFIX): v for k, v in metadata.items() if k.startswith(_PREFIX)}
        if not entries:
            raise ModelError("the file does not describe itself (it has no simpsons_play metadata)")
        values: dict[str, Any] = {}
        for name, text in entries.items():
            if len(text) > _MOST_CHARACTERS:
                raise ModelError(
                    f"its metadata entry {name!r} is longer than {_MOST_CHARACTERS:,} characters"
                )
            with guarded(ModelError, f"its metadata entry {name!r} cannot be read: {text[:40]!r}"):
                values[name] = json.loads(text)
        contract = values.pop("contract", None)
        if contract != CONTRACT_VERSION:
            raise ModelError(
                f"it follows version {contract} of the contract; this player reads {CONTRACT_VERSION}"
            )
        names = [field.name for field in dataclasses.fields(cls)]
        if missing := [name for name in names if name not in values]:
            raise ModelError(f"its metadata lacks {', '.join(missing)}")
        return cls._from_values({name: values[name] for name in names})

    def to_json(self) -> str:
        """The card as one JSON object, as it travels inside a `.keras` file."""
        return json.dumps({"contract": CONTRACT_VERSION, **dataclasses.asdict(self)}, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises:
            ModelError: as `from_metadata`.
        """
        with guarded(ModelError, "its description cannot be read"):
            values = json.loads(text)
            return cls.from_metadata({_PREFIX + name: json.dumps(value) for name, value in values.items()})

    @classmethod
    def _from_values(cls, values: dict[str, Any]) -> Self:
        for name in ("labels", "regions"):
            if not isinstance(values[name], list):
                raise ModelError(f"its metadata entry {name!r} must be a list")
            values[name] = tuple(values[name])
        with guarded(ModelError, "its metadata does not fit"):
            return cls(**values)
