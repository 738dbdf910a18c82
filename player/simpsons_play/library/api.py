"""The public API of libraries: `simpsons_play.Library`."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simpsons_play.core.crops import AUTO
from simpsons_play.core.errors import LibraryError
from simpsons_play.core.escaping import readable
from simpsons_play.core.names import default_name, use_display_names
from simpsons_play.library.adding import AddEvent, AddSummary, add_videos
from simpsons_play.library.analysis_settings import AnalysisSettings
from simpsons_play.library.index import connect
from simpsons_play.library.local_engine import LocalEngine
from simpsons_play.library.moments import Moment
from simpsons_play.library.schema import EPISODE_ORDER
from simpsons_play.library.search import find_moments, search_for
from simpsons_play.library.statistics import LibraryStatistics, library_statistics
from simpsons_play.library.store import LibraryStore
from simpsons_play.library.table import LibraryTable
from simpsons_play.timelines.appearances import GAP_S

if TYPE_CHECKING:
    import duckdb


class Library:
    """A library of many videos: analyses them, and answers questions about who is on screen when.

    Args:
        location: its folder, or a bucket such as `s3://bucket/simpsons`. `add` makes it if it does not exist.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from simpsons_play import sample_clip
        >>> with TemporaryDirectory() as folder:
        ...     library = Library(folder)
        ...     summary = library.add(sample_clip(), processes=1)
        ...     summary.added, [moment.labels for moment in library.find("homer")][0]
        (1, ('homer_simpson',))
    """

    def __init__(self, location: str | PathLike[str]) -> None:
        self._store = LibraryStore(location)

    @property
    def location(self) -> str:
        """Its folder or address."""
        return self._store.location

    def add(
        self,
        *files: str | PathLike[str],
        model: str | PathLike[str] | None = None,
        cast: str | PathLike[str] | None = None,
        provider: str = "auto",
        regions: str = AUTO,
        threshold: float | None = None,
        reference: bool = False,
        cache: bool = True,
        update: bool = False,
        processes: int = 0,
        tell: Callable[[AddEvent], object] = lambda event: None,
    ) -> AddSummary:
        """Analyse videos that are not in the library yet, and add them.

        Args:
            files: video files, folders, patterns and playlists.
            model: an .onnx file; None uses the included models.
            cast: cast file whose characters are named as well.
            provider: see `load_model`.
            regions: see `analyze`.
            threshold: see `analyze`.
            reference: see `analyze`.
            cache: see `analyze`.
            update: analyse videos again that were analysed with other settings.
            processes: number of videos that are analysed at the same time; 0 for one on each core.
            tell: called with each event, such as a video that cannot be read.

        Returns:
            How many videos were added and skipped, and how many could not be analysed.

        Raises:
            LibraryError: the library cannot be written.
            ModelError: the model cannot be loaded.
            CastError: the cast file is missing or cannot be read.
            DependencyError: the extra `library` is not installed.
        """
        settings = AnalysisSettings(
            None if model is None else Path(model),
            None if cast is None else Path(cast),
            provider,
            regions,
            threshold,
            reference,
            cache,
        )
        names = [os.fspath(file) for file in files]
        return add_videos(self._store, names, settings, LocalEngine(processes), update=update, tell=tell)

    def remove(self, episode_id: str) -> None:
        """Remove an episode from the library; its video stays.

        Raises:
            LibraryError: the library contains no such episode, or cannot be written.
        """
        if episode_id not in {episode.episode_id for episode in self._store.episodes()}:
            raise LibraryError(f"{self.location} contains no episode {episode_id}")
        self._store.remove(episode_id)

    def matching(self, videos: Sequence[str]) -> list[tuple[str, str]]:
        """ID and title of the episodes that IDs, beginnings of them, or paths of videos stand for.

        Raises:
            LibraryError: one stands for no episode, or for several.
        """
        _, rows = self.query("SELECT episode_id, title, path FROM episodes").to_rows()
        found = {}
        for video in videos:
            path = readable(os.path.abspath(video))
            matches = [row for row in rows if row[2] == path] or [
                row for row in rows if video and row[0].startswith(video)
            ]
            if len(matches) != 1:
                what = "several videos have" if matches else "no video has the path or"
                raise LibraryError(
                    f"{self.location}: {what} an ID that begins with {video!r}; see `simpsons library list`"
                )
            found[matches[0][0]] = matches[0][1]
        return list(found.items())

    def episodes(self) -> LibraryTable:
        """One row for each video; docs/library.md lists the columns of all tables."""
        return self.query(f"SELECT * FROM episodes ORDER BY {EPISODE_ORDER}")

    def appearances(self) -> LibraryTable:
        """One row for each appearance of a character, with season and episode."""
        return self.query(
            "SELECT season, episode, title, appearances.* FROM appearances JOIN episodes USING (episode_id) "
            f"ORDER BY {EPISODE_ORDER}, start_s, label"
        )

    def screen_times(self) -> LibraryTable:
        """One row for each character in each video."""
        return self.query(
            "SELECT season, episode, title, screen_times.* FROM screen_times "
            f"JOIN episodes USING (episode_id) ORDER BY {EPISODE_ORDER}, seconds DESC, label"
        )

    def query(self, sql: str) -> LibraryTable:
        """A table from a query in the SQL of DuckDB.

        Args:
            sql: a query over `episodes`, `appearances`, `tracks`, `shots`, `screen_times`, `pairs`, `boxes`,
                `embeddings` and `thumbnails`.
        """
        return LibraryTable(self.connect, sql)

    def find(
        self,
        who: str | Sequence[str],
        *,
        beside: str | Sequence[str] = (),
        without: str | Sequence[str] = (),
        seasons: Collection[int] = (),
        episodes: Collection[int] = (),
        at_least_s: float = 0.0,
        gap_s: float = GAP_S,
    ) -> tuple[Moment, ...]:
        """Find the moments at which characters are on screen, in all videos.

        Names that users had set when videos were analysed hold for the whole process afterwards.

        Args:
            who: characters of whom at least one is on screen, by parts of their names.
            beside: characters who are all on screen at the same time.
            without: characters who are not on screen.
            seasons: seasons to search; empty for all videos.
            episodes: numbers of episodes in their seasons; empty for all videos.
            at_least_s: shortest moment, in seconds.
            gap_s: gaps up to this length, in seconds, do not end a moment.

        Raises:
            ValueError: the library knows no character of that name.
            LibraryError: the library cannot be read.
        """
        with closing(self.connect()) as connection:
            labels = use_names_in(connection)
            named = search_for(
                _listed(who), labels, beside=_listed(beside), without=_listed(without) if without else ()
            )
            search = replace(
                named,
                seasons=frozenset(seasons),
                episodes=frozenset(episodes),
                at_least_s=at_least_s,
                gap_s=gap_s,
            )
            return tuple(find_moments(connection, search))

    def statistics(self, *, seasons: Collection[int] = ()) -> LibraryStatistics:
        """Screen time by character and season, who is on screen with whom, and where first and last.

        Args:
            seasons: seasons to count; empty for all videos.

        Raises:
            LibraryError: the library cannot be read, or contains no such episodes.
        """
        with closing(self.connect()) as connection:
            use_names_in(connection)
            return library_statistics(connection, seasons=frozenset(seasons))

    def connect(self, *, tell: Callable[[str], object] = lambda line: None) -> duckdb.DuckDBPyConnection:
        """A read-only connection to the tables; the caller closes it.

        Args:
            tell: called with one line for each episode that cannot be read and is left out.

        Raises:
            LibraryError: there is no library, or it cannot be read.
        """
        return connect(self._store, tell=tell)

    def __repr__(self) -> str:
        return f"<Library {self.location}>"


def use_names_in(connection: Any) -> tuple[str, ...]:
    """Use the display names that users had set when episodes were analysed, for the whole process.

    Returns:
        The labels of all models that episodes were analysed with, in alphabetical order.
    """
    named = dict(connection.execute(_NAMES).fetchall())
    if chosen := {label: name for label, name in named.items() if name != default_name(label)}:
        use_display_names(chosen)
    return tuple(named)


_NAMES = """
SELECT label, arg_max(name, analysed_at)
FROM (SELECT unnest(labels) AS label, unnest(names) AS name, analysed_at FROM episodes)
GROUP BY label ORDER BY label
"""


def _listed(names: str | Sequence[str]) -> Sequence[str]:
    return [names] if isinstance(names, str) else names
