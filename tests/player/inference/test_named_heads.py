"""A classifier that names the heads of a detector: what it is loaded with, and which names the heads get."""

from __future__ import annotations

import pickle
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import simpsons_play as sp
from simpsons_models import default_model
from simpsons_play.analysis.video_cache import VideoCache
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.crops import DETECT
from simpsons_play.core.errors import ModelError
from simpsons_play.core.frames import Frame
from simpsons_play.inference import loading
from simpsons_play.inference.head_naming import picture_of_head
from simpsons_play.inference.loading import load_classifier, load_detector, load_model
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.inference.recognizers import CropUse, HeadRecognizer
from tests.commands import SAMPLE
from tests.fakes import COLOURS, GREY, LABELS, colour_card, flat, write_colour_model, write_head_model


@pytest.fixture(name="classifier")
def classifier_fixture(tmp_path: Path) -> Path:
    return write_colour_model(tmp_path / "mine.onnx")


def test_a_classifier_names_the_heads_of_the_included_detector(classifier: Path) -> None:
    network = load_model(classifier, provider="cpu")
    assert (
        isinstance(network, Detector) and network.title == "mine.onnx + heads.int8.onnx + embedder.int8.onnx"
    )
    assert network.labels == network.card.labels == LABELS
    assert network.card.threshold == colour_card().threshold and network.card.detects
    assert network.fallback is network.classifier and network.classifier is not None, "for the crops, too"
    heads = load_model(classifier, regions="detect", provider="cpu")
    assert isinstance(heads, Detector) and heads.title == network.title and heads.fallback is None


@pytest.mark.parametrize("regions", ["full", "halves"])
def test_crops_alone_need_no_detector(classifier: Path, regions: str) -> None:
    network = load_model(classifier, regions=regions, provider="cpu")
    assert isinstance(network, Classifier) and network.paths == (classifier,)


@pytest.mark.parametrize("canvas_px", [None, (64, 48)])
def test_each_head_is_named_by_its_surroundings(tmp_path: Path, canvas_px: tuple[int, int] | None) -> None:
    """The detector takes its head for Homer; the classifier is asked about the part around it."""
    network = named_by_colour(tmp_path, ("otto_mann", "lenny", "carl"), canvas_px=canvas_px)
    image = flat(COLOURS["marge_simpson"])
    image[:28, :32] = COLOURS["bart_simpson"]
    found = network.detect(image, min_score=0.3)
    recognizer = HeadRecognizer(network, AnalysisConfig())
    frame = Frame(image, 0, Fraction(0))
    recognized = recognizer.recognize(frame, recognizer.thumbnail(frame), crops=CropUse.ALWAYS)
    for heads in (found, recognized):
        assert heads.boxes.tolist() == [[8, 4, 24, 20]] and heads.scores.tolist() == [np.float32(0.9)]
        assert heads.probabilities[0].argmax() == 0 and heads.probabilities[0, 0] > 0.9, "blue is Otto"
    assert len(network.detect(image, min_score=0.95).probabilities) == 0


@pytest.mark.parametrize("labels", [LABELS, ("Bart Simpson", "Homer Simpson", "Marge Simpson")])
def test_the_detector_contradicts_names_that_it_knows(tmp_path: Path, labels: tuple[str, ...]) -> None:
    """It gives the head 0.8 for Homer and 0.1 for each of the others."""
    network = named_by_colour(tmp_path, labels)
    of_bart, of_homer = (
        network.detect(flat(COLOURS[label]), min_score=0.3).probabilities[0] for label in LABELS[:2]
    )
    assert of_bart.max() < 0.1, "nobody is named"
    assert of_homer.argmax() == 1 and of_homer[1] > 0.9, "the probability is that of the classifier"


def named_by_colour(
    folder: Path, labels: tuple[str, ...], *, canvas_px: tuple[int, int] | None = None
) -> Detector:
    """A detector that sees one head in each frame, which a classifier names by its colour."""
    detector = load_detector(write_head_model(folder / "heads.onnx", canvas_px=canvas_px), provider="cpu")
    path = write_colour_model(folder / "mine.onnx", metadata=colour_card(labels=labels).to_metadata())
    return detector.named_by(load_classifier(path, provider="cpu"))


def test_a_frame_without_heads_has_no_names(classifier: Path) -> None:
    """The included detector has eighteen labels."""
    network = load_model(classifier, provider="cpu")
    assert isinstance(network, Detector)
    assert network.detect(flat(GREY, width=640, height=480), min_score=0.3).probabilities.shape == (0, 3)


@pytest.mark.parametrize("box", [(0, 0, 1, 1), (63, 47, 64, 48), (0, 0, 64, 48), (20.4, 10.2, 30.6, 44.9)])
def test_the_picture_of_a_head_ends_at_the_border_of_the_frame(box: tuple[float, ...]) -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    image[:] = np.linspace(0, 255, 64, dtype=np.uint8)[:, None]
    picture = picture_of_head(image, np.array(box, np.float32), 16)
    assert picture.shape == (16, 16, 3)
    assert picture[:, 0].max() <= picture[:, -1].min(), "it is neither mirrored nor padded"


def test_without_the_detector_only_crops_are_named(classifier: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Path:
        raise FileNotFoundError("heads.onnx is missing from this installation; install simpsons-play again")

    monkeypatch.setattr(loading, "default_detector", missing)
    network = load_model(classifier, provider="cpu")
    assert isinstance(network, Classifier) and "no heads are found" in network.note
    with pytest.raises(ModelError, match=r"heads\.onnx is missing .*or use --regions full or halves"):
        load_model(classifier, regions="detect", provider="cpu")


def test_each_way_to_name_has_a_cache_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are the same, whether `springfield` names the heads or only what is left of the frame."""
    monkeypatch.setenv("SIMPSONS_CACHE", str(tmp_path / "cache"))
    networks = [
        load_model(path, regions=regions, provider="cpu")
        for path in (None, default_model())
        for regions in ("auto", "detect")
    ]
    config = AnalysisConfig()
    caches = [VideoCache(SAMPLE, network, regions=DETECT, config=config) for network in networks]
    assert len({cache._key for cache in caches}) == 4


def test_a_loaded_model_is_used_for_crops_alone(classifier: Path) -> None:
    model = sp.load_model(classifier, provider="cpu")
    assert pickle.loads(pickle.dumps(model.without_session())).title == model.title
    results = sp.analyze(SAMPLE, model=model, regions="halves", duration_s=0.2, cache=False)
    assert {p.region.name for result in results for p in result.predictions} == {"left", "right"}
