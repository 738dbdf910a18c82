"""Clips for benchmarks: longer ones without encoding again, and the sample clip at any size."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import av
import av.filter
import click

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.core.assets import sample_clip
from simpsons_play.sources.video import VideoFile

SAMPLE = sample_clip()

_P, _T = ParamSpec("_P"), TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Film:
    """What a file says of its video, without decoding it.

    Attributes:
        frames: number of video packets.
        seconds: duration of the video.
        title: size, rate and codec, for display.
    """

    frames: int
    seconds: float
    title: str


def analysed(analyser: Analyser, video: Path) -> tuple[DetectionLog, int]:
    """The detections in a whole video, and the width of its frames in pixels."""
    log = DetectionLog({})
    analyser.record(log)
    with VideoFile(video) as source:
        for frame in source:
            analyser.update(frame)
        analyser.flush()
        width = source.info.width
    log.complete = True
    return log, width


def film_of(path: Path) -> Film:
    """Read a file through, and count.

    Raises:
        ClickException: it is no video that can be read.
    """
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            spans = [
                (time, time + _duration(p)) for p in container.demux(stream) if (time := _time(p)) is not None
            ]
            codec, rate = stream.codec_context, stream.average_rate
            start, end = min(first for first, _ in spans), max(last for _, last in spans)
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise click.ClickException(f"{path} is not a video that can be read") from error
    title = f"{codec.width}x{codec.height} {codec.name}, {float(rate or 0):.3f} fps"
    return Film(len(spans), float(end - start), title)


def looped(path: Path, seconds: float, folder: Path) -> Path:
    """Repeat a file until it is that long, without encoding it again; the container stays the same.

    Sound and picture of each repetition begin together, after the longest stream of the one before.

    Args:
        path: a file with video.
        seconds: length of the copy; its last repetition is cut there.
        folder: where to write it.

    Returns:
        The path of the copy, or the path that was given if that is long enough.
    """
    copy = folder / f"{path.stem}-{seconds:g}s{path.suffix}"
    film = film_of(path)
    if film.seconds >= seconds:
        return path
    with av.open(str(copy), "w") as out:
        streams: dict[int, Any] = {}
        last: dict[int, int] = {}
        offset = Fraction(0)
        while offset < seconds:
            with av.open(str(path)) as source:
                kept = [s for s in source.streams if s.type in ("video", "audio")]
                if not streams:
                    streams = {s.index: out.add_stream_from_template(s) for s in kept}
                spans: dict[int, tuple[Fraction, Fraction]] = {}
                for packet in source.demux(kept):
                    time = _time(packet)
                    if time is None:
                        continue
                    # Sound may begin before zero, where AAC has to warm up.
                    start, end = spans.get(packet.stream.index, (time, time))
                    spans[packet.stream.index] = min(start, time), max(end, time + _duration(packet))
                    decoded = time if packet.dts is None else packet.dts * packet.time_base
                    if decoded + offset >= seconds:  # what is kept refers to nothing that is cut off
                        continue
                    shift, index = round(offset / packet.time_base), packet.stream.index
                    packet.pts = None if packet.pts is None else packet.pts + shift
                    packet.dts = None if packet.dts is None else packet.dts + shift
                    # Matroska does not store when packets are decoded: the first ones do not say.
                    if index in last and (packet.dts is None or packet.dts <= last[index]):
                        packet.dts = last[index] + 1
                    if packet.dts is not None:
                        last[index] = packet.dts
                    packet.stream = streams[index]
                    out.mux(packet)
            offset += max(end - start for start, end in spans.values())
    return copy


def make_sample(path: Path, *, size: tuple[int, int], seconds: float) -> None:
    """The sample clip without sound at another size, as H.264; it starts again until it is long enough.

    It is drawn at 640x480: larger sizes have more pixels, but no more detail.
    """
    width, height = size
    with av.open(str(path), "w") as out:
        rate = Fraction(24000, 1001)
        video: Any = out.add_stream("libx264", rate=rate, options={"preset": "veryfast", "crf": "23"})
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.codec_context.time_base = 1 / rate
        number, count = 0, round(seconds * rate)
        while number < count:
            with av.open(str(SAMPLE)) as source:
                graph: Any = av.filter.Graph()
                buffer = graph.add_buffer(template=source.streams.video[0])
                fill = f"{width}:{height}:force_original_aspect_ratio=increase"
                scale, crop = graph.add("scale", fill), graph.add("crop", f"{width}:{height}")
                graph.link_nodes(buffer, scale, crop, graph.add("buffersink")).configure()
                for frame in source.decode(video=0):
                    if number == count:
                        break
                    graph.push(frame)
                    scaled = graph.pull()
                    scaled.pts, scaled.time_base, scaled.pict_type = number, 1 / rate, 0
                    out.mux(video.encode(scaled))
                    number += 1
        out.mux(video.encode(None))


def in_own_process(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Call a function in a process of its own, so that its memory does not count here."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(call, *args, **kwargs).result()


def _time(packet: Any) -> Fraction | None:
    """When a packet is shown, or decoded if the container does not say more; None for the one at the end."""
    stamp = packet.pts if packet.pts is not None else packet.dts
    return None if stamp is None else stamp * packet.time_base


def _duration(packet: Any) -> Fraction:
    if packet.duration:
        return Fraction(packet.duration * packet.time_base)
    rate = getattr(packet.stream, "average_rate", None)
    return Fraction(1 / rate) if rate else Fraction(0)
