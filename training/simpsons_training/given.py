"""What callers of the library give: pictures, folders of them, networks, and values with limits."""

from __future__ import annotations

import math
import operator
from collections.abc import Collection, Iterable
from numbers import Real
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

from simpsons_training.config import SPLITS
from simpsons_training.storage import RunFolder

if TYPE_CHECKING:  # loading it takes seconds
    from simpsons_training.classifier_training import TrainResult
    from simpsons_training.dataset import PictureSet


def given_pictures(given: Iterable[Any]) -> PictureSet | list[Path]:
    """The picture set that is the only argument, or the folders, each alone or in a list.

    Raises:
        TypeError: One is neither a folder nor a picture set, or a picture set is not the only one.
        ValueError: There is none.
    """
    from simpsons_training.dataset import PictureSet

    match list(given):
        case [PictureSet() as pictures]:
            return pictures
        case things:
            return given_folders(things, "folders of pictures, or one PictureSet alone")


def given_folders(given: Iterable[Any], expected: str = "folders of pictures") -> list[Path]:
    """The folders, each alone or in a list.

    Args:
        given: What the caller gives.
        expected: What it should be, for the error message.

    Raises:
        TypeError: One is not a folder.
        ValueError: There is none.
    """
    folders: list[Path] = []
    for thing in given:
        for folder in thing if isinstance(thing, list | tuple) else [thing]:
            if not isinstance(folder, str | PathLike):
                raise TypeError(f"expected {expected}, not {type(folder).__name__}")
            folders.append(Path(folder))
    if not folders:
        raise ValueError("give at least one folder of pictures")
    return folders


def given_network(model: str | PathLike[str] | TrainResult) -> Path:
    """The file of a network: itself, or that of the last epoch of a run or of a run folder.

    Raises:
        TypeError: It is something else.
    """
    path = getattr(model, "folder", model)  # that of a TrainResult
    if not isinstance(path, str | PathLike):
        found = type(model).__name__
        raise TypeError(f"expected the file of a network, a run folder or a TrainResult, not {found}")
    return RunFolder(Path(path)).last if Path(path).is_dir() else Path(path)


@overload
def given_integer(name: str, value: SupportsIndex) -> int: ...
@overload
def given_integer(name: str, value: SupportsIndex | None) -> int | None: ...
def given_integer(name: str, value: SupportsIndex | None) -> int | None:
    """An integer, if it is given, which may be one of NumPy or pandas, as a Python int.

    Raises:
        TypeError: It is not an integer.
    """
    try:
        return None if value is None else operator.index(value)
    except TypeError:
        raise TypeError(f"{name} {value!r} is not an integer") from None


@overload
def given_number(name: str, value: float) -> float: ...
@overload
def given_number(name: str, value: float | None) -> float | None: ...
def given_number(name: str, value: float | None) -> float | None:
    """A number, if it is given, which may be one of NumPy or pandas, as a Python number.

    Raises:
        TypeError: It is not a number.
    """
    if value is not None and not isinstance(value, Real):
        raise TypeError(f"{name} {value!r} is not a number")
    return value if value is None or isinstance(value, int) else float(value)


def require_split(split: str | None, val_share: float | None, seed: int | None) -> None:
    """Check how pictures are to be split, as far as it is given.

    Raises:
        ValueError: A value is out of range, or not one of the choices.
    """
    require_choice("split", split, SPLITS)
    if val_share is not None and not 0 < val_share < 1:
        raise ValueError(f"val_share {val_share} is not between 0 and 1")
    require_range("seed", seed, 0, math.inf)


def require_choice(name: str, value: str | None, choices: Collection[str]) -> None:
    """Raise ValueError unless a value, if it is given, is one of the choices."""
    if value is not None and value not in choices:
        raise ValueError(f"{name} {value} is none of {', '.join(choices)}")


def require_range(name: str, value: float | None, low: float, high: float) -> None:
    """Raise ValueError unless a value, if it is given, is in a range that includes its ends."""
    if value is not None and not low <= value <= high:
        limits = f"at least {low}" if math.isinf(high) else f"between {low} and {high}"
        raise ValueError(f"{name} {value} is not {limits}")
