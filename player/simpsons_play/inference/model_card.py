"""The metadata of a model file: the contract between training, export and the player."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, Self

from simpsons_play.core.errors import ModelError
from simpsons_play.core.foreign_files import guarded
from simpsons_play.inference.resizing import STRETCHED, Resizing

CONTRACT_VERSION = 1
"""Version of the metadata; increased when older players can no longer read new models."""

KERAS_ENTRY = "simpsons_play.json"
"""Entry of a `.keras` file, a zip archive, that contains the card."""

_PREFIX = "simpsons_play."
_COLOR_ORDERS = ("BGR", "RGB")
_LAYOUTS = ("NHWC",)
_REGIONS = ("full", "left", "right", "heads")
_OPTIONAL = ("split", "resizing")
"""Entries that files of earlier versions lack."""
_MAX_CHARACTERS, _MAX_LABELS, _MAX_PX = 1 << 20, 10_000, 16_384


def _is_name(label: object) -> bool:
    """Whether a label is a non-empty string that can be encoded as UTF-8."""
    if not isinstance(label, str) or not label:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in label)


@dataclasses.dataclass(frozen=True, slots=True)
class SplitRecord:
    """How the pictures of a training were split, so that an evaluation can split them in the same way.

    Attributes:
        split: `given`, `scenes` or `random`, as the option `--split` of `simpsons train`.
        val_share: share of each character's validation pictures where the split was drawn, between 0 and 1.
        seed: random seed of a drawn split.
        folders: names of the folders of the pictures, without their paths.
        pictures: number of pictures, without unreadable ones.
        checksum: checksum of which picture is on which side; empty if unknown.
    """

    split: str
    val_share: float
    seed: int
    folders: tuple[str, ...] = ()
    pictures: int = 0
    checksum: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for invalid fields."""
        for name, kind in (("split", str), ("checksum", str), ("seed", int), ("pictures", int)):
            if type(getattr(self, name)) is not kind:
                raise ValueError(f"{name} of the split must be of type {kind.__name__}")
        if type(self.val_share) not in (int, float) or not 0 < self.val_share < 1:
            raise ValueError(f"val_share of the split must be between 0 and 1, not {self.val_share!r}")
        if not all(isinstance(folder, str) for folder in self.folders):
            raise ValueError("folders of the split must be strings")

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """Read a record from decoded JSON; entries of later versions are ignored.

        Raises:
            Exception: a value is missing or invalid.
        """
        names = {field.name for field in dataclasses.fields(cls)} & set(values)
        return cls(**{**{name: values[name] for name in names}, "folders": tuple(values["folders"])})


