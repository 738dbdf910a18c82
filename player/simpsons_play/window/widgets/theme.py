"""How the window looks: one set of colours, one accent, and letters as large as the window asks."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QColor, QFont, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication

from simpsons_play.core.names import colour_of

GROUND, RAISED, HELD = QColor("#161616"), QColor("#2a2a2a"), QColor("#3a3a3a")
"""What everything stands on; what stands out from it, such as what is known in a lane; what is chosen."""

TEXT, QUIET, ACCENT = QColor("#f0f0f0"), QColor("#a8a8a8"), QColor("#ffd90f")
"""What is read; what is read second, at 7.7:1 on the ground; the one colour that is nobody's."""

EDGE_PX = 12

_LINES = 72
"""So many lines fill a window at most: letters on a wall of a screen are read from afar."""

PLATE = (
    f"background: rgba(16, 16, 16, 225); color: {TEXT.name()}; border: 1px solid {HELD.name()};"
    " border-radius: 6px;"
)
"""Of what lies on the picture."""

_STYLE = f"""
QMenuBar {{ background: {GROUND.name()}; color: #c8c8c8; }}
QMenuBar::item {{ background: transparent; padding: 3px 9px; }}
QMenuBar::item:selected {{ background: {HELD.name()}; }}
QMenu {{ background: #202020; color: {TEXT.name()}; border: 1px solid {HELD.name()}; padding: 4px; }}
QMenu::item {{ padding: 4px 22px 4px 26px; border-radius: 3px; }}
QMenu::item:selected {{ background: {ACCENT.name()}; color: #000000; }}
QMenu::item:disabled {{ color: #9a9a9a; background: transparent; }}
QMenu::separator {{ height: 1px; background: {HELD.name()}; margin: 4px 8px; }}
QToolTip {{ background: #202020; color: {TEXT.name()}; border: 1px solid #5a5a5a; padding: 3px 6px; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar::handle:vertical {{ background: #5a5a5a; border-radius: 4px; min-height: 24px; margin: 1px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


def dress(application: QApplication) -> None:
    """Give everything that the application opens the colours of the player, on all systems the same."""
    application.setStyle("Fusion")
    palette, role = QPalette(), QPalette.ColorRole
    for roles, colour in (
        ((role.Window, role.AlternateBase, role.ToolTipBase), QColor("#1c1c1c")),
        ((role.Base, role.Button), RAISED),
        ((role.WindowText, role.Text, role.ButtonText, role.ToolTipText, role.BrightText), TEXT),
        ((role.PlaceholderText,), QUIET),
        ((role.Highlight, role.Link, role.Accent), ACCENT),
        ((role.HighlightedText,), QColor("#000000")),
    ):
        for one in roles:
            palette.setColor(one, colour)
    for one in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, one, QColor("#8a8a8a"))
    application.setPalette(palette)
    application.setStyleSheet(_STYLE)


def slider_style(em: int) -> str:
    """The style of a slider beside letters of this height, in pixels."""
    thick, over = max(2, em // 3), em // 3
    return f"""
QSlider {{ background: transparent; min-height: {em + 4}px; }}
QSlider::groove:horizontal {{ height: {thick}px; border-radius: {thick // 2}px; background: {HELD.name()}; }}
QSlider::sub-page:horizontal {{ border-radius: {thick // 2}px; background: {ACCENT.name()}; }}
QSlider::handle:horizontal {{
    width: {thick + 2 * over}px; margin: -{over}px 0; border-radius: {(thick + 2 * over) // 2}px;
    background: {TEXT.name()};
}}
"""


def font_for(height: int, *, times: float = 1.0) -> QFont:
    """The system's font, or a larger one where the window is so high that it could not be read.

    Args:
        height: of the window, in pixels.
        times: so many times as large.
    """
    font = QFont(QApplication.font())
    font.setPixelSize(max(1, round(times * max(QFontInfo(font).pixelSize(), height / _LINES))))
    return font


def resized(font: QFont, times: float, *, bold: bool = False) -> QFont:
    """The same font, so many times as large."""
    other = QFont(font)
    other.setPixelSize(max(1, round(QFontInfo(font).pixelSize() * times)))
    other.setBold(bold)
    return other


def label_colour(label: str, labels: Sequence[str]) -> QColor:
    """The colour of a label."""
    blue, green, red = colour_of(label, labels)
    return QColor(red, green, blue)
