"""The clip of the show, where it is here: what the front page claims is measured here."""

import csv
import json
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.commands import simpsons
from tests.data import EPISODE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not EPISODE.exists(), reason="the clip of the show is not here"),
]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("episode")
    out = ("-o", folder / "o.mp4", "--predictions", folder / "p.jsonl")
    done = simpsons("play", EPISODE, "--no-window", *out)
    assert done.returncode == 0, done.stderr
    return folder


def test_single_shots_are_named_nineteen_times_in_twenty(played: Path) -> None:
    """Over shots of one known character, a fifth of a second from their ends, it is the one caption."""
    with (played / "p.jsonl").open(encoding="utf-8") as file:
        frames = [line for line in map(json.loads, file) if line["type"] == "frame"]
    assert len(frames) == 1957
    right = []
    with EPISODE.with_suffix(".csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["where"] == "full" and row["character"]:
                begin_s, end_s = float(row["start_s"]) + 0.2, float(row["end_s"]) - 0.2
                within = [f for f in frames if begin_s <= f["time_s"] <= end_s]
                shown = [{c["label"] for c in f["captions"]} for f in within]
                right += [names == {row["character"]} for names in shown]
    print(f"\nsingle shots: exactly the one name {sum(right) / len(right):.1%} of {len(right):,} frames")
    assert len(right) > 1000
    assert sum(right) / len(right) >= 0.95


def test_the_recording_has_every_frame_the_rate_and_the_sound(played: Path) -> None:
    with av.open(str(played / "o.mp4")) as video, av.open(str(EPISODE)) as source:
        stream = video.streams.video[0]
        assert stream.average_rate == Fraction(24000, 1001)
        assert sum(1 for _ in video.decode(stream)) == 1957
        assert abs(video.duration - source.duration) / av.time_base <= 1001 / 24000
    sounds = []
    for path in (played / "o.mp4", EPISODE):
        with av.open(str(path)) as container:
            sounds.append([bytes(p) for p in container.demux(container.streams.audio[0]) if p.size])
    assert sounds[0] == sounds[1]


def test_both_people_of_two_are_named_nine_times_in_ten(played: Path) -> None:
    """Over shots of two known characters, each of the two, and alone in its half of the frame."""
    with (played / "p.jsonl").open(encoding="utf-8") as file:
        frames = [line for line in map(json.loads, file) if line["type"] == "frame"]
    named, alone = [], []
    with EPISODE.with_suffix(".csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["where"] in ("left", "right"):
                begin_s, end_s = float(row["start_s"]) + 0.2, float(row["end_s"]) - 0.2
                within = [f for f in frames if begin_s <= f["time_s"] <= end_s]
                named += [row["character"] in {c["label"] for c in f["captions"]} for f in within]
                sides = [{c["label"] for c in f["captions"] if row["where"] in c["region"]} for f in within]
                alone += [names == {row["character"]} for names in sides]
    print(f"\ntwo people: each named {sum(named) / len(named):.1%} of the time")
    print(f"two people: exactly the one name in each half {sum(alone) / len(alone):.1%} of the time")
    assert sum(named) / len(named) >= 0.9
    assert sum(alone) / len(alone) >= 0.9
