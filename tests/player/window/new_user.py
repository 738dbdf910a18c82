"""The settings and the cache of a user who starts the player for the first time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings


@pytest.fixture(name="new_user")
def new_user_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Empty folders `settings` and `cache` for one test."""
    ini, user = QSettings.Format.IniFormat, QSettings.Scope.UserScope
    QSettings.setPath(ini, user, str(tmp_path / "settings"))
    monkeypatch.setenv("SIMPSONS_CACHE", str(tmp_path / "cache"))
    yield
    QSettings.setPath(ini, user, os.environ["XDG_CONFIG_HOME"])
