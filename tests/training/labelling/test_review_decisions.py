"""What a review does on disk, also if it fails or is killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from simpsons_play.core.errors import DataError, SinkError
from simpsons_play.core.geometry import Box
from simpsons_training.labelling.picture_folder import PictureFolder, SavedPicture
from simpsons_training.labelling.proposal_folder import Pending, ProposalFolder
from simpsons_training.labelling.rejections import identity_of
from simpsons_training.labelling.review_decisions import FolderDecisions, reviewing
from simpsons_training.table import read_table
from tests.commands import environment
from tests.disk import full_disk
from tests.fakes import LABELS
from tests.training.labelling.kit import HEADS, add_proposals

BART, HOMER, MARGE = LABELS


def begin(folder: Path) -> tuple[ProposalFolder, list[Pending], FolderDecisions]:
    store = ProposalFolder(folder)
    return store, store.pending(), FolderDecisions(store)


def pictures(folder: Path) -> list[SavedPicture]:
    return PictureFolder(folder).rows()


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.jpg")}


def test_proposals_are_not_part_of_the_data_set(tmp_path: Path) -> None:
    store = add_proposals(tmp_path, [BART, BART, HOMER])
    assert files(tmp_path) == {
        f"proposed/{file}"
        for file in (f"{BART}/pic_0000.jpg", f"{BART}/pic_0001.jpg", f"{HOMER}/pic_0000.jpg")
    }
    assert not pictures(tmp_path) and store.counts() == {BART: 2, HOMER: 1}
    first = store.pending()[0]
    assert first.character == BART and first.probability == pytest.approx(0.95)
    assert first.head == Box(*HEADS["left"]) and first.place == "s01/e01.mp4, 00:00"


def test_accepted_pictures_join_the_data_set(tmp_path: Path) -> None:
    add_proposals(tmp_path, [BART, BART, HOMER])
    store, (first, second, _), decisions = begin(tmp_path)
    content = first.saved.path.read_bytes()
    decisions.accept(first, BART)
    decisions.accept(second, "Otto Mann")
    decisions.settle()
    assert [(row.character, row.by, row.probability) for row in pictures(tmp_path)] == [
        (BART, "model", 0.95),
        ("otto_mann", "hand", None),
    ]
    saved = pictures(tmp_path)[0]
    assert saved.path == tmp_path / BART / "pic_0000.jpg" and saved.path.read_bytes() == content
    assert (saved.box, saved.scene, saved.crop) == (Box(*HEADS["left"]), "e01-0", "full")
    assert [one.character for one in store.pending()] == [HOMER]
    assert [picture.character for picture in read_table(tmp_path / "pictures.csv")] == [BART, "otto_mann"]


def test_rejected_pictures_are_not_proposed_again(tmp_path: Path) -> None:
    add_proposals(tmp_path, [BART, HOMER])
    _, (first, _), decisions = begin(tmp_path)
    decisions.reject(first)
    decisions.settle()
    assert files(tmp_path) == {f"proposed/{HOMER}/pic_0000.jpg"}
    store = ProposalFolder(tmp_path)
    store.read_known()
    with pytest.raises(AssertionError):
        add_proposals(tmp_path, [BART])
    assert len(store.pending()) == 1
    add_proposals(tmp_path, [MARGE])  # of the same picture, but it was only not Bart


@pytest.mark.parametrize("settled", [True, False])
def test_everything_can_be_taken_back(tmp_path: Path, settled: bool) -> None:
    add_proposals(tmp_path, [BART, HOMER])
    before = [identity_of(row) for row in ProposalFolder(tmp_path).proposed.rows()]
    store, (first, second), decisions = begin(tmp_path)
    content = decisions.content(first)
    decisions.accept(first, "otto_mann")
    decisions.reject(second)
    if settled:
        decisions.settle()
    assert decisions.image(first) is not None and decisions.image(second) is not None
    decisions.restore(first)
    decisions.restore(second)
    decisions.settle()
    assert not pictures(tmp_path) and not store.rejections.read()
    assert [identity_of(row) for row in store.proposed.rows()] == before
    assert decisions.content(first) == content
    decisions.accept(first, BART)
    decisions.restore(first)
    decisions.reject(first)
    decisions.settle()
    assert len(store.pending()) == 1 and not pictures(tmp_path)


class _Killed(Exception):
    pass


@pytest.mark.parametrize("step", ["accept", "reject", "undo accept", "undo reject"])
def test_a_review_that_is_killed_in_between_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Each step adds before it removes, and the next review removes what is there twice."""
    add_proposals(tmp_path, [BART, HOMER])
    store, (first, _), decisions = begin(tmp_path)
    if step == "undo accept":
        decisions.accept(first, "otto_mann")
        decisions.settle()
        broken = store.pictures
    elif step == "undo reject":
        decisions.reject(first)
        decisions.settle()
        broken = store.rejections
    else:
        broken = store.proposed

    def killed(*_: object) -> None:
        raise _Killed

    monkeypatch.setattr(broken, "remove", killed)
    with pytest.raises(_Killed):
        if step == "accept":
            decisions.accept(first, "otto_mann")
        elif step == "reject":
            decisions.reject(first)
        else:
            decisions.restore(first)
        decisions.settle()
    again = ProposalFolder(tmp_path)
    assert [one.character for one in again.pending()] == [HOMER]
    accepted = [row.character for row in pictures(tmp_path)]
    assert accepted == (["otto_mann"] if "accept" in step else [])
    assert len(again.rejections.read()) == (0 if "accept" in step else 1)


