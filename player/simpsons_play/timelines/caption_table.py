"""The names shown in each frame, as a table with one row per caption. Pure."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from simpsons_play.core.data_packages import data_package
from simpsons_play.core.escaping import readable
from simpsons_play.core.names import counted
from simpsons_play.timelines.caption_rows import COLUMNS, CaptionRow

if TYPE_CHECKING:
    import pandas
    import pyarrow

METADATA_KEY = "simpsons_play"
"""Key of the header in the metadata of Arrow tables and Parquet files."""

_TRACK = {"name": "track", "pandas_type": "int32", "numpy_type": "Int32", "metadata": None}
_FOR_PANDAS = json.dumps(
    {
        "index_columns": [],
        "column_indexes": [],
        "columns": [_TRACK | {"field_name": "track"}],
        "pandas_version": "",
    }
)
"""Makes pandas read `track` as nullable integers, not as floats:
https://pandas.pydata.org/docs/development/developer.html"""

_NUMBERS = {"time_s": "d", "probability": "f", "index": "q"} | dict.fromkeys(
    ("shot", "track", "x_min", "y_min", "x_max", "y_max"), "i"
)
"""Columns of numbers -> type codes of `array`: float64, float32, int64 and int32."""


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """A column of text with few different values.

    Attributes:
        codes: (N,) int32: index of each row's value in `values`.
        values: the different values, in the order in which they first appear.
    """

    codes: npt.NDArray[np.int32]
    values: tuple[str, ...]


Column = npt.NDArray[Any] | Words | tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class CaptionTable:
    """The names shown in each frame: one row for each name, and none for a frame without names.

    The columns are those of `--predictions FILE.csv`. For pictures, a first column `picture` contains the
    file name.

    Attributes:
        header: source, model, labels, rate and threshold, as in the header of predictions in JSON Lines.
        columns: column name -> N values; a `track` of 0 stands for none.
    """

    header: Mapping[str, Any]
    columns: Mapping[str, Column]

    def __len__(self) -> int:
        """The number of rows, N."""
        index = self.columns["index"]
        return 0 if isinstance(index, Words) else len(index)

    def __repr__(self) -> str:
        labels = self.columns["label"]
        characters = len(labels.values) if isinstance(labels, Words) else 0
        return f"<CaptionTable: {counted(len(self), 'row')}, {counted(characters, 'character')}>"

    def to_pandas(self) -> pandas.DataFrame:
        """The rows as a pandas DataFrame, with the header in its `attrs`.

        `region` and `label` are categories, `track` is a nullable integer; the other columns have the types
        of `to_arrow`.

        Raises:
            DependencyError: pandas is not installed.
        """
        pandas = data_package("pandas", "to_pandas()")

        def series(name: str, column: Column) -> Any:
            if isinstance(column, Words):
                return pandas.Categorical.from_codes(column.codes, list(column.values))
            if name == "track":
                return pandas.arrays.IntegerArray(column, column == 0)
            return column

        frame = pandas.DataFrame({name: series(name, column) for name, column in self.columns.items()})
        frame.attrs = dict(self.header)
        return frame

    def to_arrow(self) -> pyarrow.Table:
        """The rows as a pyarrow Table, with the schema of `--predictions FILE.parquet`.

        `region` and `label` are dictionary-encoded. The metadata contains the header as JSON under the key
        `simpsons_play`.

        Raises:
            DependencyError: pyarrow is not installed.
        """
        arrow = data_package("pyarrow", "to_arrow()")

        def values(name: str, column: Column) -> Any:
            if isinstance(column, Words):
                words = arrow.array(column.values, arrow.string())
                return arrow.DictionaryArray.from_arrays(arrow.array(column.codes), words)
            if name == "picture":
                return arrow.array(column, arrow.string())
            return arrow.array(column, mask=column == 0 if name == "track" else None)

        names = list(self.columns)
        arrays = [values(name, self.columns[name]) for name in names]
        header = json.dumps(self.header)
        return arrow.Table.from_arrays(
            arrays, names, metadata={METADATA_KEY: header, "PANDAS_ATTRS": header, "pandas": _FOR_PANDAS}
        )


class CaptionTableBuilder:
    """Builds a `CaptionTable` row by row.

    Args:
        header: of the table.
        stills: frames are unrelated pictures, so that there is a column `picture`.
    """

    def __init__(self, header: Mapping[str, Any], *, stills: bool = False) -> None:
        self._header, self._stills = header, stills
        self.clear()

    def __len__(self) -> int:
        """The number of rows."""
        return len(self._numbers["index"])

    def clear(self) -> None:
        """Remove all rows."""
        self._pictures: list[str] = []
        self._numbers = {name: array(code) for name, code in _NUMBERS.items()}
        self._words: dict[str, tuple[array[int], dict[str, int]]] = {
            name: (array("i"), {}) for name in ("region", "label")
        }

    def extend(self, rows: Iterable[CaptionRow], *, picture: str = "") -> None:
        """Append rows; `picture` is the name of their file."""
        for row in rows:
            if self._stills:
                self._pictures.append(readable(picture))
            for name, numbers in self._numbers.items():
                numbers.append(getattr(row, name) or 0)
            for name, (codes, values) in self._words.items():
                codes.append(values.setdefault(getattr(row, name), len(values)))

    def table(self) -> CaptionTable:
        """The rows so far."""
        columns: dict[str, Column] = {"picture": tuple(self._pictures)} if self._stills else {}
        for name in COLUMNS:
            if name in self._words:
                codes, values = self._words[name]
                columns[name] = Words(np.array(codes, np.int32), tuple(values))
            else:
                columns[name] = np.array(self._numbers[name])
        return CaptionTable(self._header, columns)
