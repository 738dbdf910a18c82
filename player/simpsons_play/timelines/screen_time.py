"""How long each character is on screen. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from simpsons_play.timelines.appearances import joined
from simpsons_play.timelines.spans import Span


@dataclass(frozen=True, slots=True)
class ScreenTimeTotal:
    """One character's time on screen.

    Attributes:
        label: of the character.
        seconds: on screen, in all.
        share: of all the seconds that were analysed, 0-1.
        appearances: how many.
    """

    label: str
    seconds: float
    share: float
    appearances: int


def by_label(spans: Iterable[Span]) -> dict[str, list[Span]]:
    """The spans of each character, in the order in which the characters first appear."""
    found: dict[str, list[Span]] = {}
    for span in spans:
        found.setdefault(span.label, []).append(span)
    return found


def screen_time(spans: Iterable[Span], *, seconds: float) -> tuple[ScreenTimeTotal, ...]:
    """Total each character's time on screen.

    Args:
        spans: in the order in which they begin.
        seconds: that were analysed, in all.

    Returns:
        The longest first.

    Example:
        >>> screen_time([Span("bart_simpson", "left", 1.0, 3.5)], seconds=10.0)
        (ScreenTimeTotal(label='bart_simpson', seconds=2.5, share=0.25, appearances=1),)
    """
    rows = []
    for label, of_label in by_label(spans).items():
        total_s = sum(span.end_s - span.start_s for span in of_label)
        rows.append(ScreenTimeTotal(label, total_s, total_s / (seconds or 1.0), len(joined(of_label))))
    return tuple(sorted(rows, key=lambda row: (-row.seconds, row.label)))
