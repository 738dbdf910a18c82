"""Names for people and for files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from simpsons_play.core.names import display_name, slug, unused_path


def test_labels_are_formatted_for_display() -> None:
    assert display_name("homer_simpson") == "Homer Simpson"


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
