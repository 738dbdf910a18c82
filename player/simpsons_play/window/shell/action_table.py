"""The table of all actions of the window, by the names that key bindings use."""

from __future__ import annotations

from PySide6.QtWidgets import QMainWindow

from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.shell.actions import Actions
from simpsons_play.window.shell.current_presenter import CurrentPresenter
from simpsons_play.window.shell.full_screen import FullScreen
from simpsons_play.window.shell.presenter import ACTIONS
from simpsons_play.window.shell.source_picker import SourcePicker
from simpsons_play.window.widgets.layout import Layout


def make_actions(
    window: QMainWindow,
    *,
    transport: Transport,
    layout: Layout,
    picker: SourcePicker,
    full_screen: FullScreen,
    presenter: CurrentPresenter,
) -> Actions:
    """Connect the names of actions to the parts of the window that perform them.

    Raises:
        ValueError: A key binding has an unknown action.
    """
    return Actions(
        commands={
            "toggle_pause": transport.toggle_pause,
            "toggle_loop": transport.toggle_loop,
            "toggle_mute": transport.toggle_mute,
            "next_sound": transport.next_sound,
            "toggle_cast": layout.toggle_cast,
            "toggle_lanes": layout.toggle_lanes,
            "toggle_lane_order": layout.controls.toggle_lane_order,
            "toggle_stats": layout.toggle_stats,
            "toggle_help": layout.toggle_help,
            "toggle_full_screen": full_screen.toggle,
            "escape": full_screen.escape,
            "quit": window.close,
        },
        adjustments={
            "seek_by": transport.seek_by,
            "seek_to": transport.seek_to,
            "step": transport.step,
            "change_speed": transport.change_speed,
            "change_volume": transport.change_volume,
            "skip": picker.skip,
        },
        states={
            "toggle_loop": lambda: transport.looping,
            "toggle_mute": lambda: transport.muted,
            "toggle_names": lambda: presenter.names_shown,
            "toggle_only": lambda: presenter.only_selected,
            "toggle_lanes": lambda: layout.controls.lanes_expanded,
            "toggle_lane_order": lambda: layout.controls.by_screen_time,
            "toggle_cast": lambda: layout.cast_shown,
            "toggle_stats": lambda: not layout.stats.isHidden(),
            "toggle_full_screen": window.isFullScreen,
        },
        source_actions=ACTIONS,
    )
