"""Pictures that are the frames of a video."""

from __future__ import annotations

import glob
import os
import re
from fractions import Fraction
from pathlib import Path

from simpsons_play.core.errors import SourceError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.sources.file_name import is_address
from simpsons_play.sources.images import is_picture
from simpsons_play.sources.pictures import Pictures, natural, pictures_in

SEQUENCE_RATE = Fraction(25)
"""Frames per second of a numbered sequence where nobody says, as ffmpeg has it."""

_LONGEST = 255
"""Characters in a file's name."""
_MOST_DIGITS = 4

_NUMBER = re.compile(r"%(0\d+)?d")


class FrameSequence(Pictures):
    """Pictures that are the frames of a video: a `Source`.

    They come in the order of their numbers, at a steady rate and in the size of the first. Where one cannot
    be read, the one before it stays, and `warnings` says so.

    Args:
        name: a folder of pictures, a numbered sequence as ffmpeg has it (`frames_%05d.png`) or a pattern
            (`frames_*.png`).
        rate: frames per second.
        start_s: first moment to give, in seconds from the start.
        duration_s: how much of it, in seconds; None for all.

    Raises:
        ValueError: a time is negative, or a length or the rate not positive.
    """

    def __init__(
        self,
        name: str | Path,
        *,
        rate: Fraction = SEQUENCE_RATE,
        start_s: float = 0.0,
        duration_s: float | None = None,
    ) -> None:
        if rate <= 0:
            raise ValueError(f"rate is {rate}, but must be more than 0 frames per second")
        super().__init__(str(name), 1 / rate, stills=False, start_s=start_s, duration_s=duration_s)

    def files(self) -> list[Path]:
        """The frames in their order."""
        path = Path(self._name)
        if os.path.isdir(path):
            return pictures_in(path)
        if is_sequence(self._name):
            files, missing = _numbered(path)
            if missing:
                gaps = "1 number is" if missing == 1 else f"{missing} numbers are"
                self._warnings.append(f"{self._name}: {gaps} missing between the first and the last")
        else:
            found = map(Path, glob.glob(self._name, recursive=True))
            files = sorted(filter(is_picture, found), key=natural)
        if not files:
            raise SourceError(f"{self._name}: no picture matches")
        return files


def is_sequence(name: str) -> bool:
    """Whether a name stands for a numbered sequence of files, and not for one that is there."""
    if is_address(name):  # where %d0 is a letter
        return False
    return len(_NUMBER.findall(os.path.basename(name))) == 1 and not os.path.lexists(name)


def _numbered(pattern: Path) -> tuple[list[Path], int]:
    """The files of a numbered sequence by their numbers, and how many are missing between them."""
    (width,) = _NUMBER.findall(pattern.name)
    before, after = (part.replace("%%", "%") for part in _NUMBER.sub("\0", pattern.name).split("\0"))
    digits = int(width or 1) if len(width) <= _MOST_DIGITS else _LONGEST
    found: dict[int, Path] = {}
    try:
        files = list(pattern.parent.iterdir())
    except OSError as error:
        raise SourceError(f"{pattern.parent} cannot be read: {clause_of(error)}") from error
    for file in files:
        number = file.name[len(before) : len(file.name) - len(after)]
        if not (file.name.startswith(before) and file.name.endswith(after) and number.isascii()):
            continue
        unpadded = number.lstrip("0") or "0"
        if number.isdigit() and number == unpadded.zfill(min(digits, _LONGEST)) and file.is_file():
            found[int(number)] = file
    numbers = sorted(found)
    missing = numbers[-1] - numbers[0] + 1 - len(numbers) if numbers else 0
    return [found[number] for number in numbers], missing
