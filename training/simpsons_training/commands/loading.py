"""Import heavy packages quietly, with a hint if one is not installed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from simpsons_play.core.extras import missing
from simpsons_play.core.interrupts import held_interrupt
from simpsons_play.core.silence import captured_output


@contextmanager
def loading(purpose: str) -> Iterator[None]:
    """Suppress the output of imports inside this block, such as those of Keras and scikit-learn.

    TensorFlow logs its build and the processor whenever it is imported.

    Args:
        purpose: What needs the packages; the subject of the error message.

    Raises:
        DependencyError: A package is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with held_interrupt(), captured_output():
            yield
    except ModuleNotFoundError as error:
        raise missing(purpose, str(error.name)) from error
