"""Supercuts: all moments one after the other in one video."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import OutputContainer

from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Frame
from simpsons_play.core.results import FrameResult
from simpsons_play.library.clip_videos import ClipVideo, Shape, inspected, shape_of
from simpsons_play.library.cut_points import merged, require_moments, title_of
from simpsons_play.library.gop_copy import Gop, GopReader
from simpsons_play.library.moments import Moment
from simpsons_play.sinks.partial import PartialFile
from simpsons_play.sinks.video.encoders import SOFTWARE, X264
from simpsons_play.sinks.video.formats import VideoFormat, format_of
from simpsons_play.sinks.video.joined_sound import JoinedSound
from simpsons_play.sinks.video.spliced_encoder import shifted
from simpsons_play.sinks.video.writer import VideoWriter
from simpsons_play.sources import open_source
from simpsons_play.sources.file_name import is_address
from simpsons_play.sources.time_range import Range, seconds
from simpsons_play.sources.timestamps import TOLERANCE

COPY_FROM_S = 4.0
"""Shorter moments are encoded. With moments of 2 to 4 s and a key frame every 10 s at least, looking for what
can be copied took 6 to 12% more processor time than it saved."""


def write_supercut(
    moments: Sequence[Moment],
    path: str | Path,
    *,
    merge: bool = False,
    crf: int = 20,
    preset: str = "veryfast",
    threads: int = 0,
    encoder: str = SOFTWARE,
    copy_from_s: float | None = COPY_FROM_S,
    progress: Callable[[float], object] = lambda done_s: None,
    warn: Callable[[str], object] = lambda line: None,
) -> float:
    """Cut moments together into one video with sound, and a chapter for each of them.

    A moment consists of the frames that begin at or after its start and before its end. If all videos have
    one rate, frames keep their times. If not, the supercut has the highest rate, at which other frames are
    repeated, because editors and many players expect a constant rate. The picture has the most frequent size
    of the videos; others are scaled into it, with black bars. Moments without sound are silent.

    The file appears under its name on success. If the run is stopped, it is shorter but valid and called
    `NAME.partial.mp4`.

    Args:
        moments: at least one; their order is kept.
        path: file to write; its suffix selects the container. Replaced if it exists.
        merge: join moments of one video that overlap or touch; see `cut_points.merged`.
        crf: quality on x264's scale, 0 (lossless) to 51.
        preset: speed preset of x264.
        threads: encoder threads; 0 lets the encoder choose.
        encoder: H.264 encoder, one of `encoders.CHOICES`.
        copy_from_s: in moments of at least this length, in seconds, H.264 is copied from key frame to key
            frame where that shows the same; see `gop_copy.GopReader`. None encodes everything.
        progress: called after each frame with the seconds of the supercut that are done.
        warn: shows the user one line, such as a video that ends before its moment.

    Returns:
        The length of the supercut in seconds.

    Raises:
        SourceError: a video is missing or cannot be read, or a moment is beyond its end. Before anything is
            written, as far as that can be known.
        SinkError: there are no moments, or the file cannot be written.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from simpsons_play import sample_clip
        >>> film = Fraction(24000, 1001)
        >>> moment = Moment("a", str(sample_clip()), "A", None, None, film, 5.0, 1.001, 2.002, ())
        >>> with TemporaryDirectory() as folder:
        ...     round(write_supercut([moment, moment], Path(folder) / "a.mkv"), 3)
        2.002
    """
    path = Path(path)
    video_format = format_of(path)  # an unknown suffix is reported before anything is read
    require_moments(moments, path)
    moments = merged(moments) if merge else moments
    videos = inspected(moments, output=path, warn=warn)
    shape = shape_of([videos[moment.path] for moment in moments])
    splices = (
        shape.constant_rate is None
        and encoder == SOFTWARE
        and video_format.timestamps
        and video_format.video_codec == X264.codec
    )
    readers = _readers(moments, videos, shape, copy_from_s) if splices else {}
    sound: list[JoinedSound] = []

    def add_sound(container: OutputContainer, video_format: VideoFormat) -> JoinedSound:
        sound.append(JoinedSound(container, video_format, rate=shape.sound_rate))
        return sound[0]

    with VideoWriter(
        path,
        shape.info,
        marks=lambda size, result: (),
        others=add_sound,
        crf=crf,
        preset=preset,
        threads=threads,
        encoder=encoder,
        reorder=False,
        splices=bool(readers),
        warn=warn,
    ) as writer:
        cutter = _Cutter(writer, sound[0], shape, readers=readers, path=path, progress=progress, warn=warn)
        for place, moment in enumerate(moments, 1):
            cutter.append(moment, videos[moment.path], is_last=place == len(moments))
    return float(
        cutter.end
        if shape.constant_rate is None
        else _slot(cutter.end, shape.constant_rate) / shape.constant_rate
    )


def _readers(
    moments: Sequence[Moment], videos: Mapping[str, ClipVideo], shape: Shape, copy_from_s: float | None
) -> dict[Moment, GopReader]:
    """What can be copied from, for each moment that is long enough."""
    found: dict[Moment, GopReader] = {}
    by_name: dict[str, GopReader] = {}
    for moment in moments:
        name = videos[moment.path].name
        if copy_from_s is None or moment.seconds < copy_from_s or is_address(name):
            continue
        if name not in by_name:
            by_name[name] = GopReader(name, shape.info)
        if by_name[name].fits:
            found[moment] = by_name[name]
    return found


@dataclass(slots=True)
class _Piece:
    """A moment while it is appended.

    Attributes:
        moment: the moment.
        video: its video.
        begin: where it begins, in seconds of the output.
        first: when its first frame is shown, in seconds of the video; None before it.
    """

    moment: Moment
    video: ClipVideo
    begin: Fraction
    first: Fraction | None = None

    def time(self, time: Fraction) -> Fraction:
        """A time of the video, in seconds, in the output; after the first frame."""
        return self.begin + time - (self.first or Fraction(0))


class _Cutter:
    """Appends moments to a video.

    Attributes:
        end: end of what has been appended, in seconds of the output.
    """

    def __init__(
        self,
        writer: VideoWriter,
        sound: JoinedSound,
        shape: Shape,
        *,
        readers: Mapping[Moment, GopReader],
        path: Path,
        progress: Callable[[float], object],
        warn: Callable[[str], object],
    ) -> None:
        self._writer, self._sound, self._shape = writer, sound, shape
        self._path, self._progress, self._warn = path, progress, warn
        self.end = Fraction(0)
        self._count = 0
        self._readers = readers

    def append(self, moment: Moment, video: ClipVideo, *, is_last: bool) -> None:
        """Append a moment; nothing follows the last one.

        Raises:
            SourceError: it has no frames.
            SinkError: the output cannot be written.
        """
        start, end = Fraction(moment.start_s), Fraction(moment.end_s)
        piece = _Piece(moment, video, self.end)
        for gop in self._gops(piece, start, end):
            if is_last and not _keeps_its_end(gop, end, 1 / video.info.rate):
                break
            if gop.previous is not None and gop.previous >= start - TOLERANCE:
                self._encode(piece, start, gop.start, next_time=gop.start)
            self._copy(piece, gop)
            start = end if gop.end is None else gop.end
        if start < end - TOLERANCE:
            self._encode(piece, start, end)
        if piece.first is None:
            raise SourceError(f"{title_of(moment)}: {video.name} has no frames from {moment.start_s:g} s on")

    def _gops(self, piece: _Piece, start: Fraction, end: Fraction) -> Iterator[Gop]:
        """What can be copied, see `GopReader`."""
        reader = self._readers.get(piece.moment)
        return iter(()) if reader is None else reader.gops(start, end)

    def _copy(self, piece: _Piece, gop: Gop) -> None:
        """Append a GOP."""
        self._start(piece, gop.start)
        end = gop.end
        if end is None or end >= Fraction(piece.moment.end_s) - TOLERANCE:
            end = self._end_of(piece.moment, piece.video, gop.last, gop.end)
        self.end = piece.time(end)
        pictures = shifted(gop.pictures, piece.time(Fraction(0)))
        self._writer.copy(pictures, self.end, progress=lambda end: self._progress(float(end)))
        self._count += len(gop.pictures)

    def _start(self, piece: _Piece, first: Fraction) -> None:
        """Begin the sound with the first frame of a moment."""
        if piece.first is None:
            piece.first = first
            self._begin_sound(piece.begin, piece.moment, piece.video, first)

    def _encode(
        self, piece: _Piece, start: Fraction, end: Fraction, *, next_time: Fraction | None = None
    ) -> None:
        """Append the frames of a part of a moment; `next_time` is when the frame after it is shown, if known.

        Nothing happens if it has none: other parts may be intact.
        """
        shown = None
        wanted = Range(float(start), float(end - start))
        for frame in _frames_from(piece.moment, piece.video, float(start)):
            if shown is None:
                self._start(piece, frame.time)
            if wanted.has_ended(frame.time):
                next_time = frame.time
                break
            if shown is not None:
                self._show(shown, piece.video, piece.time(shown.time), piece.time(frame.time))
            shown = frame
        if shown is not None:
            is_last = end == Fraction(piece.moment.end_s)
            until = self._end_of(piece.moment, piece.video, shown.time, next_time) if is_last else next_time
            self._show(shown, piece.video, piece.time(shown.time), piece.time(until or end))

    def _show(self, frame: Frame, video: ClipVideo, start: Fraction, end: Fraction) -> None:
        """Write a frame that is shown from `start` to `end`, in seconds of the output.

        At a constant rate, it is repeated or left out.
        """
        rate = self._shape.constant_rate
        slots = range(1) if rate is None else range(_slot(start, rate), _slot(end, rate))
        for slot in slots:
            time = start if rate is None else slot / rate
            self._write(self._shape.fit(frame, video.info, self._count, time))
        self.end = end
        self._writer.end_at(end if rate is None else _slot(end, rate) / rate)
        self._progress(float(end))

    def _end_of(
        self, moment: Moment, video: ClipVideo, last: Fraction, next_time: Fraction | None
    ) -> Fraction:
        """When the last frame of a moment ends, in seconds of its video.

        A frame ends where the next one begins. One that is shown for long is cut at the end of the moment.
        """
        end, frame_s = Fraction(moment.end_s), 1 / video.info.rate
        if next_time is not None:
            return next_time if next_time - end < frame_s else max(end, last + frame_s)
        if last + 2 * frame_s < end:
            self._warn(
                f"{title_of(moment)}: {video.name} ends at {seconds(last + frame_s)} s, "
                f"before the end of the moment at {seconds(end)} s"
            )
        return last + frame_s

    def _begin_sound(self, begin: Fraction, moment: Moment, video: ClipVideo, first: Fraction) -> None:
        try:
            self._sound.begin(begin, title_of(moment), video.sound, first)
        except (av.FFmpegError, OSError) as error:
            raise PartialFile(self._path, keep_suffix=True).error(error) from error

    def _write(self, frame: Frame) -> None:
        self._writer.write(frame, FrameResult(frame.index, frame.time_s, False, (), ()))
        self._count += 1


def _keeps_its_end(gop: Gop, end: Fraction, frame_s: Fraction) -> bool:
    """Whether the end of the last frame is stored if a GOP is the last of the output.

    MP4 and MOV store the distances between decoding times, and after the last of them the length of the
    picture that is decoded last.
    """
    if gop.end is not None and gop.end < end - TOLERANCE:
        return True
    is_usual = gop.end is None or gop.end - gop.last == frame_s
    return is_usual or gop.pictures[-1].time == gop.last


def _slot(time: Fraction, rate: Fraction) -> int:
    """Number of the first frame at a constant rate whose middle is after a time in seconds."""
    return math.floor(time * rate + Fraction(1, 2))


def _frames_from(moment: Moment, video: ClipVideo, start_s: float) -> Iterator[Frame]:
    """The frames of a video from a time in a moment on.

    Raises:
        SourceError: it cannot be read.
    """
    source: Any = open_source(video.name, start_s=start_s)
    source.defer_images()
    try:
        with source:
            yield from source
    except SourceError as error:
        raise SourceError(f"{title_of(moment)}: {error}") from error
