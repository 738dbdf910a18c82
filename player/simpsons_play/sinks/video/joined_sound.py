"""The sound of pieces of several files, one after the other, as one stream; and a chapter for each piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from av.audio.frame import AudioFrame
from av.container import OutputContainer

from simpsons_play.sinks.video.formats import VideoFormat
from simpsons_play.sinks.video.sound_encoder import SoundEncoder
from simpsons_play.sources.sound import CHANNELS, Samples, SoundFile

if TYPE_CHECKING:
    from av.container.core import Chapter

_BLOCK_S = 1
"""Silence is written in blocks of at most this length, in seconds."""


class JoinedSound:
    """The sound of a video that is cut together: the `OtherStreams` of a `VideoWriter`.

    Sample n of the output is played at n / rate, and so is what it was taken from, so that sound and picture
    stay together however many pieces there are. A piece without sound is silent.

    Args:
        output: container to write to; a stream is added to it.
        video_format: format of the container.
        rate: samples per second; None for an output without sound.

    Attributes:
        streams: the stream of sound; empty without sound.
        left_out: always empty.
        chapters: a chapter for each piece, in milliseconds.
    """

    def __init__(self, output: OutputContainer, video_format: VideoFormat, *, rate: int | None) -> None:
        self.streams: list[object] = []
        self.left_out: Sequence[str] = ()
        self.chapters: list[Chapter] = []
        self._encoder: SoundEncoder | None = None
        if rate is not None:
            self._encoder = SoundEncoder(
                output,
                video_format.joined_sound_codec or video_format.sound_codec,
                rate=rate,
                channels=CHANNELS,
                timestamps=video_format.timestamps,
                mux=output.mux,
            )
            self._rate = self._encoder.stream.codec_context.sample_rate
            self.streams.append(self._encoder.stream)
        self._file: SoundFile | None = None
        self._samples: Iterator[Samples] = iter(())
        self._rest: Samples = np.zeros((0, CHANNELS), np.int16)
        self._written = 0

    def begin(self, start: Fraction, title: str, media: str | None, media_start: Fraction) -> None:
        """Write the sound of the previous piece up to `start`, and begin the next one.

        Args:
            start: in seconds of the output.
            title: title of its chapter, on one line.
            media: the file or address; None for silence.
            media_start: where the piece begins in it, in seconds on the time line of its pictures.

        Raises:
            SourceError: the file cannot be read.
            av.FFmpegError: the output cannot be written.
        """
        self.write_until(start)
        self._end_chapter(start)
        begin = round(start * 1000)
        self.chapters.append(
            {
                "id": len(self.chapters) + 1,
                "start": begin,
                "end": begin,
                "time_base": Fraction(1, 1000),
                "metadata": {"title": title},
            }
        )
        self.close()
        if self._encoder is not None and media is not None:
            self._file = SoundFile(media)
            first = media_start + Fraction(self._written, self._rate) - start
            self._samples = self._file.samples(max(Fraction(0), first), rate=self._rate)

    def start(self, origin: Fraction, *, excerpt: bool) -> None:
        """Do nothing: the output begins at 0."""

    def write_until(self, end: Fraction) -> None:
        """Write the sound of the current piece up to a time in seconds of the output.

        Raises:
            av.FFmpegError: the output cannot be written.
        """
        if self._encoder is None:
            return
        missing = round(end * self._rate) - self._written
        while missing > 0:
            if not len(self._rest):
                silence = np.zeros((min(missing, _BLOCK_S * self._rate), CHANNELS), np.int16)
                self._rest = next(self._samples, silence)
            block, self._rest = self._rest[:missing], self._rest[missing:]
            frame = AudioFrame.from_ndarray(
                np.ascontiguousarray(block).reshape(1, -1), format="s16", layout="stereo"
            )
            frame.sample_rate = self._rate
            self._encoder.write(frame, Fraction(self._written, self._rate))
            self._written += len(block)
            missing -= len(block)

    def finish(self, end: Fraction | None) -> None:
        """Write the sound up to `end`, in seconds of the output, and drain the encoder."""
        if end is not None:
            self.write_until(end)
            self._end_chapter(end)
        if self._encoder is not None:
            self._encoder.finish()
        self.close()

    def close(self) -> None:
        """Close the file that is being read; what follows is silence."""
        if self._file is not None:
            self._file.close()
        self._file, self._samples = None, iter(())
        self._rest = self._rest[:0]

    def _end_chapter(self, end: Fraction) -> None:
        if self.chapters:
            self.chapters[-1]["end"] = round(end * 1000)
