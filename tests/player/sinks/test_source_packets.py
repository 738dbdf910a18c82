"""A source is read once for all streams that are copied."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import pytest

from simpsons_play.core.errors import SourceError
from simpsons_play.sinks.video.formats import format_of
from simpsons_play.sinks.video.passthrough import PassthroughStreams
from simpsons_play.sinks.video.source_packets import SourcePackets
from tests.player.sinks.video_kit import make_film, record

PICTURES, SOUND, OTHER_SOUND, SUBTITLES = (
    SimpleNamespace(index=index, type=kind)
    for index, kind in enumerate(("video", "audio", "audio", "subtitle"))
)


def packet(stream: Any, at_s: int) -> Any:
    return SimpleNamespace(
        stream=stream, stream_index=stream.index, size=1, pts=at_s, dts=at_s, time_base=Fraction(1)
    )


class Media:
    """A fake open source with these packets, whose connection is lost at None."""

    def __init__(self, packets: list[Any]) -> None:
        self.packets, self.given, self.origin = packets, 0, Fraction(0)

    def all_packets(self) -> Iterator[Any]:
        for one in self.packets:
            if one is None:
                raise SourceError("the server is gone")
            self.given += 1
            yield one


def reader(*packets: Any, warnings: list[str] | None = None) -> tuple[SourcePackets, Media]:
    media: Any = Media(list(packets))
    warn = (warnings if warnings is not None else []).append
    return SourcePackets(media, [1, 2, 3], warn=warn), media


def test_packets_of_other_streams_are_queued() -> None:
    packets, media = reader(packet(SOUND, 0), packet(PICTURES, 0), packet(SOUND, 1), packet(OTHER_SOUND, 0))
    assert packets.next(OTHER_SOUND, Fraction(1)).pts == 0  # type: ignore[arg-type, union-attr]
    assert media.given == 4
    found = [packets.next(SOUND, None) for _ in range(3)]  # type: ignore[arg-type]
    assert [one and one.pts for one in found] == [0, 1, None]


def test_source_is_not_read_far_into_a_gap() -> None:
    every = [packet(PICTURES, at_s) for at_s in range(200)]
    every.insert(150, packet(SUBTITLES, 150))
    every.insert(151, packet(SOUND, 150))
    packets, media = reader(*every)
    assert packets.next(SUBTITLES, Fraction(5)) is None  # type: ignore[arg-type]
    assert media.given == 17
    assert packets.next(SOUND, Fraction(5)) is None  # type: ignore[arg-type]
    assert media.given == 67
    assert packets.next(SUBTITLES, Fraction(149)).pts == 150  # type: ignore[arg-type, union-attr]
    assert packets.next(SOUND, None).pts == 150  # type: ignore[arg-type, union-attr]


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
def test_few_packets_are_queued_at_the_start_of_an_excerpt(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "two.mkv"
    one = make_film(tmp_path / "one.mkv", "flac", rate=8000, layout="mono", frames=1000)
    with av.open(str(one)) as media, av.open(str(source), "w") as out:
        video, sound = media.streams
        copies = [out.add_stream_from_template(stream) for stream in (video, sound, sound)]
        for packet in media.demux():
            for copy in copies if packet.size else []:
                if (copy.index > 0) == (packet.stream_index > 0):
                    twin = av.Packet(bytes(packet))
                    twin.pts, twin.dts, twin.duration = packet.pts, packet.dts, packet.duration
                    twin.time_base, twin.is_keyframe, twin.stream = packet.time_base, packet.is_keyframe, copy
                    out.mux(twin)
    most, following = [0], SourcePackets.next

    def watched(packets: SourcePackets, stream: Any, until: Fraction | None) -> Any:
        found = following(packets, stream, until)
        most.append(max(len(queue) for queue in packets._queues.values()))
        return found

    monkeypatch.setattr(SourcePackets, "next", watched)
    path, warnings = record(source, tmp_path / f"out.{ending}", start_s=30, duration_s=1)
    assert warnings == []
    with av.open(str(path)) as recorded:
        ends = [
            max(packet.pts * packet.time_base for packet in recorded.demux(audio=number) if packet.size)
            for number in (0, 1)
            if not recorded.seek(0)
        ]
    assert [float(end) for end in ends] == pytest.approx([0.9, 0.9], abs=0.3)
    assert max(most) < 25


def test_dropped_streams_are_not_queued() -> None:
    packets, _ = reader(packet(SOUND, 0), packet(OTHER_SOUND, 0), packet(SUBTITLES, 0))
    packets.keep([3])
    assert packets.next(SUBTITLES, None) is not None  # type: ignore[arg-type]
    assert list(packets._queues) == [3]


def test_lost_source_is_reported_once() -> None:
    warnings: list[str] = []
    packets, _ = reader(packet(SOUND, 0), packet(SOUND, 7), None, warnings=warnings)
    found = [packets.next(SOUND, None) for _ in range(4)]  # type: ignore[arg-type]
    assert [one and one.pts for one in found] == [0, 7, None, None]
    assert packets.next(SUBTITLES, None) is None  # type: ignore[arg-type]
    assert warnings == ["no sound and no subtitles from 7 s on: the server is gone"]


def test_huge_gaps_take_few_turns(tmp_path: Path) -> None:
    source = make_film(tmp_path / "film.mkv", "flac", rate=8000, layout="mono", frames=50)
    with av.open(str(tmp_path / "out.mkv"), "w") as out:
        passthrough = PassthroughStreams(source, out, format_of(tmp_path / "out.mkv"))
        turns = count()
        passthrough.streams.append(
            SimpleNamespace(start=lambda origin, excerpt: None, finish=lambda end: None)
        )  # type: ignore[arg-type]
        passthrough.streams[-1].write_until = lambda end: tried(next(turns))  # type: ignore[assignment, method-assign]

        def tried(turn: int) -> None:
            assert turn < 100

        passthrough.start(Fraction(0), excerpt=False)
        passthrough.write_until(Fraction(10**9))
        passthrough.finish(Fraction(10**9))
        passthrough.close()
    with av.open(str(tmp_path / "out.mkv")) as recorded:
        assert sum(1 for packet in recorded.demux() if packet.size) > 0
