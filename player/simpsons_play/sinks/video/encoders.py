"""Encoders: of H.264 those of graphics cards, where one really works, and x264; of VP9 libvpx."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext

from simpsons_play.core.errors import SinkError
from simpsons_play.core.silence import quiet_stderr

SOFTWARE, HARDWARE, AUTO = "software", "hardware", "auto"
CHOICES = (AUTO, SOFTWARE, HARDWARE)

_LARGE_PX = 4_000_000
"""Pictures of more pixels are large: those of 4K are, those of 1440p are not."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """How ffmpeg is asked to encode.

    Attributes:
        codec: as ffmpeg calls it.
        pixels: format of the pictures it takes.
        options: that give about the quality of x264 at a CRF, which stands as `{crf}`; so does `{preset}`.
        offset: of that CRF on the encoder's own scale.
        worst: end of that scale.
        large: more options for large pictures, to hold fewer of them at once.
    """

    codec: str
    pixels: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)
    offset: int = 0
    worst: int = 51
    large: dict[str, str] = field(default_factory=dict)

    def options_for(
        self, crf: int, *, preset: str = "veryfast", in_order: bool = False, pixels: int = 0
    ) -> dict[str, str]:
        """The options for ffmpeg.

        Args:
            crf: quality as x264 counts it, 0 (lossless) to 51.
            preset: speed as x264 names it; others have their own.
            in_order: pictures are stored in the order they are shown.
            pixels: in one picture.
        """
        own = min(self.worst, crf + self.offset)
        options = {name: value.format(crf=own, preset=preset) for name, value in self.options.items()}
        if pixels > _LARGE_PX:
            options |= self.large
        return {**options, "bf": "0"} if in_order else options


# VP9 reaches at CRF 31 what x264 reaches at 20 (Google's own advice for 480p and up is 31 to 33), but there
# 4 % of flat colours come back 3 or 4 levels wrong; at 25 it is 0.5 % and 3 levels (2,000 colours, 320x240).
# It looks ahead at no picture with this deadline, but would hold 25.
VP9 = Encoder(
    "libvpx-vp9",
    options={
        "crf": "{crf}",
        "b": "0",
        "deadline": "realtime",
        "cpu-used": "8",
        "row-mt": "1",
        "lag-in-frames": "0",
    },
    offset=5,
    worst=63,
)
X264 = Encoder(
    "libx264",
    options={"crf": "{crf}", "preset": "{preset}"},
    # Each picture of 4K that x264 looks ahead at takes 35 MB.
    large={"rc-lookahead": "2", "bf": "0", "x264-params": "sync-lookahead=0"},
)

# Constant quality, on each maker's own scale of quantisers; all count as H.264 does, 0 to 51.
CARDS = (
    Encoder("h264_nvenc", options={"rc": "vbr", "cq": "{crf}", "b": "0", "preset": "p4"}),
    Encoder("h264_qsv", pixels="nv12", options={"global_quality": "{crf}"}),
    Encoder("h264_amf", options={"rc": "cqp", "qp_i": "{crf}", "qp_p": "{crf}"}),
)


def encoder_for(
    choice: str, *, width: int, height: int, rate: Fraction, cards: tuple[Encoder, ...] = CARDS
) -> Encoder:
    """The encoder to use: a card's, where one encodes a picture of this size, or x264.

    Args:
        choice: one of `CHOICES`.
        width: of a picture, in pixels.
        height: of a picture, in pixels.
        rate: pictures per second.
        cards: those to try, in order.

    Raises:
        SinkError: a card was asked for and none can encode this.
    """
    if choice != SOFTWARE:
        for encoder in cards:
            if _works(encoder, width, height, rate):
                return encoder
    if choice == HARDWARE:
        tried = ", ".join(encoder.codec for encoder in cards)
        raise SinkError(
            f"no graphics card here encodes H.264 of {width}x{height} (tried {tried}); leave --encoder out"
        )
    return X264


def _works(encoder: Encoder, width: int, height: int, rate: Fraction) -> bool:
    """Whether a grey picture goes in and a packet comes out."""
    try:
        with quiet_stderr():  # drivers that are not there say so in words of their own
            context = av.CodecContext.create(encoder.codec, "w")
            if not isinstance(context, VideoCodecContext):
                return False
            context.width, context.height, context.pix_fmt = width, height, encoder.pixels
            context.framerate, context.time_base = rate, 1 / rate
            context.options = encoder.options_for(23)
            grey = av.VideoFrame.from_ndarray(np.full((height, width, 3), 90, np.uint8), format="bgr24")
            picture = grey.reformat(format=encoder.pixels)
            picture.pts = 0
            return bool([*context.encode(picture), *context.encode(None)])
    except (av.FFmpegError, ValueError, OSError):
        return False
