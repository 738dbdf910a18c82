"""The HTML report of an evaluation: figures, tables and example pictures."""

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
from simpsons_training.evaluation.gallery import make_tiles, pairs_figure, saliency_figure, tiles_figure
from simpsons_training.evaluation.open_set import compare_thresholds, is_background
from simpsons_training.evaluation.predictions import Predictions
from simpsons_training.evaluation.predictor import Predictor
from simpsons_training.evaluation.results import Evaluation
from simpsons_training.evaluation.summary import calibration_text, lead_text, leak_text, part_text
from simpsons_training.figures import save
from simpsons_training.files import folder_names, write_page

_PAIRS_SHOWN, _PAIRS_LISTED = 4, 12
_EXAMPLES = 12
_MISTAKES, _LOW_CONFIDENCE, _OTHERS, _BACKGROUNDS = 12, 8, 8, 4
_SALIENT_CORRECT, _SALIENT_WRONG = 5, 3


@dataclass(frozen=True, slots=True)
class _FigureFolder:
    """The folder that figures are saved in."""

    folder: Path

    def save(self, name: str, figure: Figure | None, caption: str) -> list[Block]:
        """Save a figure and return its block; None removes the file of an earlier run."""
        path = self.folder / f"{name}.png"
        if figure is None:
            path.unlink(missing_ok=True)
            return []
        return [Picture(save(figure, path).read_bytes(), caption)]


def write_report(evaluation: Evaluation, predictor: Predictor, output: Path, *, seed: int) -> Path:
    """Write `report.html` and `figures/` into an existing folder and return the path of the page.

    Args:
        evaluation: Results to report.
        predictor: The network, for the occlusion maps.
        output: Output folder.
        seed: Random seed for choosing example pictures.

    Raises:
        DataError: A picture can no longer be read.
    """
    figures = _FigureFolder(output / "figures")
    figures.folder.mkdir(exist_ok=True)
    known = evaluation.known
    random = np.random.default_rng(seed)
    sections = [
        _conditions(evaluation),
        _characters(evaluation),
        _confusion(known, figures),
        _examples(known, figures, random),
        _calibration(evaluation, known, figures),
        _open_set(evaluation, figures),
        _saliency(predictor, known, figures, random),
    ]
    title = f"Evaluation of {evaluation.model.name}"
    return write_page(output / "report.html", title, lead_text(evaluation), sections)


def _conditions(evaluation: Evaluation) -> Section:
    card, predictions = evaluation.card, evaluation.predictions
    background = is_background(predictions)
    others = int((~predictions.known & ~background).sum())
    rows = [
        ("network", f"{card.network}, version {card.version}, {card.size_px} px, {len(card.labels)} labels"),
        ("trained on", card.training_data),
        ("folders", folder_names(evaluation.folders)),
        ("pictures", part_text(evaluation.part, evaluation.how_split)),
        (
            "",
            f"{int(predictions.known.sum()):,} of characters, {others:,} of others, "
            f"{int(background.sum()):,} backgrounds",
        ),
        *([("near duplicates", leaking)] if (leaking := leak_text(evaluation)) else []),
        ("threshold", f"{evaluation.threshold:g}"),
        ("temperature", f"{card.temperature:.3g}"),
        ("SHA-256", evaluation.model_sha256),
    ]
    return Section("Setup", [Table(("", evaluation.model.name), rows)])


def _characters(evaluation: Evaluation) -> Section:
    metrics = evaluation.metrics
    rows: list[tuple[str | int | float | None, ...]] = [
        (display_name(name), s.precision, s.recall, s.f1, s.support)
        for name, s in metrics.per_character.items()
        if s.support or s.precision is not None
    ]
    count = sum(s.support for s in metrics.per_character.values())
    rows += [
        ("mean over characters", None, None, metrics.macro_f1, count),
        ("mean over pictures", None, None, metrics.weighted_f1, count),
        ("accuracy", None, None, metrics.accuracy, count),
    ]
    caption = (
        "Precision: share of correct predictions among those of this label. Recall: share of the character's "
        "pictures that are predicted correctly. F1: their harmonic mean. No threshold is applied."
    )
    return Section(
        "Results per character",
        [Table(("character", "precision", "recall", "F1", "pictures"), rows, caption)],
    )


def _confusion(known: Predictions, figures: _FigureFolder) -> Section:
    pairs = confused_pairs(known)
    blocks = figures.save(
        "confusion", confusion_figure(known), "Each row shows how the pictures of a character are predicted."
    )
    rows = [
        (
            display_name(known.labels[p.actual]),
            display_name(known.labels[p.predicted]),
            p.count,
            p.count / p.support,
        )
        for p in pairs[:_PAIRS_LISTED]
    ]
    if pairs:
        caption = "The most frequently confused pairs."
        blocks.append(Table(("actual", "predicted", "pictures", "share of the character"), rows, caption))
    else:
        blocks.append(Text("No character is mistaken for another."))
    blocks += figures.save(
        "confused_pairs",
        pairs_figure(known, pairs[:_PAIRS_SHOWN]) if pairs else None,
        "A row for each of the most frequently confused pairs: the most confident mistakes, followed by a "
        "picture of the predicted character.",
    )
    return Section("Confused characters", blocks)


