"""The page that shows how good a detector is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap

import cv2
import numpy as np
from matplotlib.figure import Figure

from simpsons_play.core.frames import Image
from simpsons_play.core.names import display_name
from simpsons_play.render.html import Block, Picture, Section, Table
from simpsons_training.detection.config import SIZES
from simpsons_training.detection.finder import FoundHeads
from simpsons_training.detection.judging import DetectorEvaluation, names_said
from simpsons_training.detection.scenes import Head, Scene, overlaps
from simpsons_training.figures import COLOURS, new_figure, save
from simpsons_training.files import write_page

_SHOWN = 12
_LINE = 44
"""Characters in a line over a picture."""

_HIT_BGR, _WRONG_BGR, _MARK_BGR = (115, 158, 0), (0, 94, 213), (255, 255, 255)


def lead_words(evaluation: DetectorEvaluation) -> str:
    """The main figures in two sentences."""
    precision, named = evaluation.precision, evaluation.named
    heads = sum(heads for heads, _ in evaluation.recalls)
    words = (
        f"mAP@0.5 {precision.at_50:.3f}, mAP@0.5:0.95 {precision.at_50_95:.3f}, heads whoever they are "
        f"AP@0.5 {precision.heads:.3f}, on {heads:,} marked heads in {len(evaluation.scenes):,} pictures."
    )
    if named.right is not None:
        words += (
            f" At {evaluation.threshold:g} the character is named in {named.right:.1%} of {named.pictures:,} "
            f"pictures, and another name is said in {named.wrong:.1%}."
        )
    if named.strangers_named is not None:
        words += (
            f" Somebody is named in {named.strangers_named:.1%} of {named.strangers:,} pictures of others."
        )
    return words


def write_detector_report(evaluation: DetectorEvaluation, output: Path) -> Path:
    """Write `report.html` and `figures/` into a folder that is there; gives the page's path back."""
    figures = output / "figures"
    figures.mkdir(exist_ok=True)

    def put(name: str, figure: Figure, caption: str) -> Block:
        return Picture(save(figure, figures / f"{name}.png").read_bytes(), caption)

    sections = [
        _conditions(evaluation),
        Section(
            "Character by character",
            [
                _characters(evaluation),
                put(
                    "precision_recall",
                    _curves(evaluation),
                    "Precision at each recall, at an intersection over union of 0.5.",
                ),
            ],
        ),
        Section("Small and large heads", [_sizes(evaluation)]),
        Section(
            "Hits and misses",
            [
                put(
                    "misses",
                    _pictures(evaluation, _worst(evaluation)),
                    "The worst: heads that are missed or get a wrong name. White: as marked. Green: right. "
                    "Vermilion: wrong, or where nothing is marked; certain people alone are.",
                ),
                put(
                    "hits",
                    _pictures(evaluation, _best(evaluation)),
                    "Every head found and named right; by chance.",
                ),
            ],
        ),
    ]
    title = f"How good is {evaluation.model.name}?"
    return write_page(output / "report.html", title, lead_words(evaluation), sections)


def _conditions(evaluation: DetectorEvaluation) -> Section:
    card, named = evaluation.card, evaluation.named
    rows: list[tuple[str | int | float | None, ...]] = [
        ("network", f"{card.network}, version {card.version}, {len(card.labels)} labels"),
        ("learned from", card.training_data),
        ("threshold", f"{evaluation.threshold:g}"),
        ("SHA-256", evaluation.model_sha256),
    ]
    if named.in_box is not None:
        rows.append(
            (
                "inside the marked box",
                f"{named.in_box:.1%} of {named.boxes:,} heads named right; not all boxes are right",
            )
        )
    return Section("What was measured", [Table(("", evaluation.model.name), rows)])


def _characters(evaluation: DetectorEvaluation) -> Table:
    precision = evaluation.precision
    rows: list[tuple[str | int | float | None, ...]] = [
        (display_name(name), ap, precision.support[name]) for name, ap in precision.per_character.items()
    ]
    rows += [("mean of characters", precision.at_50, sum(precision.support.values()))]
    return Table(("character", "AP@0.5", "heads"), rows, "Average precision as COCO has it, by pycocotools.")


