"""Small media files generated in code.

Every picture shows its number in black and white blocks, so that tests can check which frame was decoded. No
two packets of sound are alike, so that tests can tell them apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

FILM = Fraction(24000, 1001)
SIZE = (64, 48)
_COLUMNS, _ROWS = 4, 3
SOUND_RATE = 48_000


def numbered(number: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """A picture, (H, W, 3) uint8 BGR, that shows a number.

    Args:
        number: 0-4095, drawn in 4 x 3 blocks, most significant bit first.
        size: width and height in pixels.
    """
    width, height = size
    rows = np.arange(height) * _ROWS // height
    columns = np.arange(width) * _COLUMNS // width
    block = rows[:, None] * _COLUMNS + columns[None, :]
    bits = number >> (_COLUMNS * _ROWS - 1 - block) & 1
    return np.repeat((bits * 200 + 30).astype(np.uint8)[..., None], 3, axis=2)


def number_of(image: np.ndarray) -> int:
    """The number that `numbered` drew, readable after any lossy codec."""
    height, width = image.shape[:2]
    number = 0
    for row in range(_ROWS):
        for column in range(_COLUMNS):
            y, x = int((row + 0.5) * height / _ROWS), int((column + 0.5) * width / _COLUMNS)
            number = number << 1 | int(image[y - 2 : y + 3, x - 2 : x + 3].mean() > 130)
    return number


@dataclass(frozen=True)
class Recipe:
    """Settings of a test video.

    Attributes:
        name: file name; the suffix chooses the container.
        codec: video codec.
        sound: sound codec; None for a video without sound.
        frames: number of frames; frame n shows number n.
        rate: frames per second.
        size: width and height in pixels.
        stamps: time stamp of each frame, in ticks of `time_base`; None for a constant rate.
        time_base: seconds per tick of `stamps`; None for one frame.
        options: options of the encoder, with ffmpeg's names.
        muxing: options of the container, with ffmpeg's names.
        rotation: in degrees, counterclockwise, as stored by a phone.
        aspect: width of a pixel over its height.
        sound_start_s: start of the sound after the start of the video, in seconds.
        sound_tail_s: how long the sound goes on after the end of the video, in seconds.
        sound_rate: samples per second.
        picture: number, size -> picture, (H, W, 3) uint8 BGR.
        pixels: pixel format, with ffmpeg's name.
        maker: writes the file instead of ffmpeg.
    """

    name: str
    codec: str = "libx264"
    sound: str | None = None
    frames: int = 48
    rate: Fraction = FILM
    size: tuple[int, int] = SIZE
    stamps: Sequence[int] | None = None
    time_base: Fraction | None = None
    options: dict[str, str] = field(default_factory=dict)
    muxing: dict[str, str] = field(default_factory=dict)
    rotation: int = 0
    aspect: Fraction = Fraction(1)
    sound_start_s: float = 0.0
    sound_tail_s: float = 0.0
    sound_rate: int = SOUND_RATE
    picture: Callable[[int, tuple[int, int]], np.ndarray] = numbered
    pixels: str = "yuv420p"
    maker: Callable[[Path, Recipe], Path] | None = None

    @property
    def length_s(self) -> float:
        if self.stamps is not None and self.time_base is not None:
            return float(self.stamps[-1] * self.time_base + 1 / self.rate)
        return float(self.frames / self.rate)


X264 = {"preset": "ultrafast", "g": "12"}
AVI = Recipe(
    "xvid.avi", "mpeg4", "libmp3lame", options={"g": "12", "bf": "0", "b": "2000000", "strict": "-2"}
)
AVI_B = Recipe("packed.avi", "mpeg4", "libmp3lame", options={"g": "12", "bf": "2", "b": "2000000"})
AVI_H264 = Recipe("h264.avi", "libx264", "pcm_s16le", options={**X264, "bf": "2"})
MP4 = Recipe("h264.mp4", "libx264", "aac", options={**X264, "bf": "2"})
MOV = Recipe("pcm.mov", "libx264", "pcm_s16le", options=X264)
MKV = Recipe("h264.mkv", "libx264", "aac", options={**X264, "bf": "2"}, rate=Fraction(25))
TS = Recipe("h264.ts", "libx264", "aac", options={**X264, "bf": "2"}, rate=Fraction(25))
WEBM8 = Recipe("vp8.webm", "libvpx", "libopus", options={"g": "12", "cpu-used": "8", "deadline": "realtime"})
WEBM9 = Recipe(
    "vp9.webm", "libvpx-vp9", "libopus", options={"g": "12", "cpu-used": "8", "deadline": "realtime"}
)
# Frames of 20 to 100 ms.
VFR = Recipe(
    "vfr.mkv",
    "libx264",
    "libopus",
    options={**X264, "bf": "2"},
    rate=Fraction(17),
    stamps=np.cumsum([0, *np.random.default_rng(7).integers(20, 101, 47)]).tolist(),
    time_base=Fraction(1, 1000),
)
LATE = Recipe(
    "late.mp4", options=X264, rate=Fraction(25), stamps=[7 + n for n in range(48)], time_base=Fraction(1, 25)
)
EVERY = (AVI, AVI_B, AVI_H264, MP4, MOV, MKV, TS, WEBM8, WEBM9, VFR, LATE)
"""One recipe for each kind of container, codec and clock."""


def make_video(folder: Path, recipe: Recipe) -> Path:
    """Write the video of a recipe into a folder and return its path."""
    if recipe.maker is not None:
        return recipe.maker(folder, recipe)
    path = folder / recipe.name
    time_base = recipe.time_base or 1 / recipe.rate
    with av.open(str(path), "w", options=dict(recipe.muxing)) as out:
        video: Any = out.add_stream(
            recipe.codec,
            rate=recipe.rate,
            options=dict(recipe.options),
            width=recipe.size[0],
            height=recipe.size[1],
            time_base=time_base,
        )
        video.codec_context.time_base = time_base
        video.codec_context.pix_fmt = recipe.pixels
        video.codec_context.sample_aspect_ratio = recipe.aspect
        if recipe.rotation:
            video.set_display_rotation(recipe.rotation)
        sound = None if recipe.sound is None else _Tone(out, recipe.sound, recipe)
        for number in range(recipe.frames):
            image = recipe.picture(number, recipe.size)
            if recipe.rotation:  # stored rotated, so that rotating it back makes it upright
                image = np.ascontiguousarray(
                    np.rot90(numbered(number, recipe.size[::-1]), -recipe.rotation // 90)
                )
            picture = av.VideoFrame.from_ndarray(image, format="bgr24")
            picture.pts = number if recipe.stamps is None else recipe.stamps[number]
            picture.time_base = time_base
            out.mux(video.encode(picture))
            if sound is not None:
                sound.until(float(picture.pts * time_base))
        out.mux(video.encode(None))
        if sound is not None:
            sound.finish(recipe.length_s + recipe.sound_tail_s)
    return path


def make_sound(path: Path, codec: str = "libmp3lame", length_s: float = 1.0) -> Path:
    """Write a file with sound and no video."""
    with av.open(str(path), "w") as out:
        _Tone(out, codec, Recipe(path.name)).finish(length_s)
    return path


class Studio:
    """Makes each video once and caches it.

    Args:
        folder: where the videos are written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Path] = {}

    def video(self, recipe: Recipe) -> Path:
        if recipe.name not in self._made:
            self._made[recipe.name] = make_video(self._folder, recipe)
        return self._made[recipe.name]


