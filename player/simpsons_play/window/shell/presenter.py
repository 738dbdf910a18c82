"""What is shown: the frame with its names, who is on screen, and whose appearances are looked for."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from simpsons_play.core.crops import scaled
from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.names import display_name
from simpsons_play.core.results import FrameResult, Region
from simpsons_play.timelines.appearances import joined, last_before, next_after
from simpsons_play.timelines.timeline import Timeline
from simpsons_play.window.playback.ports import Analysis, Draw
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.shell.corrections import Corrections
from simpsons_play.window.shell.screenshot import save_screenshot
from simpsons_play.window.widgets.cast import cast_of
from simpsons_play.window.widgets.layout import Layout
from simpsons_play.window.widgets.naming_dialog import NamingDialog

_REFRESH_MS = 50
# An answer for a frame this far from the one on screen is of another: pictures come a second apart.
_STALE_S = 0.5


class Presenter(QObject):
    """Shows frames on a stage with what the annotator knows of them.

    Args:
        name: of the source, for the names of files.
        analysis: of the frames.
        draw: draws the captions of a result on a copy of an image.
        labels: all that the network knows.
        transport: that gives the frames.
        layout: to show them on.
        corrections: where wrong names are put right.
        names_shown: whether names are drawn at first.

    Attributes:
        said: Signal(str): one line the user should see for a moment.
        failed: Signal(Exception): it cannot go on.
        changed: Signal(): something that the line of status shows has changed.
    """

    said = Signal(str)
    failed = Signal(object)
    changed = Signal()

    def __init__(
        self,
        name: str,
        analysis: Analysis,
        *,
        draw: Draw,
        labels: tuple[str, ...],
        transport: Transport,
        layout: Layout,
        corrections: Corrections,
        names_shown: bool = True,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._name, self._analysis, self._draw, self._labels = name, analysis, draw, labels
        self._transport, self._layout, self._corrections = transport, layout, corrections
        self._frame: Frame | None = None
        self._drawn: FrameResult | None = None
        self._timeline: Timeline | None = None
        self._chosen: str | None = None
        self._overlay = names_shown
        layout.controls.show_threshold(analysis.threshold)
        layout.controls.show_timeline(analysis.timeline())
        layout.controls.threshold_asked.connect(self.set_threshold)
        layout.cast.picked.connect(self.choose)
        transport.frame.connect(self._on_frame)
        transport.blank.connect(self._on_blank)
        # The network answers after the frame was shown, and the next one may be long in coming: look again.
        self._refresh = QTimer(self, interval=_REFRESH_MS)
        self._refresh.timeout.connect(self._on_refresh)
        self._refresh.start()

    @property
    def state(self) -> str:
        """What the line of status should say of it, or nothing."""
        chosen = f"n, p: only {display_name(self._chosen)}" if self._chosen else ""
        return " · ".join(part for part in (chosen, "" if self._overlay else "names off") if part)

    @property
    def names_shown(self) -> bool:
        """Whether names are drawn on the picture."""
        return self._overlay

    def stop(self) -> None:
        """Look and listen no more; another source is shown on the same stage."""
        self._refresh.stop()
        self._layout.controls.threshold_asked.disconnect(self.set_threshold)
        self._layout.cast.picked.disconnect(self.choose)
        self._transport.frame.disconnect(self._on_frame)
        self._transport.blank.disconnect(self._on_blank)

    def toggle_overlay(self) -> None:
        """Names off or on."""
        self._overlay = not self._overlay
        self.said.emit("names on" if self._overlay else "names off")
        self._redraw()

    def set_threshold(self, threshold: float) -> None:
        """Name nobody below another probability, 0-1; the network is not asked again."""
        threshold = min(max(round(threshold, 2), 0.0), 1.0)
        self._analysis.set_threshold(threshold)
        self._layout.controls.show_threshold(threshold)
        self.said.emit(f"threshold {threshold * 100:.0f} %")
        self._redraw()

    def change_threshold(self, change: float) -> None:
        """Name fewer, or more where negative."""
        self.set_threshold(self._analysis.threshold + change)

    def choose(self, label: str) -> None:
        """Look for the appearances of this one; of everybody where it was chosen before."""
        self._chosen = None if label == self._chosen else label
        self.said.emit(f"n and p go to {display_name(self._chosen) if self._chosen else 'anybody'}")
        self._show_cast()

    def choose_next(self, step: float) -> None:
        """Choose who comes next in the panel, or before; after the last one everybody."""
        order: list[str | None] = [None, *(member.label for member in self._layout.cast.members)]
        here = order.index(self._chosen) if self._chosen in order else 0
        chosen = order[(here + int(step)) % len(order)]
        if chosen is not None:
            self._chosen = None
            self.choose(chosen)
        elif self._chosen is not None:
            self.choose(self._chosen)

    def jump(self, direction: float) -> None:
        """Go to the next appearance of whoever is chosen, or the last one where negative."""
        if self._timeline is None or self._transport.feed is None:
            self.said.emit("works only with files, not with live sources")
            return
        here_s = self._transport.feed.position_s
        of = [span for span in self._timeline.spans if self._chosen in (None, span.label)]
        found = of if self._chosen is None else joined(of)
        span = next_after(found, here_s) if direction > 0 else last_before(found, here_s)
        who = display_name(self._chosen) if self._chosen else "anybody"
        if span is None:
            more = "" if direction < 0 or self._known_all() else " as far as is known"
            self.said.emit(f"no {'later' if direction > 0 else 'earlier'} appearance of {who}{more}")
            return
        self._transport.seek_to(span.start_s)
        self.said.emit(display_name(span.label))

    def correct(self) -> None:
        """Ask who somebody really is, and save the picture under that name for training."""
        frame = self._frame
        if frame is None:
            return
        heads = _heads(self._known_of(frame))
        dialog = NamingDialog(heads, self._labels, self._layout)
        with self._transport.held():
            named = dialog.exec()
        dialog.deleteLater()
        if not named:
            return
        meant = heads[dialog.head][0] if heads else None
        try:
            path = self._corrections.save(
                frame.image,
                dialog.label,
                head=meant.box if meant is not None and meant.is_head else None,
                part=meant.box if meant is not None and not meant.is_head else None,
                others=[region.box for region, _ in heads if region is not meant and region.is_head],
                source=self._name,
                time_s=frame.time_s,
            )
        except OSError as error:
            self.said.emit(f"cannot save the picture: {error.strerror or error}")
            return
        self.said.emit(f"saved {path.absolute()}")

    def screenshot(self) -> Path | None:
        """Save the picture with its names, as large as the frame, as a PNG in the current directory."""
        frame = self._frame
        if frame is None:
            return None
        known = self._known_of(frame) if self._overlay else None
        image = frame.image if known is None else self._draw(frame.image, known)
        try:
            path = save_screenshot(image, name=self._name, time_s=frame.time_s, folder=Path.cwd())
        except OSError as error:
            self.said.emit(f"cannot save the picture: {error.strerror or error}")
            return None
        self.said.emit(f"saved {path}")
        return path

    def _on_frame(self, frame: Frame) -> None:
        self._frame = frame
        try:
            self._analysis.submit(frame)
        except Exception as error:  # Qt would print it and go on, for each frame
            self.failed.emit(error)
            return
        self._redraw()

    def _on_blank(self) -> None:
        self._frame = None
        self._layout.picture.clear()
        self.changed.emit()

    def _redraw(self) -> None:
        frame, feed = self._frame, self._transport.feed
        if frame is None or feed is None:
            return
        try:
            self._drawn = self._analysis.latest()
        except Exception as error:
            self.failed.emit(error)
            return
        known = self._known_of(frame) if self._overlay else None
        marks = None if known is None else partial(self._draw_scaled, known, frame.size_px)
        self._layout.picture.show_frame(frame, marks=marks, pixel_aspect=feed.pixel_aspect)

    def _draw_scaled(self, known: FrameResult, of: tuple[int, int], picture: Image) -> Image:
        """What is known of a frame of this width and height, on the same frame as large as it is shown."""
        across, down = picture.shape[1] / of[0], picture.shape[0] / of[1]
        try:
            return self._draw(picture, scaled(known, across=across, down=down))
        except Exception as error:  # Qt would print it and go on, for each frame
            self.failed.emit(error)
            return picture

    def _known_of(self, frame: Frame) -> FrameResult | None:
        """The newest answer, unless it is so old that it is of another picture."""
        known = self._drawn
        return known if known is not None and abs(known.time_s - frame.time_s) <= _STALE_S else None

    def _on_refresh(self) -> None:
        try:
            news = self._analysis.latest() is not self._drawn
            self._timeline = self._analysis.timeline()
        except Exception as error:
            self.failed.emit(error)
            return
        self._layout.controls.show_timeline(self._timeline)
        if news and self._transport.feed is not None:
            self._redraw()
        self._show_cast()

    def _show_cast(self) -> None:
        feed = self._transport.feed
        position_s = feed.position_s if feed is not None else 0.0
        members = cast_of(self._timeline, self._drawn, position_s)
        self._layout.show_cast(members, self._labels, self._chosen)

    def _known_all(self) -> bool:
        end_s = self._transport.feed.pictures_s if self._transport.feed is not None else None
        return self._timeline is not None and end_s is not None and self._timeline.known_s > end_s - 1


def _heads(known: FrameResult | None) -> list[tuple[Region, str | None]]:
    """Whoever is on screen with the name that is shown, those with one first."""
    if known is None:
        return []
    named = {caption.region.name: (caption.region, caption.label) for caption in known.captions}
    unnamed = [(p.region, None) for p in known.predictions if p.region.name not in named and p.region.is_head]
    return [*named.values(), *unnamed]
