"""A supercut: many moments of many videos in one video, one after the other, with their sound."""

from __future__ import annotations

import errno
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import cv2
import numpy as np
from av.audio.frame import AudioFrame

from simpsons_play.core.errors import LibraryError, SinkError, SourceError
from simpsons_play.core.escaping import one_line
from simpsons_play.core.frames import SAME_TIME_S, Frame, Image, SourceInfo
from simpsons_play.core.interrupts import one_interrupt
from simpsons_play.library.gop_copy import Gop, GopReader
from simpsons_play.library.moments import Moment
from simpsons_play.sinks.disk_space import DiskSpace
from simpsons_play.sinks.partial import PartialFile
from simpsons_play.sinks.video.encoders import SOFTWARE, X264
from simpsons_play.sinks.video.formats import format_of
from simpsons_play.sinks.video.frame_encoder import FrameEncoder
from simpsons_play.sinks.video.sound_encoder import SoundEncoder
from simpsons_play.sinks.video.spliced_encoder import SplicedEncoder, shifted
from simpsons_play.sources import open_source
from simpsons_play.sources.opening import url_of
from simpsons_play.sources.sound import SoundFile

_SOUND_RATE = 48_000
"""Samples per second, into which all sound is converted."""

_TICK = Fraction(1, 120_000)
"""Resolution of the times of frames, in seconds: all usual frame rates are exact multiples."""

_TOLERANCE = 2 * Fraction(str(SAME_TIME_S))

_CRF, _PRESET = 20, "veryfast"
"""As recordings; see `VideoWriter`."""


def write_supercut(
    moments: Sequence[Moment], path: Path, *, report: Callable[[float], object] = lambda done_s: None
) -> float:
    """Write moments one after the other into one video, with a chapter for each.

    The frames of a moment are those from `start_s` on, before `end_s`; the sound is cut at the same times.
    Videos of other shapes get black bars; the size is that of most of the time. If the videos have different
    frame rates, frames are repeated to reach the highest one. Videos without sound are silent. The file
    appears under its name when it is complete. After Ctrl-C it is shorter but valid, and called
    `NAME.partial.mp4`.

    Args:
        moments: the moments, in order.
        path: file to write; its suffix selects the container. Replaced if it exists.
        report: called now and then with the length of what is written, in seconds.

    Returns:
        The length of the video, in seconds.

    Raises:
        LibraryError: there are no moments.
        SourceError: a video is gone, cannot be read, or is shorter than its moments; nothing is written then,
            unless only reading its frames shows that.
        SinkError: the file cannot be written, or is one of the videos.
        KeyboardInterrupt: after what was written was completed.
    """
    if not moments:
        raise LibraryError(f"{path} is not written: no moment was found")
    video_format = format_of(path)
    infos = _checked(moments, path)
    partial = PartialFile(path, keep_suffix=True)
    partial.create()
    output = None
    try:
        with one_interrupt() as no_more_interrupts, ExitStack() as stack:
            container = stack.enter_context(
                av.open(
                    url_of(partial.part), "w", format=video_format.muxer, options=dict(video_format.options)
                )
            )
            output = _Output(container, partial, _canvas(moments, infos), infos)
            try:
                for moment in moments:
                    output.write(moment, infos[moment.path], report)
                no_more_interrupts()
            except KeyboardInterrupt:
                output.finish()
                raise
            output.finish()
    except (av.FFmpegError, OSError) as error:
        partial.discard()
        raise partial.error(error) from error
    except KeyboardInterrupt:
        if output is None or not output.length:
            partial.discard()
        else:
            partial.commit(complete=False)
        raise
    except BaseException:
        partial.discard()
        raise
    partial.commit(complete=True)
    return float(output.length)


def _checked(moments: Sequence[Moment], path: Path) -> dict[str, SourceInfo]:
    """The properties of each video; raises what can be known before anything is written."""
    infos: dict[str, SourceInfo] = {}
    for moment in moments:
        if moment.path not in infos:
            with suppress(OSError):
                if path.samefile(moment.path):
                    raise SinkError(f"{path} is one of the videos; give another name")
            with open_source(moment.path) as source:
                infos[moment.path] = source.info
        info = infos[moment.path]
        if info.duration_s is not None and moment.start_s >= info.duration_s:
            raise SourceError(
                f"{moment.path} ends before {moment.start_s:.1f} s; add it to the library again"
            )
    return infos


def _canvas(moments: Sequence[Moment], infos: dict[str, SourceInfo]) -> SourceInfo:
    """What the encoder is told: the size and rate of the videos with most of the time."""
    seconds: dict[tuple[int, int, Fraction], float] = defaultdict(float)
    for moment in moments:
        info = infos[moment.path]
        seconds[info.width, info.height, info.pixel_aspect] += moment.seconds
    width, height, aspect = max(seconds, key=lambda size: seconds[size])
    rate = max(info.rate for info in infos.values())
    return SourceInfo("supercut", width, height, rate, _TICK, pixel_aspect=aspect)


