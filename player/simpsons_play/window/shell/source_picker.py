"""Changes the source: to files or addresses that the user opens or drops, or along the play queue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal, SignalInstance
from PySide6.QtWidgets import QWidget

from simpsons_play.core.assets import is_installed, sample_clip
from simpsons_play.core.errors import SourceError
from simpsons_play.sources.endings import is_regular
from simpsons_play.window.playback.ports import PlayQueue
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.shell.recent import RecentSources
from simpsons_play.window.widgets.address_dialog import AddressDialog
from simpsons_play.window.widgets.files_dialog import ask_for_files, ask_for_folder


class SourcePicker(QObject):
    """Lets the user choose what to play, and remembers it.

    Args:
        play_queue: The sources to play.
        transport: Paused while a dialog is open.
        window: Parent of the dialogs.

    Attributes:
        message: Signal(str): One line to show to the user for a few seconds.
        failed: Signal(str): Why something cannot be played; to be shown until it has been read.
        chosen: Signal(): The user has chosen another source, which may still turn out not to be playable.
        source_changed: Signal(): The play queue has moved on; the current source has to be left.
        recent_cleared: Signal(): The list of recently played sources has been cleared.
    """

    message = Signal(str)
    failed = Signal(str)
    chosen = Signal()
    source_changed = Signal()
    recent_cleared = Signal()

    def __init__(self, play_queue: PlayQueue, transport: Transport, window: QWidget) -> None:
        super().__init__(window)
        self._play_queue, self._transport, self._window = play_queue, transport, window
        self._recent = RecentSources()
        self._folder: Path | None = None

    @property
    def has_next(self) -> bool:
        """Whether a source follows that has not turned out to be unplayable."""
        return self._play_queue.has_next

    @property
    def place(self) -> str:
        """Place of the current source in the queue, such as `2/5`; empty if it is the only one."""
        index, count = self._play_queue.place
        return f"{index + 1}/{count}" if count > 1 else ""

    @property
    def recent_sources(self) -> RecentSources:
        """The list of recently played sources."""
        return self._recent

    def remember(self, source: str) -> None:
        """Add a source to the recent ones."""
        self._recent.add(source)

    def recent(self) -> Sequence[str]:
        """Recently played sources, newest first."""
        return self._recent.sources()

    def clear_recent(self) -> None:
        """Forget all recently played sources, and their pictures."""
        self._recent.clear()
        self.recent_cleared.emit()

    def on_opened(self, source: str) -> None:
        """A source is opened: the dialogs start in its folder from now on, if it has one."""
        self._folder = _folder_of(source) or self._folder

    def open_dialog(self) -> None:
        """Ask for files and play them."""
        with self._transport.paused():
            paths = ask_for_files(self._start_folder(), self._window)
        if paths:
            self._folder = paths[0].parent
            self.play_instead(*map(str, paths))

    def open_folder(self) -> None:
        """Ask for a folder and play what it contains."""
        with self._transport.paused():
            folder = ask_for_folder(self._start_folder(), self._window)
        if folder is not None:
            self._folder = folder
            self.play_instead(str(folder))

    def open_address(self) -> None:
        """Ask for an address and play it."""
        dialog = AddressDialog(self._window)
        with self._transport.paused():
            accepted = dialog.exec()
        dialog.deleteLater()
        if accepted:
            self.play_instead(dialog.address, typed=True)

    def open_sample(self) -> None:
        """Play the sample clip."""
        try:
            self.play_instead(str(sample_clip()))
        except SourceError as error:
            self.failed.emit(str(error))

    def drop(self, data: QMimeData) -> bool:
        """Play dropped files and addresses; returns whether there were any."""
        names = [url.toLocalFile() if url.isLocalFile() else url.toString() for url in data.urls()]
        if names:
            self.play_instead(*names)
        return bool(names)

    def play_instead(self, *names: str, typed: bool = False) -> None:
        """Play other sources; the current one stays if none of them can be played.

        Args:
            names: Files, folders or addresses.
            typed: The user typed them, so that a number means a camera; dropped or selected ones never do.
        """
        self._change(lambda: self._play_queue.play_instead(names, typed=typed))

    def skip(self, step: float) -> bool:
        """Go forward by some sources, or back if negative; returns whether one of them can be played.

        Of a folder of pictures, goes from picture to picture, and to another source after the last one.
        """
        if self._transport.step_picture(int(step)):
            return True
        index, count = self._play_queue.place
        at_edge = not 0 <= index + int(step) < count
        return self._change(
            lambda: self._play_queue.step(int(step)), failed=self.message if at_edge else self.failed
        )

    def advance(self) -> bool:
        """Go to the next source because one has ended; returns whether there is one that can be played."""
        return self._change(lambda: self._play_queue.step(1), by_user=False)

    def _start_folder(self) -> Path:
        """Where the dialogs start: the folder of what was opened last, in this run or an earlier one."""
        folders = (self._folder, *map(_folder_of, self._recent.sources()))
        return next((folder for folder in folders if folder is not None and folder.is_dir()), Path.cwd())

    def _change(
        self, change: Callable[[], list[str]], *, failed: SignalInstance | None = None, by_user: bool = True
    ) -> bool:
        try:
            skipped = change()
        except SourceError as error:
            (failed or self.failed).emit(str(error))
            return False
        if by_user:
            self.chosen.emit()
        for line in skipped:
            self.failed.emit(line)
        self.source_changed.emit()
        return True


def _folder_of(source: str) -> Path | None:
    """The folder of a file, or a folder itself; None for addresses, cameras and the sample clip."""
    path = Path(source).absolute()
    if "://" in source or not is_regular(source) or is_installed(path):
        return None
    return path if path.is_dir() else path.parent
