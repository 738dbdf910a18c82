"""The proof that an exported detector equals its source, from bytes to boxes, and its failures."""

from __future__ import annotations

import dataclasses

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from simpsons_export import detector_network, head_parity
from simpsons_export.convert import to_onnx
from simpsons_export.head_parity import prove_detector_equal
from simpsons_export.networks import load_network
from simpsons_export.options import SourceOptions
from simpsons_export.pictures import ProofFrames
from simpsons_models import default_detector
from simpsons_play.core.errors import ExportError

# (height, width)
SIZES = [(90, 160), (432, 576), (1080, 1440), (31, 300), (300, 31), (192, 256), (5, 3)]


@pytest.fixture(scope="module")
def network():
    return load_network(default_detector().with_suffix(".keras"), SourceOptions())


@pytest.fixture
def frames():
    """Noise of unusual sizes, in which both must find the same heads."""
    random = np.random.default_rng(5)
    return ProofFrames(
        tuple(random.integers(0, 256, (height, width, 3), dtype=np.uint8) for height, width in SIZES),
        "of a test",
    )


def test_graph_takes_fitted_bytes_without_further_preprocessing(network):
    model = to_onnx(network)
    assert [dim.dim_value for dim in model.graph.input[0].type.tensor_type.shape.dim][1:] == [192, 256, 3]
    assert [node.op_type for node in model.graph.node][:4] == ["Transpose", "Cast", "Add", "Conv"]
    assert len(model.graph.node) < 220, "TensorFlow's own operations would convert to hundreds"


def test_letterbox_temperature_and_color_order_equal_those_of_the_source(network, frames, tmp_path):
    warm = dataclasses.replace(network, card=dataclasses.replace(network.card, temperature=2.0))
    onnx.save(to_onnx(warm), tmp_path / "warm.onnx")
    parity = prove_detector_equal(warm, tmp_path / "warm.onnx", frames)
    assert parity.heads >= 10 and parity.frames == len(SIZES) and parity.max_shift_px < 0.01
    with pytest.raises(ExportError, match="differs from its source"):
        prove_detector_equal(network, tmp_path / "warm.onnx", frames)


@pytest.mark.parametrize(("lost", "equal"), [(1, True), (40, False)])
def test_few_heads_may_be_unmatched(network, frames, tmp_path, monkeypatch, lost, equal):
    """Rounding decides which of two boxes with equal scores is kept."""
    onnx.save(to_onnx(network), tmp_path / "heads.onnx")
    detect, crowded = head_parity._source_heads, SIZES[2]

    def detect_fewer(network, fitted, picture_px):
        found = detect(network, fitted, picture_px)
        return tuple(part[lost if picture_px[::-1] == crowded else 0 :] for part in found)

    monkeypatch.setattr(head_parity, "_source_heads", detect_fewer)
    monkeypatch.setattr(head_parity, "_MIN_SCORE", 0.0)
    if equal:
        parity = prove_detector_equal(network, tmp_path / "heads.onnx", frames)
        assert parity.unmatched == 1 and parity.heads > 100
        assert "1 without a match" in str(parity)
    else:
        with pytest.raises(ExportError, match="differs from its source"):
            prove_detector_equal(network, tmp_path / "heads.onnx", frames)


def test_a_letterbox_unlike_that_of_training_is_rejected(network, frames, tmp_path, monkeypatch):
    onnx.save(to_onnx(network), tmp_path / "heads.onnx")
    letterbox = detector_network.letterbox
    assert prove_detector_equal(network, tmp_path / "heads.onnx", frames).max_pixel_difference > 0.2
    monkeypatch.setattr(detector_network, "letterbox", lambda *args: (letterbox(*args)[0] + 1.5,))
    with pytest.raises(ExportError, match=r"fitted pixels within 2\.\d+ of 255 .*nothing was written"):
        prove_detector_equal(network, tmp_path / "heads.onnx", frames)


def test_a_file_with_other_detections_is_rejected(network, frames, tmp_path):
    model = to_onnx(network)
    bias = next(t for t in model.graph.initializer if list(t.dims) == [19] and "names" in t.name)
    bias.CopyFrom(
        numpy_helper.from_array(numpy_helper.to_array(bias) + np.eye(19)[0].astype("f4"), bias.name)
    )
    onnx.save(model, tmp_path / "wrong.onnx")
    with pytest.raises(ExportError, match=r"differs from its source: .*nothing was written"):
        prove_detector_equal(network, tmp_path / "wrong.onnx", frames)
