"""The page that asks for the token, and the cookie that replaces it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from simpsons_play.web.security import Tokens, client_address
from simpsons_play.web.templates import page

_MAX_BODY = 4096
_OWN_PATH = re.compile(r"/(episodes/[0-9a-f]{32}|(find|statistics)(\?[!-~]{1,2000})?)?")


def login_routes(tokens: Tokens | None) -> list[Route]:
    """`/login` and `/session`; none if no token is needed.

    Args:
        tokens: what lets in.
    """
    if tokens is None:
        return []

    async def session(request: Request) -> Response:
        return Response(status_code=204 if tokens.is_session(request.cookies) else 401)

    async def login(request: Request) -> Response:
        target = _own_path(request.query_params.get("next", "/"))
        if request.method == "POST":
            fields = parse_qs((await _body(request)).decode("utf-8", "replace"))
            given = fields.get("token", [""])[0]
            target = _own_path(fields.get("next", ["/"])[0])
        else:
            given = request.query_params.get("token", "")
        if not given:
            return page("login", target=target, sentence="")
        address = client_address(request.scope)
        if wait_s := tokens.wait_s(address):
            sentence = f"Too many wrong tokens. Try again in {wait_s} seconds."
            response = page("login", status_code=429, target=target, sentence=sentence)
            response.headers["Retry-After"] = str(wait_s)
            return response
        if not tokens.accepts(given.strip(), address):
            sentence = "This is not the token. The terminal in which the server runs shows it."
            return page("login", status_code=403, target=target, sentence=sentence)
        done = RedirectResponse(target, 303)
        done.set_cookie(tokens.cookie_name, tokens.cookie, httponly=True, samesite="strict", path="/")
        return done

    return [Route("/login", login, methods=["GET", "POST"]), Route("/session", session)]


def _own_path(path: str) -> str:
    """The page to show after the login: one of ours, never another site."""
    return path if _OWN_PATH.fullmatch(path) else "/"


async def _body(request: Request) -> bytes:
    """The body of a request, cut off where it is longer than a token can be."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MAX_BODY:
            break
    return body[:_MAX_BODY]
