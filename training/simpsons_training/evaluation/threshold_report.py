"""Text summary and HTML report of a threshold search."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from simpsons_play.core.names import display_name
from simpsons_play.render.html import Picture, Section, Table, Text
from simpsons_training.evaluation.confidence import confidence_stats
from simpsons_training.evaluation.summary import part_text
from simpsons_training.evaluation.threshold_figures import (
    MEASURES,
    PAIRS,
    character_curve_figure,
    character_scatter_figure,
    curve_figure,
    scatter_figure,
)
from simpsons_training.evaluation.threshold_study import ThresholdStudy
from simpsons_training.evaluation.thresholds import GRID, Choice, Curve
from simpsons_training.figures import save
from simpsons_training.files import folder_names, write_page
from simpsons_training.text_table import Cell

CONFIDENCE_HEADER = ("kind", "pictures", "highest", "margin", "deviation")
"""Header of `confidence_rows`."""

_EVERY = 5
"""The report lists every fifth threshold."""


def confidence_rows(study: ThresholdStudy) -> list[tuple[Cell, ...]]:
    """Confidence statistics of correct and wrong predictions and unknown people; see `confidence`."""
    return [
        (s.kind, s.pictures, s.confidence, s.margin, s.deviation) for s in confidence_stats(study.predictions)
    ]


def recommendation_lines(study: ThresholdStudy) -> list[str]:
    """The chosen threshold, its metrics, and how well they generalise."""
    return [
        f"{study.model.name} on {part_text(study.config.part, study.how_split)}",
        _recommended(study),
        _metrics(study),
        *_holdout(study),
        *_characters_without(study),
    ]


def export_hint(study: ThresholdStudy, thresholds: Path) -> str:
    """Describe the command that writes the threshold into the model."""
    path = study.model
    if path.suffix.lower() == ".keras":
        return f"Write it into the model: simpsons export {path} --threshold {thresholds}"
    source = path.with_suffix(".keras")
    if source.is_file():
        return (
            f"Write it into a new export of the same network: simpsons export {source} -o FILE.onnx "
            f"--threshold {thresholds}"
        )
    return (
        f"Write it into the model: simpsons export, with the .keras file that {path.name} was exported from, "
        f"and --threshold {thresholds}"
    )


def write_report(study: ThresholdStudy, output: Path) -> Path:
    """Write `report.html` and `figures/` into an existing folder and return the path of the page."""
    figures = output / "figures"
    figures.mkdir(exist_ok=True)

    def save_figure(name: str, figure: Figure, caption: str) -> Picture:
        return Picture(save(figure, figures / f"{name}.png").read_bytes(), caption)

    curve_caption = (
        "Metrics over the threshold. Blue: precision, where naming an unknown person is an error, with its "
        "95 % interval; dashed: precision on known characters alone, as in the 2017 article. Dotted: the "
        "recommended threshold."
    )
    sections = [
        Section(
            "Recommendation",
            [
                Text(" ".join(_holdout(study) or ["There are too few scenes for cross-validation."])),
                save_figure("curves", curve_figure(study.curve, study.choice), curve_caption),
                _rows(study.curve),
            ],
        ),
        Section("Setup", [_conditions(study)]),
        Section(
            "Results per character",
            [
                _per_character(study),
                save_figure(
                    "curves_characters",
                    character_curve_figure(study.curves, study.choices),
                    "The same per character, with the number of pictures in brackets. A wide band means few "
                    "pictures and an uncertain threshold. Widely dotted: closest threshold, goal not met.",
                ),
            ],
        ),
        Section(
            "Confidence of correct and wrong predictions",
            [
                Table(
                    CONFIDENCE_HEADER,
                    confidence_rows(study),
                    "Mean statistics of each picture's probabilities.",
                ),
                *(
                    save_figure(
                        f"{x}_{y}",
                        scatter_figure(study.predictions, (x, y)),
                        f"{_upper_first(MEASURES[y][0])} over {MEASURES[x][0]}, one mark per picture.",
                    )
                    for x, y in PAIRS
                ),
            ],
        ),
        Section(
            "The same per character",
            [
                save_figure(
                    f"{x}_{y}_characters",
                    character_scatter_figure(study.predictions, (x, y)),
                    f"{_upper_first(MEASURES[y][0])} over {MEASURES[x][0]}, for pictures predicted as each "
                    "character, without a threshold; their number is in brackets.",
                )
                for x, y in PAIRS
            ],
        ),
    ]
    warnings = [f"Warning: {warning}." for warning in study.warnings]
    lead = " ".join([_recommended(study), _metrics(study), *warnings])
    return write_page(output / "report.html", f"Thresholds of {study.model.name}", lead, sections)


def _recommended(study: ThresholdStudy) -> str:
    goal, threshold = study.config.goal, study.choice.point.threshold
    if study.choice.met:
        return f"Recommended threshold: {threshold:.2f}, for {goal}."
    return f"No threshold reaches {goal}; {threshold:.2f} comes closest."


def _metrics(study: ThresholdStudy) -> str:
    r, curve = study.choice.point, study.curve
    clauses = [f"It names {_share(r.recall)} of {curve.support:,} known characters correctly"]
    if r.precision is not None:
        clauses.append(f"{_share(r.precision)} of its names are correct {_interval(r.interval)}")
    if r.precision_known is not None and curve.unknown[0]:
        clauses.append(f"{_share(r.precision_known)} on known characters alone")
    clauses.append(f"F1 {r.f1:.3f}")
    if r.unnamed is not None:
        clauses.append(f"{_share(r.unnamed)} of {int(curve.unknown[0]):,} unknown people get no name")
    return "; ".join(clauses) + "."


def _holdout(study: ThresholdStudy) -> list[str]:
    holdout = study.holdout
    if holdout is None:
        return []
    figures = [f"precision {_share(holdout.precision)}", f"recall {_share(holdout.recall)}"]
    if holdout.unnamed is not None:
        figures.append(f"unknown people unnamed {_share(holdout.unnamed)}")
    return [
        f"Chosen on half of the scenes ({holdout.lowest:.2f} to {holdout.highest:.2f}), it achieves on the "
        f"other half: {', '.join(figures)}."
    ]


def _characters_without(study: ThresholdStudy) -> list[str]:
    without = [
        display_name(label)
        for label, choice in study.choices.items()
        if study.curves[label].support and (choice is None or not choice.met)
    ]
    return [f"No threshold meets the goal for: {', '.join(without)}."] if without else []


def _conditions(study: ThresholdStudy) -> Table:
    card, config = study.card, study.config
    rows = [
        (
            "network",
            f"{card.network}, version {card.version}, {card.size_px} px, temperature {card.temperature:.3g}",
        ),
        ("folders", folder_names(study.folders)),
        ("current threshold", f"{card.threshold:g}"),
        (
            "pictures",
            f"{part_text(config.part, study.how_split)}; backgrounds {'in' if config.backgrounds else 'out'}",
        ),
        ("thresholds", f"{len(GRID)}, from {GRID[0]:.2f} to {GRID[-1]:.2f}"),
        ("interval", "Wilson, 95 %; assumes independent pictures, which those of one scene are not"),
    ]
    return Table(("", ""), rows)


def _rows(curve: Curve) -> Table:
    rows = [
        (f"{r.threshold:.2f}", r.named, r.precision, r.precision_known, r.recall, r.f1, r.unnamed)
        for r in (curve.at(i) for i in range(0, len(GRID), _EVERY))
    ]
    header = ("threshold", "named", "precision", "known only", "recall", "F1", "unknown unnamed")
    return Table(header, rows, "Metrics over the threshold; thresholds.json has all rows.")


def _per_character(study: ThresholdStudy) -> Table:
    rows = [_character_row(label, study.choices[label], curve) for label, curve in study.curves.items()]
    header = ("character", "pictures", "threshold", "precision", "95 % from", "to", "recall", "F1", "named")
    caption = (
        f"The threshold of each character alone for {study.config.goal}. Precision includes unknown people. "
        "If no threshold meets the goal, the row shows the metrics of the closest one."
    )
    return Table(header, rows, caption)


def _character_row(label: str, choice: Choice | None, curve: Curve) -> tuple[Cell, ...]:
    if choice is None:
        return (display_name(label), curve.support, "none", *(None,) * 6)
    r = choice.point
    low, high = r.interval or (None, None)
    threshold = f"{r.threshold:.2f}" if choice.met else f"none ({r.threshold:.2f})"
    return (display_name(label), curve.support, threshold, r.precision, low, high, r.recall, r.f1, r.named)


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.1%}"


def _interval(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f"(95 % interval {interval[0]:.1%} to {interval[1]:.1%})"


def _upper_first(text: str) -> str:
    return text[0].upper() + text[1:]
