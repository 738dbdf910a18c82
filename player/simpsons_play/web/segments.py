"""The segments of a video for a browser: fragments of MP4, each made on its own from the file."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

from simpsons_play.core.errors import SourceError
from simpsons_play.sources.container import video_stream
from simpsons_play.sources.demux import Demuxer
from simpsons_play.sources.sound import SoundFile
from simpsons_play.sources.video import VideoFile
from simpsons_play.web.fragments import Sample, boxes, fragment, length_prefixed
from simpsons_play.web.media_plan import MediaPlan
from simpsons_play.web.media_probe import h264_codec

SOUND_RATE = 48_000
SOUND_CODEC = "mp4a.40.2"
_FRAME = 1024
"""Samples in a frame of AAC."""
_SETTLING_FRAMES = 8
"""Frames encoded before a segment and dropped, so that the encoder is where it would be without the cut."""
_VIDEO, _SOUND = 1, 2
_SEEK_MARGINS_S = (0, 2, 10)
_HD_HEIGHT = 720

Stopped = Callable[[], bool]


class SegmentStopped(Exception):
    """The making of a segment was stopped."""


def init_segment(path: Path, plan: MediaPlan) -> bytes:
    """`ftyp` and `moov` of the segments of a plan.

    Raises:
        SourceError: the file cannot be read.
    """
    out = io.BytesIO()
    options = {
        "movflags": "empty_moov+default_base_moof",
        "video_track_timescale": str(plan.timescale),
        "use_editlist": "0",
    }
    with Demuxer(path) as media:
        with av.open(out, "w", format="mp4", options=options) as container:
            if plan.copies_video:
                stream = video_stream(media.container, str(path))
                container.add_stream_from_template(stream)
            else:
                _open_encoder(container, plan)
            if plan.sound is not None:
                _open_sound(container)
            container.start_encoding()
    data = out.getvalue()
    return b"".join(data[start:end] for name, start, end in boxes(data) if name in (b"ftyp", b"moov"))


def mime_type(init: bytes) -> str:
    """Content type of segments, with codecs, as `MediaSource.isTypeSupported` takes it."""
    at = init.find(b"avcC")
    codecs = [h264_codec(init[at + 4 : at + 8])]
    if b"mp4a" in init:
        codecs.append(SOUND_CODEC)
    return f'video/mp4; codecs="{", ".join(codecs)}"'


def segment(path: Path, plan: MediaPlan, number: int, stopped: Stopped = lambda: False) -> bytes:
    """One segment; empty if the file ends before it.

    Its pictures are those whose time is from the start of the segment to before its end, and its sound the
    frames of AAC that start in it, so that segments join whoever made them.

    Args:
        path: the video.
        plan: its plan.
        number: from 0.
        stopped: asked between pictures; once true, the work ends.

    Raises:
        IndexError: there is no such segment.
        SegmentStopped: `stopped` returned true.
        SourceError: the file cannot be read.
    """
    if not 0 <= number < len(plan.segments):
        raise IndexError(number)
    make = _copied if plan.copies_video else _encoded
    samples, end = make(path, plan, number, stopped)
    sound, sound_end = _sound(path, plan, number, stopped) if plan.sound is not None else ([], 0)
    tracks = [(_VIDEO, samples, end), (_SOUND, sound, sound_end)]
    return fragment(number, tracks) if samples or sound else b""


def _copied(path: Path, plan: MediaPlan, number: int, stopped: Stopped) -> tuple[list[Sample], int]:
    start, end = plan.segments[number].start, plan.segments[number].end
    is_last = number == len(plan.segments) - 1
    with Demuxer(path) as media:
        stream = video_stream(media.container, str(path))
        annex_b = bytes(stream.codec_context.extradata or b"")[:1] != b"\x01"
        for margin in (*_SEEK_MARGINS_S, None):
            try:
                media.seek(Fraction(0) if margin is None else max(Fraction(0), start - margin), stream)
            except av.FFmpegError:
                continue
            samples: list[Sample] = []
            finish = end
            for packet in media.packets(stream):
                if stopped():
                    raise SegmentStopped
                if not packet.size or packet.pts is None:
                    continue
                time = media.time_of(packet.pts, packet.time_base)
                if not samples and time > start:
                    break
                if samples and packet.is_keyframe and time >= end and not is_last:
                    finish = time
                    break
                if samples or (packet.is_keyframe and time == start):
                    data = bytes(packet)
                    ticks = round(time * plan.timescale)
                    data = length_prefixed(data) if annex_b else data
                    samples.append(Sample(data, ticks, packet.is_keyframe))
            if samples:
                return samples, round(finish * plan.timescale)
    raise SourceError(f"{path} cannot be read at {float(start):.1f} s; copy it again")


def _encoded(path: Path, plan: MediaPlan, number: int, stopped: Stopped) -> tuple[list[Sample], int]:
    start, end = plan.segments[number].start, plan.segments[number].end
    samples: list[Sample] = []
    finish = end
    with av.open(io.BytesIO(), "w", format="mp4") as container:
        stream = _open_encoder(container, plan)
        encoder = stream.codec_context
        encoder.open()
        last = -1
        for time, image in _pictures(path, plan, start):
            if stopped():
                raise SegmentStopped
            ticks = round(time * plan.timescale)
            if time < start or ticks <= last:
                continue
            if time >= end and number < len(plan.segments) - 1:
                finish = time
                break
            last = ticks
            image.pts, image.time_base = ticks, Fraction(1, plan.timescale)
            samples += _units(encoder.encode(image))
        else:
            finish = min(end, Fraction(max(last, 0), plan.timescale) + 1 / plan.rate)
        if last >= 0:
            samples += _units(encoder.encode(None))
    return samples, round(finish * plan.timescale)


def _units(packets: list[Any]) -> list[Sample]:
    return [Sample(length_prefixed(s.data), s.start, s.is_key) for s in _samples(packets)]


def _samples(packets: list[Any]) -> list[Sample]:
    return [Sample(bytes(packet), packet.pts, packet.is_keyframe) for packet in packets]


def _pictures(path: Path, plan: MediaPlan, start: Fraction) -> Iterator[tuple[Fraction, av.VideoFrame]]:
    """The pictures from a time on, in the size of the plan, ready for the encoder."""
    matrix = Colorspace.ITU709 if plan.height >= _HD_HEIGHT else Colorspace.ITU601
    video = VideoFile(path, start_s=max(0.0, float(start) - 0.001))
    video.defer_images()
    with video:
        try:
            for frame in video:
                scaled = frame.scaled(plan.width, plan.height)
                image = frame.image if scaled is None else scaled
                picture = av.VideoFrame.from_ndarray(image, format="bgr24")
                yield (
                    frame.time,
                    picture.reformat(
                        format="yuv420p", dst_colorspace=matrix, dst_color_range=ColorRange.MPEG
                    ),
                )
        except SourceError:
            if video.info.duration_s is None or start == 0:
                raise
            # The file is shorter than its header says.


def _open_encoder(container: Any, plan: MediaPlan) -> Any:
    """An H.264 stream. Its settings are the same for all segments: they share one header."""
    pixels_s = plan.width * plan.height * float(plan.rate)
    max_rate = int(min(8_000_000, max(800_000, 0.2 * pixels_s)))
    stream = container.add_stream(
        "libx264",
        rate=plan.rate,
        width=plan.width,
        height=plan.height,
        options={
            "preset": "veryfast",
            "crf": "21",
            "profile": "high",
            "maxrate": str(max_rate),
            "bufsize": str(2 * max_rate),
            "g": str(max(1, round(2 * plan.rate))),
            "bf": "0",  # decode times are then those of display, for players that mind
        },
    )
    context = stream.codec_context
    context.pix_fmt = "yuv420p"
    context.time_base = Fraction(1, plan.timescale)
    is_hd = plan.height >= _HD_HEIGHT
    context.colorspace = 1 if is_hd else 6
    context.color_primaries = 1 if is_hd else 6
    context.color_trc = 1 if is_hd else 6
    context.color_range = 1
    context.flags |= 1 << 22  # AV_CODEC_FLAG_GLOBAL_HEADER
    return stream


def _open_sound(container: Any) -> Any:
    stream = container.add_stream("aac", rate=SOUND_RATE, layout="stereo", options={"aac_coder": "fast"})
    stream.codec_context.bit_rate = 160_000
    stream.codec_context.flags |= 1 << 22
    return stream


def _sound(path: Path, plan: MediaPlan, number: int, stopped: Stopped) -> tuple[list[Sample], int]:
    """The frames of AAC that start in a segment; silence where the file has no sound."""
    stretch = plan.segments[number]
    first = 0 if number == 0 else _frame_at(stretch.start)
    end = _frame_at(stretch.end)
    origin = max(0, first - _SETTLING_FRAMES)
    samples: list[Sample] = []
    with SoundFile(path) as file, av.open(io.BytesIO(), "w", format="mp4") as container:
        encoder = _open_sound(container).codec_context
        encoder.open()
        blocks = file.samples(Fraction(origin * _FRAME, SOUND_RATE), plan.sound, rate=SOUND_RATE)
        for index, block in enumerate(_frames(blocks, end - origin + 1)):
            if stopped():
                raise SegmentStopped
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.time_base = SOUND_RATE, Fraction(1, SOUND_RATE)
            frame.pts = (origin + index) * _FRAME
            samples += _samples(encoder.encode(frame))
        samples += _samples(encoder.encode(None))
    kept = [s for s in samples if first * _FRAME <= s.start < end * _FRAME]
    return [Sample(s.data, s.start, True) for s in kept], end * _FRAME


def _frames(blocks: Iterator[np.ndarray], count: int) -> Iterator[np.ndarray]:
    """Blocks of any length -> so many of (2, 1024) float32, the last ones silent."""
    held = np.zeros((0, 2), np.int16)
    for _ in range(count):
        parts, length = [held], len(held)
        while length < _FRAME:
            block = next(blocks, None)
            parts.append(np.zeros((_FRAME, 2), np.int16) if block is None else block)
            length += len(parts[-1])
        held = np.concatenate(parts)
        yield np.ascontiguousarray(held[:_FRAME].T.astype(np.float32) / 32768)
        held = held[_FRAME:]


def _frame_at(time: Fraction) -> int:
    """Number of the first frame of AAC that starts at a time or later."""
    return int(-(-time * SOUND_RATE // _FRAME))
