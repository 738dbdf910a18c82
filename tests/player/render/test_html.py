"""Self-contained HTML pages."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET

import pytest

from simpsons_play.render.html import Bar, Lane, Lanes, Picture, Section, Table, Text, render_page


def svg_of(page: str) -> ET.Element:
    return ET.fromstring(page[page.index("<svg") : page.index("</svg>") + 6])


def test_bars_are_placed_at_their_times() -> None:
    bars = [Bar(10.0, 15.0, "first", "a1"), Bar(30.0, 30.001, "a <short> one", "a2")]
    lanes = Lanes([Lane("Bart", "#ff0000", bars)], 10.0, 110.0, "who")
    svg = svg_of(render_page("Title", "lead", [Section("Timeline", [lanes])]))
    assert svg.attrib["viewBox"] == "0 0 100.000 1"
    first, second = svg.findall("a")
    assert first.attrib["href"] == "#a1"
    assert (float(first[0].attrib["x"]), float(first[0].attrib["width"])) == (0.0, 5.0)
    assert first[0].attrib["fill"] == "#ff0000"
    assert float(second[0].attrib["width"]) == pytest.approx(0.05), "even the shortest bar is visible"
    assert second[0][0].text == "Bart, a <short> one"


@pytest.mark.parametrize("seconds", [0.04, 8.0, 81.6, 1320.0, 7200.0, 90_000.0])
def test_axis_labels_are_readable_at_every_length(seconds: float) -> None:
    lanes = Lanes([], 0.0, seconds, "")
    ticks = list(lanes.ticks())
    apart_px = lanes.width_px * (ticks[1] - ticks[0]) / seconds if len(ticks) > 1 else lanes.width_px
    assert apart_px >= 60 and len(ticks) <= lanes.width_px / 60
    assert seconds < 1 or ticks[0] == 0.0
    assert all(0 <= lanes.percent(tick) <= 100 for tick in ticks)


def test_axis_of_an_excerpt_starts_at_its_start() -> None:
    lanes = Lanes([], 61.5, 121.5, "")
    ticks = list(lanes.ticks())
    assert ticks[0] == 70 and lanes.percent(ticks[0]) == pytest.approx(100 * 8.5 / 60)


def test_text_is_escaped_and_numbers_are_formatted() -> None:
    table = Table(("who", "seconds"), [("<b>Bart</b>", 1234.567), ("Homer", None)], digits=1)
    page = render_page("a & b", "lead", [Section("s", [table, Text("<script>")])])
    assert "a &amp; b" in page and "&lt;b&gt;Bart" in page and "&lt;script&gt;" in page
    assert ">1,234.6<" in page


def test_pages_contain_no_control_characters_or_passwords() -> None:
    hostile = "a\x1b[2Jb\u202e rtsp://u:secret@h"
    content = b"\x89PNG" + bytes(range(256))
    blocks = [Text(hostile), Table((hostile,), [(hostile,)], caption=hostile), Picture(content, hostile)]
    page = render_page(hostile, hostile, [Section(hostile, blocks)])
    assert not set(page) & set("\x1b\u202e") and "secret" not in page
    assert f"data:image/png;base64,{base64.b64encode(content).decode()}" in page
