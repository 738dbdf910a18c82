"""`simpsons bench`, as a user runs it."""

import json
import shutil
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import av
import cv2
import pytest

from simpsons_play.cli.bench_comparison import comparison_lines
from simpsons_play.cli.bench_run import BenchRun
from simpsons_play.cli.commands.bench import bench
from tests.commands import HANGS_S, SAMPLE, assert_one_error_line, environment, simpsons, started, wait_for
from tests.fakes import COLOURS, flat, write_colour_model
from tests.media import MP4, Recipe, beginning, make_video

KEYS = {  # promised to those who build on the JSON
    "provider",
    "threads",
    "frames",
    "warmup_frames",
    "stages",
    "fps",
    "realtime_factor",
    "skipped_duplicates",
    "late_frames",
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_colour_model(tmp_path_factory.mktemp("model") / "colours.onnx")


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("video"), MP4)  # 48 frames


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return beginning(SAMPLE, tmp_path_factory.mktemp("sample"), 2)


def measured(*args: object) -> list[dict]:
    done = simpsons("bench", *args, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_json_has_the_promised_fields(sample: Path) -> None:
    (result,) = measured(sample)
    assert result.keys() >= KEYS
    assert result["provider"].endswith("ExecutionProvider") and result["threads"] >= 1
    assert (result["warmup_frames"], result["complete"], result["runs"]) == (50, True, 1)
    stages = result["stages"]
    assert set(stages) == {"decode", "prepare", "classify", "embed", "smooth", "total"}
    for stage in stages.values():
        assert 0 <= stage["p50_ms"] <= stage["p95_ms"] <= stage["p99_ms"] <= stage["max_ms"]
    frames = result["frames"]
    assert stages["decode"]["n"] == frames and stages["total"]["n"] == frames - 1
    assert result["looks"] == stages["classify"]["n"]
    assert 0 < result["looks"] <= frames - result["skipped_duplicates"]
    assert result["fps"] == pytest.approx(frames / result["seconds"], rel=0.01)
    assert result["realtime_factor"] == pytest.approx(result["media_seconds"] / result["seconds"], rel=0.01)
    assert result["looks_per_second"] == pytest.approx(result["looks"] / result["media_seconds"], rel=0.01)
    assert 0 <= result["late_frames"] <= frames
    assert result["cpu_time_s"] > 0 and result["peak_memory_mb"] > 30
    assert result["machine"].keys() >= {"cpu", "cores", "features", "onnxruntime"}


def test_the_reference_runs_the_model_on_every_changed_frame(video: Path, model: Path) -> None:
    (sampled,), (reference,) = (measured(video, "--models", model, *more) for more in ((), ("--reference",)))
    assert (sampled["reference"], reference["reference"]) == (False, True)
    assert sampled["looks"] < reference["looks"] == 48 - reference["skipped_duplicates"]


def test_text_shows_the_same(sample: Path) -> None:
    done = simpsons("bench", sample, "--warmup", 10, "--seconds", 1, "--threads", 2)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("Provider: ")
    for text in ("24 frames in ", "after 10 frames of warm-up", "times as fast as playback", "late frames"):
        assert text in done.stdout
    for text in ("decode ", "classify ", "total ", "p99", "MB at most", "onnxruntime"):
        assert text in done.stdout
    assert "heads.int8.onnx + springfield.onnx + embedder.int8.onnx, auto" in done.stdout


def test_nothing_is_cached(video: Path, model: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    for _ in range(2):
        done = simpsons(
            "bench", video, "--models", model, "--json", env=environment(SIMPSONS_CACHE=str(cache))
        )
        assert "classify" in json.loads(done.stdout)["stages"]
    assert not cache.exists() or not any(path.is_file() for path in cache.rglob("*"))


def test_every_combination_is_measured(video: Path, model: Path) -> None:
    results = measured(
        video, "--models", f"{model},included", "--regions", "full", "--threads", "1,2", "--repeats", 2
    )
    assert [(result["model"], result["threads"]) for result in results] == [
        ("colours.onnx", 1),
        ("colours.onnx", 2),
        ("springfield.onnx", 1),
        ("springfield.onnx", 2),
    ]
    for result in results:
        assert (result["runs"], result["frames"], len(result["fps_of_runs"])) == (2, 96, 2)


def test_a_table_compares_several_configurations(video: Path, model: Path) -> None:
    done = simpsons("bench", video, "--models", model, "--regions", "full,halves", "--repeats", 2)
    assert done.returncode == 0, done.stderr
    table = done.stdout[done.stdout.rindex("configuration  ") :].splitlines()
    assert "x playback" in table[0] and len({len(line) for line in table[:3]}) == 1
    assert [line.split(",")[1].strip() for line in table[1:3]] == ["full", "halves"]
    once = simpsons("bench", video, "--models", model, "--regions", "full,halves")
    cells = once.stdout[once.stdout.rindex("configuration  ") :].splitlines()[1].split()
    assert "-" in cells, "one run has no range"


def test_a_provider_that_does_not_work_is_left_out(video: Path, model: Path) -> None:
    done = simpsons("bench", video, "--models", model, "--providers", "tensorrt,cpu", "--json")
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and results[-1]["provider"] == "CPUExecutionProvider"
    if len(results) == 1:
        (line,) = done.stderr.splitlines()
        assert line.startswith("Not measured: colours.onnx, auto, tensorrt: TensorrtExecutionProvider")


def test_configurations_of_which_none_works_are_an_error(video: Path, tmp_path: Path) -> None:
    bad, worse = tmp_path / "bad.onnx", tmp_path / "worse.onnx"
    bad.write_bytes(b"no model")
    done = simpsons("bench", video, "--models", f"{bad},{worse}")
    assert done.returncode == 1 and done.stdout == ""
    first, second, error = done.stderr.splitlines()
    assert first.startswith("Not measured: bad.onnx") and second.startswith("Not measured: worse.onnx")
    assert error == "Error: none of these configurations works here"
    assert_one_error_line(simpsons("bench", video, "--models", bad), "bad.onnx is not an ONNX model")


def test_a_video_shorter_than_the_warm_up_is_measured(model: Path, tmp_path: Path) -> None:
    short = make_video(tmp_path, Recipe("short.mp4", frames=3))
    (result,) = measured(short, "--models", model)
    assert (result["warmup_frames"], result["frames"]) == (3, 3)
    (result,) = measured(short, "--models", model, "--warmup", 0)
    assert (result["warmup_frames"], result["frames"]) == (0, 3)


def test_pictures_have_no_playback(model: Path, tmp_path: Path) -> None:
    for number, colour in enumerate(COLOURS.values()):
        cv2.imwrite(str(tmp_path / f"{number}.png"), flat(colour))
    (result,) = measured(tmp_path, "--models", model)
    assert result["frames"] == 3 and result["fps"] > 0
    for key in ("realtime_factor", "late_frames", "looks_per_second"):
        assert result[key] is None
    done = simpsons("bench", tmp_path, "--models", model)
    assert "3 pictures in " in done.stdout and "fast as playback" not in done.stdout


def test_a_figure_of_one_picture_is_refused(model: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "one.png"), flat(COLOURS["bart_simpson"]))
    figure = tmp_path / "figure.svg"
    done = simpsons("bench", tmp_path / "one.png", "--models", model, "--figure", figure)
    assert done.returncode == 1 and not figure.exists()
    assert done.stderr.endswith(
        f"Error: {figure} was not written: it shows the time between frames, and there is only one\n"
    )
    assert "1 picture in " in done.stdout and "total" not in done.stdout


def test_drawing_and_recording_are_stages(video: Path, model: Path, tmp_path: Path) -> None:
    (drawn,) = measured(video, "--models", model, "--draw")
    assert drawn["stages"]["draw"]["n"] == 48 and (drawn["drawn"], drawn["recorded"]) == (True, False)
    recording = tmp_path / "out.mp4"
    (recorded,) = measured(video, "--models", model, "-o", recording)
    assert recorded["stages"]["draw"]["n"] == recorded["stages"]["write"]["n"] == 48
    assert recorded["drawn"] and recorded["recorded"]
    with av.open(str(recording)) as opened:
        assert sum(1 for _ in opened.decode(video=0)) == 48
    assert list(tmp_path.iterdir()) == [recording]


def test_the_figure_is_a_picture(video: Path, model: Path, tmp_path: Path) -> None:
    svg, png = tmp_path / "figure.svg", tmp_path / "figure.png"
    svg.write_text("old")
    done = simpsons("bench", video, "--models", model, "--regions", "full,halves", "--figure", svg)
    assert done.returncode == 0 and f"Wrote: {svg}" in done.stderr
    texts = {element.text for element in ET.parse(svg).iter() if element.tag.endswith("text")}
    assert {"colours.onnx, full, CPU, 1 thread", "colours.onnx, halves, CPU, 1 thread"} <= texts
    assert simpsons("bench", video, "--models", model, "--figure", png).returncode == 0
    assert cv2.imread(str(png)).shape[1] == 2000
    assert {path.name for path in tmp_path.iterdir()} == {"figure.svg", "figure.png"}


def test_inputs_are_not_overwritten(video: Path, model: Path, tmp_path: Path) -> None:
    for name in ("0.png", "1.png"):
        cv2.imwrite(str(tmp_path / name), flat(COLOURS["bart_simpson"]))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    done = simpsons("bench", tmp_path, "--models", model, "--figure", tmp_path / "1.png")
    assert_one_error_line(done, "it would be overwritten")
    copy = tmp_path / "copy.mp4"
    shutil.copy(video, copy)
    assert_one_error_line(simpsons("bench", copy, "-o", copy), "is the source; it would be overwritten")
    assert before.items() <= {path.name: path.read_bytes() for path in tmp_path.iterdir()}.items()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "Missing argument 'SOURCE'"),
        (("nowhere.avi",), "nowhere.avi: no such file"),
        (("text.avi",), "it is a text file, not a video"),
        (("empty",), "contains no pictures"),
        (("videos",), "contains 2 videos; give one, such as videos/a.mp4"),
        (("text.avi", "--figure", "a.pdf"), "cannot write '.pdf' figures; end it with .svg or .png"),
        (("text.avi", "--figure", "no/a.svg"), "there is no folder no"),
        (("text.avi", "--providers", "cpu,"), "'' is not one of"),
        (("text.avi", "--threads", "1,many"), "'many' is not a valid integer"),
        (
            ("text.avi", "--threads", "1,2", "-o", "a.mp4"),
            "--output can record only one configuration, not 2.",
        ),
        (("text.avi", "--compare", "a.json", "b.json"), "--compare takes two files"),
        (("--compare", "text.avi", "text.avi"), "is not what `simpsons bench SOURCE --json` prints"),
        (("--compare", "a.json", "b.json"), "a.json cannot be read: no such file"),
    ],
)
def test_bad_input_is_one_line(args: tuple[str, ...], words: str, video: Path, tmp_path: Path) -> None:
    (tmp_path / "text.avi").write_text("this is no video, but a text\n" * 20)
    (tmp_path / "empty").mkdir()
    (tmp_path / "videos").mkdir()
    for name in ("a.mp4", "b.mp4"):
        shutil.copy(video, tmp_path / "videos" / name)
    done = simpsons("bench", *args, cwd=tmp_path)
    assert done.returncode in (1, 2) and done.stdout == ""
    (error,) = (line for line in done.stderr.splitlines() if line.startswith("Error: "))
    assert words in error and "Traceback" not in done.stderr


