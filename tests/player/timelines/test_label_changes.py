from simpsons_play.core.crops import crop_regions
from simpsons_play.core.results import Caption, FrameResult, Prediction
from simpsons_play.timelines.label_changes import LabelChanges

(FULL,) = crop_regions(64, 48, ("full",))


def frame(raw: str | None, shown: str | None) -> FrameResult:
    prediction = Prediction(FULL, raw, 0.9, (("bart", 0.9),))
    captions = (Caption(FULL, shown, 0.9),) if shown else ()
    return FrameResult(0, 0.0, False, (prediction,), captions)


def test_raw_and_shown_changes_are_counted_apart() -> None:
    changes = LabelChanges()
    assert (changes.raw, changes.shown) == (0, 0)
    for raw in ("bart", "bart", "lisa", "bart", None):
        changes.add(frame(raw, "bart"))
    assert (changes.raw, changes.shown) == (4, 1)
    changes.add(frame(None, None))
    assert (changes.raw, changes.shown) == (4, 2)
