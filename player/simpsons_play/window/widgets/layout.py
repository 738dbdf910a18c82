"""Arranges the window: picture and cast panel above the controls; in full screen, the controls on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QApplication, QWidget

from simpsons_play.core.timing import StageTimes
from simpsons_play.window.widgets.cast import CastMember
from simpsons_play.window.widgets.cast_panel import CastPanel
from simpsons_play.window.widgets.controls import Controls
from simpsons_play.window.widgets.error_banner import ErrorBanner
from simpsons_play.window.widgets.head_outline import HeadOutline
from simpsons_play.window.widgets.help_page import HelpPage
from simpsons_play.window.widgets.hint_box import HintBox
from simpsons_play.window.widgets.osd import OnScreenDisplay
from simpsons_play.window.widgets.picture import Picture
from simpsons_play.window.widgets.preview import Preview
from simpsons_play.window.widgets.stats_overlay import StatsOverlay
from simpsons_play.window.widgets.theme import font_for
from simpsons_play.window.widgets.welcome import Welcome

_CONTROLS_SHOWN_MS = 2500
_MIN_PICTURE_WIDTH, _MIN_PICTURE_WIDTH_WANTED = 1.8, 0.6
"""Width of the picture relative to the cast panel below which the panel is hidden; and below which it is
hidden although the user has asked for it."""

_OSD_SCALE, _STATS_SCALE = 1.7, 0.9
"""Font sizes relative to the window's."""

_STATS_SHARE = 0.4
"""Share of the height of the cast panel, or of the picture, for the statistics."""

_EDGE_PX = 10


