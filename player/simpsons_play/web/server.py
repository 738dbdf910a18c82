"""Runs the application on a socket until Ctrl-C."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import uvicorn

from simpsons_play.core.errors import SimpsonsError
from simpsons_play.core.foreign_files import clause_of

PORT = 8000
"""The first port that is tried."""

_PORTS = 100
_GRACE_S = 1


class ServeError(SimpsonsError):
    """The server cannot listen on an address."""


def listening_socket(host: str, port: int | None) -> socket.socket:
    """A socket that listens.

    Args:
        host: name or address of this machine.
        port: port; None for `PORT`, or the next one that is free.

    Raises:
        ServeError: the address does not belong to this machine, or the port is taken.
    """
    ports = range(PORT, PORT + _PORTS) if port is None else [port]
    try:
        found = socket.getaddrinfo(host, ports[0], type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise ServeError(f"{host} is no address of this machine: {clause_of(error)}") from error
    family, _, _, _, address = found[0]
    problem: OSError | None = None
    for one in ports:
        server = socket.socket(family, socket.SOCK_STREAM)
        try:
            if hasattr(socket, "SO_REUSEADDR") and socket.has_ipv6:
                server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind((address[0], one, *address[2:]))
            server.listen(128)
        except OSError as error:
            server.close()
            problem = error
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                break
        else:
            return server
    what = f"port {ports[0]} of {host} cannot be used"
    raise ServeError(f"{what}: {clause_of(problem)}; give another --port" if problem else what)


def address_of(server: socket.socket, host: str) -> str:
    """The beginning of the addresses of all pages, such as `http://127.0.0.1:8000`.

    Args:
        server: the socket.
        host: what it was asked to listen on; all addresses become one that others can use.
    """
    port = server.getsockname()[1]
    if host in ("0.0.0.0", "::", ""):
        host = _own_address()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run_server(app: Any, server: socket.socket, *, when_ready: Callable[[], object] = lambda: None) -> None:
    """Serve until Ctrl-C, which raises KeyboardInterrupt.

    Args:
        app: an ASGI application.
        server: where to listen; closed at the end.
        when_ready: called once requests are answered.
    """

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            when_ready()

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # addresses contain the token
        ws="none",
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    logging.getLogger("uvicorn.error").addFilter(_is_fault)
    with server:
        Server(config).run(sockets=[server])


def _is_fault(record: logging.LogRecord) -> bool:
    """Whether a message is about an error of ours: not about odd requests, or those that Ctrl-C ends."""
    return record.exc_info is not None and not isinstance(record.exc_info[1], asyncio.CancelledError)


def _own_address() -> str:
    """The address of this machine that others on its network can reach; nothing is sent to find it."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # an address for documentation (RFC 5737)
        return str(probe.getsockname()[0])
    return socket.gethostname()
