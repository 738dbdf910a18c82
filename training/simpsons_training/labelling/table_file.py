"""A CSV table that grows row by row; a failed write leaves it as it was. Call all methods under the lock."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from simpsons_play.core.atomic_file import atomic_file, target_of
from simpsons_play.core.errors import DataError
from simpsons_play.core.escaping import csv_row, csv_text
from simpsons_play.core.foreign_files import clause_of, read_bounded
from simpsons_training.table import MAX_BYTES

_LINE_END = "\r\n"


class TableFile:
    """A table with named columns, in UTF-8.

    Columns and rows of other programs are kept; columns that are missing are added with the first new row.

    Args:
        path: The table; created by the first `append`.
        columns: The columns to write.
    """

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self.path, self._columns = path, columns
        self._read_rows: list[dict[str, str]] = []
        self._read_at: tuple[int, ...] = ()

    @property
    def has_changed(self) -> bool:
        """Whether the table has changed since it was read."""
        return self._state() != self._read_at

    def read(self) -> Sequence[dict[str, str]]:
        """Read the rows, oldest first; none if the table does not exist. Missing cells are empty.

        The sequence is the same object, which grows, until another process changes the table.

        Raises:
            DataError: It cannot be read.
        """
        state = self._state()
        if state != self._read_at:
            self._read_rows = self._read()
            self._read_at = state
        return self._read_rows

    def _state(self) -> tuple[int, ...]:
        """Changes when the table does."""
        try:
            found = self.path.stat()
        except OSError:  # reading it says why
            return ()
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _read(self) -> list[dict[str, str]]:
        header, rows = self._cells()
        names = [*header, *(column for column in self._columns if column not in header)]
        return [_named(names, row) for row in rows]

    def append(self, row: Mapping[str, object]) -> None:
        """Append a row; a cell of a column that it does not have is left empty.

        Raises:
            DataError: The table cannot be read.
            OSError: It cannot be written; it is left as it was.
        """
        header = self._header()
        if missing := [column for column in self._columns if column not in header]:
            self._rewrite([*header, *missing], self._cells()[1])
            header = [*header, *missing]
        line = csv_row(*(row.get(column, "") for column in header), line_end=_LINE_END)
        is_current = not self.has_changed
        self._write_at_end(line.encode())
        if is_current:
            self._read_rows.append(_named(header, next(csv.reader([line]))))
            self._read_at = self._state()

    def _write_at_end(self, line: bytes) -> None:
        with self.path.open("r+b", buffering=0) as file:
            size = file.seek(0, io.SEEK_END)
            file.seek(size - 1)
            unwritten = memoryview(line if file.read(1) == b"\n" else _LINE_END.encode() + line)
            try:
                while unwritten:
                    unwritten = unwritten[file.write(unwritten) :]
            except OSError:
                file.truncate(size)
                raise

    def remove(self, matches: Callable[[dict[str, str]], bool]) -> None:
        """Remove the rows that match; the others stay as they are.

        Raises:
            DataError: The table cannot be read.
            OSError: It cannot be written; it is left as it was.
        """
        header, cells = self._cells()
        kept = [row for row, values in zip(cells, self.read(), strict=True) if not matches(values)]
        if len(kept) < len(cells):
            self._rewrite(header, kept)

    def _header(self) -> list[str]:
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                return next(csv.reader(file), [])
        except FileNotFoundError:
            return []
        except (OSError, ValueError, csv.Error):
            return self._cells()[0]  # says what is wrong

    def _cells(self) -> tuple[list[str], list[list[str]]]:
        """The names of the columns, and the cells of each row that is not empty, as they are in the file."""
        try:
            text = read_bounded(self.path, max_bytes=MAX_BYTES).decode("utf-8-sig")
            lines = [cells for cells in csv.reader(io.StringIO(text, newline=""), strict=True) if cells]
        except FileNotFoundError:
            return [], []
        except OSError as error:
            raise DataError(f"{self.path}: {clause_of(error)}") from error
        except (ValueError, csv.Error) as error:
            raise DataError(f"{self.path} is not a table in UTF-8 ({error}); repair or move it") from error
        return (lines[0], lines[1:]) if lines else ([], [])

    def _rewrite(self, header: list[str], rows: list[list[str]]) -> None:
        """Replace the table by cells as they are in the file; short rows are filled up."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator=_LINE_END)
        writer.writerow(header)
        writer.writerows([*row, *[""] * (len(header) - len(row))] for row in rows)
        path = target_of(self.path)
        with atomic_file(path, temporary=path.with_name(f".{path.name}.part")) as part:
            part.write_bytes(text.getvalue().encode())


def _named(names: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    """The cells of a row by the names of their columns; missing ones are empty."""
    cells = [*map(csv_text, row), *[""] * (len(names) - len(row))]
    return dict(zip(names, cells, strict=False))
