"""Labelling frame by frame, whatever shows the frames: saves, skips, undoes, and reads ahead."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from simpsons_play.core.crops import CROPS, crop_regions
from simpsons_play.core.errors import SimpsonsError
from simpsons_play.core.geometry import Box
from simpsons_play.core.interrupts import in_thread
from simpsons_training.labelling.frame_choice import ChosenFrame, FrameChoice
from simpsons_training.labelling.frame_log import FrameLog, Moment
from simpsons_training.labelling.name_search import NameMatch, labels_to_choose, match_name
from simpsons_training.labelling.picture_folder import Crop, PictureFolder, SavedPicture

UNDO_STEPS = 20
"""How many steps can be undone; each keeps a frame in memory."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Part of a frame that shows one character.

    Attributes:
        crop: See `picture_folder.Crop`.
        box: The part, in pixels of the frame.
    """

    crop: Crop
    box: Box


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """What was done: a picture was saved, or the frame was left."""

    frame: ChosenFrame
    saved: SavedPicture | None


class LabelSession:
    """Offers one frame after the other and saves parts of them under names. Use it as a context manager.

    Leaving it releases the frames that were read but not looked at, so that they are offered again.

    Args:
        choice: The frames to offer; read in another thread.
        pictures: Where to save.
        log: The log that `choice` claims its frames in.
        taught: Labels of the user's cast, to choose from as well.

    Attributes:
        frame: The frame on screen; None before the first one, and after the last.
    """

    def __init__(
        self, choice: FrameChoice, pictures: PictureFolder, log: FrameLog, *, taught: Sequence[str] = ()
    ) -> None:
        self._choice, self._pictures, self._log, self._taught = choice, pictures, log, taught
        self._rows = pictures.rows()
        self._history: deque[_Step] = deque(maxlen=UNDO_STEPS)
        self._ahead: deque[ChosenFrame] = deque()
        self._saved_of: Counter[Moment] = Counter()
        self._reading: Future[ChosenFrame | None] | None = None
        self._has_more = True
        self.frame: ChosenFrame | None = None

    def __enter__(self) -> Self:
        """Start to read the first frame."""
        self._read_ahead()
        return self

    def __exit__(self, *error: object) -> None:
        """Release the frames that nothing was decided about."""
        self._choice.stop()
        frames = [*self._ahead]
        if self.frame is not None:
            frames.append(self.frame)
        with suppress(SimpsonsError, OSError):  # it was reported when it was to be shown, or was not needed
            if self._reading is not None and (ahead := self._reading.result()) is not None:
                frames.append(ahead)
        with suppress(SimpsonsError, OSError):  # they will be missing, no more
            for frame in frames:
                if not self._saved_of[frame.moment]:
                    self._log.release(frame.moment)

    @property
    def saved(self) -> int:
        """Number of pictures that this session has saved and not removed."""
        return self._saved_of.total()

    @property
    def counts(self) -> Counter[str]:
        """Number of pictures of each character in the folder, as far as this process knows."""
        return Counter(row.character for row in self._rows)

    @property
    def progress(self) -> tuple[int, int]:
        """How many moments of the episodes have been considered, and how many there are."""
        return self._choice.progress

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels to choose from: used ones, the newest first, the cast, the included models, nobody."""
        return labels_to_choose([*(row.character for row in reversed(self._rows)), *self._taught])

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._history)

    def match(self, text: str) -> NameMatch:
        """Find what a part of a name may mean."""
        return match_name(text, self.labels)

    def when_ready(self, call: Callable[[], object]) -> None:
        """Call a function, perhaps in another thread, when `go_on` need not wait."""
        if self._ahead or not self._has_more:
            call()
        else:
            self._read_ahead().add_done_callback(lambda future: call())

    def go_on(self, *, is_step: bool = True) -> ChosenFrame | None:
        """Leave the frame, and show the next; waits until it is read.

        Args:
            is_step: Whether this is a step to undo; otherwise it is part of the last one.

        Returns:
            The next frame; None if there is no more.

        Raises:
            SimpsonsError: The frame cannot be read or claimed; the next call tries again.
        """
        left, self.frame = self.frame, None
        if left is not None and is_step:
            self._history.append(_Step(left, None))
        self._rows = self._pictures.rows()  # others may save into the folder, too
        if self._ahead:
            self.frame = self._ahead.popleft()
        elif self._has_more:
            reading = self._read_ahead()
            self._reading = None
            self.frame = reading.result()
            self._has_more = self.frame is not None
            if self._has_more:
                self._read_ahead()
        return self.frame

    def selection(self, crop: Crop) -> Selection:
        """A fixed part of the frame.

        Args:
            crop: `full`, `left` or `right`.

        Raises:
            SourceError: The frame is too narrow to be halved.
        """
        height, width = self._current.image.shape[:2]
        (region,) = crop_regions(width, height, (CROPS[CROPS.index(crop)],))
        return Selection(crop, region.box)

    def save(self, selection: Selection, name: str) -> SavedPicture:
        """Save a part of the frame under a name.

        Args:
            selection: The part.
            name: A label, or the name of a new character.

        Raises:
            DataError: The name has no letter or digit, or is too long.
            SinkError: The picture cannot be written.
        """
        frame, box = self._current, selection.box
        saved = self._pictures.save(
            frame.image[box.y_min : box.y_max, box.x_min : box.x_max],
            name,
            episode=frame.episode,
            time_s=frame.time_s,
            crop=selection.crop,
            scene=frame.scene,
            by="hand",
        )
        self._rows.append(saved)
        self._saved_of[frame.moment] += 1
        self._history.append(_Step(frame, saved))
        return saved

    def undo(self) -> SavedPicture | None:
        """Undo the last step: remove the picture that was saved, or only show the frame again.

        Returns:
            The picture that was removed, if any.

        Raises:
            SinkError: The picture cannot be removed; nothing has changed.
            IndexError: There is nothing to undo.
        """
        step = self._history[-1]
        if step.saved is not None:
            self._pictures.remove(step.saved)
            self._rows = self._pictures.rows()
            self._saved_of[step.frame.moment] -= 1
        self._history.pop()
        if step.frame is not self.frame:
            if self.frame is not None:
                self._ahead.appendleft(self.frame)
            self.frame = step.frame
        return step.saved

    @property
    def _current(self) -> ChosenFrame:
        if self.frame is None:
            raise RuntimeError("there is no frame to save")
        return self.frame

    def _read_ahead(self) -> Future[ChosenFrame | None]:
        """Start to read the next frame, if that has not been started."""
        if self._reading is None:
            self._reading = in_thread(lambda: next(self._choice, None))
        return self._reading
