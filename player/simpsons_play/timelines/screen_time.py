"""How long each character is on screen. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from simpsons_play.timelines.appearances import joined
from simpsons_play.timelines.spans import Span


@dataclass(frozen=True, slots=True)
class ScreenTimeTotal:
    """One character's total time on screen.

    Attributes:
        label: label of the character.
        seconds: total time on screen, in seconds.
        share: share of the analysed time, 0-1.
        appearances: number of appearances.
    """

    label: str
    seconds: float
    share: float
    appearances: int


def by_label(spans: Iterable[Span]) -> dict[str, list[Span]]:
    """Group spans by character, in the order in which the characters first appear."""
    found: dict[str, list[Span]] = {}
    for span in spans:
        found.setdefault(span.label, []).append(span)
    return found


def screen_time(spans: Iterable[Span], *, seconds: float) -> tuple[ScreenTimeTotal, ...]:
    """Compute each character's total time on screen.

    Args:
        spans: spans in the order of their start times.
        seconds: total time that was analysed, in seconds.

    Returns:
        One total for each character, longest first.

    Example:
        >>> screen_time([Span("bart_simpson", "left", 1.0, 3.5)], seconds=10.0)
        (ScreenTimeTotal(label='bart_simpson', seconds=2.5, share=0.25, appearances=1),)
    """
    rows = []
    for label, of_label in by_label(spans).items():
        total_s = sum(span.end_s - span.start_s for span in of_label)
        rows.append(ScreenTimeTotal(label, total_s, total_s / (seconds or 1.0), len(joined(of_label))))
    return tuple(sorted(rows, key=lambda row: (-row.seconds, row.label)))
