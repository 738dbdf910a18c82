"""Judge a network on pictures whose split is given, and warn if it is not that of the training."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from simpsons_play.inference.model_card import ModelCard, SplitRecord
from simpsons_training.config import TrainConfig
from simpsons_training.dataset import PictureSet, spelled_as
from simpsons_training.evaluation.as_trained import JudgedPictures, recorded_split
from simpsons_training.evaluation.config import Part


def judge_as_given(
    model: Path,
    card: ModelCard,
    pictures: PictureSet,
    *,
    part: Part | None = None,
    seed: int | None = None,
) -> JudgedPictures:
    """Take pictures with the split that they have.

    Args:
        model: The network's file.
        card: Its model card.
        pictures: Pictures with their split.
        part: Which of them to use; None takes the validation pictures.
        seed: Random seed of the pictures in the report; None takes that of the split.

    Raises:
        DataError: The `run.json` next to the network is invalid.
    """
    split, trained = pictures.record, recorded_split(model, card)
    if seed is None:
        seed = TrainConfig().seed if split is None else split.seed
    judged = JudgedPictures(spelled_as(pictures, card.labels), part or "val", seed, pictures.how_split)
    if not pictures.is_drawn or split is None or trained is None or trained.checksum == split.checksum:
        return judged
    if trained.folders and sorted(trained.folders) != sorted(split.folders):
        return judged  # the network was trained on other pictures
    if not trained.checksum and _drawn_as(trained) == _drawn_as(split):
        return judged
    return dataclasses.replace(
        judged,
        warning=f"{model.name} was trained with another split of these pictures: it may have been trained on "
        "some of those it is evaluated on",
    )


def _drawn_as(record: SplitRecord) -> tuple[str, float, int]:
    return record.split, record.val_share, record.seed
