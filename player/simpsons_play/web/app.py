"""The application: pages, data and files of one library, behind the guard."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from simpsons_play.core.assets import icon
from simpsons_play.core.data_packages import data_package
from simpsons_play.core.errors import SimpsonsError
from simpsons_play.library.store import LibraryStore
from simpsons_play.sources.endings import is_video
from simpsons_play.web.catalogue import Catalogue
from simpsons_play.web.json_api import JsonApi
from simpsons_play.web.login import login_routes
from simpsons_play.web.media_routes import media_routes
from simpsons_play.web.pages import Pages
from simpsons_play.web.progress import Progress
from simpsons_play.web.security import Guard, Tokens, refused

_SENTENCES = {
    400: "The address is not one that this server understands.",
    404: "There is no such page.",
    405: "This address cannot be used in this way.",
}


def create_app(
    store: LibraryStore,
    *,
    name: str = "Library",
    token: str | None = None,
    loopback: bool = True,
    progress: Progress | None = None,
    tell: Callable[[str], object] = lambda line: None,
) -> ASGIApp:
    """The pages of a library, as an ASGI application.

    Args:
        store: the library; it must exist.
        name: what it is called on the pages.
        token: what lets in; None for anybody on this machine.
        loopback: whether only this machine can reach the server; requests with other `Host` headers are then
            refused.
        progress: the analysis that adds episodes meanwhile.
        tell: called with one line for each episode that cannot be read and is left out.

    Raises:
        LibraryError: the library cannot be read.
        ValueError: no token is needed, although other machines can reach the server.
    """
    if token is None and not loopback:
        raise ValueError("other machines may only connect with a token")
    catalogue, progress = Catalogue(store, tell), progress or Progress()
    data_package("pyarrow.parquet", "simpsons serve")  # the first episode need not wait for its import
    catalogue.episodes()  # makes the index before the first request, and finds out if it cannot be read
    tokens = None if token is None else Tokens(token)
    app = Starlette(
        routes=[
            *login_routes(tokens),
            *Pages(catalogue, name, progress).routes(),
            *JsonApi(catalogue, progress).routes(),
            *media_routes(_videos(catalogue)),
            Route("/static/base.css", _base_style),
            Route("/static/icon.svg", _icon),
            Mount("/static", StaticFiles(packages=[("simpsons_play.web", "static")])),
        ],
        exception_handlers={HTTPException: _http_error, SimpsonsError: _own_error, Exception: _other_error},
    )
    return Guard(app, tokens=tokens, loopback=loopback)  # outermost: errors get its headers, too


def _videos(catalogue: Catalogue) -> Callable[[str], Path | None]:
    """Finds the videos of episodes. The tables could name any file; only videos are sent."""

    def video(episode_id: str) -> Path | None:
        episode = catalogue.episode(episode_id)
        path = None if episode is None else Path(episode.path)
        return path if path is not None and is_video(path) else None

    return video


def _base_style(request: Request) -> Response:
    """The style of reports, which these pages share."""
    text = files("simpsons_play.render").joinpath("page.css.j2").read_text("utf-8")
    return Response(text, media_type="text/css")


def _icon(request: Request) -> Response:
    return FileResponse(icon(), media_type="image/svg+xml")


async def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    sentence = error.detail
    if sentence == HTTPStatus(error.status_code).phrase:  # as the framework says it
        sentence = _SENTENCES.get(error.status_code, sentence)
    sentence = sentence[:1].upper() + sentence[1:].removesuffix(".") + "."
    response = refused(request.url.path, error.status_code, sentence)
    response.headers.update(error.headers or {})
    return response


async def _own_error(request: Request, error: Exception) -> Response:
    return refused(request.url.path, 503, f"{error}.")


async def _other_error(request: Request, error: Exception) -> Response:
    return refused(request.url.path, 500, "This is a fault of the server; its terminal shows more.")
