"""Figures of a data set study: pictures per character, sizes and brightness."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from simpsons_play.core.names import display_name
from simpsons_training.figures import COLOURS, UNKNOWN, new_figure
from simpsons_training.study.inspection import Measures
from simpsons_training.study.statistics import CharacterCount

_MAX_BARS = 60
"""More bars would be unreadable; the table lists all characters."""


def distribution_figure(counts: Sequence[CharacterCount]) -> Figure:
    """Draw a bar per character with its training and validation pictures, longest on top.

    As in the article, https://medium.com/alex-attia-blog/the-simpsons-character-recognition-using-keras-d8e1796eae36.
    """
    shown = sorted(counts, key=lambda c: -c.pictures)[:_MAX_BARS]
    figure, axes = new_figure(7.5, 1.2 + 0.24 * len(shown))
    rows = range(len(shown))
    colours = [COLOURS[4] if c.known else UNKNOWN for c in shown]
    axes.barh(rows, [c.train for c in shown], color=colours)
    axes.barh(rows, [c.val for c in shown], left=[c.train for c in shown], color=COLOURS[0])
    for row, count in enumerate(shown):
        axes.annotate(
            f"{count.train:,} + {count.val:,}",
            (count.pictures, row),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=7.5,
        )
    axes.set_yticks(rows, [display_name(c.character) for c in shown], fontsize=8.5)
    axes.invert_yaxis()
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.margins(x=0.12)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("pictures")
    handles = {"training": COLOURS[4], "validation": COLOURS[0]}
    if any(not c.known for c in shown):
        handles["training, unknown people"] = UNKNOWN
    axes.legend(
        handles=[axes.barh([0], [0], color=colour, label=name) for name, colour in handles.items()],
        loc="lower right",
        fontsize=8.5,
    )
    return figure


def shapes_figure(measures: Sequence[Measures]) -> Figure:
    """Draw a scatter plot of width and height, and a histogram of brightness."""
    figure, (shapes, light) = new_figure(9.0, 3.6, columns=2)
    widths, heights = [m.width for m in measures], [m.height for m in measures]
    shapes.scatter(widths, heights, s=5, alpha=0.15, color=COLOURS[4], linewidths=0)
    shapes.set(xlabel="width, pixels", ylabel="height, pixels", xlim=(0, None), ylim=(0, None))
    light.hist([m.brightness for m in measures], bins=range(0, 261, 5), color=COLOURS[4])
    light.set(xlabel="mean brightness, 0-255", ylabel="pictures", xlim=(0, 255))
    return figure
