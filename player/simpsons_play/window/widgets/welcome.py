"""The page that the window shows before anything is played."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QFont,
    QFontMetrics,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from simpsons_play.window.widgets.recent_grid import RecentGrid
from simpsons_play.window.widgets.theme import ACCENT, BACKGROUND, MUTED, RAISED, SELECTED, TEXT, resized

_TITLE_SCALE = 1.8
"""Font size of the title relative to the window's."""

_MAX_WIDTH_EM, _MAX_AREA_EM, _MARGIN_EM = 76, 20, 1.2
_DASH_PX, _RADIUS_EM = 2.0, 0.8

_STYLE = f"""
Welcome, Welcome > QScrollArea, QWidget#page {{ background: {BACKGROUND.name()}; border: none; }}
QLabel {{ color: {TEXT.name()}; }}
QLabel#hint {{ color: {MUTED.name()}; }}
QPushButton {{
    background: {RAISED.name()}; color: {TEXT.name()}; border: 2px solid {SELECTED.name()};
    border-radius: 6px; padding: 6px 16px;
}}
QPushButton:hover {{ background: {SELECTED.name()}; }}
QPushButton:focus {{ border-color: {ACCENT.name()}; }}
QPushButton#primary {{ background: {ACCENT.name()}; color: #000000; border-color: {ACCENT.name()}; }}
QPushButton#primary:hover {{ background: {ACCENT.lighter(115).name()}; }}
QPushButton#primary:focus {{ border-color: {TEXT.name()}; }}
QPushButton#flat {{
    background: transparent; color: {MUTED.name()}; border-color: transparent; padding: 2px 8px;
}}
QPushButton#flat:hover {{ color: {TEXT.name()}; }}
QPushButton#flat:focus {{ color: {TEXT.name()}; border-color: {ACCENT.name()}; }}
"""


class DropArea(QFrame):
    """A dashed frame that stands out while something is dragged over the page.

    Attributes:
        painted: Signal(): It has been painted.
    """

    painted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._highlighted = False

    @property
    def highlighted(self) -> bool:
        """Whether something is dragged over the page."""
        return self._highlighted

    def set_highlighted(self, highlighted: bool) -> None:
        """Show whether something is dragged over the page."""
        self._highlighted = highlighted
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the dashed frame."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        em = QFontMetrics(self.font()).height()
        pen = QPen(ACCENT if self._highlighted else MUTED, _DASH_PX)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        tint = QColor(ACCENT)
        tint.setAlpha(34)
        painter.setBrush(tint if self._highlighted else QColor("#1c1c1c"))
        frame = QRectF(self.rect()).adjusted(_DASH_PX, _DASH_PX, -_DASH_PX, -_DASH_PX)
        painter.drawRoundedRect(frame, em * _RADIUS_EM, em * _RADIUS_EM)
        painter.end()
        self.painted.emit()


