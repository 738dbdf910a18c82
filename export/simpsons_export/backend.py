"""Getting hold of TensorFlow, which is large, optional, and talks on the terminal."""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from simpsons_play.core.errors import DependencyError, ExportError
from simpsons_play.core.silence import quiet_stderr

_PACKAGES = ("tensorflow", "keras", "h5py", "onnx", "tf2onnx")


def prepare() -> None:
    """Import what export needs, with Keras on TensorFlow.

    Raises:
        DependencyError: a package is not installed.
        ExportError: Keras was loaded on another backend before.
    """
    from simpsons_play.inference.providers import (
        import_onnxruntime,  # loads NumPy, which --help need not wait for
    )

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if "keras" not in sys.modules:
        # tf2onnx reads TensorFlow graphs; the network itself does not mind where it was trained.
        os.environ["KERAS_BACKEND"] = "tensorflow"
    for name in ("onnxruntime", *_PACKAGES):  # first, so that no other package loads it with its telemetry
        try:
            if name == "onnxruntime":
                import_onnxruntime()
            else:
                importlib.import_module(name)
        except ImportError as error:
            raise DependencyError(
                f"export needs {error.name or name}, which is not installed; "
                "install it with: pip install 'simpsons-play[train]'"
            ) from error
    backend = sys.modules["keras"].backend.backend()
    if backend != "tensorflow":
        raise ExportError(f"Keras runs on {backend} here; export needs KERAS_BACKEND=tensorflow")


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the chatter of TensorFlow and tf2onnx off the terminal: stderr leads nowhere inside this block.

    Errors still travel as exceptions.
    """
    with quiet_stderr(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def first_line(error: BaseException, *, longest: int = 160) -> str:
    """What an error of Keras or TensorFlow says, in one line of at most `longest` characters."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return text if len(text) <= longest else text[: longest - 1] + "…"
