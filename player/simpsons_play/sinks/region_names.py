"""What files call the places in a frame."""

from __future__ import annotations

from simpsons_play.core.results import FrameResult


def region_names(result: FrameResult, width: int) -> dict[str, str]:
    """The regions of a frame by what files call them: of a head they say which half of the frame it is in.

    `head-2` becomes `head-2-left` where the middle of what its caption stands at, or else of what was seen of
    it, is left of the middle of the frame; other regions keep their names.

    Args:
        result: of the frame.
        width: of the frame, in pixels.
    """
    regions = {prediction.region.name: prediction.region for prediction in result.predictions}
    regions |= {caption.region.name: caption.region for caption in result.captions}
    return {
        name: f"{name}-{'left' if region.box.x_min + region.box.x_max < width else 'right'}"
        if region.is_head
        else name
        for name, region in regions.items()
    }
