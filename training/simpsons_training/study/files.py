"""The files of a study, which appear under their names only when they are whole."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
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


def write_whole(path: Path, content: bytes) -> Path:
    """Write a file; gives `path` back."""
    part = path.with_name(f"{path.stem}.part{path.suffix}")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str | int | float]]) -> Path:
    """Write a table in UTF-8, floats with six digits; gives `path` back."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    for row in rows:
        writer.writerow([f"{value:.6f}" if isinstance(value, float) else value for value in row])
    return write_whole(path, text.getvalue().encode("utf-8"))
