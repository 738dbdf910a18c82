"""Split pictures as the training of a network did, so that it is judged on those that it has not seen."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from simpsons_play.core.errors import DataError
from simpsons_play.core.foreign_files import guarded
from simpsons_play.inference.model_card import ModelCard, SplitRecord
from simpsons_training.config import SPLITS, Split, TrainConfig
from simpsons_training.dataset import PictureSet, spelled_as, split_listing, without_unreadable
from simpsons_training.evaluation.config import Part
from simpsons_training.listing import list_pictures
from simpsons_training.storage import RunFolder

_DEFAULTS = TrainConfig()
_UNKNOWN = "does not say which pictures it was trained on"
_SEEN = "it may have been trained on some of the pictures it is evaluated on"


@dataclass(frozen=True, slots=True)
class JudgedPictures:
    """Pictures to judge a network on.

    Attributes:
        found: The pictures with their split.
        part: Which of them to use.
        seed: Random seed of the split.
        how_split: One phrase on how they were split; empty if all are used because they are not those of the
            training.
        warning: One line on a split that is not that of the training, or None.
        note: One line on why all pictures are used, or None.
    """

    found: PictureSet
    part: Part
    seed: int
    how_split: str
    warning: str | None = None
    note: str | None = None


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

    The split is that of the network's card, or of the `run.json` next to it. A drawn split says nothing about
    other pictures than those of the training: all of these are used, unless tables split them.

    Args:
        model: The network's file.
        card: Its model card.
        folders: Folders of the pictures; see `dataset.list_pictures`.
        part: Which pictures to use; None takes the validation pictures, or all of other pictures.
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
        return without_unreadable(spelled_as(found, card.labels), on_picture=on_picture)

    found = read(wanted)
    as_trained = JudgedPictures(found, part or "val", wanted.seed, found.how_split)
    if found.record is None or not found.is_drawn:
        return as_trained
    same = record is not None and record.checksum in ("", found.record.checksum)
    if given:
        if record is None or wanted == record or (record.checksum and same):
            return as_trained
        return dataclasses.replace(
            as_trained,
            warning=f"{model.name} was trained with {_options(record, wanted)}, not "
            f"{_options(wanted, record)}: {_SEEN}",
        )
    if same:
        return as_trained
    if record is not None and sorted(record.folders) == sorted(found.record.folders):
        return dataclasses.replace(
            as_trained,
            warning=f"{listing.name} has changed since {model.name} was trained ({found.record.pictures:,} "
            f"pictures, {record.pictures:,} then), and is split anew: {_SEEN}",
        )
    if all(picture.split for picture in listing.pictures):
        found = read(dataclasses.replace(wanted, split="given"))
        return dataclasses.replace(as_trained, found=found, how_split=found.how_split)
    why = f"was trained on other pictures ({', '.join(record.folders)})" if record else _UNKNOWN
    note = None if part else f"{model.name} {why}: all pictures of {listing.name} are used"
    return dataclasses.replace(
        as_trained, part=part or "all", how_split=found.how_split if part else "", note=note
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