class FakeCapture:
    """A fake camera that sends numbered pictures.

    Args:
        pictures: number of pictures until it is unplugged; 0 for a camera that opens but sends nothing.
        opened: whether the camera can be opened.
        size: width and height in pixels.
    """

    def __init__(self, pictures: int = 5, *, opened: bool = True, size: tuple[int, int] = SIZE) -> None:
        self.released = False
        self._left = pictures
        self._opened = opened
        self._size = size
        self._number = 0

    def isOpened(self) -> bool:
        return self._opened

    def read(self) -> tuple[bool, Any]:
        if self._number >= self._left:
            return False, None
        self._number += 1
        return True, numbered(self._number - 1, self._size)

    def get(self, propId: int, /) -> float:
        return 30.0 if propId == cv2.CAP_PROP_FPS else 0.0

    def release(self) -> None:
        self.released = True


class _Tone:
    """Encodes a stereo tone of rising pitch with some noise, so that no two packets are alike."""

    def __init__(self, out: Any, codec: str, recipe: Recipe) -> None:
        self._out = out
        self._rate = recipe.sound_rate
        self._stream = out.add_stream(codec, rate=self._rate, layout="stereo", options={"strict": "-2"})
        self._stream.codec_context.open()
        self._size = self._stream.codec_context.frame_size or 1024
        self._format = self._stream.codec_context.format.name
        self._offset = round(recipe.sound_start_s * self._rate)
        self._noise = np.random.default_rng(3)
        self._sample = 0

    def until(self, end_s: float) -> None:
        while (self._sample + self._offset) / self._rate < end_s:
            at = (self._sample + np.arange(self._size)) / self._rate
            wave = 0.3 * np.sin(2 * np.pi * (200 + 100 * at) * at) + self._noise.normal(0, 0.02, self._size)
            samples = (np.repeat(wave, 2)[None] * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
            frame.sample_rate = self._rate
            frame.pts, frame.time_base = self._sample + self._offset, Fraction(1, self._rate)
            resampler = av.AudioResampler(format=self._format, layout="stereo", rate=self._rate)
            for ready in resampler.resample(frame):
                self._out.mux(self._stream.encode(ready))
            self._sample += self._size

    def finish(self, end_s: float) -> None:
        self.until(end_s)
        self._out.mux(self._stream.encode(None))


def beginning(path: Path, folder: Path, length_s: float) -> Path:
    """Copy the first seconds of a video, without encoding, into a folder under the same name.

    Analysing a whole video with the shipped network takes long, and many tests do not need it.
    """
    with av.open(str(path)) as source, av.open(str(folder / path.name), "w") as out:
        copies = {
            stream.index: out.add_stream_from_template(stream)
            for stream in (source.streams.video[0], source.streams.audio[0])
        }
        for packet in source.demux(*source.streams.video, *source.streams.audio):
            if packet.dts is not None and packet.dts * packet.time_base < length_s:
                packet.stream = copies[packet.stream.index]
                out.mux(packet)
    return folder / path.name


def cut_without_encoding(path: Path, out: Path, start_s: float) -> Path:
    """Do as `ffmpeg -ss START -i PATH -c copy OUT`: copy the packets from the key frame before the start on.

    In MP4 and MOV, an edit list then hides the frames before the start.
    """
    with (
        av.open(str(path)) as source,
        av.open(str(out), "w", options={"avoid_negative_ts": "disabled"}) as to,
    ):
        copies = {s.index: to.add_stream_from_template(s) for s in source.streams if s.type != "data"}
        source.seek(round(start_s * av.time_base))
        for packet in source.demux():
            if packet.pts is None or packet.dts is None or packet.stream_index not in copies:
                continue
            shift = round(start_s / packet.time_base)
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
            packet.stream = copies[packet.stream_index]
            to.mux(packet)
    return out


def joined(out: Path, *paths: Path) -> Path:
    """Join files as `cat` does; works for transport and program streams."""
    out.write_bytes(b"".join(path.read_bytes() for path in paths))
    return out


def truncated(path: Path, share: float = 0.5) -> Path:
    """A copy that ends early, as after an incomplete download."""
    copy = path.with_name(f"truncated_{path.name}")
    data = path.read_bytes()
    copy.write_bytes(data[: int(len(data) * share)])
    return copy


def damaged(path: Path) -> Path:
    """A copy with 600 bytes in the middle overwritten with noise."""
    copy = path.with_name(f"damaged_{path.name}")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 600] = np.random.default_rng(1).integers(0, 256, 600, dtype=np.uint8).tobytes()
    copy.write_bytes(data)
    return copy


def make_pictures(folder: Path, names: Sequence[str], size: tuple[int, int] = SIZE) -> list[Path]:
    """Write one picture for each name, in the format of its suffix, numbered in the order of the names."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, name in enumerate(names):
        ok, data = cv2.imencode(Path(name).suffix, numbered(number, size))
        if not ok:
            raise ValueError(f"{name} cannot be encoded")
        (folder / name).write_bytes(data.tobytes())
        paths.append(folder / name)
    return paths


def sound_packets(path: Path) -> list[str]:
    """SHA-256 of each packet of the first sound stream, in order."""
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return []
        stream = container.streams.audio[0]
        return [
            hashlib.sha256(bytes(packet)).hexdigest() for packet in container.demux(stream) if packet.size
        ]


def length_s(path: Path, kind: str = "video") -> float:
    """From the start of the first packet of a stream to the end of the last one, in seconds."""
    start, end = float("inf"), 0.0
    with av.open(str(path)) as container:
        stream = next(stream for stream in container.streams if stream.type == kind)
        for packet in container.demux(stream):
            if packet.size and packet.pts is not None:
                start = min(start, float(packet.pts * packet.time_base))
                end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    return end - start
