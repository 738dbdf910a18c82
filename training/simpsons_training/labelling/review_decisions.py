"""What a review does on disk: proposals join the data set or are rejected; all of it can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import cast

import cv2
import numpy as np
from filelock import FileLock, Timeout

from simpsons_play.core.errors import DataError, SinkError
from simpsons_play.core.foreign_files import clause_of, read_bounded
from simpsons_play.core.frames import Image
from simpsons_play.sinks.partial import make_folder
from simpsons_training.duplicates import Fingerprint, fingerprint
from simpsons_training.labelling.label_folders import label_of
from simpsons_training.labelling.picture_folder import Crop, SavedPicture
from simpsons_training.labelling.proposal_folder import Pending, ProposalFolder

_LOCK_NAME = ".review.lock"
_MAX_BYTES = 1 << 28


@contextmanager
def reviewing(folder: ProposalFolder) -> Iterator[None]:
    """Keep other reviews of a folder from beginning: both would save its pictures.

    Raises:
        SinkError: the folder is being reviewed, or cannot be written to.
    """
    make_folder(folder.proposed.folder)
    lock = FileLock(folder.proposed.folder / _LOCK_NAME, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise SinkError(f"{folder.pictures.folder} is being reviewed in another window; close it") from error
    except OSError as error:
        where = folder.proposed.folder
        raise SinkError(f"{where} cannot be written: {clause_of(error)}; choose another folder") from error
    try:
        yield
    finally:
        lock.release()


class FolderDecisions:
    """Carries the decisions of a review out: `Decisions`.

    A picture is added to where it goes before it is removed from where it was. A process that is killed in
    between leaves it in both; `ProposalFolder.pending` then removes the proposal.

    Args:
        folder: the proposals and their data set.
    """

    def __init__(self, folder: ProposalFolder) -> None:
        self._folder = folder
        self._proposed: dict[Pending, SavedPicture] = {}
        self._accepted: dict[Pending, SavedPicture] = {}
        self._rejected: dict[Pending, bytes] = {}
        self._decided: dict[Pending, SavedPicture] = {}
        self._retracted: list[SavedPicture] = []

    def accept(self, item: Pending, character: str) -> None:
        """Add a picture to the data set.

        It counts as named by a person unless a model proposed this name.

        Raises:
            DataError: the picture cannot be read, or the name has no letters or digits.
            SinkError: it cannot be written; it is still a proposal.
        """
        row, content = item.saved, self.content(item)
        _decoded(item, content)  # nothing else belongs into a data set
        named = label_of(character, {row.character}) == row.character
        self._accepted[item] = self._folder.pictures.save(
            content,
            character,
            episode=row.episode,
            time_s=row.time_s or 0.0,
            crop=cast("Crop", row.crop),
            scene=row.scene,
            by="model" if named and row.by == "model" else "hand",
            box=row.box,
            probability=row.probability if named else None,
        )
        self._decided[item] = self._place(item)

    def reject(self, item: Pending) -> None:
        """Remember that a proposal was rejected; a damaged one is only removed.

        Raises:
            DataError: the file cannot be read.
            SinkError: the folder cannot be written to; it is still a proposal.
        """
        content = self.content(item)
        looks: Fingerprint | None = None
        with suppress(DataError):
            looks = fingerprint(_decoded(item, content))
        if looks is not None:
            self._folder.rejections.add(item.saved, looks)
        self._rejected[item] = content
        self._decided[item] = self._place(item)

    def restore(self, item: Pending) -> None:
        """Make a picture a proposal again.

        Raises:
            DataError: the picture cannot be read.
            SinkError: the folder cannot be written to; the picture is where it was.
        """
        if (place := self._decided.pop(item, None)) is None:
            place = self._propose_again(item)
        if item in self._accepted:
            self._retracted.append(self._accepted.pop(item))
        else:
            try:
                self._folder.rejections.remove(item.saved)
            except SinkError:
                self._decided[item] = place
                raise
            del self._rejected[item]
        self._proposed[item] = place

    def settle(self) -> None:
        """Remove pictures from where they were before the last decisions, all at once.

        Raises:
            SinkError: the folder cannot be written to; the next call tries again.
        """
        if self._decided:
            self._folder.proposed.remove(*self._decided.values())
            self._decided.clear()
        if self._retracted:
            self._folder.pictures.remove(*self._retracted)
            self._retracted.clear()

    def _propose_again(self, item: Pending) -> SavedPicture:
        row = item.saved
        return self._folder.proposed.save(
            self.content(item),
            row.character,
            episode=row.episode,
            time_s=row.time_s or 0.0,
            crop=cast("Crop", row.crop),
            scene=row.scene,
            by="hand" if row.by == "hand" else "model",
            box=row.box,
            probability=row.probability,
        )

    def image(self, item: Pending) -> Image | None:
        """The picture, wherever it is now: (H, W, 3) uint8 BGR; None if it cannot be read."""
        try:
            return _decoded(item, self.content(item))
        except DataError:
            return None

    def content(self, item: Pending) -> bytes:
        """The JPEG file of a picture, wherever it is now.

        Raises:
            DataError: it cannot be read.
        """
        if item in self._rejected:
            return self._rejected[item]
        path = self._accepted.get(item, self._place(item)).path
        try:
            return read_bounded(path, max_bytes=_MAX_BYTES)
        except OSError as error:
            raise DataError(f"{path}: {clause_of(error)}") from error

    def _place(self, item: Pending) -> SavedPicture:
        """Where the proposal is, or was last."""
        return self._proposed.get(item, item.saved)


def _decoded(item: Pending, content: bytes) -> Image:
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
    if image is None:
        raise DataError(f"{item.saved.path} is not a readable picture; reject it")
    return np.asarray(image, np.uint8)
