"""Import TensorFlow, which is large, optional and verbose."""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from simpsons_play.core.errors import ExportError
from simpsons_play.core.extras import missing
from simpsons_play.core.silence import quiet_stderr

_PACKAGES = ("tensorflow", "keras", "h5py", "onnx", "tf2onnx")


def prepare() -> None:
    """Import the packages that export needs, with Keras on TensorFlow.

    Raises:
        DependencyError: A package is not installed.
        ExportError: Keras is already loaded with another backend.
    """
    from simpsons_play.inference.providers import (
        import_onnxruntime,  # imports NumPy, which --help does not need
    )

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if "keras" not in sys.modules:
        # tf2onnx reads TensorFlow graphs; networks trained on other backends load as well.
        os.environ["KERAS_BACKEND"] = "tensorflow"
    import_onnxruntime()  # first, before another package imports it with telemetry
    for name in _PACKAGES:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            raise missing("export", error.name or name) from error
    backend = sys.modules["keras"].backend.backend()
    if backend != "tensorflow":
        raise ExportError(f"Keras uses the backend {backend}; export needs KERAS_BACKEND=tensorflow")


@contextmanager
def quiet() -> Iterator[None]:
    """Discard standard error and warnings of TensorFlow and tf2onnx inside this block.

    Errors still propagate as exceptions.
    """
    with quiet_stderr(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def first_line(error: BaseException, *, longest: int = 160) -> str:
    """First line of an error message of Keras or TensorFlow, at most `longest` characters."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return text if len(text) <= longest else text[: longest - 1] + "…"
