"""The page that shows how good a network is: figures, tables and the pictures behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from simpsons_play.core.names import display_name
from simpsons_play.render.html import Block, Picture, Section, Table, Text
from simpsons_training.evaluation.calibration import reliability
from simpsons_training.evaluation.confusion import confused_pairs, confusion_figure
from simpsons_training.evaluation.curves import open_set_figure, reliability_figure
from simpsons_training.evaluation.gallery import pairs_figure, saliency_figure, tiles_figure, tiles_of
from simpsons_training.evaluation.open_set import compare_thresholds, is_background
from simpsons_training.evaluation.predictions import Predictions
from simpsons_training.evaluation.predictor import Predictor
from simpsons_training.evaluation.results import Evaluation
from simpsons_training.evaluation.summary import calibration_words, lead_words, leak_words, part_words
from simpsons_training.figures import save
from simpsons_training.files import write_page

_PAIRS_SHOWN, _PAIRS_LISTED = 4, 12
_TWELVE = 12
_MISTAKES, _UNSURE, _OTHERS, _BACKGROUNDS = 12, 8, 8, 4
_SALIENT_RIGHT, _SALIENT_WRONG = 5, 3


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Where figures are kept as files, each under its own name."""

    folder: Path

    def put(self, name: str, figure: Figure | None, caption: str) -> list[Block]:
        """Keep a figure and show it; one that there is nothing to draw on is taken away."""
        path = self.folder / f"{name}.png"
        if figure is None:
            path.unlink(missing_ok=True)
            return []
        return [Picture(save(figure, path).read_bytes(), caption)]


def write_report(evaluation: Evaluation, predictor: Predictor, output: Path, *, seed: int) -> Path:
    """Write `report.html` and `figures/` into a folder that is there; gives the page's path back.

    Args:
        evaluation: what was measured.
        predictor: the network, to see where it looks.
        output: the folder.
        seed: which pictures stand for the others, where chance chooses.

    Raises:
        DataError: a picture can no longer be read.
    """
    shelf = _Shelf(output / "figures")
    shelf.folder.mkdir(exist_ok=True)
    known = evaluation.known
    random = np.random.default_rng(seed)
    sections = [
        _conditions(evaluation),
        _characters(evaluation),
        _confusion(known, shelf),
        _examples(known, shelf, random),
        _calibration(evaluation, known, shelf),
        _open_set(evaluation, shelf),
        _saliency(predictor, known, shelf, random),
    ]
    title = f"How good is {evaluation.model.name}?"
    return write_page(output / "report.html", title, lead_words(evaluation), sections)


def _conditions(evaluation: Evaluation) -> Section:
    card, predictions = evaluation.card, evaluation.predictions
    background = is_background(predictions)
    others = int((~predictions.known & ~background).sum())
    rows = [
        ("network", f"{card.network}, version {card.version}, {card.size_px} px, {len(card.labels)} labels"),
        ("learned from", card.training_data),
        ("pictures", part_words(evaluation)),
        (
            "",
            f"{int(predictions.known.sum()):,} of characters, {others:,} of others, "
            f"{int(background.sum()):,} backgrounds",
        ),
        *([("seen before", leaking)] if (leaking := leak_words(evaluation)) else []),
        ("threshold", f"{evaluation.threshold:g}"),
        ("temperature", f"{card.temperature:.3g}"),
        ("SHA-256", evaluation.model_sha256),
    ]
    return Section("What was measured", [Table(("", evaluation.model.name), rows)])


def _characters(evaluation: Evaluation) -> Section:
    metrics = evaluation.metrics
    rows: list[tuple[str | int | float | None, ...]] = [
        (display_name(name), s.precision, s.recall, s.f1, s.support)
        for name, s in metrics.per_character.items()
        if s.support or s.precision is not None
    ]
    count = sum(s.support for s in metrics.per_character.values())
    rows += [
        ("mean of characters", None, None, metrics.macro_f1, count),
        ("mean of pictures", None, None, metrics.weighted_f1, count),
        ("accuracy", None, None, metrics.accuracy, count),
    ]
    caption = (
        "Precision: the share of pictures named so that is right. Recall: the share of the character's "
        "pictures named so. F1: their harmonic mean. The most probable label counts, whatever the threshold."
    )
    return Section(
        "Character by character",
        [Table(("character", "precision", "recall", "F1", "pictures"), rows, caption)],
    )


def _confusion(known: Predictions, shelf: _Shelf) -> Section:
    pairs = confused_pairs(known)
    blocks = shelf.put(
        "confusion", confusion_figure(known), "Each row: how many pictures of a character get which name."
    )
    rows = [
        (
            display_name(known.labels[p.actual]),
            display_name(known.labels[p.guess]),
            p.count,
            p.count / p.support,
        )
        for p in pairs[:_PAIRS_LISTED]
    ]
    if pairs:
        caption = "The pairs confused most often."
        blocks.append(Table(("is", "is named", "pictures", "share of the character"), rows, caption))
    else:
        blocks.append(Text("No character is taken for another."))
    blocks += shelf.put(
        "confused_pairs",
        pairs_figure(known, pairs[:_PAIRS_SHOWN]) if pairs else None,
        "A row for each of the pairs confused most often: those that the network is surest of, and at the "
        "end a picture of whom they are taken for.",
    )
    return Section("Who is taken for whom", blocks)


