"""Presents a source: its frames with the names of the characters, the cast list and the timeline."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPointF, Qt, QTimer, Signal

from simpsons_play.core.crops import scaled
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.names import display_name, no_one
from simpsons_play.core.results import FrameResult, Region, only_labels
from simpsons_play.timelines.timeline import Timeline
from simpsons_play.window.playback.ports import Analysis, Draw, StrangerGroups, Teacher
from simpsons_play.window.playback.previews import Previews
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.shell.actions import Actions
from simpsons_play.window.shell.corrections import Corrections
from simpsons_play.window.shell.head_namer import HeadNamer
from simpsons_play.window.shell.head_pointer import HeadPointer
from simpsons_play.window.shell.navigator import AppearanceNavigator
from simpsons_play.window.shell.portraits import Portraits
from simpsons_play.window.shell.screenshot import save_screenshot
from simpsons_play.window.shell.stranger_section import StrangerSection
from simpsons_play.window.widgets.cast import cast_list
from simpsons_play.window.widgets.lane_painting import NOT_ANALYSED_TEXT
from simpsons_play.window.widgets.layout import Layout
from simpsons_play.window.widgets.naming_dialog import heads_of

ACTIONS = (
    "toggle_names",
    "toggle_only",
    "change_threshold",
    "select_next",
    "jump",
    "name_head",
    "screenshot",
)
"""Names of the actions that a presenter registers."""

_REFRESH_MS, _AFTER_FRAME_MS = 50, 2
"""Between two refreshes, and after a frame is painted. Refreshing takes several milliseconds: right after a
frame, no other one has to wait for it."""

_MIN_REFRESH_S = 0.033
"""After frames that follow sooner, nothing is refreshed."""

_STALE_S = 0.5
"""A result this far from the frame on screen belongs to another picture: pictures are a second apart."""


class Presenter(QObject):
    """Shows the frames of a source with the results of their analysis.

    Args:
        name: Name of the source, for file names.
        analysis: Analyses the frames.
        draw: Draws the captions of a result on a copy of an image.
        teacher: Teaches characters, and knows all labels that are given.
        transport: Emits the frames.
        layout: Contains the widgets to show them in.
        corrections: Saves pictures whose names were wrong.
        names_shown: Whether names are drawn at first.
        only: Labels of the characters that are shown at first; None shows all.
        strangers: Groups heads that nobody knows; None lists none. With `only`, none are listed either.
        parent: Qt parent.

    Attributes:
        message: Signal(str): One line to show to the user for a few seconds.
        failed: Signal(Exception): The source cannot be presented any further.
        changed: Signal(): Something that the status line shows has changed.
        refreshed: Signal(): Everything besides the picture was brought up to date, soon after each frame was
            painted.
    """

    message = Signal(str)
    failed = Signal(object)
    changed = Signal()
    refreshed = Signal()

    def __init__(
        self,
        name: str,
        analysis: Analysis,
        *,
        draw: Draw,
        teacher: Teacher,
        transport: Transport,
        layout: Layout,
        corrections: Corrections,
        names_shown: bool = True,
        only: frozenset[str] | None = None,
        strangers: StrangerGroups | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._name, self._analysis, self._draw, self._teacher = name, analysis, draw, teacher
        self._transport, self._layout = transport, layout
        self._namer = HeadNamer(
            name,
            teacher,
            corrections,
            transport,
            layout,
            appearances=self._appearances,
            groups=strangers,
            result=self._result_for,
            only=lambda: self._shown,
            parent=self,
        )
        self._namer.message.connect(self.message)
        self._namer.changed.connect(self._on_taught)
        self._frame: Frame | None = None
        self._result: FrameResult | None = None
        self._timeline: Timeline | None = None
        self._names_shown = names_shown
        self._only, self._only_selected = only, False
        self._portraits = Portraits(analysis, self)
        self._strangers = StrangerSection(
            strangers if only is None else None,
            source=name,
            teacher=teacher,
            transport=transport,
            layout=layout,
            parent=self,
        )
        self._strangers.message.connect(self.message)
        self._strangers.changed.connect(self._on_taught)
        self._regroupings = self._strangers.regroupings
        if self._regroupings is not None:
            self._regroupings.changed.connect(self.changed)
        self._strangers.undo_requested.connect(self.undo)
        self._navigator = AppearanceNavigator(transport, layout.cast, self)
        self._navigator.message.connect(self.message)
        self._navigator.changed.connect(self._on_selected)
        layout.controls.show_threshold(analysis.threshold)
        layout.controls.show_timeline(self._known_timeline())
        layout.controls.threshold_requested.connect(self.set_threshold)
        layout.cast.label_clicked.connect(self._navigator.select)
        layout.cast.strangers.label_clicked.connect(self._navigator.select)
        layout.cast.only_toggled.connect(self.show_only_selected)
        layout.cast.jump_requested.connect(self._navigator.jump)
        transport.frame.connect(self._on_frame)
        transport.blanked.connect(self._on_blanked)
        # Results arrive after their frame was shown, and the next frame may be far off: poll for them.
        self._refreshed_s = 0.0  # by `time.monotonic()`
        self._refresh_timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer)
        self._refresh_timer.timeout.connect(self._refresh)
        self._refresh_timer.start(_REFRESH_MS)
        layout.picture.painted.connect(self._on_painted)
        self._pointer = HeadPointer(
            layout.picture,
            layout.outline,
            heads=self._heads,
            playing=lambda: transport.playback is not None and transport.playback.playing,
            parent=self,
        )

    @property
    def state(self) -> str:
        """State for the status line, such as `following Bart Simpson · names off`; may be empty."""
        names = "" if self._names_shown else "names off"
        shown = self._shown
        only = f"only {', '.join(map(display_name, sorted(shown)))}" if shown is not None else ""
        following = "" if self._only_selected else self._navigator.state
        return " · ".join(part for part in (following, only, names) if part)

    @property
    def names_shown(self) -> bool:
        """Whether names are drawn on the picture."""
        return self._names_shown

    def register_actions(self, actions: Actions) -> None:
        """Register the actions of this source; all of `ACTIONS`."""
        actions.register(
            commands={
                "toggle_names": self.toggle_names,
                "toggle_only": lambda: self.show_only_selected(not self._only_selected),
                "name_head": self.name_head,
                "screenshot": self.screenshot,
            },
            adjustments={
                "change_threshold": self.change_threshold,
                "select_next": self._navigator.select_next,
                "jump": self._navigator.jump,
            },
        )

    def stop(self) -> None:
        """Disconnect from the layout and the transport: another source will be shown there."""
        self._refresh_timer.stop()
        self._layout.controls.threshold_requested.disconnect(self.set_threshold)
        self._layout.cast.label_clicked.disconnect(self._navigator.select)
        self._layout.cast.strangers.label_clicked.disconnect(self._navigator.select)
        self._strangers.stop()
        self._layout.cast.only_toggled.disconnect(self.show_only_selected)
        self._layout.cast.jump_requested.disconnect(self._navigator.jump)
        self._transport.frame.disconnect(self._on_frame)
        self._transport.blanked.disconnect(self._on_blanked)
        self._layout.picture.painted.disconnect(self._on_painted)
        self._frame = None  # there are no heads to name any more
        self._pointer.stop()

    def toggle_names(self) -> None:
        """Show or hide the names on the picture."""
        self._names_shown = not self._names_shown
        self.message.emit("Names on" if self._names_shown else "Names off")
        self._redraw()

    @property
    def only_selected(self) -> bool:
        """Whether only the selected character is shown."""
        return self._only_selected and self._navigator.selected is not None

    @property
    def selected(self) -> str | None:
        """Label of the character that is followed; None for all."""
        return self._navigator.selected

    def show_only_selected(self, only: bool) -> None:
        """Draw, list and count only the selected character, or everyone."""
        selected = self._navigator.selected
        if selected is None:
            self.message.emit("Select a character first: click a name")
            return
        self._only_selected = only
        self.message.emit(f"Only {display_name(selected)}" if only else "All characters")
        self._on_selected()

    def read_from(self, previews: Previews) -> None:
        """Read missing portraits from the source."""
        self._portraits.read_from(previews)
        self._strangers.read_from(previews)

    def set_threshold(self, threshold: float) -> None:
        """Set the probability from which characters are named, 0-1; the network does not run again."""
        threshold = min(max(round(threshold, 2), 0.0), 1.0)
        self._analysis.set_threshold(threshold)
        self._layout.controls.show_threshold(threshold)
        self._redraw()

    def change_threshold(self, change: float) -> None:
        """Raise the threshold, or lower it if negative, and say so: the slider may be hidden."""
        self.set_threshold(self._analysis.threshold + change)
        self.message.emit(f"Threshold {self._analysis.threshold * 100:.0f}%")

    def name_head(self) -> None:
        """Ask for the name of the head at the pointer, or of one of the heads on screen."""
        if self._frame is not None:
            self._namer.name_head(self._frame, self._result_for(self._frame), head=self._pointer.region)

    def naming_at(self, point: QPointF | None = None) -> Callable[[], None] | None:
        """What to call to name a head, also if the picture has changed by then; None if there is no head.

        Args:
            point: Where, in pixels of the picture's widget; None means the head that is outlined.
        """
        frame = self._frame
        head = self._pointer.region if point is None else self._pointer.head_at(point)
        if frame is None or head is None:
            return None
        result = self._result_for(frame)

        def name_it() -> None:
            if self._frame is not None:  # the source has not been left
                self._namer.name_head(frame, result, head=head)

        return name_it

    @property
    def last_change(self) -> str:
        """What `undo` takes back; empty if there is nothing."""
        regrouping = self._regroupings.last if self._regroupings is not None else ""
        return regrouping or self._teacher.last_change

    def undo(self) -> None:
        """Take back the last change of the cast, or what was merged or split since then."""
        if self._regroupings is not None and self._regroupings.last:
            self._regroupings.undo()
        else:
            self._namer.undo()

    def screenshot(self) -> Path | None:
        """Save the frame with its names as a PNG in the current folder, in the size of the frame."""
        if self._frame is None:
            return None
        result = self._shown_for(self._frame)
        image = self._frame.image if result is None else self._draw(self._frame.image, result)
        try:
            path = save_screenshot(image, name=self._name, time_s=self._frame.time_s, folder=Path.cwd())
        except OSError as error:
            self.message.emit(f"Cannot save the picture: {clause_of(error)}")
            return None
        self.message.emit(f"Saved {path}")
        return path

    def _on_frame(self, frame: Frame) -> None:
        self._frame = frame
        try:
            self._analysis.submit(frame)
        except Exception as error:  # Qt would only print it, for each frame
            self.failed.emit(error)
            return
        self._redraw()

    def _on_painted(self, seconds: float) -> None:
        if time.monotonic() - self._refreshed_s >= _MIN_REFRESH_S:
            self._refresh_timer.start(_AFTER_FRAME_MS)

    def _on_blanked(self) -> None:
        self._frame = None
        self._layout.picture.clear()
        self.changed.emit()

    def _heads(self) -> list[tuple[Region, str | None]]:
        """The heads in the frame on screen that can be named, with the names shown for them."""
        if self._frame is None or self._teacher.unavailable:
            return []
        return [head for head in heads_of(self._result_for(self._frame)) if head[0].is_head]

    def _appearances(self, label: str) -> tuple[int, bool] | None:
        """How often a character appears, as far as it is known, and whether all of the source is."""
        timeline = self._analysis.timeline()
        if timeline is None:
            return None
        count = len([one for one in timeline.appearances() if one.label == label])
        return count, self._navigator.is_complete

    def _on_taught(self) -> None:
        """Other names are given now: show them everywhere."""
        before = self._timeline
        self._refresh()
        is_known = self._timeline is not None
        changed = _changed_labels(before, self._timeline) if is_known else set(self._portraits.pixmaps)
        self._portraits.forget(changed)
        if self._navigator.selected not in (None, *self._teacher.labels):
            self._navigator.deselect()
        self._redraw()
        self._show_cast()
        self.changed.emit()

    def _redraw(self) -> None:
        frame, playback = self._frame, self._transport.playback
        if frame is None or playback is None:
            return
        try:
            self._result = self._analysis.latest()
        except Exception as error:
            self.failed.emit(error)
            return
        result = self._shown_for(frame)
        annotate = None if result is None else partial(self._draw_scaled, result, frame.size_px)
        self._layout.picture.show_frame(
            frame, annotate=annotate, pixel_aspect=playback.pixel_aspect, due_s=playback.due_s
        )
        self._pointer.refresh()

    def _draw_scaled(self, result: FrameResult, size_px: tuple[int, int], image: Image) -> Image:
        """Draw the result of a frame of this width and height on an image of another size."""
        across, down = image.shape[1] / size_px[0], image.shape[0] / size_px[1]
        try:
            on_image = scaled(result, across=across, down=down)
            self._portraits.consider(image, on_image)
            return self._draw(image, on_image)
        except Exception as error:  # Qt would only print it, for each frame
            self.failed.emit(error)
            return image

    def _result_for(self, frame: Frame) -> FrameResult | None:
        """The latest result, unless it is too old to belong to this frame."""
        result = self._result
        return result if result is not None and abs(result.time_s - frame.time_s) <= _STALE_S else None

    @property
    def _shown(self) -> frozenset[str] | None:
        """Labels of the characters to show; None for all."""
        selected = self._navigator.selected
        return self._only if selected is None or not self._only_selected else frozenset((selected,))

    def _on_selected(self) -> None:
        """Another character is selected, or others are shown."""
        if self._navigator.selected is None:
            self._only_selected = False
        self._refresh()
        self._redraw()
        self.changed.emit()

    def _shown_for(self, frame: Frame) -> FrameResult | None:
        """What is drawn on this frame; None if there is no result or names are off."""
        result = self._result_for(frame) if self._names_shown else None
        return result and only_labels(result, self._shown, predictions=True)

    def _known_timeline(self) -> Timeline | None:
        """What is known of who is on screen when, of the characters that are shown."""
        timeline = self._analysis.timeline()
        return timeline and timeline.only(self._shown)

    def _refresh(self) -> None:
        self._refreshed_s = time.monotonic()
        self._refresh_timer.start(_REFRESH_MS)
        try:
            has_new_result = self._analysis.latest() is not self._result
            self._timeline = self._known_timeline()
            selected = self._strangers.refresh(self._navigator.selected)
        except Exception as error:
            self.failed.emit(error)
            return
        if selected != self._navigator.selected:
            self._navigator.follow(selected)
            return
        timeline = self._strangers.with_spans(self._timeline, self._navigator.selected)
        self._navigator.set_timeline(timeline)
        self._layout.controls.show_timeline(timeline)
        if has_new_result and self._transport.playback is not None:
            self._redraw()
        self._show_cast()
        self.refreshed.emit()

    def _show_cast(self) -> None:
        playback = self._transport.playback
        position_s = playback.position_s if playback is not None else 0.0
        result = None if self._frame is None else self._result_for(self._frame)
        members = cast_list(self._timeline, result and only_labels(result, self._shown), position_s)
        self._portraits.find(member.label for member in members)
        self._layout.show_cast(
            members,
            self._teacher.labels,
            self._navigator.selected,
            portraits=self._portraits.pixmaps,
            only=self.only_selected,
            nobody=no_one(self._shown).capitalize() if result is not None else NOT_ANALYSED_TEXT.capitalize(),
        )


def _changed_labels(before: Timeline | None, after: Timeline | None) -> set[str]:
    """The labels of characters who appear at other times in one timeline than in the other."""
    spans = [set() if timeline is None else set(timeline.spans) for timeline in (before, after)]
    return {span.label for span in spans[0] ^ spans[1]}
