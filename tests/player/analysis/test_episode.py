"""The clip of the show, where it is here: what the front page claims is measured here."""

from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.commands import simpsons
from tests.data import EPISODE
from tests.scoring import Score

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not EPISODE.exists(), reason="the clip of the show is not here"),
]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With one setting: the default one."""
    folder = tmp_path_factory.mktemp("episode")
    out = ("-o", folder / "o.mp4", "--predictions", folder / "p.jsonl")
    done = simpsons("play", EPISODE, "--no-window", *out)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def score(played: Path) -> Score:
    score = Score()
    score.add(played / "p.jsonl", EPISODE.with_suffix(".csv"))
    return score


def test_single_shots_are_labelled_19_times_in_20(score: Score) -> None:
    print(f"\nsingle shots: exactly the one name {score.share('single'):.1%} of the time")
    assert score.asked["single"] > 500
    assert score.share("single") >= 0.95


def test_two_people_are_labelled_at_their_sides_9_times_in_10(score: Score) -> None:
    print(f"\ntwo people: each named {score.share('half'):.1%} of the time")
    print(f"two people: exactly the one name in each half {score.share('sides'):.1%} of the time")
    assert score.share("half") >= 0.9
    assert score.share("sides") >= 0.9


def test_empty_scenes_are_silent_and_captions_change_with_the_shots(score: Score) -> None:
    print(
        f"\nnobody: silent {score.share('nobody'):.1%}; changes per true one {score.changes_per_true_one:.3f}"
    )
    assert score.share("nobody") >= 0.9
    assert score.changes_per_true_one <= 1.1


def test_screen_time_matches_the_truth(score: Score) -> None:
    """Within a tenth, of those who are there for more than three seconds."""
    worst = max(score.errors, key=lambda error: abs(error[1]))
    print(f"\nscreen time of {len(score.errors)} characters; the worst: {worst[0]} {worst[1]:+.1%}")
    assert len(score.errors) == 13 and abs(worst[1]) <= 0.1


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
