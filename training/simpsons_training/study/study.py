"""The study of a data set as a whole: what was found in the pictures, and where it is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from simpsons_play.core.data_packages import data_package
from simpsons_training.dataset import PictureSet
from simpsons_training.study.inspection import Inspection
from simpsons_training.study.mislabelled import MislabelledSearch
from simpsons_training.study.summary import summary_lines, suspects_text

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class DatasetStudy:
    """What was found in the pictures of a data set. Printing it lists the findings.

    Attributes:
        inspection: Measurements, near duplicates and unreadable files.
        mislabelled: Probably wrong labels; None if they were not searched for.
        report: The HTML report; None if none was written.
    """

    inspection: Inspection
    mislabelled: MislabelledSearch | None = None
    report: Path | None = None

    @property
    def pictures(self) -> PictureSet:
        """The readable pictures with their scenes and split, to train on."""
        return self.inspection.found

    def to_pandas(self) -> pandas.DataFrame:
        """The pictures as a pandas DataFrame, one row for each.

        The columns are those of `PictureSet.to_pandas`, the size in pixels (`width`, `height`), the mean
        `brightness` (0-255) and, if wrong labels were searched for, `suggested`: the label that a picture
        probably should have; missing if its own seems right.

        Raises:
            DependencyError: pandas is not installed.
        """
        frame = self.pictures.to_pandas()
        for name in ("width", "height", "brightness"):
            frame[name] = [getattr(measures, name) for measures in self.inspection.measures]
        if self.mislabelled is not None:
            suggested = {suspect.picture: suspect.suggested for suspect in self.mislabelled.suspects}
            pandas = data_package("pandas", "to_pandas()")
            frame["suggested"] = pandas.Series(
                [suggested.get(picture) for picture in self.inspection.pictures], dtype="object"
            )
        return frame

    def __repr__(self) -> str:
        """The findings, one per line."""
        lines = summary_lines(self.inspection)
        if self.mislabelled is not None:
            lines.append(suspects_text(self.mislabelled.suspects, self.mislabelled.predictions))
        return "\n  ".join(["DatasetStudy:", *lines])
