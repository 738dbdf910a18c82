"""What is to be played next: asked for, dropped, or the source before or after."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtWidgets import QInputDialog, QWidget

from simpsons_play.core.errors import SourceError
from simpsons_play.window.playback.ports import PlayQueue
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.shell.recent import RecentSources
from simpsons_play.window.widgets.files_dialog import ask_for_files


class SourcePicker(QObject):
    """Lets the user choose what is played, and remembers it.

    Args:
        play_queue: that goes there, or says why it cannot.
        transport: held while a dialog asks.
        window: that dialogs belong to.

    Attributes:
        said: Signal(str): one line the user should see for a moment.
        gone: Signal(): the programme has gone on; what is shown is over.
    """

    said = Signal(str)
    gone = Signal()

    def __init__(self, play_queue: PlayQueue, transport: Transport, window: QWidget) -> None:
        super().__init__(window)
        self._play_queue, self._transport, self._window = play_queue, transport, window
        self._recent = RecentSources()

    @property
    def is_last(self) -> bool:
        """Whether nothing follows what is played."""
        number, count = self._play_queue.place
        return number + 1 >= count

    @property
    def which(self) -> str:
        """`2/5` where several are played one after the other; else nothing."""
        number, count = self._play_queue.place
        return f"{number + 1}/{count}" if count > 1 else ""

    def remember(self, source: str) -> None:
        """Put a source first among those that were played last."""
        self._recent.add(source)

    def recent(self) -> Sequence[str]:
        """What was played last, the newest first."""
        return self._recent.sources()

    def open_dialog(self) -> None:
        """Ask for files, and play them instead."""
        with self._transport.held():
            paths = ask_for_files(self._window)
        if paths:
            self.play_instead(*map(str, paths))

    def open_address(self) -> None:
        """Ask for an address, and play what is there instead."""
        with self._transport.held():
            address, given = QInputDialog.getText(self._window, "Open address", "rtsp://… or http://…")
        if given and address.strip():
            self.play_instead(address.strip(), typed=True)

    def drop(self, data: QMimeData) -> bool:
        """Play the files and addresses that were dropped instead; whether there were any."""
        names = [url.toLocalFile() if url.isLocalFile() else url.toString() for url in data.urls()]
        if names:
            self.play_instead(*names)
        return bool(names)

    def play_instead(self, *names: str, typed: bool = False) -> None:
        """Play files, folders or addresses instead; what is shown stays where they cannot be played.

        Args:
            names: of the sources.
            typed: the user has typed them; what was dropped or picked is never a camera.
        """
        self._go(lambda: self._play_queue.play_instead(names, typed=typed))

    def skip(self, step: float) -> bool:
        """Go so many sources on, back where negative; whether there is one that can be played."""
        return self._go(lambda: self._play_queue.step(int(step)))

    def _go(self, go: Callable[[], list[str]]) -> bool:
        try:
            passed = go()
        except SourceError as error:
            self.said.emit(str(error))
            return False
        if passed:
            self.said.emit("; ".join(passed))
        self.gone.emit()
        return True
