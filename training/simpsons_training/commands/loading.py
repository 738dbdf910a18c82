"""Import heavy packages quietly, with a hint if one is not installed."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from simpsons_play.core.extras import missing
from simpsons_play.core.interrupts import held_interrupt
from simpsons_play.core.silence import captured_output

_RETRACING = re.compile(
    r"calls to <function TensorFlowTrainer\.make_.* triggered tf\.function retracing", re.S
)
"""TensorFlow's warning when Keras compiles functions for several networks in a row."""


@contextmanager
def loading(purpose: str) -> Iterator[None]:
    """Suppress the output of imports inside this block, such as those of Keras and scikit-learn.

    TensorFlow logs its build and the processor whenever it is imported. Later, it takes the networks that a
    notebook trains or evaluates one after the other for one that Keras compiles again and again; that warning
    is suppressed, too.

    Args:
        purpose: What needs the packages; the subject of the error message.

    Raises:
        DependencyError: A package is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").addFilter(_is_useful)
    try:
        with held_interrupt(), captured_output():
            yield
    except ModuleNotFoundError as error:
        raise missing(purpose, str(error.name)) from error


def _is_useful(record: logging.LogRecord) -> bool:
    return _RETRACING.search(record.getMessage()) is None
