"""Who is on screen when: a lane for each character, under the seek bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QApplication, QSizePolicy, QToolTip, QWidget

from simpsons_play.core.escaping import rich_text
from simpsons_play.core.names import display_name
from simpsons_play.core.timefmt import format_time
from simpsons_play.timelines.spans import Span
from simpsons_play.timelines.timeline import Timeline
from simpsons_play.window.widgets import theme
from simpsons_play.window.widgets.font_aware import Lettered
from simpsons_play.window.widgets.lane_painting import bar_of, gutter_for, paint_bars, paint_name
from simpsons_play.window.widgets.time_axis import Axis

_NEAR_PX = 2.0
"""So near to a span the mouse means it."""

_NAMED_PX, _LEAST_LANE_PX = 9, 3.0
"""Height of a lane below which its name could not be read, and below which it could not be seen itself."""

_AIR_PX = 3
_KEPT_ROWS = 4
"""So many have room from the beginning: the picture must not become smaller with each who is seen first."""

_WIDEST_GUTTER = 0.32
"""Most that names take of the width."""

_ROUNDING_S = 1.0
"""How far before its length a file may end."""

_HAIR = QColor("#8a8a8a")


class Lanes(Lettered):
    """Names, and coloured spans of who is on screen when, filling as more is known.

    Lanes come in the order in which characters are seen first. They are as high as letters, and thinner where
    there are many; names go when they could not be read any more. A click goes to the beginning of a span, or
    to a time; dragging goes through all of it.

    Attributes:
        sought: Signal(float): the time that was asked for, in seconds.
        picked: Signal(str): the label whose name was clicked.
    """

    sought = Signal(float)
    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._timeline: Timeline | None = None
        self._rows: dict[str, list[Span]] = {}
        self._position_s = 0.0
        self._duration_s: float | None = None
        self._pictures_s: float | None = None
        self._chosen: str | None = None
        self._gutter, self._room = 0, 10_000
        self._mouse: QPointF | None = None
        self._pressed_x = 0.0
        self._bars: QPixmap | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("who is on screen when")
        self.hide()

    @property
    def known_s(self) -> float:
        """Up to which moment it is known who is on screen, in seconds."""
        return self._timeline.known_s if self._timeline is not None else 0.0

    @property
    def rows(self) -> Mapping[str, Sequence[Span]]:
        """Whose lanes there are, from top to bottom, and what is in them."""
        return self._rows

    def show_timeline(self, timeline: Timeline | None) -> None:
        """Show what is known; nothing where nobody goes through the source."""
        if timeline == self._timeline:
            return
        self._timeline = timeline
        self._rows = timeline.by_label() if timeline is not None else {}
        self.setAccessibleDescription(", ".join(map(display_name, self._rows)))
        self.setVisible(timeline is not None)
        self._fit()

    def show_time(
        self, position_s: float, duration_s: float | None, *, pictures_s: float | None = None
    ) -> None:
        """Show where we are, of how much, and when the pictures end where sound goes on; in seconds."""
        before = self._shown_at()
        pictures_s = duration_s if pictures_s is None else pictures_s
        if (duration_s, pictures_s) != (self._duration_s, self._pictures_s):
            self._bars, self._duration_s, self._pictures_s = None, duration_s, pictures_s
        self._position_s = position_s
        if self._bars is None or self._shown_at() != before:
            self.update()

    def show_chosen(self, label: str | None) -> None:
        """Show whose lane is meant; None for all."""
        if label != self._chosen:
            self._chosen = label
            self._change()

    def set_room(self, height: int) -> None:
        """Take no more than this, in pixels."""
        if height != self._room:
            self._room = height
            self._fit()

    def set_gutter(self, width: int) -> None:
        """Begin so many pixels from the left, with names before that."""
        if width != self._gutter:
            self._gutter = width
            self._change()

    def gutter_hint(self) -> int:
        """How many pixels the names would like to have; 0 where none are shown."""
        if not self._named:
            return 0
        return min(int(self.width() * _WIDEST_GUTTER), gutter_for(self._rows, font=self.font()))

    def sizeHint(self) -> QSize:
        """As high as the lanes are; there is room for the first few before they come."""
        few = min(self._room, (self.fontMetrics().height() + _AIR_PX) * _KEPT_ROWS)
        return QSize(240, round(max(few, self._pitch * len(self._rows))))

    def span_at(self, point: QPointF) -> Span | None:
        """Whose span is under a point, or next to it."""
        label = self._label_at(point)
        for span in self._rows[label] if label is not None and self._duration_s else ():
            bar = bar_of(self._axis, span, top=0, height=0)
            if bar.left() - _NEAR_PX <= point.x() <= bar.right() + _NEAR_PX:
                return span
        return None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the beginning of the span under the mouse, or else to the time; or pick the name."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._pressed_x = event.position().x()
        label, span = self._label_at(event.position()), self.span_at(event.position())
        if self._pressed_x < self._gutter:
            if label is not None:
                self.picked.emit(label)
        elif (time_s := self._axis.time_s(self._pressed_x)) is not None:
            self.sought.emit(span.start_s if span is not None else time_s)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say the time, and who it is from when to when; go along where the button is down."""
        self._mouse = event.position()
        inside = self._mouse.x() >= self._gutter
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        QToolTip.showText(event.globalPosition().toPoint(), rich_text(self._words(self._mouse)), self)
        time_s = self._axis.time_s(self._mouse.x())
        moved = abs(self._mouse.x() - self._pressed_x) >= QApplication.startDragDistance() / 2
        if time_s is not None and moved and event.buttons() & Qt.MouseButton.LeftButton:
            self._pressed_x = -1e6  # once it moves, it goes on moving
            if inside:
                self.sought.emit(time_s)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """The mouse has gone."""
        self._mouse = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """All bars are elsewhere."""
        self._change()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lanes; the bars only where they have changed, since time goes on with every frame."""
        painter, ratio = QPainter(self), self.devicePixelRatioF()
        if self._bars is None or self._bars.devicePixelRatioF() != ratio:
            self._bars = self._painted_bars(ratio)
        painter.drawPixmap(0, 0, self._bars)
        x, present = self._shown_at()
        for number, label in enumerate(self._rows if self._named else ()):
            here = label in present
            row = QRectF(0, number * self._pitch, self._gutter, self._pitch)
            loud = label == self._chosen or (here and self._chosen is None)
            colour = theme.label_colour(label, self._labels)
            paint_name(painter, row, label, font=self.font(), colour=colour, loud=loud)
        if self._duration_s:
            bottom = self._pitch * max(1, len(self._rows))
            if self._mouse is not None and self._mouse.x() >= self._gutter:
                painter.fillRect(QRectF(round(self._mouse.x()), 0, 1, bottom), _HAIR)
            painter.fillRect(QRectF(x - 1, 0, 2, bottom), theme.TEXT)
        painter.end()

    def _painted_bars(self, ratio: float) -> QPixmap:
        bars = QPixmap(self.size() * ratio)
        bars.setDevicePixelRatio(ratio)
        bars.fill(theme.GROUND)
        painter = QPainter(bars)
        painter.setFont(self.font())
        paint_bars(
            painter,
            self._axis,
            rows=self._rows,
            labels=self._labels,
            pitch=self._pitch,
            known_x=self._known_x,
            chosen=self._chosen,
        )
        painter.end()
        return bars

    def _shown_at(self) -> tuple[int, frozenset[str]]:
        """All that the position decides: where its line is, in pixels, and whose names stand out."""
        here = frozenset(
            label
            for label, spans in self._rows.items()
            if any(span.start_s <= self._position_s < span.end_s for span in spans)
        )
        return round(self._axis.x(self._position_s)), here

    @property
    def _axis(self) -> Axis:
        return Axis(self._gutter, self.width() - self._gutter, self._duration_s)

    @property
    def _labels(self) -> Sequence[str]:
        return self._timeline.labels if self._timeline is not None else ()

    @property
    def _known_x(self) -> float:
        """Up to where everything is known, in pixels."""
        all_of_it = self._pictures_s is not None and self.known_s > self._pictures_s - _ROUNDING_S
        return float(self.width()) if all_of_it else self._axis.x(self.known_s)

    @property
    def _pitch(self) -> float:
        """Height of a lane with the air under it; whole pixels, where there is room for them."""
        wanted = self.fontMetrics().height() + _AIR_PX
        fits = self._room / max(1, len(self._rows))
        return max(_LEAST_LANE_PX, min(wanted, int(fits) if fits >= _NAMED_PX else fits))

    @property
    def _named(self) -> bool:
        return self._pitch >= _NAMED_PX

    def _fit(self) -> None:
        self.setFixedHeight(self.sizeHint().height())
        self._change()

    def _change(self) -> None:
        """Bars are to be painted anew."""
        self._bars = None
        self.update()

    def _label_at(self, point: QPointF) -> str | None:
        number = int(point.y() // self._pitch)
        return list(self._rows)[number] if 0 <= number < len(self._rows) else None

    def _words(self, point: QPointF) -> str:
        """What is to be said of a point."""
        label, span, time_s = self._label_at(point), self.span_at(point), self._axis.time_s(point.x())
        if point.x() < self._gutter:
            return f"{display_name(label)}: click, and n and p go there" if label is not None else ""
        if time_s is None or self._timeline is None:
            return ""
        words = "" if time_s <= self.known_s else "not known yet"
        if span is not None:
            words = (
                f"{display_name(span.label)} from {format_time(span.start_s)} to {format_time(span.end_s)}"
            )
        return f"{format_time(time_s)}  {words}".strip()
