"""Networks of all kinds name as many pictures through the export as in their own framework."""

from __future__ import annotations

import re
import shutil

import cv2
import numpy as np
import onnxruntime
import pytest
from click.testing import CliRunner
from tests.export.kinds import KINDS, LABELS, patterns
from tests.export.old_kinds import OLD_KINDS
from tests.export.onnx_kinds import ONNX_KINDS

from simpsons_export.cli import export
from simpsons_play.inference.preprocess import to_square

MAX_DIFFERENCE = 0.005


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return patterns().write(tmp_path_factory.mktemp("patterns"))


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """An ordinary network: RGB, 0 to 1, softmax."""
    return KINDS[0].make(tmp_path_factory.mktemp("plain"))


def accuracy_of(path):
    """Accuracy of an .onnx file on the pictures, as the player runs it."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    side = session.get_inputs()[0].shape[1]
    data = patterns()
    images = data.judge if side == data.judge.shape[1] else [to_square(image, side) for image in data.judge]
    (probabilities,) = session.run(None, {"pictures": np.stack(images)})
    return float((probabilities.argmax(axis=1) == data.truth).mean())


@pytest.mark.slow
@pytest.mark.parametrize("kind", (*KINDS, *OLD_KINDS, *ONNX_KINDS), ids=str)
def test_accuracy_is_kept(kind, pictures, tmp_path):
    made = kind.make(tmp_path)
    own = float(made.right.mean())
    assert own > 0.6, "a network that names hardly anybody shows nothing"
    output = tmp_path / "out.onnx"
    arguments = [str(made.path), "-o", str(output), "--pictures", str(pictures), *made.arguments]
    if kind.refusal:
        done = CliRunner().invoke(export, arguments)
        assert done.exit_code == 1 and re.search(kind.refusal, done.stderr), done.output
    done = CliRunner().invoke(export, [*arguments, *kind.way_out_in(tmp_path)])
    assert done.exit_code == 0, done.output
    assert abs(accuracy_of(output) - own) <= MAX_DIFFERENCE, done.output


@pytest.fixture
def run(plain, tmp_path):
    """Export the ordinary network to `out.onnx` with more arguments."""

    def run(*arguments, labels=LABELS):
        given = ["--labels", ",".join(labels), *map(str, arguments)]
        return CliRunner().invoke(export, [str(plain.path), "-o", str(tmp_path / "out.onnx"), *given])

    return run


def test_an_ordinary_network_keeps_its_accuracy_without_pictures(plain, run, tmp_path):
    """RGB from 0 to 1 is assumed of networks from elsewhere, and the last line says so."""
    done = run()
    assert done.exit_code == 0, done.output
    assert accuracy_of(tmp_path / "out.onnx") == float(plain.right.mean())
    assert done.stdout.splitlines()[-1] == (
        "assumed: it was trained on pictures in RGB, 0 to 1 (--color-order, --scale, --offset, "
        "--preprocess); with labelled --pictures, that is found out"
    )


@pytest.mark.parametrize(
    ("arguments", "convention"),
    [
        (["--color-order", "bgr"], "BGR, 0 to 1"),
        (
            ["--scale", "1/200", "--offset", "-0.1,-0.2,-0.3", "--color-order", "BGR"],
            "BGR, multiplied by 0.005, plus -0.1,-0.2,-0.3",
        ),
        (["--preprocess", "resnet50"], "BGR, as in keras.applications.resnet50"),
        (["--color-order", "grey", "--scale", "1"], "grey, multiplied by 1"),
    ],
)
def test_what_is_given_is_not_assumed(run, arguments, convention):
    done = run(*arguments)
    assert done.exit_code == 0, done.output
    assert f"64x64 pictures ({convention}), 6 labels" in done.stdout.splitlines()[0]
    assert ("assumed" in done.stdout) == (arguments == ["--color-order", "bgr"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--preprocess", "resnet50", "--scale", "1"], "leave out --color-order, --scale, --offset"),
        (["--preprocess", "resnet99"], "choose from convnext, densenet"),
        (["--scale", "1,2"], "give one number, or three for the channels"),
        (["--labels", "a,b"], "6 outputs but 2 labels"),
    ],
)
def test_contradictions_are_rejected(run, tmp_path, arguments, message):
    done = run(*arguments)
    assert done.exit_code == 1 and done.stdout == ""
    assert message in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "out.onnx").exists()


def test_labels_in_another_order_are_printed(run, pictures):
    done = run("--pictures", pictures, labels=(*LABELS[3:], *LABELS[:3]))
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == (
        "warning: the outputs seem to be in another order; if so, export again with --labels "
        + ",".join(LABELS)
    )


def test_labels_to_copy_are_quoted_for_the_shell(run, pictures):
    names = [label.replace("_", " ").title() for label in LABELS]
    done = run("--pictures", pictures, labels=(*names[3:], *names[:3]))
    assert done.stdout.splitlines()[-1].endswith(f"export again with --labels '{','.join(names)}'")


def test_a_folder_above_those_of_characters_names_the_right_one(plain, pictures, tmp_path):
    for part in ("first", "second"):
        shutil.copytree(pictures, tmp_path / "data" / part)
    done = CliRunner().invoke(export, [str(plain.path), "--pictures", str(tmp_path / "data")])
    assert done.exit_code == 1
    assert "give them with --labels, or labelled --pictures" in done.stderr
    assert f"give one or more of them, such as {tmp_path / 'data' / 'first'}" in done.stderr


def test_labels_that_were_not_given_follow_the_pictures(plain, tmp_path):
    """The alphabetical order of the folders is not that of the outputs."""
    names = (*LABELS[2:], *LABELS[:2])
    data = patterns()
    for i, (image, truth) in enumerate(zip(data.judge, data.truth, strict=True)):
        path = tmp_path / "pictures" / names[truth] / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), image)
    output = tmp_path / "out.onnx"
    arguments = [str(plain.path), "-o", str(output), "--pictures", str(tmp_path / "pictures")]
    done = CliRunner().invoke(export, arguments)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert f"labels: {', '.join(names)}" in lines
    own = f"{plain.right.mean():.1%}"
    assert f"accuracy: {own} in Keras, {own} through the export" in done.stdout
    assert lines[-1].endswith("in the order that names most of its pictures right (--labels)")
