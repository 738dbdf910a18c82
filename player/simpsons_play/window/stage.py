"""Where things are in the window: picture and cast above controls; on the full screen, controls over all."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from simpsons_play.bench import StageTimes
from simpsons_play.window.cast import CastPanel
from simpsons_play.window.controls import Controls
from simpsons_play.window.hud import Hud
from simpsons_play.window.keys import help_html
from simpsons_play.window.picture import Picture
from simpsons_play.window.welcome import Welcome

_PEEK_MS = 2500
_LEAST_FOR_CAST_PX = 560
_EDGE_PX = 10
_HELP_STYLE = (
    "background: rgba(16, 16, 16, 215); color: #e0e0e0; border: 1px solid #3a3a3a; border-radius: 8px;"
    " padding: 14px 18px; font-size: 13px;"
)


class Stage(QWidget):
    """Holds the picture, who is on it, the controls and the page of help.

    Attributes:
        picture: what plays.
        cast: who is on screen, beside it; where there is room and it is wanted.
        controls: the strip below, or over, the picture.
        hud: what the machine does, in a corner of the picture.
        double_clicked: Signal(): on the picture.
        opening: Signal(): the user wants to choose files, before anything is played.
    """

    double_clicked = Signal()
    opening = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture, self.cast, self.controls = Picture(self), CastPanel(self), Controls(self)
        self.hud, self._welcome = Hud(self), Welcome(self)
        self._welcome.opening.connect(self.opening)
        self._times: StageTimes | None = None
        self.picture.painted.connect(self._on_painted)
        self._full, self._cast_wanted = False, True
        self._help = QLabel(help_html(), self)
        self._help.setStyleSheet(_HELP_STYLE)
        self._help.hide()
        self._peek = QTimer(self, singleShot=True, interval=_PEEK_MS)
        self._peek.timeout.connect(self._on_peeked)
        self.controls.grown.connect(lambda more: self._arrange())
        self.picture.setMouseTracking(True)
        self.picture.installEventFilter(self)

    def begin(self, times: StageTimes) -> None:
        """Something is played from now on; `times` is told how long painting takes."""
        self._times = times
        self._welcome.hide()

    def set_full(self, full: bool) -> None:
        """Give the picture all the room, and show the controls only while the mouse moves."""
        self._full = full
        self._peek.stop()
        self.controls.setVisible(not full)
        self.picture.setCursor(Qt.CursorShape.BlankCursor if full else Qt.CursorShape.ArrowCursor)
        self._arrange()

    def toggle_cast(self) -> None:
        """Show or hide who is on screen."""
        self._cast_wanted = not self._cast_wanted
        self._arrange()

    def around(self) -> QSize:
        """What is beside and below the picture."""
        beside = self.cast.width() if self._cast_wanted else 0
        return QSize(beside, self.controls.sizeHint().height())

    def peek(self) -> None:
        """Show the controls for a while, where they are hidden."""
        if self._full:
            self.controls.show()
            self.controls.raise_()
            self.picture.setCursor(Qt.CursorShape.ArrowCursor)
            self._peek.start()

    def toggle_help(self) -> None:
        """Show or hide the page of keys."""
        self._help.setVisible(self._help.isHidden())
        self._help.raise_()
        self._arrange()

    @property
    def help_shown(self) -> bool:
        """Whether the page of keys is shown."""
        return not self._help.isHidden()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Listen to the mouse on the picture."""
        if isinstance(event, QMouseEvent):
            if event.type() == QEvent.Type.MouseMove:
                self.peek()
            elif event.type() == QEvent.Type.MouseButtonDblClick:
                self.double_clicked.emit()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Everything to its place."""
        self._arrange()

    def _on_painted(self, seconds: float) -> None:
        if self._times is not None:
            self._times.add("show", seconds)

    def _on_peeked(self) -> None:
        if self._full and not self.controls.underMouse():
            self.controls.hide()
            self.picture.setCursor(Qt.CursorShape.BlankCursor)
        elif self._full:
            self._peek.start()

    def _arrange(self) -> None:
        strip = self.controls.sizeHint().height()
        picture = self.height() if self._full else max(0, self.height() - strip)
        beside = self._cast_wanted and not self._full and self.width() >= _LEAST_FOR_CAST_PX
        width = self.width() - (self.cast.width() if beside else 0)
        self.picture.setGeometry(0, 0, width, picture)
        self._welcome.setGeometry(0, 0, self.width(), picture)
        self.cast.setGeometry(width, 0, self.cast.width(), picture)
        self.cast.setVisible(beside)
        self.controls.setGeometry(0, self.height() - strip, self.width(), strip)
        self.hud.move(_EDGE_PX, _EDGE_PX)
        self._help.adjustSize()
        left, top = (width - self._help.width()) // 2, (picture - self._help.height()) // 2
        self._help.move(max(0, left), max(0, top))