def _examples(known: Predictions, figures: _FigureFolder, random: np.random.Generator) -> Section:
    correct, confidence = known.predicted == known.targets, known.confidence
    wrong = _first(~correct, -confidence, _MISTAKES)
    low = _first(correct, confidence, _LOW_CONFIDENCE)
    one_each = np.sort(_one_each(known, np.flatnonzero(known.known), random)[:_EXAMPLES])
    blocks = figures.save(
        "characters",
        tiles_figure(make_tiles(known, one_each)),
        f"A random picture of each of {len(one_each)} characters.",
    )
    blocks += figures.save(
        "mistakes",
        tiles_figure(make_tiles(known, wrong)) if wrong.size else None,
        "The worst mistakes: wrong predictions with the highest confidence.",
    )
    blocks += figures.save(
        "unsure",
        tiles_figure(make_tiles(known, low)) if low.size else None,
        "Correct predictions with the lowest confidence.",
    )
    return Section("Example pictures", blocks)


def _calibration(evaluation: Evaluation, known: Predictions, figures: _FigureFolder) -> Section:
    bins = reliability(known.confidence, known.predicted == known.targets)
    caption = (
        f"Accuracy of pictures in {len(bins)} bins by confidence. Above the dashed line the network is "
        "underconfident, below it overconfident. The lower part shows the number of pictures."
    )
    figure = reliability_figure(bins, evaluation.metrics.ece)
    return Section(
        "Calibration",
        [Text(calibration_text(evaluation)), *figures.save("reliability", figure, caption)],
    )


def _open_set(evaluation: Evaluation, figures: _FigureFolder) -> Section:
    predictions = evaluation.predictions
    background, confidence = is_background(predictions), predictions.confidence
    others = ~predictions.known & ~background
    blocks: list[Block] = []
    if predictions.known.all():
        blocks.append(
            Text("There were no pictures of unknown people, so only the cost of a threshold is known.")
        )
    blocks += figures.save(
        "open_set",
        None if predictions.known.all() else open_set_figure(predictions, evaluation.threshold),
        "Left: confidence for known characters, others and backgrounds. Right: ROC curves over all "
        "thresholds; closer to the upper left is better.",
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
    header = ("threshold", "named correctly", "named wrongly", "others unnamed", "backgrounds unnamed")
    blocks.append(Table(header, rows, "Effect of the threshold, as shares of the pictures of each kind."))
    unknown = np.concatenate(
        [_first(others, -confidence, _OTHERS), _first(background, -confidence, _BACKGROUNDS)]
    )
    blocks += figures.save(
        "strangers",
        tiles_figure(make_tiles(predictions, unknown)) if unknown.size else None,
        "Others, then backgrounds, that get a name with the highest confidence. Backgrounds are cropped next "
        "to a box; some show a second character, for whom the name may be correct.",
    )
    return Section("Unknown people", blocks)


def _saliency(
    predictor: Predictor, known: Predictions, figures: _FigureFolder, random: np.random.Generator
) -> Section:
    correct = known.predicted == known.targets
    chosen = np.concatenate(
        [
            _one_each(known, np.flatnonzero(correct), random)[:_SALIENT_CORRECT],
            _first(~correct, -known.confidence, _SALIENT_WRONG),
        ]
    )
    text = (
        "A window with a quarter of the picture's width and its mean colour slides over the picture. Bright "
        "areas are those where covering them most reduces the lead of the predicted label over the next "
        "(Zeiler and Fergus 2013). Each map has its own scale; its caption gives the drop of the odds at the "
        "brightest point. The last maps, if any, are of the most confident mistakes."
    )
    figure = saliency_figure(predictor, known.select(chosen))
    return Section(
        "Occlusion maps", [Text(text), *figures.save("saliency", figure, "Pictures and occlusion maps.")]
    )


def _first(chosen: npt.NDArray[np.bool_], key: npt.NDArray[np.floating], count: int) -> npt.NDArray[np.int64]:
    """Indices of the `count` chosen pictures with the smallest keys."""
    indices = np.flatnonzero(chosen)
    return np.asarray(indices[np.argsort(key[indices], kind="stable")][:count], np.int64)


def _one_each(
    known: Predictions, indices: Sequence[int] | npt.NDArray[np.int64], random: np.random.Generator
) -> npt.NDArray[np.int64]:
    """One random picture of each character, in random order."""
    shuffled = random.permutation(np.asarray(indices, np.int64))
    _, firsts = np.unique(known.targets[shuffled], return_index=True)
    return np.asarray(random.permutation(shuffled[firsts]), np.int64)
