"""`simpsons cast`: characters are listed, shown, removed, renamed and merged, and changes undone."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from simpsons_play.cast.cast import Cast
from simpsons_play.cast.cast_file import CastFile
from simpsons_play.cast.embeddings import with_embeddings
from simpsons_play.cli.commands.cast import cast
from simpsons_play.core.errors import CastError
from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Boxes
from simpsons_play.core.label_search import NOBODY
from simpsons_play.core.names import use_colours, use_display_names
from simpsons_play.inference import cast_embeddings, loading
from simpsons_play.inference.head_crops import head_crop
from tests.disk import full_disk
from tests.player.cast.examples import EMBEDDER, example, jpeg
from tests.player.cast.test_cast import contents, taught


@pytest.fixture(autouse=True)
def names_of_no_cast():
    yield
    use_display_names({})
    use_colours({})


@pytest.fixture(name="file")
def file_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CastFile:
    file = CastFile(tmp_path / "cast.json")
    monkeypatch.setenv("SIMPSONS_CAST", str(file.path))
    file.update(lambda old: taught(otto_mann=3, lenny=1).rename("lenny", "Lenny Leonard"))
    return file


def run(*args: object) -> Result:
    return CliRunner().invoke(cast, [str(arg) for arg in args])


def said(*args: object) -> str:
    done = run(*args)
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(*args: object) -> str:
    done = run(*args)
    assert done.exit_code == 1 and done.stderr.startswith("Error: ") and done.stderr.count("\n") == 1
    return done.stderr


def test_the_cast_is_listed_as_a_table_and_as_json(file: CastFile) -> None:
    lines = said("list").splitlines()
    assert lines[0] == f"{file.path}: 2 characters, 4 examples"
    assert lines[1].split() == ["name", "label", "colour", "examples"]
    assert [line[:26].strip() for line in lines[2:]] == ["Lenny Leonard", "Otto Mann"]
    assert lines[3].split()[-1] == "3" and lines[3].split()[2] == "otto_mann"
    document = json.loads(said("list", "--json"))
    assert [m["name"] for m in document["members"]] == ["Lenny Leonard", "Otto Mann"]
    assert document["members"][1]["examples"] == 3 and len(document["changes"]) == 3


def test_without_a_cast_it_says_how_to_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = tmp_path / "no.json"
    monkeypatch.setenv("SIMPSONS_CAST", str(missing))
    assert "nobody yet; teach a character with `simpsons teach" in said("list")
    for args in (("list",), ("show", "otto"), ("remove", "otto"), ("undo",)):
        assert f"{missing} does not exist; make it with `simpsons teach" in refused(*args, "--cast", missing)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("SIMPSONS_CAST", "")
    assert "no cast is used, as SIMPSONS_CAST is empty; name a file with --cast" in refused("list")


def test_examples_are_shown_and_their_pictures_saved(file: CastFile, tmp_path: Path) -> None:
    file.update(lambda old: old.teach("otto_mann", [example(9, time_s=83.4)], embedder=EMBEDDER))
    lines = said("show", "otto").splitlines()
    assert lines[0].startswith("Otto Mann (otto_mann), #") and lines[0].endswith(": 4 examples")
    assert lines[4].endswith("picture-9.jpg at 01:23") and lines[4].split()[0] == "4"
    folder = tmp_path / "pictures"
    for number in (4, 8):
        run("show", "otto", "--pictures", folder)
        assert len(list(folder.iterdir())) == number, "nothing is overwritten"
    assert (folder / "otto_mann-01-picture-1.jpg").read_bytes() == jpeg(1)


def test_no_half_picture_is_left_on_a_full_disk(file: CastFile, tmp_path: Path) -> None:
    with full_disk(100):
        assert "cannot be written" in refused("show", "otto", "--pictures", tmp_path / "heads")
    assert not list((tmp_path / "heads").iterdir())


def test_names_are_found_by_parts(file: CastFile) -> None:
    assert refused("show", "nn").endswith("'nn' fits Lenny Leonard and Otto Mann; give more of the name\n")
    assert refused("show", "oto").endswith("the cast has no 'oto'; did you mean Otto Mann?\n")
    assert refused("show", "maggie").endswith("the cast has no 'maggie'; see `simpsons cast list`\n")
    assert said("show", "leonard") == said("show", "LENNY") == said("show", "lenny_leo")
    assert "\x1b" not in refused("show", "\x1b[31mx")


def test_removing_and_undoing(file: CastFile) -> None:
    assert said("remove", "otto", "--example", 1, "--example", 3) == (
        "Removed 2 pictures of Otto Mann; `simpsons cast undo` takes it back\n"
    )
    assert [e.source for e in file.load()["otto_mann"].examples] == ["picture-2.jpg"]
    assert "there is no number 2" in refused("remove", "otto", "--example", 2)
    said("remove", "otto")
    assert file.load().labels == ("lenny",)
    assert said("undo") == (
        "Undone: Removed Otto Mann\nThe change before it: Removed 2 pictures of Otto Mann\n"
    )
    said("undo")
    assert len(file.load()["otto_mann"].examples) == 3
    for _ in range(3):
        said("undo")
    assert file.load().labels == () and "there is no change to undo" in refused("undo")


def test_renaming(file: CastFile) -> None:
    assert said("rename", "lenny", "Carl").startswith("Renamed Lenny Leonard to Carl; ")
    assert file.load().labels == ("carl", "otto_mann")
    said("rename", "carl", "Carl Carlson", "--keep-label")
    assert file.load()["carl"].name == "Carl Carlson"
    said("rename", "montgomery", "Monty")
    assert file.load()["charles_montgomery_burns"].name == "Monty"
    assert said("rename", "monty", "Monty") == "Nothing to change\n"
    assert said("rename", "carl", "otto mann").startswith("Merged Carl Carlson into Otto Mann; ")
    assert len(file.load()["otto_mann"].examples) == 4
    said("rename", "otto", "Grampa")
    assert file.load().labels == ("abraham_grampa_simpson", "charles_montgomery_burns")
    assert "a name has at most 60 characters" in refused("rename", "grampa", "🍩" * 300)
    assert "needs a letter or digit" in refused("rename", "grampa", "../..")


def test_a_part_of_another_name_is_a_new_name_but_told(file: CastFile) -> None:
    first, *rest = said("rename", "lenny", "otto").splitlines()
    assert first.startswith("Renamed Lenny Leonard to otto; ")
    assert rest == ["otto is a new name; to join Otto Mann, give the whole name"]
    assert file.load().labels == ("otto", "otto_mann")
    said("undo")
    assert "to join Otto Mann, give the whole name" in said("rename", "lenny", "Oto Man")
    said("undo")
    assert said("rename", "otto", "Otto", "--keep-label").count("\n") == 1, "a shorter name of his own"


def test_no_two_characters_are_shown_under_one_name(file: CastFile) -> None:
    for args in (("homer", "Bart Simpson"), ("homer", "Otto Mann"), ("lenny", "otto_mann", "--keep-label")):
        assert "is the name of another character" in refused("rename", *args)


def test_removing_a_character_that_is_not_taught_is_told(file: CastFile) -> None:
    for name in ("homer", "Homer Simpson"):
        assert "nothing to remove: you have not taught or changed Homer Simpson" in refused("remove", name)


def test_colours_are_set(file: CastFile) -> None:
    said("colour", "otto", "ff8800")
    assert file.load()["otto_mann"].colour_bgr == (0, 0x88, 0xFF)
    assert "#ff8800" in said("list")
    said("colour", "Homer", "#000001")
    assert file.load().colours_bgr["homer_simpson"] == (1, 0, 0)
    done = run("colour", "otto", "orange")
    assert (
        done.exit_code == 2 and "orange is not a colour; give red, green and blue as ff8800." in done.stderr
    )


def test_nobody_gets_neither_a_name_nor_a_colour(file: CastFile) -> None:
    file.update(lambda old: old.teach(NOBODY, [example(9)], embedder=EMBEDDER))
    before = contents(file.load())
    for args in (("rename", "nobody", "Otto"), ("colour", "nobody", "ff8800")):
        assert "nobody stands for people who get no name; to name one of them, teach it" in refused(*args)
    assert contents(file.load()) == before


def test_merging(file: CastFile, tmp_path: Path) -> None:
    other = CastFile(tmp_path / "other.json")
    other.update(lambda old: taught(**{"kearney": 0}, homer_simpson=0, otto_mann=2, carl=4))
    before = other.path.read_bytes()
    # The first two pictures of Otto are known, and of Carl's four, one is of Otto and one of Lenny here.
    assert said("merge", other.path).splitlines() == [
        "Carl (new): 2 examples added",
        f"Merged {other.path} into {file.path}; `simpsons cast undo` takes it back",
    ]
    assert said("merge", other.path) == f"Nothing to add from {other.path}\n"
    assert other.path.read_bytes() == before
    assert "no such file" in refused("merge", tmp_path / "missing.json")
    assert "is the cast that would be changed" in refused("merge", file.path)
    empty = CastFile(tmp_path / "a new.json")
    hint = f"`simpsons cast undo --cast '{empty.path}'` takes it back"
    assert hint in said("merge", other.path, "--cast", empty.path)
    assert contents(empty.load()) == contents(other.load())


class PictureEmbedder:
    """An embedder of another version, whose embeddings are colours."""

    id, card, dimensions = "fake-2", SimpleNamespace(size_px=8), 8 * 8 * 3

    def embed(self, image: Image, boxes: Boxes) -> np.ndarray:
        crops = [head_crop(image, box, 8, margin=1.0) for box in boxes]
        rows = np.stack(crops).reshape(len(crops), -1).astype(np.float32) - 128
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_casts_of_other_embedders_are_embedded_again(
    file: CastFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "load_embedder", PictureEmbedder, raising=False)
    other = CastFile(tmp_path / "other.json")
    other.update(
        lambda old: with_embeddings(taught(carl=5), "fake-0", lambda p: np.eye(len(p), 9, dtype=np.float32))
    )
    assert said("merge", other.path).startswith("Carl (new): 1 example added\n")
    merged = file.load()
    assert merged.embedder == "fake-2" and merged.examples[0].embedding.shape == (8 * 8 * 3,)
    assert other.load().embedder == "fake-0"
    said("undo")
    assert file.load().labels == ("lenny", "otto_mann")


def test_embeddings_of_another_length_are_made_again() -> None:
    shared = Cast().teach("otto_mann", [example(1)], embedder="fake-2")
    comparable = cast_embeddings.comparable(shared, PictureEmbedder())  # type: ignore[arg-type]
    assert comparable["otto_mann"].embeddings.shape == (1, PictureEmbedder.dimensions)


def test_a_damaged_picture_is_told() -> None:
    damaged = Cast().teach("otto_mann", [example(1)], embedder="fake-1")
    member = damaged["otto_mann"].examples[0]
    object.__setattr__(member, "picture", b"\xff\xd8\xff broken")
    with pytest.raises(CastError, match="a picture in the cast is damaged"):
        cast_embeddings.comparable(damaged, PictureEmbedder())  # type: ignore[arg-type]


def test_a_foreign_file_stays_as_it_is(tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    cv2.imwrite(str(picture), np.zeros((9, 9, 3), np.uint8))
    before = picture.read_bytes()
    for args in (("rename", "homer", "H"), ("undo",), ("list",), ("colour", "homer", "000000")):
        assert "is not a cast file" in refused(*args, "--cast", picture)
    merged = refused("merge", picture, "--cast", tmp_path / "mine.json")
    assert "is not a cast file" in merged and merged.endswith("; give another file\n")
    assert picture.read_bytes() == before
