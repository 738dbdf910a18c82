"""The trained networks that travel with simpsons-play."""

from __future__ import annotations

from pathlib import Path


def default_model() -> Path:
    """Where the network lies that says who is on a picture.

    Raises:
        FileNotFoundError: it was left out of this installation.
    """
    return _shipped("springfield.onnx")


def default_detector() -> Path:
    """Where the network lies that finds heads in frames and names them.

    Raises:
        FileNotFoundError: it was left out of this installation.
    """
    return _shipped("heads.onnx")


def _shipped(name: str) -> Path:
    path = Path(__file__).with_name(name)
    if not path.is_file():
        raise FileNotFoundError(
            f"the default model {path} is missing from this installation; install simpsons-play again"
        )
    return path