def test_a_source_that_can_be_read_once_is_measured_without_warm_up(model: Path, tmp_path: Path) -> None:
    video = make_video(tmp_path, Recipe("stream.mkv", frames=24))
    command = [sys.executable, "-m", "simpsons_play", "bench", "-", "--models", str(model), "--json"]
    codes, outputs = [], []
    for more in ([], ["--warmup", "0"]):
        with video.open("rb") as stream:
            done = subprocess.run(
                [*command, *more], stdin=stream, capture_output=True, text=True, timeout=HANGS_S
            )
        codes.append(done.returncode)
        outputs.append(done.stdout + done.stderr)
    assert codes == [1, 0], outputs
    assert "can be read only once" in outputs[0]
    assert json.loads(outputs[1])["frames"] == 24


def test_what_could_not_be_read_is_said(tmp_path: Path, model: Path) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(SAMPLE.read_bytes()[:300_000])
    done = simpsons("bench", cut, "--models", model, "--regions", "full", "--json")
    assert done.returncode == 3 and "ends early" in done.stderr
    assert json.loads(done.stdout)["complete"] is False


def test_after_ctrl_c_the_figures_so_far_are_printed(model: Path, tmp_path: Path) -> None:
    recording, figure = tmp_path / "out.mp4", tmp_path / "figure.svg"
    files = ("-o", recording, "--figure", figure)
    with started("bench", SAMPLE, "--models", model, "--repeats", 50, *files) as process:
        wait_for(process, lambda: (tmp_path / "out.part.mp4").exists())  # the warm-up is over
        wait_for(process, lambda: (tmp_path / "out.part.mp4").stat().st_size > 50_000)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopped early" in out and "total " in out
    assert err.endswith("Interrupted.\n") and "Traceback" not in err
    ET.parse(tmp_path / "figure.partial.svg")
    assert not figure.exists()


