"""The comparison with other programs: what it reads, and what it makes of it."""

from __future__ import annotations

import subprocess
import sys
from itertools import repeat
from pathlib import Path

import pytest

from tests.benchmarks.children import Finished, run
from tests.benchmarks.clips import Film, make_sample
from tests.benchmarks.contestants import count
from tests.benchmarks.peers import Contestant, measure, prepare, read_ffmpeg, read_line
from tests.benchmarks.peers_table import ENCODING, OURS, RECORDING, YOLO, Run, ratios, remarks, rows

FILM = Film(frames=1000, seconds=40.0, title="")


def finished(output: str, errors: str = "") -> Finished:
    return Finished(0, 2.0, None, None, (), output, errors)


def test_ffmpeg_counts_frames_and_time_by_itself() -> None:
    done = finished("frame=12\nprogress=continue\nframe=48\nprogress=end\n", "bench: utime=1s rtime=0.500s\n")
    assert read_ffmpeg(done) == (48, 48, 0.5, False)


def test_ffmpeg_without_a_count_is_an_error() -> None:
    with pytest.raises(ValueError, match="how many frames"):
        read_ffmpeg(finished("", "bench: rtime=0.500s"))


def test_ours_and_the_loops_say_it_as_json() -> None:
    assert read_line(finished('{"frames": 9, "seconds": 3.0, "fps": 3}\n')) == (9, 9, 3.0, False)
    line = 'a remark\n{"frames": 9, "timed": 8, "seconds": 2.0, "stopped": true}\n'
    assert read_line(finished(line)) == (9, 8, 2.0, True)


def test_a_loop_is_timed_from_its_second_frame_on() -> None:
    said = count(iter(range(5)), float("inf"))
    assert (said["frames"], said["timed"], said["stopped"]) == (5, 4, False)
    assert count(iter(()), float("inf"))["frames"] == 0


def test_a_loop_stops_after_its_time() -> None:
    said = count(repeat(None), 0.01)
    assert said["stopped"] and said["seconds"] >= 0.01


def python(code: str) -> Contestant:
    return Contestant("it", lambda clip, folder: [sys.executable, "-c", code], read_line)


def test_what_was_stopped_counts_as_all_frames_at_its_rate(tmp_path: Path) -> None:
    said = '{"frames": 101, "timed": 100, "seconds": 1.0, "stopped": true}'
    one = measure(python(f"print('{said}')"), tmp_path, tmp_path, FILM)
    assert one.stopped and one.fps == 100
    assert one.whole_s > 8.99  # the 899 frames that it did not go through


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("raise SystemExit('no such model')", "no such model"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("print('hello')", "its output cannot be read"),
        ("pass", "its output cannot be read: it printed nothing"),
        ("raise SystemExit(3)", "exit status 3"),
        ('print(\'{"frames": 1, "timed": 0, "seconds": 0.0}\')', "it went through 1 frames"),
    ],
)
def test_a_contestant_that_fails_says_why(tmp_path: Path, code: str, why: str) -> None:
    assert measure(python(code), tmp_path, tmp_path, FILM).problem.startswith(why)


def test_a_program_that_is_missing_is_a_failure_too(tmp_path: Path) -> None:
    missing = Contestant("it", lambda clip, folder: [tmp_path / "nothing"], read_line)
    assert "nothing: No such file" in measure(missing, tmp_path, tmp_path, FILM).problem


def test_ratios_are_of_the_same_round() -> None:
    runs = {
        "a": [Run(10, 1000, 1), Run(problem="it broke"), Run(20, 1000, 1)],
        "b": [Run(20, 1000, 1), Run(20, 1000, 1), Run(5, 1000, 1)],
    }
    assert ratios(runs, "a", "b", FILM) == [2.0, 0.25]


def test_rows_have_medians_ranges_and_reasons() -> None:
    runs = {
        OURS: [Run(10, 1000, 200, 210.4), Run(8, 1000, 250, 220.0)],
        YOLO: [Run(100, 300, 10.5, None, stopped=True)] * 2,
        "article": [Run(problem="No module named 'keras'")],
    }
    ours, yolo, article, other = rows(
        {OURS: "ours", YOLO: "yolo", "article": "the article's", "other": "other"}, runs, FILM
    )
    assert ours == ("ours", "1,000", "112 (100 to 125)", "4.5", "225 (200 to 250)", "1.000", "220")
    assert yolo == ("yolo (*)", "300", "10.0", "0.4", "10.5", "0.090 (0.080 to 0.100)", "-")
    assert article[0] == "the article's: No module named 'keras'"
    assert other[0] == "other: did not run" and set(other[1:]) == {"-"}


def test_remarks_answer_what_the_table_is_for() -> None:
    runs = {
        OURS: [Run(10, 1000, 200)],
        YOLO: [Run(150, 1000, 7, stopped=True)],
        RECORDING: [Run(40, 1000, 25)],
        ENCODING: [Run(30, 1000, 34)],
    }
    faster, recording, stopped = remarks(runs, FILM, 60.0)
    assert "15.0 times as fast as Ultralytics" in faster
    assert "75 % of the speed" in recording
    assert "after 60 s of frames" in stopped
    assert remarks({OURS: runs[OURS]}, FILM, None) == []


def test_an_environment_that_cannot_be_made_is_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert "Ultralytics cannot be installed: " in prepare(tmp_path / "file", "torch")
    assert "Installing ultralytics and torch" in capsys.readouterr().err


def test_a_child_is_killed_at_its_limit() -> None:
    done = run([sys.executable, "-c", "import time; time.sleep(60)"], limit_s=0.5)
    assert done.code != 0 and done.problem


def test_the_command_compares_what_is_chosen(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    make_sample(clip, size=(96, 72), seconds=1)
    command = [sys.executable, "-m", "tests.benchmarks.peers", str(clip), "--repeats", "1", "--markdown"]
    only = ["--only", "ffmpeg-decode", "--only", "opencv-dnn", "--only", "ours"]
    done = subprocess.run([*command, *only], capture_output=True, text=True, check=True, timeout=120)
    table = [line.split(" | ") for line in done.stdout.splitlines() if line.startswith("| ")]
    assert len(table) == 5
    assert [row[1] for row in table[2:]] == ["24"] * 3, done.stdout
    assert done.stdout.startswith("CPU: ")


def test_the_command_knows_no_other_contestant() -> None:
    command = [sys.executable, "-m", "tests.benchmarks.peers", __file__, "--only", "nobody"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "they are: ffmpeg-decode, " in done.stderr
