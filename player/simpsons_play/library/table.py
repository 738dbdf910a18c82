"""The answer to a query, as pyarrow, pandas or DuckDB know tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from simpsons_play.core.data_packages import data_package
from simpsons_play.core.errors import LibraryError

if TYPE_CHECKING:
    import duckdb
    import pandas
    import pyarrow

_NO_ROWS = "the query yields no rows; give one that begins with SELECT"


class LibraryTable:
    """A table, as pyarrow, pandas or DuckDB know it. Each conversion reads the library anew.

    Args:
        connect: opens the database of the library.
        sql: the query that yields the table.
    """

    def __init__(self, connect: Callable[[], Any], sql: str) -> None:
        self._connect, self._sql = connect, sql

    def to_rows(self) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """The names of the columns, and the rows as tuples of Python objects; raises as `to_arrow`."""
        with closing(self._connect()) as connection, _errors():
            result = connection.execute(self._sql)
            if result is None:
                raise LibraryError(_NO_ROWS)
            return tuple(column[0] for column in result.description or ()), result.fetchall()

    def to_arrow(self) -> pyarrow.Table:
        """The table as a pyarrow Table.

        Raises:
            LibraryError: the library cannot be read, or the query is not valid SQL.
            DependencyError: pyarrow or DuckDB is not installed.
            KeyboardInterrupt: after Ctrl-C.
        """
        data_package("pyarrow", "to_arrow()")
        with closing(self._connect()) as connection, _errors():
            return self._relation(connection).to_arrow_table()

    def to_pandas(self) -> pandas.DataFrame:
        """The table as a pandas DataFrame; raises as `to_arrow`, with pandas."""
        data_package("pandas", "to_pandas()")
        with closing(self._connect()) as connection, _errors():
            return self._relation(connection).df()

    def to_duckdb(self) -> duckdb.DuckDBPyRelation:
        """The table as a DuckDB relation, for further questions; raises as `to_arrow`.

        The relation keeps its connection open, and does not see episodes that are added later.
        """
        connection = self._connect()
        try:
            with _errors():
                return self._relation(connection)
        except BaseException:
            connection.close()
            raise

    def _relation(self, connection: Any) -> Any:
        relation = connection.sql(self._sql)
        if relation is None:
            raise LibraryError(_NO_ROWS)
        return relation


@contextmanager
def _errors() -> Iterator[None]:
    duckdb = data_package("duckdb", "the library")
    try:
        yield
    except duckdb.Error as error:
        raise LibraryError(" ".join(str(error).split("\n\n")[0].split())) from error
    except RuntimeError as error:
        if "interrupted" in str(error).lower():  # what DuckDB makes of Ctrl-C
            raise KeyboardInterrupt from error
        raise
