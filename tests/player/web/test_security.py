"""Who may ask for what."""

from __future__ import annotations

import pytest

from simpsons_play.library.store import LibraryStore
from simpsons_play.web.app import create_app
from simpsons_play.web.security import Tokens, is_loopback
from tests.player.web.client import TestClient
from tests.player.web.episodes import NUMBERED

TOKEN = "a-token-of-the-test"
HTML = {"accept": "text/html"}


@pytest.fixture
def guarded(store: LibraryStore) -> TestClient:
    """A client of a server that other machines can reach, without the cookie."""
    app = create_app(store, token=TOKEN, loopback=False)
    return TestClient(app, base_url="http://box.lan:8000", follow_redirects=False)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9000", "127.0.0.1:8000", "[::1]:8000", "127.0.0.2"])
def test_names_of_this_machine_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "",
        "[::1]x",
        "localhost:80x",
    ],
)
def test_names_of_other_sites_are_refused_on_loopback(client: TestClient, host: str) -> None:
    found = client.get("/", headers={"host": host})
    assert found.status_code == 403 and "Numbers" not in found.text
    assert client.get("/api/progress", headers={"host": host}).json()["error"].startswith("This server")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:9"},
        {"origin": "http://[localhost:8000"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
    ],
)
def test_requests_of_other_sites_are_refused(client: TestClient, headers: dict[str, str]) -> None:
    for address in ("/", f"/api/episodes/{NUMBERED}", f"/episodes/{NUMBERED}/poster.jpg", "/static/base.css"):
        assert client.get(address, headers=headers).status_code == 403


def test_links_from_other_sites_are_followed(client: TestClient) -> None:
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert client.get(f"/episodes/{NUMBERED}", headers=link).status_code == 200
    assert client.post("/", headers=link).status_code == 403
    own = {"origin": "http://localhost:8000", "sec-fetch-site": "same-origin"}
    assert client.get("/", headers=own).status_code == 200


