import pytest

from simpsons_play.core.crops import CROPS, crop_regions, scaled
from simpsons_play.core.errors import SourceError
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Prediction, Region
from simpsons_play.core.timefmt import format_time


def test_halves_of_an_odd_width_cover_the_frame_once() -> None:
    assert [region.box for region in crop_regions(641, 360, CROPS)] == [
        Box(0, 0, 641, 360),
        Box(0, 0, 320, 360),
        Box(320, 0, 641, 360),
    ]
    assert [region.name for region in crop_regions(10, 10, ("right", "full"))] == ["right", "full"]


def test_unknown_crops_and_frames_without_halves_are_refused() -> None:
    with pytest.raises(ValueError, match="no region is called 'top'; there are full, left, right"):
        crop_regions(10, 10, ("top",))
    for name in ("left", "right"):
        with pytest.raises(SourceError, match="1 pixel wide has no halves; use --regions full"):
            crop_regions(1, 10, (name,))
    assert len(crop_regions(1, 10, ("full",))) == 1
    assert len(crop_regions(2, 10, ("left", "right"))) == 2


def test_results_are_scaled_with_the_picture_and_no_box_vanishes() -> None:
    region, small = Region("head-1", Box(10, 20, 30, 60)), Region("head-2", Box(100, 100, 101, 101))
    result = FrameResult(
        3,
        1.5,
        True,
        (Prediction(region, "bart", 0.9, (("bart", 0.9),)),),
        (Caption(region, "bart", 0.8), Caption(small, "lisa", 0.7)),
    )
    half = scaled(result, across=0.5, down=0.25)
    assert half.predictions[0].region == Region("head-1", Box(5, 5, 15, 15))
    assert [caption.region.box for caption in half.captions] == [Box(5, 5, 15, 15), Box(50, 25, 51, 26)]
    assert (half.index, half.time_s, half.cut) == (3, 1.5, True)
    assert [caption.probability for caption in half.captions] == [0.8, 0.7]


@pytest.mark.parametrize(
    ("time_s", "text"),
    [
        (0, "00:00"),
        (59.99, "00:59"),
        (60, "01:00"),
        (3599, "59:59"),
        (3600, "1:00:00"),
        (36_061, "10:01:01"),
        (-5, "00:00"),
    ],
)
def test_times_have_hours_from_an_hour_on(time_s: float, text: str) -> None:
    assert format_time(time_s) == text
