"""Files that are installed with the player: the sample clip and drawings."""

from __future__ import annotations

from pathlib import Path

from simpsons_play.core.errors import SourceError

_FOLDER = Path(__file__).parents[1] / "assets"


def sample_clip() -> Path:
    """Path of the sample clip: twenty seconds of a cartoon that is drawn by code, with sound.

    Raises:
        SourceError: This installation lacks the file.

    Example:
        >>> sample_clip().name
        'springfield.mp4'
    """
    path = _FOLDER / "springfield.mp4"
    if not path.is_file():
        raise SourceError(f"{path} is missing from this installation; install simpsons-play again")
    return path


def check_mark() -> Path:
    """Path of the mark in a ticked check box, an SVG file."""
    return _FOLDER / "check.svg"


def icon() -> Path:
    """Path of the icon of the application, an SVG file."""
    return _FOLDER / "simpsons-play.svg"


def is_installed(path: Path) -> bool:
    """Whether a file or folder is in the folder of this package, which is no place for the user's files.

    Args:
        path: Any path; it need not exist.

    Example:
        >>> is_installed(sample_clip()), is_installed(Path("episode.avi"))
        (True, False)
    """
    return path.resolve().is_relative_to(_FOLDER.parent.resolve())
