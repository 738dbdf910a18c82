"""The footer of predictions: how much they cover, and whether that is all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simpsons_play.core.escaping import readable
from simpsons_play.core.results import FrameResult, RunInfo

TIME_DECIMALS = 6


class FooterBuilder:
    """Counts frames for the footer.

    Args:
        run: the run that is written.
        warnings: warnings of the source; grows while it is read. If there are any at the end, the source was
            not read completely and the footer has `"complete": false`.

    Attributes:
        frames: number of frames so far.
    """

    def __init__(self, run: RunInfo, warnings: Sequence[str]) -> None:
        self._run, self._warnings = run, warnings
        self.frames = 0
        self._first_s = self._last_s = 0.0

    def add(self, result: FrameResult) -> None:
        """Count the next frame."""
        if not self.frames:
            self._first_s = result.time_s
        self.frames += 1
        self._last_s = result.time_s

    def footer(self, *, complete: bool) -> dict[str, Any]:
        """The footer, as a JSON object.

        Args:
            complete: whether the run reached its end.
        """
        length_s = self._last_s - self._first_s + float(1 / self._run.source.rate) if self.frames else 0.0
        return {
            "type": "footer",
            "frames": self.frames,
            "seconds": round(length_s, TIME_DECIMALS),
            "complete": complete and not self._warnings,
            "warnings": [readable(warning) for warning in self._warnings],
        }
