"""The trained networks that travel with simpsons-play."""

from __future__ import annotations

from pathlib import Path

_DEFAULT = "springfield.onnx"


def default_model() -> Path:
    """Where the network lies that the player uses unless told otherwise.

    Raises:
        FileNotFoundError: it was left out of this installation.
    """
    path = Path(__file__).with_name(_DEFAULT)
    if not path.is_file():
        raise FileNotFoundError(
            f"the default model {path} is missing from this installation; install simpsons-play again"
        )
    return path
