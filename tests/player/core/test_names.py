"""Names for people and for files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from simpsons_play.core.names import CHARACTERS_BGR, display_name, slug, unused_path, use_display_names


def test_labels_are_formatted_for_display() -> None:
    assert display_name("homer_simpson") == "Homer Simpson"
    assert display_name("krusty_the_clown") == "Krusty the Clown"
    assert display_name("a" * 60) == f"A{'a' * 46}…"
    assert display_name("moe's_cat") == "Moe's Cat" and display_name("spider-pig") == "Spider-Pig"


@pytest.mark.parametrize("label", ["Hund aus Bayern", "R2-D2", "iPod", "<b>Bart</b>", "デーブ", "Homer J."])
def test_labels_that_are_written_for_people_stay_as_they_are(label: str) -> None:
    assert display_name(label) == label


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("abraham_grampa_simpson", "Grampa"),
        ("apu_nahasapeemapetilon", "Apu"),
        ("charles_montgomery_burns", "Mr. Burns"),
        ("Charles Montgomery Burns", "Mr. Burns"),
        ("milhouse_van_houten", "Milhouse"),
    ],
)
def test_characters_have_the_short_names_of_the_show(label: str, name: str) -> None:
    assert display_name(label) == name


def test_display_names_are_short_and_differ() -> None:
    names = [display_name(label) for label in CHARACTERS_BGR]
    assert max(map(len, names)) <= 17 and len(set(names)) == 18


def test_display_names_can_be_set_at_any_time() -> None:
    assert display_name("otto_mann") == "Otto Mann" and display_name("moe_szyslak") == "Moe Szyslak"
    try:
        use_display_names({"otto_mann": "Otto", "Moe Szyslak": " Moe\n ", "bart_simpson": " "})
        assert display_name("otto_mann") == "Otto" and display_name("moe_szyslak") == "Moe"
        assert display_name("bart_simpson") == "Bart Simpson", "a blank name is none"
        use_display_names({"otto_mann": "Bus Driver"})
        assert display_name("otto_mann") == "Bus Driver" and display_name("moe_szyslak") == "Moe Szyslak"
        use_display_names({"!": "Punctuation"})
        assert display_name("?") == "?", "a label without letters is no other label"
    finally:
        use_display_names({})
    assert display_name("otto_mann") == "Otto Mann"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bart the General (1990)", "Bart-the-General-1990"),
        ("../etc/x", "etc-x"),
        ("(!)", "video"),
    ],
)
def test_slugs_are_plain_file_names(text: str, expected: str) -> None:
    assert slug(text, fallback="video") == expected


def test_unused_paths_are_numbered_and_never_too_long(tmp_path: Path) -> None:
    for number in range(3):
        path = unused_path(tmp_path, "x" * 300 if number == 2 else "a", ".png")
        assert len(os.fsencode(path.name)) <= 255
        path.touch()
    (tmp_path / "a-3.png").symlink_to("missing")
    assert unused_path(tmp_path, "a", ".png") == tmp_path / "a-4.png"
    assert {"a.png", "a-2.png"} < {path.name for path in tmp_path.iterdir()}
