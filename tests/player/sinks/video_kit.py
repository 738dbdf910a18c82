"""Helpers for tests of annotated video."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from simpsons_play.core.results import FrameResult
from simpsons_play.sinks import VideoWriter, partial_name
from simpsons_play.sources import VideoFile
from simpsons_play.sources.demux import Demuxer
from tests.media import (
    X264,
    number_of,
    numbered,
)

ENDINGS = ["mp4", "mov", "mkv", "webm", "avi"]


SOUND_RATE = 8000


def copy_video(
    source: Path,
    path: Path,
    *,
    start_s: float = 0.0,
    duration_s: float | None = None,
    stop: int | None = None,
    warn: Callable[[str], object] = lambda line: None,
) -> Path:
    """Copy a video frame by frame; `stop` is the index of the frame before which the run is interrupted."""
    video = VideoFile(source, start_s=start_s, duration_s=duration_s)
    video.defer_images()  # as the player does
    with video:
        sink = VideoWriter(
            path,
            video.info,
            marks=lambda size, _: (),
            media=video.info.media,
            start_s=start_s,
            duration_s=duration_s,
            preset="ultrafast",
            warn=warn,
        )
        try:
            with sink:
                for frame in video:
                    if frame.index == stop:
                        raise KeyboardInterrupt
                    sink.write(frame, FrameResult(frame.index, frame.time_s, False, (), ()))
        except KeyboardInterrupt:
            if stop is None:
                raise
            return partial_name(path)
    return path


def record(
    source: Path, path: Path, *, start_s: float = 0.0, duration_s: float | None = None
) -> tuple[Path, list[str]]:
    """Copy a video frame by frame; returns the path of the copy and the warnings."""
    warnings: list[str] = []
    copy_video(source, path, start_s=start_s, duration_s=duration_s, warn=warnings.append)
    return path, warnings


def empty_result(index: int) -> FrameResult:
    return FrameResult(index, index / 25, False, (), ())


def read(path: Path, **options: float) -> list[tuple[Fraction, int]]:
    with VideoFile(path, **options) as video:
        return [(frame.time, number_of(frame.image)) for frame in video]


def decode_sound(path: Path) -> np.ndarray:
    """The sound from 0 s on as mono at 8 kHz; gaps are silent."""
    sound, end_s = np.zeros(0), 0.0
    with Demuxer(path) as media:
        for packet in media.packets(media.container.streams.audio[0]):
            for frame in packet.decode():
                begin = end_s if frame.pts is None else float(media.time_of(frame.pts, frame.time_base))
                if abs(begin - end_s) < 0.002:  # Matroska rounds to milliseconds
                    begin = end_s
                end_s = begin + frame.samples / frame.sample_rate
                resampler = av.AudioResampler(format="fltp", layout="mono", rate=frame.sample_rate)
                (plain,) = resampler.resample(frame)
                wave = plain.to_ndarray()[0]
                places = np.arange(
                    np.ceil(begin * SOUND_RATE),
                    np.ceil((begin + len(wave) / frame.sample_rate) * SOUND_RATE),
                ).astype(int)
                end = max(places[-1] + 1, len(sound)) if len(places) else len(sound)
                sound = np.pad(sound, (0, end - len(sound)))
                at = np.arange(len(wave)) / frame.sample_rate
                positions = places[places >= 0]
                sound[positions] = np.interp(positions / SOUND_RATE - begin, at, wave)
    return sound


def tone(begin_s: float, end_s: float) -> np.ndarray:
    """The test tone of `tests.media` between two times."""
    at = np.arange(round(begin_s * SOUND_RATE), round(end_s * SOUND_RATE)) / SOUND_RATE
    return np.sin(2 * np.pi * (200 + 100 * at) * at)


def assert_tone(sound: np.ndarray, at_s: float, *, tone_s: float, within_s: float = 0.002) -> None:
    """Assert that `sound` at `at_s` is the test tone at `tone_s`."""
    place, piece = round(at_s * SOUND_RATE), tone(tone_s, tone_s + 0.25)
    reach = round(0.06 * SOUND_RATE)
    around = sound[place - reach : place + len(piece) + reach]
    match = np.correlate(around, piece, "valid")
    late_s = (int(np.argmax(match)) - reach) / SOUND_RATE
    assert abs(late_s) <= within_s, f"{late_s} s late at {at_s} s"
    found = around[np.argmax(match) :][: len(piece)]
    alike = match.max() / np.linalg.norm(piece) / np.linalg.norm(found)
    assert alike > 0.8, f"something else sounds at {at_s} s: {alike:.2f}"


def max_time_difference(one: list[tuple[Fraction, int]], other: list[tuple[Fraction, int]]) -> Fraction:
    return max(abs(a - b) for (a, _), (b, _) in zip(one, other, strict=True))


def make_film(
    path: Path,
    codec: str,
    *,
    rate: int = 48_000,
    layout: str = "stereo",
    frames: int = 50,
    silent_s: tuple[float, float] = (0.0, 0.0),
) -> Path:
    """Numbered frames at 25 fps with the test tone; there are no packets between the times `silent_s`."""
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream("libx264", rate=25, width=64, height=48, options={**X264, "bf": "0"})
        sound: Any = out.add_stream(codec, rate=rate, layout=layout)
        sound.bit_rate = 128_000
        sound.codec_context.open()
        kind, size = sound.codec_context.format, sound.codec_context.frame_size or 1024
        resampler = av.AudioResampler(format=kind, layout=layout, rate=rate)
        done = 0
        for number in range(frames):
            picture = av.VideoFrame.from_ndarray(numbered(number), format="bgr24")
            picture.pts, picture.time_base = number, Fraction(1, 25)
            out.mux(video.encode(picture))
            while done / rate < (number + 1) / 25:
                at = (done + np.arange(size)) / rate
                wave = (0.3 * np.sin(2 * np.pi * (200 + 100 * at) * at)).astype(np.float32)
                channels = len(av.AudioLayout(layout).channels)
                plain = av.AudioFrame.from_ndarray(np.repeat(wave, channels)[None], "flt", layout)
                plain.sample_rate, plain.pts, plain.time_base = rate, done, Fraction(1, rate)
                if not silent_s[0] <= done / rate < silent_s[1]:
                    for ready in resampler.resample(plain):
                        out.mux(sound.encode(ready))
                done += size
        out.mux([*video.encode(None), *sound.encode(None)])
    return path
