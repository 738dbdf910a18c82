"""What desktops need: the icon, the entry in their menus, and where both are installed."""

from __future__ import annotations

import configparser
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from simpsons_play.core.assets import icon, sample_clip

ROOT = Path(__file__).parents[2]
ENTRY = ROOT / "player" / "desktop" / "simpsons-play.desktop"


def test_the_window_has_the_icon_in_all_sizes(qapp: object) -> None:
    pytest.importorskip("PySide6.QtSvg")
    from simpsons_play.window.shell.application import application_icon

    sizes = application_icon().availableSizes()
    assert {16, 32, 48, 256} <= {size.width() for size in sizes}
    picture = application_icon().pixmap(64, 64).toImage()
    colours = {picture.pixelColor(x, y).name() for x in range(64) for y in range(64)}
    assert "#ffd90f" in colours and picture.pixelColor(0, 0).alpha() == 0


def test_the_desktop_entry_is_valid() -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(ENTRY)
    entry = parser["Desktop Entry"]
    assert entry["Exec"] == "simpsons-play %U" and entry["Icon"] == icon().stem
    types = entry["MimeType"].split(";")
    assert {"video/mp4", "video/x-matroska", "image/png", "audio/x-mpegurl"} <= set(types) and not types[-1]
    assert len(types) == len(set(types))
    if (validate := shutil.which("desktop-file-validate")) is not None:
        subprocess.run([validate, str(ENTRY)], check=True)


def test_wheels_install_the_entry_and_the_icon_where_desktops_look() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    shared = {Path(target): ROOT / source for source, target in wheel["shared-data"].items()}
    assert shared[Path("share/applications/simpsons-play.desktop")] == ENTRY
    assert shared[Path("share/icons/hicolor/scalable/apps/simpsons-play.svg")] == icon()
    assert all(path.is_file() for path in shared.values())
    for file in (sample_clip(), icon()):
        assert any(file.is_relative_to(ROOT / package) for package in wheel["packages"])
