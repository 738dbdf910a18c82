"""Tone mapping: HDR video (PQ, HLG; BT.2020) -> standard range, BT.709 with a peak of 203 cd/m2."""

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
"""Size of the lookup table along each axis; ffmpeg interpolates between its entries."""
_WHITE = 203.0
"""Diffuse white of HDR and peak of the result, in cd/m2 (ITU-R BT.2408)."""
_PEAK = 1000.0
"""Usual mastering peak and nominal peak of HLG, in cd/m2."""
_TO_709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])
"""Linear RGB, BT.2020 -> BT.709 (ITU-R BT.2087)."""
_GAMMA = 2.4
"""Gamma of the display (ITU-R BT.1886)."""

Colours = npt.NDArray[np.float64]


def is_hdr(picture: av.VideoFrame) -> bool:
    """Whether a picture is tagged as PQ or HLG."""
    return int(picture.color_trc) in (_PQ, _HLG)


class ToneMapper:
    """Maps pictures of one size and transfer to standard range with a table for ffmpeg's `lut3d`."""

    def __init__(self, picture: av.VideoFrame) -> None:
        self._format = _format_of(picture)
        self._reformatter = VideoReformatter()
        self._graph = graph = Graph()
        source = graph.add_buffer(
            width=picture.width,
            height=picture.height,
            format=av.VideoFormat("gbrp10le"),
            time_base=Fraction(1, 1000),  # required, but not used
        )
        with TemporaryDirectory(prefix="simpsons-play-") as folder:
            path = Path(folder) / "map.cube"
            path.write_text(_table(int(picture.color_trc)), encoding="ascii")
            lut = graph.add("lut3d", file=str(path).replace("\\", "/").replace(":", "\\:"))
            graph.link_nodes(source, lut, graph.add("buffersink")).configure()

    def fits(self, picture: av.VideoFrame) -> bool:
        """Whether a picture has the size and transfer of this mapper."""
        return _format_of(picture) == self._format

    def map(self, picture: av.VideoFrame, *, full_range: bool) -> av.VideoFrame:
        """A picture in BT.2020 YCbCr -> standard-range RGB (gbrp10le)."""
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
    """(..., 3) encoded HDR RGB, 0-1 -> encoded standard-range RGB, 0-1.

    Brightness is compressed with the curve of ITU-R BT.2390 (5.4.1), applied to the largest component so that
    hues do not change.

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
    """cd/m2 -> PQ, 0-1: the inverse of `pq_to_light`."""
    power = (light / 10_000) ** (1305 / 8192)
    return np.asarray(((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** (2523 / 32))


def _hlg_to_light(encoded: Colours) -> Colours:
    """HLG, 0-1 -> cd/m2 on a display with a peak of 1,000 (ITU-R BT.2100: inverse OETF, then OOTF)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(encoded <= 0.5, encoded**2 / 3, (np.exp((encoded - c) / a) + b) / 12)
    luminance = scene @ np.array([0.2627, 0.678, 0.0593])
    return np.asarray(_PEAK * scene * luminance[..., None] ** 0.2)


def _compressed(encoded: Colours) -> Colours:
    """PQ up to `_PEAK` -> PQ up to `_WHITE`, with a Hermite spline above the knee (ITU-R BT.2390)."""
    top = float(light_to_pq(np.array(_PEAK)))
    limit = float(light_to_pq(np.array(_WHITE))) / top
    knee = 1.5 * limit - 0.5
    level = encoded / top
    t = np.clip((level - knee) / (1 - knee), 0, 1)
    curve = (
        (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (-2 * t**3 + 3 * t**2) * limit
    )
    return np.asarray(np.where(level < knee, level, curve) * top)


@cache
def _table(transfer: int) -> str:
    """A lookup table in Adobe's .cube format, in which red changes fastest."""
    axis = np.linspace(0, 1, _CUBE)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    colours = standard_of(np.stack([red, green, blue], axis=-1).reshape(-1, 3), transfer)
    lines = (f"{r:.6f} {g:.6f} {b:.6f}" for r, g, b in colours)
    return "\n".join([f"LUT_3D_SIZE {_CUBE}", *lines, ""])


def _format_of(picture: av.VideoFrame) -> tuple[int, int, int]:
    return picture.width, picture.height, int(picture.color_trc)
