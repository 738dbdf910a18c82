"""What a media file says of itself: opening it, its stream of pictures, its rate, length and clock."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.container import Container, InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from simpsons_play.errors import SourceError

PATIENCE_S = 10.0
"""An address that gives nothing for so long has ended."""

_READ_FAILURES = 100
"""So many packets in a row that cannot be read mean that the rest of the file is gone."""


def url_of(path: str | Path) -> str:
    """A file as ffmpeg has to be told of it, which takes what stands before a colon for a protocol."""
    return f"file:{path}"


def open_container(name: str, *, options: dict[str, str] | None = None) -> InputContainer:
    """Opens a file or address for reading, with options as ffmpeg names them.

    Raises:
        SourceError: it does not exist, is empty, may not be read, or is no video.
    """
    if "://" not in name:
        path = Path(name)
        if not path.exists():
            raise SourceError(f"{name}: no such file; check the spelling and the folder")
        if path.is_file() and path.stat().st_size == 0:
            raise SourceError(f"{name} is empty (0 bytes); copy or download it again")
        if not os.access(path, os.R_OK):
            raise SourceError(f"{name}: no permission to read it; change its access rights")
    # A stream that stalls must end some time, or whoever waits for the next frame could never stop.
    patience_s = PATIENCE_S if "://" in name else None
    try:
        where = name if "://" in name else url_of(name)
        return av.open(where, mode="r", metadata_errors="replace", timeout=patience_s, options=options)
    except av.error.ExitError as error:
        raise SourceError(
            f"{name} does not answer: nothing came for {patience_s:g} s; check the address, and that it is up"
        ) from error
    except (av.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(f"{name} cannot be opened: {_diagnose(name, reason)}") from error


def _diagnose(name: str, reason: str) -> str:
    """What is the matter with a file that ffmpeg cannot open, and what to do."""
    if "://" in name:
        return f"{reason}; check the address"
    try:
        with open(name, "rb") as file:
            head = file.read(12)
    except OSError:
        return f"{reason}; check its access rights"
    if head[4:8] == b"ftyp":
        return "its index (moov) is missing, so it was cut off or is still being written; copy it again"
    return f"it is no video that ffmpeg knows ({reason}); give a video file"


def video_stream(container: InputContainer, name: str) -> VideoStream:
    """The stream of moving pictures of an open file; the cover picture of a sound file is none.

    Raises:
        SourceError: there is none, or nothing here can decode it.
    """
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        what = "sound but no pictures" if container.streams.audio else "no pictures"
        raise SourceError(f"{name} holds {what}; give a video file")
    for stream in streams:
        if stream.codec_context is not None:
            return stream
    raise SourceError(f"{name} uses a codec that this ffmpeg cannot decode; convert it to H.264 first")


def rate_of(stream: VideoStream) -> Fraction:
    """The mean rate of a stream in frames per second, exact; 25 where the container does not say."""
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate is not None and rate > 0:
            return rate
    return Fraction(25)


def counts_frames(container: InputContainer) -> bool:
    """Whether a container holds only the order of its packets and no presentation stamps (AVI).

    ffmpeg makes stamps up for it, by rules of its own for each codec; only decoding stamps can be relied on.
    """
    return container.format.name == "avi"


def stamp_of(picture: av.VideoFrame, *, counted: bool) -> int | None:
    """The stamp of a decoded picture in ticks; None where it has none.

    Args:
        picture: as it comes from the decoder, in the order it is shown.
        counted: what `counts_frames` says of its container.
    """
    if counted or picture.pts is None:
        return picture.dts
    return picture.pts


def frames_of(stream: VideoStream) -> int | None:
    """How many pictures the container says it holds; None where it does not (MKV without statistics)."""
    if stream.frames > 0:
        return stream.frames
    for key, value in stream.metadata.items():
        if key.upper().startswith("NUMBER_OF_FRAMES") and value.isdecimal():
            return int(value) or None
    return None


def duration_of(stream: VideoStream, *, begin: Fraction) -> Fraction | None:
    """How long the pictures last, in seconds; None where the container says it only of everything in it.

    Args:
        stream: of pictures.
        begin: of the first one, by the clock of the container, in seconds.
    """
    if not _is_matroska(stream.container):
        if stream.duration is not None and stream.duration > 0 and stream.time_base is not None:
            return stream.duration * stream.time_base
        return None
    for key, value in stream.metadata.items():  # 00:21:13.440000000, DURATION or DURATION-eng
        parts = re.fullmatch(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)", value)
        if key.upper().startswith("DURATION") and parts is not None:
            hours, minutes, rest = parts.groups()
            end = int(hours) * 3600 + int(minutes) * 60 + Fraction(rest)
            return _from_end(end, begin) or None
    return None


def whole_duration_of(container: InputContainer) -> Fraction | None:
    """How long everything in a container lasts, in seconds; None if unknown."""
    if container.duration is None or container.duration <= 0:
        return None
    whole = Fraction(container.duration, av.time_base)
    if _is_matroska(container):
        return _from_end(whole, Fraction(container.start_time or 0, av.time_base))
    return whole


def _is_matroska(container: Container) -> bool:
    return "matroska" in container.format.name.split(",")  # WebM is called so, too


def _from_end(said: Fraction, begin: Fraction) -> Fraction:
    """How long something in Matroska lasts, in seconds, by what it says and its first time stamp.

    ffmpeg says when it ends instead, which differs where the clock does not begin at 0; mkvmerge says the
    length. The shorter of both is promised by either.
    """
    return said - begin if 0 < begin < said else said


def read_packets(container: InputContainer, stream: Stream) -> Iterator[Packet[Stream]]:
    """The packets of one stream from where the container stands; what cannot be read is passed over.

    Ends with an empty packet, which tells a decoder to give what it still holds.
    """
    failures = 0
    packets: Iterator[Packet[Stream]] = container.demux(stream)
    while failures < _READ_FAILURES:
        try:
            packet = next(packets, None)
        except av.error.ExitError as error:
            raise SourceError(
                f"{container.name} has given nothing for {PATIENCE_S:g} s; is it still there?"
            ) from error
        except av.FFmpegError:
            failures += 1
            packets = container.demux(stream)  # an error ends the iterator, but the file may go on
            continue
        if packet is None:
            return
        failures = 0
        if packet.size or packet.dts is None:  # AVI holds empty packets in place of dropped frames
            yield packet
    last: Packet[Stream] = Packet()
    last.stream = stream
    yield last
