"""The user's own defaults, from a TOML file."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

from simpsons_play.core.errors import SettingsError
from simpsons_play.core.foreign_files import clause_of, guarded, read_bounded

ENVIRONMENT = "SIMPSONS_CONFIG"

MOST_BYTES = 1 << 20
"""More is not read."""


def settings_path() -> Path | None:
    """Where they are looked for: where `SIMPSONS_CONFIG` says, else in the user's folder for such files.

    None where `SIMPSONS_CONFIG` is set and empty: nowhere.
    """
    named = os.environ.get(ENVIRONMENT)
    if named is None:
        return user_config_path("simpsons-play", appauthor=False) / "config.toml"
    return Path(named) if named else None


def load_settings() -> dict[str, Any]:
    """All that the file sets, table by table; nothing where there is no file.

    Raises:
        SettingsError: it cannot be read, is longer than `MOST_BYTES`, or is no TOML.
    """
    path = settings_path()
    if path is None:
        return {}
    try:
        content = read_bounded(path, max_bytes=MOST_BYTES)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {clause_of(error)}") from error
    with guarded(SettingsError, f"{path} is no valid TOML"):
        return tomllib.loads(content.decode("utf-8"))


def refuse_strangers(settings: dict[str, Any], commands: Collection[str]) -> None:
    """Raise SettingsError where they set something of a command that is not there."""
    for name in settings:
        if name not in commands:
            near = get_close_matches(name, commands, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise SettingsError(f"{settings_path()}: there is no command {name!r}{hint}")


def table_of(settings: dict[str, Any], words: Sequence[str]) -> dict[str, Any]:
    """What they set of one command: `["dataset", "boxes"]` is the table `[dataset.boxes]`.

    A table within it is nothing that a command knows.

    Raises:
        SettingsError: a value has the name of a command.
    """
    table: Any = settings
    for word in words:
        table = table.get(word, {})
        if not isinstance(table, dict):
            raise SettingsError(f"{settings_path()}: {word!r} must be a table: [{'.'.join(words)}]")
    return dict(table)
