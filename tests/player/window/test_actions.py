"""Every key runs an action, and a binding whose action is unknown is found when the window is built."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.player.window.window_kit import NETWORK, FakeAnalysis, FakePlayQueue, draw_square

pytest.importorskip("PySide6.QtWidgets")
from simpsons_play.core.timing import StageTimes
from simpsons_play.window.shell import presenter
from simpsons_play.window.shell.actions import Actions
from simpsons_play.window.shell.player import PlayerWindow
from simpsons_play.window.widgets import keys
from simpsons_play.window.widgets.keys import BINDINGS, Binding

MISSPELT = Binding("z", "pause", "toggle_paws", characters="z")


def make_window(qtbot: QtBot) -> PlayerWindow:
    window = PlayerWindow(corrections=Path("corrections"), play_queue=FakePlayQueue())
    qtbot.addWidget(window)
    return window


def test_a_binding_with_a_misspelt_action_cannot_be_built(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "BINDINGS", (*BINDINGS, MISSPELT))
    with pytest.raises(ValueError, match="toggle_paws"):
        make_window(qtbot)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"argument": 1.0}, id="an argument too many"),
        pytest.param({"is_toggle": True}, id="a toggle without a state"),
    ],
)
def test_a_binding_that_does_not_fit_its_action_cannot_be_built(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, broken: dict[str, object]
) -> None:
    binding = replace(MISSPELT, action="toggle_pause", **broken)  # type: ignore[arg-type]
    monkeypatch.setattr(keys, "BINDINGS", (*BINDINGS, binding))
    with pytest.raises(ValueError, match="toggle_pause"):
        make_window(qtbot)


def test_every_binding_has_keys() -> None:
    assert all(binding.keys or binding.characters for binding in BINDINGS)


def make_actions(ran: list[str]) -> Actions:
    """Actions that note their names; those of the presenter are not registered yet."""
    names = {b.action: b.argument is None for b in BINDINGS if b.action not in presenter.ACTIONS}
    return Actions(
        commands={name: lambda name=name: ran.append(name) for name, plain in names.items() if plain},
        adjustments={
            name: lambda value, name=name: ran.append(f"{name} {value:g}")
            for name, plain in names.items()
            if not plain
        },
        states={binding.action: lambda: True for binding in BINDINGS if binding.is_toggle},
        source_actions=presenter.ACTIONS,
    )


def test_an_action_runs_with_the_argument_of_its_binding() -> None:
    ran: list[str] = []
    actions = make_actions(ran)
    for binding in BINDINGS:
        if binding.action in ("toggle_pause", "seek_by"):
            actions.run(binding)
    assert ran == ["toggle_pause", "seek_by -5", "seek_by 5", "seek_by -60", "seek_by 60"]


def test_actions_of_a_source_do_nothing_without_one() -> None:
    ran: list[str] = []
    actions = make_actions(ran)
    (correct,) = (binding for binding in BINDINGS if binding.action == "name_head")
    actions.run(correct)
    commands = {
        name: lambda name=name: ran.append(name)
        for name in ("toggle_names", "toggle_only", "name_head", "screenshot")
    }
    adjustments = {
        name: lambda value, name=name: ran.append(name)
        for name in ("change_threshold", "select_next", "jump")
    }
    actions.register(commands=commands, adjustments=adjustments)
    actions.run(correct)
    actions.unregister()
    actions.run(correct)
    assert ran == ["name_head"]


@pytest.mark.parametrize(
    ("commands", "match"),
    [
        (("toggle_names", "toggle_only", "name_head"), "screenshot"),
        (
            ("toggle_names", "toggle_only", "name_head", "screenshot", "jump"),
            "'select_next' with an argument|jump",
        ),
        (("toggle_names", "toggle_only", "name_head", "screenshot", "new"), "new"),
    ],
)
def test_a_source_must_register_exactly_its_actions(commands: tuple[str, ...], match: str) -> None:
    adjustments = {name: lambda value: None for name in ("change_threshold", "select_next")}
    if "jump" not in commands:
        adjustments["jump"] = lambda value: None
    with pytest.raises(ValueError, match=match):
        make_actions([]).register(commands={name: lambda: None for name in commands}, adjustments=adjustments)


def test_the_presenter_registers_its_actions_with_each_source(qtbot: QtBot) -> None:
    window = make_window(qtbot)
    for name in ("a.mp4", "b.mp4"):
        window.session.open_source(
            name, FakeAnalysis(), draw=draw_square, network=NETWORK, times=StageTimes()
        )
        qtbot.keyClicks(window, "o")
        assert window.status_text()[1] == ("Names off" if name == "a.mp4" else "Names on")
    window.close()
