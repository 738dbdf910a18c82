"""Settings of the choice of frames. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChoiceConfig:
    """Which frames are offered.

    Attributes:
        seed: Random seed of the times.
        skip_start_s: Length of the opening titles, in seconds; None for 90 in videos of ten minutes or more,
            and 0 in shorter ones.
        skip_end_s: Length of the end credits, in seconds; None for 45 and 0 accordingly.
    """

    seed: int = 0
    skip_start_s: float | None = None
    skip_end_s: float | None = None
