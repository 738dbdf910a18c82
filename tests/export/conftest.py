"""Small networks with random weights, as files, and pictures for proofs."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from tests.commands import HANGS_S

from simpsons_play.core.frames import Image
from simpsons_play.core.results import Probabilities
from simpsons_play.inference.model_card import ModelCard

LABELS = ("bart_simpson", "homer_simpson", "lisa_simpson", "moe_szyslak")
SIZE_PX = 32
HAS_TENSORFLOW = importlib.util.find_spec("tensorflow") is not None

# The player is also tested without TensorFlow; then only tests that do not need it run here.
collect_ignore_glob = [] if HAS_TENSORFLOW else ["test_[!l]*.py"]


@pytest.fixture(autouse=True)
def _no_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the tests independent of data on this machine."""
    monkeypatch.delenv("SIMPSONS_DATA", raising=False)


@pytest.fixture
def images() -> Image:
    """(9, 32, 32, 3) uint8 BGR."""
    return _blotches(9, SIZE_PX)


def _blotches(count: int, size_px: int) -> Image:
    coarse = np.random.default_rng(7).integers(0, 256, (count, 5, 5, 3), dtype=np.uint8)
    return np.stack([cv2.resize(image, (size_px, size_px)) for image in coarse])


@pytest.fixture
def folder(images: Image, tmp_path: Path) -> Path:
    """A folder with nine pictures, a text file, and a broken picture."""
    path = tmp_path / "pictures"
    (path / "deep").mkdir(parents=True)
    for i, image in enumerate(images):
        cv2.imwrite(str(path / ("deep" if i % 2 else ".") / f"{i}.png"), image)
    (path / "notes.txt").write_text("no picture")
    (path / "broken.jpg").write_bytes(b"no picture")
    return path


@pytest.fixture
def make_card() -> Callable[..., ModelCard]:
    def make(**fields: Any) -> ModelCard:
        return ModelCard(
            **{"network": "tiny", "labels": LABELS, "size_px": SIZE_PX, "color_order": "RGB", **fields}
        )

    return make


@pytest.fixture
def make_network() -> Callable[..., Any]:
    """A network of the training package with random weights and normalisation statistics.

    `tiny` is an additional one that converts quickly, for tests that do not depend on the network.
    """

    def make(name: str = "tiny", *, size_px: int = SIZE_PX, sharpness: float = 1.0) -> Any:
        import keras

        from simpsons_training import networks

        keras.utils.set_random_seed(3)
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(networks.NETWORKS, "tiny", _tiny)
            model = networks.build(name, labels=len(LABELS), size_px=size_px)
        random = np.random.default_rng(3)
        norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
        for norm in norms:
            norm.gamma.assign(random.uniform(0.5, 1.5, norm.gamma.shape))
            norm.beta.assign(random.uniform(0.5, 1.5, norm.beta.shape))
            norm.momentum = 0.0
        if norms:  # with random statistics a deep network would return constant outputs
            model(_blotches(32, size_px).astype(np.float32), training=True)
        logits = model.get_layer("logits")
        kernel, bias = logits.get_weights()
        logits.set_weights([kernel * sharpness, random.normal(size=bias.shape)])
        return model

    return make


def _tiny(x: Any, activation: str) -> Any:
    from keras import layers

    x = layers.Rescaling(1 / 255, name="scale")(x)
    x = layers.Conv2D(8, 5, strides=4, padding="same", activation=activation)(x)
    return layers.Flatten()(layers.Conv2D(4, 3, activation=activation)(x))


@pytest.fixture
def save_keras(make_network: Any, make_card: Any, tmp_path: Path) -> Callable[..., Path]:
    """A `.keras` file with a card inside."""

    def save(name: str = "tiny", *, model: Any = None, **fields: Any) -> Path:
        from simpsons_training.storage import save_network

        path = tmp_path / f"{name}.keras"
        save_network(model or make_network(name), path, make_card(network=name, **fields))
        return path

    return save


@pytest.fixture
def run_onnx() -> Callable[[Path, Image], Probabilities]:
    """Run an .onnx file: (N, S, S, 3) uint8 BGR -> (N, K) float32."""

    def run(path: Path, images: Image) -> Probabilities:
        import onnxruntime

        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        return session.run(["probabilities"], {"pictures": images})[0]  # type: ignore[no-any-return]

    return run


@pytest.fixture
def command() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `simpsons export ...` in a separate process."""

    def run(*arguments: Any, before: str = "") -> subprocess.CompletedProcess[str]:
        code = f"{before}\nfrom simpsons_export.cli import export\nexport()"
        return subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=HANGS_S,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )

    return run
