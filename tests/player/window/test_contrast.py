"""Text is legible: a contrast of at least 4.5:1 with what is behind it, as WCAG 2.2 (1.4.3) asks for."""

from __future__ import annotations

import re

import pytest
from pytestqt.qtbot import QtBot

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from simpsons_play.window.widgets import controls, help_page, lane_painting, theme, welcome
from tests.colour_vision import contrast

LEAST = 4.5


def ratio(text: QColor, ground: QColor) -> float:
    return contrast(*((colour.blue(), colour.green(), colour.red()) for colour in (text, ground)))


def rules(style: str) -> dict[str, dict[str, str]]:
    """Selector -> property -> value of a style sheet."""
    return {
        selector.strip(): {
            name.strip(): value.strip()
            for name, value in (line.split(":", 1) for line in body.split(";") if ":" in line)
        }
        for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", style)
        for selector in selectors.split(",")
    }


@pytest.mark.parametrize("text", ["TEXT", "MUTED", "ACCENT"])
@pytest.mark.parametrize("ground", ["BACKGROUND", "RAISED", "SELECTED"])
def test_text_of_the_window_is_legible(text: str, ground: str) -> None:
    assert ratio(getattr(theme, text), getattr(theme, ground)) >= LEAST


def test_text_on_the_part_that_is_not_analysed_is_legible() -> None:
    for ground in (lane_painting._NOT_ANALYSED, lane_painting._HATCH):
        assert ratio(theme.MUTED, ground) >= LEAST


@pytest.mark.parametrize("module", [theme, welcome, controls, help_page])
def test_style_sheets_have_legible_text(module: object) -> None:
    """An element without a background is on that of its parent, or else of the window."""
    sheet = rules(getattr(module, "_STYLE"))  # noqa: B009 - of any module
    pairs = []
    for selector, own in sheet.items():
        whole = sheet.get(selector.split(":")[0], {})  # of which it is a part or a state
        text = own.get("color", whole.get("color") if "background" in own else None)
        grounds = (properties.get("background", "transparent") for properties in (own, whole))
        ground = next((ground for ground in grounds if ground != "transparent"), theme.BACKGROUND.name())
        if text is not None and "::indicator" not in selector:  # the box of a check box has no text
            pairs.append((selector, ratio(QColor(text), QColor(ground))))
    assert pairs and [pair for pair in pairs if pair[1] < LEAST] == []


def test_the_palette_has_legible_text(qtbot: QtBot) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    before, sheet = application.palette(), application.styleSheet()
    try:
        theme.apply_theme(application)
        palette, role, group = application.palette(), QPalette.ColorRole, QPalette.ColorGroup
    finally:
        application.setPalette(before)
        application.setStyleSheet(sheet)
    for state in (group.Active, group.Inactive, group.Disabled):
        for text, ground in (
            (role.WindowText, role.Window),
            (role.Text, role.Base),
            (role.Text, role.AlternateBase),
            (role.ButtonText, role.Button),
            (role.ToolTipText, role.ToolTipBase),
            (role.PlaceholderText, role.Base),
            (role.HighlightedText, role.Highlight),
            (role.Link, role.Base),
        ):
            found = ratio(palette.color(state, text), palette.color(state, ground))
            assert found >= LEAST, f"{state.name}: {text.name} on {ground.name}, {found:.2f}"


def test_text_on_top_of_the_picture_is_legible_whatever_the_picture_shows() -> None:
    (red, green, blue, alpha) = (
        int(n) for n in re.findall(r"rgba\((.*?)\)", theme.OVERLAY_STYLE)[0].split(",")
    )
    for picture in (0, 255):
        behind = [channel * alpha / 255 + picture * (1 - alpha / 255) for channel in (red, green, blue)]
        for text in (theme.TEXT, theme.MUTED, theme.ACCENT):
            assert ratio(text, QColor(*map(round, behind))) >= LEAST
