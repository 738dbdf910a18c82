"""How a browser is given a video: as it is, with its packets in another container, or encoded anew."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from simpsons_play.core.errors import SimpsonsError, SourceError
from simpsons_play.core.frames import SourceInfo
from simpsons_play.sources.sound import SoundFile, SoundStream
from simpsons_play.sources.video import VideoFile
from simpsons_play.web.media_probe import VideoFileProbe

Kind = Literal["direct", "remux", "encode"]

SEGMENT_S = 4
"""Length of a segment in seconds; of copied packets the least length, up to the next key frame."""
MAX_WIDTH_PX, MAX_HEIGHT_PX = 1920, 1080
_CACHED_PLANS = 64
_MIN_TIMESCALE = 10_000


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of a video: from `start` to before `end`, in seconds on the time line."""

    start: Fraction
    end: Fraction


@dataclass(frozen=True, slots=True)
class MediaPlan:
    """How a browser is given a video.

    Times count as in `VideoFile`: from the start of the container.

    Attributes:
        kind: `direct`: the file itself; `remux`: its coded pictures, with sound encoded as AAC; `encode`:
            pictures encoded as H.264 and sound as AAC. Every plan has segments; those of `direct` are for
            browsers that refuse the file.
        copies_video: the segments hold the coded pictures of the file.
        file_type: content type of the file, with codecs; empty unless `kind` is `direct`.
        width: of a shown picture of a segment, in square pixels unless `copies_video`.
        height: of a shown picture of a segment.
        rate: frames per second.
        timescale: ticks per second of the pictures in segments.
        duration_s: length of the video in seconds.
        segments: in order, without gaps.
        sounds: the sound streams that can be decoded.
        sound: number of the one that is played; None without sound.
    """

    kind: Kind
    copies_video: bool
    file_type: str
    width: int
    height: int
    rate: Fraction
    timescale: int
    duration_s: float
    segments: tuple[Segment, ...]
    sounds: tuple[SoundStream, ...]
    sound: int | None


_plans: OrderedDict[tuple[str, int, int, int | None], MediaPlan] = OrderedDict()
_lock = threading.Lock()


def media_plan(path: Path, sound: int | None = None) -> MediaPlan:
    """Probe a video and decide how a browser is given it; cached until the file changes.

    Args:
        path: a local video file.
        sound: number of the sound stream to play; None for the default.

    Raises:
        SourceError: it is no video that can be read, or has no such sound stream.

    Example:
        >>> from simpsons_play import sample_clip
        >>> media_plan(sample_clip()).kind
        'direct'
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from error
    key = (str(path), stat.st_size, stat.st_mtime_ns, sound)
    with _lock:
        if key in _plans:
            _plans.move_to_end(key)
            return _plans[key]
    try:
        plan = _probe(path, sound)
    except SimpsonsError:
        raise
    except Exception as error:  # parsers and decoders raise nearly anything
        raise SourceError(f"{path} cannot be read: {error or type(error).__name__}") from error
    with _lock:
        _plans[key] = plan
        while len(_plans) > _CACHED_PLANS:
            _plans.popitem(last=False)
    return plan


def _probe(path: Path, sound: int | None) -> MediaPlan:
    with VideoFile(path) as video:
        info = video.info
    sounds, default = _sounds(path)
    if sound is not None and not 0 <= sound < len(sounds):
        raise SourceError(f"{path} has {len(sounds)} sound streams; there is no stream {sound}")
    with VideoFileProbe(path) as probe:
        is_default = sound is None or sound == default
        file_type = probe.file_type(has_sound=bool(sounds)) if is_default else ""
        keys = probe.key_times() if probe.is_copied() else None
        end = Fraction(info.duration_s) if info.duration_s else probe.measured_end()
        stream = probe.stream
        ticks = stream.time_base.denominator if stream.time_base else 0
        width, height = (stream.width, stream.height) if keys else _encoded_size(info)
    if ticks <= 0 or ticks > 1_000_000:
        ticks = 90_000
    end = max(end, 1 / info.rate)
    return MediaPlan(
        kind="direct" if file_type else "remux" if keys else "encode",
        copies_video=keys is not None,
        file_type=file_type,
        width=width,
        height=height,
        rate=info.rate,
        timescale=ticks * -(-_MIN_TIMESCALE // ticks),
        duration_s=float(end),
        segments=_segments(keys, end),
        sounds=sounds,
        sound=None if not sounds else default if sound is None else sound,
    )


def _sounds(path: Path) -> tuple[tuple[SoundStream, ...], int]:
    try:
        with SoundFile(path) as file:
            return file.streams, file.default
    except SourceError:
        return (), 0


def _segments(keys: list[Fraction] | None, end: Fraction) -> tuple[Segment, ...]:
    if keys is None:
        starts = [Fraction(n * SEGMENT_S) for n in range(int(-(-end // SEGMENT_S)))]
    else:
        starts = keys[:1]
        for key in keys:
            if key >= starts[-1] + SEGMENT_S and key < end:
                starts.append(key)
    ends = [*starts[1:], max(end, starts[-1] + Fraction(1, 1000))]
    return tuple(map(Segment, starts, ends))


def _encoded_size(info: SourceInfo) -> tuple[int, int]:
    """Width and height in square pixels, even, within the limits."""
    width, height = float(info.width * info.pixel_aspect), float(info.height)
    scale = min(1.0, MAX_WIDTH_PX / width, MAX_HEIGHT_PX / height)
    return max(2, 2 * round(width * scale / 2)), max(2, 2 * round(height * scale / 2))
