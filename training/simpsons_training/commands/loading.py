"""How commands load what is heavy: quietly, and with a remedy where it is not installed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from simpsons_play.core.errors import DependencyError
from simpsons_play.core.interrupts import held_interrupt
from simpsons_play.core.silence import captured_output


@contextmanager
def loading(purpose: str) -> Iterator[None]:
    """Import Keras, scikit-learn and their like inside this block, and open what loads them.

    TensorFlow tells its build and its processor at every start; that is kept from the terminal.

    Args:
        purpose: what needs them, to begin a sentence with.

    Raises:
        DependencyError: one of them is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with held_interrupt(), captured_output():
            yield
    except ImportError as error:
        raise DependencyError(
            f"{purpose} needs {error.name}, which is not installed: pip install 'simpsons-play[train]'"
        ) from error
