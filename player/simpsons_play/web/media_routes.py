"""Routes that give a browser the video of an ID: the file itself, a plan, segments and an HLS playlist."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from simpsons_play.core.errors import SimpsonsError
from simpsons_play.web.media_plan import MediaPlan, media_plan
from simpsons_play.web.segments import SegmentStopped, init_segment, mime_type, segment

Lookup = Callable[[str], Path | None]
"""ID -> the file of its video; None if the ID is unknown."""

_Result = TypeVar("_Result")

_CONCURRENT = 2
"""Segments made at the same time; others wait."""
_CACHE_BYTES = 64 << 20
_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=0, must-revalidate"}
_MAX_DIGITS = 7


def media_routes(lookup: Lookup) -> list[Route]:
    """The routes below `/media/{id}/`: `file`, `plan.json`, `init.mp4`, `segments/{n}.m4s`, `index.m3u8`.

    All take `?sound=N` for another sound stream than the default. An unknown ID, sound stream or segment is
    404; a video that cannot be read is 422, with one line of text.

    Args:
        lookup: finds the file of an ID; IDs are never used as paths.

    Example:
        >>> from simpsons_play import sample_clip
        >>> [route.path for route in media_routes({"a": sample_clip()}.get)][0]
        '/media/{id}/file'
    """
    media = _Media(lookup)
    handlers = {
        "file": media.file,
        "plan.json": media.plan,
        "init.mp4": media.init,
        "segments/{number}.m4s": media.segment,
        "index.m3u8": media.playlist,
    }
    return [Route(f"/media/{{id}}/{name}", handler) for name, handler in handlers.items()]


class SegmentCache:
    """Bytes by key; the least recently used ones go first. For any thread.

    Args:
        limit_bytes: of all entries together.
    """

    def __init__(self, limit_bytes: int = _CACHE_BYTES) -> None:
        self._limit, self._size = limit_bytes, 0
        self._entries: OrderedDict[Any, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Any) -> bytes | None:
        """The bytes of a key; None if they are not held."""
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
            return self._entries.get(key)

    def put(self, key: Any, data: bytes) -> None:
        """Hold bytes, unless they alone exceed the limit."""
        with self._lock:
            self._size += len(data) - len(self._entries.pop(key, b""))
            self._entries[key] = data
            while self._size > self._limit:
                self._size -= len(self._entries.popitem(last=False)[1])


class _Media:
    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._cache = SegmentCache()
        self._limiter: anyio.CapacityLimiter | None = None

    async def file(self, request: Request) -> Response:
        path, _ = self._asked(request)
        stat = await self._stat(path)
        plan = await self._plan_of(request)
        if request.headers.get("range", "").count(","):
            return Response(status_code=416, headers={"Content-Range": f"bytes */{stat.st_size}", **_HEADERS})
        kind = plan.file_type.partition(";")[0] or "application/octet-stream"
        return FileResponse(path, headers=_HEADERS, media_type=kind, stat_result=stat)

    async def plan(self, request: Request) -> Response:
        plan = await self._plan_of(request)
        _, sound = self._asked(request)
        init = await self._init_of(request, plan)
        query = "" if sound is None else f"?sound={sound}"
        return JSONResponse(
            {
                "kind": plan.kind,
                "mime": plan.file_type or mime_type(init),
                "file": "file" if plan.kind == "direct" else None,
                "segment_mime": mime_type(init),
                "init": f"init.mp4{query}",
                "segment": f"segments/{{n}}.m4s{query}",
                "hls": f"index.m3u8{query}",
                "width": plan.width,
                "height": plan.height,
                "rate": float(plan.rate),
                "duration_s": plan.duration_s,
                "segments": [[float(s.start), float(s.end - s.start)] for s in plan.segments],
                "sound": plan.sound,
                "sounds": [
                    {"number": s.number, "language": s.language, "title": s.title, "default": s.is_default}
                    for s in plan.sounds
                ],
            },
            headers=_HEADERS,
        )

    async def init(self, request: Request) -> Response:
        plan = await self._plan_of(request)
        return await self._answer(request, await self._init_of(request, plan))

    async def segment(self, request: Request) -> Response:
        text = request.path_params["number"]
        if not (text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS):
            raise HTTPException(404)
        plan, number = await self._plan_of(request), int(text)
        if number >= len(plan.segments):
            raise HTTPException(404)
        path, _ = self._asked(request)
        data = await self._made(request, number, partial(segment, path, plan, number))
        return await self._answer(request, data)

    async def playlist(self, request: Request) -> Response:
        plan = await self._plan_of(request)
        _, sound = self._asked(request)
        text = hls_playlist(plan, "" if sound is None else f"?sound={sound}")
        return Response(text, headers=_HEADERS, media_type="application/vnd.apple.mpegurl")

    def _asked(self, request: Request) -> tuple[Path, int | None]:
        path, sound = self._lookup(request.path_params["id"]), request.query_params.get("sound")
        if path is None:
            raise HTTPException(404)
        if sound is None:
            return path, None
        if not (sound.isascii() and sound.isdecimal() and len(sound) <= _MAX_DIGITS):
            raise HTTPException(400)
        return path, int(sound)

    async def _stat(self, path: Path) -> Any:
        try:
            stat = await run_in_threadpool(path.stat)
        except OSError:
            raise HTTPException(404, "the file is gone") from None
        if not path.is_file():
            raise HTTPException(404)
        return stat

    async def _plan_of(self, request: Request) -> MediaPlan:
        path, sound = self._asked(request)
        await self._stat(path)
        plan = await _told(path, partial(media_plan, path))
        if sound is None or sound == plan.sound:
            return plan
        if sound >= len(plan.sounds):
            raise HTTPException(404, "no such sound stream")
        return await _told(path, partial(media_plan, path, sound))

    async def _init_of(self, request: Request, plan: MediaPlan) -> bytes:
        path, _ = self._asked(request)
        return await self._made(request, "init", lambda stopped: init_segment(path, plan))

    async def _made(self, request: Request, name: Any, make: Callable[..., bytes]) -> bytes:
        """Bytes from the cache, or made in a thread; the work stops when the browser goes away."""
        path, sound = self._asked(request)
        stat = await self._stat(path)
        key = (str(path), stat.st_size, stat.st_mtime_ns, sound, name)
        if (data := self._cache.get(key)) is not None:
            return data
        stop = threading.Event()
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(_CONCURRENT)
        limiter, made = self._limiter, b""

        async def watch() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            stop.set()
            group.cancel_scope.cancel()

        try:
            async with anyio.create_task_group() as group:
                group.start_soon(watch)
                async with limiter:  # a cancelled wait leaves the queue; a thread is always waited for
                    made = await _told(path, partial(make, stop.is_set))
                group.cancel_scope.cancel()
        except BaseExceptionGroup as errors:
            error = errors.exceptions[0]
            if not isinstance(error, SegmentStopped):
                raise error from None
        finally:
            stop.set()
        if made:
            self._cache.put(key, made)
        return made

    async def _answer(self, request: Request, data: bytes) -> Response:
        if not data:
            return Response(status_code=204, headers=_HEADERS)
        etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
        headers = {**_HEADERS, "ETag": etag}
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        return Response(data, headers=headers, media_type="video/mp4")


def hls_playlist(plan: MediaPlan, query: str = "") -> str:
    """The segments of a plan as an HLS playlist (RFC 8216), which Safari plays.

    Args:
        plan: of a video.
        query: appended to each address, such as `?sound=1`.
    """
    longest = max(float(s.end - s.start) for s in plan.segments)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{int(longest + 0.999)}",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MAP:URI="init.mp4{query}"',
    ]
    for number, stretch in enumerate(plan.segments):
        lines += [f"#EXTINF:{float(stretch.end - stretch.start):.6f},", f"segments/{number}.m4s{query}"]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


async def _told(path: Path, work: Callable[[], _Result]) -> _Result:
    """The result of work in a thread; its errors as answers with one line."""
    try:
        return await run_in_threadpool(work)
    except SegmentStopped:
        raise
    except SimpsonsError as error:
        words = str(error).replace(str(path), path.name)  # where the files lie is nobody's business
        raise HTTPException(422, words, headers=_HEADERS) from None
    except Exception as error:  # encoders raise nearly anything
        raise HTTPException(
            422, f"the video cannot be played: {type(error).__name__}", headers=_HEADERS
        ) from None
