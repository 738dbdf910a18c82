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
from simpsons_play.sources.pictures import Pictures, natural_key, pictures_in

SEQUENCE_RATE = Fraction(25)
"""Default rate of a numbered sequence in frames per second, as in ffmpeg."""

_MAX_NAME = 255
"""Maximum length of a file name."""
_MAX_WIDTH_DIGITS = 4

_NUMBER = re.compile(r"%(0\d+)?d")


class FrameSequence(Pictures):
    """Pictures that are the frames of a video: a `Source`.

    They are sorted by number and have a constant rate and the size of the first one. A frame that cannot be
    read is skipped, with one line in `warnings`; the times of the others do not change.

    Args:
        name: a folder of pictures, a numbered sequence as in ffmpeg (`frames_%05d.png`) or a pattern
            (`frames_*.png`).
        rate: frames per second.
        start_s: first time wanted, in seconds from the start.
        duration_s: length wanted, in seconds; None for the rest.

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
        """The frames in order."""
        path = Path(self._name)
        if os.path.isdir(path):
            return pictures_in(path)
        if is_sequence(self._name):
            files, missing = _numbered(path)
            if missing:
                gaps = "1 number is" if missing == 1 else f"{missing} numbers are"
                self._warnings.append(f"{self._name}: {gaps} missing between the first and the last frame")
        else:
            found = map(Path, glob.glob(self._name, recursive=True))
            files = sorted(filter(is_picture, found), key=natural_key)
        if not files:
            raise SourceError(f"{self._name}: no picture matches")
        return files


def is_sequence(name: str) -> bool:
    """Whether a name means a numbered sequence of files, not an existing file."""
    if is_address(name):  # %d0 is an escaped character there
        return False
    return len(_NUMBER.findall(os.path.basename(name))) == 1 and not os.path.lexists(name)


def _numbered(pattern: Path) -> tuple[list[Path], int]:
    """The files of a numbered sequence, sorted by number, and how many numbers are missing between them."""
    (width,) = _NUMBER.findall(pattern.name)
    before, after = (part.replace("%%", "%") for part in _NUMBER.sub("\0", pattern.name).split("\0"))
    digits = int(width or 1) if len(width) <= _MAX_WIDTH_DIGITS else _MAX_NAME
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
        if number.isdigit() and number == unpadded.zfill(min(digits, _MAX_NAME)) and file.is_file():
            found[int(number)] = file
    numbers = sorted(found)
    missing = numbers[-1] - numbers[0] + 1 - len(numbers) if numbers else 0
    return [found[number] for number in numbers], missing
