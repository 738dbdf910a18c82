"""The trained networks that are bundled with simpsons-play."""

from __future__ import annotations

from pathlib import Path


def default_model() -> Path:
    """Path of the bundled classifier.

    Raises:
        FileNotFoundError: This installation lacks the file.
    """
    return _bundled("springfield.onnx")


def default_detector() -> Path:
    """Path of the bundled detector.

    Raises:
        FileNotFoundError: This installation lacks the file.
    """
    return _bundled("heads.onnx")


def default_int8_detector() -> Path:
    """Path of the bundled detector in eight bits, which is faster on a CPU and names the same.

    Raises:
        FileNotFoundError: This installation lacks the file.
    """
    return _bundled("heads.int8.onnx")


def default_embedder() -> Path:
    """Path of the bundled embedder of heads.

    Raises:
        FileNotFoundError: This installation lacks the file.
    """
    return _bundled("embedder.onnx")


def default_int8_embedder() -> Path:
    """Path of the bundled embedder in eight bits, which is faster on a CPU; its embeddings are the same.

    Raises:
        FileNotFoundError: This installation lacks the file.
    """
    return _bundled("embedder.int8.onnx")


def _bundled(name: str) -> Path:
    path = Path(__file__).with_name(name)
    if not path.is_file():
        raise FileNotFoundError(
            f"the default model {path} is missing from this installation; install simpsons-play again"
        )
    return path
