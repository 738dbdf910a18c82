"""`simpsons library`, as a user runs it."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys

import pytest

from simpsons_play.library.store import LibraryStore
from tests.commands import environment, simpsons
from tests.fakes import write_colour_model
from tests.films import BART, HOMER, content_of, film


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    film(folder / "S01E01 First.mp4", [BART, HOMER, None, BART])
    film(folder / "S02E01 <b>Second<i>.mp4", [HOMER, HOMER], seed=1)
    return folder


@pytest.fixture(scope="module")
def colours(tmp_path_factory):
    model = write_colour_model(tmp_path_factory.mktemp("model") / "colours.onnx")
    return ("--model", model, "--regions", "full", "--provider", "cpu")


@pytest.fixture(scope="module")
def library(films, colours, tmp_path_factory):
    folder = tmp_path_factory.mktemp("library") / "shows"
    done = simpsons("library", "add", films, "--library", folder, "--jobs", 1, *colours)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def test_adding_tells_each_video_and_a_summary(films, colours, tmp_path):
    done = simpsons(
        "library", "add", films, tmp_path / "gone.mp4", "--library", tmp_path / "l", "--jobs", 1, *colours
    )
    assert done.returncode == 3
    assert "gone.mp4 cannot be read" in done.stderr
    lines = done.stdout.splitlines()
    assert lines[:2] == [
        f"Added {films}/S01E01 First.mp4 (1 of 2)",
        f"Added {films}/S02E01 <b>Second<i>.mp4 (2 of 2)",
    ]
    assert "2 videos added, 1 failed in" in lines[-1]


def test_events_are_lines_of_json(films, colours, tmp_path):
    done = simpsons(
        "library", "add", films, tmp_path / "gone.mp4", "--json", "--library", tmp_path / "l", *colours
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 3
    assert {event["version"] for event in events} == {1}
    kinds = [event["event"] for event in events if event["event"] != "progress"]
    assert (kinds[0], kinds[1], kinds[-1]) == ("failed", "checked", "finished")
    assert sorted(kinds[2:-1]) == ["added", "added", "started", "started"]
    assert (events[-1]["added"], events[-1]["failed"]) == (2, 1)
    assert events[-2]["remaining_s"] == 0.0


def test_without_a_library_an_error_says_how_to_name_one():
    done = simpsons("library", "find", "--who", "bart", env=environment(SIMPSONS_LIBRARY=None))
    assert done.returncode == 1
    assert done.stderr == "Error: no library is named; give --library FOLDER, or set SIMPSONS_LIBRARY\n"


def test_the_library_may_be_named_by_the_environment(library):
    done = simpsons("library", "list", env=environment(SIMPSONS_LIBRARY=str(library)))
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "2 videos, 00:06 in all"


def test_finding_prints_a_table(library):
    done = simpsons("library", "find", "--who", "bart", "--library", library)
    assert done.stdout.splitlines() == [
        "Video            From       To  Length  On screen",
        "S01E01 First  00:00.0  00:01.0   1.0 s  Bart Simpson",
        "S01E01 First  00:03.0  00:04.0   1.0 s  Bart Simpson",
        "2 moments in 1 video, 00:02.0 in all",
    ]


def test_finding_prints_json(library):
    done = simpsons("library", "find", "--who", "homer", "--at-least", "1.5s", "--json", "--library", library)
    found = json.loads(done.stdout)
    assert (found["version"], found["seconds"], len(found["moments"])) == (1, 2.0, 1)
    assert found["moments"][0]["season"] == 2
    assert found["moments"][0]["rate"] == "25"


def test_statistics_as_tables_json_matrix_and_network(library, tmp_path):
    matrix, network = tmp_path / "m.csv", tmp_path / "n.graphml"
    done = simpsons("library", "stats", "--library", library, "--matrix", matrix, "--network", network)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("2 videos, 00:06 in all\n")
    with matrix.open() as file:
        assert list(csv.reader(file)) == [
            ["label", HOMER, BART],
            [HOMER, "3.000", "0.000"],
            [BART, "0.000", "2.000"],
        ]
    assert "Homer Simpson" in network.read_text()
    found = json.loads(simpsons("library", "stats", "--library", library, "--json").stdout)
    assert found["by_season"]["2"] == {HOMER: 2.0}


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        ("table", ["label          n", "bart_simpson   2", "homer_simpson  3"]),
        ("csv", ["label,n", "bart_simpson,2.0", "homer_simpson,3.0"]),
        ("json", ['{"label": "bart_simpson", "n": 2.0}', '{"label": "homer_simpson", "n": 3.0}']),
    ],
)
def test_queries_print_rows(library, layout, expected):
    sql = "SELECT label, sum(seconds) AS n FROM screen_times GROUP BY label ORDER BY label"
    done = simpsons("library", "query", sql, "--format", layout, "--library", library)
    assert [line.rstrip() for line in done.stdout.splitlines()] == expected


def test_a_wrong_query_is_one_line(library):
    done = simpsons("library", "query", "SELEC 1", "--library", library)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "options",
    [("find", "--who", "bart", "--edl", "same", "--m3u"), ("stats", "--matrix", "same", "--network")],
)
def test_one_file_is_not_written_twice(library, tmp_path, options):
    done = simpsons(
        "library", *options, tmp_path / "folder" / ".." / "same", "--library", library, cwd=tmp_path
    )
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert "would be written twice; give two names" in done.stderr


def test_removing_keeps_the_video(films, colours, tmp_path):
    folder, video = tmp_path / "l", films / "S01E01 First.mp4"
    simpsons("library", "add", video, "--library", folder, *colours)
    assert simpsons("library", "remove", "abc", "--library", folder).returncode == 1
    done = simpsons("library", "remove", video, "--library", folder)
    assert done.stdout == "Removed S01E01 First\n"
    assert video.exists()
    assert LibraryStore(folder).episodes() == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_stopped_goes_on_where_it_was(colours, tmp_path, how):
    """Nothing is lost, nothing is there twice, and no process stays behind."""
    films, folder, plain = tmp_path / "films", tmp_path / "l", tmp_path / "plain"
    for number in range(4):
        film(films / f"{number}.mp4", [BART, HOMER, None] * 4, seed=number)
    args = [sys.executable, "-m", "simpsons_play", "library", "add", str(films), "--jobs", "1", "--json"]
    command = [*args, "--library", str(folder), *map(str, colours)]
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True)
    with process:
        for line in process.stdout:
            if json.loads(line)["event"] == "added":
                break
        process.send_signal(how)
        process.stdout.read()
    assert process.returncode in (-signal.SIGKILL, 130)
    before = {episode.episode_id for episode in LibraryStore(folder).episodes()}
    assert 1 <= len(before) < 4
    again = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=240)
    events = [json.loads(line) for line in again.stdout.splitlines()]
    assert events[-1]["added"] == 4 - len(before)
    assert events[-1]["skipped"] == len(before)
    simpsons("library", "add", films, "--library", plain, "--jobs", 1, *colours)
    assert content_of(LibraryStore(folder)) == content_of(LibraryStore(plain))
