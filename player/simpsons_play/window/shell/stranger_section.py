"""What the window does with strangers: lists, names, merges and splits them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from simpsons_play.analysis.strangers import MAX_LISTED, PREFIX, Stranger
from simpsons_play.cast.members import Embeddings
from simpsons_play.core.errors import SimpsonsError
from simpsons_play.core.names import counted, display_name
from simpsons_play.core.results import HEAD, Region
from simpsons_play.timelines.spans import by_start
from simpsons_play.timelines.timeline import Timeline
from simpsons_play.window.playback.ports import HeadExample, StrangerGroups, Teacher
from simpsons_play.window.playback.previews import Previews
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.shell.regroupings import Regroupings
from simpsons_play.window.shell.stranger_pictures import StrangerPictures
from simpsons_play.window.widgets.layout import Layout
from simpsons_play.window.widgets.naming_dialog import NamingDialog
from simpsons_play.window.widgets.stranger_dialog import StrangerDialog
from simpsons_play.window.widgets.stranger_row import StrangerEntry

_EXAMPLES = 6
"""Number of looks from which a stranger is taught, at different times."""


class _Lesson(NamedTuple):
    """Who a stranger is, until the pictures are read.

    Attributes:
        label: Label of the character.
        display_name: Display name of a new character, if its label does not show it.
        looks: Embeddings of all looks at the stranger.
    """

    label: str
    display_name: str | None
    looks: Embeddings


class StrangerSection(QObject):
    """Shows the strangers of one source in the cast panel, and does there what the user wants.

    Args:
        groups: The strangers; None for sources that are not analysed ahead.
        source: Name of the source.
        teacher: Teaches characters.
        transport: Paused while a dialog is open.
        layout: Contains the panel.
        parent: Qt parent.

    Attributes:
        message: Signal(str): One line to show to the user for a few seconds.
        changed: Signal(): Other names are given now.
        undo_requested: Signal(): The user wants to take back the last change of the strangers or of the cast.
        regroupings: Merges and splits strangers; None for sources that are not analysed ahead.
    """

    message = Signal(str)
    changed = Signal()
    undo_requested = Signal()

    def __init__(
        self,
        groups: StrangerGroups | None,
        *,
        source: str,
        teacher: Teacher,
        transport: Transport,
        layout: Layout,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._groups, self._source = groups, source
        self._teacher = teacher
        self.regroupings = None if groups is None else Regroupings(groups, teacher, self)
        self._lessons, self._numbers = dict[str, _Lesson](), count(1)
        self._transport, self._layout = transport, layout
        self._known: Sequence[Stranger] = ()
        self._selected: str | None = None
        self._has_new_pictures = False
        self._dialog: StrangerDialog | None = None
        self._dialog_label: str | None = None
        self._pictures = StrangerPictures(self)
        self._pictures.changed.connect(self._on_new_pictures)
        self._pictures.examples_read.connect(self._on_examples)
        panel = layout.cast.strangers
        panel.name_requested.connect(self.name)
        panel.known.connect(self.teach)
        panel.heads_requested.connect(self.show_heads)
        if self.regroupings is not None:
            self.regroupings.message.connect(self.message)
            panel.moved.connect(self.regroupings.merge)

    def stop(self) -> None:
        """Disconnect from the panel, and close the dialog: another source will be shown there."""
        panel = self._layout.cast.strangers
        panel.name_requested.disconnect(self.name)
        panel.known.disconnect(self.teach)
        if self.regroupings is not None:
            panel.moved.disconnect(self.regroupings.merge)
        panel.heads_requested.disconnect(self.show_heads)
        self._layout.cast.show_strangers((), None, portraits={}, can_name=False)
        if self._dialog is not None:
            self._dialog.close()

    def read_from(self, previews: Previews) -> None:
        """Read pictures from the source."""
        self._pictures.read_from(previews)
        self._has_new_pictures = True

    def refresh(self, selected: str | None) -> str | None:
        """Show the strangers as far as they are known.

        Args:
            selected: Label of the selected character.

        Returns:
            Its label now: a stranger may have got another number. None if it is not there any more.
        """
        if self._groups is None:
            return selected
        known = self._groups.groups()
        if known is self._known and selected == self._selected and not self._has_new_pictures:
            return selected
        before, self._known, self._has_new_pictures = self._known, known, False
        selected, self._dialog_label = (
            _label_now(label, before, known) for label in (selected, self._dialog_label)
        )
        self._selected = selected
        listed = known[:MAX_LISTED]
        best = {stranger.label: stranger.best_track for stranger in listed}
        self._pictures.find(list(best.values()))
        portraits = self._pictures.portraits
        self._layout.cast.show_strangers(
            [_entry(stranger) for stranger in listed],
            selected,
            portraits={label: portraits[t.key] for label, t in best.items() if t.key in portraits},
            can_name=not self._teacher.unavailable,
        )
        self._refresh_dialog()
        return selected

    def with_spans(self, timeline: Timeline | None, selected: str | None) -> Timeline | None:
        """A timeline with the spans of the selected stranger, if one is selected."""
        stranger = self._stranger(selected or "")
        if timeline is None or stranger is None:
            return timeline
        spans = sorted((*timeline.spans, *stranger.spans), key=by_start)
        return replace(timeline, spans=tuple(spans))

    def name(self, label: str) -> None:
        """Ask who a stranger is."""
        stranger = self._stranger(label)
        if stranger is None or self._teacher.unavailable:
            return
        head = Region(f"{HEAD}1", stranger.best_track.best.box)
        portrait = self._pictures.portraits.get(stranger.best_track.key)
        dialog = NamingDialog(
            [(head, None)],
            self._teacher.candidates,
            portraits=[] if portrait is None else [portrait],
            may_add=True,
            parent=self._layout,
        )
        dialog.setWindowTitle(f"Name {display_name(label)}")
        with self._transport.paused():
            accepted = dialog.exec()
        dialog.deleteLater()
        if accepted and dialog.chosen is not None:
            chosen, display = dialog.chosen
            self.teach(stranger.keys, chosen, display)

    def teach(self, keys: frozenset[str], label: str, display_name: str | None = None) -> None:
        """Teach the character that heads show.

        Args:
            keys: Keys of their tracks.
            label: Label of the character.
            display_name: Display name of a new character, if its label does not show it.
        """
        tracks = [track for stranger in self._known for track in stranger.tracks if track.key in keys]
        if not tracks or self._teacher.unavailable:
            return
        stranger, name = Stranger("", tuple(tracks)), f"{next(self._numbers)}"
        if self._pictures.read_examples(name, stranger.examples(_EXAMPLES), source=self._source):
            self._lessons[name] = _Lesson(label, display_name, stranger.all_looks)
        else:
            self.message.emit("Only available for video files")

    def show_heads(self, label: str) -> None:
        """Show all heads of a stranger, to split off those of somebody else."""
        if self._dialog is not None:
            self._dialog.close()
        dialog = self._dialog = StrangerDialog(self._layout)
        self._dialog_label = label
        if self.regroupings is not None:
            dialog.split_off.connect(self.regroupings.split_off)
        dialog.undo_requested.connect(self.undo_requested)
        dialog.seek_requested.connect(self._transport.seek_to)
        dialog.finished.connect(self._on_dialog_closed)
        self._refresh_dialog()
        dialog.show()

    def _refresh_dialog(self) -> None:
        if self._dialog is None:
            return
        stranger = self._stranger(self._dialog_label or "")
        if stranger is None:
            self._dialog.close()
            return
        self._pictures.find(stranger.tracks)
        heads = [(track.key, track.best.time_s) for track in stranger.tracks]
        self._dialog.setWindowTitle(display_name(stranger.label))
        self._dialog.show_heads(heads, self._pictures.portraits)

    def _on_new_pictures(self) -> None:
        self._has_new_pictures = True

    def _on_dialog_closed(self) -> None:
        self._dialog = None

    def _on_examples(self, name: str, examples: list[HeadExample]) -> None:
        label, display, looks = self._lessons.pop(name)
        if not examples:
            self.message.emit("The pictures cannot be read")
            return
        examples[0] = replace(examples[0], looks=lambda _: looks)  # each head of the group gets the name
        try:
            new = self._teacher.teach(examples, label, display_name=display)
        except SimpsonsError as error:
            self.message.emit(str(error))
            return
        self.changed.emit()
        learned = f"Learned {display_name(label)} from {counted(len(examples), 'picture')}"
        self.message.emit(
            f"{learned}. Undo: Ctrl+Z" if new else f"{display_name(label)} has these pictures already"
        )

    def _stranger(self, label: str) -> Stranger | None:
        return next((stranger for stranger in self._known if stranger.label == label), None)


def _label_now(label: str | None, before: Sequence[Stranger], now: Sequence[Stranger]) -> str | None:
    """The label of the stranger who has most of the heads that the one with a label had before."""
    if label is None or not label.startswith(PREFIX):
        return label
    keys = next((stranger.keys for stranger in before if stranger.label == label), frozenset[str]())
    heir = max(now, key=lambda stranger: len(stranger.keys & keys), default=None)
    return None if heir is None or heir.keys.isdisjoint(keys) else heir.label


def _entry(stranger: Stranger) -> StrangerEntry:
    return StrangerEntry(
        stranger.label,
        stranger.keys,
        len(stranger.appearances),
        int(stranger.seconds),
        stranger.suggestion,
    )
