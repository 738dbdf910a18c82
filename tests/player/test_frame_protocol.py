"""Every container and codec, frame by frame: decoded, predicted, written as subtitles, recorded."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pysubs2
import pytest

from simpsons_play.cli.play_headless import play_without_window
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.names import display_name
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.sources import VideoFile
from simpsons_play.sources.standard_input import StandardInput
from tests.fakes import LABELS, write_colour_model
from tests.media import Recipe, Studio
from tests.numbered_clips import CLIPS, FRAMES, RATE, SHOT, label_of, label_on, number_on

STEP_S = float(1 / RATE)
RUN_UP_S = 0.05
"""An encoder of sound may put its run-up before the first sample."""

INDEX_LAST = (".mp4", ".mov", ".3gp")
"""What cannot be played before all of it has come."""

clips = pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.name)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("studio"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_colour_model(tmp_path_factory.mktemp("model") / "colours.onnx")


def frames_of(path: Path, **asked: float) -> dict[int, float]:
    """When each number is shown, in seconds."""
    with VideoFile(path, **asked) as video:
        shown = [(number_on(frame.image), frame.time_s) for frame in video]
        assert video.warnings == []
    assert len(dict(shown)) == len(shown)
    return dict(shown)


@clips
def test_every_frame_comes_at_its_time(clip: Recipe, studio: Studio) -> None:
    times = frames_of(studio.video(clip))
    assert list(times) == list(range(FRAMES))
    assert times[0] == pytest.approx(float((clip.stamps or [0])[0] / RATE), abs=RUN_UP_S)
    steady = [times[0] + number * STEP_S for number in range(FRAMES)]
    # AVI counts pictures, and ffmpeg's muxer repeats the first where nothing is reordered.
    slack_s = STEP_S + 0.002 if clip.name.endswith("avi") else 0.002
    assert list(times.values()) == pytest.approx(steady, abs=slack_s)


@clips
def test_what_is_sought_is_what_is_there(clip: Recipe, studio: Studio) -> None:
    path = studio.video(clip)
    times = frames_of(path)
    chance = random.Random(clip.name)
    for _ in range(12):
        number = chance.randrange(FRAMES - 3)
        within_s = chance.choice([0.0, 0.3, 0.9]) * STEP_S
        found = frames_of(path, start_s=times[number] + within_s, duration_s=2 * STEP_S)
        expected = {
            n: at_s
            for n, at_s in times.items()
            if times[number] + within_s - 1e-6 <= at_s < times[number] + within_s + 2 * STEP_S - 1e-6
        }
        assert found == pytest.approx(expected)


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot wait for pipes")
@pytest.mark.parametrize(
    "clip", [clip for clip in CLIPS if not clip.name.endswith(INDEX_LAST)], ids=lambda clip: clip.name
)
def test_a_pipe_gives_the_same_frames(clip: Recipe, studio: Studio) -> None:
    path = studio.video(clip)
    with path.open("rb") as file, StandardInput(descriptor=file.fileno()) as video:
        times = {number_on(frame.image): frame.time_s for frame in video}
    assert video.warnings == []
    assert times == pytest.approx(frames_of(path), abs=0.002)


@clips
def test_files_agree_to_the_frame(clip: Recipe, studio: Studio, model: Path, tmp_path: Path) -> None:
    """Predictions, subtitles and a recording of one run, each read back."""
    path = studio.video(clip)
    times = frames_of(path)
    request = PlayRequest(
        str(path),
        model=model,
        provider="cpu",
        config=AnalysisConfig(regions="full"),
        output=tmp_path / "named.mkv",
        predictions=(tmp_path / "seen.jsonl",),
        subtitles=(tmp_path / "names.srt",),
        quiet=True,
        cached=False,
    )
    assert play_without_window([request])

    lines = [json.loads(line) for line in (tmp_path / "seen.jsonl").read_text().splitlines()]
    frames = [line for line in lines if line["type"] == "frame"]
    assert [frame["time_s"] for frame in frames] == pytest.approx(list(times.values()), abs=1e-5)
    assert [frame["captions"][0]["label"] for frame in frames] == [label_of(n) for n in range(FRAMES)]

    cues = pysubs2.load(str(tmp_path / "names.srt"))
    assert [cue.plaintext for cue in cues] == [display_name(label) for label in LABELS]
    begins = [times[SHOT * number] for number in range(3)]
    assert [cue.start / 1000 for cue in cues] == pytest.approx(begins, abs=0.002)
    assert [cue.end / 1000 for cue in cues][:2] == pytest.approx(begins[1:], abs=0.002)

    with VideoFile(tmp_path / "named.mkv") as video:
        recorded = [(number_on(frame.image), label_on(frame.image), frame.time_s) for frame in video]
    assert [(number, label) for number, label, _ in recorded] == [(n, label_of(n)) for n in range(FRAMES)]
    assert [at_s for _, _, at_s in recorded] == pytest.approx(list(times.values()), abs=0.003)
