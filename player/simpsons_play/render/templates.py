"""The Jinja templates of reports and pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import jinja2


def environment(
    *,
    package: str = "simpsons_play",
    folder: str = "render",
    finalize: Callable[[Any], Any] | None = None,
    **filters: Callable[..., Any],
) -> jinja2.Environment:
    """An environment that escapes HTML and refuses undefined variables.

    Jinja is only imported here, because most runs render nothing and would start 15 ms later.

    Args:
        package: package with the templates.
        folder: their folder in it.
        finalize: applied to every value that is inserted.
        filters: filters for the templates.
    """
    import jinja2

    templates = jinja2.Environment(
        loader=jinja2.PackageLoader(package, folder),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=finalize,
    )
    templates.filters.update(filters)
    return templates
