"""What a window leaves to the one after it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be played when a window has closed.

    Attributes:
        paths: files or folders, one after the other, instead of what was to be played.
        step: or so many sources on in what was to be played, back where negative.
    """

    paths: tuple[Path, ...] = ()
    step: int = 0


@dataclass(slots=True)
class Habits:
    """How the user likes the player, as far as it was changed in a window: the next one begins so.

    Attributes:
        geometry: left, top, width and height of the window, in pixels; None before it was shown.
        full_screen: whether it fills the screen.
        volume: 0-1, as it is heard.
        muted: no sound.
        speed: of playback; 1 as it should be.
        threshold: below this probability nobody is named; 0-1; None as it was asked for.
    """

    geometry: tuple[int, int, int, int] | None = None
    full_screen: bool = False
    volume: float = 1.0
    muted: bool = False
    speed: float = 1.0
    threshold: float | None = None
