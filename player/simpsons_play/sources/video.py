"""Video files, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Self

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.video.reformatter import VideoReformatter

from simpsons_play.errors import SourceError
from simpsons_play.sources.base import BaseSource
from simpsons_play.sources.clock import TOLERANCE, Clock
from simpsons_play.sources.container import (
    counts_frames,
    duration_of,
    frames_of,
    open_container,
    rate_of,
    read_packets,
    stamp_of,
    video_stream,
    whole_duration_of,
)
from simpsons_play.sources.damage import Completeness
from simpsons_play.sources.range import seconds
from simpsons_play.types import Frame, Image, SourceInfo

_TURNS = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}
_SEEK_MARGINS_S = (0, 2, 10)
"""How much earlier to look for a key frame when the one that was found comes too late, in seconds."""


class VideoFile(BaseSource):
    """The frames of a video file or stream: a `Source`.

    Pictures come turned as the file asks for, in the size of the first one. Times count from the first
    picture of the file, whatever the container's clock says there. A damaged or truncated file gives what can
    be decoded and then one line in `warnings`.

    Args:
        path: the file, or an address with `://` that ffmpeg can open.
        start_s: first moment to give, in seconds from the start of the file.
        duration_s: how much of it, in seconds; None for all.
        threads: for decoding; 0 leaves the number to ffmpeg.

    Raises:
        ValueError: `start_s` is negative or `duration_s` is not positive.
    """

    _one_pass = False

    def __init__(
        self, path: str | Path, *, start_s: float = 0.0, duration_s: float | None = None, threads: int = 0
    ) -> None:
        super().__init__(start_s, duration_s)
        self._name = str(path)
        self._threads = threads
        self._reformatter = VideoReformatter()
        self._container: InputContainer | None = None
        self._completeness: Completeness | None = None

    @property
    def path(self) -> Path | None:
        """Where sound can be copied from; None for an address."""
        return None if "://" in self._name else Path(self._name)

    def __enter__(self) -> Self:
        self._container = self._open_container()
        try:
            self._open()
        except BaseException:
            self._container.close()
            raise
        return self

    def _close(self) -> None:
        if self._container is not None:
            self._container.close()
            self._container = None

    def __iter__(self) -> Iterator[Frame]:
        index, completeness = 0, self._completeness
        if completeness is None:
            raise RuntimeError("enter the source before reading it")
        for time, picture in self._wanted():
            completeness.picture(time, corrupt=picture.is_corrupt)
            yield Frame(self._image(picture), index, time)
            index += 1
        if index == 0:
            raise SourceError(
                f"{self._name}: nothing could be read from {seconds(self._range.start)} s on; start earlier"
            )
        warning = completeness.warning()
        if warning is not None:
            self._warnings.append(f"{self._name} {warning}")

    def _open_container(self) -> InputContainer:
        return open_container(self._name)

    def _open(self) -> None:
        """Finds the stream, decodes its first picture and says what is known."""
        container = self._opened()
        self._stream = stream = video_stream(container, self._name)
        stream.thread_type = "AUTO"
        stream.thread_count = self._threads
        self._pictures = self._decode()
        first = next(self._pictures, None)
        if first is None:
            if container.format.name.startswith("mov") and (self._one_pass or "://" in self._name):
                raise SourceError(
                    f"{self._name}: the index of an MP4 may come last, and here nothing can go back from it "
                    "to the pictures; give the file itself, or MKV, or MP4 made with -movflags +faststart"
                )
            raise SourceError(
                f"{self._name}: none of its pictures can be decoded (codec {stream.codec_context.name}); "
                "the file is damaged: copy it again"
            )
        self._first = first
        self._time_base = stream.time_base or Fraction(1, 90_000)
        self._counted = counts_frames(container)
        self._origin = stamp_of(first, counted=self._counted) or 0
        self._size = first.width, first.height
        self._turn = _TURNS.get(round(first.rotation) % 360)
        sideways = self._turn is not None and self._turn != cv2.ROTATE_180
        aspect = stream.sample_aspect_ratio
        aspect = Fraction(1) if aspect is None or not Fraction(1, 10) < aspect < 10 else Fraction(aspect)
        rate = rate_of(stream)
        steady = stream.base_rate == rate
        duration = duration_of(stream, begin=self._origin * self._time_base)
        exact = duration is not None
        if duration is None:
            duration = whole_duration_of(container)
        if duration is not None and self._range.start >= duration:
            raise SourceError(
                f"{self._name} lasts {seconds(duration)} s: there is nothing from "
                f"{seconds(self._range.start)} s on; start earlier"
            )
        length = self._range.length(duration)
        self._info = SourceInfo(
            name=self._name,
            width=first.height if sideways else first.width,
            height=first.width if sideways else first.height,
            rate=rate,
            time_base=self._time_base,
            frames=self._range.frames(frames_of(stream), rate, constant=steady),
            duration_s=None if length is None else float(length),
            pixel_aspect=1 / aspect if sideways else aspect,
            one_pass=self._one_pass,
            has_sound=any(sound.codec_context is not None for sound in container.streams.audio),
        )
        self._completeness = Completeness(self._info, self._range.start, steady=steady, exact=exact)

    def _opened(self) -> InputContainer:
        if self._container is None:
            raise RuntimeError("enter the source before reading it")
        return self._container

    def _decode(self) -> Iterator[av.VideoFrame]:
        """All pictures from where the container stands; damaged packets are counted and left out."""
        for packet in read_packets(self._opened(), self._stream):
            try:
                pictures = self._stream.codec_context.decode(packet if packet.size else None)
            except av.EOFError:
                return
            except av.FFmpegError:
                if self._completeness is not None:
                    self._completeness.packet_lost()
                continue
            yield from pictures

    def _timed(self, pictures: Iterator[av.VideoFrame]) -> Iterator[tuple[Fraction, av.VideoFrame]]:
        clock = Clock(self._origin, self._time_base, self.info.rate)
        for picture in pictures:
            yield clock.time(stamp_of(picture, counted=self._counted)), picture

    def _wanted(self) -> Iterator[tuple[Fraction, av.VideoFrame]]:
        """The pictures of the range with their times."""
        if self._range.start <= 0:
            pictures = self._timed(chain([self._first], self._pictures))
        else:
            pictures = self._sought()
        for time, picture in pictures:
            if self._range.ends_before(time):
                return
            if self._range.begins_by(time):
                yield time, picture

    def _sought(self) -> Iterator[tuple[Fraction, av.VideoFrame]]:
        """The pictures from a key frame before the start on; all of them where no seek can be trusted."""
        container, stream, start = self._opened(), self._stream, self._range.start
        for margin in _SEEK_MARGINS_S:
            ticks = int(max(Fraction(0), start - margin) / self._time_base)
            try:
                container.seek(self._origin + ticks, stream=stream, backward=True)
            except av.FFmpegError:
                continue
            pictures = self._timed(self._decode())
            whole = early = False
            for time, picture in pictures:
                whole = whole or picture.key_frame  # what is shown before a key frame may lack its references
                early = early or time <= start + TOLERANCE
                if self._range.begins_by(time):
                    break
            else:
                continue
            if whole and early:
                yield time, picture
                yield from pictures
                return
        container.close()
        self._container = open_container(self._name)
        self._stream = video_stream(self._container, self._name)
        self._stream.thread_count = self._threads
        yield from self._timed(self._decode())

    def _image(self, picture: av.VideoFrame) -> Image:
        """A decoded picture -> (H, W, 3) uint8 BGR, upright and in the size of the first."""
        width, height = self._size
        # One reformatter for all and one thread: two and a half times as fast as a new one for each picture.
        scaled = self._reformatter.reformat(picture, width=width, height=height, format="bgr24", threads=1)
        image = np.asarray(scaled.to_ndarray(), dtype=np.uint8)
        if self._turn is not None:
            image = np.asarray(cv2.rotate(image, self._turn), dtype=np.uint8)
        return image
