"""Annotated video with the sound and subtitles of the source."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from fractions import Fraction
from math import inf
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from av.container import OutputContainer

from simpsons_play.core.errors import SinkError, SourceError
from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.core.names import no_one
from simpsons_play.core.results import FrameResult
from simpsons_play.render.marks import MarksOf
from simpsons_play.sinks.disk_space import DiskSpace
from simpsons_play.sinks.partial import PartialFile
from simpsons_play.sinks.video.chapters import output_chapters
from simpsons_play.sinks.video.encoders import SOFTWARE
from simpsons_play.sinks.video.formats import VideoFormat, format_of
from simpsons_play.sinks.video.frame_encoder import FrameEncoder
from simpsons_play.sinks.video.frame_times import FrameTimes
from simpsons_play.sinks.video.passthrough import OtherStreams, PassthroughStreams
from simpsons_play.sinks.video.spliced_encoder import CodedPicture, SplicedEncoder, shifted
from simpsons_play.sources.file_name import is_address
from simpsons_play.sources.opening import url_of
from simpsons_play.timelines.timeline import TimelineBuilder

_COPIES_EVERY_S = 0.25
"""How often sound and subtitles are copied, in seconds of the video. With each frame, it takes longer."""


class VideoWriter:
    """Writes annotated frames with the sound and subtitles of the source: a `Sink`.

    Frames, sound and subtitles keep their times, relative to the start of the source or of the excerpt. MP4
    and MOV store the times of frames exactly, MKV and WebM to the millisecond. AVI stores no times: frames
    are placed on a grid of the mean frame rate, the file begins with the first frame, and earlier sound is
    left out. Chapters are those of the source; if it has none, they tell who is on screen; AVI has none. The
    file appears under its name on exit. If the run was stopped, the file is shorter but valid and called
    `NAME.partial.mp4`.

    Args:
        path: file to write; its suffix selects the container. Replaced if it exists.
        info: the source.
        marks: returns what to draw on a frame; see `SinkContext.marks`.
        timeline: timeline of the frames that are written, for chapters; None only copies those of the source.
        unnamed: title of the chapters without a name; see `names.no_one`.
        media: file or address whose sound and subtitles are copied; None copies nothing. It may have neither,
            and an address that cannot be opened a second time is skipped with a warning.
        others: adds other streams to the output instead of those of `media`.
        start_s: time in `media` at which the frames begin, in seconds.
        duration_s: duration of the frames in seconds. None writes up to the end of the source, including
            sound that is longer than the video.
        crf: quality on x264's scale, 0 (lossless) to 51.
        preset: speed preset of x264.
        threads: encoder threads; 0 lets the encoder choose.
        encoder: H.264 encoder, one of `encoders.CHOICES`.
        splices: pictures can be copied, see `copy`; the encoder is x264 then.
        reorder: allow B-frames. Without them MP4 and MOV store the end of the last frame exactly, also if the
            frames are not equally long.
        warn: shows the user one line about the parts of `media` that the container cannot hold.
    """

    def __init__(
        self,
        path: str | Path,
        info: SourceInfo,
        *,
        marks: MarksOf,
        timeline: TimelineBuilder | None = None,
        unnamed: str = no_one(),
        media: str | Path | None = None,
        others: Callable[[OutputContainer, VideoFormat], OtherStreams] | None = None,
        start_s: float = 0.0,
        duration_s: float | None = None,
        crf: int = 20,
        preset: str = "veryfast",
        threads: int = 0,
        encoder: str = SOFTWARE,
        reorder: bool = True,
        splices: bool = False,
        warn: Callable[[str], object] = lambda line: None,
    ) -> None:
        self._partial = PartialFile(Path(path), keep_suffix=True)
        self._info, self._marks, self._timeline = info, marks, timeline
        self._unnamed = unnamed
        self._media, self._others, self._warn = media, others, warn
        self._crf, self._preset, self._threads, self._encoder = crf, preset, threads, encoder
        self._reorder, self._splices = reorder, splices
        self._to_the_end = duration_s is None and others is None
        self._times = FrameTimes(info, start_s=start_s, whole=start_s == 0 and duration_s is None)
        self._container: OutputContainer | None = None
        self._passthrough: OtherStreams | None = None
        self._copies_at_s = -inf
        self._disk_space = DiskSpace(self._partial.part)
        self._failed = False

    def __enter__(self) -> Self:
        """Open the file and select the streams to copy.

        Raises:
            SinkError: it cannot be written, its suffix is unknown or its format cannot be written to a pipe,
                or it is the source itself.
            SourceError: the file to copy sound from cannot be read.
        """
        path = self._partial.path
        self._format = format_of(path)
        if self._media is not None and _is_same_file(Path(self._media), path):
            raise SinkError(f"{path} is the source itself; give another name")
        if path.is_fifo() and self._format.needs_seeking:
            raise SinkError(
                f"{path} is a pipe, to which {self._format.muxer.upper()} cannot be written; end it with .mkv"
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
        """Complete and rename the file; without any frame, remove it.

        After a write error, an incomplete file is kept only if it can be played.

        Raises:
            SinkError: the end does not fit on the disk; not raised if another error is propagating.
        """
        if self._container is None:
            return
        if self._failed or not self._times.count:
            self._abandon()
            return
        try:
            self._frame_encoder.finish(self._times.last_duration)
            if self._passthrough is not None:
                self._passthrough.finish(None if kind is None and self._to_the_end else self._times.end)
            if self._format.chapters:
                source = self._passthrough.chapters if self._passthrough is not None else []
                self._container.set_chapters(
                    output_chapters(
                        self._times, source=source, timeline=self._timeline, unnamed=self._unnamed
                    )
                )
            self._container.close()
        except (av.FFmpegError, OSError) as failure:
            self._abandon()
            if kind is None:
                raise self._partial.error(failure) from failure
            return
        except BaseException:
            self._abandon()
            raise
        self._close_passthrough()
        self._partial.commit(complete=kind is None)

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Draw and encode one frame, and now and then copy the sound up to it.

        Raises:
            SinkError: it cannot be written.
            ValueError: the frame has another size than the source.
        """
        if self._container is None:
            raise RuntimeError("enter the sink before writing to it")
        marks = self._marks(frame.size_px, result)
        if not self._times.count:
            self._start(frame.time)
        try:
            if not self._disk_space.reserve_frame():
                raise self._partial.error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
            self._frame_encoder.write(frame, marks, frame.time - self._times.origin)
            self._add_time(frame.time)
        except (av.FFmpegError, OSError) as error:
            self._failed = True
            raise self._partial.error(error) from error

    def copy(
        self,
        pictures: Sequence[CodedPicture],
        until: Fraction,
        *,
        progress: Callable[[Fraction], object] = lambda end: None,
    ) -> None:
        """Copy H.264 pictures, which show nothing but the source, and now and then the sound up to them.

        Args:
            pictures: a GOP in decoding order.
            until: when the last of them ends, in seconds of the source.
            progress: called after each picture with its end, in seconds of the source.

        Raises:
            SinkError: they cannot be written.
        """
        if self._container is None or not isinstance(self._frame_encoder, SplicedEncoder):
            raise RuntimeError("enter a sink that splices before copying to it")
        if not self._times.count:
            self._start(pictures[0].time)
        origin = self._times.origin
        ends = iter([*sorted(picture.time for picture in pictures)[1:], until])
        try:
            for time in self._frame_encoder.copy(shifted(pictures, -origin), until - origin):
                if not self._disk_space.reserve_frame():
                    raise self._partial.error(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
                self._add_time(time + origin)
                progress(next(ends))
        except (av.FFmpegError, OSError) as error:
            self._failed = True
            raise self._partial.error(error) from error
        self._times.end_at(until)

    def end_at(self, time: Fraction) -> None:
        """Set when the frame that was written last ends, in seconds of the source."""
        self._times.end_at(time)

    def _add_time(self, time: Fraction) -> None:
        """Note when a frame that was written is shown."""
        self._times.append(time)
        if self._passthrough is not None and time >= self._copies_at_s:
            self._copies_at_s = float(time) + _COPIES_EVERY_S
            self._passthrough.write_until(time)

    def _open(self) -> None:
        path, video_format = self._partial.path, self._format
        self._container = av.open(
            url_of(self._partial.part), "w", format=video_format.muxer, options=dict(video_format.options)
        )
        self._frame_encoder = (SplicedEncoder if self._splices else FrameEncoder)(
            self._container,
            self._info,
            video_format,
            path=path,
            encoder=self._encoder,
            crf=self._crf,
            preset=self._preset,
            threads=self._threads,
            reorder=self._reorder,
        )
        self._passthrough = self._open_passthrough()
        if self._passthrough is not None:
            if left_out := self._passthrough.left_out:
                self._warn(f"{path} does not contain everything of the source: without {', '.join(left_out)}")
            if self._passthrough.chapters and video_format.chapters:
                self._warn(f"{path} has the chapters of the source, so none tell who is on screen")
        self._frame_encoder.open()
        self._container.start_encoding()

    def _open_passthrough(self) -> OtherStreams | None:
        """Open the source a second time; None if there is nothing to copy from."""
        if self._container is not None and self._others is not None:
            return self._others(self._container, self._format)
        if self._media is None or self._container is None:
            return None
        try:
            return PassthroughStreams(self._media, self._container, self._format, warn=self._warn_of_file)
        except SourceError as error:
            if not is_address(str(self._media)):
                raise
            self._warn_of_file(f"without sound: {error}")  # many servers accept only one connection
            return None

    def _warn_of_file(self, line: str) -> None:
        self._warn(f"{self._partial.path}: {line}")

    def _start(self, first: Fraction) -> None:
        copies = self._passthrough is not None and bool(self._passthrough.streams)
        self._times.start(first, has_sound=copies and self._format.timestamps)
        if self._passthrough is not None:
            excerpt = self._times.is_excerpt or not self._format.timestamps
            self._passthrough.start(self._times.origin, excerpt=excerpt)

    def _abandon(self) -> None:
        """Close everything and keep the file, as partial, only if it can be played."""
        if self._container is not None:
            with suppress(av.FFmpegError, OSError):  # it has failed before
                self._container.close()
        self._close_passthrough()
        if self._times.count and _is_playable(self._partial.part):
            self._partial.commit(complete=False)
        else:
            self._partial.discard()

    def _close_passthrough(self) -> None:
        self._container = None
        if self._passthrough is not None:
            self._passthrough.close()


def _is_playable(path: Path) -> bool:
    """Whether a frame of an incomplete file can be decoded."""
    if not path.is_file():  # a pipe
        return False
    try:
        with av.open(url_of(path)) as container:
            return next(container.decode(video=0), None) is not None
    except (av.FFmpegError, OSError, IndexError):
        return False


def _is_same_file(first: Path, second: Path) -> bool:
    try:
        return first.samefile(second)
    except OSError:
        return False
