"""Networks of all kinds name as many pictures through the export as in their own framework."""

from __future__ import annotations

import re

import numpy as np
import onnxruntime
import pytest
from click.testing import CliRunner
from tests.export.kinds import KINDS, patterns

from simpsons_export.cli import export
from simpsons_play.inference.preprocess import to_square

MAX_DIFFERENCE = 0.005


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return patterns().write(tmp_path_factory.mktemp("patterns"))


def accuracy_of(path):
    """Accuracy of an .onnx file on the pictures, as the player runs it."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    side = session.get_inputs()[0].shape[1]
    data = patterns()
    images = data.judge if side == data.judge.shape[1] else [to_square(image, side) for image in data.judge]
    (probabilities,) = session.run(None, {"pictures": np.stack(images)})
    return float((probabilities.argmax(axis=1) == data.truth).mean())


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_accuracy_is_kept(kind, pictures, tmp_path):
    made = kind.make(tmp_path)
    own = float(made.right.mean())
    assert own > 0.6, "a network that names hardly anybody shows nothing"
    arguments = [str(made.path), "--pictures", str(pictures), *made.arguments]
    if kind.refusal:
        done = CliRunner().invoke(export, arguments)
        assert done.exit_code == 1 and re.search(kind.refusal, done.stderr), done.output
        arguments += kind.way_out
    done = CliRunner().invoke(export, arguments)
    assert done.exit_code == 0, done.output
    assert abs(accuracy_of(made.path.with_suffix(".onnx")) - own) <= MAX_DIFFERENCE, done.output
