from simpsons_play.core.crops import regions_of
from simpsons_play.core.types import Analysis, Caption, Prediction
from simpsons_play.timeline.label_changes import NameChanges

(FULL,) = regions_of(64, 48, ("full",))


def frame(said: str | None, shown: str | None) -> Analysis:
    prediction = Prediction(FULL, said, 0.9, (("bart", 0.9),))
    captions = (Caption(FULL, shown, 0.9),) if shown else ()
    return Analysis(0, 0.0, False, (prediction,), captions)


def test_changes_of_what_is_said_and_shown_are_counted_apart() -> None:
    changes = NameChanges()
    assert (changes.said, changes.shown) == (0, 0)
    for said in ("bart", "bart", "lisa", "bart", None):
        changes.add(frame(said, "bart"))
    assert (changes.said, changes.shown) == (4, 1)
    changes.add(frame(None, None))
    assert (changes.said, changes.shown) == (4, 2)
