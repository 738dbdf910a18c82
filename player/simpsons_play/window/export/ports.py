"""What the window needs to export a source. Called from the window's thread; no method may block."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol


class ExportKind(Enum):
    """What can be exported."""

    VIDEO = "video"
    SUBTITLES = "subtitles"
    TABLE = "table"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """One export.

    Attributes:
        kind: What to export.
        path: The file, whose suffix selects the format; the folder of a report.
        encoder: Encoder of a video: `auto`, `software` or `hardware`.
        start_s: Start of the part to export, in seconds from the start of the source.
        duration_s: Length of the part in seconds; None exports to the end.
        only: Labels of the characters to name; None names those that the source was opened with.
    """

    kind: ExportKind
    path: Path
    encoder: str = "auto"
    start_s: float = 0.0
    duration_s: float | None = None
    only: frozenset[str] | None = None


class ExportState(Enum):
    """The state of an export; the last three are final."""

    WAITING = "waiting for the analysis"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Whether the export has ended."""
        return self not in (ExportState.WAITING, ExportState.RUNNING)


@dataclass(frozen=True, slots=True)
class ExportProgress:
    """How far an export is.

    Attributes:
        state: Its state; the other values belong to it.
        share: Share of the analysis or of the export that is done, 0-1.
        left_s: Seconds left; None if that is not known yet.
        warnings: What the user should know about the result, one line each.
        error: Why it failed, as one line; empty unless it failed.
    """

    state: ExportState
    share: float = 0.0
    left_s: float | None = None
    warnings: tuple[str, ...] = ()
    error: str = ""


class ExportJob(Protocol):
    """A running export. Thread-safe."""

    @property
    def path(self) -> Path:
        """The file, or the folder of a report."""
        ...

    @property
    def shown(self) -> Path:
        """The file to open when it is done: the page of a report."""
        ...

    def progress(self) -> ExportProgress:
        """How far it is."""
        ...

    def cancel(self) -> None:
        """Stop it and remove what it has written; does nothing if it has ended."""
        ...


class Exporter(Protocol):
    """Exports one source."""

    @property
    def unavailable(self) -> str:
        """Why the source cannot be exported, as a sentence; empty if it can be."""
        ...

    @property
    def source(self) -> Path:
        """The file."""
        ...

    @property
    def duration_s(self) -> float | None:
        """Its length in seconds, if that is known."""
        ...

    def replaced(self, options: ExportOptions) -> tuple[Path, ...]:
        """The existing files that an export would replace."""
        ...

    def start(self, options: ExportOptions) -> ExportJob:
        """Start an export with the threshold that is set now.

        Raises:
            SimpsonsError: It cannot be written, or would overwrite a file that is needed; one line says why.
        """
        ...


@dataclass(frozen=True, slots=True)
class NoExporter:
    """An `Exporter` of a source that cannot be exported.

    Args:
        unavailable: Why not, as a sentence.
    """

    unavailable: str
    source: Path = Path()
    duration_s: float | None = None

    def replaced(self, options: ExportOptions) -> tuple[Path, ...]:
        """Nothing."""
        return ()

    def start(self, options: ExportOptions) -> ExportJob:
        """Raise RuntimeError: nothing can be exported."""
        raise RuntimeError(self.unavailable)
