"""Videos in a real browser: the picture shown is that of the file at the time the browser tells."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from simpsons_play.sources.video import VideoFile
from tests import media
from tests.waiting import wait_until

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
sync_api = pytest.importorskip("playwright.sync_api")

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs Chromium")

FRAMES, SIZE = 300, (128, 96)
MPEG4 = {"g": "48", "b": "2000000"}
RECIPES = {
    "avi": media.Recipe("a.avi", "mpeg4", "libmp3lame", FRAMES, size=SIZE, options=MPEG4),
    "mkv": media.Recipe(
        "b.mkv", "libx264", "ac3", FRAMES, Fraction(25), SIZE, options={**media.X264, "bf": "2"}
    ),
    "mp4": media.Recipe("c.mp4", "libx264", "aac", FRAMES, size=SIZE, options={**media.X264, "bf": "2"}),
}
MODES = {"avi": "mse", "mkv": "mse", "mp4": "direct"}

PAGE = """<!DOCTYPE html><meta charset=utf-8><video id=v muted width=512></video>
<script type=module>
import { attachMedia } from "/static/media.js";
const video = document.getElementById("v"), canvas = document.createElement("canvas");
const context = canvas.getContext("2d", { willReadFrequently: true });
const read = () => {
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  context.drawImage(video, 0, 0);
  let number = 0;
  for (let row = 0; row < 3; row++) for (let column = 0; column < 4; column++) {
    const x = Math.floor((column + 0.5) * canvas.width / 4), y = Math.floor((row + 0.5) * canvas.height / 3);
    number = number * 2 + (context.getImageData(x, y, 1, 1).data[1] > 130 ? 1 : 0);
  }
  return number;
};
window.errors = []; window.shown = [];
const note = (now, data) => {
  shown.push([data.mediaTime, read()]);
  video.requestVideoFrameCallback(note);
};
video.requestVideoFrameCallback(note);
window.media = await attachMedia(video, new URLSearchParams(location.search).get("plan"),
  { onError: (words) => errors.push(words) });
window.seekTo = async (time) => {
  shown.length = 0;
  video.currentTime = time;
  while (video.seeking || !shown.some(([at]) => Math.abs(at - time) < 0.2))
    await new Promise((go) => setTimeout(go, 20));
  return shown.at(-1);
};
window.ready = true;
</script>"""


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("videos")
    return {name: media.make_video(folder, recipe) for name, recipe in RECIPES.items()}


@pytest.fixture(scope="module")
def address(videos: dict[str, Path]) -> Iterator[str]:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.responses import HTMLResponse
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    import simpsons_play.web
    from simpsons_play.web.media_routes import media_routes

    static = Path(simpsons_play.web.__path__[0]) / "static"
    page = Route("/", lambda request: HTMLResponse(PAGE))
    app = Starlette(routes=[page, *media_routes(videos.get), Mount("/static", StaticFiles(directory=static))])
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        wait_until(lambda: server.started)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        opened = playwright.chromium.launch(executable_path=BROWSER, args=arguments)
        yield opened
        opened.close()


@pytest.mark.parametrize("name", RECIPES)
def test_pictures_are_those_of_the_file_at_the_time_told(
    name: str, videos: dict[str, Path], address: str, browser: Any
) -> None:
    with VideoFile(videos[name]) as video:
        pictures = {media.number_of(frame.image): frame.time_s for frame in video}
    page = browser.new_page()
    page.goto(f"{address}/?plan=/media/{name}/plan.json")
    page.wait_for_function("window.ready || errors.length")
    assert page.evaluate("media.mode") == MODES[name]
    page.evaluate("video = document.getElementById('v'), video.play()")
    page.wait_for_function("video.currentTime > 5 || errors.length")  # over the first join
    played = page.evaluate("video.pause(), shown")
    assert len({number for _, number in played}) > 20
    sought = [page.evaluate(f"seekTo({time})") for time in (10.03, 1.01, 6.5, 6.1, 0.5, 3.97)]
    assert page.evaluate("errors") == []
    # A picture that was replaced between the callback and the drawing may be the next one.
    wrong = [(at, pictures[n]) for at, n in played if abs(at - pictures[n]) > 0.0425]
    assert len(wrong) <= len(played) // 20, wrong[:5]
    assert [pictures[n] for _, n in sought] == pytest.approx([at for at, _ in sought], abs=0.002)
    page.evaluate("seekTo(11.5).then(() => video.play())")
    page.wait_for_function("video.ended || errors.length")
    assert page.evaluate("errors") == []
    page.close()
