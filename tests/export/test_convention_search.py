"""The search takes the convention that names most pictures right, and says what it cannot tell."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from simpsons_export.conventions.convention import candidates
from simpsons_export.conventions.input_shape import InputShape
from simpsons_export.conventions.labelled import LabelledImages, labelled_folder, why_unknown
from simpsons_export.conventions.search import find_convention, sign_test
from simpsons_export.outputs import Outputs
from simpsons_play.core.errors import ExportError

COLOURS = np.array([(30, 40, 200), (190, 120, 40), (60, 200, 60), (90, 90, 90)], np.uint8)  # BGR
CONVENTIONS = {str(one): one for one in candidates(channels=3)}


class NearestColour:
    """A `Source` that knows four colours in one convention: logits fall with the distance."""

    name, framework, outputs, scaling_layer = "colours", "NumPy", 4, None
    shape = InputShape(8, 8, 3)

    def __init__(self, convention, *, order=(0, 1, 2, 3), sharpness=50.0):
        pictures = np.broadcast_to(COLOURS[list(order), None, None], (4, 8, 8, 3)).copy()
        self._known = convention.inputs(pictures, self.shape).mean(axis=(1, 2))
        self._sharpness = sharpness

    def run(self, inputs):
        distance = np.abs(inputs.mean(axis=(1, 2))[:, None] - self._known).sum(axis=2)
        return (-self._sharpness * distance).astype(np.float32)


@pytest.fixture
def labelled(tmp_path):
    return LabelledImages(*coloured(50), tmp_path)


def coloured(each, *, noise=25):
    random = np.random.default_rng(2)
    truth = np.tile(np.arange(4), each)
    noise = random.normal(0, 25, (len(truth), 8, 8, 3)) + random.normal(0, noise, (len(truth), 1, 1, 3))
    return np.clip(COLOURS[truth][:, None, None] + noise, 0, 255).astype(np.uint8), truth


@pytest.mark.parametrize("name", [name for name in CONVENTIONS if "standardized" not in name])
def test_the_right_convention_is_found(labelled, name):
    source = NearestColour(CONVENTIONS[name])
    result = find_convention(source, tuple(CONVENTIONS.values()), labelled, kind=Outputs.LOGITS)
    best = result.trials[0]
    right = next(trial for trial in result.trials if str(trial.convention) == name)
    assert result.found and result.order is None
    assert right is best or right in result.close
    assert len(best.truth) == 200
    assert {len(trial.truth) for trial in result.trials} == {120, 200}, "far ones are tried on the first only"


def test_equal_conventions_are_called_close(labelled):
    """A network that reads only which channel is largest cannot tell 0 to 1 from 0 to 255."""

    class Largest(NearestColour):
        outputs = 3

        def run(self, inputs):
            values = inputs.mean(axis=(1, 2))
            return values / np.abs(values).sum(axis=1, keepdims=True)

    images, truth = labelled.images[labelled.truth < 3], labelled.truth[labelled.truth < 3]
    meant = np.array([0, 2, 1])[truth]  # in RGB, the largest channel of the three colours
    result = find_convention(
        Largest(CONVENTIONS["RGB, 0 to 1"]),
        [CONVENTIONS[name] for name in ("BGR, 0 to 1", "RGB, 0 to 1", "RGB, 0 to 255")],
        LabelledImages(images, meant, labelled.folder),
        kind=Outputs.INDEPENDENT,
    )
    assert str(result.trials[0].convention) == "RGB, 0 to 1", "the most common comes first"
    assert [str(trial.convention) for trial in result.close] == ["RGB, 0 to 255"]


def test_labels_in_another_order_are_noticed(labelled):
    source = NearestColour(CONVENTIONS["RGB, 0 to 1"], order=(2, 3, 1, 0))
    result = find_convention(source, tuple(CONVENTIONS.values()), labelled, kind=Outputs.LOGITS)
    assert result.order == (2, 3, 1, 0)


def test_nothing_is_found_by_a_network_that_guesses(labelled):
    class Guess(NearestColour):
        def run(self, inputs):
            return np.random.default_rng(0).random((len(inputs), 4)).astype(np.float32)

    result = find_convention(
        Guess(CONVENTIONS["RGB, 0 to 1"]), tuple(CONVENTIONS.values()), labelled, kind=Outputs.LOGITS
    )
    assert (result.found, result.order) == (False, None)


def test_broken_conventions_lose(labelled):
    """Some networks overflow when given 0 to 255."""

    class Overflowing(NearestColour):
        def run(self, inputs):
            return np.where(np.abs(inputs).max() > 10, np.nan, super().run(inputs))

    source = Overflowing(CONVENTIONS["BGR, -1 to 1"])
    result = find_convention(source, tuple(CONVENTIONS.values()), labelled, kind=Outputs.LOGITS)
    assert result.trials[0].convention.color_order == "BGR"
    assert result.found


def test_the_sign_test_by_hand():
    """Eight pictures that only one names right: two tails of (1 + 8) / 256 with one against it."""
    one, other = np.array([True] * 7 + [False] + [True] * 5), np.array([False] * 7 + [True] + [True] * 5)
    assert sign_test(one, other) == pytest.approx(2 * 9 / 256)
    assert sign_test(one, one) == 1


def write(folder, name, count):
    (folder / name).mkdir(parents=True, exist_ok=True)
    for i in range(count):
        cv2.imwrite(str(folder / name / f"{i}.png"), np.full((10, 10, 3), i, np.uint8))


def test_labels_match_characters_in_any_spelling(tmp_path):
    for name in ("bart_simpson", "homer_simpson", "Otto Mann", "charles_montgomery_burns"):
        write(tmp_path, name, 6)
    (tmp_path / "bart_simpson" / "broken.png").write_bytes(b"no picture")
    folder = labelled_folder(tmp_path)
    assert folder is not None
    assert folder.characters == ("Otto Mann", "bart_simpson", "charles_montgomery_burns", "homer_simpson")
    images = folder.images(("Homer", "otto_mann", "Mr. Burns", "lisa_simpson"), 16)
    assert images is not None
    assert sorted(set(images.truth.tolist())) == [0, 1, 2]
    assert (images.images.shape, len(images)) == ((18, 16, 16, 3), 18)
    assert sorted(images.truth[:3].tolist()) == [0, 1, 2], "any first part is balanced"


def test_too_few_pictures_tell_nothing(tmp_path, monkeypatch):
    write(tmp_path / "few", "bart_simpson", 3)
    write(tmp_path / "few", "homer_simpson", 3)
    folder = labelled_folder(tmp_path / "few")
    assert folder is not None and folder.images(("bart_simpson", "homer_simpson"), 16) is None
    write(tmp_path / "flat", ".", 3)
    flat = labelled_folder(tmp_path / "flat")
    assert flat is not None and flat.pictures == ()
    assert labelled_folder(None) is None
    monkeypatch.setenv("SIMPSONS_DATA", str(tmp_path / "few"))
    assert labelled_folder(None) == folder
    with pytest.raises(ExportError, match="not a folder"):
        labelled_folder(tmp_path / "absent")


def test_saturated_answers_lose_against_sure_ones(tmp_path):
    """A network that gets 0 to 255 instead of 0 to 1 may name as many right, but is too sure of others."""
    labelled = LabelledImages(*coloured(50, noise=70), tmp_path)
    names = ("RGB, 0 to 255", "RGB, 0 to 1")

    class Scaled(NearestColour):
        def run(self, inputs):
            values = inputs / 255 if inputs.max() > 1 else inputs
            return super().run(values) * (255 if inputs.max() > 1 else 1)

    source = Scaled(CONVENTIONS["RGB, 0 to 1"], sharpness=8.0)
    result = find_convention(source, [CONVENTIONS[name] for name in names], labelled, kind=Outputs.LOGITS)
    saturated = next(trial for trial in result.trials if str(trial.convention) == "RGB, 0 to 255")
    assert saturated.accuracy == result.trials[0].accuracy < 1
    assert str(result.trials[0].convention) == "RGB, 0 to 1"
    assert not result.close


def test_grey_pictures_for_three_channels_are_found(labelled):
    grey = CONVENTIONS["grey, 0 to 1"]
    images = np.repeat(np.random.default_rng(1).integers(0, 40, (200, 8, 8, 1), np.uint8), 3, axis=3)
    images += (60 * labelled.truth).astype(np.uint8)[:, None, None, None]
    images[..., 0] = 128  # blue says nothing

    class Brightness(NearestColour):
        def __init__(self):
            known = np.stack([images[labelled.truth == i].mean(axis=0) for i in range(4)]).astype(np.uint8)
            self._known = grey.inputs(known, self.shape).mean(axis=(1, 2))
            self._sharpness = 50.0

    result = find_convention(
        Brightness(),
        tuple(CONVENTIONS.values()),
        LabelledImages(images, labelled.truth, labelled.folder),
        kind=Outputs.LOGITS,
    )
    assert str(result.trials[0].convention) == "grey, 0 to 1"


@pytest.mark.parametrize(
    ("below", "whole", "remedy"),
    [
        (
            ("first", "second"),
            ".",
            r"several folders with pictures: first, second; give one or more of them, such",
        ),
        ((".",), "bart_simpson", "no folders of characters; give "),
    ],
)
def test_the_folder_of_characters_is_named_for_another_one(tmp_path, below, whole, remedy):
    for each in below:
        for name in ("bart_simpson", "lisa_simpson"):
            write(tmp_path / each, name, 8)
    folder = labelled_folder(tmp_path / whole)
    assert not folder.pictures and remedy in folder.problem
    assert remedy in why_unknown(folder, ("bart_simpson", "lisa_simpson"), tried=False)


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ((), "has no folder for each character"),
        (("otto_mann", "lenny_leonard"), "has pictures of lenny_leonard, otto_mann, none of its labels"),
        (("bart_simpson", "otto_mann"), "needs 8 pictures of 2 of its labels"),
    ],
)
def test_it_is_said_why_pictures_tell_nothing(tmp_path, names, reason):
    for name in names:
        write(tmp_path, name, 8)
    folder = labelled_folder(tmp_path)
    labels = ("bart_simpson", "homer_simpson")
    assert folder.images(labels, 16) is None
    assert reason in why_unknown(folder, labels, tried=False)
    assert "better than guessing" in why_unknown(folder, labels, tried=True)