def _sizes(evaluation: DetectorEvaluation) -> Table:
    bounds = [0.0, *SIZES, 1.0]
    rows = [
        (f"{low:.0%} to {high:.0%}", heads, found, found / heads if heads else None)
        for low, high, (heads, found) in zip(bounds, bounds[1:], evaluation.recalls, strict=False)
    ]
    return Table(
        ("side of the head", "heads", "found", "recall"),
        rows,
        "By the root of a head's area, as a share of the root of its picture's.",
    )


def _curves(evaluation: DetectorEvaluation) -> Figure:
    figure, axes = new_figure(6.0, 4.5)
    recalls = np.linspace(0, 1, 101)
    for i, (name, curve) in enumerate(evaluation.precision.curves.items()):
        style = ("-", "--", ":")[i // len(COLOURS) % 3]
        axes.plot(recalls, curve, style, color=COLOURS[i % len(COLOURS)], label=display_name(name))
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    axes.legend(fontsize=7, loc="lower left", ncols=2)
    return figure


def _matches(evaluation: DetectorEvaluation, index: int) -> list[tuple[int, int, Head | None]]:
    """Every name said in a picture: which head, which label, and the mark it lies on, if any."""
    found, scene = evaluation.found[index], evaluation.scenes[index]
    rows = []
    for i, label in names_said(found, evaluation.threshold):
        shares = [float(overlaps(found.boxes[i : i + 1], mark)[0]) for mark in scene.heads]
        best = int(np.argmax(shares)) if shares else None
        rows.append((i, label, scene.heads[best] if best is not None and shares[best] >= 0.5 else None))
    return rows


def _errors(evaluation: DetectorEvaluation, index: int) -> tuple[int, int]:
    """How many marked characters of a picture are not named right, and how many names are wrong."""
    rows = _matches(evaluation, index)
    right = {id(mark) for _, label, mark in rows if mark is not None and mark.label == label}
    missed = sum(mark.label >= 0 and id(mark) not in right for mark in evaluation.scenes[index].heads)
    wrong = sum(mark is not None and mark.label != label for _, label, mark in rows)
    return missed, wrong


def _worst(evaluation: DetectorEvaluation) -> list[int]:
    errors = {i: sum(_errors(evaluation, i)) for i in range(len(evaluation.scenes))}
    return [i for i in sorted(errors, key=lambda i: -errors[i]) if errors[i]][:_SHOWN]


def _best(evaluation: DetectorEvaluation) -> list[int]:
    right = [i for i in range(len(evaluation.scenes)) if not sum(_errors(evaluation, i))]
    return sorted(np.random.default_rng(0).permutation(right)[:_SHOWN].tolist())


def _pictures(evaluation: DetectorEvaluation, chosen: Sequence[int], columns: int = 4) -> Figure:
    rows = max(1, -(-len(chosen) // columns))
    figure, axes = new_figure(2.9 * columns, 2.9 * rows, rows=rows, columns=columns, squeeze=False)
    for place in axes.flat:
        place.set_axis_off()
    for place, index in zip(axes.flat, chosen, strict=False):
        scene = evaluation.scenes[index]
        place.imshow(_drawn(scene, evaluation.found[index], _matches(evaluation, index))[..., ::-1])
        marks = ", ".join(_name(evaluation.card.labels, head.label) for head in scene.heads)
        said = ", ".join(
            display_name(evaluation.card.labels[label]) for _, label, _ in _matches(evaluation, index)
        )
        lines = [*wrap(f"marked: {marks}", _LINE), *wrap(f"said: {said or 'nobody'}", _LINE)]
        place.set_title("\n".join(lines), fontsize=7)
    return figure


def _drawn(scene: Scene, found: FoundHeads, rows: Sequence[tuple[int, int, Head | None]]) -> Image:
    canvas = scene.image.copy()
    for mark in scene.heads:
        corners = (round(mark.x_min), round(mark.y_min)), (round(mark.x_max), round(mark.y_max))
        cv2.rectangle(canvas, *corners, _MARK_BGR, 1)
    for i, label, on in rows:
        box = [round(float(side)) for side in found.boxes[i]]
        colour = _HIT_BGR if on is not None and on.label == label else _WRONG_BGR
        cv2.rectangle(canvas, (box[0], box[1]), (box[2], box[3]), colour, 2)
    return canvas


def _name(labels: Sequence[str], label: int) -> str:
    return display_name(labels[label]) if label >= 0 else "somebody else"
