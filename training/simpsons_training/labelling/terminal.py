"""Labelling in a terminal, by numbered prompts, where there is no screen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from rich.console import Console
from rich.text import Text

from simpsons_play.cli.base import say
from simpsons_play.core.atomic_file import atomic_file
from simpsons_play.core.errors import SimpsonsError
from simpsons_play.core.frames import Image
from simpsons_play.core.names import counted, display_name
from simpsons_play.core.timefmt import format_time
from simpsons_training.labelling.frame_choice import ChosenFrame
from simpsons_training.labelling.picture_folder import Crop
from simpsons_training.labelling.session import LabelSession

_ACTIONS = ("left half", "whole frame", "right half", "next frame", "undo", "quit")
_CROPS: dict[str, Crop] = {"left half": "left", "whole frame": "full", "right half": "right"}
_MAX_COLUMNS = 100
_UPPER_HALF = "\u2580"
"""A block in the upper half of a cell: two pixels, one in the colour of the text, one in that behind it."""

_MAX_LISTED = 9


def label_in_terminal(session: LabelSession) -> None:
    """Offer one frame after the other until the user quits, input ends, or there is no more.

    Each frame is written to a preview file, whose name is printed, and drawn coarsely if standard output is a
    terminal with colours.

    Args:
        session: The session; entered.

    Raises:
        SimpsonsError: A frame cannot be read or claimed.
        KeyboardInterrupt: The user pressed Ctrl-C; all that was saved stays.
    """
    with TemporaryDirectory(prefix="simpsons-label-") as folder:
        _Prompts(session, Path(folder) / "preview.jpg").run()


class _Prompts:
    """Asks what to do with each frame.

    Args:
        session: The session; entered.
        preview: File that shows the frame.
    """

    def __init__(self, session: LabelSession, preview: Path) -> None:
        self._session, self._preview = session, preview
        self._console = Console()

    def run(self) -> None:
        """Ask until the user quits or there are no more frames."""
        frame = self._session.go_on()
        try:
            while frame is not None:
                self._show(frame)
                if not self._label(frame):
                    return
                frame = self._session.frame
        except EOFError:  # Ctrl-D, or the end of a file
            say("")
            return
        say("No more frames: every shot of these episodes has been offered.")

    def _show(self, frame: ChosenFrame) -> None:
        with atomic_file(self._preview, temporary=self._preview.with_suffix(".part")) as part:
            part.write_bytes(cv2.imencode(".jpg", frame.image)[1].tobytes())
        if self._console.is_terminal and self._console.color_system is not None:
            self._console.print(drawing(frame.image, columns=min(self._console.width, _MAX_COLUMNS)))
        seen, moments = self._session.progress
        saved = counted(self._session.counts.total(), "picture")
        say(f"{frame.episode}, {format_time(frame.time_s)} ({seen:,} of {moments:,} moments, {saved} saved)")
        say(f"Preview: {self._preview}")

    def _label(self, frame: ChosenFrame) -> bool:
        """Ask about a frame until another is shown; returns False if the user quits."""
        while self._session.frame is frame:
            action = _ACTIONS[_choose(_ACTIONS, "What to do")]
            if action == "quit":
                return False
            if action == "next frame":
                self._session.go_on()
                return True
            try:
                if action == "undo":
                    self._undo()
                    continue
                saved = self._name(_CROPS[action])
            except SimpsonsError as error:
                say(f"Error: {error}", err=True)
                continue
            if saved and action == "whole frame":  # there is nobody else to name
                self._session.go_on(is_step=False)
        return True

    def _undo(self) -> None:
        if not self._session.can_undo:
            say("There is nothing to undo.")
            return
        removed = self._session.undo()
        if removed is not None:
            say(f"Removed {display_name(removed.character)}: {removed.path}")

    def _name(self, crop: Crop) -> bool:
        """Ask who is on a part of the frame, and save it; returns False if the user goes back."""
        selection = self._session.selection(crop)
        while text := input("Part of the name (empty goes back): ").strip():
            label = self._label_of(text)
            if label is not None:
                saved = self._session.save(selection, label)
                say(f"Saved {display_name(saved.character)}: {saved.path}")
                return True
        return False

    def _label_of(self, text: str) -> str | None:
        """The label that a part of a name means, asking which one if there are several; None goes back."""
        match = self._session.match(text)
        if len(match.labels) == 1 and match.new_label is None:
            return match.labels[0]
        labels = [*match.labels[:_MAX_LISTED], *filter(None, [match.new_label])]
        if not labels:
            say(f"No name fits, and {text} cannot be a new one.")
            return None
        names = [
            f"new character: {display_name(label)}" if label == match.new_label else display_name(label)
            for label in labels
        ]
        chosen = _choose([*names, "another name"], "Who", default=1)
        return labels[chosen] if chosen < len(labels) else None


def drawing(image: Image, *, columns: int) -> Text:
    """Draw an image with coloured blocks.

    Args:
        image: (H, W, 3) uint8 BGR.
        columns: Width of the drawing, in characters; each shows two pixels above each other.
    """
    height, width = image.shape[:2]
    rows = max(1, round(columns * height / width / 2))
    small = np.asarray(cv2.resize(image, (columns, 2 * rows), interpolation=cv2.INTER_AREA))
    lines = []
    for upper, lower in zip(small[::2].tolist(), small[1::2].tolist(), strict=True):
        line = Text(no_wrap=True, overflow="crop")
        for (b, g, r), (blue, green, red) in zip(upper, lower, strict=True):
            line.append(_UPPER_HALF, f"rgb({r},{g},{b}) on rgb({red},{green},{blue})")
        lines.append(line)
    return Text("\n").join(lines)


def _choose(choices: Sequence[str], question: str, *, default: int | None = None) -> int:
    """Print numbered choices and ask for a number until it is one of them; returns its index.

    Args:
        choices: The choices.
        question: What is asked.
        default: The number that an empty answer means; None for none.
    """
    say("  ".join(f"{number}: {choice}" for number, choice in enumerate(choices, 1)))
    hint = "" if default is None else f", Enter for {default}"
    while True:
        answer = input(f"{question} (1-{len(choices)}{hint}): ").strip()
        if not answer and default is not None:
            return default - 1
        if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(choices):
            return int(answer) - 1
        say(f"Give a number from 1 to {len(choices)}.")
