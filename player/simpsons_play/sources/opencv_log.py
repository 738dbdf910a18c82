"""Keeps messages of OpenCV and its C libraries (libjpeg, libpng, V4L2) off the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import cv2.utils.logging as cv_logging

from simpsons_play.core.silence import quiet_stderr


@contextmanager
def quiet() -> Iterator[None]:
    """Silence OpenCV inside the block; see `quiet_stderr`."""
    with quiet_stderr():
        level = cv_logging.setLogLevel(cv_logging.LOG_LEVEL_SILENT)
        try:
            yield
        finally:
            cv_logging.setLogLevel(level)
