"""Seeks from one appearance of a character to the next."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from simpsons_play.core.names import display_name
from simpsons_play.timelines.appearances import joined, last_before, next_after
from simpsons_play.timelines.timeline import Timeline
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.widgets.cast_panel import CastPanel

_END_TOLERANCE_S = 1.0
"""Files may end this much earlier than their duration says."""


class AppearanceNavigator(QObject):
    """Selects a character and seeks to its appearances; without a selection, to those of all characters.

    Args:
        transport: Seeks.
        cast: Lists the characters that can be selected.
        parent: Qt parent.

    Attributes:
        message: Signal(str): One line to show to the user for a few seconds.
        changed: Signal(): Another character is selected.
    """

    message = Signal(str)
    changed = Signal()

    def __init__(self, transport: Transport, cast: CastPanel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._transport, self._cast = transport, cast
        self._timeline: Timeline | None = None
        self._selected: str | None = None

    @property
    def selected(self) -> str | None:
        """Label of the selected character; None for all characters."""
        return self._selected

    @property
    def state(self) -> str:
        """State for the status line; empty for all characters."""
        return f"following {display_name(self._selected)}" if self._selected else ""

    def set_timeline(self, timeline: Timeline | None) -> None:
        """Set who is on screen when; None for sources that are not analysed ahead."""
        self._timeline = timeline

    def select(self, label: str) -> None:
        """Select a character; selecting it again selects all characters."""
        self._selected = None if label == self._selected else label
        self.message.emit(
            f"Following {display_name(self._selected)} (n: next appearance, p: previous)"
            if self._selected
            else f"Stopped following {display_name(label)}"
        )
        self.changed.emit()

    def follow(self, label: str | None) -> None:
        """Select what has become of the selected character; None selects all, as it is not there any more."""
        if self._selected is not None:
            self.select(label or self._selected)

    def deselect(self) -> None:
        """Select all characters, because there is no longer one of this name."""
        self._selected = None
        self.changed.emit()

    def select_next(self, step: float) -> None:
        """Select the next row of the cast panel, or the previous one if negative; after the last one, all."""
        order: list[str | None] = [
            None,
            *(member.label for member in self._cast.members),
            *self._cast.strangers.rows,
        ]
        index = order.index(self._selected) if self._selected in order else 0
        label = order[(index + int(step)) % len(order)]
        if label is not None:
            self._selected = None
            self.select(label)
        elif self._selected is not None:
            self.select(self._selected)

    def jump(self, direction: float) -> None:
        """Seek to the next appearance, or to the previous one if negative."""
        playback = self._transport.playback
        if self._timeline is None or playback is None:
            self.message.emit("Only available for video files")
            return
        spans = [span for span in self._timeline.spans if self._selected in (None, span.label)]
        appearances = spans if self._selected is None else joined(spans)
        find = next_after if direction > 0 else last_before
        span = find(appearances, playback.position_s)
        if span is None:
            which = "later" if direction > 0 else "earlier"
            so_far = "" if direction < 0 or self.is_complete else " so far"
            self.message.emit(f"No {which} appearance{self._of()}{so_far}")
            return
        self._transport.seek_to(span.start_s)
        self.message.emit(display_name(span.label))

    def _of(self) -> str:
        return f" of {display_name(self._selected)}" if self._selected else ""

    @property
    def is_complete(self) -> bool:
        """Whether the whole source is analysed."""
        playback = self._transport.playback
        end_s = playback.video_end_s if playback is not None else None
        return (
            self._timeline is not None
            and end_s is not None
            and self._timeline.known_s > end_s - _END_TOLERANCE_S
        )
