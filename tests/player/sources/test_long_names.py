"""File names of the maximum length, or with characters that have a meaning elsewhere."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from simpsons_play.core.errors import SourceError
from simpsons_play.core.names import shortened
from simpsons_play.sinks.partial import PartialFile, partial_name, temporary_names
from simpsons_play.sources import expand, open_source
from simpsons_play.window.shell.corrections import Corrections
from simpsons_play.window.shell.screenshot import save_screenshot
from tests.media import MKV, Studio, number_of

LONG = ["a" * 251 + ".mp4", "\u5fc3" * 83 + ".jsonl", "\U0001f600" * 62 + ".csv", "b" * 100 + "." + "c" * 154]


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Studio(tmp_path_factory.mktemp("studio")).video(MKV)


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("keep_suffix", [False, True])
def test_outputs_may_have_the_longest_name(name: str, keep_suffix: bool, tmp_path: Path) -> None:
    path = tmp_path / name
    for complete in (False, True):
        file = PartialFile(path, keep_suffix=keep_suffix)
        file.create()
        file.write_text("words")
        file.commit(complete=complete)
        left = path if complete else partial_name(path)
        assert [found.name for found in tmp_path.iterdir()] == [left.name]
        left.name.encode()  # no character is cut in two
    assert all(len(os.fsencode(part.name)) <= 255 for part in (*temporary_names(path), partial_name(path)))
    assert partial_name(path).suffix == path.suffix[:20]


def test_long_names_with_the_same_start_stay_distinct(tmp_path: Path) -> None:
    one, other = (partial_name(tmp_path / f"{'x' * 249}{end}.mp4") for end in "12")
    assert one != other and partial_name(tmp_path / "out.mp4").name == "out.partial.mp4"
    assert shortened("x" * 255) == "x" * 255


def test_files_saved_by_the_window_may_have_the_longest_name(tmp_path: Path) -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    for _ in range(2):
        assert save_screenshot(image, name="\u5fc3" * 85, time_s=1.0, folder=tmp_path).is_file()
        saved = Corrections(tmp_path / "c").save(
            image, "homer_simpson", head=None, others=(), source="\u5fc3" * 83 + ".mkv", time_s=1.0
        )
        assert saved.is_file()
    assert len(list(tmp_path.glob("*.png"))) == 2


ODD = [
    "new\nline.mkv",
    "a\tb.mkv",
    "\U0001f600.mkv",
    "-o.mkv",
    "trailing. .",
    "50%05d %d%.mkv",
    "it's: a\\b\"c.mkv",
    "concat:a|b.mkv",
    "[1]*?.mkv",
    "file:x.mkv",
    "x.mkv?a=1#b",
    "a" * 251 + ".mkv",
]


@pytest.mark.skipif(os.name == "nt", reason="names that Windows does not take")
@pytest.mark.parametrize("name", [*ODD, os.fsdecode(b"\xff\xfe.mkv")])
def test_any_file_name_can_be_opened(
    name: str, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(video, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    for given in (name, str(tmp_path / name), (tmp_path / name).as_uri()):
        (found,) = expand([given])
        with open_source(found, start_s=1.0, duration_s=0.1) as source:
            assert number_of(next(iter(source)).image) == 25


def test_too_long_names_are_a_one_line_error(tmp_path: Path) -> None:
    for name in ("x" * 300 + ".mkv", str(tmp_path) + "/y" * 3000):
        (found,) = expand([name])
        with pytest.raises(SourceError, match="too long") as caught:
            open_source(found).__enter__()
        assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.name == "nt", reason="paths that Windows does not take")
def test_paths_may_be_longer_than_a_thousand_characters(video: Path, tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*["d" * 200] * 6)
    folder.mkdir(parents=True)
    shutil.copy(video, folder)
    with open_source(str(folder / video.name)) as source:
        assert len(list(source)) == 48
    assert expand([str(folder)]) == [str(folder / video.name)]
