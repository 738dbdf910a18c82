import errno
from pathlib import Path

import cv2
import numpy as np
import pytest

from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Box
from simpsons_play.core.label_search import NOBODY
from simpsons_play.sources.images import read_image
from simpsons_play.window.shell.corrections import Corrections
from simpsons_training.detection.head_table import read_head_table
from simpsons_training.listing import list_pictures
from tests.disk import full_disk


def picture() -> Image:
    return np.arange(40 * 60 * 3, dtype=np.uint8).reshape(40, 60, 3)


def test_training_reads_corrections(tmp_path: Path) -> None:
    corrections, image = Corrections(tmp_path / "corrections"), picture()
    left, right = Box(2, 4, 20, 30), Box(35, 5, 55, 35)
    alone = corrections.save(
        image, "bart_simpson", head=left, others=[], source="a/My show.avi", time_s=61.25
    )
    other = corrections.save(
        image, "lisa_simpson", head=right, others=[left], source="a/My show.avi", time_s=61.25
    )
    nobody = corrections.save(image, NOBODY, head=None, others=[], source="a/My show.avi", time_s=1.0)
    again = corrections.save(image, NOBODY, head=None, others=[], source="a/My show.avi", time_s=1.0)
    assert alone.name == "My-show-00061.250-full.png" and other.name == "My-show-00061.250-right.png"
    assert nobody != again and np.array_equal(read_image(alone), image)  # type: ignore[arg-type]
    assert np.array_equal(read_image(other), image[:, 30:])  # type: ignore[arg-type]
    listed = list_pictures(corrections.folder).pictures
    assert [(p.path, p.character, p.known) for p in listed] == [
        (alone, "bart_simpson", True),
        (other, "lisa_simpson", True),
        *((path, NOBODY, False) for path in sorted((nobody, again))),
    ]
    heads = read_head_table(corrections.folder / "heads.csv")
    assert [(h.path, *((m.character, m.x_min, m.y_max) for m in h.heads)) for h in heads] == [
        (alone, ("bart_simpson", 2, 30)),
        (other, ("lisa_simpson", 5, 35)),
    ]
    assert not list(tmp_path.rglob("*.part"))


def test_a_head_across_the_middle_is_not_cut(tmp_path: Path) -> None:
    corrections, image = Corrections(tmp_path), picture()
    others = [Box(50, 0, 60, 10)]
    for head, width in ((Box(15, 0, 41, 30), 41), (Box(25, 0, 45, 30), 35)):
        path = corrections.save(image, "bart_simpson", head=head, others=others, source="a", time_s=0)
        saved = cv2.imread(str(path))
        assert saved is not None and saved.shape[1] == width
    for marked in read_head_table(tmp_path / "heads.csv"):
        assert 0 <= marked.heads[0].x_min < marked.heads[0].x_max


def test_a_full_disk_leaves_no_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> int:
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        Corrections(tmp_path).save(
            picture(), "bart_simpson", head=Box(0, 0, 5, 5), others=[], source="a", time_s=0
        )
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_full_disk_leaves_no_half_row(tmp_path: Path) -> None:
    corrections = Corrections(tmp_path)

    def save(source: str) -> None:
        blank = np.zeros((80, 80, 3), np.uint8)  # its PNG is smaller than the table
        corrections.save(blank, "otto_mann", head=Box(1, 1, 9, 9), others=[], source=source, time_s=1)

    for number in range(9):
        save(f"{'long' * 12}-{number}.avi")
    table = tmp_path / "heads.csv"
    before = table.read_bytes()
    with full_disk(len(before) + 20), pytest.raises(OSError):
        save("one more.avi")
    assert table.read_bytes() == before


def test_a_corrected_half_is_saved_as_a_half(tmp_path: Path) -> None:
    image = np.zeros((40, 100, 3), np.uint8)
    other = Box(60, 5, 90, 30)
    half = Box(0, 0, 50, 40)
    path = Corrections(tmp_path).save(
        image, "moe_szyslak", head=None, crop=half, others=[other], source="a", time_s=0
    )
    saved = cv2.imread(str(path))
    assert saved is not None and saved.shape[:2] == (40, 50) and path.name.endswith("-left.png")
    assert not (tmp_path / "heads.csv").exists()


def test_a_picture_saved_by_mistake_is_removed_with_its_head(tmp_path: Path) -> None:
    corrections, head = Corrections(tmp_path), Box(2, 4, 20, 30)
    paths = [
        corrections.save(picture(), name, head=head, others=[], source="a.mp4", time_s=0)
        for name in ("bart_simpson", "homer_simpson", "bart_simpson")
    ]
    corrections.remove(paths[0])
    assert [path.exists() for path in paths] == [False, True, True]
    assert [marked.path for marked in read_head_table(tmp_path / "heads.csv")] == paths[1:]
    corrections.remove(corrections.save(picture(), NOBODY, head=None, others=[], source="b", time_s=0))
    assert len(list_pictures(tmp_path).pictures) == 2
