"""Chapters that tell who is on screen, and the files that contain them."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.library.exports.chapters import Chapter, chapters_of, edl_text, matroska_xml
from simpsons_play.library.exports.episodes import Character, Episode

NAMES = {"bart": "Bart", "homer": "Homer", "lisa": "Lisa", "marge": "Marge", "maggie": "Maggie"}


def episode(appearances, *, cuts=(), duration_s=100.0):
    characters = tuple(Character(label, name, "#000000", 1.0, 0.1) for label, name in NAMES.items())
    shots = tuple(zip((0.0, *cuts), (*cuts, duration_s), strict=True))
    return Episode(
        "0" * 32, Path("a.mkv"), "a", None, None, None, duration_s, 64, 48, 1, characters,
        tuple(sorted(appearances, key=lambda one: one[1])), shots,
    )  # fmt: skip


def found(*args, min_length_s=20.0, **options):
    chapters = chapters_of(episode(*args, **options), min_length_s=min_length_s)
    return [(one.start_s, one.end_s, one.title) for one in chapters]


def test_a_chapter_begins_at_the_cut_after_which_others_are_on_screen():
    assert found([("bart", 0, 50), ("homer", 50, 100)], cuts=(25, 50, 75)) == [
        (0, 50, "Bart"),
        (50, 100, "Homer"),
    ]


def test_a_short_shot_joins_the_neighbour_that_is_more_like_it():
    before = found([("bart", 0, 45), ("homer", 45, 100)], cuts=(40, 45))
    after = found([("bart", 0, 40), ("homer", 40, 100)], cuts=(40, 45))
    assert before == [(0, 45, "Bart"), (45, 100, "Homer")]
    assert after == [(0, 40, "Bart"), (40, 100, "Homer")]


def test_names_are_those_of_the_most_time_first_and_four_at_most():
    people = [("bart", 0, 30), ("homer", 0, 90), ("lisa", 0, 26), ("marge", 0, 60), ("maggie", 0, 28)]
    assert found(people) == [(0, 100, "Homer, Marge, Bart, Maggie")]


def test_where_nobody_is_recognised_the_title_says_so():
    assert found([]) == [(0, 100, "No one recognised")]


def test_a_video_shorter_than_a_chapter_is_one_chapter():
    assert found([("bart", 0, 3)], cuts=(1, 2), duration_s=3) == [(0, 3, "Bart")]


def test_an_empty_video_has_no_chapters():
    assert found([], duration_s=0) == []


@given(
    st.lists(st.floats(0, 100), max_size=30),
    st.lists(st.tuples(st.sampled_from(sorted(NAMES)), st.floats(0, 100), st.floats(0, 100)), max_size=20),
    st.floats(0.5, 40),
)
def test_chapters_cover_the_video_and_none_is_too_short(cuts, times, min_length_s):
    appearances = [(label, min(a, b), max(a, b)) for label, a, b in times]
    chapters = chapters_of(episode(appearances, cuts=tuple(sorted(cuts))), min_length_s=min_length_s)
    assert chapters[0].start_s == 0 and chapters[-1].end_s == 100
    assert all(one.end_s == other.start_s for one, other in itertools.pairwise(chapters))
    assert all(one.title != other.title for one, other in itertools.pairwise(chapters))
    assert len(chapters) == 1 or min(one.end_s - one.start_s for one in chapters) >= min_length_s


def test_scene_markers_are_where_chapters_begin():
    lines = edl_text([Chapter(0, 4.5, "a"), Chapter(4.5, 9.1234, "b")]).splitlines()
    assert lines == ["## simpsons-play", "4.500 4.500 2"]


@pytest.mark.parametrize("title", ["<&>\"'", "a\nb\x00\x1b\ufffe\ud800", "]]>", "Ünïcödé 🍩"])
def test_any_title_makes_valid_xml(title):
    root = ET.fromstring(matroska_xml([Chapter(0, 3723.0456, title)]))
    (atom,) = root.findall("EditionEntry/ChapterAtom")
    assert atom.findtext("ChapterTimeEnd") == "01:02:03.046"
    text = atom.findtext("ChapterDisplay/ChapterString")
    assert text == title or ("\ufffd" in text and "\n" not in text)
