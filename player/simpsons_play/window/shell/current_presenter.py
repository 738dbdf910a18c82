"""The presenter of the current source: one is created for each source."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QPointF, Signal

from simpsons_play.window.playback.ports import Analysis, Draw, StrangerGroups, Teacher
from simpsons_play.window.playback.previews import Previews
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.shell.actions import Actions
from simpsons_play.window.shell.corrections import Corrections
from simpsons_play.window.shell.presenter import Presenter
from simpsons_play.window.widgets.layout import Layout


class CurrentPresenter(QObject):
    """Replaces the presenter with each source; whether names are shown stays the same.

    Args:
        transport: Emits the frames.
        layout: Contains the widgets to show them in.
        corrections: Folder for pictures whose names were wrong.
        parent: Qt parent.

    Attributes:
        message: Signal(str): One line to show to the user for a few seconds.
        failed: Signal(Exception): The source cannot be presented any further.
        changed: Signal(): Something that the status line shows has changed.
        refreshed: Signal(): See `Presenter`.
        source_changed: Signal(): There is another source, or none.
    """

    message = Signal(str)
    failed = Signal(object)
    changed = Signal()
    refreshed = Signal()
    source_changed = Signal()

    def __init__(
        self, transport: Transport, layout: Layout, corrections: Path, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._transport, self._layout = transport, layout
        self._corrections = Corrections(corrections)
        self._presenter: Presenter | None = None
        self._names_shown = True

    @property
    def names_shown(self) -> bool:
        """Whether names are drawn on the picture."""
        return self._names_shown if self._presenter is None else self._presenter.names_shown

    @property
    def only_selected(self) -> bool:
        """Whether only the selected character is shown."""
        return self._presenter is not None and self._presenter.only_selected

    @property
    def selected(self) -> str | None:
        """Label of the character that is followed; None for all."""
        return self._presenter.selected if self._presenter is not None else None

    def read_from(self, previews: Previews) -> None:
        """Read missing portraits from the source."""
        if self._presenter is not None:
            self._presenter.read_from(previews)

    def naming_at(self, point: QPointF | None = None) -> Callable[[], None] | None:
        """See `Presenter.naming_at`; None without a source."""
        return self._presenter.naming_at(point) if self._presenter is not None else None

    @property
    def last_change(self) -> str:
        """What `undo` takes back; empty if there is nothing."""
        return self._presenter.last_change if self._presenter is not None else ""

    def undo(self) -> None:
        """See `Presenter.undo`."""
        if self._presenter is not None:
            self._presenter.undo()

    @property
    def state(self) -> str:
        """State for the status line; may be empty."""
        return self._presenter.state if self._presenter is not None else ""

    def open_source(
        self,
        name: str,
        analysis: Analysis,
        *,
        draw: Draw,
        teacher: Teacher,
        actions: Actions,
        only: frozenset[str] | None = None,
        strangers: StrangerGroups | None = None,
    ) -> None:
        """Create a presenter for another source and register its actions."""
        self.close_source(actions)
        self._presenter = Presenter(
            name,
            analysis,
            draw=draw,
            teacher=teacher,
            transport=self._transport,
            layout=self._layout,
            corrections=self._corrections,
            names_shown=self._names_shown,
            only=only,
            strangers=strangers,
            parent=self,
        )
        self._presenter.register_actions(actions)
        self._presenter.message.connect(self.message)
        self._presenter.failed.connect(self.failed)
        self._presenter.changed.connect(self.changed)
        self._presenter.refreshed.connect(self.refreshed)
        self.source_changed.emit()

    def close_source(self, actions: Actions) -> None:
        """Remove the presenter and its actions."""
        if self._presenter is not None:
            self._names_shown = self._presenter.names_shown
            actions.unregister()
            self._presenter.stop()
            self._presenter.deleteLater()
            self._presenter = None
            self.source_changed.emit()
