"""The sound of a file as one unbroken row of samples, whose count is the time."""

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
from simpsons_play.sources.variants import best_first, leave_others, moving_pictures, sound_streams

Samples = npt.NDArray[np.int16]
"""(N, 2) int16: left and right, -32768 to 32767."""

CHANNELS = 2

_JITTER_S = 0.02
"""Stamps that differ by less from the count of samples are rounded: Matroska counts milliseconds."""

_LONGEST_S = 1
"""A gap is filled in pieces of at most so many seconds."""

_MARGINS_S = (1, 5, 20)
"""How much earlier to look for sound when it was found too late. Decoders need a moment to settle, too."""


@dataclass(frozen=True, slots=True)
class SoundStream:
    """One of the sound streams of a file.

    Attributes:
        number: among those that can be decoded, from 0.
        language: as the file has it, `eng`; empty where it does not say.
        title: as the file has it; empty where there is none.
        is_default: the file asks for it to be played where nobody chooses.
    """

    number: int
    language: str
    title: str
    is_default: bool

    @property
    def words(self) -> str:
        """Language and title, or nothing."""
        return ", ".join(part for part in (self.language, self.title) if part)


class SoundFile:
    """The sound streams of a file, on the time line of its pictures (see `Demuxer`).

    Args:
        path: the file, or an address with `://`.

    Raises:
        SourceError: it cannot be opened, is live, or holds no sound that can be decoded.

    Attributes:
        streams: what there is to choose from.
        end_s: when the longest of them ends, in seconds; None where the container does not say.

    Example:
        >>> with SoundFile("samples/springfield.mp4") as sound:
        ...     next(sound.samples(Fraction(1), rate=48_000)).shape[1]
        2
    """

    def __init__(self, path: str | Path) -> None:
        self._media = Demuxer(path)
        container = self._media.container
        if is_live(container) and is_address(str(path)):
            self._media.close()
            raise SourceError(f"{path} is live, and only files are heard")
        if pictures := moving_pictures(container):
            leave_others(container, best_first(container, pictures)[0])
        self._found = [s for s in sound_streams(container) if s.codec_context is not None]
        if not self._found:
            self._media.close()
            raise SourceError(f"{path} holds no sound that can be decoded")
        self.streams = tuple(_described(number, stream) for number, stream in enumerate(self._found))
        ends = [end for stream in self._found if (end := end_of(self._media, stream)) is not None]
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
        """The number of the stream that is played where nobody chooses."""
        return next((stream.number for stream in self.streams if stream.is_default), 0)

    def samples(self, start: Fraction, number: int | None = None, *, rate: int) -> Iterator[Samples]:
        """The samples from a time on, in blocks of any size: sample k is heard at `start + k / rate`.

        Where the file has a gap there is silence, and where pieces overlap the later one is cut. Damaged
        packets become silence, too. Only one iterator can be used at a time.

        Args:
            start: on the time line, in seconds.
            number: of the stream; None for the default.
            rate: samples per second that are wanted, whatever the file has.

        Returns:
            (N, 2) int16 each, until the stream ends.
        """
        stream = self._found[self.default if number is None else number]
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
        """What is decoded from where the container stands, each with its time."""
        decoder = SoundDecoder(stream)
        expected: Fraction | None = None
        for packet in self._media.packets(stream):
            try:
                frames = list(decoder.decode(packet))
            except av.EOFError:
                return
            except Exception:  # damage; the gap is filled by the time of what follows
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
    """The samples from `start` on: gaps filled, what overlaps cut."""
    given = 0
    for time, block in _runs(first, others, rate):
        if time is not None:
            missing = round((time - start) * rate) - given
            skip = max(0, -missing)
            while missing > 0:
                silence = np.zeros((min(missing, _LONGEST_S * rate), CHANNELS), np.int16)
                missing -= len(silence)
                given += len(silence)
                yield silence
        block, skip = block[skip:], max(0, skip - len(block))
        given += len(block)
        if len(block):
            yield block


def _runs(
    first: tuple[Fraction, AudioFrame], others: Iterator[tuple[Fraction, AudioFrame]], rate: int
) -> Iterator[tuple[Fraction | None, Samples]]:
    """Resampled pieces; the first of each unbroken run with its time, those that follow it with None."""
    resampler: AudioResampler | None = None
    kind: tuple[Any, ...] | None = None
    expected: Fraction | None = None
    for time, frame in chain([first], others):
        begins = expected is None or abs(time - expected) > _JITTER_S
        before, kind = kind, (frame.sample_rate, frame.format.name, frame.layout.name)
        if begins or kind != before:
            for block in _resampled(resampler, None):
                yield None, block
            resampler = AudioResampler(format="s16", layout="stereo", rate=rate)
        if begins:
            yield time, np.zeros((0, CHANNELS), np.int16)
        expected = (time if begins or expected is None else expected) + Fraction(
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
    )


def _resampled(resampler: AudioResampler | None, frame: AudioFrame | None) -> Iterator[Samples]:
    """What a resampler makes of a frame, or still holds where there is none; nothing where it cannot."""
    if resampler is None:
        return
    try:
        made = resampler.resample(frame)
    except Exception:  # a layout that nothing can mix, or damage
        return
    for block in made:
        yield np.asarray(block.to_ndarray(), np.int16).reshape(-1, CHANNELS)
