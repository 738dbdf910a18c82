"""Video encoders: H.264 in hardware if that works, else x264; VP9 with libvpx."""

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
"""Frames with more pixels count as large: 4K does, 1440p does not."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """An encoder of ffmpeg and its options.

    Attributes:
        codec: ffmpeg's name of the encoder.
        pixel_format: pixel format it takes.
        options: options for about the quality of x264 at the CRF that replaces `{crf}`; `{preset}` is
            replaced, too.
        crf_offset: added to the CRF of x264 for the same quality on the encoder's own scale.
        max_crf: end of that scale.
        large_options: further options that save memory for large frames.
    """

    codec: str
    pixel_format: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)
    crf_offset: int = 0
    max_crf: int = 51
    large_options: dict[str, str] = field(default_factory=dict)

    def options_for(
        self, crf: int, *, preset: str = "veryfast", reorder: bool = True, pixels: int = 0
    ) -> dict[str, str]:
        """The options to give to ffmpeg.

        Args:
            crf: quality on x264's scale, 0 (lossless) to 51.
            preset: speed preset of x264; other encoders ignore it.
            reorder: allow B-frames, which are stored in another order than they are shown in.
            pixels: pixels per frame.

        Example:
            >>> X264.options_for(20, reorder=False)
            {'crf': '20', 'preset': 'veryfast', 'bf': '0'}
        """
        own_crf = min(self.max_crf, crf + self.crf_offset)
        options = {name: value.format(crf=own_crf, preset=preset) for name, value in self.options.items()}
        if pixels > _LARGE_PX:
            options |= self.large_options
        return options if reorder else {**options, "bf": "0"}


def thread_type_for(pixels: int) -> str:
    """How the threads of an encoder share the work, as ffmpeg's `thread_type`.

    Threads that encode one frame each keep all cores busy, and files are 2% smaller than with slices. Those
    of large frames share each frame, because every frame in work takes 35 MB at 4K.

    Args:
        pixels: pixels per frame.
    """
    return "SLICE" if pixels > _LARGE_PX else "FRAME"


# VP9 at CRF 31 matches x264 at 20 (Google recommends 31 to 33 for 480p and up), but then 4% of flat colours
# are off by 3 or 4 levels; at 25 it is 0.5% and 3 levels (2,000 colours, 320x240). The realtime deadline has
# no lookahead, yet libvpx would still buffer 25 frames without lag-in-frames=0.
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
    crf_offset=5,
    max_crf=63,
)
X264 = Encoder(
    "libx264",
    options={"crf": "{crf}", "preset": "{preset}"},
    # Each 4K frame in the lookahead of x264 takes 35 MB.
    large_options={"rc-lookahead": "2", "bf": "0", "x264-params": "sync-lookahead=0"},
)

# Constant quality with each vendor's quantizer option; all use the scale of H.264, 0 to 51.
HARDWARE_ENCODERS = (
    Encoder("h264_nvenc", options={"rc": "vbr", "cq": "{crf}", "b": "0", "preset": "p4"}),
    Encoder("h264_qsv", pixel_format="nv12", options={"global_quality": "{crf}"}),
    Encoder("h264_amf", options={"rc": "cqp", "qp_i": "{crf}", "qp_p": "{crf}"}),
)


def encoder_for(
    choice: str,
    *,
    width: int,
    height: int,
    rate: Fraction,
    hardware: tuple[Encoder, ...] = HARDWARE_ENCODERS,
) -> Encoder:
    """Choose the H.264 encoder: the first hardware encoder that works for this frame size, else x264.

    Args:
        choice: one of `CHOICES`.
        width: frame width in pixels.
        height: frame height in pixels.
        rate: frames per second.
        hardware: hardware encoders to try, in order.

    Raises:
        SinkError: a hardware encoder is requested and none can encode this.
    """
    if choice != SOFTWARE:
        for encoder in hardware:
            if _works(encoder, width, height, rate):
                return encoder
    if choice == HARDWARE:
        tried = ", ".join(encoder.codec for encoder in hardware)
        raise SinkError(
            f"no hardware encoder works for H.264 of {width}x{height} (tried {tried}); leave --encoder out"
        )
    return X264


def _works(encoder: Encoder, width: int, height: int, rate: Fraction) -> bool:
    """Whether the encoder turns one grey frame into a packet."""
    try:
        with quiet_stderr():  # libraries print messages about missing drivers
            context = av.CodecContext.create(encoder.codec, "w")
            if not isinstance(context, VideoCodecContext):
                return False
            context.width, context.height, context.pix_fmt = width, height, encoder.pixel_format
            context.framerate, context.time_base = rate, 1 / rate
            context.options = encoder.options_for(23)
            grey = av.VideoFrame.from_ndarray(np.full((height, width, 3), 90, np.uint8), format="bgr24")
            frame = grey.reformat(format=encoder.pixel_format)
            frame.pts = 0
            return bool([*context.encode(frame), *context.encode(None)])
    except (av.FFmpegError, ValueError, OSError):
        return False
