"""`simpsons library export` writes what media centres read, and replaces nothing of the user."""

from __future__ import annotations

import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import av
import pytest

from simpsons_play.library.exports.beside import JELLYFIN, KODI, MATROSKA, export_beside, export_copies
from tests.commands import simpsons
from tests.media import AVI_B, LATE, MKV, TS, make_video
from tests.player.library.made_episodes import BART, HOMER, NAMES, add_episode, opened


@pytest.fixture(name="library")
def library_fixture(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture(name="video")
def video_fixture(tmp_path: Path) -> Path:
    path = tmp_path / "films" / "Season 1" / "S01E02.mkv"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"video")
    return path


def exported(library: Path, *kinds: str, **options):
    told: list[str] = []
    return export_beside(opened(library), kinds, tell=told.append, **options), told


def test_the_command_writes_files_that_can_be_replaced(library, video):
    add_episode(library, 2, [(BART, 0, 50), (HOMER, 50, 75)], path=video, cuts=(50,))
    for _ in range(2):
        done = simpsons("library", "export", "--kodi", "--matroska", "--library", library)
        assert (done.returncode, done.stdout, done.stderr) == (0, "3 files for 1 video\n", "")
    assert sorted(path.name for path in video.parent.iterdir()) == [
        "S01E02.chapters.xml",
        "S01E02.edl",
        "S01E02.mkv",
        "S01E02.nfo",
    ]
    assert video.with_suffix(".edl").read_text() == "## simpsons-play\n50.000 50.000 2\n"
    assert video.read_bytes() == b"video"


def test_characters_are_actors_in_the_order_of_their_time(library, video):
    add_episode(library, 2, [(BART, 0, 10), (HOMER, 0, 75.4)], path=video)
    exported(library, JELLYFIN)
    root = ET.parse(video.with_suffix(".nfo")).getroot()
    assert root.tag == "episodedetails"
    found = [root.findtext(tag) for tag in ("title", "showtitle", "season", "episode", "runtime")]
    assert found == ["A title", "A & B", "1", "2", "2"]
    actors = [[actor.findtext(tag) for tag in ("name", "role", "order")] for actor in root.iter("actor")]
    assert actors == [
        ["Homer Simpson", "On screen for 01:15 (75%)", "0"],
        ["Bart Simpson", "On screen for 00:10 (10%)", "1"],
    ]


def test_a_video_without_a_number_is_a_movie(library, video):
    add_episode(library, 2, [], path=video, season=None, title="A film")
    exported(library, JELLYFIN)
    root = ET.parse(video.with_suffix(".nfo")).getroot()
    assert (root.tag, root.findtext("title")) == ("movie", "A film")


def test_hostile_names_make_valid_xml(library, video):
    names = ["</name><name>\x00\x1b[31m", "b\ufffeb", "c"]
    add_episode(library, 2, [(BART, 0, 9), (HOMER, 0, 8)], path=video, names=names, title="<!--\n&")
    exported(library, JELLYFIN)
    root = ET.parse(video.with_suffix(".nfo")).getroot()
    assert root.findtext("title") == "<!--\ufffd&"
    assert [actor.findtext("name") for actor in root.iter("actor")] == [
        "</name><name>\ufffd\ufffd[31m",
        "b\ufffdb",
    ]


def test_a_file_of_another_program_is_left_alone_and_told(library, video):
    add_episode(library, 2, [(BART, 0, 50)], path=video)
    nfo = video.with_suffix(".nfo")
    nfo.write_text("<episodedetails><title>mine, not simpsons-play's</title></episodedetails>")
    done = simpsons("library", "export", "--kodi", "--library", library)
    assert (done.returncode, done.stdout) == (3, "1 file for 1 video\n")
    assert done.stderr == f"Warning: {nfo} exists and is not ours; --overwrite replaces it\n"
    assert "mine" in nfo.read_text()
    done = simpsons("library", "export", "--kodi", "--overwrite", "--library", library)
    assert (done.returncode, done.stderr) == (0, "")
    assert "mine" not in nfo.read_text()


def test_our_files_change_with_the_library(library, video):
    add_episode(library, 2, [(BART, 0, 50)], path=video)
    exported(library, JELLYFIN)
    add_episode(library, 2, [(HOMER, 0, 50)], path=video)
    summary, told = exported(library, JELLYFIN)
    assert (summary.written, told) == (1, [])
    assert "Homer" in video.with_suffix(".nfo").read_text()


def test_videos_that_are_gone_or_changed_are_told(library, video):
    gone = video.with_name("gone.mkv")
    add_episode(library, 1, [(BART, 0, 50)], path=gone)
    add_episode(library, 2, [(BART, 0, 50)], path=video)
    video.write_bytes(b"another video")
    summary, told = exported(library, KODI)
    assert (summary.videos, summary.written, summary.left_out) == (2, 0, 2)
    assert told == [
        f"{gone} is gone; add it again from where it is now",
        f"{video} has changed since it was analysed; add it again",
    ]


