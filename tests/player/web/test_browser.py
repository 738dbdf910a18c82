"""The pages in a real browser. Needs Chromium."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn

from simpsons_play.library.store import LibraryStore
from simpsons_play.web.app import create_app
from tests.player.web.episodes import FRAMES, GONE, HOSTILE, NUMBERED, OLD, RATE, WIDE
from tests.waiting import wait_until

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs Chromium")

TOKEN = "a-token-of-the-test"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 360, "height": 740}
MAX_DELAY_S = 0.040
"""How far names may be from the picture."""

RECORD = """() => {
  const video = document.getElementById("video"), small = document.createElement("canvas");
  Object.assign(small, { width: 64, height: 48 });
  const context = small.getContext("2d", { willReadFrequently: true });
  window.records = [];
  window.numberShown = () => {
    context.drawImage(video, 0, 0, 64, 48);
    let number = 0;
    for (let row = 0; row < 3; row++)
      for (let column = 0; column < 4; column++)
        number = 2 * number + (context.getImageData(column * 16 + 8, row * 16 + 8, 1, 1).data[1] > 130);
    return number;
  };
  document.getElementById("names").addEventListener("drawn", ({ detail }) => {
    const box = detail.found.find(({ who }) => who === 0);
    window.records.push([detail.mediaTime, window.numberShown(), box ? box.box[0] : null]);
  });
}"""

FAULTS = """() => {
  const list = [], width = document.documentElement.clientWidth;
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const linear = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const background = (element) => {
    for (; element; element = element.parentElement) {
      const colour = getComputedStyle(element).backgroundColor;
      if (colour.startsWith("color(srgb")) return numbers(colour.slice(10)).slice(0, 3).map((c) => 255 * c);
      if (numbers(colour)[3] !== 0) return numbers(colour);
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? [0, 0, 0] : [255, 255, 255];
  };
  const name = (element) => (element.getAttribute("aria-label") || element.textContent.trim() || element.title
    || [...(element.labels || [])].map((label) => label.textContent).join("")).trim();
  if (document.documentElement.scrollWidth > width) list.push("the page overflows");
  for (const element of document.querySelectorAll("body *")) {
    if (!element.checkVisibility({ contentVisibilityAuto: true })) continue;
    if (element.closest(".unseen, .skip, svg")) continue;
    const box = element.getBoundingClientRect(), about = element.outerHTML.slice(0, 160);
    const scrolls = element.parentElement.closest(".scroll, .bar nav, .poster, .title");
    if (!scrolls && box.right > width + 0.5) list.push(about + " ends at " + box.right);
    if (element.matches("button, a, input, select") && !name(element)) list.push(about + " has no name");
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) continue;
    const levels = [numbers(getComputedStyle(element).color), background(element)].map(luminance);
    const contrast = (Math.max(...levels) + 0.05) / (Math.min(...levels) + 0.05);
    if (contrast < 4.5) list.push(about + " has a contrast of " + contrast);
  }
  for (const image of document.querySelectorAll("img:not([alt])")) list.push(image.outerHTML);
  for (const box of document.querySelectorAll(".scroll"))
    if (box.scrollWidth > box.clientWidth + 1 && box.tabIndex !== 0) list.push("a container is no tab stop");
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  if (new Set(ids).size !== ids.length) list.push("an ID is there twice");
  for (const selector of ["main#main", "h1", "html[lang]", ".skip"])
    if (document.querySelectorAll(selector).length !== 1) list.push("not one " + selector);
  return list;
}"""


class Server:
    """The pages at a port of this machine."""

    def __init__(self, store: LibraryStore, **options: Any) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(create_app(store, **options), log_config=None, ws="none", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]})
        self._thread.start()
        wait_until(lambda: self._server.started)

    def stop(self) -> None:
        self._server.force_exit = self._server.should_exit = True
        self._thread.join()
        self._socket.close()


@pytest.fixture(scope="module")
def url(store: LibraryStore) -> Iterator[str]:
    server = Server(store)
    yield server.url
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


class Visitor:
    """A page of a browser that must have no errors, and ask no other host."""

    def __init__(self, browser: Any, url: str, **options: Any) -> None:
        self.url, self.faults, self.expected = url, list[str](), ""
        self._context = browser.new_context(**{"viewport": DESKTOP, "reduced_motion": "reduce", **options})
        self._context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.page = self._context.new_page()
        self.page.on("console", lambda message: self._heard(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url))

    def _heard(self, text: str) -> None:
        if text.startswith(("error", "warning")) and not (self.expected and self.expected in text):
            self.faults.append(text)

    def _asked(self, address: str) -> None:
        if urlsplit(address).netloc != urlsplit(self.url).netloc and not address.startswith("blob:"):
            self.faults.append(address)

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)

    def watch(self, episode_id: str, fragment: str = "") -> None:
        """Open an episode, and wait for its first frame."""
        self.page.goto("about:blank")
        self.open(f"/episodes/{episode_id}{fragment}")
        self.page.locator("#player[data-ready]").wait_for()
        self.page.evaluate(RECORD)
        self.until(
            "document.getElementById('video').readyState >= 2 && !document.getElementById('video').seeking"
        )

    def until(self, condition: str) -> None:
        """Wait for a condition; the page itself may not evaluate texts."""
        wait_until(lambda: self.page.evaluate(condition))

    def number(self) -> int:
        return int(self.page.evaluate("numberShown()"))

    def sees(self, *people: str) -> None:
        """Wait until exactly these people are listed as on screen."""
        wait_until(lambda: set(self.page.locator("#on-screen b").all_text_contents()) == set(people))

    def close(self) -> None:
        self._context.close()
        assert not self.faults


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def visitor(request: pytest.FixtureRequest, browser: Any, url: str) -> Iterator[Visitor]:
    visitor = Visitor(browser, url, viewport=request.param)
    yield visitor
    visitor.close()


@pytest.fixture
def viewer(browser: Any, url: str) -> Iterator[Visitor]:
    """At a desktop."""
    visitor = Visitor(browser, url)
    yield visitor
    visitor.close()


@pytest.mark.parametrize("episode_id", [NUMBERED, OLD], ids=["mp4", "avi"])
def test_names_belong_to_the_frame_that_is_shown(viewer: Visitor, episode_id: str) -> None:
    viewer.watch(episode_id)
    viewer.page.locator("#mute").click()
    viewer.page.locator("#play").click()
    viewer.until("records.length > 100")
    viewer.page.keyboard.press("Space")
    records = [one for one in viewer.page.evaluate("records") if one[1]]
    assert len({number for _, number, _ in records}) > 50, "it plays"
    for media_s, number, left in records:
        assert left is not None
        assert abs(left - number) / RATE <= MAX_DELAY_S, (media_s, number, left)
        assert abs(media_s * RATE - number) <= MAX_DELAY_S * RATE


def test_search_leads_to_the_moment(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("/")
    page.get_by_label("Who").fill("homer")
    page.get_by_label("with", exact=True).fill("bart")
    page.keyboard.press("Enter")
    page.get_by_text("1 moment in 1 video").wait_for()
    page.locator(".moments a").first.click()
    page.locator("#player[data-ready]").wait_for()
    page.evaluate(RECORD)
    visitor.until("document.getElementById('video').readyState >= 2 && Math.round(numberShown()) === 60")
    visitor.sees("Homer Simpson", "Bart Simpson")


def test_links_to_moments_lead_in_and_out(viewer: Visitor) -> None:
    page = viewer.page
    viewer.watch(NUMBERED, "#t=3")
    viewer.until("numberShown() === 90")
    page.keyboard.press("ArrowLeft")
    viewer.until("numberShown() === 0 && location.hash === '#t=0'")
    page.evaluate("location.hash = '#t=0:06.5'")
    viewer.until("numberShown() === 195")
    page.locator("#copy").click()
    page.get_by_text("Copied: 00:06").first.wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == f"{viewer.url}/episodes/{NUMBERED}#t=6.5"
    viewer.sees("Homer Simpson", "Lisa Simpson")  # her caption is of the whole frame


def test_the_keys_are_those_of_the_window(viewer: Visitor) -> None:
    page = viewer.page
    viewer.watch(NUMBERED, "#t=1")
    viewer.until("numberShown() === 30")
    for key, number in (
        (".", 31),
        (".", 32),
        (",", 31),
        ("n", 60),
        ("n", 180),
        ("p", 60),
        ("p", 0),
        ("ArrowRight", 150),
    ):
        page.keyboard.press(key)
        viewer.until(f"numberShown() === {number}")
    page.keyboard.press("PageDown")  # Homer
    page.keyboard.press("PageDown")  # Bart
    page.keyboard.press("p")
    viewer.until("numberShown() === 60")
    assert page.locator(".lane.chosen .name").text_content() == "Bart Simpson"
    assert page.locator("#moments .card:not([hidden])").count() == 1
    page.keyboard.press("m")
    assert page.evaluate("document.getElementById('video').muted")
    page.keyboard.press("]")
    assert page.evaluate("document.getElementById('video').playbackRate") == pytest.approx(1.1)
    page.keyboard.press("o")
    assert page.locator("#show-names").get_attribute("aria-pressed") == "false"
    page.keyboard.press("?")
    assert page.locator("#help").is_visible() and page.locator("#keys tr").count() > 20
    page.keyboard.press("Escape")
    viewer.until("document.activeElement === document.body")
    assert not page.locator("#help").is_visible()
    page.keyboard.press("Space")
    viewer.until("!document.getElementById('video').paused")
    page.keyboard.press("Space")
    viewer.until("document.getElementById('video').paused")
    page.keyboard.press("f")
    viewer.until("document.fullscreenElement !== null")
    page.keyboard.press(">")
    page.wait_for_url(f"**/episodes/{WIDE}")


def test_keys_move_the_time_alike_when_its_bar_has_the_focus(viewer: Visitor) -> None:
    viewer.watch(NUMBERED, "#t=1")
    viewer.page.locator("#seek").focus()
    for key, number in (("ArrowRight", 180), ("ArrowLeft", 30), ("Home", 0)):
        viewer.page.keyboard.press(key)
        viewer.until(f"numberShown() === {number}")


def test_the_controls_are_in_one_line(visitor: Visitor) -> None:
    visitor.watch(NUMBERED)
    middle = "new Set([...document.querySelectorAll('.controls button')].map((b) => b.offsetTop)).size"
    assert visitor.page.evaluate(middle) == 1


def test_without_scripts_the_page_says_what_is_missing(browser: Any, url: str) -> None:
    visitor = Visitor(browser, url, java_script_enabled=False, viewport=PHONE)
    visitor.open(f"/episodes/{NUMBERED}")
    note = visitor.page.locator("noscript .error").bounding_box(timeout=5000)
    assert note and note["y"] + note["height"] < PHONE["height"]
    visitor.close()


def test_a_server_that_is_gone_is_explained(viewer: Visitor) -> None:
    for address in ("**/api/episodes/*", "**/plan.json"):
        viewer.page.route(address, lambda route: route.abort())
        viewer.expected = "Failed to load resource"
        viewer.open(f"/episodes/{NUMBERED}")
        viewer.page.locator("#trouble").wait_for()
        assert viewer.page.locator("#trouble").text_content() == "The server cannot be reached"
        viewer.page.unroute(address)
    viewer.faults.clear()  # the page ends with the error


def test_the_threshold_hides_names_and_bars(visitor: Visitor) -> None:
    page = visitor.page
    visitor.watch(NUMBERED, "#t=3.5")
    visitor.until("numberShown() === 105")
    bars = "[...document.querySelectorAll('.bars')].map((lane) => lane.children.length).join()"
    visitor.sees("Homer Simpson", "Bart Simpson")
    for _ in range(4):
        page.keyboard.press("+")
    visitor.until("document.getElementById('threshold-value').textContent === '80%'")
    visitor.sees("Homer Simpson")
    visitor.until("document.querySelectorAll('.bars a')[1].dataset.start === '2'")
    title = page.locator(".bars a").nth(1).get_attribute("title")
    assert title == "Bart Simpson, 00:02.0 to 00:03.3", "his probability falls below 80% then"
    page.locator("#threshold").fill("1")
    visitor.until(f"{bars} === '0,0,0'")
    visitor.sees()
    assert page.locator("#on-screen").text_content() == "no one recognised"
    page.locator("#threshold").press("Home")
    visitor.until(f"{bars} === '1,1,1'")


def test_lanes_are_clicked_dragged_and_used_with_keys(visitor: Visitor) -> None:
    page = visitor.page
    visitor.watch(NUMBERED)
    lane = page.locator(".bars").nth(2)
    lane.scroll_into_view_if_needed()
    box = lane.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.click(box["x"] + box["width"] / 2, y)
    visitor.until(f"Math.abs(numberShown() - {FRAMES // 2}) <= 1")
    page.mouse.click(box["x"] + 0.8 * box["width"], y)
    visitor.until("numberShown() === 180"), "a click on a bar goes to its beginning"
    page.mouse.move(box["x"] + 0.2 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], y, steps=4)
    page.mouse.move(box["x"] + 0.25 * box["width"], y, steps=4)
    page.mouse.up()
    visitor.until(f"Math.abs(numberShown() - {FRAMES // 4}) <= 2")
    page.locator(".bars a").nth(1).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    visitor.until("numberShown() === 180")


def test_pixels_that_are_not_square_are_shown_as_they_are_meant(viewer: Visitor) -> None:
    viewer.watch(WIDE)
    box = viewer.page.locator("#picture").bounding_box()
    assert box["width"] / box["height"] == pytest.approx(16 / 9, abs=0.01)
    viewer.page.set_viewport_size({"width": 1440, "height": 600})  # too low for the whole width
    viewer.page.keyboard.press(".")
    box = viewer.page.locator("#picture").bounding_box()
    assert viewer.page.evaluate("video.videoWidth / video.videoHeight") == pytest.approx(16 / 9, abs=0.01)
    viewer.sees("Homer Simpson")
    viewer.expected = "willReadFrequently"  # a warning for those who read canvases often
    # The colour of the left side of the bracket, where the box of the tables is after stretching.
    viewer.until(
        """(() => {
          const canvas = document.getElementById("names"), context = canvas.getContext("2d");
          const scale = Math.min(canvas.width / (320 * 4 / 3), canvas.height / 240);
          const x = (canvas.width - 320 * 4 / 3 * scale) / 2 + 60 * 4 / 3 * scale;
          const y = (canvas.height - 240 * scale) / 2 + 80 * scale;
          const found = context.getImageData(Math.round(x) - 1, Math.round(y) + 12, 3, 1).data;
          const is = (at) => [0x93, 0xfd, 0xd0].every((level, i) => Math.abs(found[4 * at + i] - level) < 12);
          return canvas.height === 432 && (is(0) || is(1) || is(2));
        })()"""
    )


def test_a_video_that_is_gone_is_explained(viewer: Visitor) -> None:
    viewer.expected = "404"
    viewer.open(f"/episodes/{GONE}")
    viewer.page.locator("#trouble").wait_for()
    assert "file is gone" in str(viewer.page.locator("#trouble").text_content())
    assert viewer.page.locator("#moments img").count() == 1


def test_screen_readers_hear_who_is_on_screen(viewer: Visitor) -> None:
    viewer.watch(NUMBERED, "#t=3")
    viewer.until("document.getElementById('announce').textContent === 'Homer Simpson, Bart Simpson'")
    assert viewer.page.locator("#announce").get_attribute("aria-live") == "polite"


def test_everything_can_be_reached_with_tab(viewer: Visitor) -> None:
    page = viewer.page
    viewer.watch(NUMBERED)
    focused = []
    for _ in range(40):
        page.keyboard.press("Tab")
        focused.append(
            page.evaluate(
                "(({ activeElement: { id, className, tagName } }) => [id || className || tagName, "
                "getComputedStyle(document.activeElement).outlineStyle])(document)"
            )
        )
    names = [name for name, _ in focused]
    assert names[0] == "skip"
    for wanted in (
        "seek",
        "play",
        "previous",
        "next",
        "show-names",
        "mute",
        "full",
        "threshold",
        "copy",
        "name",
    ):
        assert wanted in names, wanted
    assert all(style != "none" for name, style in focused if name != "BODY"), "the focus is visible"


def test_episodes_are_filtered_and_have_lanes(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("/")
    visitor.until(
        """[...document.querySelectorAll('.card')].slice(0, 1).every((card) => {
          const copy = new OffscreenCanvas(9, 9).getContext('2d', { willReadFrequently: true });
          copy.drawImage(card.querySelector('canvas'), 0, 0);
          return copy.getImageData(1, 1, 1, 1).data[3] === 255;
        })"""
    )
    page.get_by_label("Filter by title or character").fill("lisa")
    visitor.until(
        "[...document.querySelectorAll('.card')].filter((card) => card.checkVisibility()).length === 1"
    )
    page.get_by_label("Filter by title or character").fill("nothing at all")
    page.get_by_text("No title or character contains this").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_and_can_be_read(browser: Any, url: str, scheme: str) -> None:
    visitor = Visitor(browser, url, color_scheme=scheme)
    visitor.expected = "404"
    paths = ["/", "/find", "/find?who=homer", "/find?who=x", "/statistics", "/nothing"]
    paths += [f"/episodes/{one}" for one in (NUMBERED, HOSTILE)]
    found: dict[str, list[str]] = {}
    visitor.expected = "Failed to load resource"
    for path in paths:
        visitor.open(path)
        if "/episodes" in path:
            visitor.page.locator("#player[data-ready]").wait_for()
        for width in (PHONE["width"], 768, DESKTOP["width"]):
            visitor.page.set_viewport_size({"width": width, "height": 800})
            visitor.page.evaluate(
                "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
            )
            if faults := visitor.page.evaluate(FAULTS):
                found[f"{path} {width}"] = faults
    visitor.close()
    assert found == {}


def test_a_link_to_a_moment_survives_the_login(browser: Any, store: LibraryStore) -> None:
    server = Server(store, token=TOKEN)
    visitor = Visitor(browser, server.url)
    visitor.expected = "401"
    try:
        visitor.open(f"/episodes/{NUMBERED}#t=3")
        visitor.page.get_by_label("Token").fill(TOKEN)
        visitor.page.keyboard.press("Enter")
        visitor.page.wait_for_url(f"{server.url}/episodes/{NUMBERED}#t=3")
        visitor.watch(NUMBERED, "#t=3")
        visitor.until("numberShown() === 90")
        visitor.close()
    finally:
        server.stop()
