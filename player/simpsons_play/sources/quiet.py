"""Keeps libraries from writing to the terminal behind Python's back, for the length of a with-block."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import cv2.utils.logging as cv_logging

_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def quiet() -> Iterator[None]:
    """Silences OpenCV and the C libraries inside it (libjpeg, libpng, V4L2), then puts everything back.

    They write to file descriptor 2 itself, so that for the length of the block nothing in this process can:
    keep the block short. Blocks in several threads wait for each other.
    """
    with _ONE_AT_A_TIME, ExitStack() as undo:
        level = cv_logging.setLogLevel(cv_logging.LOG_LEVEL_SILENT)
        undo.callback(cv_logging.setLogLevel, level)
        try:
            kept = os.dup(2)
        except OSError:  # a process without a terminal may have closed it
            yield
            return
        undo.callback(os.close, kept)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        undo.callback(os.close, nowhere)
        os.dup2(nowhere, 2)
        undo.callback(os.dup2, kept, 2)
        yield