def test_another_folder_mirrors_the_folders_of_the_videos(library, tmp_path):
    for number, name in enumerate(("one/01.mkv", "two/01.mkv", "two/02.mkv"), start=1):
        add_episode(library, number, [(BART, 0, 50)], path=tmp_path / "gone" / name)
    summary, told = exported(library, JELLYFIN, folder=tmp_path / "notes")
    assert (summary.written, told) == (3, [])
    found = sorted(
        path.relative_to(tmp_path / "notes").as_posix() for path in (tmp_path / "notes").rglob("*.*")
    )
    assert found == ["one/01.nfo", "two/01.nfo", "two/02.nfo"]


def test_a_file_whose_name_is_too_long_is_told_and_stops_nothing(library, tmp_path):
    add_episode(library, 1, [(BART, 0, 50)], path=tmp_path / "gone" / f"{'a' * 249}.mkv")
    add_episode(library, 2, [(BART, 0, 50)], path=tmp_path / "gone" / "b.mkv")
    summary, told = exported(library, MATROSKA, folder=tmp_path / "notes")
    assert (summary.written, summary.left_out) == (1, 1)
    assert "too long" in told[0]
    assert (tmp_path / "notes" / "b.chapters.xml").exists()


def test_two_videos_with_one_name_do_not_share_files(library, video):
    other = video.with_suffix(".avi")
    shutil.copy(video, other)
    add_episode(library, 1, [(BART, 0, 50)], path=other)
    add_episode(library, 2, [(HOMER, 0, 50)], path=video)
    summary, told = exported(library, JELLYFIN)
    assert (summary.written, summary.left_out) == (1, 1)
    assert told == [f"{video.with_suffix('.nfo')} belongs to another video as well"]


def test_pictures_of_actors_are_where_kodi_looks_for_them(library, video):
    add_episode(library, 2, [(BART, 0, 50)], path=video)
    for _ in range(2):
        summary, told = exported(library, KODI, pictures=True)
        assert (summary.written, told) == (3, [])
    picture = video.parent / ".actors" / "Bart_Simpson.jpg"
    assert picture.read_bytes().startswith(b"\xff\xd8\xff\xfe\x00\x0fsimpsons-play")
    assert ET.parse(video.with_suffix(".nfo")).findtext("actor/thumb") == str(picture)


@pytest.mark.parametrize("recipe", [MKV, AVI_B, TS, LATE], ids=lambda recipe: recipe.name)
def test_copies_have_the_chapters_and_all_packets(library, tmp_path, recipe):
    folder = tmp_path / "films"
    folder.mkdir()
    video = make_video(folder, recipe)
    before = video.read_bytes()
    add_episode(library, 2, [(BART, 0, 1), (HOMER, 1, 2)], path=video, cuts=(1,), duration_s=2)
    summary = export_copies(opened(library), tmp_path / "copies", min_chapter_s=0.5, tell=print)
    assert (summary.written, summary.left_out) == (1, 0)
    with av.open(str(tmp_path / "copies" / video.with_suffix(".mkv").name)) as copy:
        assert [chapter["metadata"]["title"] for chapter in copy.chapters()] == NAMES[:2]
        assert [chapter["start"] * chapter["time_base"] for chapter in copy.chapters()] == [0, 1]
        kinds = [stream.type for stream in copy.streams]
        times = [frame.time for frame in copy.decode(video=0)]
    with av.open(str(video)) as source:
        assert kinds == [stream.type for stream in source.streams]
        start_s = source.start_time / av.time_base
        before_s = [frame.time - start_s for frame in source.decode(video=0)]
    assert times == pytest.approx(before_s, abs=0.002)
    assert video.read_bytes() == before


def test_a_copy_replaces_no_video_of_the_library(library, video):
    before = video.read_bytes()
    add_episode(library, 2, [(BART, 0, 50)], path=video)
    told: list[str] = []
    summary = export_copies(opened(library), video.parent, overwrite=True, tell=told.append)
    assert (summary.written, told) == (0, [f"{video} is a video of the library; choose another folder"])
    assert video.read_bytes() == before


def test_a_video_that_cannot_be_copied_is_told_and_leaves_nothing(library, video, tmp_path):
    add_episode(library, 2, [(BART, 0, 50)], path=video)
    done = simpsons("library", "export", "--copies", tmp_path / "copies", "--library", library)
    assert done.returncode == 3 and done.stderr.count("\n") == 1 and "cannot be written" in done.stderr
    assert list((tmp_path / "copies").iterdir()) == []


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ((), "choose --jellyfin, --kodi, --matroska, --copies or --mpv"),
        (("--mpv", "--folder", "notes"), "--folder needs --jellyfin, --kodi or --matroska"),
        (("--matroska", "--pictures"), "--pictures needs --jellyfin or --kodi"),
        (("--mpv", ""), "the name is empty"),
    ],
)
def test_options_that_make_no_sense_are_refused(library, options, reason):
    done = simpsons("library", "export", *options, "--library", library)
    assert done.returncode == 2 and reason in done.stderr


def test_matroska_alone_writes_no_nfo(library, video):
    add_episode(library, 2, [(BART, 0, 50)], path=video)
    exported(library, MATROSKA)
    assert not video.with_suffix(".nfo").exists()
