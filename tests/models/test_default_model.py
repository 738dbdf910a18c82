"""The default model is where the player looks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

import simpsons_models


def test_the_default_model_lies_beside_the_code() -> None:
    folder = Path(simpsons_models.__file__).parent
    assert simpsons_models.default_model() == folder / "springfield.onnx"


def test_a_missing_default_model_is_named(monkeypatch):
    monkeypatch.setattr(simpsons_models, "_DEFAULT", "absent.onnx")
    with pytest.raises(FileNotFoundError, match=r"absent\.onnx is missing from this installation; install"):
        simpsons_models.default_model()