_ACCEPT_ALL = """
import sys
from pathlib import Path
from simpsons_training.labelling.proposal_folder import ProposalFolder
from simpsons_training.labelling.review_decisions import FolderDecisions
store = ProposalFolder(Path(sys.argv[1]))
decisions = FolderDecisions(store)
for item in store.pending():
    print("next", flush=True)
    decisions.accept(item, item.character)
    decisions.settle()
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_sigkill_while_accepting_loses_and_doubles_nothing(tmp_path: Path) -> None:
    names = [LABELS[number % 3] for number in range(24)]
    add_proposals(tmp_path, names)
    wanted = sorted(identity_of(row)[1] for row in ProposalFolder(tmp_path).proposed.rows())
    for after in range(1, 40):
        with subprocess.Popen(
            [sys.executable, "-c", _ACCEPT_ALL, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            env=environment(PYTHONPATH=os.pathsep.join(sys.path)),
        ) as process:
            assert process.stdout is not None
            for _ in range(after % 3 + 1):
                process.stdout.readline()
            process.kill()
        store = ProposalFolder(tmp_path)
        left, accepted = store.pending(), pictures(tmp_path)
        assert sorted(identity_of(row)[1] for row in (*accepted, *(one.saved for one in left))) == wanted
        assert all(row.path.is_file() for row in accepted)
        if not left:
            break
    assert not store.pending() and len(pictures(tmp_path)) == len(names)


@pytest.mark.parametrize("limit", [10, 1000])
def test_a_full_disk_loses_nothing(tmp_path: Path, limit: int) -> None:
    add_proposals(tmp_path, [BART, HOMER])
    store, (first, second), decisions = begin(tmp_path)
    assert first.saved.path.stat().st_size > 1000
    with full_disk(limit):
        with pytest.raises(SinkError, match=r"cannot be written: .*"):
            decisions.accept(first, BART)
    decisions.settle()
    assert not pictures(tmp_path) and len(store.pending()) == 2
    decisions.accept(first, BART)
    with full_disk(10):
        with pytest.raises(SinkError):
            decisions.settle()
        with pytest.raises(SinkError):
            decisions.reject(second)
    decisions.settle()
    assert len(store.pending()) == 1 and len(pictures(tmp_path)) == 1
    with full_disk(10), pytest.raises(SinkError):
        decisions.restore(first)
    decisions.restore(first)
    decisions.settle()
    assert len(store.pending()) == 2 and not pictures(tmp_path)


def test_damaged_pictures_and_missing_ones(tmp_path: Path) -> None:
    add_proposals(tmp_path, [BART, HOMER])
    _, (first, second), decisions = begin(tmp_path)
    first.saved.path.write_bytes(b"no picture")
    second.saved.path.unlink()
    for item in (first, second):
        assert decisions.image(item) is None
        with pytest.raises(DataError):
            decisions.accept(item, BART)
    assert not pictures(tmp_path)


@pytest.mark.parametrize("name", ["../../etc", "🍩" * 300, "otto\nmann", "/root", "con"])
def test_hostile_names_stay_in_the_folder(tmp_path: Path, name: str) -> None:
    inside = tmp_path / "set"
    add_proposals(inside, [BART])
    _, (item,), decisions = begin(inside)
    try:
        decisions.accept(item, name)
    except DataError as error:
        assert "\n" not in str(error) and len(str(error)) < 200
        assert decisions.image(item) is not None
    assert all(path.is_relative_to(inside) for path in tmp_path.rglob("*.jpg"))
    decisions.settle()
    assert len(files(inside)) == 1


def test_a_character_called_like_the_folder_of_proposals(tmp_path: Path) -> None:
    add_proposals(tmp_path, [BART])
    _, (item,), decisions = begin(tmp_path)
    decisions.accept(item, "proposed")
    decisions.settle()
    assert files(tmp_path) == {"_proposed/pic_0000.jpg"}


@pytest.mark.parametrize("file", ["{outside}", "../../picture.jpg", "../pictures.csv"])
def test_a_table_that_lists_files_outside_of_the_folder(tmp_path: Path, file: str) -> None:
    outside, folder = tmp_path / "picture.jpg", tmp_path / "set"
    add_proposals(folder, [BART])
    outside.write_bytes(next(folder.rglob("*.jpg")).read_bytes())
    table = folder / "proposed" / "pictures.csv"
    text = table.read_text().replace(f"{BART}/pic_0000.jpg", file.format(outside=outside))
    table.write_text(text)
    with pytest.raises(DataError, match=r"is outside of .*; remove it by hand"):
        ProposalFolder(folder).pending()
    assert outside.is_file() and not pictures(folder)


def test_only_one_review_at_a_time(tmp_path: Path) -> None:
    store = add_proposals(tmp_path, [BART])
    with reviewing(store):
        with pytest.raises(SinkError, match="is being reviewed in another window; close it"):
            with reviewing(ProposalFolder(tmp_path)):
                pass
        add_proposals(tmp_path, [HOMER], first=5)
    with reviewing(store):
        assert len(store.pending()) == 2