def test_ctrl_c_before_the_second_frame_is_not_an_error_of_the_figure(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure = BenchRun.measure

    def interrupted(self: BenchRun) -> bool:
        measure(self)
        raise KeyboardInterrupt

    monkeypatch.setattr(BenchRun, "measure", interrupted)
    cv2.imwrite(str(tmp_path / "one.png"), flat(COLOURS["bart_simpson"]))
    args = [str(tmp_path / "one.png"), "--models", str(model), "--figure", str(tmp_path / "figure.svg")]
    context = bench.make_context("bench", args)
    del context.params["debug"]  # of the class of all commands
    with pytest.raises(KeyboardInterrupt):  # which ends all commands with 130
        context.invoke(bench.callback, **context.params)
    assert [path.name for path in tmp_path.iterdir()] == ["one.png"]


def write_result(path: Path, *results: dict) -> Path:
    path.write_text("".join(json.dumps(result) + "\n" for result in results))
    return path


def result(**changes: object) -> dict:
    values: dict[str, object] = {
        "source": "episode.avi",
        "model": "heads.onnx",
        "provider": "CPUExecutionProvider",
        "threads": 1,
        "frames": 100,
        "fps": 100.0,
        "late_frames": 0,
        "cpu_time_s": 1.0,
        "stages": {"classify": {"p50_ms": 8.0, "max_ms": 20.0, "n": 100}},
        "machine": {"cpu": "Fast Processor", "features": ["avx2"]},
    }
    return {**values, **changes}


def rows(lines: list[str]) -> dict[str, list[str]]:
    return {line[:34].strip(): line[34:].split() for line in lines}


def test_two_results_are_compared_with_ratios(tmp_path: Path) -> None:
    before = write_result(tmp_path / "a.json", result())
    faster = {"classify": {"p50_ms": 4.0, "max_ms": 30.0, "n": 100}, "draw": {"p50_ms": 1.0}}
    after = write_result(
        tmp_path / "b.json", result(fps=250.0, threads=2, frames=200, cpu_time_s=1.5, stages=faster)
    )
    lines = list(comparison_lines(before, after))
    assert "threads         1 -> 2" in lines and "source          episode.avi" in lines
    table = rows(lines)
    assert table["frames per second"] == ["100.0", "250.0", "2.50"]
    assert table["processor time, ms per frame"] == ["10.0", "7.5", "0.75"]
    assert table["classify p50, ms"] == ["8.0", "4.0", "0.50"]
    assert table["classify max, ms"] == ["20.0", "30.0", "1.50"]
    assert table["late frames"] == ["0", "0", "-"]
    assert not any(row.startswith("draw ") for row in table), "only one of them has it"


def test_configurations_are_matched(tmp_path: Path) -> None:
    before = write_result(tmp_path / "a.json", result(), result(threads=2, fps=150.0))
    after = write_result(tmp_path / "b.json", result(threads=2, fps=300.0), result(threads=4))
    lines = list(comparison_lines(before, after))
    assert rows(lines)["frames per second"] == ["150.0", "300.0", "2.00"]
    assert sum(line.startswith("frames per second") for line in lines) == 1
    others = "model heads.onnx, regions unknown, reference unknown, provider CPUExecutionProvider"
    assert [line for line in lines if line.startswith("Only in")] == [
        f"Only in {before}: {others}, threads 1, drawn no, recorded no",
        f"Only in {after}: {others}, threads 4, drawn no, recorded no",
    ]


def test_results_of_earlier_versions_are_matched(tmp_path: Path) -> None:
    before = write_result(tmp_path / "a.json", result(), result(threads=2))
    now = {"drawn": False, "recorded": False}
    after = write_result(tmp_path / "b.json", result(**now), result(threads=2, **now))
    lines = list(comparison_lines(before, after))
    assert sum(line.startswith("frames per second") for line in lines) == 2


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"fps": 1, "stages": 3}', "nonsense", '"fps"', "\xff"])
def test_other_files_are_not_compared(content: str, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(content, encoding="latin-1")
    done = simpsons("bench", "--compare", other, write_result(tmp_path / "a.json", result()))
    assert done.returncode == 2 and "is not what" in done.stderr and "Traceback" not in done.stderr


def test_what_bench_prints_can_be_compared(video: Path, model: Path, tmp_path: Path) -> None:
    paths = []
    for threads in (1, 2):
        done = simpsons("bench", video, "--models", model, "--threads", threads, "--json")
        paths.append(tmp_path / f"{threads}.json")
        paths[-1].write_text(done.stdout)
    done = simpsons("bench", "--compare", *paths)
    assert done.returncode == 0, done.stderr
    assert "threads         1 -> 2" in done.stdout and "total p99, ms" in done.stdout
