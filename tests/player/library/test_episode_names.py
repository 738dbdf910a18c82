from __future__ import annotations

from pathlib import Path

import pytest

from simpsons_play.library.episode_names import episode_name


@pytest.mark.parametrize(
    ("path", "season", "episode", "title"),
    [
        ("The Simpsons S04E12 Marge vs. the Monorail 720p x264.mkv", 4, 12, "S04E12 Marge vs the Monorail"),
        ("Simpsons 4x12 - Marge vs. the Monorail.avi", 4, 12, "S04E12 Marge vs the Monorail"),
        ("Season 04/12 - Marge vs the Monorail.mkv", 4, 12, "S04E12 Marge vs the Monorail"),
        ("simpsons.s04e12-e13.mkv", 4, 12, "S04E12"),
        ("Die Simpsons - S05E03 - Homer geht auf die Uni.mp4", 5, 3, "S05E03 Homer geht auf die Uni"),
        ("S02E03 Bart Gets Hit.avi", 2, 3, "S02E03 Bart Gets Hit"),
        ("films/clip_105.mp4", None, None, "clip_105"),
        ("real/bart_01.mp4", None, None, "bart_01"),
        ("holiday 1080p.mp4", None, None, "holiday 1080p"),
        ("Season 3/Bart.mp4", 3, None, "Bart"),
    ],
)
def test_season_number_and_title_are_read(path, season, episode, title):
    found = episode_name(Path("/shows") / path)
    assert (found.season, found.episode, found.title) == (season, episode, title)


@pytest.mark.parametrize(
    "name", ["a\nb.mp4", "<script>alert(1)</script>.mp4", "\udcff.mp4", "....mp4", "x" * 250]
)
def test_the_title_of_any_name_is_one_line_of_text(name):
    title = episode_name(Path(name)).title
    title.encode()
    assert title
    assert "\n" not in title
