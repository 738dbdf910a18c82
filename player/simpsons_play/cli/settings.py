"""The user's own defaults, from a TOML config file."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click
from platformdirs import user_config_path

from simpsons_play.core.errors import SettingsError
from simpsons_play.core.foreign_files import clause_of, guarded, read_bounded

ENVIRONMENT = "SIMPSONS_CONFIG"
"""The environment variable that names another config file; empty turns the config file off."""

MOST_BYTES = 1 << 20
"""A longer config file is an error."""


def settings_path() -> Path | None:
    """Path of the config file: `SIMPSONS_CONFIG`, else `config.toml` in the user's config folder.

    None if `SIMPSONS_CONFIG` is set but empty.
    """
    named = os.environ.get(ENVIRONMENT)
    if named is None:
        return user_config_path("simpsons-play", appauthor=False) / "config.toml"
    return Path(named) if named else None


def load_settings() -> dict[str, Any]:
    """Load the config file as nested tables; empty if there is no file.

    Raises:
        SettingsError: the file cannot be read, is longer than `MOST_BYTES`, or is not valid TOML.
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
    with guarded(SettingsError, f"{path} is not valid TOML"):
        return tomllib.loads(content.decode("utf-8"))


def refuse_unknown_commands(settings: dict[str, Any], commands: Collection[str]) -> None:
    """Raise SettingsError if a table does not belong to one of these commands."""
    for name in settings:
        if name not in commands:
            raise SettingsError(f"{settings_path()}: there is no command {name!r}{_hint(name, commands)}")


def table_of(settings: dict[str, Any], words: Sequence[str]) -> dict[str, Any]:
    """Return the table of one command: `["dataset", "boxes"]` is `[dataset.boxes]`.

    Raises:
        SettingsError: the name of a command is set to a value instead of a table.
    """
    table: Any = settings
    for word in words:
        table = table.get(word, {})
        if not isinstance(table, dict):
            raise SettingsError(f"{settings_path()}: {word!r} must be a table: [{'.'.join(words)}]")
    return dict(table)


def parameter_defaults(
    table: Mapping[str, Any], options: Collection[click.Option], *, name: str
) -> dict[str, Any]:
    """Translate a table of settings, keyed by long option names, into defaults keyed by parameter names.

    Args:
        table: such as `{"no-window": True}`.
        options: the options that may have another default.
        name: the name of the table, for error messages.

    Raises:
        SettingsError: an option is unknown, or its value has the wrong type.
    """
    by_name = {long[2:]: option for option in options for long in option.opts if long.startswith("--")}
    defaults: dict[str, Any] = {}
    for key, value in table.items():
        option = by_name.get(key.replace("_", "-"))
        if option is None or option.name is None:
            hint = _hint(key.replace("_", "-"), by_name)
            raise SettingsError(f"{settings_path()}: [{name}] has no option {key!r}{hint}")
        defaults[option.name] = _default(option, value, where=f"{settings_path()}: [{name}] {key}")
    return defaults


def _default(option: click.Option, value: Any, *, where: str) -> Any:
    """A value as click expects it: a list for an option that can be repeated."""
    if option.multiple:
        values = value if isinstance(value, list) else [value]
        return [_checked(option, one, where=where) for one in values]
    return _checked(option, value, where=where)


def _checked(option: click.Option, value: Any, *, where: str) -> Any:
    """Check the TOML type of a value: click would take `true` for 1 and truncate 2.5 to 2."""
    if isinstance(option.type, click.Path) and isinstance(value, str):
        return os.path.expanduser(value)
    if isinstance(option.type, click.types.IntParamType) and type(value) not in (int, str):
        raise SettingsError(f"{where} must be a whole number, not {value}")
    if isinstance(option.type, click.types.FloatParamType) and isinstance(value, bool):
        raise SettingsError(f"{where} must be a number, not {value}")
    return value


def _hint(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""
