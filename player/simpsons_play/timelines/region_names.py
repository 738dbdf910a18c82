"""Region names in output files."""

from __future__ import annotations

from simpsons_play.core.results import FrameResult


def region_names(result: FrameResult, width: int) -> dict[str, str]:
    """Map the regions of a frame to their names in output files, which add the half of the frame to heads.

    `head-2` becomes `head-2-left` if the centre of its box is in the left half of the frame. The box of its
    caption decides if there is one, else that of its prediction. Crops keep their names.

    Args:
        result: result of the frame.
        width: frame width in pixels.
    """
    regions = {prediction.region.name: prediction.region for prediction in result.predictions}
    regions |= {caption.region.name: caption.region for caption in result.captions}
    return {
        name: f"{name}-{'left' if region.box.x_min + region.box.x_max < width else 'right'}"
        if region.is_head
        else name
        for name, region in regions.items()
    }
