"""Output files of a data set study."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StudyFolder:
    """Output folder of a study."""

    path: Path

    @property
    def page(self) -> Path:
        """The HTML report."""
        return self.path / "report.html"

    @property
    def counts(self) -> Path:
        """Table of picture counts per character."""
        return self.path / "counts.csv"

    @property
    def near_duplicates(self) -> Path:
        """Table of near duplicates across characters or splits."""
        return self.path / "near_duplicates.csv"

    @property
    def mislabelled(self) -> Path:
        """Table of probably wrong labels, if they were searched for."""
        return self.path / "mislabelled.csv"

    @property
    def figures(self) -> Path:
        """Folder of figures, as PNG files."""
        return self.path / "figures"

    @property
    def sheets(self) -> Path:
        """Folder of contact sheets, as JPEG files."""
        return self.path / "sheets"
