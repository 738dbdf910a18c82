"""The search finds out how pictures were made square, where that can be told."""

from __future__ import annotations

import dataclasses
import re

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from tests.export.kinds import LABELS, SIZE_PX, keras_kind, patterns, rgb

import simpsons_training as st
from simpsons_export.cli import export
from simpsons_play.inference.loading import load_classifier
from simpsons_play.inference.resizing import Resizing
from simpsons_training.dataset import PictureSet
from simpsons_training.listing import list_pictures

MIDDLE = slice(24, 24 + SIZE_PX)


def between(pattern, random):
    """A pattern between the halves of another picture: only the square in the middle shows it whole."""
    sides = cv2.resize(random.integers(0, 256, (3, 4, 3), np.uint8), (SIZE_PX + 48, SIZE_PX))
    sides[:, MIDDLE] = pattern
    return sides


def hidden(pattern, random):
    """A pattern in the middle pixels of blocks of 4x4, which `bilinear` sees alone."""
    fine = random.integers(0, 256, (4 * SIZE_PX, 4 * SIZE_PX, 3), np.uint8)
    for row in (1, 2):
        for column in (1, 2):
            fine[row::4, column::4] = pattern
    return fine


def sparse(pattern, random):
    """A pattern in one pixel of blocks of 4x4, which `nearest` takes, and faintly in the others."""
    noise = random.integers(0, 256, (4 * SIZE_PX, 4 * SIZE_PX, 3))
    fine = (0.2 * np.repeat(np.repeat(pattern, 4, axis=0), 4, axis=1) + 0.8 * noise).astype(np.uint8)
    fine[2::4, 2::4] = pattern
    return fine


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """A network for patterns, trained on RGB from 0 to 1."""
    kind = keras_kind("RGB, 0 to 1", lambda image: rgb(image) / 255)
    return kind.make(tmp_path_factory.mktemp("network"))


def write(folder, make):
    """Every second picture to judge on, made larger in some way."""
    random, data = np.random.default_rng(3), patterns()
    larger = np.stack([make(image, random) for image in data.judge[::2]])
    return dataclasses.replace(data, judge=larger, truth=data.truth[::2]).write(folder)


def run(network, folder, *arguments):
    output = folder.parent / "out.onnx"
    given = [str(network.path), "-o", str(output), "--labels", ",".join(LABELS)]
    done = CliRunner().invoke(export, [*given, "--pictures", str(folder), *arguments])
    return done, output


@pytest.mark.parametrize(
    ("make", "resizings"),
    [
        (between, [Resizing(crop=1), Resizing(crop=0.875)]),  # a little larger, the patterns are the same
        (hidden, [Resizing(interpolation="bilinear")]),
        (sparse, [Resizing(interpolation="nearest")]),
    ],
)
def test_pictures_are_made_square_as_its_author_did(network, tmp_path, make, resizings):
    folder = write(tmp_path / "pictures", make)
    done, output = run(network, folder)
    assert done.exit_code == 0, done.output
    resizing = load_classifier(output, provider="cpu").card.resizing
    assert resizing in resizings, done.output
    assert f"64x64 pictures (RGB, 0 to 1, {resizing}), 6 labels" in done.stdout
    accuracy = re.search(r"accuracy: (.*)% in Keras, (.*)% through the export", done.stdout)
    own = 100 * network.right[::2].mean()
    assert accuracy and float(accuracy[1]) == float(accuracy[2]) == pytest.approx(own, abs=0.5)
    stretched = re.search(r"tried: RGB, 0 to 1 +(0\.\d+)", done.stdout)
    assert stretched and 100 * float(stretched[1]) < own - 10
    pictures = tuple(dataclasses.replace(p, split="val") for p in list_pictures(folder).pictures)
    evaluation = st.evaluate(output, PictureSet(LABELS, pictures, "as given"), progress=False)
    assert f"{evaluation.accuracy:.1%}" == f"{accuracy[1]}%"


def test_pictures_that_cannot_tell_are_stretched(network, tmp_path):
    """Of square pictures of the right size, only a part is another picture."""
    done, output = run(network, write(tmp_path / "pictures", lambda image, random: image))
    assert done.exit_code == 0, done.output
    assert load_classifier(output, provider="cpu").card.resizing == Resizing()
    assert not re.search("middle square|stretched", done.stdout), "these pictures are the same"
    assert "tried: RGB, 0 to 1, middle 87.5%" in done.stdout


def test_the_resizing_can_be_given_and_changed(network, tmp_path):
    folder = write(tmp_path / "pictures", between)
    done, output = run(network, folder, "--crop", "224/256", "--interpolation", "bilinear")
    assert done.exit_code == 0, done.output
    assert load_classifier(output, provider="cpu").card.resizing == Resizing(0.875, "bilinear")
    assert "tried: RGB, 0 to 1, middle 87.5%, bilinear" in done.stdout
    assert "middle square" not in done.stdout, "nothing else is tried"
    again = tmp_path / "again.onnx"
    done = CliRunner().invoke(export, [str(output), "-o", str(again), "--crop", "none"])
    assert done.exit_code == 0, done.output
    assert load_classifier(again, provider="cpu").card.resizing == Resizing()


@pytest.mark.parametrize(
    ("crop", "message"),
    [("2", "between 0.1 and 1, not 2"), ("all", "'all' is not a number"), ("1/0", "'1/0' is not a number")],
)
def test_invalid_crops_are_rejected(network, tmp_path, crop, message):
    done = CliRunner().invoke(export, [str(network.path), "-o", str(tmp_path / "out.onnx"), "--crop", crop])
    assert done.exit_code == 1 and message in done.stderr and done.stderr.count("\n") == 1


def test_inputs_that_are_not_square_have_no_crop(tmp_path):
    made = keras_kind("RGB, 0 to 1", lambda image: rgb(image)[:48] / 255, shape=(48, SIZE_PX, 3)).make(
        tmp_path
    )
    done, _ = run(made, write(tmp_path / "pictures", between), "--crop", "1")
    assert done.exit_code == 1
    assert "takes 64x48 pictures, no squares; leave out --crop and --interpolation" in done.stderr
