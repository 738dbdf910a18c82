"""The report in a real browser: nothing overflows, and all text has enough contrast. Needs Chromium."""

from __future__ import annotations

import html
import itertools
import json
import random
import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from simpsons_play.analysis.sensitivity import Sensitivity
from simpsons_play.core.frames import SourceInfo
from simpsons_play.core.results import RunInfo
from simpsons_play.render.html import Picture, Section, Table, Text, render_page
from simpsons_play.sinks.report.page import IllustratedAppearance, Report, report_page
from simpsons_play.timelines.pairs import pair_totals
from simpsons_play.timelines.spans import SIDES, Span
from simpsons_play.timelines.timeline import Timeline

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs Chromium")

WIDTHS_PX = (360, 768, 1440)
LABELS = (*(f"character_{number}_of_a_long_name" for number in range(17)), "supercalifragilistic" * 2)
NAME = 'films/it\'s "odd" <b>&amp; long_name_without_any_space_' + 4 * "that_goes_on_" + "\x1b\n.mp4"

PROBE = """
const found = {};
const faults = (view, scripts) => {
  const page = view.document, width = page.documentElement.clientWidth, list = [];
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const linear = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const background = (element) => {
    for (; element; element = element.parentElement) {
      const colour = view.getComputedStyle(element).backgroundColor;
      if (colour.startsWith("color(srgb")) return numbers(colour.slice(10)).slice(0, 3).map((c) => 255 * c);
      if (numbers(colour)[3] !== 0) return numbers(colour);
    }
    return [0, 0, 0];
  };
  if (page.documentElement.scrollWidth > width) list.push("the page overflows");
  for (const element of page.querySelectorAll("body *")) {
    const right = element.getBoundingClientRect().right, outer = element.parentElement.closest(".scroll");
    if (!outer && right > width + 0.5) list.push(element.outerHTML.slice(0, 200) + " ends at " + right);
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) continue;
    const levels = [numbers(view.getComputedStyle(element).color), background(element)].map(luminance);
    const contrast = (Math.max(...levels) + 0.05) / (Math.min(...levels) + 0.05);
    if (contrast < 4.5) list.push(element.outerHTML.slice(0, 200) + " has a contrast of " + contrast);
  }
  for (const box of page.querySelectorAll(".scroll"))
    if (box.scrollWidth > box.clientWidth + 1 && box.tabIndex !== 0) list.push("a container is no tab stop");
  const lanes = page.querySelector(".lanes .scroll");
  if (scripts && lanes && lanes.scrollWidth > lanes.clientWidth + 1) list.push("the lanes do not fit");
  return list;
};
const variants = [];
for (const index of pages.keys()) for (const width of WIDTHS) for (const scripts of [true, false])
  variants.push([index, width, scripts]);
for (const [index, width, scripts] of variants) {
  const frame = document.createElement("iframe");
  frame.style.cssText = "border: 0; height: 800px; width: " + width + "px";
  if (!scripts) frame.sandbox = "allow-same-origin";
  frame.srcdoc = pages[index];
  frame.onload = () => setTimeout(() => {
    const dark = frame.contentWindow.matchMedia("(prefers-color-scheme: dark)").matches;
    const variant = [index, width, scripts, dark ? "dark" : "light"].join(" ");
    found[variant] = faults(frame.contentWindow, scripts);
    if (Object.keys(found).length === variants.length) report(found);
  }, 100);
  document.body.append(frame);
}
"""


LANES = """
const frame = document.createElement("iframe");
frame.style.cssText = "border: 0; height: 800px; width: 1000px";
frame.srcdoc = pages[0];
frame.onload = () => setTimeout(() => {
  const page = frame.contentDocument, ticks = page.querySelector(".ticks");
  const scroller = page.querySelector(".lanes .scroll"), lanes = [...page.querySelectorAll(".bars")];
  const state = () => [Math.round(ticks.clientWidth / width), ticks.children[1].textContent];
  const { KeyboardEvent, WheelEvent } = frame.contentWindow;
  const press = (key) => {
    page.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    const lane = page.activeElement.closest(".bars");
    return [lanes.indexOf(lane), lane && [...lane.querySelectorAll("a")].indexOf(page.activeElement)];
  };
  const width = ticks.clientWidth, result = { whole: state() };
  page.querySelector("[data-zoom=in]").click();
  page.querySelector("[data-zoom=in]").click();
  result.enlarged = state();
  const pointed = () => {
    const box = ticks.getBoundingClientRect();
    return Math.round(3600 * (500 - box.left) / box.width);
  };
  const before = pointed();
  const wheel = { deltaY: -400, ctrlKey: true, clientX: 500, cancelable: true, bubbles: true };
  scroller.dispatchEvent(new WheelEvent("wheel", wheel));
  result.wheel = state().concat(Math.abs(pointed() - before) <= 2);
  lanes[0].querySelector("a").focus();
  result.keys = ["ArrowRight", "ArrowRight", "ArrowLeft", "End", "Home", "ArrowDown", "ArrowUp"].map(press);
  result.stops = lanes.map((lane) => lane.querySelectorAll("a:not([tabindex='-1'])").length);
  press("0");
  result.again = state();
  report(result);
}, 100);
document.body.append(frame);
"""


