"""The paths of the bundled networks."""

from __future__ import annotations

from pathlib import Path

import pytest

import simpsons_models


@pytest.mark.parametrize(
    ("find", "name"),
    [
        (simpsons_models.default_model, "springfield.onnx"),
        (simpsons_models.default_detector, "heads.onnx"),
        (simpsons_models.default_int8_detector, "heads.int8.onnx"),
    ],
)
def test_the_bundled_networks_are_next_to_the_code(find, name, monkeypatch) -> None:
    assert find() == Path(simpsons_models.__file__).parent / name
    monkeypatch.setattr(simpsons_models, "__file__", "/nowhere/__init__.py")
    with pytest.raises(
        FileNotFoundError, match=rf"nowhere/{name} is missing from this installation; install"
    ):
        find()
