"""`simpsons serve`."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.library_option import library_location, library_option
from simpsons_play.core.interrupts import held_interrupt

if TYPE_CHECKING:
    from simpsons_play.library.store import LibraryStore
    from simpsons_play.web.progress import Progress

_LOOPBACK = "127.0.0.1"
_MIN_TOKEN = 8


@click.command(
    cls=Command,
    short_help="Show a library in a browser.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("names", nargs=-1, type=click.STRING, metavar="[LIBRARY|FILES...]")
@library_option
@click.option(
    "--host",
    default=_LOOPBACK,
    show_default=True,
    help="Address to listen on: 0.0.0.0 for all of this machine. Others than loopback need a token.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port to listen on.  [default: 8000, or the next one that is free]",
)
@click.option(
    "--token",
    envvar="SIMPSONS_TOKEN",
    help="What lets others in, at least 8 characters.  [default: $SIMPSONS_TOKEN, or a random one]",
)
@click.option("--open/--no-open", "opens", is_flag=True, help="Open the page in the browser of this machine.")
@click.pass_context
def serve(
    ctx: click.Context,
    names: tuple[str, ...],
    location: str | None,
    *,
    host: str,
    port: int | None,
    token: str | None,
    opens: bool,
) -> None:
    """Show a LIBRARY in a browser: its episodes with names at heads, search and statistics.

    Given FILES, such as videos and folders of videos, it analyses them first, while the page shows those that
    are done: into the library that --library names, or else into a temporary one. It runs until Ctrl-C.

    Only this machine can connect, unless --host says otherwise. From elsewhere, forward the port:
    `ssh -L 8000:localhost:8000 MACHINE`.
    """
    with held_interrupt():
        from simpsons_play.core.data_packages import require_data_package

        require_data_package("starlette", "simpsons serve")
        require_data_package("uvicorn", "simpsons serve")
        require_data_package("duckdb", "simpsons serve")
        from simpsons_play.web.app import create_app
        from simpsons_play.web.progress import Progress
        from simpsons_play.web.security import is_loopback
        from simpsons_play.web.server import address_of, listening_socket, run_server
    if token is not None and len(token) < _MIN_TOKEN:
        raise click.BadParameter(f"it needs at least {_MIN_TOKEN} characters", param_hint="--token")
    loopback = is_loopback(host)
    if token is None and not loopback:
        from secrets import token_urlsafe

        token = token_urlsafe(24)
    named = ctx.get_parameter_source("location") is ParameterSource.COMMANDLINE
    progress = Progress()
    with ExitStack() as stack:
        server = stack.enter_context(listening_socket(host, port))
        store = _opened(stack, names, location, named=named, progress=progress)
        app = create_app(
            store,
            name=_title(store, names),
            token=token,
            loopback=loopback,
            progress=progress,
            tell=_warn,
        )
        url = address_of(server, host) + ("/" if token is None else f"/login?token={_quoted(token)}")
        run_server(app, server, when_ready=lambda: _announce(url, opens=opens))


def _opened(
    stack: ExitStack, names: tuple[str, ...], location: str | None, *, named: bool, progress: Progress
) -> LibraryStore:
    """The library to show; files are added to it in the background until the stack is closed."""
    from simpsons_play.library.store import LibraryStore

    if len(names) == 1:
        store = LibraryStore(library_location(names[0]))
        if store.folder is None or store.exists:
            if named:
                raise click.UsageError(f"{names[0]} is a library; give no --library with it.")
            store.open()
            return store
    if not names:
        store = LibraryStore(library_location(location))
        store.open()
        return store
    import os
    from tempfile import mkdtemp

    from simpsons_play.cast.cast_file import default_path
    from simpsons_play.core.errors import SourceError
    from simpsons_play.library.analysis_settings import AnalysisSettings
    from simpsons_play.library.video_files import video_files
    from simpsons_play.web.progress import BackgroundAdding

    problems: list[str] = []
    videos = video_files(names, tell=_warn, fail=lambda name, reason: problems.append(reason))
    if not any(map(os.path.exists, videos)):
        reason = problems[0] if problems else f"{videos[0]} does not exist"
        raise SourceError(f"{reason}; give a library, or video files")
    if named:
        store = LibraryStore(library_location(location))
    else:
        folder = mkdtemp(prefix="simpsons-library-")
        stack.callback(_remove, folder)
        store = LibraryStore(folder)
    store.create()
    adding = BackgroundAdding(
        store, list(map(str, videos)), AnalysisSettings(cast=default_path()), progress, _warn
    )
    stack.callback(adding.stop)
    adding.start()
    return store


def _remove(folder: str) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


def _title(store: LibraryStore, names: tuple[str, ...]) -> str:
    """What the pages call the library."""
    from pathlib import Path

    if len(names) > 1:
        return "Library"
    name = Path(names[0]).name if names else Path(store.location).name
    return name or "Library"


def _quoted(token: str) -> str:
    from urllib.parse import quote

    return quote(token, safe="", errors="surrogateescape")


def _announce(url: str, *, opens: bool) -> None:
    click.echo(url)
    if opens:
        import threading
        import webbrowser

        threading.Thread(target=webbrowser.open, args=(url,), name="browser", daemon=True).start()


def _warn(line: str) -> None:
    say(f"Warning: {line}", err=True)
