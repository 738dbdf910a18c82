"""The templates of the pages, and the responses that they become."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse

from simpsons_play.core.escaping import one_line
from simpsons_play.core.names import counted
from simpsons_play.core.timefmt import format_tenths, format_time
from simpsons_play.render.templates import environment

if TYPE_CHECKING:
    import jinja2

COMPRESSED = Middleware(GZipMiddleware, minimum_size=2000, compresslevel=5)
"""For long texts: a page with 800 episodes shrinks from 900 to 60 KB, which matters through a tunnel."""

GREY = "#c8c8c8"
"""Colour of characters without one."""

_COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)


def render(template: str, /, **values: Any) -> Any:
    """Render a template to a text that other templates insert as it is, `markupsafe.Markup`."""
    import markupsafe

    return markupsafe.Markup(_environment().get_template(f"{template}.html.j2").render(**values))


def page(template: str, /, *, status_code: int = 200, **values: Any) -> HTMLResponse:
    """Render a page.

    Args:
        template: its name, without its ending.
        status_code: of the response.
        values: what the template shows; text in it is escaped, and loses its control characters.
    """
    return HTMLResponse(render(template, **values).encode("utf-8", "replace"), status_code)


def safe_colour(colour: object) -> str:
    """A colour as CSS and SVG know it; grey if it is anything else.

    Example:
        >>> safe_colour("#ffd90f"), safe_colour("red; background: url(//example.com)")
        ('#ffd90f', '#c8c8c8')
    """
    return colour if isinstance(colour, str) and _COLOUR.fullmatch(colour) else GREY


@cache
def _environment() -> jinja2.Environment:
    return environment(
        package="simpsons_play.web",
        folder="templates",
        finalize=_plain,
        time=format_time,
        tenths=format_tenths,
        counted=counted,
        colour=safe_colour,
    )


def _plain(value: object) -> object:
    """Text without control characters and passwords; other values, and what is escaped, as they are."""
    return one_line(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
