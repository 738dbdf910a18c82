"""Split pictures as the training of a network did, so that it is judged on those that it has not seen."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from simpsons_play.core.errors import DataError
from simpsons_play.core.foreign_files import guarded
from simpsons_play.core.names import counted
from simpsons_play.inference.model_card import ModelCard, SplitRecord
from simpsons_training.config import SPLITS, Split, TrainConfig
from simpsons_training.dataset import PictureSet, spelled_as, split_listing, without_unreadable
from simpsons_training.evaluation.config import Part
from simpsons_training.listing import Listing, list_pictures, some
from simpsons_training.picture_record import PictureRecord, find_record
from simpsons_training.storage import RunFolder

_DEFAULTS = TrainConfig()
_SEEN = "it may have been trained on some of the pictures it is evaluated on"


@dataclass(frozen=True, slots=True)
class JudgedPictures:
    """Pictures to judge a network on.

    Attributes:
        found: The pictures with their split.
        part: Which of them to use.
        seed: Random seed of the split.
        how_split: One phrase on how they were split; empty if all are used because the training did not see
            them.
        warning: One line on pictures that the training may have seen, or None.
        note: One line on which of them are used, or None.
    """

    found: PictureSet
    part: Part
    seed: int
    how_split: str
    warning: str | None = None
    note: str | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """Lines for the user on unreadable pictures and on those that the training may have seen."""
        return (*self.found.left_out, *filter(None, [self.warning]))


def read_as_trained(
    model: Path,
    card: ModelCard,
    folders: Sequence[Path],
    *,
    part: Part | None = None,
    split: Split | None = None,
    val_share: float | None = None,
    seed: int | None = None,
    on_picture: Callable[[], object] = lambda: None,
) -> JudgedPictures:
    """List pictures and split them as the training of a network did.

    The split is that of the network's card, or of the `run.json` next to it. In other folders than those of
    the training, its pictures are recognised by their content: they stay on their side of the split, and
    pictures that it did not see count as validation pictures. If there are none of the training, all are
    used, unless tables split them. Characters without a label of the network count as unknown people.

    Args:
        model: The network's file.
        card: Its model card.
        folders: Folders of the pictures; see `dataset.list_pictures`.
        part: Which pictures to use; None takes the validation pictures, or all if none is from the training.
        split: How to split, instead of as in the training; likewise the next two.
        val_share: Share of each character's validation pictures, if the split is drawn; 0-1.
        seed: Random seed of a drawn split.
        on_picture: Called after each picture that is read.

    Raises:
        DataError: A folder does not exist or has no pictures, or a table or the `run.json` is invalid.

    Example:
        >>> network = open_network(Path("runs/mine/last.keras"))  # doctest: +SKIP
        >>> read_as_trained(network.path, network.card, [Path("pictures")]).how_split  # doctest: +SKIP
        'by near duplicates, seed 3'
    """
    record = recorded_split(model, card)
    trained = record or SplitRecord(_DEFAULTS.split, _DEFAULTS.val_share, _DEFAULTS.seed)
    given = {"split": split, "val_share": val_share, "seed": seed}
    given = {name: value for name, value in given.items() if value is not None}
    wanted = dataclasses.replace(trained, **given)  # type: ignore[arg-type]
    listing = list_pictures(*_in_order(folders, trained))

    def read(record: SplitRecord) -> PictureSet:
        found = split_listing(
            listing,
            split=next(split for split in SPLITS if split == record.split),
            val_share=record.val_share,
            seed=record.seed,
            on_picture=on_picture,
        )
        found = without_unreadable(spelled_as(found, card.labels), on_picture=on_picture)
        return _without_labels_unknown(found, model, card.labels)

    found = read(wanted)
    judged = JudgedPictures(found, part or "val", wanted.seed, found.how_split)
    if found.record is None:
        return judged
    if record is not None and record.checksum == found.record.checksum:
        return judged
    if record is not None and not record.checksum and wanted == record:  # earlier versions recorded no more
        return judged
    pictures = find_record(model, card)
    sides = [pictures.side_of(picture.path) if pictures else None for picture in found.pictures]
    if given and wanted != record:
        if record is None or not found.is_drawn or (pictures is not None and not any(sides)):
            return judged
        return dataclasses.replace(
            judged,
            warning=f"{model.name} was trained with {_options(record, wanted)}, not "
            f"{_options(wanted, record)}: {_SEEN}",
        )
    if pictures is not None and any(sides):
        return _by_record(judged, pictures, sides, model=model, part=part)
    if not found.is_drawn:
        return judged
    if pictures is None and record is not None and sorted(record.folders) == sorted(found.record.folders):
        return dataclasses.replace(
            judged,
            warning=f"{listing.name} {_have(listing)} changed since {model.name} was trained "
            f"({found.record.pictures:,} pictures, {record.pictures:,} then), and {_are(listing)} split "
            f"anew: {_SEEN}",
        )
    if all(picture.split for picture in listing.pictures):
        found = read(dataclasses.replace(wanted, split="given"))
        return dataclasses.replace(judged, found=found, how_split=found.how_split)
    if part is None:
        judged = dataclasses.replace(judged, part="all", how_split="")
    used = "" if part else f": all pictures of {listing.name} are used"
    if pictures is not None and pictures.complete:
        return dataclasses.replace(judged, note=f"no picture is from the training{used}" if used else None)
    return dataclasses.replace(
        judged,
        warning=f"{model.name} does not say which pictures it was trained on, and some of these may be among "
        f"them{used}",
    )


def _by_record(
    judged: JudgedPictures,
    record: PictureRecord,
    sides: Sequence[str | None],
    *,
    model: Path,
    part: Part | None,
) -> JudgedPictures:
    """Put each picture on its side of the training, and those that the training did not see on the other."""
    pictures = judged.found.pictures
    split = tuple(
        dataclasses.replace(picture, split=side or "val")
        for picture, side in zip(pictures, sides, strict=True)
    )
    seen = sum(side is not None for side in sides)
    others = len(pictures) - seen
    how_split = "as in the training"
    if others:
        how_split += f", with {counted(others, 'other picture')}"
    note = f"{seen:,} of {counted(len(pictures), 'picture')} are from the training"
    if part is None:
        note += ": its validation pictures among them are used"
        note += f", and the {others:,} other{'s' if others > 1 else ''}" if others else ""
    is_whole = not others and seen >= len(record.sides)
    warning = None
    if others and not record.complete:
        warning = f"{model.name} does not say which pictures it was first trained on: {_SEEN}"
    return dataclasses.replace(
        judged,
        found=dataclasses.replace(judged.found, pictures=split, how_split=how_split, is_drawn=False),
        how_split=how_split,
        note=None if is_whole else note,
        warning=warning,
    )


def _without_labels_unknown(found: PictureSet, model: Path, labels: Sequence[str]) -> PictureSet:
    """The pictures, with characters that a network has no label for as unknown people."""
    missing = [label for label in found.labels if label not in labels]
    if not missing:
        return found
    pictures = [dataclasses.replace(p, known=p.known and p.character in labels) for p in found.pictures]
    count = sum(p.known and p.character in missing for p in found.pictures)
    note = f"{model.name} has no labels for {some(missing)}: {counted(count, 'picture')} "
    note += f"{'counts' if count == 1 else 'count'} as unknown people"
    return dataclasses.replace(
        found,
        labels=tuple(label for label in found.labels if label in labels),
        pictures=tuple(pictures),
        notes=(*found.notes, note),
    )


def recorded_split(model: Path, card: ModelCard) -> SplitRecord | None:
    """How the training of a network split its pictures: of its card, or of the `run.json` next to it.

    Raises:
        DataError: The `run.json` is invalid.
    """
    run = RunFolder(model.parent)
    if card.split is not None or not run.settings.is_file():
        return card.split
    settings = run.read_settings()
    with guarded(DataError, f"{run.settings}: invalid settings", "give --split, --val-share and --seed"):
        if not set(settings["labels"]) <= set(card.labels):
            return None  # the run of another network
        return SplitRecord.from_values({**settings["config"], "folders": ()})


def _have(listing: Listing) -> str:
    return "has" if len(listing.folders) == 1 else "have"


def _are(listing: Listing) -> str:
    return "is" if len(listing.folders) == 1 else "are"


def _in_order(folders: Sequence[Path], trained: SplitRecord) -> list[Path]:
    """The folders in the order of the training, on which a drawn split depends."""
    names = {folder: folder.resolve().name for folder in folders}
    if sorted(names.values()) != sorted(trained.folders):
        return list(folders)
    return sorted(folders, key=lambda folder: trained.folders.index(names[folder]))


def _options(record: SplitRecord, other: SplitRecord) -> str:
    """The options of a record that differ from those of another."""
    names = [name for name in ("split", "val_share", "seed") if getattr(record, name) != getattr(other, name)]
    return " ".join(f"--{name.replace('_', '-')} {getattr(record, name)}" for name in names)
