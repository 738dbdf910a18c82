"""HDR video (PQ, HLG; BT.2020) shown on a screen for standard video: BT.709 with a peak of 203 cd/m2."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
import numpy.typing as npt
from av.filter import Graph
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

_PQ, _HLG = 16, 18
"""Transfer characteristics (ITU-T H.273): SMPTE ST 2084 and ARIB STD-B67."""

_CUBE = 33
"""Colours along each side of the table; ffmpeg interpolates between them."""
_WHITE = 203.0
"""Diffuse white of HDR, and the peak of what is shown, in cd/m2 (ITU-R BT.2408)."""
_PEAK = 1000.0
"""Brightest that programmes are mastered for, and the nominal peak of HLG, in cd/m2."""
_TO_709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])
"""Linear RGB of BT.2020 to that of BT.709 (ITU-R BT.2087)."""
_GAMMA = 2.4
"""Of the screen (ITU-R BT.1886)."""

Colours = npt.NDArray[np.float64]


def is_hdr(picture: av.VideoFrame) -> bool:
    """Whether a picture is tagged as PQ or HLG."""
    return int(picture.color_trc) in (_PQ, _HLG)


class ToneMapper:
    """Maps pictures of one size and transfer to standard range, by a table that ffmpeg's `lut3d` applies."""

    def __init__(self, picture: av.VideoFrame) -> None:
        self._kind = _kind_of(picture)
        self._reformatter = VideoReformatter()
        self._graph = graph = Graph()
        source = graph.add_buffer(
            width=picture.width,
            height=picture.height,
            format=av.VideoFormat("gbrp10le"),
            time_base=Fraction(1, 1000),  # of no matter here
        )
        with TemporaryDirectory(prefix="simpsons-play-") as folder:
            path = Path(folder) / "map.cube"
            path.write_text(_table(int(picture.color_trc)), encoding="ascii")
            lut = graph.add("lut3d", file=str(path).replace("\\", "/").replace(":", "\\:"))
            graph.link_nodes(source, lut, graph.add("buffersink")).configure()

    def takes(self, picture: av.VideoFrame) -> bool:
        """Whether a picture is of the size and kind this was made for."""
        return _kind_of(picture) == self._kind

    def map(self, picture: av.VideoFrame, *, full_range: bool) -> av.VideoFrame:
        """One picture in BT.2020 YCbCr -> RGB of standard range (gbrp10le)."""
        rgb = self._reformatter.reformat(
            picture,
            format="gbrp10le",
            src_colorspace=Colorspace.BT2020,
            src_color_range=ColorRange.JPEG if full_range else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )
        self._graph.vpush(rgb)
        return self._graph.vpull()


def standard_of(encoded: Colours, transfer: int) -> Colours:
    """(..., 3) RGB of HDR as it is coded, 0-1 -> the same colours as standard video codes them, 0-1.

    Brightness is compressed by the curve of ITU-R BT.2390 (5.4.1), applied to the largest component so that
    hues stay.

    Example:
        >>> standard_of(np.array([0.0, 0.0, 0.0]), 16).tolist()
        [0.0, 0.0, 0.0]
    """
    light = pq_to_light(encoded) if transfer == _PQ else _hlg_to_light(encoded)
    brightest = light.max(axis=-1, keepdims=True)
    shown = pq_to_light(_compressed(light_to_pq(np.minimum(brightest, _PEAK))))
    scale = np.divide(shown, brightest, out=np.zeros_like(shown), where=brightest > 0)
    linear = np.clip(light * scale / _WHITE @ _TO_709.T, 0, 1)
    return np.asarray(linear ** (1 / _GAMMA))


def pq_to_light(encoded: Colours) -> Colours:
    """PQ, 0-1 -> cd/m2 (SMPTE ST 2084)."""
    power = np.clip(encoded, 0, 1) ** (32 / 2523)
    return np.asarray(
        10_000 * (np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (8192 / 1305)
    )


def light_to_pq(light: Colours) -> Colours:
    """The reverse of `pq_to_light`."""
    power = (light / 10_000) ** (1305 / 8192)
    return np.asarray(((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** (2523 / 32))


def _hlg_to_light(encoded: Colours) -> Colours:
    """HLG, 0-1 -> cd/m2 on a screen of 1,000 (ITU-R BT.2100: inverse OETF, then the OOTF)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(encoded <= 0.5, encoded**2 / 3, (np.exp((encoded - c) / a) + b) / 12)
    luminance = scene @ np.array([0.2627, 0.678, 0.0593])
    return np.asarray(_PEAK * scene * luminance[..., None] ** 0.2)


def _compressed(encoded: Colours) -> Colours:
    """PQ up to `_PEAK` -> PQ up to `_WHITE`, by a Hermite spline from the knee on (ITU-R BT.2390)."""
    top = float(light_to_pq(np.array(_PEAK)))
    most = float(light_to_pq(np.array(_WHITE))) / top
    knee = 1.5 * most - 0.5
    given = encoded / top
    t = np.clip((given - knee) / (1 - knee), 0, 1)
    curve = (
        (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (-2 * t**3 + 3 * t**2) * most
    )
    return np.asarray(np.where(given < knee, given, curve) * top)


@cache
def _table(transfer: int) -> str:
    """The text of a table in Adobe's format, in which red changes fastest."""
    axis = np.linspace(0, 1, _CUBE)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    colours = standard_of(np.stack([red, green, blue], axis=-1).reshape(-1, 3), transfer)
    lines = (f"{r:.6f} {g:.6f} {b:.6f}" for r, g, b in colours)
    return "\n".join([f"LUT_3D_SIZE {_CUBE}", *lines, ""])


def _kind_of(picture: av.VideoFrame) -> tuple[int, int, int]:
    return picture.width, picture.height, int(picture.color_trc)
