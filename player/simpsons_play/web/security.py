"""Who may ask for what: this machine, or whoever has the token; and no page of another site.

A server on a loopback address can be reached by every page that a browser on this machine shows: by requests
from other sites, and by names of other sites that their owners let resolve to 127.0.0.1 (DNS rebinding). So
the `Host` header must be one of this machine, and what a browser marks as coming from another site is
refused, except links.
"""

from __future__ import annotations

import hmac
import ipaddress
import math
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simpsons_play.web.templates import page

COOKIE = "simpsons_session_"
"""Beginning of the name of the cookie that stands for the token."""

LOGIN_FILES = frozenset(
    {"/login", "/session", "/static/base.css", "/static/pages.css", "/static/icon.svg", "/static/login.js"}
)
"""All that is served without the token."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with `no-referrer`, browsers send `Origin: null` with forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "X-Robots-Tag": "noindex",
}
"""Headers of every response."""

_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_READING = frozenset({"GET", "HEAD"})
_MAX_ADDRESSES = 1000
_WINDOW_S, _TRIES, _TRIES_OF_ALL = 60.0, 10, 200
"""Within this time, in seconds, an address may give so many wrong tokens, and all together so many."""


class Tokens:
    """Compares tokens, in constant time, and counts wrong ones.

    Args:
        token: the token that lets in.
        clock: seconds that only grow.
    """

    def __init__(self, token: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._token, self._clock = token.encode("utf-8", "surrogateescape"), clock
        self._wrong: dict[str, deque[float]] = defaultdict(deque)

    @property
    def cookie_name(self) -> str:
        """The name of the cookie, of its own for each token: browsers send cookies to all ports of a host."""
        return COOKIE + hmac.new(self._token, b"simpsons-play name", "sha256").hexdigest()[:8]

    @property
    def cookie(self) -> str:
        """The value of the cookie: proves that its owner had the token, and does not contain it."""
        return hmac.new(self._token, b"simpsons-play session", "sha256").hexdigest()

    def is_session(self, cookies: Mapping[str, str]) -> bool:
        """Whether the cookies of a request contain that of this server."""
        given = cookies.get(self.cookie_name, "").encode("utf-8", "surrogateescape")
        return hmac.compare_digest(given, self.cookie.encode())

    def wait_s(self, address: str) -> int:
        """How long, in seconds, an address has to wait until it may try a token; 0 if it need not."""
        now_s = self._clock()
        waits_s = [0.0]
        for key, limit in ((address, _TRIES), ("", _TRIES_OF_ALL)):
            tries = self._wrong[key]
            while tries and now_s - tries[0] > _WINDOW_S:
                tries.popleft()
            if len(tries) >= limit:
                waits_s.append(_WINDOW_S - (now_s - tries[0]))
            if not tries:
                del self._wrong[key]
        return math.ceil(max(waits_s))

    def accepts(self, token: str, address: str) -> bool:
        """Whether a token is the right one; a wrong one is counted."""
        if hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self._token):
            return True
        if len(self._wrong) > _MAX_ADDRESSES:
            for key in list(self._wrong):
                self.wait_s(key)  # forgets those that need not wait
        for key in (address, ""):
            self._wrong[key].append(self._clock())
        return False


class Guard:
    """Middleware: refuses requests of other sites and without the token, and adds `HEADERS`.

    Args:
        app: the pages.
        tokens: what lets in; None for a server that only this machine reaches.
        loopback: whether the server listens on a loopback address.
    """

    def __init__(self, app: ASGIApp, *, tokens: Tokens | None, loopback: bool) -> None:
        self._app, self._tokens, self._loopback = app, tokens, loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # closes the connection

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-cache, private")
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        headers, path = Headers(scope=scope), str(scope["path"])
        host = headers.get("host", "")
        if self._loopback and not _is_loopback_name(host):
            return refused(path, 403, "This server answers only to localhost and 127.0.0.1.")
        if not _is_own_request(scope, headers, host):
            return refused(path, 403, "Requests from other sites are refused.")
        if self._tokens is None or path in LOGIN_FILES:
            return None
        if self._tokens.is_session(HTTPConnection(scope).cookies):
            return None
        if scope["method"] in _READING and "text/html" in headers.get("accept", ""):
            query = scope["query_string"].decode("latin-1")
            return RedirectResponse(f"/login?next={quote(path + '?' * bool(query) + query)}", 303)
        return refused(path, 401, "Open the link with the token first.")


def refused(path: str, status_code: int, sentence: str) -> Response:
    """An error as a page, as JSON below `/api`, and as a line of text for videos."""
    if path.startswith("/api/"):
        return JSONResponse({"error": sentence}, status_code)
    if path.startswith("/media/"):
        return PlainTextResponse(sentence, status_code)
    return page(
        "message", status_code=status_code, title="This did not work", sentence=sentence, has_menu=False
    )


def is_loopback(host: str) -> bool:
    """Whether a host can only be reached from this machine.

    Example:
        >>> is_loopback("localhost"), is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("0.0.0.0")
        (True, True, True, False)
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_loopback_name(host: str) -> bool:
    """Whether a `Host` header names this machine; the port may be that of a tunnel."""
    name, colon, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    if not colon:
        name = host
    elif not port.isdecimal():
        return False
    return name.lower() in _NAMES or (name.startswith("127.") and is_loopback(name))


def _is_own_request(scope: Scope, headers: Headers, host: str) -> bool:
    """Whether a request is from a page of this server, from a link, or from no browser at all."""
    reads = scope["method"] in _READING
    origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
    if origin is not None and not _is_origin(origin, host):
        return False
    if site in ("same-origin", "none"):
        return True
    is_link = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    return reads and is_link


def _is_origin(origin: str, host: str) -> bool:
    try:
        found = urlsplit(origin)
    except ValueError:
        return False
    return found.scheme in ("http", "https") and found.netloc.lower() == host.lower()


def client_address(scope: Any) -> str:
    """The address that a request comes from."""
    return str((scope.get("client") or ("",))[0])
