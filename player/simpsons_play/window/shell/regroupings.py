"""Merging and splitting of strangers, which can be taken back like names."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QObject, Signal

from simpsons_play.analysis.strangers import Stranger
from simpsons_play.core.names import counted, display_name
from simpsons_play.window.playback.ports import StrangerGroups, Teacher


class Regroupings(QObject):
    """Merges and splits the strangers of one source.

    Args:
        groups: The strangers.
        teacher: Teaches characters.
        parent: Qt parent.

    Attributes:
        message: Signal(str): One line to show to the user for a few seconds.
        changed: Signal(): Strangers were merged or split, or that was taken back.
    """

    message = Signal(str)
    changed = Signal()

    def __init__(self, groups: StrangerGroups, teacher: Teacher, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._groups, self._teacher = groups, teacher
        self._made: list[tuple[str, str]] = []  # what was done, and the last change of the cast before

    def merge(self, keys: frozenset[str], label: str) -> None:
        """Move heads, by the keys of their tracks, to the stranger with a label."""
        strangers = self._groups.groups()
        target = next((stranger for stranger in strangers if stranger.label == label), None)
        if target is None or not keys:
            return
        whole = next((stranger for stranger in strangers if stranger.keys == keys), None)
        what = f"Moved {counted(len(keys), 'head')} to" if whole is None else f"Merged {_name(whole)} with"
        self._regroup(keys, target.keys, text=f"{what} {_name(target)}")

    def split_off(self, keys: frozenset[str]) -> None:
        """Make heads of one stranger another one."""
        origin = next((stranger for stranger in self._groups.groups() if stranger.keys > keys), None)
        if origin is not None:
            self._regroup(keys, (), text=f"Split {counted(len(keys), 'head')} off from {_name(origin)}")

    @property
    def last(self) -> str:
        """What `undo` takes back; empty if there is nothing, or if a change of the cast comes first."""
        if not self._made or self._made[-1][1] != self._teacher.last_change_id:
            return ""
        return self._made[-1][0]

    def undo(self) -> None:
        """Take back `last`."""
        self._groups.undo()
        self.message.emit(f"Undone: {self._made.pop()[0]}")
        self.changed.emit()

    def _regroup(self, keys: Collection[str], onto: Collection[str], *, text: str) -> None:
        self._groups.regroup(keys, onto)
        self._made.append((text, self._teacher.last_change_id))
        self.message.emit(f"{text}. Undo: Ctrl+Z")
        self.changed.emit()


def _name(stranger: Stranger) -> str:
    return display_name(stranger.label)
