"""The pictures of a proof."""

import os
from pathlib import Path

import cv2
import numpy as np

from simpsons_export.pictures import proof_pictures


def test_files_of_the_operating_system_are_no_pictures(tmp_path: Path) -> None:
    picture = np.full((20, 20, 3), 90, np.uint8)
    (tmp_path / "bart").mkdir()
    for name in ("0.png", "1.gif"):
        cv2.imwrite(str(tmp_path / "bart" / name), picture)
    (tmp_path / "__MACOSX" / "bart").mkdir(parents=True)
    for name in ("bart/._0.png", "__MACOSX/bart/._1.gif", "__MACOSX/bart/0.png"):
        (tmp_path / name).write_bytes(b"metadata")
    (tmp_path / "bart" / "broken.jpg").write_bytes(b"broken")
    pictures = proof_pictures(tmp_path, 16)
    assert len(pictures.images) == 2 and pictures.origin == f"of {tmp_path} (1 more cannot be read)"


def test_linked_folders_are_read_and_cycles_end(tmp_path: Path) -> None:
    stored, linked = tmp_path / "disk" / "bart", tmp_path / "linked"
    stored.mkdir(parents=True)
    linked.mkdir()
    cv2.imwrite(str(stored / "0.png"), np.full((20, 20, 3), 90, np.uint8))
    os.symlink(stored, linked / "bart_simpson")
    os.symlink(linked, stored / "back")
    assert len(proof_pictures(linked, 16).images) == 1
