"""Where a long video can be split into parts that are decoded separately."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
from av.video.stream import VideoStream

from simpsons_play.core.errors import SourceError
from simpsons_play.sources.avi import is_avi
from simpsons_play.sources.colors import may_be_transparent
from simpsons_play.sources.container import facts_of, video_stream
from simpsons_play.sources.demux import Demuxer
from simpsons_play.sources.picture_clock import PictureStamps

_FORMATS = {"mov", "matroska", "avi", "mpegts"}
"""Formats in which a seek leads to the key frame that was asked for. In others, ffmpeg may have to guess, or
times depend on what was read before."""

_MAX_PACKETS = 1000
"""Number of packets after a seek among which there has to be a key frame."""


def part_starts(path: Path, part_s: float) -> tuple[float, ...]:
    """Start times of parts of a video file, each at a key frame.

    Nothing is decoded, and only a few packets are read for each part. A start is a promise of the container:
    whoever joins what was made of the parts should check that they fit together.

    Args:
        path: the file.
        part_s: length of a part, in seconds; parts are at least half as long, and longer where key frames are
            further apart.

    Returns:
        Times in seconds from the start of the file, rising; the first is 0. Only this one if the file is
        short, has no usable key frames, or cannot be sought well.

    Raises:
        SourceError: the file cannot be read, or has no video.
        ValueError: `part_s` is not positive.

    Example:
        >>> from simpsons_play import sample_clip
        >>> part_starts(sample_clip(), 3600.0)
        (0.0,)
    """
    if not part_s > 0:
        raise ValueError(f"part_s is {part_s}, but must be more than 0 seconds")
    with Demuxer(path) as media:
        try:
            return tuple(map(float, _starts(media, Fraction(part_s))))
        except SourceError:
            raise
        except Exception as error:  # parsers raise nearly anything
            raise SourceError(f"{path} cannot be read: {error or type(error).__name__}") from error


def _starts(media: Demuxer, part: Fraction) -> list[Fraction]:
    stream = video_stream(media.container, media.name)
    facts, starts = facts_of(media, stream), [Fraction(0)]
    end = facts.end if facts.end is not None else facts.container_end
    if end is None or not _can_be_split(media, stream, facts.rate):
        return starts
    wanted = part
    while wanted <= end - part / 2:
        found = _key_frame_before(media, stream, wanted)
        if found is None or found < starts[-1]:  # its clock jumps
            return [Fraction(0)]
        if found >= starts[-1] + part / 2:
            starts.append(found)
        wanted += part
    return starts


def _can_be_split(media: Demuxer, stream: VideoStream, rate: Fraction) -> bool:
    """Whether the pictures after any key frame are the same as if the file were read from its beginning."""
    formats = media.container.format.name.split(",")
    pixels = stream.codec_context.pix_fmt
    return (
        not _FORMATS.isdisjoint(formats)
        and PictureStamps(stream, rate, origin=media.origin).is_seekable
        and stream.start_time is not None
        # Whether the fourth byte of such pictures means transparency is seen from the pictures so far.
        and not (pixels is not None and may_be_transparent(pixels))
    )


def _key_frame_before(media: Demuxer, stream: VideoStream, time: Fraction) -> Fraction | None:
    """Time of the last key frame at or before a time, both in seconds; None if a seek does not lead there."""
    try:
        media.seek(time, stream)
    except av.FFmpegError:
        return None
    by_dts = is_avi(media.container)  # ffmpeg makes up its presentation time stamps
    for number, packet in enumerate(media.packets(stream)):
        stamp = packet.dts if by_dts or packet.pts is None else packet.pts
        if packet.size and packet.is_keyframe and stamp is not None:
            found = media.time_of(stamp, packet.time_base)
            return found if found <= time else None
        if number == _MAX_PACKETS:
            break
    return None
