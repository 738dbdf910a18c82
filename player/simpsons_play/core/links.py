"""Symbolic links under the names of files to write."""

from __future__ import annotations

import os
from pathlib import Path

from simpsons_play.core.errors import SinkError


def target_of(path: Path) -> Path:
    """The file that a name stands for: what a symbolic link leads to, also where that is not there yet.

    Raises:
        SinkError: links lead in a circle.
    """
    if not path.is_symlink():
        return path
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise SinkError(f"{path} is a symbolic link that leads to itself; remove it or give another name")
    return target
