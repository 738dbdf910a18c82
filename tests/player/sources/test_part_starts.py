"""Where videos are split: at key frames, near multiples of a length, without decoding."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest

from simpsons_play.analysis.parts import Part, plan_parts
from simpsons_play.core.errors import SourceError
from simpsons_play.sources.part_starts import part_starts
from tests.media import EVERY, MKV, Recipe, Studio, make_sound

LONG = replace(MKV, name="long.mkv", sound=None, frames=250)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("studio"))


def key_times(path: Path) -> list[float]:
    """Times of the key frames, on a clock that starts with the container."""
    with av.open(str(path)) as container:
        start_s = (container.start_time or 0) / av.time_base
        return [
            float((packet.dts if path.suffix == ".avi" else packet.pts) * packet.time_base) - start_s
            for packet in container.demux(video=0)
            if packet.size and packet.is_keyframe
        ]


@pytest.mark.parametrize("recipe", [*EVERY, LONG], ids=lambda recipe: recipe.name)
def test_each_part_starts_at_a_key_frame(recipe: Recipe, studio: Studio) -> None:
    starts, keys = part_starts(studio.video(recipe), 0.75), key_times(studio.video(recipe))
    assert starts[0] == 0 and len(starts) >= 2
    for start_s in starts[1:]:
        assert min(abs(start_s - key_s) for key_s in keys) < 0.002
    lengths_s = [after - before for before, after in pairwise([*starts, recipe.length_s])]
    assert min(lengths_s) >= 0.375 - 0.05


@pytest.mark.parametrize("part_s", [1.0, 3.0, 7.0])
def test_parts_are_about_as_long_as_wanted(part_s: float, studio: Studio) -> None:
    starts = [*part_starts(studio.video(LONG), part_s), 10.0]
    assert len(starts) - 1 == pytest.approx(10 / part_s, abs=1)
    assert all(0.5 * part_s <= after - before <= 1.6 * part_s for before, after in pairwise(starts))


def test_parts_are_longer_where_key_frames_are_far_apart(studio: Studio) -> None:
    rare = replace(LONG, name="rare.mkv", options={"preset": "ultrafast", "g": "90", "sc_threshold": "0"})
    assert part_starts(studio.video(rare), 1.0) == pytest.approx((0.0, 3.6, 7.2), abs=0.01)
    single = replace(LONG, name="one.mkv", options={"preset": "ultrafast", "g": "999", "sc_threshold": "0"})
    assert part_starts(studio.video(single), 1.0) == (0.0,)


def test_a_short_video_is_one_part(studio: Studio) -> None:
    assert plan_parts(studio.video(MKV), part_s=1.5) == (Part(),)


def test_what_cannot_be_sought_is_one_part(studio: Studio, tmp_path: Path) -> None:
    raw = tmp_path / "raw.h264"
    with av.open(str(studio.video(LONG))) as source, av.open(str(raw), "w", format="h264") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    assert plan_parts(raw, part_s=1.0) == (Part(),)


def test_pictures_that_may_be_transparent_are_not_split(studio: Studio) -> None:
    opaque = Recipe("ffv1.mkv", "ffv1", rate=Fraction(25), options={"g": "1"}, pixels="bgr0")
    assert len(part_starts(studio.video(opaque), 0.5)) > 1
    assert part_starts(studio.video(replace(opaque, name="alpha.mkv", pixels="bgra")), 0.5) == (0.0,)


def test_a_folder_of_pictures_is_one_part(tmp_path: Path) -> None:
    assert plan_parts(tmp_path, part_s=1.0) == (Part(),)


def test_what_is_no_video_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="sound but no video"):
        plan_parts(make_sound(tmp_path / "sound.mp3"), part_s=1.0)
    (tmp_path / "text.mkv").write_text("no video")
    with pytest.raises(SourceError, match=r"text\.mkv"):
        plan_parts(tmp_path / "text.mkv", part_s=1.0)


@pytest.mark.parametrize("part_s", [0.0, -1.0, float("nan")])
def test_the_length_of_a_part_must_be_positive(part_s: float, studio: Studio) -> None:
    with pytest.raises(ValueError, match="part_s"):
        part_starts(studio.video(MKV), part_s)
