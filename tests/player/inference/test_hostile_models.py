"""Hostile model files: every error is one line."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from simpsons_play.core.errors import ModelError
from simpsons_play.inference.loading import load_classifier, load_network
from simpsons_play.inference.model_card import ModelCard
from tests.fakes import colour_card, write_colour_model, write_head_model


def metadata(**changes: object) -> dict[str, str]:
    texts = {f"simpsons_play.{name}": text for name, text in changes.items() if isinstance(text, bytes)}
    entries = colour_card().to_metadata()
    entries |= {f"simpsons_play.{n}": json.dumps(v) for n, v in changes.items() if not isinstance(v, bytes)}
    return entries | {name: text.decode() for name, text in texts.items() if isinstance(text, bytes)}


@pytest.mark.parametrize(
    "changes",
    [
        {"size_px": b"9" * 5000},
        {"size_px": 10**12},
        {"size_px": 16.0},
        {"threshold": b"NaN"},
        {"threshold": b"1e999"},
        {"threshold": True},
        {"threshold": "0.5"},
        {"temperature": None},
        {"temperature": b"-Infinity"},
        {"labels": b"[" * 100_000},
        {"labels": [["a"], ["b"]]},
        {"labels": [1, 2, 3]},
        {"labels": ["a", "b", "\ud800"]},
        {"labels": {"a": 1}},
        {"labels": ["a", "b", ""]},
        {"labels": [str(n) for n in range(20_000)]},
        {"labels": b'"' + b"x" * (1 << 21) + b'"'},
        {"regions": [["full"]]},
        {"regions": [None]},
        {"network": 5},
        {"version": None},
        {"training_data": ["x"]},
        {"color_order": ["BGR"]},
        {"contract": [1]},
    ],
)
def test_invalid_model_metadata_is_one_line(tmp_path: Path, changes: dict[str, object]) -> None:
    path = write_colour_model(tmp_path / "m.onnx", metadata=metadata(**changes))
    with pytest.raises(ModelError, match=r"m\.onnx: .*metadata|m\.onnx: .*contract") as caught:
        load_classifier(path, provider="cpu")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", "null", '{"size_px": ' + "9" * 5000 + "}"])
def test_invalid_json_cards_are_refused(text: str) -> None:
    with pytest.raises(ModelError):
        ModelCard.from_json(text)


def test_metadata_that_is_not_utf8_is_one_line(tmp_path: Path) -> None:
    path = write_colour_model(tmp_path / "m.onnx")
    content = path.read_bytes()
    assert b"bart_simpson" in content
    path.write_bytes(content.replace(b"bart_simpson", b"bart\xff\xfe\xff\xfe\xff\xfe\xff\xfe"))
    with pytest.raises(ModelError, match=r"m\.onnx") as caught:
        load_classifier(path, provider="cpu")
    assert "\n" not in str(caught.value)


def test_models_with_gigantic_inputs_are_refused(tmp_path: Path) -> None:
    picture = helper.make_tensor_value_info("x", TensorProto.UINT8, ["n", 200_000, 200_000, 3])
    out = helper.make_tensor_value_info("y", TensorProto.UINT8, ["n", 200_000, 200_000, 3])
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "big", [picture], [out])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, colour_card().to_metadata())
    onnx.save(model, tmp_path / "m.onnx")
    with pytest.raises(ModelError, match="its input has 120,000,000,000 bytes"):
        load_classifier(tmp_path / "m.onnx", provider="cpu")


def test_models_that_fail_on_frames_are_one_line(tmp_path: Path) -> None:
    network = load_network(write_head_model(tmp_path / "h.onnx"), provider="cpu")
    with pytest.raises(ModelError, match=r"h\.onnx fails on a frame") as caught:
        network.detect(np.zeros((3, 3), np.uint8), min_score=0.1)  # type: ignore[union-attr]
    assert "\n" not in str(caught.value)
    classifier = load_classifier(write_colour_model(tmp_path / "c.onnx"), provider="cpu")
    with pytest.raises(ModelError, match=r"c\.onnx fails on a picture"):
        classifier.classify(np.zeros((1, 8, 8, 3), np.uint8))
