"""Requests to web addresses without ffmpeg."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from simpsons_play.core.interrupts import in_thread
from simpsons_play.sources.file_name import is_web
from simpsons_play.sources.file_type import HEAD_BYTES, describe

USER_AGENT = "Mozilla/5.0 (compatible; simpsons-play)"
"""Some servers reject clients that do not identify as a browser."""

_TIMEOUT_S = 5.0


@contextmanager
def open_url(address: str, *, first_bytes: int | None = None) -> Iterator[Any]:
    """The response of a web address while entered; it has `read`.

    Python's modules for HTTP are only imported here, because files are played without them, 15 ms earlier.

    Args:
        address: starts with `http://` or `https://`.
        first_bytes: request only this many bytes.

    Raises:
        OSError: the address cannot be reached, or its response is an error or not valid.
        ValueError: the address is not valid.
    """
    from http.client import HTTPException
    from urllib.request import (
        HTTPErrorProcessor,
        HTTPHandler,
        HTTPRedirectHandler,
        HTTPSHandler,
        OpenerDirector,
        ProxyHandler,
        Request,
    )

    opener = OpenerDirector()  # the default opener follows redirects to FTP
    for handler in (ProxyHandler, HTTPHandler, HTTPSHandler, HTTPRedirectHandler, HTTPErrorProcessor):
        opener.add_handler(handler())
    headers = {"User-Agent": USER_AGENT}
    if first_bytes is not None:
        headers["Range"] = f"bytes=0-{first_bytes - 1}"
    try:
        response = opener.open(Request(address, headers=headers), timeout=_TIMEOUT_S)
        if response is None:
            raise OSError(f"{address} answers with an error")
        with response:
            yield response
    except HTTPException as error:
        raise OSError(f"{address} does not answer as HTTP requires: {error!r}") from error


def diagnose_response(address: str) -> str | None:
    """What a web address returns if ffmpeg found no video there; None if unknown.

    Sends a new request for the first bytes.
    """
    if not is_web(address):
        return None
    try:
        # The timeout of the request does not end a response that arrives byte by byte.
        head = in_thread(lambda: _head(address)).result(_TIMEOUT_S)
    except (OSError, ValueError):  # includes TimeoutError
        return None
    what = describe(head, urlsplit(address).path)
    is_list = what is not None and what.startswith("a playlist")
    return "a playlist, not a video; save it and give the file" if is_list else what


def _head(address: str) -> bytes:
    with open_url(address, first_bytes=HEAD_BYTES) as response:
        return bytes(response.read(HEAD_BYTES))
