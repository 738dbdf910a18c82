"""Places a dialog in a window so that it does not cover what it is about."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QDialog

from simpsons_play.core.geometry import Box
from simpsons_play.window.widgets.picture import Picture
from simpsons_play.window.widgets.theme import EDGE_PX


def place_beside(dialog: QDialog, picture: Picture, boxes: Sequence[Box]) -> None:
    """Move a dialog that is not shown yet beside parts of the frame on screen, if there is room.

    Args:
        dialog: The dialog; some desktops, such as those with Wayland, place it themselves.
        picture: Shows the frame.
        boxes: The parts, in pixels of the frame; the first one matters most.
    """
    window = picture.window().frameGeometry()
    screen = picture.screen().availableGeometry()
    dialog.adjustSize()
    dialog.move(free_place(dialog.size(), window, screen, [_on_screen(picture, box) for box in boxes]))


def free_place(size: QSize, window: QRect, screen: QRect, avoided: Sequence[QRect]) -> QPoint:
    """Where to put a dialog: at the right or left edge of the window, or beside the window.

    Args:
        size: Size of the dialog.
        window: Place of the window.
        screen: Place of the screen.
        avoided: Places that it should not cover, most important first.

    Returns:
        The top left corner. If every place covers something, the one that covers least of the first.
    """
    top = window.top() + (window.height() - size.height()) // 2
    lefts = (
        window.right() + 1 - EDGE_PX - size.width(),
        window.left() + EDGE_PX,
        window.right() + 1,
        window.left() - size.width(),
    )
    inside = screen.adjusted(0, 0, 1 - size.width(), 1 - size.height())
    places = []
    for index, left in enumerate(lefts):
        corner = QPoint(
            min(max(left, screen.left()), max(screen.left(), inside.right())),
            min(max(top, screen.top()), max(screen.top(), inside.bottom())),
        )
        if index < 2 or corner.x() == left:
            places.append(corner)
    return min(places, key=lambda corner: [_covered(QRect(corner, size), place) for place in avoided])


def _on_screen(picture: Picture, box: Box) -> QRect:
    """Where a part of the frame is on the screen; empty without a frame."""
    place = picture.place_of(box)
    return QRect(picture.mapToGlobal(place.topLeft()), place.size())


def _covered(dialog: QRect, place: QRect) -> int:
    """How much of a place a dialog covers, in square pixels."""
    common = dialog.intersected(place)
    return common.width() * common.height()
