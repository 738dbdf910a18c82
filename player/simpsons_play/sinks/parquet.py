"""Predictions as Parquet: one row per frame and caption, with typed columns."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from simpsons_play.core.data_packages import data_package, require_data_package
from simpsons_play.core.errors import SinkError
from simpsons_play.core.frames import Frame
from simpsons_play.core.results import FrameResult, RunInfo
from simpsons_play.sinks.footer import FooterBuilder
from simpsons_play.sinks.partial import PartialFile, is_direct
from simpsons_play.timelines.caption_rows import CaptionRows
from simpsons_play.timelines.caption_table import METADATA_KEY, CaptionTableBuilder

FOOTER_KEY = f"{METADATA_KEY}.footer"
"""Key of the footer in the metadata of the file."""

ROWS_PER_GROUP = 1 << 16
"""Rows that are kept in memory until they are written."""

_ROW_BYTES = 128
"""Upper bound for one row without text: twice its size in memory, since dictionaries may not pay."""
_INDEX_BYTES, _INDEX_BYTES_PER_GROUP = 1 << 17, 1 << 13
"""Upper bounds for the index at the end of a file, with the header, and for each row group in it."""
_RESERVE_BYTES = 1 << 16
"""How much more is reserved at a time."""


def require_parquet(path: Path) -> None:
    """Raise an error if a Parquet file cannot be written, before anything is analysed.

    Raises:
        DependencyError: pyarrow is not installed.
        SinkError: the path is a device or a pipe.
    """
    if is_direct(path):
        raise SinkError(f"{path} is a device or a pipe, and Parquet needs a file; give another name")
    require_data_package("pyarrow", f"{path}: Parquet")


class PredictionsParquetWriter:
    """Writes the captions of every frame as Parquet: a `Sink`. Needs pyarrow.

    The columns are those of `CaptionTable.to_arrow`. The metadata contains the header and the footer of
    predictions in JSON Lines. The file appears under its name on exit, or as `NAME.partial.parquet` if the
    run was stopped. It cannot be read without the index at its end, so disk space for all rows and the index
    is reserved before rows are accepted.

    Args:
        path: file to write; replaced if it exists.
        run: content of the header.
        warnings: warnings of the source; see `FooterBuilder`.
    """

    def __init__(self, path: Path, run: RunInfo, *, warnings: Sequence[str] = ()) -> None:
        self._partial = PartialFile(path)
        self._rows = CaptionRows(run.source.width)
        self._builder = CaptionTableBuilder(run.header(), stills=run.source.stills)
        self._footer = FooterBuilder(run, warnings)
        self._raw: io.FileIO | None = None
        self._file: io.BufferedWriter | None = None
        self._writer: Any = None
        self._reserved = self._written = self._text_bytes = self._groups = 0

    def __enter__(self) -> Self:
        """Create the file.

        Raises:
            DependencyError: pyarrow is not installed.
            SinkError: the file cannot be written.
        """
        parquet = data_package("pyarrow.parquet", f"{self._partial.path}: Parquet")
        schema = self._builder.table().to_arrow().schema
        self._partial.create()
        try:
            with self._disk_errors():
                self._raw = self._partial.open()
                self._reserve(self._raw)
                self._file = io.BufferedWriter(self._raw)
                self._writer = parquet.ParquetWriter(self._file, schema, compression="zstd")
                self._flush(self._file)
        except BaseException:
            self._discard()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Complete and rename the file, or remove it if the run was stopped before its first frame.

        Raises:
            SinkError: it cannot be completed or renamed; not raised if another error is propagating.
        """
        if self._file is None:
            return
        if kind is not None and not self._footer.frames:
            self._discard()
            return
        try:
            with self._disk_errors():
                self._write_group(self._file)
                footer = json.dumps(self._footer.footer(complete=kind is None))
                self._writer.add_key_value_metadata({FOOTER_KEY: footer})
                self._writer.close()
                self._file.truncate()  # what was reserved
                self._file.close()
        except BaseException as problem:
            self._discard()
            if kind is None or not isinstance(problem, SinkError):
                raise
            return
        self._file = None
        self._partial.commit(complete=kind is None)

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Append one row for each caption.

        Raises:
            SinkError: the file cannot be written.
        """
        if self._file is None or self._raw is None:
            raise RuntimeError("enter the sink before writing to it")
        rows = self._rows.add(result)
        with self._disk_errors():
            self._text_bytes += len(rows) * len(frame.name.encode("utf-8", "replace"))
            self._reserve(self._raw, more_rows=len(rows))
            self._builder.extend(rows, picture=frame.name)
            self._footer.add(result)
            if len(self._builder) >= ROWS_PER_GROUP:
                self._write_group(self._file)

    def _write_group(self, file: io.BufferedWriter) -> None:
        """Write the rows in memory as a row group."""
        table = self._builder.table().to_arrow()
        self._builder.clear()
        self._text_bytes = 0
        self._groups += 1
        if len(table):
            self._writer.write_table(table, row_group_size=len(table))
        self._flush(file)

    def _flush(self, file: io.BufferedWriter) -> None:
        file.flush()
        self._written = file.tell()

    def _reserve(self, raw: io.FileIO, *, more_rows: int = 0) -> None:
        """Make the file as long as it can become with the rows in memory and some more."""
        size = self._written + _INDEX_BYTES + self._groups * _INDEX_BYTES_PER_GROUP
        size += self._text_bytes + (len(self._builder) + more_rows) * _ROW_BYTES
        if size <= self._reserved:
            return
        try:
            raw.seek(self._reserved)
            while self._reserved < size + _RESERVE_BYTES:
                self._reserved += raw.write(bytes(size + _RESERVE_BYTES - self._reserved)) or 0
        finally:
            raw.seek(self._written)

    @contextmanager
    def _disk_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise self._partial.error(error) from error

    def _discard(self) -> None:
        """Remove the file."""
        with suppress(OSError):
            if self._writer is not None:
                self._writer.close()
        with suppress(OSError):
            if self._file is not None:
                self._file.close()
            elif self._raw is not None:
                self._raw.close()
        self._file = None
        self._partial.discard()
