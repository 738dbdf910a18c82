"""What the mouse does: on the picture, and on the buttons and sliders of the controls."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.widgets.keys import Binding, binding_of
from simpsons_play.window.widgets.layout import Layout

_VOLUME_STEP = 0.05


def connect_mouse(
    layout: Layout,
    transport: Transport,
    *,
    run: Callable[[Binding], None],
    context_menu: Callable[[], QMenu],
) -> None:
    """Connect the picture and the controls.

    A click pauses or plays; a double click also toggles full screen, and so neither pauses nor plays, because
    its first half was a click. The wheel changes the volume, or the picture of a folder. The right button
    opens a menu.

    Args:
        layout: Contains them.
        transport: Plays the source.
        run: Runs the action of a binding.
        context_menu: Makes the menu.
    """
    picture, bar = layout.picture, layout.controls.transport
    pause, full_screen = binding_of("toggle_pause"), binding_of("toggle_full_screen")

    def double_click() -> None:
        run(pause)
        run(full_screen)

    def turn_wheel(notches: float) -> None:
        if transport.playback is not None and transport.playback.pictures:
            transport.step_picture(-1 if notches > 0 else 1)
        else:
            transport.change_volume(notches * _VOLUME_STEP)

    def open_menu(at: QPoint) -> None:
        menu = context_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(picture.mapToGlobal(at))

    picture.clicked.connect(lambda: run(pause))
    picture.double_clicked.connect(double_click)
    picture.scrolled.connect(turn_wheel)
    picture.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    picture.customContextMenuRequested.connect(open_menu)
    bar.triggered.connect(run)
    bar.volume_requested.connect(transport.set_volume)
    bar.speed_requested.connect(transport.set_speed)
    bar.sound_stream_requested.connect(transport.set_sound_stream)
