"""The buttons under the picture: play, volume, speed, sound stream, panels and full screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from simpsons_play.core.escaping import button_text
from simpsons_play.window.widgets.icon_button import IconButton
from simpsons_play.window.widgets.jump_slider import JumpSlider
from simpsons_play.window.widgets.keys import Binding, binding_of
from simpsons_play.window.widgets.theme import slider_style

SPEEDS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 4.0)
_VOLUME_STEPS, _VOLUME_PAGE = 100, 5
_VOLUME_WIDTH = 5
"""Width of the volume slider, in em."""


@dataclass(frozen=True, slots=True)
class TransportState:
    """What the buttons show.

    Attributes:
        playing: Whether it is playing rather than paused or at the end.
        has_sound: Whether there is sound to hear.
        muted: Whether it is muted.
        volume: Perceived loudness, 0-1.
        speed: Playback speed; 1 is normal.
        sound_streams: Descriptions of the sound streams.
        sound_stream: Index of the current one.
        why_silent: Why there is no sound, if that is known.
        several: Whether there are several files, or pictures, to step through.
        cast_shown: Whether the cast panel is shown.
        lanes_shown: Whether the timeline is expanded.
        full_screen: Whether the window is in full screen.
    """

    playing: bool = False
    has_sound: bool = False
    muted: bool = False
    volume: float = 1.0
    speed: float = 1.0
    sound_streams: tuple[str, ...] = ()
    sound_stream: int = 0
    why_silent: str = ""
    several: bool = False
    cast_shown: bool = True
    lanes_shown: bool = True
    full_screen: bool = False


class _BindingButton(IconButton):
    """A button that runs the action of a key binding."""

    def __init__(self, icon: str, binding: Binding, parent: QWidget) -> None:
        super().__init__(icon, binding.title, parent)
        self.binding = binding
        self.setToolTip(binding.tooltip)


class TransportBar(QObject):
    """Two groups of buttons, for the left and the right end of a row.

    Args:
        parent: The widget that contains them.

    Attributes:
        left: Previous, play or pause, next, and the volume.
        right: Speed, sound stream, timeline, cast panel and full screen.
        triggered: Signal(Binding): The user has clicked the button of this binding.
        volume_requested: Signal(float): The user wants this volume, 0-1.
        speed_requested: Signal(float): The user wants this speed; 1 is normal.
        sound_stream_requested: Signal(int): The user wants this sound stream, by its index.
    """

    triggered = Signal(object)
    volume_requested = Signal(float)
    speed_requested = Signal(float)
    sound_stream_requested = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._state: TransportState | None = None
        self.left, self.right = QWidget(parent), QWidget(parent)
        self._previous = self._button(self.left, "previous", binding_of("skip", -1))
        self._play = self._button(self.left, "play", binding_of("toggle_pause"))
        self._next = self._button(self.left, "next", binding_of("skip", 1))
        self._mute = self._button(self.left, "sound", binding_of("toggle_mute"))
        self._volume = JumpSlider(self.left)
        self._volume.setRange(0, _VOLUME_STEPS)
        self._volume.setPageStep(_VOLUME_PAGE)
        self._volume.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._volume.setAccessibleName("Volume")
        self._volume.setToolTip("Volume (9, 0)")
        self._volume.valueChanged.connect(lambda value: self.volume_requested.emit(value / _VOLUME_STEPS))
        self._speed = IconButton("", "Speed", self.right)
        self._speeds = QMenu(self._speed)
        self._speeds.aboutToShow.connect(self._fill_speeds)
        self._speed.setMenu(self._speeds)
        self._speed.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._stream = IconButton("stream", "Sound stream", self.right)
        self._stream.setToolTip("Sound stream (#)")
        self._streams = QMenu(self._stream)
        self._streams.aboutToShow.connect(self._fill_streams)
        self._stream.setMenu(self._streams)
        self._stream.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._lanes = self._button(self.right, "timeline", binding_of("toggle_lanes"))
        self._cast = self._button(self.right, "panel", binding_of("toggle_cast"))
        self._full_screen = self._button(self.right, "full screen", binding_of("toggle_full_screen"))
        for toggle in (self._lanes, self._cast):
            toggle.setCheckable(True)
        _fill_row(self.left, self._previous, self._play, self._next, self._mute, self._volume)
        _fill_row(self.right, self._speed, self._stream, self._lanes, self._cast, self._full_screen)
        self.show_state(TransportState())

    def show_state(self, state: TransportState) -> None:
        """Show what is possible and what is going on."""
        if state == self._state:
            return
        self._state = state
        pause = "Pause" if state.playing else "Play"
        self._play.describe("pause" if state.playing else "play", pause, f"{pause} (Space)")
        mute = "Unmute" if state.muted else "Mute"
        self._mute.describe("muted" if state.muted or not state.volume else "sound", mute, f"{mute} (m)")
        for widget in (self._mute, self._volume):
            widget.setEnabled(state.has_sound)
            if not state.has_sound:
                widget.setToolTip(state.why_silent or "No sound")
        if state.has_sound:
            self._volume.setToolTip("Volume (9, 0)")
        self._volume.blockSignals(True)
        self._volume.setValue(0 if state.muted else round(state.volume * _VOLUME_STEPS))
        self._volume.blockSignals(False)
        for button in (self._previous, self._next):
            button.setVisible(state.several)
        self._speed.setText(f"{state.speed:.3g}x")
        self._speed.describe("", f"Speed {state.speed:.3g}x", f"Speed {state.speed:.3g}x ([ and ])")
        self._stream.setVisible(len(state.sound_streams) > 1)
        self._lanes.setChecked(state.lanes_shown)
        self._cast.setChecked(state.cast_shown)
        leave = "Leave full screen" if state.full_screen else "Full screen"
        self._full_screen.describe("window" if state.full_screen else "full screen", leave, f"{leave} (f)")
        self._speed.updateGeometry()

    def fit(self, em: int) -> None:
        """Fit to a font size, in pixels."""
        self._volume.setFixedWidth(_VOLUME_WIDTH * em)
        self._volume.setStyleSheet(slider_style(em))

    def set_compact(self, compact: bool) -> None:
        """Leave out the volume slider: the keys, the wheel and the mute button still work."""
        self._volume.setVisible(not compact)

    def _button(self, parent: QWidget, icon: str, binding: Binding) -> _BindingButton:
        button = _BindingButton(icon, binding, parent)
        button.clicked.connect(lambda: self._on_clicked(button))
        return button

    def _on_clicked(self, button: _BindingButton) -> None:
        state, self._state = self._state, None  # a checkable button has changed by itself
        self.triggered.emit(button.binding)
        if self._state is None and state is not None:
            self.show_state(state)

    def _fill_speeds(self) -> None:
        speed = self._state.speed if self._state is not None else 1.0
        texts = [f"{value:g}x" for value in SPEEDS]
        chosen = SPEEDS.index(speed) if speed in SPEEDS else None
        for action, value in zip(_fill_choices(self._speeds, texts, chosen), SPEEDS, strict=True):
            action.triggered.connect(lambda checked=False, value=value: self.speed_requested.emit(value))

    def _fill_streams(self) -> None:
        if self._state is None:
            return
        texts = [button_text(text) for text in self._state.sound_streams]
        for number, action in enumerate(_fill_choices(self._streams, texts, self._state.sound_stream)):
            action.triggered.connect(
                lambda checked=False, number=number: self.sound_stream_requested.emit(number)
            )


def _fill_choices(menu: QMenu, texts: Sequence[str], chosen: int | None) -> list[QAction]:
    """Fill a menu with entries of which one is checked."""
    menu.clear()
    group = QActionGroup(menu)
    for number, text in enumerate(texts):
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(number == chosen)
        group.addAction(action)
    return menu.actions()


def _fill_row(row: QWidget, *widgets: QWidget) -> None:
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(2)
    for widget in widgets:
        layout.addWidget(widget)
