"""Thresholds in words, for the terminal, and as a page with figures."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from simpsons_play.core.names import display_name
from simpsons_play.render.html import Picture, Section, Table, Text
from simpsons_training.evaluation.spread import sureness
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
from simpsons_training.files import write_page
from simpsons_training.text_table import Cell

SURENESS_HEADER = ("kind", "pictures", "best", "best - second", "deviation")
"""Of `sureness_rows`."""

_EVERY = 5
"""The page lists every fifth threshold."""


def sureness_rows(study: ThresholdStudy) -> list[tuple[Cell, ...]]:
    """The means for pictures named right, named wrong, and of strangers; see `spread.sureness`."""
    return [(s.kind, s.pictures, s.best, s.margin, s.deviation) for s in sureness(study.predictions)]


def recommendation_lines(study: ThresholdStudy) -> list[str]:
    """The threshold for all, what it gives, and how far to trust that."""
    return [_recommended(study), _gives(study), *_carries_over(study), *_characters_without(study)]


def export_words(study: ThresholdStudy, thresholds: Path) -> str:
    """The command that writes the threshold into the model."""
    path = study.model
    if path.suffix.lower() == ".keras":
        return f"Write it into the model: simpsons export {path} --threshold {thresholds}"
    source = path.with_suffix(".keras")
    if source.is_file():
        return (
            f"Write it into a model made from the same network: simpsons export {source} -o FILE.onnx "
            f"--threshold {thresholds}"
        )
    return (
        f"Write it into the model: simpsons export, with the .keras file that {path.name} was made of, and "
        f"--threshold {thresholds}"
    )


def write_report(study: ThresholdStudy, output: Path) -> Path:
    """Write `report.html` and `figures/` into a folder that is there; gives the page's path back."""
    figures = output / "figures"
    figures.mkdir(exist_ok=True)

    def keep(name: str, figure: Figure, caption: str) -> Picture:
        return Picture(save(figure, figures / f"{name}.png").read_bytes(), caption)

    curve_caption = (
        "What each threshold gives. Blue: precision, a name for a stranger counting as wrong, with its 95 % "
        "interval; dashed: over pictures of known characters alone, as the 2017 article had it. Dotted: the "
        "recommended threshold."
    )
    sections = [
        Section(
            "Recommendation",
            [
                Text(" ".join(_carries_over(study) or ["Too few scenes to try the choice on others."])),
                keep("curves", curve_figure(study.curve, study.choice), curve_caption),
                _rows(study.curve),
            ],
        ),
        Section("Conditions", [_conditions(study)]),
        Section(
            "Character by character",
            [
                _per_character(study),
                keep(
                    "curves_characters",
                    character_curve_figure(study.curves, study.choices),
                    "The same for each name by itself, with the pictures of the character in brackets. Wide "
                    "bands: few pictures, so the threshold is a guess. Widely dotted: closest, goal not met.",
                ),
            ],
        ),
        Section(
            "How sure it is when right and when wrong",
            [
                Table(SURENESS_HEADER, sureness_rows(study), "Means of each picture's probabilities."),
                *(
                    keep(
                        f"{x}_{y}",
                        scatter_figure(study.predictions, (x, y)),
                        f"{_capital(MEASURES[y][0])} over {MEASURES[x][0]}, a mark for each picture.",
                    )
                    for x, y in PAIRS
                ),
            ],
        ),
        Section(
            "The same for each name",
            [
                keep(
                    f"{x}_{y}_characters",
                    character_scatter_figure(study.predictions, (x, y)),
                    f"{_capital(MEASURES[y][0])} over {MEASURES[x][0]}, for the pictures that get a name, "
                    "before any threshold; in brackets how many.",
                )
                for x, y in PAIRS
            ],
        ),
    ]
    lead = f"{_recommended(study)} {_gives(study)}"
    return write_page(output / "report.html", f"Thresholds of {study.model.name}", lead, sections)