@dataclasses.dataclass(frozen=True, slots=True)
class ModelCard:
    """What the player needs to know about a model, and how the model was made.

    Attributes:
        network: name of the architecture, such as `springfield`.
        labels: labels in the order of the outputs: K different names, at least two of a classifier.
        size_px: width and height S of the input in pixels; for a detector, the longer side to which frames
            are scaled.
        color_order: colour order of the input, `BGR` or `RGB`.
        layout: axes of the input, `NHWC`: (N, S, S, 3).
        regions: regions of a frame the model was trained on: `full`, `left`, `right`; or only `heads` for a
            detector. Its input is (N, H, W, 3): with fixed H and W, the player fits frames to them; otherwise
            the graph does.
        threshold: probability below which no caption is shown, 0-1.
        temperature: calibration temperature; the graph divides the logits by it before the softmax.
        training_data: one sentence about the training data.
        version: version of the model.
        split: how its training pictures were split; None if unknown. The entry is optional, and players that
            do not know it ignore it.
        resizing: how pictures become the square input of a classifier; as optional as `split`.

    Example:
        >>> card = ModelCard("springfield", ("bart_simpson", "lisa_simpson"), size_px=96)
        >>> ModelCard.from_metadata(card.to_metadata()) == card
        True
    """

    network: str
    labels: tuple[str, ...]
    size_px: int
    color_order: str = "BGR"
    layout: str = "NHWC"
    regions: tuple[str, ...] = ("full",)
    threshold: float = 0.5
    temperature: float = 1.0
    training_data: str = "unspecified"
    version: str = "0"
    split: SplitRecord | None = None
    resizing: Resizing = STRETCHED

    def __post_init__(self) -> None:
        """Raise ValueError for invalid fields."""
        for name in ("network", "training_data", "version"):
            if not isinstance(getattr(self, name), str):
                raise ValueError(f"{name} must be a string, not {getattr(self, name)!r}")
        if len(self.labels) > _MAX_LABELS or not all(map(_is_name, self.labels)):
            raise ValueError(f"labels must be names, at most {_MAX_LABELS:,}")
        least = 1 if self.regions == ("heads",) else 2
        if len(set(self.labels)) != len(self.labels) or len(self.labels) < least:
            count = "different" if least == 1 else "at least two different"
            raise ValueError(f"labels must be {count} names, not {list(self.labels)}")
        if type(self.size_px) is not int or not 8 <= self.size_px <= _MAX_PX:
            raise ValueError(f"size_px must be an integer from 8 to {_MAX_PX:,}, not {self.size_px!r}")
        for value, name, allowed in (
            (self.color_order, "color_order", _COLOR_ORDERS),
            (self.layout, "layout", _LAYOUTS),
        ):
            if value not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
        if not self.regions or not set(self.regions) <= set(_REGIONS):
            raise ValueError(f"regions must be among {', '.join(_REGIONS)}, not {list(self.regions)}")
        if "heads" in self.regions and len(self.regions) > 1:
            raise ValueError(f"regions of a detector must be ['heads'], not {list(self.regions)}")
        for name in ("threshold", "temperature"):
            if type(getattr(self, name)) not in (int, float):
                raise ValueError(f"{name} must be a number, not {getattr(self, name)!r}")
        if not 0 <= self.threshold <= 1:
            raise ValueError(f"threshold must be between 0 and 1, not {self.threshold}")
        if not 0 < self.temperature < float("inf"):
            raise ValueError(f"temperature must be above 0, not {self.temperature}")

    @property
    def detects(self) -> bool:
        """Whether the model is a detector and not a classifier."""
        return self.regions == ("heads",)

    def to_metadata(self) -> dict[str, str]:
        """The card as ONNX metadata: one entry `simpsons_play.<field>` per field, encoded as JSON."""
        return {_PREFIX + name: json.dumps(value) for name, value in self._values().items()}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> Self:
        """Read a card from the metadata of an ONNX file; entries of other programs are ignored.

        Raises:
            ModelError: an entry is missing or invalid, or the contract version is not supported; the message
                has no file name.
        """
        entries = {k.removeprefix(_PREFIX): v for k, v in metadata.items() if k.startswith(_PREFIX)}
        if not entries:
            raise ModelError("the file does not describe itself (it has no simpsons_play metadata)")
        values: dict[str, Any] = {}
        for name, text in entries.items():
            if len(text) > _MAX_CHARACTERS:
                raise ModelError(f"its metadata entry {name!r} is longer than {_MAX_CHARACTERS:,} characters")
            with guarded(ModelError, f"its metadata entry {name!r} cannot be read: {text[:40]!r}"):
                values[name] = json.loads(text)
        contract = values.pop("contract", None)
        if contract != CONTRACT_VERSION:
            raise ModelError(
                f"its metadata has contract version {contract}, but this player reads {CONTRACT_VERSION}"
            )
        names = [field.name for field in dataclasses.fields(cls)]
        if missing := [name for name in names if name not in values and name not in _OPTIONAL]:
            raise ModelError(f"its metadata lacks {', '.join(missing)}")
        return cls._from_values({name: values[name] for name in names if name in values})

    def to_json(self) -> str:
        """The card as one JSON object, as in a `.keras` file."""
        return json.dumps(self._values(), indent=2)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a card that `to_json` returned.

        Raises:
            ModelError: as `from_metadata`.
        """
        with guarded(ModelError, "its metadata cannot be read"):
            values = json.loads(text)
            return cls.from_metadata({_PREFIX + name: json.dumps(value) for name, value in values.items()})

    def _values(self) -> dict[str, Any]:
        fields = {"contract": CONTRACT_VERSION, **dataclasses.asdict(self)}
        if self.resizing == STRETCHED:
            del fields["resizing"]
        return {name: value for name, value in fields.items() if value is not None}

    @classmethod
    def _from_values(cls, values: dict[str, Any]) -> Self:
        for name in ("labels", "regions"):
            if not isinstance(values[name], list):
                raise ModelError(f"its metadata entry {name!r} must be a list")
            values[name] = tuple(values[name])
        with guarded(ModelError, "its metadata is invalid"):
            if values.get("split") is not None:
                values["split"] = SplitRecord.from_values(values["split"])
            if "resizing" in values:
                values["resizing"] = Resizing.from_values(values["resizing"])
            return cls(**values)
