"""Video files, frame by frame."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Self

import av
from av.video.stream import VideoStream

from simpsons_play.core.errors import SimpsonsError, SourceError
from simpsons_play.core.frames import Frame, Image, SourceInfo
from simpsons_play.core.interrupts import interruptible
from simpsons_play.sources.base import BaseSource
from simpsons_play.sources.colors import BgrConverter
from simpsons_play.sources.container import facts_of, is_ogm, video_stream
from simpsons_play.sources.deferred import DeferredFrame, DeferredImage
from simpsons_play.sources.deinterlace import Timed, deinterlaced
from simpsons_play.sources.demux import Demuxer, is_avi
from simpsons_play.sources.integrity import Completeness
from simpsons_play.sources.orientation import orientation_of
from simpsons_play.sources.time_range import seconds
from simpsons_play.sources.timestamps import TOLERANCE, PictureClock
from simpsons_play.sources.tone_map import is_hdr

DECODER_VERSION = 3
"""Rises when pictures or their times change, so that cached results of other versions are discarded."""

_LISTS = ("hls", "concat")
_PES_FORMATS, _PES_CODECS = ("mpeg", "mpegts"), ("mpeg1video", "mpeg2video")
_LARGE_PX = 4_000_000
_LARGE_THREADS = 4
"""More threads than this hold one large picture each, 12 MB at 4K, and the network is slower by then."""
_SEEK_MARGINS_S = (0, 2, 10)
"""How much earlier to look for a key frame when the one that was found comes too late, in seconds."""


class VideoFile(BaseSource):
    """The frames of a video file or stream: a `Source`.

    Pictures come turned and mirrored as the file asks for, in the size of the first one, deinterlaced where
    they are flagged as interlaced. Times count from the start of the container, as in ffplay and mpv: the
    first picture comes later than 0 where sound begins before it. A damaged or truncated file gives what can
    be decoded and then one line in `warnings`.

    Args:
        path: the file, or an address with `://` that ffmpeg can open.
        start_s: first moment to give, in seconds from the start of the file.
        duration_s: how much of it, in seconds; None for all.
        threads: for decoding; 0 leaves the number to ffmpeg.
        deinterlace: whether pictures that are flagged as interlaced are filtered.

    Raises:
        ValueError: `start_s` is negative or `duration_s` is not positive.

    Example:
        >>> with VideoFile("samples/springfield.mp4", start_s=1.0, duration_s=0.5) as video:
        ...     [frame.time_s for frame in video][:2]
        [1.001, 1.0427083333333333]
    """

    _one_pass = False

    def __init__(
        self,
        path: str | Path,
        *,
        start_s: float = 0.0,
        duration_s: float | None = None,
        threads: int = 0,
        deinterlace: bool = True,
    ) -> None:
        super().__init__(start_s, duration_s)
        self._name = str(path)
        self._threads, self._deinterlace = threads, deinterlace
        self._converter, self._scaler = BgrConverter(), BgrConverter()
        self._deferred = False
        self._media: Demuxer | None = None
        self._packets = 0
        self._completeness: Completeness | None = None

    def defer_images(self) -> None:
        """Give `DeferredFrame`s, for those who skip frames or want them smaller; before it is entered."""
        self._deferred = True

    def __enter__(self) -> Self:
        try:
            interruptible(self._enter)
        except KeyboardInterrupt:
            self.interrupt()
            raise
        return self

    def _enter(self) -> None:
        self._media = self._open_media()
        try:
            self._open(self._media)
        except SimpsonsError:
            self._close()
            raise
        except Exception as error:  # parsers and decoders raise what they like
            self._close()
            raise SourceError(f"{self._name} cannot be read: {error or type(error).__name__}") from error
        except BaseException:
            self._close()
            raise

    def _close(self) -> None:
        if self._media is not None:
            self._media.close()
            self._media = None

    def _frames(self) -> Iterator[Frame]:
        index, completeness, kind = 0, self._completeness, None
        if completeness is None:
            raise RuntimeError("enter the source before reading it")
        wanted = self._wanted(completeness)
        for time, picture in deinterlaced(wanted) if self._deinterlace else wanted:
            image = self._defer(picture)
            try:
                if not self._deferred or _kind_of(picture) != kind:
                    image.whole()
            except Exception:  # a picture that changes midway into what nothing can convert
                completeness.packet_lost()
                continue
            kind = _kind_of(picture)
            yield DeferredFrame(image, index, time) if self._deferred else Frame(image.whole(), index, time)
            index += 1
        if index == 0:
            raise SourceError(f"{self._name}: {self._range.empty(self._before)}")
        media = self._opened()
        warning = completeness.warning(
            reached_s=media.reached_s,
            others_pause_s=media.longest_pause_s(self._stream),
            is_whole=lambda: media.is_read_to_the_end,
        )
        if warning is None and media.refused:
            warning = (
                f"cannot be read from {media.reached_s:.1f} s on, where other sound follows; "
                "give its parts one by one"
            )
        if warning is not None:
            self._warnings.append(f"{self._name} {warning}")

    def _open_media(self) -> Demuxer:
        return Demuxer(self._name)

    def _open(self, media: Demuxer) -> None:
        """Finds the stream, decodes its first picture and says what is known."""
        self._stream = stream = video_stream(media.container, self._name)
        self._ogm = is_ogm(stream)
        stream.thread_type = "SLICE" if self._ogm else "AUTO"
        stream.thread_count = self._threads or _threads_for(stream)
        self._facts = facts = facts_of(media, stream)
        form, codec = media.container.format.name, stream.codec_context.name
        # Without an index, ffmpeg takes the order of packets in MXF for that of pictures.
        self._counted = self._ogm or is_avi(media.container) or form == "mxf"
        # ASF stores one stamp a packet; ffmpeg guesses the others, and wrongly for H.264 with B-frames.
        self._by_dts = self._counted or form == "asf"
        # A PES packet of MPEG has one stamp and may hold several small pictures; ffmpeg guesses the others.
        self._by_pes = form in _PES_FORMATS and codec in _PES_CODECS
        self._before: Fraction | None = None  # when the last picture before the range begins
        self._fed: list[int] = []  # decoding stamps, until the first picture comes
        self._pictures = self._decode()
        first = next(self._pictures, None)
        if first is None:
            if media.container.format.name.startswith("mov") and (self._one_pass or "://" in self._name):
                raise SourceError(
                    f"{self._name}: the index of an MP4 may come last, and here nothing can go back from it "
                    "to the pictures; give the file itself, or MKV, or MP4 made with -movflags +faststart"
                )
            why = "the file is damaged: copy it again"
            if media.container.format.name in _LISTS:
                why = "what it lists is damaged or not there"
            codec = stream.codec_context.name
            raise SourceError(f"{self._name}: none of its pictures can be decoded (codec {codec}); {why}")
        self._first = first
        self._time_base = stream.time_base or Fraction(1, 90_000)
        self._origin = media.origin + self._decoder_delay(first)
        if stream.start_time is None:  # nor is there an origin
            self._origin = (self._stamp_of(first) or 0) * self._time_base
        self._orientation = orientation_of(first)
        sideways = self._orientation.transposed
        aspect = stream.sample_aspect_ratio
        aspect = Fraction(1) if aspect is None or not Fraction(1, 10) < aspect < 10 else Fraction(aspect)
        end = facts.end if facts.end is not None else facts.whole
        if end is not None and self._range.start >= end + 1 / facts.rate:
            if media.end_of(stream) is not None or not self._goes_on():
                raise SourceError(
                    f"{self._name} lasts {seconds(end)} s: there is nothing from "
                    f"{seconds(self._range.start)} s on; start earlier"
                )
            end = None
        length = self._range.length(end)
        self._info = SourceInfo(
            name=self._name,
            width=first.height if sideways else first.width,
            height=first.width if sideways else first.height,
            rate=facts.rate,
            time_base=self._time_base,
            frames=self._range.frames(facts.frames, facts.rate, constant=facts.steady),
            duration_s=None if length is None else float(length),
            pixel_aspect=1 / aspect if sideways else aspect,
            one_pass=self._one_pass,
            has_sound=any(sound.codec_context is not None for sound in media.container.streams.audio),
            path=None if self._one_pass or "://" in self._name else Path(self._name),
            media=None if self._one_pass else self._name,
        )
        self._completeness = Completeness(facts, self._range, one_pass=self._one_pass)

    def _goes_on(self) -> bool:
        """Whether there are pictures at the start of the range, whatever the header says of the length."""
        with self._open_media() as media:
            stream = video_stream(media.container, self._name)
            try:
                media.seek(self._range.start, stream)
            except av.FFmpegError:
                return False
            for packet in media.packets(stream):
                stamp = packet.dts if packet.pts is None else packet.pts
                if stamp is not None and media.time_of(stamp, packet.time_base) >= self._range.start:
                    return True
        return False

    def _opened(self) -> Demuxer:
        if self._media is None:
            raise RuntimeError("enter the source before reading it")
        return self._media

    def _decoder_delay(self, first: av.VideoFrame) -> Fraction:
        """By how much the decoding stamps of AVI, OGM and MXF are late, in seconds.

        A picture gets the stamp of the packet that brings it out, which is that of a later one where pictures
        are reordered: the first is shown at the stamp of the first packet. An index of MXF makes up for that:
        its decoding stamps begin below 0.
        """
        if not self._counted or first.dts is None:
            return Fraction(0)
        later = sum(0 <= stamp < first.dts for stamp in self._fed)
        step = 1 / (self._facts.rate * self._time_base)
        return later * round(step) * self._time_base

    def _decode(self) -> Iterator[av.VideoFrame]:
        """All pictures from where the container stands; damaged packets are counted and left out."""
        decoder = self._stream.codec_context
        for packet in self._opened().packets(self._stream):
            completeness = self._completeness
            if self._ogm:
                packet.dts = packet.pts  # packets are counted as they lie, whatever ffmpeg makes of it
            if completeness is None and packet.dts is not None:
                self._fed.append(packet.dts)
            if self._by_pes and packet.pos is None:
                packet.pts = packet.dts = None
            shown = bool(packet.size) and not packet.is_discard
            self._packets += shown
            try:
                pictures = decoder.decode(packet if packet.size else None)
            except av.EOFError:
                return
            except Exception:
                if completeness is not None and shown:
                    completeness.packet_lost()
                continue
            for picture in pictures:
                if self._ogm:
                    picture.dts = packet.dts if packet.size else None
                yield picture

    def _timed(self, pictures: Iterator[av.VideoFrame]) -> Iterator[Timed]:
        clock = PictureClock(self._time_base, self.info.rate, origin=self._origin)
        for picture in pictures:
            drained = picture.dts is None  # the decoder holds it until the end
            yield clock.time(self._stamp_of(picture), guessed=drained, lasts=self._lasts(picture)), picture

    def _lasts(self, picture: av.VideoFrame) -> int | None:
        """How long a picture is shown by what is coded in it, in ticks; None where that is not known."""
        return picture.duration if self._by_pes and picture.duration else None

    def _stamp_of(self, picture: av.VideoFrame) -> int | None:
        return picture.dts if self._by_dts or picture.pts is None else picture.pts

    def _wanted(self, completeness: Completeness) -> Iterator[Timed]:
        """The pictures of the range with their times."""
        if self._range.start <= 0:
            pictures = self._timed(chain([self._first], self._pictures))
        else:
            pictures = self._sought()
        for time, picture in pictures:
            if self._range.ends_before(time):
                completeness.range_ended()
                return
            if not self._range.begins_by(time):
                self._before = time
            else:
                length = (picture.duration or 0) * self._time_base
                completeness.picture(time, length, corrupt=picture.is_corrupt, key=picture.key_frame)
                yield time, picture
        completeness.packets(self._packets)

    def _sought(self) -> Iterator[Timed]:
        """The pictures from a key frame before the start on; all of them where no seek can be trusted."""
        media, start = self._opened(), self._range.start
        # By itself, MPEG video has no stamps to tell where a seek led, and its pictures last as they like.
        by_itself = self._stream.start_time is None and self._stream.codec_context.name in _PES_CODECS
        for margin in () if by_itself else _SEEK_MARGINS_S:
            try:
                media.seek(max(Fraction(0), start - margin), self._stream)
            except av.FFmpegError:
                continue
            pictures = self._timed(self._decode())
            whole = early = False
            for time, picture in pictures:
                whole = whole or picture.key_frame  # what is shown before a key frame may lack its references
                early = early or time <= start + TOLERANCE
                if self._range.begins_by(time):
                    break
                self._before = time
            else:
                continue
            if whole and early:
                yield time, picture
                yield from pictures
                return
        media.close()
        self._media = self._open_media()
        self._stream = video_stream(self._media.container, self._name)
        self._stream.thread_count = self._threads or _threads_for(self._stream)
        yield from self._timed(self._decode())

    def _defer(self, picture: av.VideoFrame) -> DeferredImage:
        """A decoded picture as an image, upright and in the size of the first."""
        whole, scaled = (partial(self._image, converter) for converter in (self._converter, self._scaler))
        return DeferredImage(picture, (self.info.width, self.info.height), whole=whole, scaled=scaled)

    def _image(self, converter: BgrConverter, picture: av.VideoFrame, width: int, height: int) -> Image:
        """A decoded picture -> (height, width, 3) uint8 BGR, upright."""
        if self._orientation.transposed:
            width, height = height, width
        return self._orientation.upright(converter.convert(picture, width=width, height=height))


def _kind_of(picture: av.VideoFrame) -> tuple[str, int, int, bool]:
    """What decides whether a picture can be converted."""
    return picture.format.name, picture.width, picture.height, is_hdr(picture)


def _threads_for(stream: VideoStream) -> int:
    """How many threads decode where nobody asks for a number; 0 leaves it to ffmpeg: one for each core."""
    if stream.width * stream.height <= _LARGE_PX:
        return 0
    return min(_LARGE_THREADS, os.cpu_count() or 1)