def _recommended(study: ThresholdStudy) -> str:
    goal, threshold = study.config.goal, study.choice.reached.threshold
    if study.choice.met:
        return f"Recommended threshold: {threshold:.2f}, for {goal}."
    return f"No threshold reaches {goal}; {threshold:.2f} comes closest."


def _gives(study: ThresholdStudy) -> str:
    r, curve = study.choice.reached, study.curve
    words = [f"It names {_share(r.recall)} of {curve.support:,} known pictures right"]
    if r.precision is not None:
        words.append(f"{_share(r.precision)} of the names it gives are right {_interval(r.interval)}")
    if r.precision_known is not None and curve.strangers[0]:
        words.append(f"{_share(r.precision_known)} without strangers")
    words.append(f"F1 {r.f1:.3f}")
    if r.unnamed is not None:
        words.append(f"{_share(r.unnamed)} of {int(curve.strangers[0]):,} strangers get no name")
    return "; ".join(words) + "."


def _carries_over(study: ThresholdStudy) -> list[str]:
    over = study.carried_over
    if over is None:
        return []
    figures = [f"precision {_share(over.precision)}", f"recall {_share(over.recall)}"]
    if over.unnamed is not None:
        figures.append(f"strangers unnamed {_share(over.unnamed)}")
    return [
        f"Chosen on half of the scenes ({over.lowest:.2f} to {over.highest:.2f}), it gives on the other "
        f"half: {', '.join(figures)}."
    ]


def _characters_without(study: ThresholdStudy) -> list[str]:
    without = [
        display_name(label)
        for label, choice in study.choices.items()
        if study.curves[label].support and (choice is None or not choice.met)
    ]
    return [f"No threshold of their own reaches it for: {', '.join(without)}."] if without else []


def _conditions(study: ThresholdStudy) -> Table:
    card, config = study.card, study.config
    rows = [
        (
            "network",
            f"{card.network}, version {card.version}, {card.size_px} px, temperature {card.temperature:.3g}",
        ),
        ("its threshold until now", f"{card.threshold:g}"),
        (
            "pictures",
            f"{config.part}, split {study.how_split}; backgrounds {'in' if config.backgrounds else 'out'}",
        ),
        ("thresholds tried", f"{len(GRID)}, from {GRID[0]:.2f} to {GRID[-1]:.2f}"),
        ("interval", "Wilson, 95 %; it takes pictures as independent, which those of one scene are not"),
    ]
    return Table(("", ""), rows)


def _rows(curve: Curve) -> Table:
    rows = [
        (f"{r.threshold:.2f}", r.named, r.precision, r.precision_known, r.recall, r.f1, r.unnamed)
        for r in (curve.at(i) for i in range(0, len(GRID), _EVERY))
    ]
    header = ("threshold", "named", "precision", "no strangers", "recall", "F1", "strangers unnamed")
    return Table(header, rows, "What a threshold gives; every value is in thresholds.json.")


def _per_character(study: ThresholdStudy) -> Table:
    rows = [_character_row(label, study.choices[label], curve) for label, curve in study.curves.items()]
    header = ("character", "pictures", "threshold", "precision", "95 % from", "to", "recall", "F1", "named")
    caption = (
        f"The threshold of each name by itself for {study.config.goal}. Precision counts strangers that get "
        "the name. Where no threshold meets the goal there is none, and the figures are those of the closest."
    )
    return Table(header, rows, caption)


def _character_row(label: str, choice: Choice | None, curve: Curve) -> tuple[Cell, ...]:
    if choice is None:
        return (display_name(label), curve.support, "none", *(None,) * 6)
    r = choice.reached
    low, high = r.interval or (None, None)
    threshold = f"{r.threshold:.2f}" if choice.met else f"none ({r.threshold:.2f})"
    return (display_name(label), curve.support, threshold, r.precision, low, high, r.recall, r.f1, r.named)


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.1%}"


def _interval(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f"(95 % interval {interval[0]:.1%} to {interval[1]:.1%})"


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]
