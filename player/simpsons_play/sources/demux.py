"""Open media: packets whose time stamps lie on one continuous time line, whatever clock the container has."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream

from simpsons_play.core.errors import SourceError
from simpsons_play.sources.avi import AviSeeker, has_complete_index, is_avi
from simpsons_play.sources.clock_table import ClockTable, clock_table_of
from simpsons_play.sources.file_name import is_address
from simpsons_play.sources.opening import PATIENCE_S, open_container
from simpsons_play.sources.packets import every_packet
from simpsons_play.sources.structure import is_read_to_the_end
from simpsons_play.sources.timestamps import ClockRepair
from simpsons_play.sources.variants import has_variants

_RESTARTS = 0x0200
"""`AVFMT_TS_DISCONT`: the format allows clocks that restart."""

_SEPARATE_CLOCK_S = 10
"""In such formats, a stream that starts this many seconds away from the video has a clock of its own."""


class Demuxer:
    """An open file, address or pipe whose streams share one time line.

    As in ffplay and mpv, time 0 is the start of the container: where the first of its audio and video streams
    starts. Clocks that restart or jump are continued (`ClockRepair`), by the same amount for all streams and,
    in local files, after a seek as well.

    Args:
        name: a path, or an address with `://`.
        options: further options for ffmpeg.
        container: already open; the demuxer closes it.

    Raises:
        SourceError: it cannot be opened or read.

    Attributes:
        name: as given.
        container: PyAV's container.
        origin: start of the time line on the clock of the container, in seconds.
        has_complete_index: it is a complete AVI, whose index lists every packet.
        reached_s: end of the packets read so far, over all streams, in seconds on the time line.
        refused: ffmpeg stopped before the end of the file because it cannot decode what follows.

    Example:
        >>> from simpsons_play import sample_clip
        >>> with Demuxer(sample_clip()) as media:
        ...     stream = media.container.streams.video[0]
        ...     packet = next(media.packets(stream))
        ...     float(media.time_of(packet.pts, packet.time_base))
        0.0
    """

    def __init__(
        self,
        name: str | Path,
        *,
        options: dict[str, str] | None = None,
        container: InputContainer | None = None,
    ) -> None:
        self.name = str(name)
        self._local = local = container is None and not is_address(self.name)
        self.container = open_container(self.name, options=options) if container is None else container
        try:
            self._restarts = bool(self.container.format.flags & _RESTARTS)
            is_playlist = has_variants(self.container)  # its files may be on the web
            self.origin = _origin(self.container, restarts=self._restarts)
            self._table = self._clock_table() if local and self._restarts and not is_playlist else None
            self._avi = AviSeeker(self.container) if is_avi(self.container) else None
            self.has_complete_index = (
                local and self._avi is not None and has_complete_index(self.container, Path(self.name))
            )
        except SourceError:
            self.close()
            raise
        except Exception as error:
            self.close()
            raise SourceError(f"{self.name} cannot be read: {error or type(error).__name__}") from error
        self._repair = ClockRepair(restarts=self._restarts)
        self.reached_s = 0.0
        self.refused = False
        self._reached_bytes = 0
        self._ends_s: dict[int, float] = {}
        self._longest_gaps_s: dict[int, float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the container; may be called twice."""
        self.container.close()

    def time_of(self, stamp: int, time_base: Fraction) -> Fraction:
        """The time stamp of a packet or decoded frame, in seconds on the time line."""
        return stamp * time_base - self.origin

    def end_of(self, stream: Stream) -> Fraction | None:
        """Measured end of a stream, in seconds on the time line; None if the file was not scanned for it."""
        if self._table is None or stream.index not in self._table.ends:
            return None
        return self._table.ends[stream.index] - self.origin

    @property
    def measured_end(self) -> Fraction | None:
        """Measured end of the last stream, in seconds on the time line; None if the file was not scanned."""
        if self._table is None or not self._table.ends:
            return None
        return max(self._table.ends.values()) - self.origin

    @property
    def is_read_to_the_end(self) -> bool:
        """Whether this is a local file that is structurally complete and was read to its end."""
        return self._local and is_read_to_the_end(Path(self.name), self._reached_bytes)

    def longest_sound_gap_s(self, stream: Stream) -> float | None:
        """The longest gap in the sound that plays along with a stream, in seconds; None without sound.

        Of several sound streams, the one with the shortest gap counts. Only what was read is known.
        """
        gaps_s = [
            self._longest_gaps_s[sound.index]
            for sound in self.container.streams.audio
            if sound.index != stream.index and sound.index in self._longest_gaps_s
        ]
        return min(gaps_s, default=None)

    def packets(self, stream: Stream) -> Iterator[Packet[Any]]:
        """The packets of one stream from the current position, their stamps on one clock.

        Unreadable and empty packets are skipped. The last packet is empty: it flushes a decoder.

        Raises:
            SourceError: an address has sent nothing for `PATIENCE_S`.
        """
        index = stream.index
        for packet in self.all_packets():
            if packet.stream_index == index and packet.size:
                yield packet
        last: Packet[Any] = Packet()
        last.stream = stream
        yield last

    def all_packets(self) -> Iterator[Packet[Any]]:
        """The packets of all streams from the current position, their stamps on one clock.

        Raises:
            SourceError: an address has sent nothing for `PATIENCE_S`.
        """
        time_bases_s: dict[int, float] = {}
        origin_s = float(self.origin)
        for packet, shift in self._shifted():
            index = packet.stream_index
            tick_s = time_bases_s.get(index)
            if tick_s is None:
                tick_s = time_bases_s[index] = float(packet.time_base)
            if shift:
                ticks = round(shift / packet.time_base)
                packet.pts = None if packet.pts is None else packet.pts + ticks
                packet.dts = None if packet.dts is None else packet.dts + ticks
            stamp = packet.pts if packet.pts is not None else packet.dts
            if stamp is not None and packet.size:
                start_s = stamp * tick_s - origin_s
                end_s = start_s + (packet.duration or 0) * tick_s
                last_end_s = self._ends_s.get(index, start_s)
                self._longest_gaps_s[index] = max(self._longest_gaps_s.get(index, 0.0), start_s - last_end_s)
                self._ends_s[index] = max(last_end_s, end_s)
                self.reached_s = max(self.reached_s, end_s)
                self._reached_bytes = max(self._reached_bytes, (packet.pos or 0) + packet.size)
            yield packet

    def seek(self, time: Fraction, stream: Stream) -> None:
        """Seek to a key frame of a stream at or before a time on the time line, in seconds.

        The position may be wrong: in containers without an index ffmpeg guesses.

        Raises:
            av.FFmpegError: the container cannot seek.
        """
        position = None if self._table is None else self._table.position(stream.index, time + self.origin)
        if position is not None:
            self.container.seek(position, unsupported_byte_offset=True)
        else:
            ticks = int((time + self.origin) / (stream.time_base or Fraction(1, av.time_base)) // 1)
            if self._local and self._avi is not None and not self.has_complete_index:
                ticks = self._avi.keyframe_before(ticks, stream)
            self.container.seek(ticks, stream=stream, backward=True)
        if self._avi is not None:
            self._avi.start_counting()
        self._repair = ClockRepair(restarts=self._restarts)

    def _clock_table(self) -> ClockTable | None:
        path = Path(self.name)
        if not path.is_file():
            return None
        stat = path.stat()
        return clock_table_of(str(path.absolute()), stat.st_size, stat.st_mtime_ns)

    def _shifted(self) -> Iterator[tuple[Packet[Any], Fraction]]:
        """The packets of all streams, each with what to add to its stamps, in seconds."""
        if self._table is not None:
            for packet in self._read():
                yield packet, self._table.shift(packet)
            return
        for packet in self._read():
            yield from self._repair.feed(packet)
        yield from self._repair.flush()

    def _read(self) -> Iterator[Packet[Any]]:
        try:
            for packet in every_packet(self.container, refused=self._set_refused):
                if self._avi is not None:
                    self._avi.correct(packet)
                yield packet
        except av.error.ExitError as error:
            raise SourceError(
                f"{self.name} has sent nothing for {PATIENCE_S:g} s; check the connection"
            ) from error

    def _set_refused(self) -> None:
        self.refused = True


def _origin(container: InputContainer, *, restarts: bool) -> Fraction:
    """Start of the time line on the clock of a container, in seconds.

    `AVFormatContext.start_time` is the same, rounded to microseconds. Streams with a clock of their own, as
    in recordings of several programmes, are ignored.
    """
    streams = [
        stream
        for stream in (*container.streams.video, *container.streams.audio)
        if not stream.disposition & Disposition.attached_pic
    ]
    starts = [
        stream.start_time * stream.time_base
        for stream in streams
        if stream.start_time is not None and stream.time_base is not None
    ]
    if restarts:
        starts = [start for start in starts if abs(start - starts[0]) <= _SEPARATE_CLOCK_S]
    return min(starts, default=Fraction(0))