class Welcome(QWidget):
    """Tells the user how to start: drop something, open something, or choose a recent source.

    Args:
        recent: Recently played sources, newest first.
        parent: The widget it covers.

    Attributes:
        grid: The recent sources.
        open_requested: Signal(): The user wants to open files.
        folder_requested: Signal(): The user wants to open a folder.
        address_requested: Signal(): The user wants to open an address.
        sample_requested: Signal(): The user wants to play the sample clip.
        source_selected: Signal(str): The user wants to play this recent source.
        dropped: Signal(QMimeData): The user has dropped something.
        painted_first: Signal(): The page is on screen.
    """

    open_requested = Signal()
    folder_requested = Signal()
    address_requested = Signal()
    sample_requested = Signal()
    source_selected = Signal(str)
    dropped = Signal(object)
    painted_first = Signal()

    def __init__(self, recent: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(_STYLE)
        self.setAcceptDrops(True)
        self.setAccessibleName("Welcome")
        self._area = DropArea(self)
        self._area.setAccessibleName("Drop files, folders or addresses here")
        self._title = QLabel("Drop an episode here", self._area)
        self._hint = QLabel("videos, pictures, folders or playlists", self._area)
        self._hint.setObjectName("hint")
        self._button = QPushButton("Open files…", self._area)
        self._button.setObjectName("primary")
        self._button.clicked.connect(self.open_requested)
        self._folder_button = QPushButton("Open folder…", self._area)
        self._folder_button.clicked.connect(self.folder_requested)
        self._address_button = QPushButton("Open address…", self._area)
        self._address_button.clicked.connect(self.address_requested)
        self._sample_button = QPushButton("Play the sample", self._area)
        self._sample_button.setToolTip("A cartoon of twenty seconds that is installed with the player")
        self._sample_button.clicked.connect(self.sample_requested)
        self.grid = RecentGrid(recent, self)
        self.grid.source_selected.connect(self.source_selected)
        self._buttons = QHBoxLayout()
        for button in self._all_buttons():
            button.setAutoDefault(True)  # Enter presses it
            self._buttons.addWidget(button)
        self._on_screen = False
        self._area.painted.connect(self._on_painted, Qt.ConnectionType.QueuedConnection)
        self._fill_page()

    def set_font(self, font: QFont) -> None:
        """Use this font, and a larger size of it for the title."""
        self.setFont(font)
        self._title.setFont(resized(font, _TITLE_SCALE))
        self.grid.set_font(font)
        self._arrange()

    def focusable(self) -> list[QWidget]:
        """The widgets that Tab goes through, in order."""
        buttons: list[QWidget] = [*self._all_buttons()]
        return [*buttons, *self.grid.cards, self.grid.clear_button] if self.grid.cards else buttons

    def set_picture(self, source: str, picture: QImage) -> None:
        """Show this picture of a recent source."""
        self.grid.set_picture(source, picture)

    def scroll_to(self, widget: QWidget) -> None:
        """Scroll to one of the widgets of the page."""
        if self._page.isAncestorOf(widget):
            self._scroll.ensureWidgetVisible(widget)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit margins and buttons to the width."""
        self._arrange()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept files and addresses."""
        if event.mimeData().urls():
            event.acceptProposedAction()
            self._area.set_highlighted(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Stop highlighting the area."""
        self._area.set_highlighted(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Play what was dropped."""
        self._area.set_highlighted(False)
        event.acceptProposedAction()
        self.dropped.emit(event.mimeData())

    def _all_buttons(self) -> tuple[QPushButton, ...]:
        return self._button, self._folder_button, self._address_button, self._sample_button

    def _on_painted(self) -> None:
        if not self._on_screen:
            self._on_screen = True
            self.painted_first.emit()

    def _fill_page(self) -> None:
        centre = Qt.AlignmentFlag.AlignHCenter
        self._title.setAlignment(centre)
        self._hint.setAlignment(centre)
        self._title.setWordWrap(True)
        self._hint.setWordWrap(True)
        inside = QVBoxLayout(self._area)
        inside.addStretch(1)
        inside.addWidget(self._title)
        inside.addWidget(self._hint)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addLayout(self._buttons)
        row.addStretch(1)
        inside.addSpacing(6)
        inside.addLayout(row)
        inside.addStretch(1)
        self._inside = inside
        self._page = QWidget(self)
        self._page.setObjectName("page")
        self._rows = QVBoxLayout(self._page)
        self._rows.addStretch(1)
        self._rows.addWidget(self._area, 8)
        self._rows.addWidget(self.grid)
        self._rows.addStretch(1)
        self._scroll = QScrollArea(self)
        self._scroll.setWidget(self._page)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(self._scroll)

    def _arrange(self) -> None:
        em = QFontMetrics(self.font()).height()
        margin = round(em * _MARGIN_EM)
        side = max(margin, (self.width() - _MAX_WIDTH_EM * em) // 2)
        self._rows.setContentsMargins(side, margin, side, margin)
        self._rows.setSpacing(margin)
        self._area.setMaximumHeight(round(em * _MAX_AREA_EM))
        self._inside.setContentsMargins(margin, margin, margin, margin)
        self._inside.setSpacing(round(em * 0.7))
        self._buttons.setSpacing(round(em * 0.7))
        needed = sum(button.sizeHint().width() + em for button in self._all_buttons())
        fits = needed <= self.width() - 2 * side - 2 * margin
        direction = QBoxLayout.Direction
        self._buttons.setDirection(direction.LeftToRight if fits else direction.TopToBottom)
