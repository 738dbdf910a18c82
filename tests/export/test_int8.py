"""Quantised exports detect and name the same as their sources, or are not written."""

from __future__ import annotations

import cv2
import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from simpsons_export.convert import export
from simpsons_export.int8 import proof as int8_proof
from simpsons_export.int8.quantise import quantise
from simpsons_models import default_detector
from simpsons_play.core.errors import ExportError
from simpsons_play.core.geometry import iou
from simpsons_play.inference.letterbox import letterboxed
from simpsons_play.inference.loading import load_network
from simpsons_samples.drawings import CHARACTERS, random_scene


def scenes(count, seed):
    random = np.random.default_rng(seed)
    return [random_scene(list(random.choice(CHARACTERS, 2)), random)[0] for _ in range(count)]


@pytest.fixture
def labelled(images, tmp_path):
    """A folder with a table: each of two characters has pictures to train and to validate on."""
    folder = tmp_path / "labelled"
    folder.mkdir()
    rows = ["file,character,scene,split"]
    for i, image in enumerate(images[:8]):
        character = ("bart_simpson", "moe_szyslak")[i % 2]
        cv2.imwrite(str(folder / f"{i}.png"), image)
        rows.append(f"{i}.png,{character},{i},{'train' if i < 4 else 'val'}")
    (folder / "pictures.csv").write_text("\n".join(rows))
    return folder


def test_quantised_detector_detects_the_same_heads(tmp_path):
    source = onnx.load(default_detector())
    quantised = quantise(source, [letterboxed(scene, (256, 192)) for scene in scenes(24, 1)])
    path = tmp_path / "heads.int8.onnx"
    onnx.save(quantised, path)
    assert path.stat().st_size < default_detector().stat().st_size / 3
    assert quantised.metadata_props == source.metadata_props and quantised.graph.name == "heads"
    exact, rounded = (load_network(file, provider="cpu") for file in (default_detector(), path))
    heads = 0
    for scene in scenes(12, 2):
        first, second = (detector.detect(scene, min_score=0.4) for detector in (exact, rounded))
        assert len(first.scores)
        overlap = iou(first.boxes, rounded.detect(scene, min_score=0.2).boxes)
        assert (overlap.max(axis=1) > 0.7).all()
        assert first.probabilities[0].argmax() == second.probabilities[0].argmax()
        heads += len(first.scores)
    assert heads >= 20


def test_picture_enters_as_bytes_and_last_convolutions_are_floats():
    graph = quantise(onnx.load(default_detector()), [np.zeros((192, 256, 3), np.uint8)]).graph
    made_by = {node.output[0]: node for node in graph.node}
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    entry = made_by[convolutions[0].input[0]]
    assert entry.op_type == "DequantizeLinear" and made_by[entry.input[0]].op_type == "Transpose"
    assert [values[name].item() for name in entry.input[1:]] == [1.0, 127]
    weights = [values[made_by[c.input[1]].input[0]] for c in convolutions if c.input[1] in made_by]
    assert len(weights) == 52 and len(convolutions) == 55
    assert {array.dtype for array in weights} == {np.dtype("int8")}
    depthwise = [array.shape[1] == 1 for array in weights]
    largest = [abs(array.astype(int)).max() for array in weights]
    bits = {d: max(m for m, is_d in zip(largest, depthwise, strict=True) if is_d == d) for d in (True, False)}
    assert bits == {True: 127, False: 64}, "without VNNI, sums of products of eight bits overflow"


def test_quantised_classifier_is_compared_on_validation_pictures(save_keras, labelled, monkeypatch):
    monkeypatch.setattr(int8_proof, "MAX_LOSS", 1.0)
    source = save_keras()
    result = export(source, pictures=labelled, int8=True)
    assert result.path == source.with_suffix(".int8.onnx")
    ((metric, _, _),) = result.int8_proof.rows
    assert (metric, result.int8_proof.pictures) == ("accuracy", 4)
    assert "QuantizeLinear" in {node.op_type for node in onnx.load(result.path).graph.node}


def test_file_that_names_fewer_is_not_written(save_keras, labelled, monkeypatch):
    monkeypatch.setattr(int8_proof, "MAX_LOSS", -2.0)
    source = save_keras()
    with pytest.raises(ExportError, match=r"in eight bits, the character is named in .* nothing was written"):
        export(source, pictures=labelled, int8=True)
    assert not list(source.parent.glob("*.onnx*"))


def test_pictures_with_characters_are_required(save_keras, folder):
    with pytest.raises(
        ExportError, match=r"--int8 needs pictures with characters, to calibrate .*--pictures"
    ):
        export(save_keras(), int8=True)
    with pytest.raises(ExportError, match=r"--int8 needs pictures with characters: .* has "):
        export(save_keras(), pictures=folder, int8=True)
