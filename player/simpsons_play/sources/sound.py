"""The sound of a file as one continuous sequence of samples, whose count is the time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.stream import Disposition

from simpsons_play.core.errors import SourceError
from simpsons_play.sources.container import end_of, is_live
from simpsons_play.sources.demux import Demuxer
from simpsons_play.sources.file_name import is_address
from simpsons_play.sources.sound_decoder import SoundDecoder
from simpsons_play.sources.variants import best_first, discard_others, sound_streams, video_streams

Samples = npt.NDArray[np.int16]
"""(N, 2) int16: left and right, -32768 to 32767."""

CHANNELS = 2

_JITTER_S = 0.02
"""Smaller differences between stamps and the count of samples are rounding: Matroska counts milliseconds."""

_MAX_SILENCE_S = 1
"""A gap is filled with blocks of at most this length, in seconds."""

_MARGINS_S = (1, 5, 20)
"""How much earlier to seek if the sound that was found is too late. Decoders also need a moment to settle."""


@dataclass(frozen=True, slots=True)
class SoundStream:
    """A sound stream of a file.

    Attributes:
        number: its number among the sound streams that can be decoded, from 0.
        language: language code in the file, such as `eng`; empty if unknown.
        title: title in the file; empty if there is none.
        is_default: the file marks it as default.
        rate: samples per second.
    """

    number: int
    language: str
    title: str
    is_default: bool
    rate: int

    @property
    def words(self) -> str:
        """Language and title; empty if both are unknown."""
        return ", ".join(part for part in (self.language, self.title) if part)


class SoundFile:
    """The sound streams of a file, on the time line of its pictures (see `Demuxer`).

    Args:
        path: the file, or an address with `://`.

    Raises:
        SourceError: it cannot be opened, is live, or contains no sound that can be decoded.

    Attributes:
        streams: the streams that can be decoded.
        end_s: end of the longest of them, in seconds; None if the container does not say.

    Example:
        >>> from simpsons_play import sample_clip
        >>> with SoundFile(sample_clip()) as sound:
        ...     next(sound.samples(Fraction(1), rate=48_000)).shape[1]
        2
    """

    def __init__(self, path: str | Path) -> None:
        self._media = Demuxer(path)
        container = self._media.container
        if is_live(container) and is_address(str(path)):
            self._media.close()
            raise SourceError(f"{path} is live; only the sound of files can be played")
        if videos := video_streams(container):
            discard_others(container, best_first(container, videos)[0])
        self._decodable = [s for s in sound_streams(container) if s.codec_context is not None]
        if not self._decodable:
            self._media.close()
            raise SourceError(f"{path} contains no sound that can be decoded")
        self.streams = tuple(_described(number, stream) for number, stream in enumerate(self._decodable))
        ends = [end for stream in self._decodable if (end := end_of(self._media, stream)) is not None]
        self.end_s = float(max(ends)) if ends else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._media.close()

    @property
    def default(self) -> int:
        """Number of the default stream."""
        return next((stream.number for stream in self.streams if stream.is_default), 0)

    def samples(self, start: Fraction, number: int | None = None, *, rate: int) -> Iterator[Samples]:
        """The samples from a time on, in blocks of any size: sample k is played at `start + k / rate`.

        Gaps and damaged packets become silence. Where packets overlap, the later one is cut. Only one
        iterator can be used at a time.

        Args:
            start: in seconds on the time line.
            number: number of the stream; None for the default.
            rate: samples per second of the result.

        Yields:
            Blocks of shape (N, 2), int16, until the stream ends.
        """
        stream = self._decodable[self.default if number is None else number]
        for margin in _MARGINS_S:
            try:
                self._media.seek(max(Fraction(0), start - margin), stream)
            except av.FFmpegError:
                continue
            pieces = self._decode(stream)
            first = next(pieces, None)
            if first is None:
                continue
            if first[0] <= start or margin == _MARGINS_S[-1] or start <= 0:
                return _aligned(first, pieces, start, rate)
        return iter(())

    def _decode(self, stream: AudioStream) -> Iterator[tuple[Fraction, AudioFrame]]:
        """The decoded frames from the current position of the container, each with its time."""
        decoder = SoundDecoder(stream)
        expected: Fraction | None = None
        for packet in self._media.packets(stream):
            try:
                frames = list(decoder.decode(packet))
            except av.EOFError:
                return
            except Exception:  # damaged; the time stamp of the next frame shows the gap
                continue
            for frame in frames:
                if frame.pts is not None and frame.time_base is not None:
                    time = self._media.time_of(frame.pts, frame.time_base)
                elif expected is not None:
                    time = expected
                else:
                    continue
                if frame.sample_rate and frame.samples:
                    expected = time + Fraction(frame.samples, frame.sample_rate)
                    yield time, frame


def _aligned(
    first: tuple[Fraction, AudioFrame],
    others: Iterator[tuple[Fraction, AudioFrame]],
    start: Fraction,
    rate: int,
) -> Iterator[Samples]:
    """The samples from `start` on: gaps filled, overlaps cut."""
    yielded = 0
    for time, block in _runs(first, others, rate):
        if time is not None:
            missing = round((time - start) * rate) - yielded
            skip = max(0, -missing)
            while missing > 0:
                silence = np.zeros((min(missing, _MAX_SILENCE_S * rate), CHANNELS), np.int16)
                missing -= len(silence)
                yielded += len(silence)
                yield silence
        block, skip = block[skip:], max(0, skip - len(block))
        yielded += len(block)
        if len(block):
            yield block


def _runs(
    first: tuple[Fraction, AudioFrame], others: Iterator[tuple[Fraction, AudioFrame]], rate: int
) -> Iterator[tuple[Fraction | None, Samples]]:
    """Resampled blocks; an empty block with a time starts each continuous run, all others have None."""
    resampler: AudioResampler | None = None
    sound_format: tuple[Any, ...] | None = None
    expected: Fraction | None = None
    for time, frame in chain([first], others):
        starts_run = expected is None or abs(time - expected) > _JITTER_S
        last_format, sound_format = sound_format, (frame.sample_rate, frame.format.name, frame.layout.name)
        if starts_run or sound_format != last_format:
            for block in _resampled(resampler, None):
                yield None, block
            resampler = AudioResampler(format="s16", layout="stereo", rate=rate)
        if starts_run:
            yield time, np.zeros((0, CHANNELS), np.int16)
        expected = (time if starts_run or expected is None else expected) + Fraction(
            frame.samples, frame.sample_rate
        )
        for block in _resampled(resampler, frame):
            yield None, block
    for block in _resampled(resampler, None):
        yield None, block


def _described(number: int, stream: AudioStream) -> SoundStream:
    language = stream.metadata.get("language", "")
    return SoundStream(
        number,
        "" if language == "und" else language,
        stream.metadata.get("title", ""),
        bool(stream.disposition & Disposition.default),
        stream.rate,
    )


def _resampled(resampler: AudioResampler | None, frame: AudioFrame | None) -> Iterator[Samples]:
    """A resampled frame, or the rest that the resampler holds for None; empty if it cannot be resampled."""
    if resampler is None:
        return
    try:
        blocks = resampler.resample(frame)
    except Exception:  # damaged, or a channel layout that cannot be mixed
        return
    for block in blocks:
        yield np.asarray(block.to_ndarray(), np.int16).reshape(-1, CHANNELS)
