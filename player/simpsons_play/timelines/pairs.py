"""How long each pair of characters is on screen together. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from simpsons_play.timelines.appearances import joined
from simpsons_play.timelines.spans import Span


@dataclass(frozen=True, slots=True)
class PairTotal:
    """The time that two characters are on screen together.

    Attributes:
        labels: both labels, in alphabetical order.
        seconds: total time with both on screen, in seconds.
        stretches: number of stretches of time with both on screen, across cuts.
    """

    labels: tuple[str, str]
    seconds: float
    stretches: int


def pair_totals(spans: Sequence[Span]) -> tuple[PairTotal, ...]:
    """Compute how long each pair of characters is on screen together.

    Args:
        spans: spans of all characters, in any order.

    Returns:
        One total for each pair, longest first; pairs that never meet are missing.

    Example:
        >>> pair_totals([Span("bart", "left", 0.0, 4.0), Span("lisa", "right", 3.0, 9.0)])
        (PairTotal(labels=('bart', 'lisa'), seconds=1.0, stretches=1),)
    """
    shared: dict[tuple[str, str], list[Span]] = defaultdict(list)
    on_screen: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start_s):
        on_screen = [other for other in on_screen if other.end_s > span.start_s]
        for other in on_screen:
            if other.label != span.label:
                first, second = sorted((other.label, span.label))
                end_s = min(other.end_s, span.end_s)
                shared[first, second].append(Span(span.label, span.side, span.start_s, end_s))
        on_screen.append(span)
    totals = [
        PairTotal(labels, sum(span.end_s - span.start_s for span in of_pair), len(joined(of_pair)))
        for labels, of_pair in shared.items()
    ]
    return tuple(sorted(totals, key=lambda total: (-total.seconds, total.labels)))
