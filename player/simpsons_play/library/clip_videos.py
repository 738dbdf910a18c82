"""The videos of a supercut: what they are like, and what the supercut is like that is made of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from pathlib import Path

import cv2
import numpy as np

from simpsons_play.core.errors import SinkError, SourceError
from simpsons_play.core.frames import ROUNDED_TIME_S, Frame, SourceInfo
from simpsons_play.core.geometry import letterbox_placement
from simpsons_play.inference.letterbox import on_canvas
from simpsons_play.library.cut_points import title_of
from simpsons_play.library.moments import Moment
from simpsons_play.sources import open_source
from simpsons_play.sources.file_name import as_file, is_address, without_file_scheme
from simpsons_play.sources.sound import SoundFile
from simpsons_play.sources.time_range import seconds

_COMMON_SOUND_RATE = 48_000
"""Samples per second if the rates of the videos differ."""
_MAX_TICKS = 1_000_000
"""Most ticks per second; finer clocks than this are rounded to those of MPEG."""
_USUAL_RATES = tuple(
    Fraction(rate) for rate in ("24000/1001", "24", "25", "30000/1001", "30", "48", "50", "60000/1001", "60")
)
_MPEG_TICK_S = Fraction(1, 90_000)


@dataclass(frozen=True, slots=True)
class ClipVideo:
    """A video that moments are cut from.

    Attributes:
        name: name for `open_source`.
        info: its properties.
        sound: file or address of its sound; None without sound.
        sound_rate: samples per second; 0 without sound.
    """

    name: str
    info: SourceInfo
    sound: str | None
    sound_rate: int


@dataclass(frozen=True, slots=True)
class Shape:
    """What a supercut is like.

    Attributes:
        info: size, pixel aspect ratio, rate and clock.
        sound_rate: samples per second; None without sound.
        constant_rate: frames per second, if frames are repeated and left out to have a constant rate; None if
            they keep their times.
    """

    info: SourceInfo
    sound_rate: int | None
    constant_rate: Fraction | None = None

    def fit(self, frame: Frame, source: SourceInfo, index: int, time: Fraction) -> Frame:
        """The frame as part of the supercut, scaled into its size with black bars if it has another.

        Args:
            frame: a frame of a video.
            source: properties of the video.
            index: frame index in the supercut.
            time: time in the supercut, in seconds.
        """
        canvas_px = self.info.width, self.info.height
        if frame.size_px == canvas_px and source.pixel_aspect == self.info.pixel_aspect:
            return frame.at(index, time)
        width, height = frame.size_px
        aspect = source.pixel_aspect / self.info.pixel_aspect
        shown_px = width * aspect.numerator, height * aspect.denominator
        placement = letterbox_placement(shown_px, canvas_px)
        fitted = frame.averaged(placement.width, placement.height)
        if fitted is None:
            shrinks = placement.width <= width and placement.height <= height
            how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
            resized = cv2.resize(frame.image, (placement.width, placement.height), interpolation=how)
            fitted = np.asarray(resized, np.uint8)
        return Frame(on_canvas(fitted, placement, canvas_px), index, time)


def inspected(
    moments: Sequence[Moment], *, output: Path, warn: Callable[[str], object]
) -> dict[str, ClipVideo]:
    """Open each video once and check that it holds its moments; returns the videos by path.

    Args:
        moments: at least one.
        output: the file that will be written.
        warn: shows the user one line about sound that cannot be read.

    Raises:
        SourceError: a video cannot be read, or a moment is beyond its end.
        SinkError: the output is one of the videos.
    """
    videos: dict[str, ClipVideo] = {}
    for moment in moments:
        if moment.path not in videos:
            videos[moment.path] = video = _inspect(moment, warn)
            if not is_address(video.name) and output.exists() and output.samefile(video.name):
                raise SinkError(f"{output} is one of the videos; give another name")
        info = videos[moment.path].info
        if info.duration_s is not None:
            spare_s = 1 / float(info.rate) + ROUNDED_TIME_S
            if moment.end_s > info.duration_s + spare_s:
                raise SourceError(
                    f"{title_of(moment)}: the moment ends at {seconds(moment.end_s)} s, but {info.name} "
                    f"after {seconds(info.duration_s)} s; add it to the library again"
                )
    return videos


def _inspect(moment: Moment, warn: Callable[[str], object]) -> ClipVideo:
    try:
        name = without_file_scheme(moment.path)
        name = name if is_address(name) else as_file(name)
        with open_source(name) as source:
            info = source.info
    except SourceError as error:
        raise SourceError(f"{title_of(moment)}: {error}") from error
    if not info.can_seek:
        raise SourceError(f"{title_of(moment)}: {info.name} cannot be read twice; give the file itself")
    if info.has_sound and info.media is not None:
        try:
            with SoundFile(info.media) as sound:
                rate = sound.streams[sound.default].rate
            return ClipVideo(name, info, info.media, rate)
        except SourceError as error:
            warn(f"{title_of(moment)}: without sound: {error}")
    return ClipVideo(name, info, None, 0)


def shape_of(videos: Sequence[ClipVideo]) -> Shape:
    """What a supercut is like.

    Args:
        videos: the video of each moment. The most frequent size is chosen, of several the first, and the
            highest rate.
    """
    infos = [video.info for video in videos]
    sizes = Counter((info.width, info.height, info.pixel_aspect) for info in infos)
    (width, height, pixel_aspect), _ = sizes.most_common(1)[0]
    rate = max(info.rate for info in infos)
    is_mixed = rate > min(info.rate for info in infos)
    if is_mixed:
        rate = _usual(rate)
        tick_s = 1 / rate
    else:
        tick_s = reduce(_common_tick, (tick for info in infos for tick in (info.time_base, 1 / info.rate)))
        tick_s = tick_s if tick_s.denominator <= _MAX_TICKS else _MPEG_TICK_S
    sound_rates = {video.sound_rate for video in videos if video.sound is not None}
    sound_rate = sound_rates.pop() if len(sound_rates) == 1 else _COMMON_SOUND_RATE
    return Shape(
        SourceInfo(
            name="supercut",
            width=width,
            height=height,
            rate=rate,
            time_base=tick_s,
            pixel_aspect=pixel_aspect,
        ),
        sound_rate if any(video.sound is not None for video in videos) else None,
        rate if is_mixed else None,
    )


def _usual(rate: Fraction) -> Fraction:
    """The rate itself, or the usual one from which it differs by less than one frame in a thousand."""
    nearest = min(_USUAL_RATES, key=lambda usual: abs(usual - rate))
    return nearest if abs(nearest - rate) * 2000 < rate else rate


def _common_tick(one: Fraction, other: Fraction) -> Fraction:
    """The longest tick of which both are multiples, in seconds."""
    return Fraction(
        math.gcd(one.numerator * other.denominator, other.numerator * one.denominator),
        one.denominator * other.denominator,
    )
