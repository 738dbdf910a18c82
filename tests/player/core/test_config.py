"""Requests and the names of their output files."""

from __future__ import annotations

from pathlib import Path

import pytest

from simpsons_play.core.play_request import PlayRequest, name_of


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("films/episode 1.avi", "episode 1"),
        ("pictures/", "pictures"),
        (".", Path.cwd().name),
        ("0", "camera-0"),
        ("camera:Logi C920", "camera-Logi C920"),
        ("-", "standard-input"),
        ("http://host:80/a/live.m3u8?token=1/2", "live"),
        ("rtsp://host", "host"),
    ],
)
def test_sources_have_valid_file_names(source: str, name: str) -> None:
    assert name_of(source) == name
    assert "/" not in name and ":" not in name


def test_name_placeholder_is_replaced_for_each_source() -> None:
    template = PlayRequest(
        "",
        output=Path("out/{name}.mp4"),
        subtitles=(Path("{name}.srt"), Path("{name}/a.ass")),
        report=Path("r-{name}"),
    )
    request = template.of("films/e1.avi")
    assert request.source == "films/e1.avi" and request.predictions == ()
    assert request.outputs == (
        Path("out/e1.mp4"),
        Path("r-e1"),
        Path("e1.srt"),
        Path("e1/a.ass"),
    )
