import pytest

from simpsons_play.core.crops import crop_regions
from simpsons_play.core.results import Caption
from simpsons_play.tracking.merge import merged

AT = {region.name: region for region in crop_regions(640, 480, ("full", "left", "right"))}


def captions(**named: str) -> list[Caption]:
    return [Caption(AT[name], label, 0.9) for name, label in named.items()]


@pytest.mark.parametrize(
    ("seen", "shown"),
    [
        ({}, {}),
        ({"full": "homer"}, {"full": "homer"}),
        ({"left": "homer"}, {"left": "homer"}),
        ({"left": "homer", "right": "bart"}, {"left": "homer", "right": "bart"}),
        ({"full": "homer", "left": "homer"}, {"left": "homer"}),
        ({"full": "homer", "right": "homer"}, {"right": "homer"}),
        ({"full": "homer", "left": "homer", "right": "bart"}, {"left": "homer", "right": "bart"}),
        ({"full": "homer", "left": "homer", "right": "homer"}, {"full": "homer"}),
        ({"full": "marge", "left": "homer", "right": "homer"}, {"full": "marge"}),
        ({"full": "marge", "left": "homer"}, {"full": "marge"}),
    ],
)
def test_each_character_has_one_caption_at_the_best_crop(seen: dict[str, str], shown: dict[str, str]) -> None:
    assert {c.region.name: c.label for c in merged(captions(**seen))} == shown


def test_halves_without_the_full_crop_are_kept() -> None:
    halves = captions(left="homer", right="homer")
    assert merged(halves) == halves
