"""Open media: its packets with stamps of one continuous time line, whatever clock the container has."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
from av.container import Container, InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream

from simpsons_play.core.errors import SourceError
from simpsons_play.sources.access import check_file, diagnose, leads_to_web, options_for, refuse_text
from simpsons_play.sources.clock_table import ClockTable, clock_table_of
from simpsons_play.sources.late_sound import probing_options
from simpsons_play.sources.lists import refuse_endless, refuse_pipes
from simpsons_play.sources.packets import every_packet
from simpsons_play.sources.structure import avi_media_end, is_read_to_the_end
from simpsons_play.sources.timestamps import ClockRepair
from simpsons_play.sources.variants import has_variants

PATIENCE_S = 10.0
"""An address that gives nothing for so long has ended."""

_RESTARTS = 0x0200
"""`AVFMT_TS_DISCONT`: the format allows clocks that restart."""

_CHUNK_HEAD_BYTES = 8
_ROOM_BYTES = 1 << 16
_APART_S = 10
"""In such formats a stream whose clock is so far from that of the pictures has another zero, in seconds."""


def url_of(path: str | Path) -> str:
    """A file as ffmpeg has to be told of it, which takes what stands before a colon for a protocol."""
    return f"file:{path}"


def _in_lower_case(address: str) -> str:
    """An address with its scheme as ffmpeg knows it, `HTTP://` being the same to people and browsers."""
    scheme, rest = address.split("://", 1)
    return f"{scheme.lower()}://{rest}"


def open_container(name: str, *, options: dict[str, str] | None = None) -> InputContainer:
    """Open a file or address for reading.

    Args:
        name: a path, or an address with `://`.
        options: as ffmpeg names them.

    Raises:
        SourceError: it does not exist, is empty, may not be read, or is no video.
    """
    if "://" not in name:
        check_file(name)
        refuse_pipes(name)
        refuse_endless(name)
    # A stream that stalls must end some time, or whoever waits for the next frame could never stop.
    patience_s = PATIENCE_S if "://" in name or leads_to_web(name) else None
    try:
        where = _in_lower_case(name) if "://" in name else url_of(name)
        options = {**options_for(name), **(options or {})}
        container = av.open(where, mode="r", metadata_errors="replace", timeout=patience_s, options=options)
        if "://" not in name and (deeper := probing_options(container, name)):
            container.close()
            container = av.open(where, mode="r", metadata_errors="replace", options={**options, **deeper})
            container.seek(0, unsupported_byte_offset=True)
    except av.error.ExitError as error:
        where = name if "://" in name else f"{name} leads to an address that"
        does = "does not answer: no video came within"
        raise SourceError(f"{where} {does} {patience_s:g} s; check the address, and that it is up") from error
    except Exception as error:  # parsers of dozens of formats raise what they like
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        why = f"{reason}; check the address" if "://" in name else diagnose(name, reason)
        raise SourceError(f"{name} cannot be opened: {why}") from error
    if container.format.name == "tty" or not (container.streams.video or container.streams.audio):
        try:
            refuse_text(name, is_screen=container.format.name == "tty")
        except SourceError:
            container.close()
            raise
    return container


class Demuxer:
    """An open file, address or pipe whose streams share one time line.

    Time 0 is the start of the container, as ffplay and mpv have it: where the earliest of its audio and video
    streams begins. Clocks that restart or jump midway are continued (`ClockRepair`), the same for all streams
    and, in local files, after a seek as well.

    Args:
        name: a path, or an address with `://`.
        options: as ffmpeg names them.
        container: already open; taken over.

    Raises:
        SourceError: it cannot be opened or holds nothing that can be read.

    Attributes:
        name: as given.
        container: PyAV's.
        origin: where the time line begins on the clock of the container, in seconds.
        has_whole_index: it is an AVI that is whole, and its index lists every packet.
        reached_s: where the packets read so far end on the time line, in seconds, of any stream.
        refused: the file goes on from there in a way that ffmpeg cannot follow.

    Example:
        >>> with Demuxer("samples/springfield.mp4") as media:
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
        self._local = local = container is None and "://" not in self.name
        self.container = open_container(self.name, options=options) if container is None else container
        try:
            self._restarts = bool(self.container.format.flags & _RESTARTS)
            lists = has_variants(self.container)  # of files, which may lie on the web
            self.origin = _origin(self.container, restarts=self._restarts)
            self._table = self._clock_table() if local and self._restarts and not lists else None
            self.has_whole_index = local and is_avi(self.container) and _has_whole_index(self)
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
        self._keys: dict[int, list[int]] | None = None
        self._late_ticks: dict[int, int] | None = None
        self._ends_s: dict[int, float] = {}
        self._pauses_s: dict[int, float] = {}

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
        """A stamp of a packet from here, or of what was decoded from it -> seconds on the time line."""
        return stamp * time_base - self.origin

    def end_of(self, stream: Stream) -> Fraction | None:
        """Where a stream ends on the time line, in seconds, as far as the file was read for it; else None."""
        if self._table is None or stream.index not in self._table.ends:
            return None
        return self._table.ends[stream.index] - self.origin

    @property
    def measured_end(self) -> Fraction | None:
        """The same of all streams together."""
        if self._table is None or not self._table.ends:
            return None
        return max(self._table.ends.values()) - self.origin

    @property
    def is_read_to_the_end(self) -> bool:
        """Whether this is a local file that is whole by its own structure and was read to its end."""
        return self._local and is_read_to_the_end(Path(self.name), self._reached_bytes)

    def longest_pause_s(self, stream: Stream) -> float | None:
        """The longest pause of the sound beside a stream, as far as it was read, in seconds; None without."""
        pauses_s = [
            self._pauses_s[sound.index]
            for sound in self.container.streams.audio
            if sound.index != stream.index and sound.index in self._pauses_s
        ]
        return min(pauses_s, default=None)

    def packets(self, stream: Stream) -> Iterator[Packet[Any]]:
        """The packets of one stream from where the container stands, their stamps on one clock.

        What cannot be read is passed over, and so are packets without content. Ends with an empty packet,
        which tells a decoder to give what it still holds.

        Raises:
            SourceError: nothing has come from an address for `PATIENCE_S`.
        """
        index = stream.index
        for packet in self.all_packets():
            if packet.stream_index == index and packet.size:
                yield packet
        last: Packet[Any] = Packet()
        last.stream = stream
        yield last

    def all_packets(self) -> Iterator[Packet[Any]]:
        """The packets of all streams from where the container stands, their stamps on one clock.

        Raises:
            SourceError: nothing has come from an address for `PATIENCE_S`.
        """
        return self._continued()

    def seek(self, time: Fraction, stream: Stream) -> None:
        """Go to a key frame of a stream at or before a time on the time line, in seconds.

        Nothing promises that one is found: containers without an index guess.

        Raises:
            av.FFmpegError: the container cannot be sought.
        """
        position = None if self._table is None else self._table.position(stream.index, time + self.origin)
        if position is not None:
            self.container.seek(position, unsupported_byte_offset=True)
        else:
            ticks = int((time + self.origin) / (stream.time_base or Fraction(1, av.time_base)) // 1)
            if self._local and is_avi(self.container) and not self.has_whole_index:
                ticks = self._key_before(ticks, stream)
            self.container.seek(ticks, stream=stream, backward=True)
        self._late_ticks = {} if is_avi(self.container) else None
        self._repair = ClockRepair(restarts=self._restarts)

    def _key_before(self, ticks: int, stream: Stream) -> int:
        """Where the last key frame of an AVI without an index begins, in ticks, at or before some.

        ffmpeg knows only the packets that it has read, and takes all of them for key frames. So the file is
        read once.
        """
        if self._keys is None:
            keys: dict[int, list[int]] = {}
            self.container.seek(0)
            for packet in every_packet(self.container):
                if packet.is_keyframe and packet.size and packet.dts is not None:
                    keys.setdefault(packet.stream_index, []).append(packet.dts)
            self._keys = keys
        found = self._keys.get(stream.index, [])
        place = bisect_right(found, ticks)
        return found[place - 1] if place else 0

    def _clock_table(self) -> ClockTable | None:
        """What reading a local file has shown of its clock; None where it was not read."""
        path = Path(self.name)
        if not path.is_file():
            return None
        stat = path.stat()
        return clock_table_of(str(path.absolute()), stat.st_size, stat.st_mtime_ns)

    def _continued(self) -> Iterator[Packet[Any]]:
        """The packets of all streams, their stamps shifted to one continuous clock."""
        ticks: dict[int, float] = {}
        origin_s = float(self.origin)
        for packet, shift in self._shifted():
            index = packet.stream_index
            tick_s = ticks.get(index)
            if tick_s is None:
                tick_s = ticks[index] = float(packet.time_base)
            if shift:
                by = round(shift / packet.time_base)
                packet.pts = None if packet.pts is None else packet.pts + by
                packet.dts = None if packet.dts is None else packet.dts + by
            stamp = packet.pts if packet.pts is not None else packet.dts
            if stamp is not None and packet.size:
                begin_s = stamp * tick_s - origin_s
                end_s = begin_s + (packet.duration or 0) * tick_s
                before_s = self._ends_s.get(index, begin_s)
                self._pauses_s[index] = max(self._pauses_s.get(index, 0.0), begin_s - before_s)
                self._ends_s[index] = max(before_s, end_s)
                self.reached_s = max(self.reached_s, end_s)
                self._reached_bytes = max(self._reached_bytes, (packet.pos or 0) + packet.size)
            yield packet

    def _shifted(self) -> Iterator[tuple[Packet[Any], Fraction]]:
        if self._table is not None:
            for packet in self._read():
                yield packet, self._table.shift(packet)
            return
        for packet in self._read():
            yield from self._repair.feed(packet)
        yield from self._repair.flush()

    def _refuse(self) -> None:
        self.refused = True

    def _read(self) -> Iterator[Packet[Any]]:
        try:
            for packet in every_packet(self.container, refused=self._refuse):
                if self._late_ticks is not None and packet.stream.type == "video" and packet.size:
                    self._count_on(packet, self._late_ticks)
                yield packet
        except av.error.ExitError as error:
            raise SourceError(
                f"{self.name} has given nothing for {PATIENCE_S:g} s; is it still there?"
            ) from error

    def _count_on(self, packet: Packet[Any], late_ticks: dict[int, int]) -> None:
        """Make up for what ffmpeg miscounts after a seek in AVI, where empty packets were passed over.

        Args:
            packet: of pictures.
            late_ticks: of each stream, since the last seek.
        """
        index = packet.stream_index
        if index not in late_ticks:
            entries, position = packet.stream.index_entries, packet.pos or 0
            place = bisect_right(entries, position, key=lambda entry: entry.pos) - 1
            found = place >= 0 and position - entries[place].pos <= _CHUNK_HEAD_BYTES
            late_ticks[index] = (
                entries[place].timestamp - packet.dts if found and packet.dts is not None else 0
            )
        if packet.dts is not None:
            packet.dts += late_ticks[index]
        if packet.pts is not None:
            packet.pts += late_ticks[index]


def is_avi(container: Container) -> bool:
    """Whether a container is AVI, which holds only the order of its packets and no presentation stamps.

    ffmpeg makes stamps up for it, by rules of its own for each codec; only decoding stamps can be relied on.
    """
    return container.format.name == "avi"


def _has_whole_index(media: Demuxer) -> bool:
    """Whether an AVI is whole, and its index lists the packets up to the last."""
    end = avi_media_end(Path(media.name))
    last = [stream.index_entries[-1] for stream in media.container.streams if len(stream.index_entries)]
    if end is None or not last:
        return False
    # Behind the last packet may lie empty ones, and indexes of what is before them.
    room = _ROOM_BYTES + sum(8 * len(stream.index_entries) for stream in media.container.streams)
    return max(entry.pos + entry.size for entry in last) >= end - room


def _origin(container: InputContainer, *, restarts: bool) -> Fraction:
    """Where the time line begins on the clock of a container, in seconds.

    `AVFormatContext.start_time` is the same, rounded to microseconds. Streams with a zero of their own, as in
    recordings of several programmes, are left out.
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
        starts = [start for start in starts if abs(start - starts[0]) <= _APART_S]
    return min(starts, default=Fraction(0))