def test_every_response_has_the_headers(client: TestClient, guarded: TestClient) -> None:
    found = [client.get(address) for address in ("/", "/nothing", "/static/base.css", "/api/progress")]
    found += [
        client.post("/"),
        client.get("/", headers={"host": "x"}),
        guarded.get("/"),
        guarded.get("/login"),
    ]
    for one in found:
        policy = one.headers["content-security-policy"]
        assert (
            "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        )
        assert one.headers["x-content-type-options"] == "nosniff"
        assert one.headers["referrer-policy"] == "same-origin"
        assert "server" not in one.headers


def test_errors_of_the_server_have_the_headers_too(
    store: LibraryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("simpsons_play.web.pages.meeting_network", fail)
    client = TestClient(create_app(store), base_url="http://localhost", raise_server_exceptions=False)
    found = client.get("/statistics")
    assert found.status_code == 500 and "secret" not in found.text
    assert "content-security-policy" in found.headers


@pytest.mark.parametrize(
    "address",
    [
        *("/", "/find", "/statistics", "/grid", f"/episodes/{NUMBERED}", "/nothing", "/static/pages.js"),
        *(
            "/static/library.js",
            "/static/../app.py",
            f"/media/{NUMBERED}/file",
            "/api/progress",
            "/api/lanes",
        ),
        *(f"/api/episodes/{NUMBERED}", f"/episodes/{NUMBERED}/poster.jpg", "/login/", "/login/x", "//login"),
    ],
)
def test_nothing_is_served_without_the_token(guarded: TestClient, address: str) -> None:
    found = guarded.get(f"http://box.lan:8000{address}")
    assert found.status_code == 401 and "Numbers" not in found.text
    page = guarded.get(f"http://box.lan:8000{address}", headers=HTML)
    assert page.status_code == 303 and page.headers["location"].startswith("/login?next=")
    assert guarded.post(f"http://box.lan:8000{address}").status_code == 401


def test_the_login_page_looks_like_the_others(guarded: TestClient) -> None:
    text = guarded.get("/login").text
    for address in ("/static/base.css", "/static/pages.css", "/static/icon.svg", "/static/login.js"):
        assert address in text and guarded.get(address).status_code == 200
    assert guarded.get("/session").status_code == 401


def test_the_link_with_the_token_lets_in(guarded: TestClient) -> None:
    found = guarded.get("/login", params={"token": TOKEN})
    assert found.status_code == 303 and found.headers["location"] == "/"
    cookie = found.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and TOKEN not in cookie
    assert guarded.get("/").status_code == 200
    assert guarded.get("/session").status_code == 204
    assert guarded.get(f"/api/episodes/{NUMBERED}").status_code == 200


def test_the_form_lets_in_and_goes_where_the_link_led(guarded: TestClient) -> None:
    form = {"token": f" {TOKEN}\n", "next": f"/episodes/{NUMBERED}"}
    assert guarded.post("/login", data=form).headers["location"] == f"/episodes/{NUMBERED}"


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", "/find\n", "/find?\n"],
)
def test_a_login_leads_to_no_other_site(guarded: TestClient, target: str) -> None:
    assert guarded.get("/login", params={"token": TOKEN, "next": target}).headers["location"] == "/"
    assert "evil" not in guarded.get("/login", params={"next": target}).text


def test_a_link_to_a_search_survives_the_login(guarded: TestClient) -> None:
    link = "/find?who=homer%2Cbart&season=4"
    to_login = guarded.get(link, headers=HTML).headers["location"]
    assert 'value="/find?who=homer%2Cbart&amp;season=4"' in guarded.get(to_login).text
    form = {"token": TOKEN, "next": link}
    assert guarded.post("/login", data=form).headers["location"] == link


def test_servers_with_other_tokens_at_one_host_do_not_log_out(
    guarded: TestClient, store: LibraryStore
) -> None:
    """Browsers keep cookies by host, whatever the port."""
    other = TestClient(
        create_app(store, token="another-token", loopback=False), base_url="http://box.lan:8001"
    )
    guarded.get("/login", params={"token": TOKEN})
    other.cookies = guarded.cookies
    assert other.get("/").status_code == 401
    other.get("/login", params={"token": "another-token"})
    guarded.cookies = other.cookies
    assert guarded.get("/").status_code == other.get("/").status_code == 200


@pytest.mark.parametrize("cookie", ["", "x", TOKEN, "0" * 64])
def test_other_cookies_do_not_let_in(guarded: TestClient, cookie: str) -> None:
    assert guarded.get("/", headers={"cookie": f"{Tokens(TOKEN).cookie_name}={cookie}"}).status_code == 401


def test_wrong_tokens_are_refused_and_then_have_to_wait(guarded: TestClient) -> None:
    for _ in range(10):
        assert guarded.get("/login", params={"token": "wrong"}).status_code == 403
    found = guarded.post("/login", data={"token": TOKEN})
    assert found.status_code == 429 and 0 < int(found.headers["retry-after"]) <= 60
    assert "set-cookie" not in found.headers


def test_the_wait_ends_and_is_for_one_address() -> None:
    now_s = 0.0
    tokens = Tokens(TOKEN, clock=lambda: now_s)
    for _ in range(10):
        assert not tokens.accepts("wrong", "10.0.0.1")
    assert tokens.wait_s("10.0.0.1") == 60 and tokens.wait_s("10.0.0.2") == 0
    now_s = 61.0
    assert tokens.wait_s("10.0.0.1") == 0 and tokens.accepts(TOKEN, "10.0.0.1")
    for number in range(200):
        tokens.accepts("wrong", f"10.1.0.{number}")
    assert tokens.wait_s("10.0.0.9") > 0, "many addresses together have to wait as well"


def test_others_need_a_token(store: LibraryStore) -> None:
    with pytest.raises(ValueError, match="token"):
        create_app(store, loopback=False)


def test_loopback_is_told_from_other_hosts() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.1.2.3", "::1")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.168.0.2", "localhost.example", "")))
