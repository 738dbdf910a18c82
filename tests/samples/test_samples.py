import csv
from fractions import Fraction

import av
import numpy as np
import pytest

from simpsons_samples.drawings import CHARACTERS, random_picture
from simpsons_samples.render import draw_frame
from simpsons_samples.scenes import FRAMES, SHOTS, first_frames, ground_truth
from simpsons_samples.sound import soundtrack
from tests.commands import SAMPLE


@pytest.mark.parametrize("name", [*CHARACTERS, None])
def test_pictures_are_reproducible(name: str | None) -> None:
    first, again, other = (random_picture(name, np.random.default_rng(seed), 64) for seed in (1, 1, 2))
    assert first.shape == (64, 64, 3) and first.dtype == np.uint8
    assert (first == again).all() and (first != other).any()


def test_characters_differ_from_each_other() -> None:
    pictures = [random_picture(name, np.random.default_rng(1), 64).astype(int) for name in CHARACTERS]
    for i, one in enumerate(pictures):
        for other in pictures[:i]:
            assert np.abs(one - other).mean() > 3


def test_unknown_characters_are_rejected() -> None:
    with pytest.raises(ValueError, match="maggie"):
        random_picture("maggie_simpson", np.random.default_rng(0))


def test_the_clip_matches_the_code() -> None:
    """One frame of each shot, drawn again, matches the file up to compression."""
    starts = list(first_frames())
    chosen = {start + 6: (shot, 6) for start, shot in zip(starts, SHOTS, strict=False)}
    with av.open(str(SAMPLE)) as clip:
        stream = clip.streams.video[0]
        assert (stream.average_rate, stream.width, stream.height) == (Fraction(24000, 1001), 640, 480)
        count = 0
        for index, frame in enumerate(clip.decode(stream)):
            count += 1
            if index in chosen:
                shot, within = chosen[index]
                drawn = draw_frame(shot, within).astype(int)
                assert np.abs(drawn - frame.to_ndarray(format="bgr24")).mean() < 6, index
    assert count == FRAMES


def test_the_ground_truth_matches_the_script() -> None:
    with SAMPLE.with_suffix(".csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["where"], r["character"]) for r in rows] == [
        (a.where, a.character or "") for a in ground_truth()
    ]
    assert {r["character"] for r in rows} - {""} <= set(CHARACTERS)


def test_the_sound_has_the_length_of_the_clip_and_does_not_clip() -> None:
    sound = soundtrack()
    assert len(sound) == round(FRAMES * 1001 / 24000 * 44100)
    assert 0.3 < np.abs(sound).max() < 1.0
