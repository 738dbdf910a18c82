"""The HTML report of a detector evaluation."""

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
from simpsons_training.detection.config import SIZE_BOUNDS
from simpsons_training.detection.metrics import DetectorEvaluation, named_heads
from simpsons_training.detection.predict import HeadDetections
from simpsons_training.detection.scenes import Head, Scene, overlaps
from simpsons_training.figures import COLOURS, new_figure, save
from simpsons_training.files import folder_names, write_page

_SHOWN = 12
_LINE = 44
"""Characters per line above a picture."""

_CORRECT_BGR, _WRONG_BGR, _ANNOTATION_BGR = (115, 158, 0), (0, 94, 213), (255, 255, 255)


def lead_text(evaluation: DetectorEvaluation) -> str:
    """Summarise the main metrics in a few sentences."""
    precision, pictures = evaluation.precision, evaluation.picture_metrics
    heads = sum(heads for heads, _ in evaluation.recalls)
    text = (
        f"mAP@0.5 {precision.at_50:.3f}, mAP@0.5:0.95 {precision.at_50_95:.3f}, heads of any "
        f"label AP@0.5 {precision.heads:.3f}, on {heads:,} annotated heads in "
        f"{len(evaluation.scenes):,} pictures."
    )
    if pictures.right is not None:
        text += (
            f" At threshold {evaluation.threshold:g} the character is named in {pictures.right:.1%} of "
            f"{pictures.pictures:,} pictures, and another character in {pictures.wrong:.1%}."
        )
    if pictures.strangers_named is not None:
        text += (
            f" A character is named in {pictures.strangers_named:.1%} of {pictures.strangers:,} pictures of "
            "other people."
        )
    return " ".join([text, *(f"Warning: {warning}." for warning in evaluation.warnings)])


def write_detector_report(evaluation: DetectorEvaluation, output: Path) -> Path:
    """Write `report.html` and `figures/` into an existing folder and return the path of the page."""
    figures = output / "figures"
    figures.mkdir(exist_ok=True)

    def save_figure(name: str, figure: Figure, caption: str) -> Block:
        return Picture(save(figure, figures / f"{name}.png").read_bytes(), caption)

    sections = [
        _conditions(evaluation),
        Section(
            "Results per character",
            [
                _characters(evaluation),
                save_figure(
                    "precision_recall",
                    _curves(evaluation),
                    "Precision over recall at an IoU of 0.5.",
                ),
            ],
        ),
        Section("Recall by head size", [_sizes(evaluation)]),
        Section(
            "Hits and misses",
            [
                save_figure(
                    "misses",
                    _gallery(evaluation, _worst(evaluation)),
                    "The worst pictures: missed heads and wrong names. White: annotations. Green: correct. "
                    "Vermilion: wrong, or not annotated, since only certain people are.",
                ),
                save_figure(
                    "hits",
                    _gallery(evaluation, _best(evaluation)),
                    "Randomly chosen pictures in which every head is detected and named correctly.",
                ),
            ],
        ),
    ]
    title = f"Evaluation of {evaluation.model.name}"
    return write_page(output / "report.html", title, lead_text(evaluation), sections)


def _conditions(evaluation: DetectorEvaluation) -> Section:
    card, pictures = evaluation.card, evaluation.picture_metrics
    rows: list[tuple[str | int | float | None, ...]] = [
        ("network", f"{card.network}, version {card.version}, {len(card.labels)} labels"),
        ("trained on", card.training_data),
        ("folders", folder_names(evaluation.folders)),
        ("threshold", f"{evaluation.threshold:g}"),
        ("SHA-256", evaluation.model_sha256),
    ]
    if pictures.in_box is not None:
        rows.append(
            (
                "inside the box",
                f"{pictures.in_box:.1%} of {pictures.boxes:,} correctly named heads; some boxes are wrong",
            )
        )
    return Section("Setup", [Table(("", evaluation.model.name), rows)])


