"""Text tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from simpsons_play.core.escaping import one_line

Cell = str | int | float | None


def text_table(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[str]:
    """Format rows as lines of text in aligned columns, header first.

    Text is left-aligned; numbers are right-aligned, floats with three decimals; None is a dash.
    """
    cells = [[_text(value) for value in row] for row in rows]
    numeric = [any(isinstance(row[i], int | float) for row in rows) for i in range(len(header))]
    widths = [max(len(row[i]) for row in [list(header), *cells]) for i in range(len(header))]
    return [
        "  ".join(
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(line, widths, numeric, strict=True)
        ).rstrip()
        for line in [list(header), *cells]
    ]


def _text(value: Cell) -> str:
    if value is None:
        return "-"
    if isinstance(value, str):
        return one_line(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"
