"""Groups of pictures (GOPs) of H.264 videos that can be copied into another video as they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import av
from av.bitstream import BitStreamFilterContext
from av.packet import Packet
from av.video.stream import VideoStream

from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import SourceInfo
from simpsons_play.sinks.video.spliced_encoder import CodedPicture, reordering_of
from simpsons_play.sources import open_source
from simpsons_play.sources.colors import HD_HEIGHT, limited_planes
from simpsons_play.sources.container import video_stream
from simpsons_play.sources.demux import Demuxer
from simpsons_play.sources.timestamps import TOLERANCE

_EXACT_CLOCKS = frozenset({"mov", "matroska", "mpegts"})
"""Containers (demuxers of ffmpeg) in which each packet has the time at which its picture is shown."""

_IDR, _PARAMETERS = 5, 7
"""Types of NAL units (ITU-T H.264, table 7-1): a slice of an IDR picture, a sequence parameter set."""

_START_CODE = b"\0\0\1"
_SEEK_MARGINS_S = (0, 2, 10)
"""How much earlier to seek if the packet that was found is too late, in seconds."""
_MAX_GOP = 1000
"""Longest GOP that is copied, in pictures: all its packets are in memory."""


@dataclass(frozen=True, slots=True)
class Gop:
    """A GOP that refers to no picture outside.

    Attributes:
        pictures: its pictures in decoding order; the first is an IDR picture, and the first to be shown.
        end: when the next picture is shown, in seconds on the time line of the video; None after the last.
        previous: when the picture before it is shown; None if it was not looked for.
    """

    pictures: list[CodedPicture]
    end: Fraction | None
    previous: Fraction | None

    @property
    def start(self) -> Fraction:
        """When its first picture is shown, in seconds on the time line of the video."""
        return self.pictures[0].time

    @property
    def last(self) -> Fraction:
        """When its last picture is shown, in seconds on the time line of the video."""
        return max(picture.time for picture in self.pictures)


class GopReader:
    """Finds the GOPs of a video that show exactly what encoding its frames would show.

    They are H.264 with 8 bits and 4:2:0, not interlaced, upright, of one size, pixel aspect, range and
    matrix, and their packets have exact times. Each GOP is decoded on its own to make sure of it: one that is
    damaged, needs pictures or parameters from outside or is not shown in full is left out.

    Args:
        path: the video.
        canvas: size and pixel aspect of the video into which GOPs are to be copied.
    """

    def __init__(self, path: str, canvas: SourceInfo) -> None:
        self._path, self._canvas = path, canvas
        self._bt709 = canvas.height >= HD_HEIGHT
        self.fits = self._fits_canvas()

    def gops(self, start: Fraction, end: Fraction) -> Iterator[Gop]:
        """The GOPs that are shown within a range of time, in seconds on the time line of the video."""
        if not self.fits:
            return
        with suppress(av.FFmpegError, SourceError), Demuxer(self._path) as media:
            stream = video_stream(media.container, self._path)
            for gop in self._closed(media, stream, start, end):
                if (
                    gop.start >= start - TOLERANCE
                    # Otherwise it is unknown whether pictures lie between the start and this one.
                    and (gop.previous is not None or gop.start <= start + 3 * TOLERANCE)
                    and gop.last < end - TOLERANCE
                    and (gop.end is None or gop.end <= end + 3 * TOLERANCE)
                    and self._is_faithful(gop)
                ):
                    yield gop

    def _fits_canvas(self) -> bool:
        """Whether the video as a whole can be copied from."""
        with suppress(av.FFmpegError), Demuxer(self._path) as media:
            stream = video_stream(media.container, self._path)
            if (
                stream.codec_context.name != "h264"
                or stream.start_time is None
                or not _EXACT_CLOCKS & set(media.container.format.name.split(","))
            ):
                return False
            source = open_source(self._path)
            source.defer_images()
            with source:
                info, first = source.info, next(iter(source), None)
                shape = (info.width, info.height, info.pixel_aspect)
                return (
                    shape == (self._canvas.width, self._canvas.height, self._canvas.pixel_aspect)
                    and first is not None
                    and first.planes(bt709=self._bt709) is not None
                )
        return False

    def _closed(self, media: Demuxer, stream: VideoStream, start: Fraction, end: Fraction) -> Iterator[Gop]:
        """What lies between one IDR picture and the next, from one at or before the start on."""
        pictures: list[CodedPicture] = []
        usable = False
        previous = latest = None
        for data, packet in _annex_b(media, stream, start):
            time = None if packet.pts is None else media.time_of(packet.pts, stream.time_base or Fraction(0))
            if _IDR in _nal_types(data):
                if usable and pictures and time is not None:
                    gop = Gop(pictures, time, previous)
                    if _is_closed(gop):
                        yield gop
                if time is not None and time > end:
                    return
                previous, pictures = latest, []
                usable = _PARAMETERS in _nal_types(data)
            if time is not None and not packet.is_discard:
                latest = time if latest is None else max(latest, time)
            if (
                time is None
                or time < -TOLERANCE
                or packet.is_discard
                or packet.is_corrupt
                or len(pictures) >= _MAX_GOP
                or packet.has_sidedata("new_extradata")
            ):
                usable = False
            if usable and time is not None:
                pictures.append(CodedPicture(data, max(time, Fraction(0)), key=not pictures))
            elif time is not None and time > end:
                return
        if usable and pictures and _is_closed(gop := Gop(pictures, None, previous)):
            yield gop

    def _is_faithful(self, gop: Gop) -> bool:
        """Whether a GOP, decoded on its own, consists of the pictures that its packets promise."""
        decoder = av.CodecContext.create("h264", "r")
        decoder.thread_count = 1
        decoder.options = {"err_detect": "explode"}
        order = {time: n for n, time in enumerate(sorted(picture.time for picture in gop.pictures))}
        shown: list[int | None] = []
        try:
            for picture in gop.pictures:
                packet: Packet[Any] = Packet(picture.data)
                packet.pts = packet.dts = order[picture.time]
                shown += [self._number(decoded) for decoded in decoder.decode(packet)]
            shown += [self._number(decoded) for decoded in decoder.decode(None)]
        except (av.FFmpegError, ValueError):
            return False
        aspect = decoder.sample_aspect_ratio or Fraction(1)
        return shown == list(range(len(order))) and aspect == self._canvas.pixel_aspect

    def _number(self, picture: av.VideoFrame) -> int | None:
        """The time stamp of a picture; None if encoding it would change more than its quality."""
        size = (picture.width, picture.height)
        if (
            size != (self._canvas.width, self._canvas.height)
            or picture.is_corrupt
            or picture.interlaced_frame
            or limited_planes(picture, bt709=self._bt709) is None
        ):
            return None
        return picture.pts


def _is_closed(gop: Gop) -> bool:
    """Whether the pictures of a GOP are shown from its first on, at different times, before the next GOP."""
    times = sorted(picture.time for picture in gop.pictures)
    return (
        times[0] == gop.start
        and all(before < after for before, after in pairwise(times))
        and (gop.end is None or times[-1] < gop.end)
        and reordering_of(gop.pictures) is not None
    )


def _annex_b(media: Demuxer, stream: VideoStream, start: Fraction) -> Iterator[tuple[bytes, Packet[Any]]]:
    """The packets from a time on, with start codes and with parameter sets before each IDR picture."""
    convert = BitStreamFilterContext("h264_mp4toannexb", stream)
    for packet in _packets(media, stream, start):
        for converted in convert.filter(packet) if packet.size else ():
            yield bytes(converted), converted


def _packets(media: Demuxer, stream: VideoStream, start: Fraction) -> Iterator[Packet[Any]]:
    """The packets from a key frame at or before a time on."""
    for margin in _SEEK_MARGINS_S:
        media.seek(max(Fraction(0), start - margin), stream)
        packets = media.packets(stream)
        first = next(packets)
        if first.pts is not None and media.time_of(first.pts, first.time_base) <= start + TOLERANCE:
            break
    yield first
    yield from packets


def _nal_types(data: bytes) -> set[int]:
    """Types of the NAL units of a packet, up to the first slice."""
    types = set()
    at = data.find(_START_CODE)
    while 0 <= at < len(data) - len(_START_CODE):
        kind = data[at + len(_START_CODE)] & 31
        types.add(kind)
        if 1 <= kind <= _IDR:
            break
        at = data.find(_START_CODE, at + len(_START_CODE))
    return types
