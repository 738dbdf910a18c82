"""Cameras by name, with a fake system folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from simpsons_play.core.errors import SourceError
from simpsons_play.sources.camera_names import cameras, find_camera


@pytest.fixture(name="system")
def system_fixture(tmp_path: Path) -> Path:
    for device, index, name in (
        ("video0", "0", "Integrated Camera: HD"),
        ("video1", "1", "Integrated Camera: HD"),  # the metadata device of the same camera
        ("video10", "0", "Logi C920"),
        ("vbi0", "0", "Logi C920"),
    ):
        (tmp_path / device).mkdir()
        (tmp_path / device / "index").write_text(f"{index}\n")
        (tmp_path / device / "name").write_text(f"{name}\n")
    (tmp_path / "video7").mkdir()
    return tmp_path


def test_a_part_of_the_name_is_enough(system: Path) -> None:
    assert cameras(system) == {0: "Integrated Camera: HD", 10: "Logi C920"}
    assert find_camera("logi", system) == 10
    assert find_camera("camera: hd", system) == 0


def test_no_or_several_matches_list_the_cameras(system: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no camera matches 'sony'; connected: 0: Integrated.*; 10: Logi"):
        find_camera("sony", system)
    with pytest.raises(SourceError, match="more than one camera"):
        find_camera("c", system)
    with pytest.raises(SourceError, match="give the camera number"):
        find_camera("logi", tmp_path / "nowhere")
