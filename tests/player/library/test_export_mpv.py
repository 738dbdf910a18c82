"""The script for mpv: what is written, and what a real mpv shows with it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from simpsons_play.core.errors import LibraryError
from simpsons_play.library.exports.mpv import export_mpv, scripts_folder
from tests.commands import environment, simpsons
from tests.media import MKV, make_video
from tests.player.library.made_episodes import BART, HOMER, add_episode, opened
from tests.player.library.mpv_driver import needs_mpv, playing

LENGTH_S = 8.0
APPEARANCES = [(BART, 1.0, 3.0), (HOMER, 2.0, 3.0), (BART, 5.0, 6.0)]
BOXES = [(1.0, 2.0, 0), (2.0, 3.0, 20)]
HOSTILE = r"{\fs90}A\N" + 'b"\n]]\x1b[31m🍩'


@pytest.fixture(scope="module", name="film")
def film_fixture(tmp_path_factory):
    return make_video(
        tmp_path_factory.mktemp("film"), replace(MKV, name="S01E02.mkv", sound=None, frames=200)
    )


@pytest.fixture(name="library")
def library_fixture(tmp_path: Path, film: Path) -> Path:
    library = tmp_path / "library"
    options = {"duration_s": LENGTH_S, "cuts": (4.0,), "boxes": BOXES}
    add_episode(library, 2, APPEARANCES, path=film, **options)
    return library


@pytest.fixture(name="scripts")
def scripts_fixture(tmp_path: Path, library: Path) -> Path:
    export_mpv(opened(library), tmp_path / "scripts", min_chapter_s=1.0, tell=pytest.fail)
    return tmp_path / "scripts"


def read(folder: Path, name: str):
    return json.loads((folder / "simpsons-xray" / name).read_text(encoding="utf-8"))


def test_there_is_a_small_index_and_one_file_for_each_video(scripts, film):
    (entry,) = read(scripts, "index.json")["episodes"]
    size = film.stat().st_size
    assert entry == {"id": f"{2:032x}", "path": str(film), "name": film.name, "size": size, "duration": 8.0}
    episode = read(scripts, f"episodes/{entry['id']}.json")
    assert [one["name"] for one in episode["characters"]] == ["Bart Simpson", "Homer Simpson"]
    assert episode["characters"][0]["colour"] == "302010"
    assert episode["appearances"] == [[1, 1, 3], [2, 2, 3], [1, 5, 6]]
    assert episode["paths"] == [{"who": 1, "times": [1, 2, 3], "boxes": [0, 10, 20, 20, 20, 10, 40, 20]}]
    assert episode["chapters"] == [[0, "Bart Simpson, Homer Simpson"], [4, "Bart Simpson"]]


def test_a_head_that_comes_back_has_another_path(tmp_path, film):
    add_episode(tmp_path / "library", 2, [(BART, 0, 9)], path=film, boxes=[(0, 1, 0), (2, 3, 20)])
    export_mpv(opened(tmp_path / "library"), tmp_path)
    assert [path["times"] for path in read(tmp_path, f"episodes/{2:032x}.json")["paths"]] == [[0, 1], [2, 3]]


def test_what_is_no_longer_in_the_library_is_removed(library, scripts, film):
    kept = scripts / "simpsons-xray" / "episodes" / "notes.json"
    kept.write_text("{}")
    add_episode(library, 3, APPEARANCES, path=film)
    opened(library).remove(f"{2:032x}")
    export_mpv(opened(library), scripts)
    found = sorted(path.name for path in (scripts / "simpsons-xray" / "episodes").iterdir())
    assert found == [f"{3:032x}.json", "notes.json"]


def test_another_script_of_that_name_is_left_alone(tmp_path, library):
    script = tmp_path / "simpsons-xray" / "main.lua"
    script.parent.mkdir()
    script.write_text("-- mine")
    told: list[str] = []
    with pytest.raises(LibraryError, match="choose another folder"):
        export_mpv(opened(library), tmp_path, tell=told.append)
    assert told == [f"{script} exists and is not ours; --overwrite replaces it"]
    assert [path.name for path in script.parent.iterdir()] == ["main.lua"]
    export_mpv(opened(library), tmp_path, overwrite=True)
    assert script.read_text().startswith("-- Written by simpsons-play")


def test_without_a_folder_the_command_writes_where_mpv_looks(tmp_path, library):
    env = environment(MPV_HOME=str(tmp_path / "mpv"))
    done = simpsons("library", "export", "--mpv", "--library", library, env=env)
    assert (done.returncode, done.stdout, done.stderr) == (0, "3 files for 1 video\n", "")
    assert (tmp_path / "mpv" / "scripts" / "simpsons-xray" / "main.lua").is_file()


def test_the_folder_of_scripts_follows_the_variables_that_mpv_follows(monkeypatch):
    monkeypatch.delenv("MPV_HOME", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/config")
    assert scripts_folder() == Path("/config/mpv/scripts")
    monkeypatch.setenv("MPV_HOME", "/home/mpv")
    assert scripts_folder() == Path("/home/mpv/scripts")


@needs_mpv
def test_mpv_knows_who_is_on_screen_and_where(scripts, film):
    with playing(scripts, film) as mpv:
        assert mpv.state()["names"] == []
        mpv.seek(1.0)
        assert mpv.state()["names"] == ["Bart Simpson"]
        mpv.seek(1.52)
        state = mpv.state()
        assert [head["who"] for head in state["heads"]] == [1]
        assert state["heads"][0]["box"] == pytest.approx([10.4, 10, 30.4, 20], abs=0.3)
        mpv.seek(2.52)
        state = mpv.state()
        assert state["names"] == ["Bart Simpson", "Homer Simpson"]
        assert state["heads"][0]["box"] == [20, 10, 40, 20]
        mpv.seek(3.0)
        assert (mpv.state()["names"], mpv.state()["heads"]) == ([], [])


@needs_mpv
def test_boxes_are_drawn_in_the_scale_of_the_picture(scripts, film):
    with playing(scripts, film) as mpv:
        mpv.seek(2.52)
        box, name, names = mpv.state(640, 480)["drawing"].split("\n")
        assert box.endswith("\\p1}m 200 100 l 400 100 400 200 200 200") and "\\3c&H302010&" in box
        assert name.endswith("}Bart Simpson")
        assert names.endswith("}Bart Simpson\\N{\\1c&H605040&}Homer Simpson")
        mpv.seek(4.0)
        assert mpv.state(640, 480)["drawing"].endswith("}No one recognised")


@needs_mpv
def test_keys_show_the_names_and_jump_between_appearances(scripts, film):
    with playing(scripts, film) as mpv:
        mpv.press("X", lambda mpv: mpv.state()["visible"])
        mpv.press("X", lambda mpv: not mpv.state()["visible"])
        assert mpv.state()["chosen"] == "Anyone"
        mpv.press("c", lambda mpv: mpv.state()["chosen"] == "Bart Simpson")
        mpv.press("n", at(1.0))
        mpv.press("n", at(5.0))
        mpv.press("N", at(1.0))
        mpv.press("c", lambda mpv: mpv.state()["chosen"] == "Homer Simpson")
        mpv.press("n", at(2.0))
        assert mpv.state()["names"] == ["Bart Simpson", "Homer Simpson"]
        mpv.press("c", lambda mpv: mpv.state()["chosen"] == "Anyone")


def at(time_s):
    """Whether mpv shows the frame of a time."""
    return lambda mpv: mpv.command("get_property", "time-pos") == pytest.approx(time_s, abs=0.001)


@needs_mpv
def test_chapters_are_those_of_the_library_or_of_a_character(scripts, film):
    with playing(scripts, film) as mpv:
        assert mpv.state()["title"] == "S01E02 A title"
        found = mpv.command("get_property", "chapter-list")
        assert [(one["time"], one["title"]) for one in found] == [
            (0, "Bart Simpson, Homer Simpson"),
            (4, "Bart Simpson"),
        ]
    with playing(scripts, film, "--script-opts=simpsons-xray-chapters=character") as mpv:
        mpv.command("script-message-to", "simpsons_xray", "choose", "Homer Simpson")
        assert mpv.state()["chosen"] == "Homer Simpson"
        found = mpv.command("get_property", "chapter-list")
        assert [(one["time"], one["title"]) for one in found] == [(2, "Homer Simpson")]


@needs_mpv
def test_a_video_is_recognised_where_it_has_moved_and_others_are_not(scripts, film, tmp_path):
    moved, renamed, other = (tmp_path / name for name in ("S01E02.mkv", "renamed.mkv", "other.mkv"))
    for path in (moved, renamed):
        shutil.copy(film, path)
    make_video(tmp_path, replace(MKV, name=other.name, sound=None, frames=50))
    with playing(scripts, moved) as mpv:
        assert mpv.state()["id"] == f"{2:032x}"
        for path, known in ((other, False), (renamed, True), (other, False)):
            mpv.play(path)
            assert ("id" in mpv.state()) == known


@needs_mpv
def test_another_video_of_the_same_name_is_not_the_one_that_was_analysed(scripts, film, tmp_path):
    video = tmp_path / film.name
    shutil.copy(film, video)
    add_episode(tmp_path / "library", 2, APPEARANCES, path=video, duration_s=LENGTH_S)
    export_mpv(opened(tmp_path / "library"), tmp_path / "scripts")
    video.unlink()
    make_video(tmp_path, replace(MKV, name=film.name, sound=None, frames=50))
    with playing(scripts, video) as mpv:
        assert "id" not in mpv.state()


@needs_mpv
def test_the_first_frame_shows_who_is_there_although_times_are_rounded(tmp_path, film):
    add_episode(tmp_path / "library", 2, [(BART, 1.0035, 3.0)], path=film, duration_s=LENGTH_S)
    export_mpv(opened(tmp_path / "library"), tmp_path)
    with playing(tmp_path, film) as mpv:
        mpv.seek(1.0)
        assert mpv.state()["names"] == ["Bart Simpson"]


@needs_mpv
def test_hostile_names_are_no_markup(tmp_path, film):
    names = [HOSTILE, "b", "c"]
    add_episode(tmp_path / "library", 2, APPEARANCES, path=film, names=names, title=HOSTILE, boxes=BOXES)
    export_mpv(opened(tmp_path / "library"), tmp_path, tell=pytest.fail)
    with playing(tmp_path, film) as mpv:
        mpv.seek(1.52)
        state = mpv.state(640, 480)
        shown = '(/fs90)A/Nb"\ufffd]]\ufffd[31m🍩'
        assert state["drawing"].split("\n")[1].endswith("}" + shown)
        assert state["drawing"].endswith("}" + shown)
        assert state["names"] == [HOSTILE.replace("\n", "\ufffd").replace("\x1b", "\ufffd")]
