"""`simpsons teach`: heads are found in pictures and videos, and the right one is learned."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from simpsons_play.cast.cast_file import CastFile
from simpsons_play.cast.members import Example
from simpsons_play.cli import taught_name
from simpsons_play.cli.cast_names import misspelt
from simpsons_play.cli.commands import teach as command
from simpsons_play.cli.head_choice import choose_head
from simpsons_play.cli.lessons import Look, Place, learn
from simpsons_play.cli.params import Moment
from simpsons_play.cli.teaching import Teacher, places_of
from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Boxes
from simpsons_play.core.label_search import NOBODY
from simpsons_play.core.names import CHARACTERS_BGR, use_colours, use_display_names
from simpsons_play.core.results import NO_DETECTIONS, Detections
from simpsons_play.inference.cast_embeddings import comparable
from simpsons_play.inference.head_crops import head_crop
from simpsons_play.inference.loading import load_embedder, load_network
from simpsons_play.inference.model import Detector
from tests.commands import SAMPLE
from tests.fakes import LABELS, FakeDetector, colour_card, heads_of

LEFT, MIDDLE, RIGHT = (2, 4, 14, 20), (16, 4, 36, 30), (40, 4, 56, 24)
"""Boxes of heads in pictures of 64 x 48 pixels; the middle one is the largest."""


class FakeEmbedder:
    """Embeds a head as its pixels."""

    id, card, dimensions = "fake-1", SimpleNamespace(size_px=8), 8 * 8 * 3

    def embed(self, image: Image, boxes: Boxes) -> np.ndarray:
        crops = np.array([head_crop(image, box, 8, margin=1.0) for box in boxes], np.float32)
        rows = crops.reshape(len(boxes), 8 * 8 * 3) - 128
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def heads_in(image: Image) -> Detections:
    """As many unknown heads as the first pixel is blue."""
    boxes = (LEFT, MIDDLE, RIGHT)[: int(image[0, 0, 0])]
    return heads_of(*((box, None) for box in boxes)) if boxes else NO_DETECTIONS


@pytest.fixture(name="file")
def file_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    detector = FakeDetector(heads_in)
    detector.embedder = FakeEmbedder()  # type: ignore[assignment]
    monkeypatch.setattr(command, "_teacher", lambda: Teacher(detector))
    monkeypatch.setenv("SIMPSONS_CAST", str(tmp_path / "cast.json"))
    yield CastFile(tmp_path / "cast.json")
    use_display_names({})
    use_colours({})


def picture(path: Path, *, heads: int, seed: int = 1) -> Path:
    """A picture of noise with so many heads."""
    image = np.random.default_rng(seed).integers(0, 256, (48, 64, 3)).astype(np.uint8)
    image[0, 0, 0] = heads
    assert cv2.imwrite(str(path), image)
    return path


def run(*args: object, **options: object) -> Result:
    return CliRunner().invoke(command.teach, [str(arg) for arg in args], **options)


def test_a_character_is_learned_from_pictures(file: CastFile, tmp_path: Path) -> None:
    paths = [picture(tmp_path / f"otto{i}.png", heads=1, seed=i) for i in range(3)]
    done = run("Otto Mann", *paths)
    assert done.exit_code == 0 and done.stderr == ""
    assert done.stdout.splitlines() == [
        "Learned Otto Mann from 3 pictures",
        "`simpsons cast undo` takes it back",
        "See what the player makes of pictures: simpsons-play FOLDER",
    ]
    cast = file.load()
    assert cast.labels == ("otto_mann",) and cast.embedder == "fake-1"
    assert [e.source for e in cast.examples] == ["otto0.png", "otto1.png", "otto2.png"]
    crop = cv2.imdecode(np.frombuffer(cast.examples[0].picture, np.uint8), cv2.IMREAD_COLOR)
    assert crop.shape == (112, 112, 3)
    again = run("otto", paths[0], picture(tmp_path / "more.png", heads=1, seed=9))
    assert again.stdout.startswith(
        "Learned Otto Mann from 1 of 2 pictures; 4 in all\n"
        "1 picture left out, as Otto Mann has the same already\n"
    )
    assert run("Otto Mann", *paths).stdout == "Nothing new: Otto Mann has these pictures already\n"
    assert run("Otto Mann", paths[0]).stdout == "Nothing new: Otto Mann has this picture already\n"


def test_folders_are_read_and_what_cannot_be_used_is_told(file: CastFile, tmp_path: Path) -> None:
    folder = tmp_path / "otto"
    folder.mkdir()
    for name, heads in (("a.png", 1), ("b.png", 0), ("c.png", 3)):
        picture(folder / name, heads=heads, seed=heads)
    (folder / "d.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    (folder / "notes.txt").write_text("Otto")
    done = run("Otto Mann", folder)
    assert done.exit_code == 3, "one picture could not be read"
    assert done.stderr.splitlines() == [
        f"{folder}/b.png: no head found",
        f"{folder}/c.png: 3 clear heads; took number 2 from the left, the most like the other pictures",
        f"{folder}/d.png cannot be read: not a picture, or damaged",
    ]
    assert done.stdout.startswith("Learned Otto Mann from 2 of 4 pictures\n")


def test_what_cannot_be_learned_from_does_not_stop_the_rest(file: CastFile, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "pictures.csv").write_text("name,character\n")
    names = [tmp_path / name for name in ("gone.png", "pictures.csv", "empty")]
    done = run("Otto Mann", *names, picture(tmp_path / "a.png", heads=1))
    assert done.exit_code == 3
    assert done.stderr.splitlines() == [
        f"{names[0]}: no such file or folder",
        f"{names[1]} is not a picture; if it is a video, say where with --at 1:23",
        f"{names[2]} contains no pictures or videos; pictures are JPEG, PNG, BMP, WebP or TIFF files",
    ]
    assert done.stdout.splitlines()[:2] == [
        "Learned Otto Mann from 1 of 4 pictures",
        "More pictures from other scenes make the name surer; three to five are a good start",
    ]
    assert len(file.load()["otto_mann"].examples) == 1


def test_without_any_head_nothing_is_saved(file: CastFile, tmp_path: Path) -> None:
    done = run("Otto Mann", picture(tmp_path / "a.png", heads=0))
    assert done.exit_code == 1
    assert done.stderr == f"{tmp_path / 'a.png'}: no head found\nError: nothing was learned\n"
    assert not file.path.exists()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("otto", "missing.png"), "missing.png: no such file or folder"),
        (("otto", "mising/a.png"), "no such file or folder\n"),
        (("Otto", "Mann", "a.png"), "Mann: no such file or folder; check the spelling, or quote a name"),
        (("Otto", "Mann"), 'words: "Otto Mann"\n'),
        ((SAMPLE, "Otto Mann"), f'the name comes first: simpsons teach "Otto Mann" {SAMPLE}\n'),
        (("otto", "missing.mp4", "--at", "1"), "missing.mp4: no such file or folder\n"),
        (("otto", "empty"), "contains no pictures"),
        (("otto", SAMPLE), "if it is a video, say where with --at 1:23"),
        (("!!!", "a.png"), "a name needs a letter or digit"),
        (("🍩" * 300, "a.png"), "a name has at most 60 characters"),
        (("Simpson", "a.png"), "'Simpson' fits Grampa, Bart Simpson, Homer Simpson, Lisa Simpson and Marge"),
    ],
)
def test_what_cannot_work_is_told_before_models_are_loaded(
    file: CastFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: Sequence[object], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    picture(tmp_path / "a.png", heads=1)
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(command, "_teacher", lambda: pytest.fail("models were loaded"))
    done = run(*args)
    assert done.exit_code == 1 and message in done.stderr and done.stderr.count("\n") == 1
    assert not file.path.exists()


def test_names_that_could_leave_a_folder_are_plain_labels(file: CastFile, tmp_path: Path) -> None:
    run("../../etc", picture(tmp_path / "a.png", heads=1))
    assert file.load().labels == ("etc",)


def test_a_moment_of_a_video_is_learned_from(file: CastFile, monkeypatch: pytest.MonkeyPatch) -> None:
    detector = load_network(regions="detect", provider="cpu", threads=1)
    assert isinstance(detector, Detector)
    detector.embedder = FakeEmbedder()  # type: ignore[assignment]
    monkeypatch.setattr(command, "_teacher", lambda: Teacher(detector))
    done = run("Somebody New", SAMPLE, "--at", "0:02", "--at", "5.5", "--head", "largest")
    assert done.exit_code == 0, done.output
    examples = file.load()["somebody_new"].examples
    assert [e.source for e in examples] == [SAMPLE.name] * 2
    assert [round(e.time_s or 0, 1) for e in examples] == [2.0, 5.5]
    assert f"See the name in the video: simpsons-play {SAMPLE}\n" in done.stdout
    late = run("Somebody New", SAMPLE, "--at", "9:00:00")
    assert late.exit_code == 1
    assert late.stderr == f"{SAMPLE} at 9:00:00: the video ends at 00:20.0\nError: nothing was learned\n"


def test_a_gif_is_a_video_if_a_moment_is_given(tmp_path: Path) -> None:
    path = tmp_path / "moving.gif"
    path.write_bytes(b"GIF89a")
    assert places_of([path], [1.0], who="otto") == [Place(path, 1.0)]
    assert places_of([path], [], who="otto") == [Place(path)]


def test_at_is_for_videos(file: CastFile, tmp_path: Path) -> None:
    done = run("otto", picture(tmp_path / "a.png", heads=1), "--at", "1:23")
    assert done.exit_code == 1 and "--at is a time in a video, and none is given" in done.stderr


@pytest.mark.parametrize(
    ("text", "time_s"), [("83", 83), ("83.5", 83.5), ("1:23", 83), ("1:02:03.5", 3723.5), ("90:00", 5400)]
)
def test_times_are_read(text: str, time_s: float) -> None:
    assert Moment().convert(text, None, None) == time_s


@pytest.mark.parametrize("text", ["", ":", "1:2:3:4", "1:75", "-3", "nan", "1e3", "\u0661:\u0662\u0663"])
def test_what_is_no_time_is_a_usage_error(file: CastFile, text: str) -> None:
    done = run("otto", SAMPLE, f"--at={text}")
    assert done.exit_code == 2 and "is not a time; give seconds, 1:23 or 1:02:03.5" in done.stderr


HEADS = heads_of((LEFT, LABELS[0]), (MIDDLE, None), (RIGHT, LABELS[1]))
"""The first from the left is known, the second, the largest, is not, and the third is known."""


def chosen(heads: Detections, label: str, which: str | int | None = None) -> int | None:
    choice = choose_head(heads, colour_card(), label, which=which)
    return None if choice is None else choice.index


def test_the_head_without_a_name_is_learned_for_a_new_character() -> None:
    assert chosen(HEADS, "otto_mann") == chosen(HEADS, NOBODY) == 1
    choice = choose_head(HEADS, colour_card(), "otto_mann")
    assert choice is not None
    assert choice.note == "3 clear heads; took number 2 from the left, the only one without a name"
    assert chosen(heads_of((LEFT, None)), "otto_mann") == 0 and chosen(NO_DETECTIONS, "otto_mann") is None
    assert chosen(heads_of((LEFT, None), (MIDDLE, None), (RIGHT, None)), "otto_mann") == 1
    assert chosen(heads_of((LEFT, LABELS[0]), (MIDDLE, LABELS[1])), "otto_mann") == 1, "else the largest"


def test_the_head_with_the_name_is_learned_for_a_known_character() -> None:
    assert chosen(HEADS, LABELS[0]) == 0 and chosen(HEADS, LABELS[1]) == 2
    assert chosen(HEADS, LABELS[2]) == 1, "the largest that has no name"
    assert chosen(heads_of((RIGHT, LABELS[0]), (MIDDLE, LABELS[1])), LABELS[2]) == 1


def test_the_head_that_is_most_like_the_examples_is_learned() -> None:
    likeness = np.float32([0.2, 0.1, 0.9])
    choice = choose_head(HEADS, colour_card(), "otto_mann", likeness=likeness)
    assert choice is not None and choice.index == 2, "also if the model gives it a name"
    assert choice.note.endswith("took number 3 from the left, the most like the other pictures")
    choice = choose_head(HEADS, colour_card(), LABELS[0], likeness=likeness)
    assert choice is not None and choice.index == 0


def look(*embeddings: Sequence[float]) -> Look:
    """A picture with heads that have these embeddings."""
    boxes = (LEFT, MIDDLE, RIGHT)[: len(embeddings)]
    examples = tuple(Example(np.float32(e), repr(e).encode(), "x.png") for e in embeddings)
    return Look(Place(Path("x.png")), heads_of(*((box, None) for box in boxes)), examples)


def test_pictures_with_one_head_tell_which_it_is_in_the_others() -> None:
    looks = [look((0, 1), (1, 0.1), (1, 0.5)), look((0.1, 1)), look()]
    lessons = learn(looks, "otto_mann", card=colour_card())
    assert [lesson.example for lesson in lessons] == [looks[0].examples[0], looks[1].examples[0], None]
    known = Example(np.float32([1, 0]), b"known", "x.png")
    assert learn(looks[:1], "otto_mann", card=colour_card(), known=[known])[0].example is looks[0].examples[1]
    assert learn(looks[:1], "otto_mann", card=colour_card())[0].example is looks[0].examples[1], "the largest"


def test_the_user_says_which_head() -> None:
    assert [chosen(HEADS, "x", which) for which in ("left", "right", "largest", 1, 2, 3, 4)] == [
        *(0, 2, 1, 0, 1, 2),
        None,
    ]
    mixed = heads_of((RIGHT, None), (LEFT, None), (MIDDLE, None))
    assert [chosen(mixed, "x", which) for which in ("left", "right", 2)] == [1, 0, 2]


def test_a_head_that_is_not_there_is_told(file: CastFile, tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png", heads=2)
    done = run("otto", path, picture(tmp_path / "b.png", heads=3), "--head", 3)
    assert done.stderr.splitlines() == [
        f"{path}: 2 heads; there is no number 3",
        f"{tmp_path / 'b.png'}: 3 clear heads; took number 3 from the left",
    ]
    assert "Look at the heads that were learned: simpsons cast show Otto --pictures FOLDER\n" in done.stdout
    assert run("otto", path, "--head", "0").exit_code == run("otto", path, "--head", "top").exit_code == 2


def test_a_corrected_picture_moves(file: CastFile, tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png", heads=1)
    run("Otto Mann", path)
    done = run("nobody", path)
    assert done.stdout.startswith(
        "Learned from 1 picture that this head gets no name\nOtto Mann has lost 1 picture of the same head\n"
    )
    assert file.load().labels == (NOBODY,)


def test_known_characters_are_taught_by_part_of_their_name(file: CastFile, tmp_path: Path) -> None:
    run("mr burns", picture(tmp_path / "a.png", heads=1))
    run("Burns", picture(tmp_path / "b.png", heads=1, seed=2))
    run("McBain", picture(tmp_path / "c.png", heads=1, seed=3))
    run("snake jailbird", picture(tmp_path / "d.png", heads=1, seed=4))
    cast = file.load()
    assert [(m.label, m.name, len(m.examples)) for m in cast.members] == [
        ("charles_montgomery_burns", "Mr. Burns", 2),
        ("mcbain", "McBain", 1),
        ("snake_jailbird", "Snake Jailbird", 1),
    ]


def test_a_name_that_looks_misspelt_is_told(file: CastFile, tmp_path: Path) -> None:
    run("Otto Mann", picture(tmp_path / "a.png", heads=1))
    done = run("Oto Mann", picture(tmp_path / "b.png", heads=1, seed=2))
    assert 'Oto Mann is new; if you mean Otto Mann: simpsons cast rename "Oto Mann"' in done.stderr
    assert file.load().labels == ("oto_mann", "otto_mann")
    assert run("Ottto", picture(tmp_path / "c.png", heads=1, seed=3), "--yes").stderr == ""


@pytest.mark.parametrize(
    ("answer", "label"), [("y\n", "otto_mann"), ("\n", "otto_mann"), ("n\n", "oto_mann")]
)
def test_a_name_that_looks_misspelt_is_asked_about_in_a_terminal(
    file: CastFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, label: str
) -> None:
    run("Otto Mann", picture(tmp_path / "a.png", heads=1))
    terminal = SimpleNamespace(isatty=lambda: True)
    monkeypatch.setattr(taught_name, "sys", SimpleNamespace(stdin=terminal, stderr=terminal))
    done = run("Oto Mann", picture(tmp_path / "b.png", heads=1, seed=2), input=answer)
    assert "Oto Mann is new. Do you mean Otto Mann? [Y/n]:" in done.stderr
    assert file.load().changes[-1].text.startswith("Taught") and label in file.load().labels


@pytest.mark.parametrize(
    "name", ["Maggie Simpson", "Todd Flanders", "Maude Flanders", "Lenny", "Barney", "Otto Mann"]
)
def test_other_characters_are_not_taken_for_misspelt_ones(name: str) -> None:
    assert misspelt(name, tuple(CHARACTERS_BGR)) is None


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Hommer", "homer_simpson"),
        ("Milhose", "milhouse_van_houten"),
        ("mr bruns", "charles_montgomery_burns"),
    ],
)
def test_misspelt_names_are_noticed(name: str, label: str) -> None:
    assert misspelt(name, tuple(CHARACTERS_BGR)) == label


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_write_permission_is_told(file: CastFile, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    done = run("otto", picture(tmp_path / "a.png", heads=1), "--cast", locked / "cast.json")
    assert done.exit_code == 1 and "cannot be written: permission denied" in done.stderr


def test_the_included_models_teach_and_their_pictures_can_be_embedded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMPSONS_CAST", str(tmp_path / "cast.json"))
    done = run("Somebody New", SAMPLE, "--at", "2", "--at", "0:12", "--head", "largest")
    assert done.exit_code == 0, done.output
    cast, embedder = CastFile(tmp_path / "cast.json").load(), load_embedder(provider="cpu")
    assert cast.embedder == embedder.id
    before = cast["somebody_new"].embeddings
    assert before.shape == (6, embedder.dimensions), "two looks at each head in its shot, besides the picture"
    before = before[[0, 3]]
    again = comparable(replace(cast, embedder="another-1"), embedder)["somebody_new"].embeddings
    assert (before * again).sum(axis=1).min() > 0.95, "JPEG and size change little"
