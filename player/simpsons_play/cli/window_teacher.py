"""Teaches characters in the window: changes the cast, and passes the new names on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from simpsons_play.cast.cast import Cast
from simpsons_play.cast.cast_file import ENVIRONMENT, CastFile
from simpsons_play.cast.members import Example
from simpsons_play.cli.lessons import save_examples
from simpsons_play.cli.taught_name import TaughtName
from simpsons_play.core.config import TrackingConfig
from simpsons_play.core.errors import CastError
from simpsons_play.core.escaping import masked
from simpsons_play.core.geometry import Boxes, most_overlapping
from simpsons_play.core.label_search import NOBODY
from simpsons_play.inference.embedder import Embedder
from simpsons_play.inference.head_crops import example_picture
from simpsons_play.inference.loading import with_cast
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.window import HeadExample

Network = Classifier | Detector

_MIN_IOU = 0.3
"""Overlap from which a detected head is the one that the user means, which may have moved a little."""


class WindowTeacher:
    """Teaches characters from heads in the window: a `Teacher`.

    Args:
        file: the cast file; None if none is used.
        network: the model, without a cast.

    Attributes:
        network: the model with the names of the cast.
    """

    def __init__(self, file: CastFile | None, network: Network) -> None:
        self._file, self._plain = file, network
        self.network = network
        self._cast = Cast()
        self._stamp: tuple[int, int, int] | None = None
        self._loaded = False
        self._apply: list[Callable[[Network], object]] = []
        self._problem = ""

    @property
    def usable(self) -> bool:
        """Whether there is a cast file that can be read, or none yet."""
        return self._file is not None and not self._problem

    def reload(self) -> str:
        """Read the cast if another process has changed it.

        Returns:
            Why it cannot be used, as one line; empty if it can, or if that was said before. Without a cast,
            the model gives its own names.
        """
        if self._file is None or (self._stamp == (stamp := self._file.stamp) and self._loaded):
            return ""
        self._stamp, self._loaded = stamp, True
        try:
            self._use(self._file.load())
            self._problem = ""
        except CastError as error:
            self._use(Cast())
            self._problem = str(error)
        return self._problem

    @contextmanager
    def applied_by(self, apply: Callable[[Network], object]) -> Iterator[None]:
        """Call a function with the model whenever its names change inside the block."""
        self._apply.append(apply)
        try:
            yield
        finally:
            self._apply.remove(apply)

    @property
    def unavailable(self) -> str:
        """Why heads cannot be taught, as a sentence; empty if they can."""
        if not isinstance(self._plain, Detector):
            return "This model finds no heads to learn from"
        if self._plain.embedder is None:
            return "There is no network here that tells heads apart"
        return f"No cast is used, as {ENVIRONMENT} is empty" if self._file is None else ""

    @property
    def labels(self) -> tuple[str, ...]:
        """All names that are given."""
        return self.network.labels

    @property
    def candidates(self) -> tuple[str, ...]:
        """The labels that a head can get."""
        return tuple(dict.fromkeys((*self.network.labels, *self._cast.labels, NOBODY)))

    @property
    def last_change(self) -> str:
        """What `undo` takes back; empty if there is nothing."""
        return self._cast.changes[-1].text if self._cast.changes else ""

    @property
    def last_change_id(self) -> str:
        """Identifies the last change; empty if there is none."""
        return self._cast.changes[-1].id if self._cast.changes else ""

    def teach(self, heads: Sequence[HeadExample], label: str, *, display_name: str | None = None) -> bool:
        """Add heads to a character of the cast.

        Args:
            heads: the heads, which all show the character.
            label: its label.
            display_name: display name of a new character, if its label does not show it.

        Returns:
            Whether anything has changed: not if the character has these pictures already.

        Raises:
            SimpsonsError: nothing can be learned, or the cast cannot be changed; one line says why.
        """
        file, embedder = self._require()
        examples = [self._example(head, embedder) for head in heads]
        before, after = save_examples(file, TaughtName(label, display_name), examples, embedder)
        self._changed(after)
        return after is not before

    def undo(self) -> str:
        """Take back the last change of the cast, and return what it was.

        Raises:
            SimpsonsError: there is none, it is one of another program that the user has not seen yet, or the
                cast cannot be changed; one line says why.
        """
        file, _ = self._require()
        before, after = file.update(self._undone)
        self._changed(after)
        return before.changes[-1].text

    def _undone(self, cast: Cast) -> Cast:
        """The cast without its last change, unless that is news: the next call takes it back."""
        if [change.id for change in cast.changes[-1:]] != [change.id for change in self._cast.changes[-1:]]:
            self._changed(cast)
            raise CastError(
                f"another program has changed the cast: {self.last_change or 'no change is left'}; try again"
            )
        return cast.undo()

    def _require(self) -> tuple[CastFile, Embedder]:
        embedder = self._plain.embedder if isinstance(self._plain, Detector) else None
        if self._file is None or embedder is None:
            raise CastError(self.unavailable)
        return self._file, embedder

    def _example(self, head: HeadExample, embedder: Embedder) -> Example:
        box = self._exactly(head)
        try:
            (embedding,) = embedder.embed(head.image, box[None])
            picture = example_picture(head.image, box)
        except ValueError as error:
            raise CastError(str(error)) from error
        time_s = None if head.time_s is None else round(head.time_s, 3)
        return Example(embedding, picture, masked(head.source), time_s, looks=head.looks(embedding))

    def _exactly(self, head: HeadExample) -> Boxes:
        """Where a head is in its picture: boxes that the window shows may be those of a frame before."""
        box = head.box.sides
        if not isinstance(self._plain, Detector):
            return box
        found = self._plain.detect(head.image, min_score=TrackingConfig().min_score).boxes
        best = most_overlapping(box, found, min_iou=_MIN_IOU)
        return box if best is None else found[best]

    def _changed(self, cast: Cast) -> None:
        """Use a cast that has just been written."""
        self._use(cast)
        self._problem = ""
        self._stamp = self._file.stamp if self._file is not None else None

    def _use(self, cast: Cast) -> None:
        self.network = with_cast(self._plain, cast)
        self._cast = cast
        for apply in self._apply:
            apply(self.network)