def _characters(evaluation: DetectorEvaluation) -> Table:
    precision = evaluation.precision
    rows: list[tuple[str | int | float | None, ...]] = [
        (display_name(name), ap, precision.support[name]) for name, ap in precision.per_character.items()
    ]
    rows += [("mean over characters", precision.at_50, sum(precision.support.values()))]
    return Table(("character", "AP@0.5", "heads"), rows, "COCO average precision, computed by pycocotools.")


def _sizes(evaluation: DetectorEvaluation) -> Table:
    bounds = [0.0, *SIZE_BOUNDS, 1.0]
    rows = [
        (f"{low:.0%} to {high:.0%}", heads, found, found / heads if heads else None)
        for low, high, (heads, found) in zip(bounds, bounds[1:], evaluation.recalls, strict=False)
    ]
    return Table(
        ("side of the head", "heads", "found", "recall"),
        rows,
        "Head size: square root of head area over picture area.",
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
    """The named heads of a picture: index, label, and the annotation with an IoU of at least 0.5, if any."""
    detections, scene = evaluation.detections[index], evaluation.scenes[index]
    matches = []
    for i, label in named_heads(detections, evaluation.threshold):
        ious = [float(overlaps(detections.boxes[i : i + 1], head)[0]) for head in scene.heads]
        best = int(np.argmax(ious)) if ious else None
        matches.append((i, label, scene.heads[best] if best is not None and ious[best] >= 0.5 else None))
    return matches


def _errors(evaluation: DetectorEvaluation, index: int) -> tuple[int, int]:
    """Number of annotated characters that are not named correctly, and number of wrong names."""
    matches = _matches(evaluation, index)
    correct = {id(head) for _, label, head in matches if head is not None and head.label == label}
    missed = sum(head.label >= 0 and id(head) not in correct for head in evaluation.scenes[index].heads)
    wrong = sum(head is not None and head.label != label for _, label, head in matches)
    return missed, wrong


def _worst(evaluation: DetectorEvaluation) -> list[int]:
    errors = {i: sum(_errors(evaluation, i)) for i in range(len(evaluation.scenes))}
    return [i for i in sorted(errors, key=lambda i: -errors[i]) if errors[i]][:_SHOWN]


def _best(evaluation: DetectorEvaluation) -> list[int]:
    correct = [i for i in range(len(evaluation.scenes)) if not sum(_errors(evaluation, i))]
    return sorted(np.random.default_rng(0).permutation(correct)[:_SHOWN].tolist())


def _gallery(evaluation: DetectorEvaluation, chosen: Sequence[int], columns: int = 4) -> Figure:
    rows = max(1, -(-len(chosen) // columns))
    figure, axes = new_figure(2.9 * columns, 2.9 * rows, rows=rows, columns=columns, squeeze=False)
    for panel in axes.flat:
        panel.set_axis_off()
    for panel, index in zip(axes.flat, chosen, strict=False):
        scene = evaluation.scenes[index]
        panel.imshow(_draw_boxes(scene, evaluation.detections[index], _matches(evaluation, index))[..., ::-1])
        annotated = ", ".join(_name(evaluation.card.labels, head.label) for head in scene.heads)
        predicted = ", ".join(
            display_name(evaluation.card.labels[label]) for _, label, _ in _matches(evaluation, index)
        )
        lines = [*wrap(f"annotated: {annotated}", _LINE), *wrap(f"predicted: {predicted or 'nobody'}", _LINE)]
        panel.set_title("\n".join(lines), fontsize=7)
    return figure


def _draw_boxes(
    scene: Scene, detections: HeadDetections, matches: Sequence[tuple[int, int, Head | None]]
) -> Image:
    canvas = scene.image.copy()
    for head in scene.heads:
        corners = (round(head.x_min), round(head.y_min)), (round(head.x_max), round(head.y_max))
        cv2.rectangle(canvas, *corners, _ANNOTATION_BGR, 1)
    for i, label, annotation in matches:
        box = [round(float(side)) for side in detections.boxes[i]]
        colour = _CORRECT_BGR if annotation is not None and annotation.label == label else _WRONG_BGR
        cv2.rectangle(canvas, (box[0], box[1]), (box[2], box[3]), colour, 2)
    return canvas


def _name(labels: Sequence[str], label: int) -> str:
    return display_name(labels[label]) if label >= 0 else "other"
