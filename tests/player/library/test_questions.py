"""Searches, statistics and queries over a library with tables made in code."""

from __future__ import annotations

import contextlib
from datetime import datetime

import pytest

from simpsons_play.core.errors import LibraryError
from simpsons_play.core.names import default_name, display_name, use_display_names
from simpsons_play.library import schema
from simpsons_play.library.api import Library
from simpsons_play.library.episode_tables import parquet_bytes
from simpsons_play.library.index import index_folder
from simpsons_play.library.store import LibraryStore
from simpsons_play.library.table import LibraryTable

BART, HOMER, LISA = "bart_simpson", "homer_simpson", "lisa_simpson"
LABELS = [BART, HOMER, LISA]


def write_episode(
    store, number, appearances, *, season=1, title="", name="", labels=LABELS, duration_s=100.0
):
    """Add an episode in which labels appear at times: `(label, start_s, end_s)`."""
    episode_id = f"{number:032x}"
    tables = {table: [] for table in schema.TABLES}
    about = {"episode_id": episode_id}
    tables[schema.EPISODES].append(
        {
            **about,
            "path": f"/films/{name or number}.mkv",
            "title": title or f"S{season or 0:02}E{number:02}",
            "season": season,
            "episode": None if season is None else number,
            "duration_s": duration_s,
            "frames": 2500,
            "rate": "25",
            "width": 640,
            "height": 480,
            "pixel_aspect": "1",
            "has_sound": True,
            "size_bytes": 1,
            "model": "m.onnx",
            "labels": labels,
            "names": [default_name(label) for label in labels],
            "colours": ["#000000"] * len(labels),
            "threshold": 0.6,
            "settings": "{}",
            "warnings": [],
            "version": "0",
            "analysed_at": datetime(2026, 1, 1),
        }
    )
    seconds: dict[str, float] = {}
    for row, (label, start_s, end_s) in enumerate(appearances, start=1):
        seconds[label] = seconds.get(label, 0.0) + end_s - start_s
        tables[schema.APPEARANCES].append(
            {
                **about,
                "appearance": row,
                "label": label,
                "side": "left",
                "start_s": start_s,
                "end_s": end_s,
                "mean_probability": 0.9,
                "tracks": [],
                "boxes": [],
            }
        )
    for label, total_s in seconds.items():
        tables[schema.SCREEN_TIMES].append(
            {
                **about,
                "label": label,
                "seconds": total_s,
                "seconds_least": total_s - 1,
                "seconds_most": total_s + 1,
                "share": total_s / duration_s,
                "appearances": sum(one[0] == label for one in appearances),
            }
        )
    store.write(episode_id, {table: parquet_bytes(table, rows) for table, rows in tables.items()})
    return episode_id


@pytest.fixture(params=["cached", "uncached"])
def library(request, tmp_path, monkeypatch):
    monkeypatch.setenv(
        "SIMPSONS_CACHE", str(tmp_path / "cache" / "tracks") if request.param == "cached" else ""
    )
    store = LibraryStore(tmp_path / "library")
    store.create()
    write_episode(store, 1, [(BART, 0, 10), (HOMER, 5, 20), (BART, 30, 31)])
    write_episode(store, 2, [(BART, 0, 10), (LISA, 2, 4), (HOMER, 0, 10)], season=2)
    write_episode(store, 3, [(LISA, 50, 60)], season=None, title="a film")
    return Library(store.location)


def times(moments):
    return [(moment.title, moment.start_s, moment.end_s) for moment in moments]


def test_who_is_found_in_order_of_season_and_time(library):
    assert times(library.find("bart")) == [("S01E01", 0, 10), ("S01E01", 30, 31), ("S02E02", 0, 10)]


def test_one_of_several_is_enough(library):
    assert times(library.find(["bart", "homer"])) == [
        ("S01E01", 0, 20),
        ("S01E01", 30, 31),
        ("S02E02", 0, 10),
    ]


