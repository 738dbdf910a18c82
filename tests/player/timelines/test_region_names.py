"""Region names in output files."""

from __future__ import annotations

from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Prediction, Region
from simpsons_play.timelines.region_names import region_names


def test_heads_are_named_by_their_half_of_the_frame() -> None:
    left, right = Region("head-1", Box(0, 0, 90, 50)), Region("head-2", Box(60, 0, 140, 50))
    seen = tuple(
        Prediction(region, None, 0.1, ()) for region in (left, right, Region("full", Box(0, 0, 200, 90)))
    )
    result = FrameResult(0, 0.0, False, seen, ())
    assert region_names(result, 200) == {"head-1": "head-1-left", "head-2": "head-2-right", "full": "full"}


def test_head_has_one_name_even_if_its_caption_lags_behind() -> None:
    seen = Prediction(Region("head-1", Box(90, 0, 130, 50)), "bart_simpson", 0.9, ())
    behind = Caption(Region("head-1", Box(60, 0, 100, 50)), "bart_simpson", 0.9)
    gone = Caption(Region("head-2", Box(150, 0, 190, 50)), "lisa_simpson", 0.9)
    result = FrameResult(0, 0.0, False, (seen,), (behind, gone))
    assert region_names(result, 200) == {"head-1": "head-1-left", "head-2": "head-2-right"}
