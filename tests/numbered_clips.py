"""Clips in every container and codec that ffmpeg can write; frames show numbers and characters' colours.

Their sound starts half a second before their video, if the container can express that.
"""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np

from tests.fakes import COLOURS, LABELS
from tests.media import Recipe, number_of, numbered
from tests.ogm import make_ogm

RATE = Fraction(25)
SIZE = (176, 144)
FRAMES = 48
SHOT = 16
"""Number of consecutive frames with the same colour."""
LEAD_S = 0.5


def picture(number: int, size: tuple[int, int]) -> np.ndarray:
    """A frame, (H, W, 3) uint8 BGR: its number as blocks at the top, the colour of a character below."""
    width, height = size
    image = np.empty((height, width, 3), np.uint8)
    image[: height // 2] = numbered(number, (width, height // 2))
    image[height // 2 :] = COLOURS[label_of(number)]
    return image


def label_of(number: int) -> str:
    """The character that a frame shows."""
    return LABELS[number // SHOT % len(LABELS)]


def number_on(image: np.ndarray) -> int:
    """The number that a decoded, recorded or painted frame shows."""
    return number_of(image[: image.shape[0] // 2])


def label_on(image: np.ndarray) -> str:
    """The character whose colour a decoded, recorded or painted frame shows."""
    mean = cv2.mean(image[image.shape[0] // 2 + 4 :])[:3]
    return LABELS[int(np.argmax([np.dot(mean, COLOURS[label]) for label in LABELS]))]


X264 = {"preset": "ultrafast", "g": "12", "bf": "2"}
X265 = {"preset": "ultrafast", "x265-params": "log-level=0:keyint=12:bframes=2"}
MPEG4 = {"g": "12", "bf": "0", "b": "3000000"}
MPEG4_B = {"g": "12", "bf": "2", "b": "3000000"}
VP9 = {"g": "12", "cpu-used": "8", "deadline": "realtime", "b": "3000000"}
AV1 = {"preset": "8", "crf": "8", "svtav1-params": "keyint=12"}
MJPEG = {"b": "6000000"}
BITS = {"g": "12", "b": "3000000"}


_WITHOUT_LEAD = ("avi", "rm", "mxf", "ogm")
"""ffmpeg cannot delay the first frame in these."""


def _clip(
    ending: str,
    codec: str,
    sound: str | None,
    options: dict[str, str],
    *,
    name: str = "",
    pixels: str = "yuv420p",
) -> Recipe:
    first = 0 if ending in _WITHOUT_LEAD else round(LEAD_S * RATE)
    return Recipe(
        f"{name or codec}.{ending}",
        codec,
        sound,
        frames=FRAMES,
        rate=RATE,
        size=SIZE,
        options=options,
        stamps=[first + number for number in range(FRAMES)],
        time_base=1 / RATE,
        sound_rate=44_100 if ending in ("flv", "rm") else 48_000,
        picture=picture,
        pixels=pixels,
        maker=make_ogm if ending == "ogm" else None,
    )


CLIPS = (
    _clip("avi", "mpeg4", "libmp3lame", MPEG4),
    _clip("avi", "mpeg4", "libmp3lame", MPEG4_B, name="mpeg4_b"),
    _clip("avi", "libx264", "libmp3lame", X264),
    _clip("avi", "mjpeg", "pcm_s16le", MJPEG, pixels="yuvj420p"),
    _clip("avi", "mpeg2video", "ac3", MPEG4_B),
    _clip("avi", "huffyuv", "pcm_s16le", {}, pixels="yuv422p"),
    _clip("mp4", "mpeg4", "aac", MPEG4_B),
    _clip("mp4", "libx264", "aac", X264),
    _clip("mp4", "libx265", "aac", X265),
    _clip("mp4", "libvpx-vp9", "aac", VP9),
    _clip("mp4", "libsvtav1", "aac", AV1),
    _clip("mov", "libx264", "pcm_s16le", X264),
    _clip("mov", "mpeg4", "aac", MPEG4),
    _clip("mov", "mjpeg", "pcm_s16le", MJPEG, pixels="yuvj420p"),
    _clip("mov", "prores_ks", "pcm_s16le", {}, pixels="yuv422p10le"),
    _clip("mkv", "mpeg4", "libmp3lame", MPEG4_B),
    _clip("mkv", "libx264", "aac", X264),
    _clip("mkv", "libx265", "flac", X265),
    _clip("mkv", "libvpx-vp9", "libopus", VP9),
    _clip("mkv", "libsvtav1", "libopus", AV1),
    _clip("mkv", "mpeg2video", "ac3", MPEG4_B),
    _clip("mkv", "mjpeg", "pcm_s16le", MJPEG, pixels="yuvj420p"),
    _clip("webm", "libvpx", "libopus", VP9),
    _clip("webm", "libvpx-vp9", "libopus", VP9),
    _clip("webm", "libsvtav1", "libopus", AV1),
    _clip("ts", "libx264", "aac", X264),
    _clip("ts", "libx265", "aac", X265),
    _clip("ts", "mpeg2video", "mp2", MPEG4_B),
    _clip("ts", "mpeg4", "mp2", MPEG4_B),
    _clip("m2ts", "libx264", "ac3", X264),
    _clip("vob", "mpeg2video", "ac3", MPEG4_B),
    _clip("mpg", "mpeg1video", "mp2", MPEG4_B),
    _clip("flv", "flv", "libmp3lame", BITS),
    _clip("flv", "libx264", "aac", X264),
    _clip("ogv", "libvpx", "libopus", VP9),
    _clip("ogm", "mpeg4", None, MPEG4),
    _clip("ogm", "mpeg4", None, MPEG4_B, name="mpeg4_b"),
    _clip("wmv", "msmpeg4", "libmp3lame", BITS),
    _clip("3gp", "h263", "aac", BITS),
    _clip("rm", "rv20", "ac3", BITS),
    _clip("nut", "libx264", "aac", X264),
    _clip("mxf", "mpeg2video", None, MPEG4_B),
    _clip("mxf", "libx264", None, X264),
)
"""One clip for each combination of container and codec."""
