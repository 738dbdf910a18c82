"""The look of the window: its colours, its style sheet and its font sizes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QColor, QFont, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication

from simpsons_play.core.assets import check_mark
from simpsons_play.core.names import colour_of

BACKGROUND, RAISED, SELECTED = QColor("#161616"), QColor("#2a2a2a"), QColor("#3a3a3a")
"""Backgrounds: of everything, of raised elements such as analysed parts of a lane, and of selections."""

TEXT, MUTED, ACCENT = QColor("#f0f0f0"), QColor("#a8a8a8"), QColor("#ffd90f")
"""Primary text; secondary text; a colour of no character. Each has a contrast of at least 4.5:1 (WCAG 2.2)
with each of the backgrounds."""

DISABLED = QColor("#9a9a9a")
"""Text and icons that cannot be used now; 4.5:1 or more on all backgrounds but `SELECTED`."""

EDGE_PX = 12

_MAX_LINES = 72
"""Lines of text that fit into the window at most: large screens are read from a distance."""

OVERLAY_STYLE = (
    f"background: rgba(16, 16, 16, 225); color: {TEXT.name()}; border: 1px solid {SELECTED.name()};"
    " border-radius: 6px;"
)
"""Style of boxes on top of the picture."""

_STYLE = f"""
QMenuBar {{ background: {BACKGROUND.name()}; color: #c8c8c8; }}
QMenuBar::item {{ background: transparent; padding: 3px 9px; }}
QMenuBar::item:selected {{ background: {SELECTED.name()}; }}
QMenu {{ background: #202020; color: {TEXT.name()}; border: 1px solid {SELECTED.name()}; padding: 4px; }}
QMenu::item {{ padding: 4px 22px 4px 26px; border-radius: 3px; }}
QMenu::item:selected {{ background: {ACCENT.name()}; color: #000000; }}
QMenu::item:disabled {{ color: {DISABLED.name()}; background: transparent; }}
QMenu::separator {{ height: 1px; background: {SELECTED.name()}; margin: 4px 8px; }}
QToolTip {{ background: #202020; color: {TEXT.name()}; border: 1px solid #5a5a5a; padding: 3px 6px; }}
QCheckBox {{ color: {TEXT.name()}; spacing: 6px; }}
QCheckBox::indicator {{ width: 12px; height: 12px; border: 1px solid {MUTED.name()}; border-radius: 2px; }}
QCheckBox::indicator:checked {{
    background: {ACCENT.name()}; border-color: {ACCENT.name()}; image: url("{check_mark().as_posix()}");
}}
QCheckBox:focus {{ color: {ACCENT.name()}; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar::handle:vertical {{ background: #5a5a5a; border-radius: 4px; min-height: 24px; margin: 1px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


def apply_theme(application: QApplication) -> None:
    """Give all windows of the application the player's colours, the same on all systems."""
    application.setStyle("Fusion")
    palette, role = QPalette(), QPalette.ColorRole
    for roles, colour in (
        ((role.Window, role.AlternateBase, role.ToolTipBase), QColor("#1c1c1c")),
        ((role.Base, role.Button), RAISED),
        ((role.WindowText, role.Text, role.ButtonText, role.ToolTipText, role.BrightText), TEXT),
        ((role.PlaceholderText,), MUTED),
        ((role.Highlight, role.Link, role.Accent), ACCENT),
        ((role.HighlightedText,), QColor("#000000")),
    ):
        for one in roles:
            palette.setColor(one, colour)
    for one in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, one, DISABLED)
    application.setPalette(palette)
    application.setStyleSheet(_STYLE)


def slider_style(em: int) -> str:
    """The style sheet of a slider for a font size, in pixels."""
    groove, overhang = max(2, em // 3), em // 3
    handle, radius = groove + 2 * overhang, groove // 2
    return f"""
QSlider {{ background: transparent; min-height: {em + 4}px; }}
QSlider::groove:horizontal {{ height: {groove}px; border-radius: {radius}px; background: {SELECTED.name()}; }}
QSlider::sub-page:horizontal {{ border-radius: {radius}px; background: {ACCENT.name()}; }}
QSlider::handle:horizontal {{
    width: {handle}px; margin: -{overhang}px 0; border-radius: {handle // 2}px; background: {TEXT.name()};
}}
QSlider:focus {{ border: 1px solid {ACCENT.name()}; border-radius: 3px; }}
QSlider::sub-page:horizontal:disabled {{ background: {SELECTED.name()}; }}
QSlider::handle:horizontal:disabled {{ background: {DISABLED.name()}; }}
"""


def font_for(height: int, *, scale: float = 1.0) -> QFont:
    """The system's font, enlarged in high windows to be legible from a distance.

    Args:
        height: Height of the window, in pixels.
        scale: Factor for the size.
    """
    font = QFont(QApplication.font())
    font.setPixelSize(max(1, round(scale * max(QFontInfo(font).pixelSize(), height / _MAX_LINES))))
    return font


def resized(font: QFont, scale: float, *, bold: bool = False) -> QFont:
    """A copy of a font, scaled in size."""
    other = QFont(font)
    other.setPixelSize(max(1, round(QFontInfo(font).pixelSize() * scale)))
    other.setBold(bold)
    return other


def label_colour(label: str, labels: Sequence[str]) -> QColor:
    """The colour of a label among all labels of the network."""
    blue, green, red = colour_of(label, labels)
    return QColor(red, green, blue)
