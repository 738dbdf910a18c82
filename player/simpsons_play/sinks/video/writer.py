"""Annotated video with the sound and the subtitles of the source."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import av
from av.container import OutputContainer

from simpsons_play.core.errors import SinkError, SourceError
from simpsons_play.core.frames import Frame, Image, SourceInfo
from simpsons_play.core.results import FrameResult
from simpsons_play.sinks.disk_space import Room
from simpsons_play.sinks.partial import PartialFile
from simpsons_play.sinks.video.chapters import chapters, shifted
from simpsons_play.sinks.video.encoders import SOFTWARE
from simpsons_play.sinks.video.formats import format_of
from simpsons_play.sinks.video.passthrough import PassthroughStreams
from simpsons_play.sinks.video.picture_stream import PictureStream
from simpsons_play.sources.file_name import is_address
from simpsons_play.sources.opening import url_of
from simpsons_play.timelines.timeline import TimelineBuilder

if TYPE_CHECKING:
    from av.container.core import Chapter

_LONGEST_LAST = 2
"""So many frames of the mean rate the last picture may stay where the number of frames is not known."""


class VideoWriter:
    """Writes the pictures with what is drawn on them, the source's sound and subtitles as they are: a `Sink`.

    Pictures, sound and subtitles keep their times on the time line of the source, or, of a piece of it, from
    its beginning on. Pictures do so as exactly as the container can say: MP4 and MOV to the tick, MKV and
    WebM to the millisecond. AVI holds no times: there pictures stand to a frame of the mean rate, the first
    one begins the file, and what sounds before it is left out. Chapters are those of the source, or, where
    it has none, say who is on screen; AVI has none. The file appears under its name on leaving; left with an
    error it is shorter but valid, and called `NAME.partial.mp4`.

    Args:
        path: of the file to write; its ending chooses the container. Replaced if it exists.
        info: of the source.
        draw: gives the picture to write, of the same size, without changing the one it is given.
        timeline: of the frames that are written, for chapters; None writes those of the source alone.
        media: file or address whose sound and subtitles to keep; None for none. One without either is
            fine, and so is an address that cannot be opened once more.
        start_s: where in that file the pictures begin, in seconds.
        duration_s: how long they go on, in seconds; None for to the end: then sound may outlast the pictures.
        crf: quality as x264 counts it, 0 (lossless) to 51.
        preset: speed as x264 names it.
        encoder: of H.264: one of `encoders.CHOICES`.
        threads: for encoding; 0 leaves the number to the encoder.
        tell: told in one line what of that file the container cannot hold.
    """

    def __init__(
        self,
        path: str | Path,
        info: SourceInfo,
        *,
        draw: Callable[[Image, FrameResult], Image],
        timeline: TimelineBuilder | None = None,
        media: str | Path | None = None,
        start_s: float = 0.0,
        duration_s: float | None = None,
        crf: int = 20,
        preset: str = "veryfast",
        threads: int = 0,
        encoder: str = SOFTWARE,
        tell: Callable[[str], object] = lambda line: None,
    ) -> None:
        self._partial = PartialFile(Path(path), keep_suffix=True)
        self._info = info
        self._draw = draw
        self._media, self._tell = media, tell
        self._whole = start_s == 0 and duration_s is None
        self._to_the_end = duration_s is None
        self._crf, self._preset, self._threads, self._encoder = crf, preset, threads, encoder
        self._container: OutputContainer | None = None
        self._kept: PassthroughStreams | None = None
        self._start = Fraction(start_s)
        self._zero = self._first = self._last = Fraction(0)
        self._timeline = timeline
        self._frames = 0
        self._room = Room(self._partial.part)
        self._failed = False

    def __enter__(self) -> Self:
        """Opens the file and finds what is to be kept.

        Raises:
            SinkError: it cannot be written, its ending is unknown or needs more than a pipe, or it is the
                source itself.
            SourceError: the file to keep sound from cannot be read.
        """
        self._layout = format_of(self._partial.path)
        if self._media is not None and _same(Path(self._media), self._partial.path):
            raise SinkError(f"{self._partial.path} is the source itself; give another name")
        if self._partial.path.is_fifo() and self._layout.seeks:
            raise SinkError(
                f"{self._partial.path} is a pipe, and {self._layout.muxer.upper()} cannot be written to one; "
                "end it with .mkv"
            )
        self._partial.create()
        try:
            self._open()
        except (av.FFmpegError, OSError) as error:
            self._abandon()
            raise self._partial.error(error) from error
        except BaseException:
            self._abandon()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Completes the container and gives the file its name; without any picture there is no file.

        What a full disk leaves is kept where it can be played.

        Raises:
            SinkError: the end does not fit on the disk; not raised over an error that is already on its way.
        """
        if self._container is None:
            return
        if self._failed or not self._frames:
            self._abandon()
            return
        try:
            self._pictures.finish(self._last_length())
            if self._layout.chapters:
                self._container.set_chapters(self._chapters())
            if self._kept is not None:
                end = None if kind is None and self._to_the_end else self._last + self._last_length()
                self._kept.finish(end)
            self._container.close()
        except (av.FFmpegError, OSError) as failure:
            self._abandon()
            if kind is None:
                raise self._partial.error(failure) from failure
            return
        except BaseException:
            self._abandon()
            raise
        self._close_kept()
        self._partial.commit(complete=kind is None)

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Draws and encodes one picture, and keeps what sounds until then.

        Raises:
            SinkError: it cannot be written.
            ValueError: what `draw` gave has another size than the source.
        """
        if self._container is None:
            raise RuntimeError("enter the sink before writing to it")
        image = self._draw(frame.image, result)
        if not self._frames:
            self._begin(frame.time)
        try:
            if not self._room.is_left():
                raise self._partial.error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
            self._pictures.write(image, frame.time - self._zero)
            self._last = frame.time
            self._frames += 1
            if self._kept is not None:
                self._kept.write_until(frame.time)
        except (av.FFmpegError, OSError) as error:
            self._failed = True
            raise self._partial.error(error) from error

    def _open(self) -> None:
        layout = self._layout
        self._container = av.open(
            url_of(self._partial.part), "w", format=layout.muxer, options=dict(layout.options)
        )
        self._pictures = PictureStream(
            self._container,
            self._info,
            layout,
            path=self._partial.path,
            encoder=self._encoder,
            crf=self._crf,
            preset=self._preset,
            threads=self._threads,
        )
        self._kept = self._keep()
        if self._kept is not None:
            if left_out := self._kept.left_out:
                self._tell(
                    f"{self._partial.path} does not hold all of the source: without {', '.join(left_out)}"
                )
            if self._kept.chapters and layout.chapters:
                self._tell(
                    f"{self._partial.path} has the chapters of the source, and none that say who is on screen"
                )
        self._pictures.open()
        self._container.start_encoding()

    def _keep(self) -> PassthroughStreams | None:
        """What is kept of the source, where it can be opened for that."""
        if self._media is None or self._container is None:
            return None
        try:
            return PassthroughStreams(self._media, self._container, self._layout, tell=self._tell_of_file)
        except SourceError as error:
            if not is_address(str(self._media)):
                raise
            self._tell_of_file(f"without sound: {error}")  # many a server answers only one at a time
            return None

    def _tell_of_file(self, line: str) -> None:
        self._tell(f"{self._partial.path}: {line}")

    def _begin(self, first: Fraction) -> None:
        """Decides where the output begins, once the time of the first picture is known.

        A piece begins with its first picture, unless that is long in coming and something sounds before it.
        """
        late = first - self._start > 1 / self._info.rate
        alone = self._kept is None or not self._kept.tracks
        pictures_first = alone or not self._layout.stamps or (self._start > 0 and not late)
        self._zero = first if pictures_first else self._start
        self._first = first
        if self._kept is not None:
            self._kept.begin(self._zero, cut=bool(self._start) or not self._layout.stamps)

    def _chapters(self) -> list[Chapter]:
        ends = self._last + self._last_length()
        if self._kept is not None and self._kept.chapters:
            return shifted(self._kept.chapters, start_s=float(self._zero), end_s=float(ends))
        if self._timeline is None:
            return []
        return chapters(
            self._timeline.spans(float(ends)),
            start_s=float(self._first),
            end_s=float(ends),
            shift_s=float(-self._zero),
        )

    def _last_length(self) -> Fraction:
        """How long the last picture stays, in seconds: to the source's end, else a frame of the mean rate."""
        info = self._info
        if self._whole and info.duration_s is not None:
            rest = Fraction(info.duration_s).limit_denominator(1_000_000) - self._last
            # More than a frame or two is what a truncated source lacks, or sound that outlasts the pictures.
            if rest > 0 and (self._frames == info.frames or rest * info.rate <= _LONGEST_LAST):
                return rest
        return 1 / info.rate

    def _abandon(self) -> None:
        """Closes everything and leaves only a file that can be played, called partial."""
        if self._container is not None:
            with suppress(av.FFmpegError, OSError):  # it has failed before
                self._container.close()
        self._close_kept()
        if self._frames and _plays(self._partial.part):
            self._partial.commit(complete=False)
        else:
            self._partial.discard()

    def _close_kept(self) -> None:
        self._container = None
        if self._kept is not None:
            self._kept.close()


def _plays(path: Path) -> bool:
    """Whether there is a picture in a file that was not completed."""
    if not path.is_file():  # a pipe
        return False
    try:
        with av.open(url_of(path)) as container:
            return next(container.decode(video=0), None) is not None
    except (av.FFmpegError, OSError, IndexError):
        return False


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
