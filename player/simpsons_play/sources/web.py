"""Asking a web address for what it gives, without ffmpeg."""

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
"""Some servers turn away what does not call itself a browser."""

_ASK_S = 5.0
"""So long an address is asked, in seconds."""


def answered(address: str, *, first_bytes: int | None = None) -> Any:
    """The answer of a web address: a context manager with `read`.

    Args:
        address: with `http://` or `https://`.
        first_bytes: asks for no more than these.

    Raises:
        OSError: there is none.
        ValueError: the address cannot be one.
        HTTPException: what comes is no answer.
    """
    opener = OpenerDirector()  # the usual one follows to FTP as well
    for handler in (ProxyHandler, HTTPHandler, HTTPSHandler, HTTPRedirectHandler, HTTPErrorProcessor):
        opener.add_handler(handler())
    headers = {"User-Agent": USER_AGENT}
    if first_bytes is not None:
        headers["Range"] = f"bytes=0-{first_bytes - 1}"
    answer = opener.open(Request(address, headers=headers), timeout=_ASK_S)
    if answer is None:
        raise OSError(f"{address} answers with an error")
    return answer


def diagnose_answer(address: str) -> str | None:
    """What comes from a web address in which ffmpeg found no video; None where nobody knows.

    Asks there once more, for the first bytes.
    """
    if not is_web(address):
        return None
    try:
        # A server that sends byte after byte would never be done.
        head = in_thread(lambda: _head(address)).result(_ASK_S)
    except (OSError, ValueError, HTTPException):  # of which TimeoutError is one
        return None
    what = describe(head, urlsplit(address).path)
    is_list = what is not None and what.startswith("a playlist")
    return "a playlist, not a video; save it, and give the file" if is_list else what


def _head(address: str) -> bytes:
    with answered(address, first_bytes=HEAD_BYTES) as answer:
        return bytes(answer.read(HEAD_BYTES))
