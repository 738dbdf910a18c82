"""Decodes the video stream of an open file from a start time on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import chain

import av
from av.video.stream import VideoStream

from simpsons_play.core.cores import codec_threads, core_count
from simpsons_play.sources.container import facts_of, is_ogm, video_stream
from simpsons_play.sources.deinterlace import TimedPicture
from simpsons_play.sources.demux import Demuxer
from simpsons_play.sources.picture_clock import PictureStamps
from simpsons_play.sources.timestamps import TOLERANCE

_SMALL_PX, _FEW_CORES = 500_000, 2
"""Up to this many pixels, such as 854x480, and on this many cores, one thread decodes: waking others costs
more than they gain."""
_LARGE_PX = 4_000_000
_LARGE_THREADS = 4
"""Each thread holds a large picture, 12 MB at 4K. With more threads than this the network slows down."""
_SEEK_MARGINS_S = (0, 2, 10)
"""How much earlier to seek if the key frame that was found is too late, in seconds."""


class VideoDecoder:
    """Decodes pictures and times them.

    Args:
        open_media: opens the file; called a second time if it turns out that it cannot be sought.
        start: first time wanted, in seconds on the time line.
        threads: number of decoding threads; 0 lets ffmpeg choose.

    Raises:
        SourceError: it cannot be opened.

    Attributes:
        media: the open file.
        stream: its video stream; after `decode_first`.
        facts: what the container promises about the stream; after `decode_first`.
        stamps: the time stamps of the stream; after `decode_first`.
        packet_count: packets read so far that hold a picture to show.
        last_before: time of the last picture before `start`, in seconds; None if none was decoded.
        on_lost: called for each packet to show that cannot be decoded, from the first picture on.
    """

    def __init__(self, open_media: Callable[[], Demuxer], *, start: Fraction, threads: int) -> None:
        self.media = open_media()
        self.packet_count = 0
        self.last_before: Fraction | None = None
        self.on_lost: Callable[[], object] = lambda: None
        self._open_media, self._start, self._threads = open_media, start, threads

    def close(self) -> None:
        """Close the file; may be called twice."""
        self.media.close()

    def decode_first(self) -> av.VideoFrame | None:
        """Choose the stream and decode its first picture; None if no picture can be decoded.

        Raises:
            SourceError: there is no video stream, or no decoder for it.
        """
        self.stream = self._choose_stream()
        self.facts = facts_of(self.media, self.stream)
        self.stamps = PictureStamps(self.stream, self.facts.rate, origin=self.media.origin)
        self._pictures = self._decode()
        first = next(self._pictures, None)
        if first is not None:
            self._first = first
            self.stamps.start(first)
        return first

    def pictures(self) -> Iterator[TimedPicture]:
        """The pictures with their times, from a key frame at or before the start on."""
        if self._start <= 0:
            return self._timed(chain([self._first], self._pictures))
        return self._sought()

    def has_pictures_at_start(self) -> bool:
        """Whether there are pictures at or after the start, whatever the header says about the length."""
        with self._open_media() as media:
            stream = video_stream(media.container, media.name)
            try:
                media.seek(self._start, stream)
            except av.FFmpegError:
                return False
            for packet in media.packets(stream):
                stamp = packet.dts if packet.pts is None else packet.pts
                if stamp is not None and media.time_of(stamp, packet.time_base) >= self._start:
                    return True
        return False

    def _choose_stream(self) -> VideoStream:
        stream = video_stream(self.media.container, self.media.name)
        stream.thread_type = "SLICE" if is_ogm(stream) else "AUTO"
        stream.thread_count = self._threads or _threads_for(stream)
        return stream

    def _decode(self) -> Iterator[av.VideoFrame]:
        """All pictures from the current position of the container; damaged packets are skipped."""
        decoder = self.stream.codec_context
        for packet in self.media.packets(self.stream):
            self.stamps.correct_packet(packet)
            is_shown = bool(packet.size) and not packet.is_discard
            self.packet_count += is_shown
            try:
                pictures = decoder.decode(packet if packet.size else None)
            except av.EOFError:
                return
            except Exception:  # decoders raise nearly anything
                if is_shown:
                    self.on_lost()
                continue
            for picture in pictures:
                self.stamps.correct_picture(picture, packet)
                yield picture

    def _timed(self, pictures: Iterator[av.VideoFrame]) -> Iterator[TimedPicture]:
        first = self._start - TOLERANCE
        for time, picture in self.stamps.timed(pictures):
            if time < first:
                self.last_before = time
            yield time, picture

    def _sought(self) -> Iterator[TimedPicture]:
        """The pictures from a key frame before the start on; all pictures if no seek can be trusted."""
        for margin in _SEEK_MARGINS_S if self.stamps.is_seekable else ():
            try:
                self.media.seek(max(Fraction(0), self._start - margin), self.stream)
            except av.FFmpegError:
                continue
            pictures = self._timed(self._decode())
            is_complete = is_early = False
            for time, picture in pictures:
                # A picture before the first key frame may lack the pictures it refers to.
                is_complete = is_complete or picture.key_frame
                is_early = is_early or time <= self._start + TOLERANCE
                if time >= self._start - TOLERANCE:
                    break
            else:
                continue
            if is_complete and is_early:
                yield time, picture
                yield from pictures
                return
        self.media.close()
        self.media = self._open_media()
        self.stream = self._choose_stream()
        yield from self._timed(self._decode())


def _threads_for(stream: VideoStream) -> int:
    """Number of decoding threads by default; 0 lets ffmpeg choose."""
    pixels = stream.width * stream.height
    if pixels <= _SMALL_PX and core_count() <= _FEW_CORES:
        return 1
    return codec_threads() if pixels <= _LARGE_PX else min(_LARGE_THREADS, core_count())
