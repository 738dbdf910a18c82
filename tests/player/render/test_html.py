"""Self-contained HTML pages."""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET

import pytest

from simpsons_play.render.html import Columns, Moment, Picture, Portrait, Section, Table, Text, render_page
from simpsons_play.render.lanes import Bar, Lane, Lanes


def test_bars_are_placed_at_their_times() -> None:
    bars = [Bar(10.0, 15.0, "first", "a1"), Bar(30.0, 30.001, "a <short> one", "a2")]
    lanes = Lanes([Lane("Bart", "#ff0000", bars, "2 appearances", "bart")], 10.0, 110.0, "who")
    page = render_page("Title", "lead", [Section("Timeline", [lanes])])
    lane = ET.fromstring(re.search(r'<div class="lane" style.*?</div>', page, re.DOTALL)[0])  # type: ignore[index]
    assert lane.attrib["style"] == "--colour: #ff0000"
    name, drawn = lane
    assert (name.attrib["href"], name.text) == ("#bart", "Bart")
    assert drawn.attrib["aria-label"] == "Bart: 2 appearances", "the text alternative"
    first, second = drawn
    assert first.attrib["style"] == "left: 0.0000%; width: 5.0000%"
    assert second.attrib["style"] == "left: 20.0000%; width: 0.0010%"
    assert first[0].attrib == {"href": "#a1", "title": "Bart, first"}
    assert second[0].attrib == {"href": "#a2", "title": "Bart, a <short> one", "tabindex": "-1"}, (
        "one tab stop"
    )


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
    face = Portrait(hostile, content, "red", hostile)
    tables = [Table((hostile,), [(hostile,)], caption=hostile), Table((hostile,), [(face,)])]
    lanes = Lanes([Lane(hostile, hostile, [Bar(0, 1, hostile, hostile)], hostile, hostile)], 0, 1, hostile)
    moment = Moment(content, *[hostile] * 6)
    blocks = [Text(hostile), *tables, Columns(tables), lanes, moment, Picture(content, hostile)]
    page = render_page(hostile, hostile, [Section(hostile, blocks, face, hostile)])
    assert not set(page) & set("\x1b\u202e") and "secret" not in page
    assert f"data:image/png;base64,{base64.b64encode(content).decode()}" in page


def test_tables_and_sections_can_be_read_aloud() -> None:
    face = Portrait("Bart", b"\xff\xd8", "#ff0000", "bart")
    tables = [
        Table(("Who", "Seconds"), [(face, 1.0)], caption="How long."),
        Table(("", "Bart"), [("Lisa", 2.0)], matrix=True),
    ]
    moments = [Moment(b"\xff\xd8", "at first", "Bart, left", "bart-1", "00:01.0", "v.mp4#t=1.0", "play 'v'")]
    sections = [Section("Totals", [Columns(tables)]), Section("Bart", moments, face, "bart")]
    page = re.sub(
        r"(<img[^>]*[^/])>|<(?:meta|!DOC)[^>]*>",
        lambda tag: f"{tag[1]}/>" if tag[1] else "",
        render_page("T", "l", sections),
    )
    page = re.sub(r" hidden>", ' hidden="">', re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL))
    root = ET.fromstring(page)
    assert root.attrib["lang"] == "en" and root.find(".//main") is not None
    skip = root.find(".//a[@class='skip']")
    assert skip is not None and skip.attrib["href"] == "#main"
    assert [heading.tag for heading in root.iter() if heading.tag in ("h1", "h2", "h3")] == ["h1", "h2", "h2"]
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    regions = root.findall(".//div[@class='scroll']")
    assert [(r.attrib["tabindex"], r.attrib["role"]) for r in regions] == [("0", "region")] * 2
    assert regions[0].attrib["aria-labelledby"] in ids and regions[1].attrib["aria-label"] == "Totals"
    assert [th.attrib["scope"] for th in root.iter("th")] == ["col", "col", "row", "col", "row"]
    assert [img.attrib["alt"] for img in root.iter("img")] == ["", "", "Bart, left"], (
        "names stand beside portraits"
    )
    assert {a.attrib["href"] for a in root.iter("a")} >= {"#bart", "v.mp4#t=1.0"}
    code = root.find(".//code")
    assert code is not None and code.text == "play 'v'", "visible without JavaScript"


def test_strongest_cell_of_a_matrix_has_the_strongest_background() -> None:
    matrix = Table(("", "a", "b"), [("a", None, 8.0), ("b", 2.0, 0.0)], digits=0, matrix=True)
    page = render_page("t", "l", [Section("s", [matrix])])
    assert re.findall(r'<td class="number"([^>]*)>', page) == [
        ' style="--strength: 35%"',
        ' style="--strength: 9%"',
        "",
    ]
