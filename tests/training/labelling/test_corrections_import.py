"""Corrections of the player become proposals."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import pytest

from simpsons_play.core.errors import DataError
from simpsons_play.core.geometry import Box
from simpsons_play.core.label_search import NOBODY
from simpsons_play.window.shell.corrections import Corrections
from simpsons_training.labelling.corrections_import import import_corrections
from simpsons_training.labelling.proposal_folder import ProposalFolder
from simpsons_training.labelling.review_decisions import FolderDecisions
from tests.training.labelling.kit import HEADS, drawn


def correct(folder: Path, label: str, *, time_s: float, left: bool = True) -> Path:
    """What `x` saves."""
    heads = [Box(*box) for box in HEADS.values()]
    head, other = heads if left else reversed(heads)
    image = drawn(round(time_s), {})
    return Corrections(folder).save(
        image, label, head=head, others=[other], source="videos/Bart the General.avi", time_s=time_s
    )


def test_corrections_arrive_with_their_heads(tmp_path: Path) -> None:
    correct(tmp_path / "corrections", "otto_mann", time_s=62.5)
    correct(tmp_path / "corrections", NOBODY, time_s=70, left=False)
    store = ProposalFolder(tmp_path / "set")
    assert import_corrections(tmp_path / "corrections", store) == 2
    assert import_corrections(tmp_path / "corrections", store) == 0, "they are there"
    found = {one.character: one for one in store.pending()}
    otto, nobody = found["otto_mann"], found[NOBODY]
    assert otto.probability is None and otto.head == Box(*HEADS["left"])
    assert otto.saved.episode == "Bart-the-General" and otto.saved.time_s == 62.5
    assert otto.saved.crop == "left" and nobody.saved.crop == "right"
    assert nobody.head == Box(24, 30, 64, 80)
    decisions = FolderDecisions(store)
    decisions.accept(otto, "otto_mann")
    decisions.accept(nobody, NOBODY)
    decisions.settle()
    rows = store.pictures.rows()
    assert [row.by for row in rows] == ["hand", "hand"]
    assert rows[1].path == tmp_path / "set" / "others" / NOBODY / "pic_0000.jpg"
    assert import_corrections(tmp_path / "corrections", store) == 0, "nor after the review"


def test_rejected_corrections_stay_rejected_and_the_folder_as_it_is(tmp_path: Path) -> None:
    path = correct(tmp_path / "corrections", "otto_mann", time_s=1)
    store = ProposalFolder(tmp_path / "set")
    import_corrections(tmp_path / "corrections", store)
    decisions = FolderDecisions(store)
    decisions.reject(store.pending()[0])
    decisions.settle()
    assert import_corrections(tmp_path / "corrections", store) == 0
    assert path.is_file()


def test_the_last_correction_of_a_head_counts(tmp_path: Path) -> None:
    first = correct(tmp_path / "corrections", "homer_simpson", time_s=1)
    correct(tmp_path / "corrections", "otto_mann", time_s=1)
    os.utime(first, (1, 1))
    store = ProposalFolder(tmp_path / "set")
    assert import_corrections(tmp_path / "corrections", store) == 1
    assert store.pending()[0].character == "otto_mann"


def test_other_files(tmp_path: Path) -> None:
    folder = tmp_path / "corrections" / "characters" / "Bart Simpson"
    folder.mkdir(parents=True)
    cv2.imwrite(str(folder / "my picture.jpg"), drawn(1, {}))
    (folder / "damaged.png").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("hello")
    store, warnings = ProposalFolder(tmp_path / "set"), list[str]()
    assert import_corrections(tmp_path / "corrections", store, warn=warnings.append) == 1
    assert len(warnings) == 1 and "damaged.png is not a readable picture" in warnings[0]
    (one,) = store.pending()
    assert one.character == "bart_simpson" and one.saved.episode == "my picture"


@pytest.mark.parametrize("make", [lambda path: None, Path.mkdir, Path.touch])
def test_what_is_no_folder_of_corrections(tmp_path: Path, make) -> None:
    make(tmp_path / "corrections")
    with pytest.raises(DataError, match="is not a folder of corrections"):
        import_corrections(tmp_path / "corrections", ProposalFolder(tmp_path / "set"))