def test_all_beside_are_on_screen_at_the_same_time(library):
    assert times(library.find("bart", beside="homer")) == [("S01E01", 5, 10), ("S02E02", 0, 10)]
    assert times(library.find("bart", beside="homer,lisa")) == [("S02E02", 2, 4)]


def test_without_cuts_out_the_time_of_others(library):
    assert times(library.find("bart", without="lisa")) == [
        ("S01E01", 0, 10),
        ("S01E01", 30, 31),
        ("S02E02", 0, 2),
        ("S02E02", 4, 10),
    ]


def test_seasons_episodes_and_lengths_narrow_the_search(library):
    assert times(library.find("bart", seasons=[1])) == [("S01E01", 0, 10), ("S01E01", 30, 31)]
    assert times(library.find("bart", episodes=[2])) == [("S02E02", 0, 10)]
    assert times(library.find("bart", seasons=[1], at_least_s=2)) == [("S01E01", 0, 10)]


def test_a_gap_joins_moments(library):
    assert times(library.find("bart", seasons=[1], gap_s=20)) == [("S01E01", 0, 31)]


def test_a_moment_lists_who_is_on_screen(library):
    (moment,) = library.find("bart", beside="homer,lisa")
    assert moment.labels == (BART, HOMER, LISA)


def test_an_unknown_name_is_told(library):
    with pytest.raises(ValueError, match="the library knows no character called 'batr'; did you mean"):
        library.find("batr")


def test_statistics_add_up_all_episodes(library):
    found = library.statistics()
    assert (found.episodes, found.seconds) == (3, 300.0)
    bart = next(total for total in found.characters if total.label == BART)
    assert (bart.seconds, bart.seconds_least, bart.seconds_most) == (21.0, 19.0, 23.0)
    assert (bart.share, bart.episodes, bart.appearances) == (0.07, 2, 3)
    assert (bart.first.title, bart.first.time_s) == ("S01E01", 0.0)
    assert (bart.last.title, bart.last.time_s) == ("S02E02", 0.0)
    assert (bart.longest.title, bart.longest_s) == ("S01E01", 10.0)
    assert found.by_season == {
        1: {HOMER: 15.0, BART: 11.0},
        2: {BART: 10.0, HOMER: 10.0, LISA: 2.0},
        None: {LISA: 10.0},
    }
    assert [(pair.labels, pair.seconds, pair.episodes) for pair in found.pairs] == [
        ((BART, HOMER), 15.0, 2),
        ((BART, LISA), 2.0, 1),
        ((HOMER, LISA), 2.0, 1),
    ]


def test_statistics_of_one_season(library):
    found = library.statistics(seasons=[2])
    assert (found.episodes, [total.label for total in found.characters]) == (1, [BART, HOMER, LISA])
    with pytest.raises(LibraryError, match="the library contains no episodes of season 7"):
        library.statistics(seasons=[7])


def test_episodes_that_are_added_replaced_and_removed_are_seen(library):
    store = LibraryStore(library.location)
    assert len(library.find("lisa")) == 2
    added = write_episode(store, 9, [(LISA, 1, 2)], season=9)
    assert len(library.find("lisa")) == 3
    write_episode(store, 9, [(LISA, 1, 2), (LISA, 8, 9)], season=9)
    assert len(library.find("lisa")) == 4
    library.remove(added)
    assert len(library.find("lisa")) == 2


def test_one_database_remains_in_the_cache(library):
    library.find("lisa")
    write_episode(LibraryStore(library.location), 9, [(LISA, 1, 2)])
    library.find("lisa")
    folder = index_folder(LibraryStore(library.location))
    assert folder is None or [path.suffix for path in folder.iterdir()] == [".duckdb"]


def test_a_damaged_database_is_made_again(library):
    library.find("lisa")
    folder = index_folder(LibraryStore(library.location))
    for path in [] if folder is None else folder.iterdir():
        path.write_bytes(b"nonsense" * 999)
    assert len(library.find("lisa")) == 2
    write_episode(LibraryStore(library.location), 9, [(LISA, 1, 2)])
    assert len(library.find("lisa")) == 3