class _Output:
    """The video that is written.

    Args:
        container: where packets go.
        partial: the file.
        canvas: size, rate and pixel aspect of the frames.
        infos: properties of the videos.

    Attributes:
        length: length of what is written, in seconds.
    """

    def __init__(
        self, container: Any, partial: PartialFile, canvas: SourceInfo, infos: dict[str, SourceInfo]
    ) -> None:
        self._container, self._partial, self._canvas = container, partial, canvas
        self._format = format_of(partial.path)
        # ffmpeg and editors take the rate of the first frames for that of all.
        self._grid = canvas.rate if len({info.rate for info in infos.values()}) > 1 else None
        self._copies = (
            self._grid is None and self._format.timestamps and self._format.video_codec == X264.codec
        )
        self._readers: dict[str, GopReader] = {}
        self._frames = (SplicedEncoder if self._copies else FrameEncoder)(
            container,
            canvas,
            self._format,
            path=partial.path,
            encoder=SOFTWARE,
            crf=_CRF,
            preset=_PRESET,
            threads=0,
        )
        self._sound = None
        if any(info.has_sound for info in infos.values()):
            self._sound = SoundEncoder(
                container,
                self._format.sound_codec,
                rate=_SOUND_RATE,
                channels=2,
                timestamps=self._format.timestamps,
                mux=container.mux,
            )
        self._frames.open()
        container.start_encoding()
        self._disk_space = DiskSpace(partial.part)
        self._slot = 0
        self._shown: Frame | None = None
        self._chapters: list[Any] = []
        self._samples = 0
        self._last = Fraction(0)
        self.length = Fraction(0)

    def write(self, moment: Moment, info: SourceInfo, report: Callable[[float], object]) -> None:
        """Append a moment."""
        origin = self.length
        end = round(moment.end_s / info.time_base) * info.time_base
        start_s = max(0.0, moment.start_s - SAME_TIME_S)
        at, stop = Fraction(start_s), Fraction(start_s) + Fraction(moment.seconds - SAME_TIME_S)
        with ExitStack() as stack:
            clip = _Clip(moment.path, info, origin, stack)
            for gop in self._gops(moment, info, at, stop):
                if gop.previous is not None and at <= gop.previous:
                    self._encode(clip, at, gop.start, report)
                self._copy(clip, gop, end, report)
                at = stop if gop.end is None else gop.end
            if at < stop - _TOLERANCE:
                self._encode(clip, at, stop, report, whole=clip.first is None)
            if clip.first is None:
                raise SourceError(f"{moment.path} has no frames at {moment.start_s:.1f} s")
            last = origin + max(end - clip.first, 1 / info.rate)
            # The last frame lasts until the moment ends, unless frames are missing there.
            self.length = last if last - clip.shown < 2 / info.rate else clip.shown + 1 / info.rate
            self._repeat_until(self.length)
            self._shown = None
            self._write_sound(clip.sound, self.length)
        self._chapters.append(
            {
                "id": len(self._chapters) + 1,
                "start": round(origin * 1000),
                "end": round(self.length * 1000),
                "time_base": Fraction(1, 1000),
                "metadata": {"title": one_line(moment.title)},
            }
        )

    def _gops(self, moment: Moment, info: SourceInfo, start: Fraction, stop: Fraction) -> Iterator[Gop]:
        """What can be copied of a range of a video, see `GopReader`."""
        if not self._copies or info.path is None:
            return iter(())
        if moment.path not in self._readers:
            self._readers[moment.path] = GopReader(moment.path, self._canvas)
        return self._readers[moment.path].gops(start, stop)

    def _encode(
        self,
        clip: _Clip,
        start: Fraction,
        stop: Fraction,
        report: Callable[[float], object],
        *,
        whole: bool = False,
    ) -> None:
        """Append the frames of a range of a video, in seconds on its time line.

        A range without frames is an error if it is the whole moment: otherwise, the rest may be intact.
        """
        source = open_source(clip.path, start_s=float(start), duration_s=float(stop - start))
        source.defer_images()
        is_empty = True
        try:
            with source as frames:
                for frame in frames:
                    is_empty = False
                    time = clip.time(frame.time, sound=self._sound is not None)
                    self._write_frame(frame, clip.info, time)
                    self._write_sound(clip.sound, time)
                    report(float(time))
        except SourceError:
            if whole or not is_empty:
                raise

    def _copy(self, clip: _Clip, gop: Gop, end: Fraction, report: Callable[[float], object]) -> None:
        """Append a GOP, in a moment that ends at a time on the time line of the video."""
        shift = clip.time(gop.start, sound=self._sound is not None) - gop.start
        pictures = shifted(gop.pictures, shift)
        until = shift + (max(end, gop.last + 1 / clip.info.rate) if gop.end is None else gop.end)
        for time in cast(SplicedEncoder, self._frames).copy(pictures, until):
            if not self._disk_space.reserve_frame():
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._write_sound(clip.sound, time)
            self._last = max(self._last, time)
            report(float(time))
        clip.shown = shift + gop.last

    def finish(self) -> None:
        """Complete the file."""
        if not self.length and not self._last:
            return
        if self.length <= self._last:  # stopped within a moment
            self.length = self._last + 1 / self._canvas.rate
        self._frames.finish(self.length - self._last)
        if self._sound is not None:
            self._sound.finish()
        if self._format.chapters:
            self._container.set_chapters(self._chapters)

    def _write_frame(self, frame: Frame, info: SourceInfo, time: Fraction) -> None:
        """Write a frame that is shown from a time on."""
        if not self._disk_space.reserve_frame():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        canvas = self._canvas
        if (*frame.size_px, info.pixel_aspect) != (canvas.width, canvas.height, canvas.pixel_aspect):
            frame = Frame(_fitted(frame.image, info, canvas), frame.index, frame.time)
        if self._grid is None:
            self._frames.write(frame, (), time)
            self._last = time
        else:
            self._repeat_until(time)
            self._shown = frame

    def _repeat_until(self, time: Fraction) -> None:
        """With several rates, write the frame that is shown at each step of the highest one before a time."""
        while self._grid is not None and self._slot / self._grid < time:
            if self._shown is not None:
                self._last = self._slot / self._grid
                self._frames.write(self._shown, (), self._last)
            self._slot += 1

    def _write_sound(self, sound: _ClipSound, until: Fraction) -> None:
        """Write sound up to a time."""
        if self._sound is None:
            return
        samples = round(until * _SOUND_RATE) - self._samples
        if samples <= 0:
            return
        frame = AudioFrame.from_ndarray(sound.take(samples).reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate = _SOUND_RATE
        self._sound.write(frame, Fraction(self._samples, _SOUND_RATE))
        self._samples += samples


class _Clip:
    """One moment while it is written.

    Args:
        path: the video.
        info: its properties.
        origin: where the moment starts, in seconds of the output.
        stack: closes what is opened.

    Attributes:
        first: when its first frame is shown, in seconds on the time line of the video; None before it.
        shown: when its last frame so far is shown, in seconds of the output.
        sound: its sound.
    """

    def __init__(self, path: str, info: SourceInfo, origin: Fraction, stack: ExitStack) -> None:
        self.path, self.info, self.shown = path, info, origin
        self.first: Fraction | None = None
        self.sound = _ClipSound(iter(()))
        self._origin, self._stack = origin, stack

    def time(self, time: Fraction, *, sound: bool) -> Fraction:
        """When the next frame is shown, in seconds of the output; the first one opens the sound.

        Args:
            time: the same on the time line of the video.
            sound: sound is wanted.
        """
        if self.first is None:
            self.first = time
            if sound and self.info.has_sound:
                file = self._stack.enter_context(SoundFile(self.path))
                self.sound = _ClipSound(file.samples(time, rate=_SOUND_RATE))
        self.shown = self._origin + time - self.first
        return self.shown


class _ClipSound:
    """The sound of one moment, then silence.

    Args:
        blocks: see `SoundFile.samples`.
    """

    def __init__(self, blocks: Iterator[Any]) -> None:
        self._blocks, self._rest = blocks, np.zeros((0, 2), np.int16)

    def take(self, samples: int) -> Any:
        """The next samples, (samples, 2) int16."""
        parts = [self._rest]
        missing = samples - len(self._rest)
        while missing > 0 and (block := next(self._blocks, None)) is not None:
            parts.append(block)
            missing -= len(block)
        if missing > 0:
            parts.append(np.zeros((missing, 2), np.int16))
        taken = np.concatenate(parts)
        self._rest = taken[samples:]
        return np.ascontiguousarray(taken[:samples])


def _fitted(image: Image, info: SourceInfo, canvas: SourceInfo) -> Image:
    """A frame in the size of the canvas, with black bars where its shape differs.

    Args:
        image: (H, W, 3) uint8 BGR.
        info: the video that it is from.
        canvas: size and pixel aspect of the result.
    """
    height, width = image.shape[:2]
    shown = width * info.pixel_aspect / canvas.pixel_aspect  # in pixels of the canvas
    scale = min(canvas.width / shown, Fraction(canvas.height, height))
    size = (
        min(canvas.width, max(1, round(shown * scale))),
        min(canvas.height, max(1, round(height * scale))),
    )
    fitted = np.zeros((canvas.height, canvas.width, 3), np.uint8)
    left, top = (canvas.width - size[0]) // 2, (canvas.height - size[1]) // 2
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    fitted[top : top + size[1], left : left + size[0]] = cv2.resize(image, size, interpolation=interpolation)
    return fitted
