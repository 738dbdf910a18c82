"""Video files, frame by frame."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Self

import av
from av.video.reformatter import Interpolation

from simpsons_play.core.errors import SimpsonsError, SourceError
from simpsons_play.core.frames import Frame, Image, SourceInfo
from simpsons_play.core.interrupts import interruptible
from simpsons_play.sources.base import BaseSource
from simpsons_play.sources.colors import BgrConverter
from simpsons_play.sources.container import pixel_aspect_of
from simpsons_play.sources.deferred import DeferredFrame, DeferredImage
from simpsons_play.sources.deinterlace import TimedPicture, deinterlaced
from simpsons_play.sources.demux import Demuxer
from simpsons_play.sources.file_name import is_address
from simpsons_play.sources.integrity import Completeness
from simpsons_play.sources.orientation import Orientation, orientation_of
from simpsons_play.sources.tone_map import is_hdr
from simpsons_play.sources.video_decoder import VideoDecoder

DECODER_VERSION = 3
"""Increase it when pictures or their times change: cached results of other versions are discarded."""

_PLAYLIST_FORMATS = ("hls", "concat")


class VideoFile(BaseSource):
    """The frames of a video file or stream: a `Source`.

    Frames are rotated and mirrored as the file asks for, scaled to the size of the first one, and
    deinterlaced if they are flagged as interlaced. Times count from the start of the container, as in ffplay
    and mpv: the first frame comes later than 0 if the sound starts before it. A damaged or truncated file
    yields the frames that can be decoded and then one line in `warnings`.

    Args:
        path: the file, or an address with `://` that ffmpeg can open.
        start_s: first time wanted, in seconds from the start of the file.
        duration_s: length wanted, in seconds; None for the rest of the file.
        threads: number of decoding threads; 0 lets ffmpeg choose.
        deinterlace: deinterlace frames that are flagged as interlaced.

    Raises:
        ValueError: `start_s` is negative or `duration_s` is not positive.

    Example:
        >>> from simpsons_play import sample_clip
        >>> with VideoFile(sample_clip(), start_s=1.0, duration_s=0.5) as video:
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
        # One for each size, because a converter builds its tables anew when the size changes.
        self._averaging = defaultdict[tuple[int, int], BgrConverter](
            partial(BgrConverter, shrinking=Interpolation.AREA)
        )
        self._comparing = BgrConverter(shrinking=Interpolation.FAST_BILINEAR, corrects=False)
        self._deferred = False
        self._decoder: VideoDecoder | None = None
        self._completeness: Completeness | None = None
        self._scans = set[bool]()

    @property
    def scans(self) -> frozenset[bool]:
        """Whether the pictures read so far are interlaced: False, True, both, or nothing before the first."""
        return frozenset(self._scans)

    @property
    def is_doubtful(self) -> bool:
        """Whether something that was read so far is damaged, or may be."""
        return self._completeness is not None and self._completeness.is_doubtful

    def defer_images(self) -> None:
        """Yield `DeferredFrame`s, for readers that skip or shrink frames; call it before entering."""
        self._deferred = True

    def __enter__(self) -> Self:
        try:
            interruptible(self._enter)
        except KeyboardInterrupt:
            self.interrupt()
            raise
        return self

    def _enter(self) -> None:
        self._decoder = VideoDecoder(self._open_media, start=self._range.start, threads=self._threads)
        try:
            self._open(self._decoder)
        except SimpsonsError:
            self._close()
            raise
        except Exception as error:  # parsers and decoders raise nearly anything
            self._close()
            raise SourceError(f"{self._name} cannot be read: {error or type(error).__name__}") from error
        except BaseException:
            self._close()
            raise

    def _close(self) -> None:
        if self._decoder is not None:
            self._decoder.close()
            self._decoder = None

    def _frames(self) -> Iterator[Frame]:
        index, completeness, last_format = 0, self._completeness, None
        if completeness is None:
            raise RuntimeError("enter the source before reading it")
        decoder = self._opened()
        in_range = self._in_range(decoder, completeness)
        for time, picture in deinterlaced(in_range) if self._deinterlace else in_range:
            image = self._defer(picture)
            try:
                if not self._deferred or _format_of(picture) != last_format:
                    image.whole()
            except Exception:  # the format changed to one that cannot be converted
                completeness.packet_lost()
                continue
            last_format = _format_of(picture)
            yield DeferredFrame(image, index, time) if self._deferred else Frame(image.whole(), index, time)
            index += 1
        if index == 0:
            raise SourceError(f"{self._name}: {self._range.empty(decoder.last_before)}")
        if (warning := self._incomplete(self._opened(), completeness)) is not None:
            self._warnings.append(f"{self._name} {warning}")

    def _open_media(self) -> Demuxer:
        return Demuxer(self._name)

    def _opened(self) -> VideoDecoder:
        if self._decoder is None:
            raise RuntimeError("enter the source before reading it")
        return self._decoder

    def _open(self, decoder: VideoDecoder) -> None:
        """Decode the first picture and collect what is known about the source."""
        first = decoder.decode_first()
        if first is None:
            raise SourceError(self._why_no_picture(decoder))
        facts, stream = decoder.facts, decoder.stream
        end = facts.end if facts.end is not None else facts.container_end
        if end is not None and self._range.start >= end + 1 / facts.rate:
            if decoder.media.end_of(stream) is not None or not decoder.has_pictures_at_start():
                raise SourceError(f"{self._name} {self._range.past_end(end)}")
            end = None
        length = self._range.length(end)
        self._orientation = orientation_of(first)
        sideways, aspect = self._orientation.transposed, pixel_aspect_of(stream)
        self._info = SourceInfo(
            name=self._name,
            width=first.height if sideways else first.width,
            height=first.width if sideways else first.height,
            rate=facts.rate,
            time_base=decoder.stamps.time_base,
            frames=self._range.frames(facts.frames, facts.rate, constant=facts.constant_rate),
            duration_s=None if length is None else float(length),
            pixel_aspect=1 / aspect if sideways else aspect,
            one_pass=self._one_pass,
            has_sound=any(sound.codec_context is not None for sound in stream.container.streams.audio),
            path=None if self._one_pass or is_address(self._name) else Path(self._name),
            media=None if self._one_pass else self._name,
        )
        self._completeness = Completeness(facts, self._range, one_pass=self._one_pass)
        decoder.on_lost = self._completeness.packet_lost

    def _why_no_picture(self, decoder: VideoDecoder) -> str:
        """Why none of the pictures can be decoded, in one line."""
        container_format, codec = decoder.stream.container.format.name, decoder.stream.codec_context.name
        if container_format.startswith("mov") and (self._one_pass or is_address(self._name)):
            return (
                f"{self._name}: the index of this MP4 may come last, and the input cannot seek back from it; "
                "give the file itself, an MKV, or an MP4 made with -movflags +faststart"
            )
        is_playlist = container_format in _PLAYLIST_FORMATS
        why = "its files are damaged or missing" if is_playlist else "the file is damaged: copy it again"
        return f"{self._name}: none of its frames can be decoded (codec {codec}); {why}"

    def _incomplete(self, decoder: VideoDecoder, completeness: Completeness) -> str | None:
        """What is missing after the last frame, as the predicate of a sentence; None if nothing is."""
        media = decoder.media
        warning = completeness.warning(
            reached_s=media.reached_s,
            sound_gap_s=media.longest_sound_gap_s(decoder.stream),
            is_complete=lambda: media.is_read_to_the_end,
        )
        if warning is None and media.refused:
            return (
                f"cannot be read beyond {media.reached_s:.1f} s, where the format of the sound changes; "
                "split the file there"
            )
        return warning

    def _in_range(self, decoder: VideoDecoder, completeness: Completeness) -> Iterator[TimedPicture]:
        """The pictures of the range with their times."""
        for time, picture in decoder.pictures():
            if self._range.has_ended(time):
                completeness.range_ended()
                return
            if self._range.has_started(time):
                length = (picture.duration or 0) * decoder.stamps.time_base
                completeness.picture(time, length, corrupt=picture.is_corrupt, key=picture.key_frame)
                self._scans.add(bool(picture.interlaced_frame))
                yield time, picture
        completeness.packets(decoder.packet_count)

    def _defer(self, picture: av.VideoFrame) -> DeferredImage:
        """A decoded picture as an image, upright and in the size of the first."""
        whole, scaled, rough = (
            partial(self._image, converter) for converter in (self._converter, self._scaler, self._comparing)
        )
        return DeferredImage(
            picture,
            (self.info.width, self.info.height),
            whole=whole,
            scaled=scaled,
            averaged=self._averaged,
            rough=rough,
            upright=self._orientation == Orientation(),
        )

    def _averaged(self, picture: av.VideoFrame, width: int, height: int) -> Image:
        return self._image(self._averaging[width, height], picture, width, height)

    def _image(self, converter: BgrConverter, picture: av.VideoFrame, width: int, height: int) -> Image:
        """A decoded picture -> (height, width, 3) uint8 BGR, upright."""
        if self._orientation.transposed:
            width, height = height, width
        return self._orientation.upright(converter.convert(picture, width=width, height=height))


def _format_of(picture: av.VideoFrame) -> tuple[str, int, int, bool]:
    """What decides whether a picture can be converted."""
    return picture.format.name, picture.width, picture.height, is_hdr(picture)
