"""The proposals in a folder of pictures, until a person accepts or rejects them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from simpsons_play.core.errors import DataError
from simpsons_play.core.geometry import Box
from simpsons_play.core.timefmt import format_time
from simpsons_training.dataset import read_picture
from simpsons_training.duplicates import Fingerprint, fingerprint
from simpsons_training.labelling.frame_choice import ChosenFrame
from simpsons_training.labelling.frame_log import FrameLog
from simpsons_training.labelling.label_folders import PROPOSED
from simpsons_training.labelling.picture_folder import Crop, PictureFolder, SavedPicture
from simpsons_training.labelling.proposals import Proposal
from simpsons_training.labelling.rejections import Identity, Rejections, identity_of


@dataclass(frozen=True, slots=True, eq=False)
class Pending:
    """A proposal that waits for a review.

    Attributes:
        saved: where it was when it was read, and its row.
    """

    saved: SavedPicture

    @property
    def character(self) -> str:
        """Label of the proposed character."""
        return self.saved.character

    @property
    def probability(self) -> float | None:
        """How probable the model found it, 0-1; None if a person named it."""
        return self.saved.probability

    @property
    def head(self) -> Box | None:
        """The character's head, in pixels of the picture; None if it is not known."""
        return self.saved.box

    @property
    def place(self) -> str:
        """Episode and time, for people."""
        return f"{self.saved.episode}, {format_time(self.saved.time_s or 0.0)}"


class ProposalFolder:
    """The folder `proposed` in a folder of pictures: pictures and a table as in the folder itself.

    They are not part of the data set. Their frames are in a `frames.csv` of their own, and those that were
    rejected in `rejected.csv`.

    Args:
        folder: folder of the pictures; created by the first proposal.

    Raises:
        DataError: a table cannot be read.
        SinkError: the folder cannot be written to.
    """

    def __init__(self, folder: Path) -> None:
        self.pictures = PictureFolder(folder)
        self.proposed = PictureFolder(folder / PROPOSED)
        self.rejections = Rejections(folder / PROPOSED)
        self._known: set[Identity] = set()
        self._labelled: set[tuple[str, str]] = set()

    @property
    def log(self) -> FrameLog:
        """The frames that were looked at; scenes have the names that they have in the data set."""
        return FrameLog(self.proposed.folder, scenes=FrameLog(self.pictures.folder))

    def counts(self) -> Counter[str]:
        """Number of pictures of each character, proposals included."""
        return Counter(row.character for row in (*self.pictures.rows(), *self.proposed.rows()))

    def read_known(self) -> None:
        """Read what is not to be proposed again; `add` knows of it until then.

        Raises:
            DataError: a table cannot be read.
        """
        rows = self.pictures.rows()
        self._labelled = {(row.episode, f"{row.time_s:.3f}") for row in rows if row.time_s is not None}
        self._known = {identity_of(row) for row in self.proposed.rows()}
        self.rejections.read()

    def add(self, frame: ChosenFrame, proposal: Proposal) -> SavedPicture | None:
        """Put a proposal aside.

        Args:
            frame: the frame.
            proposal: what it shows.

        Returns:
            The picture; None if it is proposed already, if the frame was labelled before, or if the picture
            or a near duplicate of it was rejected under this name.

        Raises:
            SinkError: it cannot be written; nothing of it is left.
        """
        box = proposal.box
        image = frame.image[box.y_min : box.y_max, box.x_min : box.x_max]
        time = f"{frame.time_s:.3f}"
        identity = (frame.episode, time, proposal.crop, proposal.head)
        if identity in self._known or (frame.episode, time) in self._labelled:
            return None
        if self.rejections.has(proposal.character, fingerprint(image)):
            return None
        saved = self.proposed.save(
            image,
            proposal.character,
            episode=frame.episode,
            time_s=frame.time_s,
            crop=cast("Crop", proposal.crop),
            scene=frame.scene,
            by="model",
            box=proposal.head,
            probability=proposal.probability,
        )
        self._known.add(identity)
        return saved

    def pending(self) -> list[Pending]:
        """Read the proposals; those that a killed review had dealt with are removed first.

        So are those whose picture was deleted by hand.

        Raises:
            DataError: a table cannot be read, or lists a picture outside of the folder.
            SinkError: the folder cannot be written to.
        """
        done = {identity_of(row) for row in self.pictures.rows()} | self.rejections.read()
        rows = self.proposed.rows()
        for row in rows:
            self.proposed.file_of(row)  # or else not read
        dealt_with = {row.path: row for row in rows if identity_of(row) in done or not row.path.exists()}
        if dealt_with:
            self.proposed.remove(*dealt_with.values())
        return [Pending(row) for row in rows if row.path not in dealt_with]


def thumbnails_of(pictures: Sequence[SavedPicture], *, limit: int) -> list[Fingerprint]:
    """Fingerprints of pictures; unreadable ones are left out.

    Args:
        pictures: the pictures.
        limit: how many to read at most, evenly spread.
    """
    step = max(1, -(-len(pictures) // limit))
    looks = []
    for picture in pictures[::step]:
        with suppress(DataError):
            looks.append(fingerprint(read_picture(picture.path)))
    return looks
