"""The status under the picture: the source, what the player is doing, and the state of the buttons."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from simpsons_play.core.escaping import one_line
from simpsons_play.window.playback.ports import NetworkInfo
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.widgets.layout import Layout
from simpsons_play.window.widgets.transport_bar import TransportState

_MESSAGE_MS = 3000


class StatusLine(QObject):
    """Shows the position, the source, and either the state of the player or, for a few seconds, a message.

    Args:
        layout: Contains the widgets.
        transport: Plays the source.
        presenter_state: Returns the state of the presenter in a few words.
        several: Returns whether there are several sources to step through.
        parent: Qt parent.
    """

    def __init__(
        self,
        layout: Layout,
        transport: Transport,
        *,
        presenter_state: Callable[[], str],
        several: Callable[[], bool],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._layout, self._transport, self._presenter_state = layout, transport, presenter_state
        self._several = several
        self._name = self._note = self._message = ""
        self._network: NetworkInfo | None = None
        self._clear_timer = QTimer(self, singleShot=True, interval=_MESSAGE_MS)
        self._clear_timer.timeout.connect(self._on_time_over)

    def open_source(self, name: str, network: NetworkInfo) -> None:
        """Show another source; its note follows with `set_note`."""
        self._name, self._note, self._network = name, "", network

    def set_note(self, note: str) -> None:
        """Set the note about the source; it is shown while there is no sound."""
        self._note = note

    def show_message(self, message: str) -> None:
        """Show one line for a few seconds, on top of the picture as well."""
        self._message = one_line(message)
        self._layout.osd.show_message(self._message)
        self._clear_timer.start()
        self._layout.reveal_controls()
        self.refresh()

    def clear_message(self) -> None:
        """Hide the message before its time is over."""
        self._clear_timer.stop()
        self._layout.osd.show_message("")
        self._on_time_over()

    def refresh(self) -> None:
        """Show the current position and state."""
        self.show_position()
        playback = self._transport.playback
        state = " · ".join(part for part in (self._presenter_state(), self._transport.state) if part)
        note = "" if playback is not None and playback.has_sound else self._note  # devices come and go
        pictures = playback.pictures if playback is not None else 0
        name = playback.picture_name if playback is not None and pictures else ""
        self._layout.preview.show_numbers(pictures)
        self._layout.controls.show_status(
            name or self._name, self._message or state, note=note, network=self._network
        )

        self._layout.controls.transport.show_state(self._transport_state())

    def _transport_state(self) -> TransportState:
        transport, playback, controls = self._transport, self._transport.playback, self._layout.controls
        return TransportState(
            playing=playback is not None and playback.playing,
            has_sound=playback is not None and playback.has_sound,
            muted=transport.muted,
            volume=transport.volume,
            speed=transport.speed,
            sound_streams=playback.sound_streams if playback is not None else (),
            sound_stream=playback.sound_stream if playback is not None else 0,
            why_silent=self._note[:1].upper() + self._note[1:],
            several=self._several() or (playback is not None and playback.pictures > 1),
            cast_shown=self._layout.cast_shown,
            lanes_shown=controls.lanes_expanded,
            full_screen=self._layout.full_screen,
        )

    def show_position(self) -> None:
        """Show the current position."""
        if (playback := self._transport.playback) is not None:
            self._layout.controls.show_time(
                playback.position_s,
                playback.duration_s,
                video_end_s=playback.video_end_s,
                text=f"{playback.picture_number} of {playback.pictures}" if playback.pictures else "",
            )

    def _on_time_over(self) -> None:
        self._message = ""
        self.refresh()
