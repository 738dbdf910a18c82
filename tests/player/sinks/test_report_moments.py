"""Commands and links that go to a moment of a source."""

from __future__ import annotations

import shlex
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote

import pytest

from simpsons_play.core.frames import SourceInfo
from simpsons_play.sinks.report.moments import at_time, play_command, video_url

RATE = Fraction(25)


def source(name: str, *, media: bool = True, path: Path | None = None) -> SourceInfo:
    return SourceInfo(name, 4, 4, RATE, 1 / RATE, path=path, media=name if media else None)


@pytest.mark.parametrize(
    "name", ["episode.avi", 'it\'s a "b" & <c>.mp4', "$(reboot) `x` \\.avi", "dir/é 1;2.mkv"]
)
def test_command_is_quoted_for_the_shell(name: str) -> None:
    assert shlex.split(play_command(source(name), 73.28)) == ["simpsons-play", name, "--start", "73.2"]


def test_name_that_looks_like_an_option_is_no_option() -> None:
    assert play_command(source("-x.avi"), 0.0) == "simpsons-play ./-x.avi --start 0.0"


def test_command_masks_passwords() -> None:
    command = play_command(source("https://user:secret@host/a.mp4"), 100_000.0)
    assert command == "simpsons-play 'https://user:***@host/a.mp4' --start 100000.0"


def test_sources_that_cannot_be_opened_again_have_no_command() -> None:
    assert play_command(source("camera 0", media=False), 1.0) == ""
    assert play_command(source("a\nreboot\n.avi"), 1.0) == "", "it would run when it is pasted"
    assert video_url(source("https://host/a.mp4"), Path("report")) == ""


def test_link_to_the_video_is_relative_and_encoded(tmp_path: Path) -> None:
    name = "a:b # 100%?\n<'\"&.mp4"
    url = video_url(source(name, path=tmp_path / name), tmp_path / "reports" / "one")
    assert url.isascii() and not set(url) & set(":#?\n<'\"& ")
    assert unquote(url) == f"../../{name}"
    assert at_time(url, 9.96) == f"{url}#t=9.9" and at_time("", 1.0) == ""
