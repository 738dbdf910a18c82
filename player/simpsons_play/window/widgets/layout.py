"""Where things are in the window: picture and panel above controls; on the full screen, controls over all."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from simpsons_play.core.timing import StageTimes
from simpsons_play.window.widgets.cast import CastMember
from simpsons_play.window.widgets.cast_panel import CastPanel
from simpsons_play.window.widgets.controls import Controls
from simpsons_play.window.widgets.help_page import HelpPage
from simpsons_play.window.widgets.hud import Hud
from simpsons_play.window.widgets.osd import Osd
from simpsons_play.window.widgets.picture import Picture
from simpsons_play.window.widgets.theme import font_for
from simpsons_play.window.widgets.welcome import Welcome

_PEEK_MS = 2500
_LEAST_PICTURE = 1.4
"""The picture is at least so many times as wide as the panel beside it."""

_STRIP, _STRIP_OVER = 0.36, 0.28
"""Most that the strip takes of the window's height below the picture, and where it lies over it."""

_OSD, _HUD = 1.7, 0.9
"""How many times as large as others letters are that say what a key has done, and what the machine does."""

_HUD_SHARE = 0.4
"""How much of the height of the panel, or else of the picture, is for what the machine does."""

_EDGE_PX = 10


class Layout(QWidget):
    """Holds the picture, who is on it, the controls and the page of help.

    Attributes:
        picture: what plays.
        cast: who is on screen, beside it; where there is room and it is wanted.
        controls: the strip below, or over, the picture.
        hud: what the machine does, under the panel; in a corner of the picture where there is none.
        osd: what a key has done, in another.
        double_clicked: Signal(): on the picture.
    """

    double_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture, self.cast, self.controls = Picture(self), CastPanel(self), Controls(self)
        self.hud, self.osd, self._help = Hud(self), Osd(self), HelpPage(self)
        self._full = False
        self._cast_wanted = {False: True, True: False}  # by whether the screen is full
        self._welcome: Welcome | None = None
        self._times: StageTimes | None = None
        self.picture.painted.connect(self._on_painted)
        self._peek = QTimer(self, singleShot=True, interval=_PEEK_MS)
        self._peek.timeout.connect(self._on_peeked)
        self.controls.grown.connect(lambda more: self._arrange())
        self.controls.picked.connect(self.cast.picked)
        self.picture.setMouseTracking(True)
        self.picture.installEventFilter(self)

    def welcome(self, recent: Sequence[str]) -> Welcome:
        """Say how to begin, until something is played; `recent` is what was played last."""
        self._welcome = Welcome(recent, self)
        self._arrange()
        return self._welcome

    def begin(self, times: StageTimes) -> None:
        """Something is played from now on; `times` is told how long painting takes."""
        self._times = times
        if self._welcome is not None:
            self._welcome.deleteLater()
            self._welcome = None

    def show_cast(self, members: Sequence[CastMember], labels: Sequence[str], chosen: str | None) -> None:
        """Show who is on screen and whose appearances are looked for, in the panel and the lanes."""
        self.cast.show_cast(members, labels, chosen)
        self.controls.show_chosen(chosen)

    def set_full(self, full: bool) -> None:
        """Give the picture all the room, and show the controls only while the mouse moves."""
        self._full = full
        self._peek.stop()
        self.controls.setVisible(not full)
        self.picture.setCursor(Qt.CursorShape.BlankCursor if full else Qt.CursorShape.ArrowCursor)
        self._arrange()

    def toggle_cast(self) -> None:
        """Show or hide who is on screen; the full screen has its own mind, and begins without."""
        self._cast_wanted[self._full] = not self._cast_wanted[self._full]
        self._arrange()

    @property
    def cast_wanted(self) -> bool:
        """Whether the panel is shown where there is room for it."""
        return self._cast_wanted[self._full]

    def around(self) -> QSize:
        """What is beside and below the picture."""
        beside = self.cast.width() if self.cast_wanted else 0
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

    def toggle_hud(self) -> None:
        """Show or hide what the machine does."""
        self.hud.toggle()
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
        """Everything to its place, in letters that suit the height."""
        times = {self.cast: 1.0, self.controls: 1.0, self._help: 1.0, self.hud: _HUD, self.osd: _OSD}
        for part, larger in times.items():
            part.setFont(font_for(self.height(), times=larger))
        if self._welcome is not None:
            self._welcome.write_in(font_for(self.height()))
        self._arrange()

    def _on_painted(self, seconds: float) -> None:
        if self._times is not None:
            self._times.record("show", seconds)

    def _on_peeked(self) -> None:
        if self._full and not self.controls.underMouse():
            self.controls.hide()
            self.picture.setCursor(Qt.CursorShape.BlankCursor)
        elif self._full:
            self._peek.start()

    def _arrange(self) -> None:
        self.controls.set_room(round(self.height() * (_STRIP_OVER if self._full else _STRIP)))
        strip = self.controls.sizeHint().height()
        picture = self.height() if self._full else max(0, self.height() - strip)
        fits = self.width() >= self.cast.width() * (1 + _LEAST_PICTURE)
        beside = self.cast_wanted and fits
        width = self.width() - (self.cast.width() if beside else 0)
        self.picture.setGeometry(0, 0, width, picture)
        if self._welcome is not None:
            self._welcome.setGeometry(self.rect())
            self._welcome.raise_()
        room = round(picture * _HUD_SHARE)
        if beside:
            self.hud.place(QRect(width, picture - room, self.cast.width(), room))
        else:
            self.hud.place(QRect(0, _EDGE_PX, width - _EDGE_PX, room))
        shared = room if beside and not self.hud.isHidden() else 0
        self.cast.setGeometry(width, 0, self.cast.width(), picture - shared)
        self.cast.setVisible(beside)
        self.controls.setGeometry(0, self.height() - strip, self.width(), strip)
        self.osd.place(_EDGE_PX, _EDGE_PX, widest=width - 2 * _EDGE_PX)
        if self.help_shown:
            self._help.fit(self.size())
