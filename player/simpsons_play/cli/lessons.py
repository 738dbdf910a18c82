"""What is learned from pictures: the head of each that shows the character. Pure but for `save_lessons`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from simpsons_play.cast.cast import Cast
from simpsons_play.cast.cast_file import CastFile
from simpsons_play.cast.members import Example
from simpsons_play.cli.cast_option import option_for, undo_hint
from simpsons_play.cli.head_choice import choose_head
from simpsons_play.cli.taught_name import TaughtName
from simpsons_play.core.errors import CastError
from simpsons_play.core.label_search import NOBODY
from simpsons_play.core.names import counted
from simpsons_play.core.results import NO_DETECTIONS, Detections
from simpsons_play.core.timefmt import format_moment
from simpsons_play.inference.cast_embeddings import comparable
from simpsons_play.inference.embedder import Embedder
from simpsons_play.inference.model_card import ModelCard

_NEAREST = 3
"""Number of examples that a head is compared with: the most similar ones, as views of a head differ."""

_UNCLEAR = "this head is not seen well enough to be named in the video itself"

_ENOUGH = 3
"""Number of examples from which most heads of a character are recognized."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture is from.

    Attributes:
        path: a picture file, or a video.
        time_s: time in the video, in seconds; None for a picture.
        problem: why nothing can be learned there; otherwise empty.
    """

    path: Path
    time_s: float | None = None
    problem: str = ""

    def __str__(self) -> str:
        return f"{self.path}" if self.time_s is None else f"{self.path} at {format_moment(self.time_s)}"


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """The heads in one picture.

    Attributes:
        place: where it is from.
        heads: the detected heads.
        examples: an example of each head, in the same order.
        problem: why the picture cannot be read; otherwise empty.
    """

    place: Place
    heads: Detections = NO_DETECTIONS
    examples: tuple[Example, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What was learned from one picture.

    Attributes:
        example: the head; None if there is none to learn from.
        note: what the user should know about it; may be empty.
        video: the video that the picture is from, if any.
    """

    example: Example | None
    note: str = ""
    video: Path | None = None


def learn(
    looks: Sequence[Look],
    label: str,
    *,
    card: ModelCard,
    known: Sequence[Example] = (),
    which: str | int | None = None,
) -> list[Lesson]:
    """Choose the head of each picture that shows the character.

    Pictures with one head are certain, so heads in the others are compared with them.

    Args:
        looks: the heads in the pictures.
        label: label of the character.
        card: metadata of the detector.
        known: examples of the character from before, with embeddings of the same network.
        which: see `head_choice.choose_head`.

    Returns:
        A lesson for each picture.
    """
    certain = [*known, *(look.examples[0] for look in looks if len(look.examples) == 1)]
    lessons = []
    for look in looks:
        likeness = _likeness(look.examples, certain)
        choice = choose_head(look.heads, card, label, which=which, likeness=likeness)
        if choice is not None:
            example = look.examples[choice.index]
            video = None if look.place.time_s is None else look.place.path
            unclear = _UNCLEAR if video is not None and not len(example.looks) else ""
            notes = "; ".join(filter(None, (choice.note, unclear)))
            note = f"{look.place}: {notes}" if notes else ""
            lessons.append(Lesson(example, note, video))
        else:
            heads = counted(len(look.examples), "head")
            few = f"{heads}; there is no number {which}" if look.examples else "no head found"
            lessons.append(Lesson(None, look.problem or f"{look.place}: {few}"))
    return lessons


def save_lessons(
    file: CastFile, taught: TaughtName, lessons: Sequence[Lesson], embedder: Embedder
) -> Iterator[str]:
    """Save what was learned in the cast, and yield lines that tell of it.

    Raises:
        CastError: there is no head in any of the pictures, or the file cannot be used.
    """
    examples = [lesson.example for lesson in lessons if lesson.example is not None]
    if not examples:
        raise CastError("nothing was learned")
    before, after = save_examples(file, taught, examples, embedder)
    member, had = after[taught.label], before.get(taught.label)
    known = had.examples if had else ()
    had_ids = {example.id for example in known}
    added = sum(example.id not in had_ids for example in member.examples)
    if not added:
        these = "this picture" if len(examples) == 1 else "these pictures"
        yield f"Nothing new: {member.name} has {these} already"
        return
    used = f"{added}" if added == len(lessons) else f"{added} of {len(lessons)}"
    total = f"; {len(member.examples)} in all" if known else ""
    pictures = f"{used} picture{'' if len(lessons) == 1 else 's'}"
    if taught.label == NOBODY:
        heads = "this head gets" if added == 1 else "these heads get"
        yield f"Learned from {pictures} that {heads} no name{total}"
    else:
        yield f"Learned {member.name} from {pictures}{total}"
    if repeated := len(examples) - added:
        yield f"{counted(repeated, 'picture')} left out, as {member.name} has the same already"
    for other in before.members:
        left = after.get(other.label)
        gone = len(other.examples) - (len(left.examples) if left else 0)
        if other.label != taught.label and gone > 0:
            yield f"{other.name} has lost {counted(gone, 'picture')} of the same head"
    if any(lesson.example is not None and lesson.note for lesson in lessons):
        command = f"simpsons cast show {shlex.quote(member.name)} --pictures FOLDER{option_for(file)}"
        yield f"Look at the heads that were learned: {command}"
    if taught.label != NOBODY and len(member.examples) < _ENOUGH:
        yield "More pictures from other scenes make the name surer; three to five are a good start"
    yield undo_hint(file)
    videos = [lesson.video for lesson in lessons if lesson.video is not None]
    if videos:
        yield f"See the name in the video: simpsons-play {shlex.quote(str(videos[0]))}{option_for(file)}"
    else:
        yield f"See what the player makes of pictures: simpsons-play FOLDER{option_for(file)}"


def save_examples(
    file: CastFile, taught: TaughtName, examples: Sequence[Example], embedder: Embedder
) -> tuple[Cast, Cast]:
    """Add examples to a character in the cast, and return the cast before and after.

    Raises:
        CastError: the file cannot be used.
    """

    def change(cast: Cast) -> Cast:
        cast = comparable(cast, embedder)
        return cast.teach(taught.label, examples, embedder=embedder.id, display_name=taught.display_name)

    return file.update(change)


def _likeness(examples: Sequence[Example], certain: Sequence[Example]) -> npt.NDArray[np.float32] | None:
    """Mean similarity of each example to the most similar certain ones: (M,); None if there are none."""
    if len(examples) < 2 or not certain:
        return None
    both = [np.stack([example.embedding for example in some]) for some in (examples, certain)]
    nearest = np.sort(both[0] @ both[1].T, axis=1)[:, -_NEAREST:]
    return np.asarray(nearest.mean(axis=1), np.float32)