def test_an_episode_that_cannot_be_read_is_told_and_left_out(library):
    store, told = LibraryStore(library.location), []
    damaged = write_episode(store, 9, [(LISA, 1, 2)])
    (store.folder / "episodes" / damaged / "shots.parquet").write_bytes(b"nonsense")
    with library.connect(tell=told.append) as connection:
        assert connection.execute("SELECT count(*) FROM episodes").fetchone() == (3,)
    assert len(told) == 1
    assert damaged in told[0]


def test_tables_for_arrow_pandas_and_duckdb(library):
    appearances = library.appearances()
    assert appearances.to_arrow().column("label").to_pylist() == [BART, HOMER, BART, BART, HOMER, LISA, LISA]
    assert list(appearances.to_pandas()["season"].dropna()) == [1, 1, 1, 2, 2, 2]
    relation = library.screen_times().to_duckdb()
    assert relation.aggregate("sum(seconds)").fetchall() == [(58.0,)]


def test_a_query_that_is_no_sql_is_told(library):
    with pytest.raises(LibraryError, match="Parser Error"):
        library.query("SELECT 1 +").to_rows()


@pytest.mark.parametrize("sql", ["DROP TABLE episodes", "DELETE FROM appearances"])
def test_queries_cannot_change_a_library(library, sql):
    library.find("bart")
    with contextlib.suppress(LibraryError):  # of a database in the memory, only a copy is changed
        library.query(sql).to_rows()
    assert len(library.find("bart")) == 3


def test_names_that_users_set_are_used(library):
    try:
        write_episode(LibraryStore(library.location), 9, [("otto_mann", 1, 2)], labels=["otto_mann"])
        store = LibraryStore(library.location)
        (row,) = store.read(f"{9:032x}", schema.EPISODES).to_pylist()
        store.replace(
            f"{9:032x}", schema.EPISODES, parquet_bytes(schema.EPISODES, [row | {"names": ["The Driver"]}])
        )
        assert [moment.labels for moment in library.find("driver")] == [("otto_mann",)]
        assert display_name("otto_mann") == "The Driver"
    finally:
        use_display_names({})


def test_an_empty_library_has_no_statistics(tmp_path):
    store = LibraryStore(tmp_path / "library")
    store.create()
    library = Library(store.location)
    with pytest.raises(LibraryError, match="contains no episodes"):
        library.statistics()
    assert library.episodes().to_arrow().num_rows == 0
    assert library.query("SELECT * FROM thumbnails").to_arrow().num_rows == 0


def test_hostile_labels_and_titles_are_only_text(tmp_path):
    store = LibraryStore(tmp_path / "li'brary")
    store.create()
    hostile = "x'); DROP TABLE episodes; --"
    write_episode(store, 1, [(hostile, 0, 1)], title="<script>'\"", labels=[hostile])
    library = Library(store.location)
    (moment,) = library.find(hostile)
    assert (moment.labels, moment.title) == ((hostile,), "<script>'\"")
    assert library.query("SELECT count(*) FROM boxes").to_rows()[1] == [(0,)]


@pytest.mark.parametrize("sql", ["", ";", "-- nothing"])
def test_a_query_without_a_statement_is_told(library, sql):
    with pytest.raises(LibraryError, match="yields no rows"):
        library.query(sql).to_rows()


def test_without_a_cache_folder_questions_are_answered_from_the_files(library, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("SIMPSONS_CACHE", str(tmp_path / "file" / "tracks"))
    assert len(library.find("lisa")) == 2


def test_ctrl_c_during_a_query_is_ctrl_c():
    """DuckDB makes a RuntimeError of it."""

    class Interrupted:
        def execute(self, sql):
            raise RuntimeError("Query interrupted")

        def close(self):
            pass

    with pytest.raises(KeyboardInterrupt):
        LibraryTable(Interrupted, "SELECT 1").to_rows()
