"""Moments as a project of Final Cut Pro (FCPXML 1.8), which DaVinci Resolve opens, too.

The adapter of OpenTimelineIO knows 23.98 instead of 24000/1001, writes no sound, runs ffprobe on every video
and breaks on names with an apostrophe, so the file is written here: all its times are exact fractions.

Reference: https://developer.apple.com/documentation/professional-video-applications/fcpxml-reference.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from xml.etree import ElementTree

from simpsons_play.library.cut_points import FrameSpan, frame_span, title_of, url_of
from simpsons_play.library.moments import Moment

_VERSION = "1.8"
"""The last version in which the address of a file is an attribute of its asset; Final Cut Pro 10.4 and on."""

_NOT_IN_XML = re.compile("[\ufffe\uffff]")
"""Of the characters that `one_line` leaves, those that XML 1.0 forbids."""


def fcpxml(moments: Sequence[Moment], name: str) -> str:
    """A project with one clip for each moment.

    Args:
        moments: at least one. The project has the most frequent of their rates. Start and length of each clip
            are whole frames of its own video, also if that has another rate.
        name: name of the project, on one line.
    """
    spans = [frame_span(moment) for moment in moments]
    rates = Counter(moment.rate for moment in moments).most_common()
    formats = {rate: f"r{number}" for number, (rate, _) in enumerate(rates, 1)}
    root = ElementTree.Element("fcpxml", version=_VERSION)
    resources = ElementTree.SubElement(root, "resources")
    for rate, identifier in formats.items():
        ElementTree.SubElement(resources, "format", id=identifier, frameDuration=_seconds(1 / rate))
    assets = _add_assets(resources, moments, spans, formats)
    project = ElementTree.SubElement(root, "project", name=_text(name))
    length = sum((span.count / moment.rate for moment, span in zip(moments, spans, strict=True)), Fraction(0))
    sequence = ElementTree.SubElement(
        project, "sequence", format="r1", duration=_seconds(length), tcStart="0s", tcFormat="NDF"
    )
    spine = ElementTree.SubElement(sequence, "spine")
    offset = Fraction(0)
    for moment, span in zip(moments, spans, strict=True):
        duration = span.count / moment.rate
        ElementTree.SubElement(
            spine,
            "asset-clip",
            ref=assets[url_of(moment), moment.rate],
            name=_text(title_of(moment)),
            offset=_seconds(offset),
            start=_seconds(span.first / moment.rate),
            duration=_seconds(duration),
            format=formats[moment.rate],
            tcFormat="NDF",
        )
        offset += duration
    ElementTree.indent(root, "    ")
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n{body}\n'


def _add_assets(
    resources: ElementTree.Element,
    moments: Sequence[Moment],
    spans: Sequence[FrameSpan],
    formats: dict[Fraction, str],
) -> dict[tuple[str, Fraction], str]:
    """Add each video once; returns the IDs of the assets by address and rate."""
    lengths: dict[tuple[str, Fraction], int] = {}
    titles: dict[tuple[str, Fraction], str] = {}
    for moment, span in zip(moments, spans, strict=True):
        key = url_of(moment), moment.rate
        length = max(round(moment.duration_s * moment.rate), span.first + span.count)
        lengths[key] = max(length, lengths.get(key, 0))
        titles.setdefault(key, title_of(moment))
    assets = {}
    for number, ((url, rate), length) in enumerate(lengths.items(), len(formats) + 1):
        assets[url, rate] = f"r{number}"
        ElementTree.SubElement(
            resources,
            "asset",
            id=f"r{number}",
            name=_text(titles[url, rate]),
            src=url,
            start="0s",
            duration=_seconds(length / rate),
            hasVideo="1",
            hasAudio="1",
            format=formats[rate],
        )
    return assets


def _seconds(time: Fraction) -> str:
    """A time as FCPXML writes it: `1001/24000s`, `3s`."""
    return f"{time}s"


def _text(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)
