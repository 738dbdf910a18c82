import csv
import functools
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from fractions import Fraction
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from simpsons_play.core.interrupts import held_interrupt
from simpsons_play.core.names import display_name
from tests.commands import HANGS_S, SAMPLE, assert_one_error_line, environment, simpsons, started, wait_for
from tests.fakes import COLOURS, flat, write_colour_model
from tests.media import beginning


def read_lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The whole sample, played without a window into a video, predictions and a report."""
    folder = tmp_path_factory.mktemp("played")
    files = ("-o", folder / "o.mp4", "--predictions", folder / "p.jsonl", "--report", folder / "r")
    done = simpsons("play", SAMPLE, *files)
    assert done.returncode == 0, done.stderr
    return folder, done


def test_summary_shows_frames_speed_screen_time_and_stages(played) -> None:
    _, done = played
    assert done.stderr.startswith("Provider: ")
    assert done.stdout.startswith("480 frames in ")
    for text in ("times as fast as playback", "decode", "classify", "write", "p99", "Lisa Simpson"):
        assert text in done.stdout


def test_predictions_follow_the_format(played) -> None:
    folder, _ = played
    header, *frames, footer = read_lines(folder / "p.jsonl")
    assert header["type"] == "header" and header["version"] == 1
    assert (header["width"], header["height"], header["rate"]) == (640, 480, "24000/1001")
    assert len(header["labels"]) == 18 and header["provider"].endswith("ExecutionProvider")
    seconds = footer.pop("seconds")
    assert footer == {"type": "footer", "frames": 480, "complete": True, "warnings": []}
    assert seconds == pytest.approx(480 * 1001 / 24000, abs=0.05)
    for index, frame in enumerate(frames):
        assert (frame["type"], frame["index"]) == ("frame", index)
        assert frame["time_s"] == pytest.approx(index * 1001 / 24000, abs=1e-5)
        for region in frame["regions"]:
            x_min, y_min, x_max, y_max = region["box"]
            assert 0 <= x_min < x_max <= 640 and 0 <= y_min < y_max <= 480
            side = "left" if x_min + x_max < 640 else "right"
            assert re.fullmatch(r"head-\d+-(left|right)", region["name"])
            # The box of its caption decides, which moves on while this one is repeated.
            assert region["name"].endswith(side) or abs((x_min + x_max) / 2 - 320) < 20
            assert region["top"][0][1] == region["probability"] and len(region["top"]) == 3
            assert (region["label"] is None) == (region["probability"] < header["threshold"])
        names = [region["name"] for region in frame["regions"]]
        shown = [caption["label"] for caption in frame["captions"]]
        assert len(set(names)) == len(names) and len(set(shown)) == len(shown)
        if frame["cut"]:
            numbers = [int(name.split("-")[1]) for name in names]
            assert numbers == list(range(1, len(names) + 1))
    assert sum(len(frame["regions"]) for frame in frames) > 300


def test_captions_match_the_labels_of_the_sample(played) -> None:
    """Within each shot, 0.2 s away from its ends, exactly the right characters are named."""
    folder, _ = played
    frames = [line for line in read_lines(folder / "p.jsonl") if line["type"] == "frame"]
    with SAMPLE.with_suffix(".csv").open(newline="") as file:
        answers = list(csv.DictReader(file))
    shots = sorted({(float(a["start_s"]), float(a["end_s"])) for a in answers})
    assert len(shots) == 9
    for start_s, end_s in shots:
        there = {a["character"] for a in answers if float(a["start_s"]) == start_s} - {""}
        shown = [
            {c["label"] for c in frame["captions"]}
            for frame in frames
            if start_s + 0.2 <= frame["time_s"] < end_s - 0.2
        ]
        right = sum(names == there for names in shown)
        assert right / len(shown) >= 0.9, (start_s, there, shown)


def test_recording_has_the_length_and_sound_of_the_source(played) -> None:
    folder, _ = played
    with av.open(str(folder / "o.mp4")) as video, av.open(str(SAMPLE)) as sample:
        stream = video.streams.video[0]
        assert stream.average_rate == Fraction(24000, 1001)
        assert sum(1 for _ in video.decode(stream)) == 480
        one_frame_s = 1001 / 24000
        assert float(video.duration - sample.duration) / av.time_base == pytest.approx(0, abs=one_frame_s)
    sounds = []
    for path in (folder / "o.mp4", SAMPLE):
        with av.open(str(path)) as video:
            sounds.append([bytes(packet) for packet in video.demux(video.streams.audio[0]) if packet.size])
    assert sounds[0] == sounds[1]


def test_captions_are_drawn_into_the_recording(played) -> None:
    folder, _ = played
    pictures = []
    for path in (folder / "o.mp4", SAMPLE):
        with av.open(str(path)) as video:
            pictures.append(next(video.decode(video=0)).to_ndarray(format="bgr24").astype(int))
    difference = np.abs(pictures[0] - pictures[1]).max(axis=2)
    # Homer's name is above his head, brackets surround it, and nothing is drawn below.
    assert (difference[:80, 150:400] > 60).mean() > 0.1
    assert (difference[360:] > 60).mean() < 0.005


def test_report_agrees_with_the_summary(played) -> None:
    folder, done = played
    report = folder / "r"
    assert sorted(path.name for path in report.iterdir()) == [
        "appearances.csv",
        "index.html",
        "totals.csv",
    ]
    with open(report / "totals.csv", encoding="utf-8", newline="") as file:
        totals = list(csv.DictReader(file))
    table = done.stdout[done.stdout.index("on screen") :].split("\n\n")[0].splitlines()[1:]
    assert [
        f"{display_name(row['label']):<28}{float(row['seconds']):>9.1f}{float(row['share']):>8.0%}"
        f"{row['appearances']:>13}"
        for row in totals
    ] == table
    assert all(float(row["seconds_least"]) <= float(row["seconds"]) for row in totals)
    page = (report / "index.html").read_text(encoding="utf-8")
    pictures = re.findall(r'<figure class="moment" id="[^"]+">\s*<img src="data:image/jpeg', page)
    assert len(pictures) == sum(int(row["appearances"]) for row in totals)
    assert page.count('<img class="portrait"') == 2 * len(totals), "in the table and at the heading"
    assert_one_error_line(
        simpsons("play", report / "totals.csv", "--report", report), "totals.csv is the source"
    )


def test_start_and_duration_are_exact_to_the_frame(tmp_path: Path) -> None:
    done = simpsons(
        "play",
        SAMPLE,
        "--no-window",
        "--start",
        2.5,
        "--duration",
        1.5,
        "-o",
        tmp_path / "o.mp4",
        "--predictions",
        tmp_path / "p.jsonl",
    )
    assert done.returncode == 0, done.stderr
    frames = [line for line in read_lines(tmp_path / "p.jsonl") if line["type"] == "frame"]
    assert len(frames) == 36
    assert 2.5 <= frames[0]["time_s"] < 2.5 + 1001 / 24000
    assert frames[-1]["time_s"] < 4.0
    with av.open(str(tmp_path / "o.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) == 36


def test_pictures_get_one_line_each(tmp_path: Path) -> None:
    model = write_colour_model(tmp_path / "m.onnx")
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, name in enumerate(("marge_simpson", "bart_simpson"), 1):
        cv2.imwrite(str(folder / f"pic_{number}.png"), flat(COLOURS[name]))
    (folder / "pic_3.png").write_text("not a picture")
    done = simpsons("play", folder, "--no-window", "--model", model, "--predictions", tmp_path / "p.jsonl")
    assert done.returncode == 3, done.stderr
    _, *frames, footer = read_lines(tmp_path / "p.jsonl")
    assert [frame["picture"] for frame in frames] == ["pic_1.png", "pic_2.png"] and not footer["complete"]
    lines = done.stdout.splitlines()
    assert lines[:2] == ["pic_1.png: Marge Simpson 100%", "pic_2.png: Bart Simpson 100%"]
    assert lines[2] == "2 pictures: Bart Simpson in 1, Marge Simpson in 1"
    assert lines[3].startswith("Analysed in ")
    assert "Warning: " in done.stderr and "pic_3.png" in done.stderr
    done = simpsons("play", folder / "pic_1.png", "--no-window", "--model", model, "--top", 3)
    assert done.returncode == 0 and "\n1 picture: Marge Simpson\n" in done.stdout
    assert done.stdout.startswith("pic_1.png: Marge Simpson 100% (Marge Simpson 100%)\n")


def test_the_summary_of_pictures_counts_pictures(tmp_path: Path) -> None:
    """Three pictures of Marge that follow each other are three pictures, not one appearance."""
    model, folder = write_colour_model(tmp_path / "m.onnx"), tmp_path / "pictures"
    folder.mkdir()
    shown = ["marge_simpson"] * 3 + ["bart_simpson", None, None]
    for number, name in enumerate(shown):
        cv2.imwrite(str(folder / f"{number}.png"), flat(COLOURS[name] if name else (128, 128, 128)))
    (folder / "broken.png").write_text("not a picture")
    threshold = ("--threshold", 0.9)
    done = simpsons("play", folder, "--no-window", "--model", model, *threshold)
    line = "6 pictures: Marge Simpson in 3, Bart Simpson in 1; no one recognised in 2"
    assert line in done.stdout.splitlines() and done.returncode == 3
    assert not any(word in done.stdout for word in ("appearance", "on screen", "seconds", "times as fast"))
    summary = json.loads(simpsons("play", folder, "--json", "--model", model, *threshold).stdout)
    assert summary["frames"] == 6 and summary["pictures_unnamed"] == 2
    assert [(row["label"], row["pictures"], row["appearances"]) for row in summary["on_screen"]] == [
        ("marge_simpson", 3, 3),
        ("bart_simpson", 1, 1),
    ]
    only = simpsons("play", folder, "--no-window", "--model", model, *threshold, "--only", "bart").stdout
    assert "0.png: none of the chosen characters\n" in only
    assert "\n6 pictures: Bart Simpson in 1; none of the chosen characters in 5\n" in only
    nobody = simpsons("play", folder, "--no-window", "--model", model, "--threshold", 1).stdout
    assert "\n6 pictures: no one recognised\n" in nobody


def test_pictures_of_which_one_can_be_read(tmp_path: Path) -> None:
    model, folder = write_colour_model(tmp_path / "m.onnx"), tmp_path / "pictures"
    folder.mkdir()
    cv2.imwrite(str(folder / "b.png"), flat(COLOURS["bart_simpson"]))
    for name in ("a.png", "c.png"):
        (folder / name).write_text("not a picture")
    done = simpsons("play", folder, "--no-window", "--model", model)
    assert done.returncode == 3 and "\n1 picture: Bart Simpson\n" in done.stdout


def test_nobody_is_in_pictures_that_cannot_be_read(tmp_path: Path) -> None:
    model, folder = write_colour_model(tmp_path / "m.onnx"), tmp_path / "pictures"
    folder.mkdir()
    for number in (0, 3, 4):
        name = "bart_simpson" if number < 4 else "marge_simpson"
        cv2.imwrite(str(folder / f"{number}.png"), flat(COLOURS[name]))
    for number in (1, 2):
        (folder / f"{number}.png").write_text("not a picture")
    subtitles = tmp_path / "names.srt"
    done = simpsons("play", folder, "--json", "--model", model, "--subtitles", subtitles)
    assert "1.png was skipped: it is a text file\n" in done.stderr
    summary = json.loads(done.stdout)
    rows = [(row["label"], row["pictures"], row["seconds"], row["share"]) for row in summary["on_screen"]]
    assert rows == [("bart_simpson", 2, 2.0, 0.6667), ("marge_simpson", 1, 1.0, 0.3333)]
    assert summary["media_seconds"] == 3.0
    times = [line for line in subtitles.read_text().splitlines() if "-->" in line]
    assert [time.split(" --> ") for time in times] == [
        ["00:00:00,000", "00:00:01,000"],
        ["00:00:03,000", "00:00:04,000"],
        ["00:00:04,000", "00:00:05,000"],
    ]


def test_the_summary_of_a_video_has_no_pictures() -> None:
    summary = json.loads(simpsons("play", SAMPLE, "--json", "--duration", 1).stdout)
    assert summary["pictures_unnamed"] is None and "pictures" not in summary["on_screen"][0]


def test_without_a_source_and_a_display_the_error_is_that_of_playing_a_file() -> None:
    bare, file = simpsons("play"), simpsons("play", SAMPLE)
    assert bare.returncode == file.returncode == 1
    assert bare.stderr == file.stderr.splitlines(keepends=True)[-1]
    assert bare.stderr.startswith("Error: no display: ") and "--no-window" in bare.stderr


@pytest.mark.parametrize("options", [["--no-window"], ["--json"], ["-o", "x.mp4"]])
def test_without_a_source_there_is_nothing_to_do_without_a_window(options: list[str], tmp_path: Path) -> None:
    done = simpsons("play", *options, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.endswith("Error: Missing argument 'SOURCE...'.\n")


def test_a_picture_of_one_pixel(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "one.png"), flat((0, 0, 255), width=1, height=1))
    done = simpsons("play", tmp_path / "one.png", "--no-window")
    assert done.returncode == 0, done.stderr
    assert_one_error_line(
        simpsons("play", tmp_path / "one.png", "--no-window", "--regions", "halves"), "halves"
    )


def test_a_failed_run_does_not_list_an_existing_output_as_written(tmp_path: Path) -> None:
    old = tmp_path / "o.mp4"
    old.write_bytes(b"old")
    done = simpsons("play", tmp_path / "nowhere.mp4", "-o", old)
    assert_one_error_line(done, "nowhere.mp4")
    assert old.read_bytes() == b"old" and "Wrote" not in done.stderr


def test_urls_are_recorded_with_their_sound(tmp_path: Path) -> None:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(SAMPLE.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/{SAMPLE.name}"
        done = simpsons("play", address, "--duration", 1, "-o", tmp_path / "o.mp4")
        server.shutdown()
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    with av.open(str(tmp_path / "o.mp4")) as video:
        (sound,) = video.streams.audio
        assert float(sound.duration * sound.time_base) == pytest.approx(1.0, abs=0.05)
        assert sum(1 for _ in video.decode(video=0)) == 24


def test_file_urls_are_recorded_with_their_sound(tmp_path: Path) -> None:
    done = simpsons("play", SAMPLE.as_uri(), "--duration", 1, "-o", tmp_path / "o.mp4")
    assert done.returncode == 0, done.stderr
    with av.open(str(tmp_path / "o.mp4")) as video:
        assert len(video.streams.audio) == 1


def test_a_colon_in_a_file_name_is_not_a_protocol(tmp_path: Path) -> None:
    (tmp_path / "S01:E02.mp4").write_bytes(SAMPLE.read_bytes())
    done = simpsons("play", "S01:E02.mp4", "--duration", 1, "-o", "named: 1.mkv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with av.open(f"file:{tmp_path / 'named: 1.mkv'}") as video:
        assert video.streams.audio
        assert sum(1 for _ in video.decode(video=0)) == 24


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are UTF-8 or UTF-16")
def test_names_that_are_not_utf_8_are_written_as_text(tmp_path: Path) -> None:
    clip, picture = (tmp_path / os.fsdecode(name) for name in (b"clip \xff.mp4", b"picture \xff.png"))
    clip.write_bytes(SAMPLE.read_bytes())
    cv2.imwrite(str(tmp_path / "p.png"), flat((30, 30, 200)))
    (tmp_path / "p.png").rename(picture)
    outputs = (
        "--predictions",
        "c.jsonl",
        "--predictions",
        "c.csv",
        "--subtitles",
        "c.ass",
        "--report",
        "report",
        "--json",
    )
    done = simpsons("play", clip, "--duration", 1, *outputs, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["written"][:2] == ["c.jsonl", "c.csv"]
    names = [json.loads(done.stdout)["source"], read_lines(tmp_path / "c.jsonl")[0]["source"]]
    assert all(name.endswith("clip \ufffd.mp4") for name in names)
    for name in ("c.ass", "report/index.html"):
        assert "clip \ufffd.mp4" in (tmp_path / name).read_text(encoding="utf-8")
    for name in ("p.jsonl", "p.csv"):
        assert simpsons("play", picture, "--predictions", name, "-q", cwd=tmp_path).returncode == 0
    assert read_lines(tmp_path / "p.jsonl")[1]["picture"] == "picture \ufffd.png"


def test_threshold_1_names_nobody(tmp_path: Path) -> None:
    done = simpsons("play", SAMPLE, "--no-window", "--duration", 1, "--threshold", 1)
    assert "No one recognised" in done.stdout


@pytest.fixture
def wrong(tmp_path: Path) -> dict[str, Path]:
    """Files that are mistaken for videos."""
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.avi").write_text("this is not a video\n" * 100)
    (tmp_path / "cut.mp4").write_bytes(SAMPLE.read_bytes()[:2000])
    (tmp_path / "folder").mkdir()
    names = {
        "missing": "nowhere.mp4",
        "empty": "empty.mp4",
        "text": "text.avi",
        "cut": "cut.mp4",
        "folder": "folder",
    }
    return {key: tmp_path / name for key, name in names.items()}


@pytest.mark.parametrize("name", ["p.xml", "p", "-"])
def test_predictions_with_an_unknown_suffix_are_refused(name: str, tmp_path: Path) -> None:
    done = simpsons("play", SAMPLE, "--predictions", "p.csv", "--predictions", name, cwd=tmp_path)
    assert_one_error_line(done, f"{name}: ", ".jsonl or .csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["missing", "empty", "text", "cut", "folder"])
def test_a_file_that_is_not_a_video_is_one_error_line_and_leaves_no_output(
    wrong: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    out = tmp_path / "o.mp4", tmp_path / "p.jsonl"
    done = simpsons("play", wrong[kind], "--no-window", "-o", out[0], "--predictions", out[1])
    assert_one_error_line(done, wrong[kind].name)
    assert done.returncode == 1
    assert not out[0].exists() and not out[1].exists()
    assert not list(tmp_path.glob("*.part*"))


def test_a_truncated_video_is_played_to_its_end_with_a_warning(tmp_path: Path) -> None:
    whole = SAMPLE.read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) * 2 // 3])
    out = tmp_path / "o.mp4"
    args = ("--model", write_colour_model(tmp_path / "m.onnx"), "-o", out)
    done = simpsons("play", tmp_path / "cut.mp4", *args, "--predictions", tmp_path / "p.jsonl")
    assert done.returncode == 3, done.stderr
    assert "Warning: " in done.stderr and "Traceback" not in done.stderr
    *_, footer = read_lines(tmp_path / "p.jsonl")
    assert 100 < footer["frames"] < 480 and not footer["complete"] and "ends early" in footer["warnings"][0]
    with av.open(str(out)) as video:
        assert sum(1 for _ in video.decode(video=0)) == footer["frames"]


def test_a_missing_camera_is_one_error_line() -> None:
    assert_one_error_line(simpsons("play", "87", "--no-window"), "87")


def test_a_model_without_metadata_names_the_export_command(tmp_path: Path) -> None:
    model = write_colour_model(tmp_path / "foreign.onnx", metadata={})
    done = simpsons("play", SAMPLE, "--no-window", "--model", model)
    assert_one_error_line(done, "foreign.onnx", "simpsons export")


@pytest.mark.parametrize("name", ["nowhere/o.mp4", "o.xyz", "o"])
def test_an_output_that_cannot_be_written_fails_before_the_analysis(tmp_path: Path, name: str) -> None:
    done = simpsons("play", SAMPLE, "--no-window", "-o", tmp_path / name)
    assert_one_error_line(done, name.split("/")[-1])
    done = simpsons("play", SAMPLE, "--no-window", "--predictions", tmp_path / "nowhere" / "p.jsonl")
    assert_one_error_line(done, "nowhere")


def test_the_source_is_never_overwritten(tmp_path: Path) -> None:
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(SAMPLE.read_bytes())
    assert_one_error_line(simpsons("play", copy, "-o", copy), "copy.mp4", "overwritten")
    for name in ("copy.partial.mp4", "copy.part.mp4"):  # left by a stopped or killed run
        left = copy.rename(tmp_path / name)
        assert_one_error_line(simpsons("play", left, "-o", copy), name, "overwritten")
        assert left.rename(copy).read_bytes() == SAMPLE.read_bytes()
    same = simpsons("play", copy, "-o", tmp_path / "same.mp4", "--predictions", tmp_path / "same.mp4")
    assert_one_error_line(same, "same.mp4")


def test_a_full_disk_is_one_error_line(tmp_path: Path) -> None:
    """A limit on file size simulates a full disk: writing fails halfway, with an error of the system."""
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (60000, 60000)); "
        "from simpsons_play.cli.main import main; main(sys.argv[1:])"
    )
    model = write_colour_model(tmp_path / "m.onnx")
    args = ("play", SAMPLE, "--model", model, "-o", "o.mkv", "--predictions", "p.csv")
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, args)],
        cwd=tmp_path,
        env=environment(COVERAGE_PROCESS_CONFIG=None),  # its data file would not fit either
        capture_output=True,
        text=True,
        timeout=HANGS_S,
    )
    *_, left, error = done.stderr.splitlines()
    assert done.returncode == 1 and error.startswith("Error: o.mkv cannot be written: file too large")
    assert left == "Stopped early; playable but incomplete: o.partial.mkv, p.partial.csv"
    with av.open(str(tmp_path / "o.partial.mkv")) as video:
        assert next(video.decode(video=0)).width == 640


def test_a_missing_display_is_one_error_line() -> None:
    assert_one_error_line(simpsons("play", SAMPLE), "DISPLAY", "--no-window")
    unreachable = simpsons("play", SAMPLE, env=environment(DISPLAY=":87"))
    assert_one_error_line(unreachable, "--no-window")


def test_a_provider_that_does_not_work_is_one_error_line() -> None:
    done = simpsons("play", SAMPLE, "--no-window", "--provider", "cuda", "--duration", 1)
    if done.returncode == 0:
        assert "CUDAExecutionProvider" in done.stderr
    else:
        assert_one_error_line(done, "CUDAExecutionProvider", "use auto or cpu")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for other processes")
@pytest.mark.parametrize("stop", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_ctrl_c_leaves_valid_files_marked_as_partial(stop: str, tmp_path: Path) -> None:
    """3,000 pictures take long enough to be interrupted."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    packed = cv2.imencode(".png", np.random.default_rng(0).integers(0, 256, (360, 480, 3), np.uint8))[
        1
    ].tobytes()
    first, *others = (pictures / f"{number}.png" for number in range(3000))
    first.write_bytes(packed)
    for path in others:
        path.hardlink_to(first)  # copies would take 1.5 GB
    out, predictions = tmp_path / "o.mp4", tmp_path / "p.jsonl"
    part = predictions.with_name(predictions.name + ".part")
    with started("play", pictures, "-o", out, "--predictions", predictions) as process:
        wait_for(process, lambda: part.exists() and part.stat().st_size > 20_000)
        # Impatient users press Ctrl-C twice; the second must not interrupt the closing of the files.
        process.send_signal(signal.Signals[stop])
        time.sleep(0.02)
        process.send_signal(signal.Signals[stop])
        out, err = process.communicate(timeout=HANGS_S)
    assert process.returncode == 130
    assert "Traceback" not in err and "Stopped early" in err and "Interrupted." in err
    assert "ms per picture" in out, "the summary is printed"
    assert "o.partial.mp4" in err and "p.partial.jsonl" in err
    assert sorted(tmp_path.glob("[op].*")) == [tmp_path / "o.partial.mp4", tmp_path / "p.partial.jsonl"]
    header, *frames, footer = read_lines(tmp_path / "p.partial.jsonl")
    assert header["type"] == "header"
    assert footer["complete"] is False and footer["frames"] == len(frames) < 3000
    with av.open(str(tmp_path / "o.partial.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) >= len(frames) - 1


def test_help_lists_the_options_and_invalid_ones_are_refused() -> None:
    done = simpsons("play", "--help")
    assert done.returncode == 0
    for option in (
        "--model",
        "--provider",
        "--threshold",
        "--top",
        "--start",
        "--duration",
        "--no-window",
        "-o",
    ):
        assert option in done.stdout
    assert simpsons("play", SAMPLE, "--nonsense").returncode == 2
    assert simpsons("nonsense").returncode == 2
    for option, value in (
        ("--threshold", "2"),
        ("--threshold", "nan"),
        ("--start", "inf"),
        ("--duration", "0"),
    ):
        assert simpsons("play", SAMPLE, option, value).returncode == 2


@pytest.mark.parametrize("args", [("--help",), ("play", "--help")])
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has /dev/full")
def test_help_on_a_full_device_is_one_error_line(args: tuple[str, ...]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "simpsons_play", *args],
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert (done.returncode, done.stderr) == (
        1,
        "Error: standard output cannot be written: no space left on device\n",
    )


def test_both_commands_print_the_same_version() -> None:
    long, short = simpsons("--version"), simpsons("play", "--version")
    assert long.returncode == short.returncode == 0
    assert short.stdout == long.stdout and short.stdout.startswith("simpsons-play ")


@pytest.mark.parametrize(
    "where", ["simpsons_play.cli.main", "simpsons_play.cli.commands.play", "simpsons_play.cli.play_headless"]
)
def test_ctrl_c_during_imports_prints_no_traceback(where: str) -> None:
    code = f"""
import sys
import threading
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {where!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting())
from simpsons_play.cli.entry import simpsons
sys.exit(simpsons())
"""
    done = subprocess.run(
        [sys.executable, "-c", code, "play", "x.mp4", "--no-window"],
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (130, "Interrupted.\n")


@pytest.mark.parametrize("where", ["simpsons_play.cli.commands.play", "simpsons_play.sources"])
def test_ctrl_c_swallowed_by_an_import_hook_still_ends_the_command(where: str) -> None:
    """Python's import system swallows exceptions in some of its callbacks."""
    code = f"""
import signal, sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {where!r}:
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                pass
sys.meta_path.insert(0, Interrupting())
from simpsons_play.cli.entry import simpsons_play
sys.exit(simpsons_play())
"""
    done = subprocess.run(
        [sys.executable, "-c", code, "x.mp4", "--no-window"],
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (130, "Interrupted.\n")


def test_doctor_checks_every_part() -> None:
    done = simpsons("doctor")
    assert done.returncode == 0, done.stdout
    topics = [line.split()[1] for line in done.stdout.splitlines()]
    parts = {"packages", "runtime", "window", "train"}
    assert parts | {"system", "model", "cpu", "cuda", "display", "sound", "camera", "encoder"} <= set(topics)
    assert "CPUExecutionProvider" in done.stdout and "p50" in done.stdout
    assert "heads.int8.onnx" in done.stdout and "ms per 576x432 frame" in done.stdout
    assert "springfield.onnx" in done.stdout and "ms per picture" in done.stdout
    assert simpsons("doctor", "--model", "nowhere.onnx").returncode == 1


@pytest.mark.parametrize(
    "module",
    [
        "simpsons_play.cli.main",
        "simpsons_play.cli.commands.play",
        "simpsons_play.cli.commands.bench",
        "simpsons_play.cli.commands.cache",
        "simpsons_play.cli.commands.cast",
        "simpsons_play.cli.commands.teach",
        "simpsons_play.cli.commands.doctor",
        "simpsons_training.commands.train",
        "simpsons_training.commands.dataset",
        "simpsons_training.commands.evaluate",
        "simpsons_training.commands.thresholds",
        "simpsons_training.commands.runs",
        "simpsons_training.commands.label",
        "simpsons_training.commands.propose",
        "simpsons_training.commands.review",
        "simpsons_export.cli",
    ],
)
def test_command_modules_import_no_heavy_library(module: str) -> None:
    code = (
        f"import sys, {module}; "
        "heavy = 'numpy tensorflow keras PySide6 onnx sklearn matplotlib cv2 av onnxruntime'.split(); "
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=HANGS_S)
    assert done.stdout.strip() == "[]", done


def test_a_second_run_uses_the_cache_and_writes_the_same(tmp_path: Path) -> None:
    env = environment(SIMPSONS_CACHE=str(tmp_path / "cache"))
    video = beginning(SAMPLE, tmp_path, 4)
    runs = []
    for i, more in enumerate(((), (), ("--no-cache",), ("--threshold", "0.99"), ("--duration", "2"))):
        out = tmp_path / f"{i}.jsonl"
        done = simpsons("play", video, "--no-window", "--predictions", out, *more, env=env)
        assert done.returncode == 0, done.stderr
        assert ("The model ran on" in done.stdout) == ("classify" in done.stdout)
        runs.append(("classify" in done.stdout, "Using cached detections" in done.stderr))
    assert runs == [(True, False), (False, True), (True, False), (False, True), (True, False)]
    first, second, third, strict = ((tmp_path / f"{i}.jsonl").read_bytes() for i in range(4))
    assert first == second == third != strict
    done = simpsons("cache", env=env)
    assert (
        "1 video" in done.stdout
        and " kB  heads.int8.onnx" in done.stdout
        and "springfield.mp4" in done.stdout
        and "heads.int8.onnx" in done.stdout
    )
    assert simpsons("cache", "--clear", env=env).stdout.startswith("Removed 1 video from ")
    assert "0 videos" in simpsons("cache", env=env).stdout


def test_an_unwritable_cache_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    env = environment(SIMPSONS_CACHE=str(tmp_path / "file" / "cache"))
    model = write_colour_model(tmp_path / "m.onnx")
    done = simpsons("play", SAMPLE, "--no-window", "--model", model, env=env)
    assert done.returncode == 0 and "Warning: the detections are not cached: " in done.stderr


def test_exit_handlers_of_libraries_do_not_change_the_exit_code_of_ctrl_c() -> None:
    code = """
import atexit, os, click
from simpsons_play.cli.base import Command
atexit.register(os.abort)  # as running threads of TensorFlow do
@click.command(cls=Command)
def busy() -> None:
    click.echo("so far")
    raise KeyboardInterrupt
busy()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=HANGS_S)
    assert (done.returncode, done.stdout, done.stderr) == (130, "so far\n", "Interrupted.\n")


@pytest.mark.parametrize("error", [None, ImportError])
def test_ctrl_c_is_held_back_during_imports(error: type[Exception] | None) -> None:
    before, loaded = signal.getsignal(signal.SIGINT), []
    with pytest.raises(KeyboardInterrupt), held_interrupt():
        os.kill(os.getpid(), signal.SIGINT)
        loaded.append(True)
        if error is not None:
            raise error("failed halfway")
    assert loaded and signal.getsignal(signal.SIGINT) is before
    with held_interrupt():
        pass
