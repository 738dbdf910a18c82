"""Settings of the commands that take pictures out of episodes. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

Strategy = Literal["rare", "uncertain", "new-scenes"]
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
"""What `strategies.choose` can prefer."""


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


@dataclass(frozen=True, slots=True)
class ProposeConfig:
    """What is proposed.

    Attributes:
        choice: Which frames are looked at.
        min_probability: Proposals with a lower probability are dropped; 0-1. The article kept 0.6.
        strategy: Which proposals are kept if there are more than `count`.
        count: Number of proposals to keep at most; None for all.
    """

    choice: ChoiceConfig = field(default_factory=ChoiceConfig)
    min_probability: float = 0.6
    strategy: Strategy = "rare"
    count: int | None = None
