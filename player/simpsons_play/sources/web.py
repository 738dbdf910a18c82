"""Requests to web addresses without ffmpeg."""

from __future__ import annotations

from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit
from urllib.request import (
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from simpsons_play.core.interrupts import in_thread
from simpsons_play.sources.file_name import is_web
from simpsons_play.sources.file_type import HEAD_BYTES, describe

USER_AGENT = "Mozilla/5.0 (compatible; simpsons-play)"
"""Some servers reject clients that do not identify as a browser."""

_TIMEOUT_S = 5.0


def open_url(address: str, *, first_bytes: int | None = None) -> Any:
    """The response of a web address: a context manager with `read`.

    Args:
        address: starts with `http://` or `https://`.
        first_bytes: request only this many bytes.

    Raises:
        OSError: the address cannot be reached or answers with an error.
        ValueError: the address is not valid.
        HTTPException: the response is not valid.
    """
    opener = OpenerDirector()  # the default opener follows redirects to FTP
    for handler in (ProxyHandler, HTTPHandler, HTTPSHandler, HTTPRedirectHandler, HTTPErrorProcessor):
        opener.add_handler(handler())
    headers = {"User-Agent": USER_AGENT}
    if first_bytes is not None:
        headers["Range"] = f"bytes=0-{first_bytes - 1}"
    response = opener.open(Request(address, headers=headers), timeout=_TIMEOUT_S)
    if response is None:
        raise OSError(f"{address} answers with an error")
    return response


def diagnose_response(address: str) -> str | None:
    """What a web address returns if ffmpeg found no video there; None if unknown.

    Sends a new request for the first bytes.
    """
    if not is_web(address):
        return None
    try:
        # The timeout of the request does not end a response that arrives byte by byte.
        head = in_thread(lambda: _head(address)).result(_TIMEOUT_S)
    except (OSError, ValueError, HTTPException):  # includes TimeoutError
        return None
    what = describe(head, urlsplit(address).path)
    is_list = what is not None and what.startswith("a playlist")
    return "a playlist, not a video; save it and give the file" if is_list else what


def _head(address: str) -> bytes:
    with open_url(address, first_bytes=HEAD_BYTES) as response:
        return bytes(response.read(HEAD_BYTES))
