"""What the routes of media answer, to good requests and bad ones."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests import media

pytest.importorskip("starlette")
httpx = pytest.importorskip("httpx")


class Client:
    """Asks an application without a network."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def get(self, address: str, method: str = "GET", **options: Any) -> Any:
        async def ask() -> Any:
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, address, **options)

        return asyncio.run(ask())


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    from starlette.applications import Starlette

    from simpsons_play.web.media_routes import media_routes

    folder = tmp_path_factory.mktemp("routes")
    files: dict[str, Path] = {
        "mp4": media.make_video(folder, media.MP4),
        "avi": media.make_video(folder, media.AVI),
        "gone": folder / "gone.mp4",
        "bad": folder / "bad.mp4",
    }
    files["bad"].write_bytes(b"no video" * 100)
    return Client(Starlette(routes=media_routes(files.get)))


def test_a_file_comes_in_ranges(client: Client) -> None:
    whole = client.get("/media/mp4/file")
    assert (whole.status_code, whole.headers["content-type"]) == (200, "video/mp4")
    assert whole.headers["x-content-type-options"] == "nosniff"
    part = client.get("/media/mp4/file", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole.content)}"
    changed = client.get("/media/mp4/file", headers={"Range": "bytes=10-19", "If-Range": '"other"'})
    assert (changed.status_code, len(changed.content)) == (200, len(whole.content))
    for wrong in ("bytes=99999999-", "bytes=0-1,5-6"):
        assert client.get("/media/mp4/file", headers={"Range": wrong}).status_code == 416
    head = client.get("/media/mp4/file", method="HEAD")
    assert (head.status_code, head.content) == (200, b"")


def test_a_plan_leads_to_its_segments(client: Client) -> None:
    plan = client.get("/media/avi/plan.json").json()
    assert (plan["kind"], plan["file"], plan["width"], plan["height"]) == ("encode", None, 64, 48)
    assert plan["mime"].startswith('video/mp4; codecs="avc1.64')
    assert len(plan["sounds"]) == 1 and plan["sound"] == 0
    start, length = plan["segments"][-1]
    assert start + length == pytest.approx(plan["duration_s"])
    head = client.get(f"/media/avi/{plan['init']}")
    assert head.content[4:8] == b"ftyp" and head.headers["content-type"] == "video/mp4"
    address = f"/media/avi/{plan['segment'].replace('{n}', '0')}"
    first = client.get(address)
    assert first.content[4:8] == b"moof"
    again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    playlist = client.get(f"/media/avi/{plan['hls']}")
    assert playlist.headers["content-type"].startswith("application/vnd.apple.mpegurl")
    assert playlist.text.count("#EXTINF") == len(plan["segments"])


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("none/plan.json", 404),
        ("none/file", 404),
        ("gone/plan.json", 404),
        ("gone/file", 404),
        ("bad/plan.json", 422),
        ("bad/file", 422),
        ("bad/segments/0.m4s", 422),
        ("..%2F..%2Fetc%2Fpasswd/file", 404),
        ("avi/segments/999.m4s", 404),
        ("avi/segments/-1.m4s", 404),
        ("avi/segments/x.m4s", 404),
        ("avi/segments/99999999999999999999.m4s", 404),
        ("avi/plan.json?sound=7", 404),
        ("avi/plan.json?sound=x", 400),
        ("avi/init.mp4?sound=1", 404),
    ],
)
def test_bad_requests_are_told_so(address: str, status: int, client: Client) -> None:
    assert client.get(f"/media/{address}").status_code == status


def test_an_error_does_not_tell_where_the_files_lie(client: Client) -> None:
    answer = client.get("/media/bad/plan.json")
    assert "bad.mp4" in answer.text and "/" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_cache_forgets_what_was_used_longest_ago() -> None:
    from simpsons_play.web.media_routes import SegmentCache

    cache = SegmentCache(limit_bytes=10)
    cache.put("a", b"1234")
    cache.put("b", b"1234")
    assert cache.get("a") == b"1234"
    cache.put("c", b"1234")
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (b"1234", None, b"1234")
