"""Import the packages of the extra `data`: pandas and pyarrow."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from simpsons_play.core.extras import missing


def require_data_package(package: str, purpose: str) -> None:
    """Raise DependencyError if pandas or pyarrow is not installed.

    Args:
        package: what is imported.
        purpose: what needs it; the subject of the message.
    """
    if find_spec(package) is None:
        raise missing(purpose, package)


def data_package(package: str, purpose: str) -> Any:
    """Import pandas, pyarrow or a module of theirs.

    Args:
        package: what to import.
        purpose: what needs it; the subject of the error message.

    Raises:
        DependencyError: it is not installed.
    """
    require_data_package(package.partition(".")[0], purpose)
    return import_module(package)
