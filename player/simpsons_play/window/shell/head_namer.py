"""Asks who a head is: teaches the name, and saves the picture under it for training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPixmap

from simpsons_play.core.errors import SimpsonsError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.frames import Frame
from simpsons_play.core.geometry import most_overlapping
from simpsons_play.core.label_search import NOBODY
from simpsons_play.core.names import counted, display_name
from simpsons_play.core.results import FrameResult, Region
from simpsons_play.render.portraits import portrait
from simpsons_play.window.playback.ports import HeadExample, StrangerGroups, Teacher
from simpsons_play.window.playback.scaling import to_qt
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.shell.corrections import Corrections
from simpsons_play.window.widgets.dialog_place import place_beside
from simpsons_play.window.widgets.layout import Layout
from simpsons_play.window.widgets.naming_dialog import PORTRAIT_PX, NamingDialog, heads_of

_MIN_IOU = 0.3
"""Overlap from which a name stands at a head."""

_NO_HEAD = "No head was found here that could be learned: the name is only saved for training."


@dataclass(frozen=True, slots=True)
class _Taught:
    """What came of a name.

    Attributes:
        text: What to say of it, without full stop; empty if it cannot be taught.
        is_known: Whether the head is known by it now.
        is_new: Whether it was not before.
    """

    text: str = ""
    is_known: bool = False
    is_new: bool = False


class HeadNamer(QObject):
    """Names heads of one source, and takes names back.

    Args:
        name: Name of the source.
        teacher: Teaches characters.
        corrections: Saves pictures for training.
        transport: Paused while a dialog is open.
        layout: Parent of the dialog.
        appearances: Returns how often a character appears in the source, as far as it is known, and whether
            all of it is; None for sources that are not analysed ahead.
        groups: Knows the looks at each head; None for sources that are not analysed ahead.
        result: Returns the result of a frame, as far as it is known.
        only: Returns the labels of the characters that are shown; None for all.
        parent: Qt parent.

    Attributes:
        message: Signal(str): One line to show to the user for a few seconds.
        changed: Signal(): Other names are given now. Emitted before the message, which counts appearances.
    """

    message = Signal(str)
    changed = Signal()

    def __init__(
        self,
        name: str,
        teacher: Teacher,
        corrections: Corrections,
        transport: Transport,
        layout: Layout,
        *,
        appearances: Callable[[str], tuple[int, bool] | None],
        groups: StrangerGroups | None,
        result: Callable[[Frame], FrameResult | None],
        only: Callable[[], frozenset[str] | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._name, self._teacher, self._corrections = name, teacher, corrections
        self._transport, self._layout = transport, layout
        self._appearances, self._groups, self._result, self._only = appearances, groups, result, only
        self._saved: list[tuple[str, Path]] = []  # ID of the change, and the picture for training

    def name_head(self, frame: Frame, result: FrameResult | None, *, head: Region | None = None) -> None:
        """Ask for the name of a head, and use it from now on.

        Args:
            frame: The frame on screen.
            result: Its result; None if it has none.
            head: The head that is meant; None lets the user choose among those of the frame.
        """
        heads = heads_of(result)
        others = [region for region, _ in heads if region.is_head]
        if head is not None:
            heads = [one for one in heads if one[0].name == head.name]
        dialog = NamingDialog(
            heads,
            self._teacher.candidates,
            portraits=self._portraits(frame, [region for region, _ in heads]),
            notes=[self._note(region) for region, _ in heads] or [self._note(None)],
            may_add=not self._teacher.unavailable,
            parent=self._layout,
        )
        place_beside(dialog, self._layout.picture, [region.box for region, _ in heads if region.is_head])
        with self._transport.paused():
            accepted = dialog.exec()
        dialog.deleteLater()
        chosen = dialog.chosen
        if not accepted or chosen is None:
            return
        region = heads[dialog.head][0] if heads else None
        taught = self._teach(frame, region, *chosen)
        saved, path = self._save(frame, chosen[0], region, [other for other in others if other is not region])
        if taught.is_new and path is not None:
            self._saved.append((self._teacher.last_change_id, path))
        # Where the picture is matters most if that is all there is.
        shown = [taught.text, saved if path is None or not taught.is_known else ""]
        self.message.emit(". ".join(text for text in shown if text))

    def undo(self) -> None:
        """Take back the last change of the cast."""
        change = self._teacher.last_change_id
        try:
            undone = self._teacher.undo()
        except SimpsonsError as error:
            self.message.emit(_sentence(error))
            return
        if self._saved and self._saved[-1][0] == change:
            with suppress(OSError):
                self._corrections.remove(self._saved.pop()[1])
        self.changed.emit()
        self.message.emit(f"Undone: {undone}")

    def _teach(self, frame: Frame, region: Region | None, label: str, display: str | None) -> _Taught:
        """Teach a head if there is one."""
        if self._teacher.unavailable or region is None or not region.is_head:
            return _Taught()
        source, time_s = (frame.name, None) if frame.name else (self._name, frame.time_s)
        try:
            example = HeadExample(frame.image, region.box, source, time_s)
            if self._groups is not None:
                example = replace(example, looks=partial(self._groups.looks_at, frame.time_s, region.box))
            is_new = self._teacher.teach([example], label, display_name=display)
        except SimpsonsError as error:
            return _Taught(_sentence(error))
        self.changed.emit()
        text = f"{display_name(label)} has this picture already"
        if is_new:
            text = self._told(label, stands=_stands(label, region, self._result(frame)))
        return _Taught(text, is_known=True, is_new=is_new)

    def _told(self, label: str, *, stands: bool) -> str:
        """What a new name has changed in the source.

        Args:
            label: Label of the character.
            stands: Whether the name stands at the head itself.
        """
        if label == NOBODY:
            return "No name for this head. Undo: Ctrl+Z"
        found, name = self._appearances(label), display_name(label)
        only = self._only()
        note = "" if only is None or label in only else f", but only {_listed(only)} shown"
        if found is None:
            return f"{name} is known now{note}. Undo: Ctrl+Z"
        count, complete = found
        so_far = "in this video" if complete else "so far"
        if complete and not stands:
            note += ". This head is not seen well enough to be named here"
        return f"{name}: {counted(count, 'appearance')} {so_far}{note}. Undo: Ctrl+Z"

    def _save(
        self, frame: Frame, label: str, region: Region | None, others: Sequence[Region]
    ) -> tuple[str, Path | None]:
        """Save a frame for training; returns where, or why not, and the path of the picture."""
        is_head = region is not None and region.is_head
        try:
            path = self._corrections.save(
                frame.image,
                label,
                head=region.box if region is not None and is_head else None,
                crop=region.box if region is not None and not is_head else None,
                others=[other.box for other in others],
                source=self._name,
                time_s=frame.time_s,
            )
        except OSError as error:
            return f"Cannot save the picture for training: {clause_of(error)}", None
        return f"Saved for training: {path.absolute()}", path

    def _note(self, region: Region | None) -> str:
        """What to say of a region before it gets a name."""
        if self._teacher.unavailable:
            return f"{self._teacher.unavailable}: the name is only saved for training."
        return "" if region is not None and region.is_head else _NO_HEAD

    def _portraits(self, frame: Frame, regions: Sequence[Region]) -> list[QPixmap]:
        playback = self._transport.playback
        aspect = playback.pixel_aspect if playback is not None else 1.0
        size_px = round(PORTRAIT_PX * self._layout.devicePixelRatioF())
        pictures = []
        for region in regions:
            picture = QPixmap.fromImage(
                to_qt(portrait(frame.image, region.box, size_px, pixel_aspect=aspect))
            )
            picture.setDevicePixelRatio(size_px / PORTRAIT_PX)
            pictures.append(picture)
        return pictures


def _stands(label: str, head: Region, result: FrameResult | None) -> bool:
    """Whether a name is shown at a head, or where no head is; without a result, that is assumed."""
    if result is None:
        return True
    shown = [caption.region for caption in result.captions if caption.label == label]
    boxes = np.array([region.box.sides for region in shown if region.is_head], np.float32).reshape(-1, 4)
    return len(boxes) < len(shown) or most_overlapping(head.box.sides, boxes, min_iou=_MIN_IOU) is not None


def _sentence(error: SimpsonsError) -> str:
    return f"{str(error)[:1].upper()}{str(error)[1:]}"


def _listed(labels: frozenset[str]) -> str:
    """Those characters in a sentence, with the verb: `Bart Simpson and Homer Simpson are`."""
    names = sorted(map(display_name, labels))
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'}"
