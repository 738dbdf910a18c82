"""What all sources have in common."""

from __future__ import annotations

from types import TracebackType

from simpsons_play.sources.range import Range
from simpsons_play.types import SourceInfo


class BaseSource:
    """Keeps what a source knows of itself; a `Source` adds entering and iterating, and `_close`.

    Args:
        start_s: first moment to give, in seconds from the start of the source.
        duration_s: how much of it, in seconds; None for all.

    Raises:
        ValueError: `start_s` is negative or `duration_s` is not positive.
    """

    def __init__(self, start_s: float, duration_s: float | None) -> None:
        self._range = Range(start_s, duration_s)
        self._info: SourceInfo | None = None
        self._warnings: list[str] = []

    @property
    def info(self) -> SourceInfo:
        """What is known before the first frame is read; once entered."""
        if self._info is None:
            raise RuntimeError("enter the source before asking what it holds")
        return self._info

    @property
    def warnings(self) -> list[str]:
        """One line for each thing the user should know; grows while reading."""
        return self._warnings

    def interrupt(self) -> None:
        """Let whoever reads it come back soon; from another thread. Files do so anyway."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        """Gives back what entering took; may be called twice."""
        raise NotImplementedError
