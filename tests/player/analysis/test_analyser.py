import dataclasses
from fractions import Fraction

import numpy as np
import pytest

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Detections, FrameResult, Region
from tests.fakes import (
    COLOURS,
    DENSE,
    GREY,
    FakeClassifier,
    FakeDetector,
    analyse_all,
    flat,
    heads_of,
)

CONFIG, HEADS = dataclasses.replace(DENSE, regions="full"), DENSE


def by_colour(picture: Image) -> list[float]:
    share = picture.reshape(-1, 3).mean(axis=0) / 255
    return [float(v) for v in share / max(share.sum(), 1e-9)] if share.max() > 0.5 else [0.4, 0.3, 0.3]


def analyse(images: list[Image], config: AnalysisConfig = CONFIG) -> tuple[list[FrameResult], int]:
    classifier = FakeClassifier(by_colour)
    analyser = Analyser(classifier, config)  # type: ignore[arg-type]
    return analyse_all(analyser, frames_of(images)), classifier.runs


def frames_of(images: list[Image]) -> list[Frame]:
    return [Frame(image, i, Fraction(i, 25)) for i, image in enumerate(images)]


def test_results_have_labels_boxes_and_top_labels() -> None:
    (result,), _ = analyse([flat(COLOURS["homer_simpson"])])
    (prediction,) = result.predictions
    assert (prediction.label, prediction.region.name, prediction.probability) == (
        "homer_simpson",
        "full",
        1.0,
    )
    assert prediction.top == (("homer_simpson", 1.0),), "names without any probability are left out"
    assert [caption.label for caption in result.captions] == ["homer_simpson"]
    assert result.cut


def test_below_the_threshold_there_is_a_probability_but_no_label() -> None:
    (result,), _ = analyse([flat(GREY)])
    assert result.captions == ()
    assert result.predictions[0].label is None
    assert result.predictions[0].probability == pytest.approx(0.4)
    (named,), _ = analyse([flat(GREY)], dataclasses.replace(CONFIG, threshold=0.3))
    assert named.captions[0].label == "bart_simpson"


def test_halves_are_labelled_independently() -> None:
    image = np.hstack([flat(COLOURS["bart_simpson"]), flat(COLOURS["marge_simpson"])])
    (result,), _ = analyse([image], dataclasses.replace(CONFIG, regions="halves"))
    assert {c.region.name: c.label for c in result.captions} == {
        "left": "bart_simpson",
        "right": "marge_simpson",
    }


def test_repeated_pictures_reuse_their_predictions() -> None:
    images = [flat(COLOURS["bart_simpson"])] * 4 + [flat(COLOURS["homer_simpson"])] * 2
    results, runs = analyse(images)
    assert runs == 2
    assert [a.repeated for a in results] == [False, True, True, True, False, True]
    assert [a.captions[0].label for a in results] == ["bart_simpson"] * 4 + ["homer_simpson"] * 2
    assert [a.cut for a in results] == [True, False, False, False, True, False]


def test_slow_changes_add_up_until_the_model_runs_again() -> None:
    results, runs = analyse([flat((v, v, v)) for v in range(100, 120)])
    assert runs == 5
    assert not any(a.cut for a in results[1:])


def test_stills_are_analysed_independently() -> None:
    images = [flat(COLOURS["bart_simpson"])] * 2 + [flat(COLOURS["homer_simpson"]), flat(GREY)]
    results, runs = analyse(images, dataclasses.replace(CONFIG, stills=True))
    assert runs == 4
    assert [len(a.captions) for a in results] == [1, 1, 1, 0]


@pytest.mark.parametrize(
    "change", [{"threshold": 1.1}, {"threshold": -0.1}, {"top": 0}, {"regions": "middle"}]
)
def test_impossible_settings_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Analyser(FakeClassifier(by_colour), dataclasses.replace(CONFIG, **change))  # type: ignore[arg-type]


def look_for_heads(
    images: list[Image], config: AnalysisConfig = HEADS
) -> tuple[list[FrameResult], FakeDetector]:
    def see(image: Image) -> Detections:
        if image[0, 0].max() < 100:
            return heads_of()
        return heads_of(((4, 2, 20, 18), "bart_simpson"), ((30, -3, 200.7, 40), None))

    detector = FakeDetector(see)
    analyser = Analyser(detector, config)
    return analyse_all(analyser, frames_of(images)), detector


def test_heads_become_regions_and_known_ones_captions() -> None:
    (result,), _ = look_for_heads([flat(COLOURS["homer_simpson"])])
    height, width = flat(GREY).shape[:2]
    assert [(p.region.name, p.label) for p in result.predictions] == [
        ("head-1", "bart_simpson"),
        ("head-2", None),
    ]
    (caption,) = result.captions
    assert (caption.region, caption.label) == (Region("head-1", Box(4, 2, 20, 18)), "bart_simpson")
    assert result.predictions[1].region.box == Box(30, 0, width, min(40, height))


def test_the_detector_runs_once_for_repeats_and_again_after_a_cut() -> None:
    bright = flat(COLOURS["homer_simpson"])
    results, detector = look_for_heads([bright, bright, bright, flat((0, 0, 0)), bright])
    assert detector.runs == 3
    assert [a.repeated for a in results] == [False, True, True, False, False]
    assert [len(a.captions) for a in results] == [1, 1, 1, 0, 1]


def test_regions_that_do_not_fit_the_model_are_refused() -> None:
    with pytest.raises(ValueError, match="detect"):
        Analyser(FakeDetector(lambda image: heads_of()), AnalysisConfig(regions="halves"))
    with pytest.raises(ValueError, match="auto, full, halves"):
        Analyser(FakeClassifier(by_colour), AnalysisConfig(regions="detect"))  # type: ignore[arg-type]


def test_the_fallback_runs_on_every_fourth_picture() -> None:
    detector, classifier = FakeDetector(lambda image: heads_of()), FakeClassifier(by_colour)
    detector.fallback = classifier  # type: ignore[assignment]
    every = HEADS.crops.every
    greys = [flat((shade,) * 3) for shade in range(80, 80 + 8 * (2 * every + 1), 8)]
    images = [*greys, flat(COLOURS["homer_simpson"])]
    results = analyse_all(Analyser(detector, HEADS), frames_of(images))
    assert detector.runs == len(images)
    assert classifier.runs == 4, "the first, every fourth, and the first after the cut"
    assert [[c.label for c in a.captions] for a in results] == [[]] * len(greys) + [["homer_simpson"]]


def test_a_frame_too_narrow_for_halves_skips_the_fallback() -> None:
    detector = FakeDetector(lambda image: heads_of())
    detector.fallback = FakeClassifier(by_colour)  # type: ignore[assignment]
    (result,) = analyse_all(Analyser(detector, HEADS), frames_of([flat(COLOURS["homer_simpson"], width=1)]))
    assert result.captions == () and detector.fallback.runs == 0