def _examples(known: Predictions, shelf: _Shelf, random: np.random.Generator) -> Section:
    right, best = known.guesses == known.right, known.best
    wrong, unsure = _first(~right, -best, _MISTAKES), _first(right, best, _UNSURE)
    one_each = np.sort(_one_each(known, np.flatnonzero(known.known), random)[:_TWELVE])
    blocks = shelf.put(
        "characters",
        tiles_figure(tiles_of(known, one_each)),
        f"One picture of each of {len(one_each)} characters, chosen by chance.",
    )
    blocks += shelf.put(
        "mistakes",
        tiles_figure(tiles_of(known, wrong)) if wrong.size else None,
        "The worst mistakes: wrong names with the highest probability.",
    )
    blocks += shelf.put(
        "unsure",
        tiles_figure(tiles_of(known, unsure)) if unsure.size else None,
        "Right, but unsure: right names with the lowest probability.",
    )
    return Section("Pictures and their names", blocks)


def _calibration(evaluation: Evaluation, known: Predictions, shelf: _Shelf) -> Section:
    bins = reliability(known.best, known.guesses == known.right)
    caption = (
        f"Pictures in {len(bins)} bins by the probability of their best label. Bars above the dashed line: "
        "the network is right more often than it says; below it: less often. The lower part counts them."
    )
    figure = reliability_figure(bins, evaluation.metrics.ece)
    return Section(
        "How far to trust a probability",
        [Text(calibration_words(evaluation)), *shelf.put("reliability", figure, caption)],
    )


def _open_set(evaluation: Evaluation, shelf: _Shelf) -> Section:
    predictions = evaluation.predictions
    background, best = is_background(predictions), predictions.best
    others = ~predictions.known & ~background
    blocks: list[Block] = []
    if predictions.known.all():
        blocks.append(Text("There were no pictures of strangers, so only the cost of a threshold is known."))
    blocks += shelf.put(
        "open_set",
        None if predictions.known.all() else open_set_figure(predictions, evaluation.threshold),
        "Left: how sure the network is of characters it can name, of others and of backgrounds. Right: what "
        "every threshold gives; towards the upper left is better.",
    )
    rows = [
        (
            f"{threshold:g}",
            o.named_right,
            o.named_wrong,
            o.others.unnamed if o.others else None,
            o.backgrounds.unnamed if o.backgrounds else None,
        )
        for threshold, o in compare_thresholds(predictions)
    ]
    header = ("threshold", "named right", "named wrong", "others unnamed", "backgrounds unnamed")
    blocks.append(Table(header, rows, "What a threshold buys: shares of the pictures of a kind."))
    strangers = np.concatenate([_first(others, -best, _OTHERS), _first(background, -best, _BACKGROUNDS)])
    blocks += shelf.put(
        "strangers",
        tiles_figure(tiles_of(predictions, strangers)) if strangers.size else None,
        "Others, then backgrounds, that get a wrong name with the highest probability. Backgrounds are what "
        "is beside a marked box; some show a second character, and then the name may be right.",
    )
    return Section("People it does not know", blocks)


def _saliency(
    predictor: Predictor, known: Predictions, shelf: _Shelf, random: np.random.Generator
) -> Section:
    right = known.guesses == known.right
    chosen = np.concatenate(
        [
            _one_each(known, np.flatnonzero(right), random)[:_SALIENT_RIGHT],
            _first(~right, -known.best, _SALIENT_WRONG),
        ]
    )
    words = (
        "A window a quarter of the picture wide, of the picture's mean colour, is slid over each picture; "
        "bright is where covering it takes most of the guessed name's lead over the next (Zeiler and Fergus "
        "2013). Each map has its own scale: by how much the odds between the two fall at its brightest. The "
        "last ones, if any, are the surest mistakes."
    )
    figure = saliency_figure(predictor, known.select(chosen))
    return Section(
        "Where it looks", [Text(words), *shelf.put("saliency", figure, "Pictures, and what of them counts.")]
    )


def _first(chosen: npt.NDArray[np.bool_], key: npt.NDArray[np.floating], count: int) -> npt.NDArray[np.int64]:
    """Indices of those chosen that come first by a key, at most so many."""
    indices = np.flatnonzero(chosen)
    return np.asarray(indices[np.argsort(key[indices], kind="stable")][:count], np.int64)


def _one_each(
    known: Predictions, indices: Sequence[int] | npt.NDArray[np.int64], random: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Of these pictures, one of each character, by chance and in random order."""
    shuffled = random.permutation(np.asarray(indices, np.int64))
    _, firsts = np.unique(known.right[shuffled], return_index=True)
    return np.asarray(random.permutation(shuffled[firsts]), np.int64)
