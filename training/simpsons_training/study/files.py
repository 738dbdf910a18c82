"""What a study leaves on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StudyFolder:
    """Where a study is written."""

    path: Path

    @property
    def page(self) -> Path:
        """The report."""
        return self.path / "report.html"

    @property
    def counts(self) -> Path:
        """Pictures of each character."""
        return self.path / "counts.csv"

    @property
    def near_duplicates(self) -> Path:
        """Pairs across characters and splits."""
        return self.path / "near_duplicates.csv"

    @property
    def mislabelled(self) -> Path:
        """Suspect pictures, where they were looked for."""
        return self.path / "mislabelled.csv"

    @property
    def figures(self) -> Path:
        """A folder of PNG files."""
        return self.path / "figures"

    @property
    def sheets(self) -> Path:
        """A folder of contact sheets."""
        return self.path / "sheets"