def jpeg(width: int, height: int) -> bytes:
    return cv2.imencode(".jpg", np.full((height, width, 3), 128, np.uint8))[1].tobytes()


def long_report() -> Report:
    """An hour with 18 characters, 400 appearances and an odd file name."""
    chance = random.Random(0)
    spans = []
    for number in range(400):
        start_s = chance.uniform(0, 3500)
        end_s = start_s + chance.uniform(0.04, 60)
        spans.append(Span(LABELS[number % 18], chance.choice(SIDES), start_s, end_s))
    timeline = Timeline(tuple(sorted(spans, key=lambda span: span.start_s)), 3600.0, LABELS)
    appearances: dict[str, list[IllustratedAppearance]] = {label: [] for label in LABELS}
    for appearance in timeline.appearances():
        thumbnail = jpeg(256, 144) if chance.random() < 0.9 else None
        appearances[appearance.label].append(IllustratedAppearance(appearance, thumbnail))
    rate = Fraction(25)
    source = SourceInfo(NAME, 640, 480, rate, 1 / rate, path=Path(NAME), media="it's.mp4")
    return Report(
        run=RunInfo(source, "heads.onnx + springfield.onnx", "CPUExecutionProvider", LABELS, 0.73),
        start_s=0.0,
        end_s=3600.0,
        complete=False,
        totals=timeline.totals(),
        appearances=appearances,
        pairs=pair_totals(timeline.spans),
        sensitivity=Sensitivity(0.58, 0.88, {}, {}),
        portraits={label: jpeg(96, 96) for label in LABELS[2:]},
        video_url="../odd%20name.mp4",
    )


def training_page() -> str:
    """A page like those of the training tools, with a wide figure and a wide table."""
    table = Table([f"column {number}" for number in range(20)], [["x" * 40, *[0.5] * 19]], "A caption. " * 20)
    blocks = [Text("A paragraph. " * 40), Picture(jpeg(1800, 600), "A figure. " * 20), table]
    return render_page("Evaluation", "Lead. " * 40, [Section("Figures", blocks)])


def run_in_browser(script: str, pages: list[str], folder: Path, scheme: str = "light") -> Any:
    """Run a script that is given `pages` and calls `report` once; returns what it reports."""
    data = json.dumps(pages).replace("</", "<\\/")
    setup = f"""
        const pages = {data};
        const report = (result) => {{
          const element = document.createElement("pre");
          element.id = "result";
          element.textContent = JSON.stringify(result);
          document.body.append(element);
        }};
    """
    file = folder / "probe.html"
    file.write_text(
        f"<!DOCTYPE html><meta charset=utf-8><body><script>{setup}{script}</script>", encoding="utf-8"
    )
    done = subprocess.run(
        [
            str(BROWSER),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder / 'profile'}",
            f"--blink-settings=preferredColorScheme={['dark', 'light'].index(scheme)}",
            "--window-size=1600,900",
            "--virtual-time-budget=20000",
            "--dump-dom",
            file.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    result = re.search(r'<pre id="result">(.*?)</pre>', done.stdout, re.DOTALL)
    assert result is not None, done.stderr
    return json.loads(html.unescape(result[1]))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_and_can_be_read_at_every_width(scheme: str, tmp_path: Path) -> None:
    faults = run_in_browser(
        PROBE.replace("WIDTHS", str(list(WIDTHS_PX))),
        [report_page(long_report()), training_page()],
        tmp_path,
        scheme,
    )
    variants = itertools.product(range(2), WIDTHS_PX, ("true", "false"))
    assert faults == {f"{page} {width} {scripts} {scheme}": [] for page, width, scripts in variants}


def test_lanes_can_be_enlarged_and_each_is_one_tab_stop(tmp_path: Path) -> None:
    result = run_in_browser(LANES, [report_page(long_report())], tmp_path)
    assert result["whole"] == [1, "10:00"] and result["again"] == [1, "10:00"]
    assert result["enlarged"] == [4, "02:00"], "the labels of the axis adapt"
    assert result["wheel"] == [16, "00:30", True], "the time at the pointer stays there"
    right, twice, left, end, home, down, up = result["keys"]
    last = len(long_report().appearances[long_report().totals[0].label]) - 1
    assert [right, twice, left, end, home] == [[0, 1], [0, 2], [0, 1], [0, last], [0, 0]]
    assert down[0] == 1 and up[0] == 0
    assert result["stops"] == [1] * len(LABELS)
