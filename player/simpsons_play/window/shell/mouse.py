"""What the mouse does: on the picture, and on the buttons and sliders of the controls."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.shell.type_ahead import TypeAhead
from simpsons_play.window.widgets.keys import Binding, binding_of
from simpsons_play.window.widgets.layout import Layout

_VOLUME_STEP = 0.05


def connect_mouse(
    layout: Layout,
    transport: Transport,
    *,
    run: Callable[[Binding], None],
    naming: Callable[[], Callable[[], None] | None],
) -> None:
    """Connect the picture and the controls.

    A click on a head that is outlined names it; any other pauses or plays. A double click toggles full
    screen, and so neither names, pauses nor plays. A head is named, and a source started over at its end,
    only once it is clear that the click is not the first half of a double click; otherwise, the double click
    undoes what its first half did. What is typed meanwhile belongs to the name. The wheel changes the volume,
    or the picture of a folder.

    Args:
        layout: Contains them.
        transport: Plays the source.
        run: Runs the action of a binding.
        naming: Returns what to call to name the head that is outlined; None if none is.
    """
    picture, bar = layout.picture, layout.controls.transport
    pause, full_screen = binding_of("toggle_pause"), binding_of("toggle_full_screen")
    restart = QTimer(layout, singleShot=True)
    restart.timeout.connect(lambda: run(pause))
    held, name_it = ExitStack(), list[Callable[[], None]]()
    start_naming, type_ahead = QTimer(layout, singleShot=True), TypeAhead(layout)

    def name_head() -> None:
        with held.pop_all() as stack:
            stack.callback(type_ahead.stop)
            name_it.pop()()

    start_naming.timeout.connect(name_head)

    def click() -> None:
        if start_naming.isActive():
            return
        if (found := naming()) is not None:
            held.enter_context(transport.paused())
            name_it.append(found)
            type_ahead.start()
            start_naming.start(QApplication.doubleClickInterval())
        elif transport.playback is not None and transport.playback.at_end:
            restart.start(QApplication.doubleClickInterval())
        else:
            run(pause)

    def double_click() -> None:
        if restart.isActive():
            restart.stop()
        elif start_naming.isActive():
            start_naming.stop()
            name_it.clear()
            type_ahead.stop()
            held.close()
        else:
            run(pause)
        run(full_screen)

    def turn_wheel(notches: float) -> None:
        if transport.playback is not None and transport.playback.pictures:
            transport.step_picture(-1 if notches > 0 else 1)
        else:
            transport.change_volume(notches * _VOLUME_STEP)

    picture.clicked.connect(click)
    picture.double_clicked.connect(double_click)
    picture.scrolled.connect(turn_wheel)
    bar.triggered.connect(run)
    bar.volume_requested.connect(transport.set_volume)
    bar.speed_requested.connect(transport.set_speed)
    bar.sound_stream_requested.connect(transport.set_sound_stream)