class Layout(QWidget):
    """Contains the picture, the cast panel, the controls and the overlays.

    Attributes:
        picture: The frame.
        outline: Around the head at the pointer.
        cast: The cast panel, next to the picture if enabled and if there is room.
        controls: Below the picture; on top of it in full screen.
        stats: Statistics, below the cast panel, or in a corner of the picture if the panel is hidden.
        osd: Messages, in another corner of the picture.
        preview: A picture of the time at the pointer, above the controls.
        banner: Errors, above everything else.
        hint: A hint near the bottom of the picture.
        preview_requested: Signal(float): The pointer is over this time, in seconds.
    """

    preview_requested = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture, self.cast, self.controls = Picture(self), CastPanel(self), Controls(self)
        self.outline = HeadOutline(self.picture)
        self.stats, self.osd, self._help = StatsOverlay(self), OnScreenDisplay(self), HelpPage(self)
        self.preview = Preview(self)
        self.banner, self.hint = ErrorBanner(self), HintBox(self)
        self.banner.changed.connect(self._arrange)
        self._full_screen = False
        # By whether the window is in full screen; None shows the panel if there is room.
        self._cast_wanted: dict[bool, bool | None] = {False: None, True: False}
        self._welcome: Welcome | None = None
        self._times: StageTimes | None = None
        self.picture.painted.connect(self._on_painted)
        self._hide_timer = QTimer(self, singleShot=True, interval=_CONTROLS_SHOWN_MS)
        self._hide_timer.timeout.connect(self._hide_controls)
        self.controls.height_changed.connect(lambda growth: self._arrange())
        self.controls.label_clicked.connect(self.cast.label_clicked)
        self.controls.hovered.connect(self._on_hovered)
        self._help.closed.connect(self.toggle_help)
        self.setAccessibleName("Player")
        self.picture.setAccessibleName("Picture")
        self.picture.setMouseTracking(True)
        self.picture.installEventFilter(self)

    def show_welcome(self, recent: Sequence[str]) -> Welcome:
        """Show and return the welcome page; `recent` are recently played sources, newest first."""
        self._remove_welcome()
        self._welcome = Welcome(recent, self)
        self._welcome.set_font(font_for(self.height()))
        self._welcome.show()
        # Not only covered: neither Tab nor screen readers must find them.
        for part in (self.picture, self.controls):
            part.hide()
        self._arrange()
        return self._welcome

    def open_source(self, times: StageTimes) -> None:
        """Remove the welcome page; add the time that painting takes to `times` from now on."""
        self._times = times
        self._remove_welcome()
        self._arrange()

    def show_cast(
        self,
        members: Sequence[CastMember],
        labels: Sequence[str],
        selected: str | None,
        *,
        portraits: Mapping[str, QPixmap],
        only: bool,
        nobody: str,
    ) -> None:
        """Show the cast list, and the selected character in both the panel and the lanes.

        The arguments are those of `CastPanel.show_cast`.
        """
        self.cast.show_cast(members, labels, selected, portraits=portraits, only=only, nobody=nobody)
        self.controls.show_selected(selected)

    def set_full_screen(self, full_screen: bool) -> None:
        """Let the picture fill the window, and show the controls only while the mouse moves."""
        self._full_screen = full_screen
        self._hide_timer.stop()
        self.controls.setVisible(not full_screen)
        cursor = Qt.CursorShape.BlankCursor if full_screen else Qt.CursorShape.ArrowCursor
        self.picture.setCursor(cursor)
        self._arrange()

    def toggle_cast(self) -> None:
        """Show or hide the cast panel; full screen has a setting of its own, off at first."""
        before = self._cast_wanted[self._full_screen]
        self._cast_wanted[self._full_screen] = wanted = not self.cast_shown
        if wanted and not self.cast_shown:
            self._cast_wanted[self._full_screen] = before
            self.osd.show_message("The window is too narrow for the cast panel")
        self._arrange()

    def toggle_lanes(self) -> None:
        """Put all lanes of the timeline in one line, or below each other."""
        self.controls.toggle_lanes()
        self._arrange()

    @property
    def cast_shown(self) -> bool:
        """Whether the cast panel is shown."""
        return self._has_cast(self.width())

    def chrome_size(self, width: int) -> QSize:
        """The space that cast panel and controls take next to and below the picture.

        Args:
            width: Width of the window, in pixels: a narrow one has no panel.
        """
        return QSize(self.cast.width() if self._has_cast(width) else 0, self.controls.sizeHint().height())

    def reveal_controls(self) -> None:
        """In full screen, show the controls for a few seconds."""
        if self._full_screen and self._welcome is None:
            self.controls.show()
            self.controls.raise_()
            self.picture.setCursor(Qt.CursorShape.ArrowCursor)
            self._hide_timer.start()

    def toggle_help(self) -> None:
        """Show or hide the help page."""
        self._help.setVisible(self._help.isHidden())
        self._help.raise_()
        (self._help if self.help_shown else self).setFocus()
        self._arrange()

    def toggle_stats(self) -> None:
        """Show or hide the statistics."""
        self.stats.toggle()
        self._arrange()

    @property
    def full_screen(self) -> bool:
        """Whether the picture fills the window."""
        return self._full_screen

    @property
    def help_shown(self) -> bool:
        """Whether the help page is shown."""
        return not self._help.isHidden()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In full screen, show the controls when the pointer moves over the picture."""
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseMove:
            self.reveal_controls()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Scale all fonts to the height of the window, and arrange the parts."""
        scales = {
            self.cast: 1.0,
            self.controls: 1.0,
            self._help: 1.0,
            self.stats: _STATS_SCALE,
            self.osd: _OSD_SCALE,
            self.preview: 1.0,
            self.outline: 1.0,
            self.hint: 1.1,
        }
        for part, scale in scales.items():
            part.setFont(font_for(self.height(), scale=scale))
        self.banner.set_font(font_for(self.height()))
        if self._welcome is not None:
            self._welcome.set_font(font_for(self.height()))
        self._arrange()

    def _remove_welcome(self) -> None:
        if self._welcome is not None:
            self._welcome.deleteLater()
            self._welcome = None
            self.picture.show()
            self.controls.setVisible(not self._full_screen)

    def _on_painted(self, seconds: float) -> None:
        if self._times is not None:
            self._times.record("show", seconds)

    def _hide_controls(self) -> None:
        focused = QApplication.focusWidget()
        in_use = self.controls.underMouse() or (focused is not None and self.controls.isAncestorOf(focused))
        if self._full_screen and not in_use:
            self.controls.hide()
            self.picture.setCursor(Qt.CursorShape.BlankCursor)
        elif self._full_screen:
            self._hide_timer.start()

    def _on_hovered(self, time_s: float | None, text: str, at: QPoint) -> None:
        if time_s is None:
            self.preview.clear()
        else:
            self.preview.show_time(time_s, text, self.controls.mapTo(self, at))
            self.preview_requested.emit(time_s)

    def _has_cast(self, width: int) -> bool:
        wanted = self._cast_wanted[self._full_screen]
        picture = _MIN_PICTURE_WIDTH_WANTED if wanted else _MIN_PICTURE_WIDTH
        return wanted is not False and width >= self.cast.width() * (1 + picture)

    def _arrange(self) -> None:
        self.controls.fit(self.size())
        controls_height = self.controls.sizeHint().height()
        height = self.height() if self._full_screen else max(0, self.height() - controls_height)
        cast_shown = self.cast_shown
        width = self.width() - (self.cast.width() if cast_shown else 0)
        self.picture.setGeometry(0, 0, width, height)
        banner_width = width if self._welcome is None else self.width()
        banner_height = self.banner.place(banner_width, max_height=self.height() // 3)
        if self._welcome is not None:
            self._welcome.setGeometry(self.rect().adjusted(0, banner_height, 0, 0))
            self._welcome.raise_()
        stats_height = round(height * _STATS_SHARE)
        if cast_shown:
            self.stats.place(QRect(width, height - stats_height, self.cast.width(), stats_height))
        else:
            self.stats.place(QRect(0, _EDGE_PX, width - _EDGE_PX, stats_height))
        below_cast = stats_height if cast_shown and not self.stats.isHidden() else 0
        self.cast.setGeometry(width, 0, self.cast.width(), height - below_cast)
        self.cast.setVisible(cast_shown and self._welcome is None)
        self.controls.setGeometry(0, self.height() - controls_height, self.width(), controls_height)
        self.hint.place(self.picture.geometry())
        self.osd.place(_EDGE_PX, banner_height + _EDGE_PX, max_width=width - 2 * _EDGE_PX)
        if self.help_shown:
            self._help.fit(self.size())
