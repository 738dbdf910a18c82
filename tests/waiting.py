"""Waiting for what another thread does."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_S = 60.0
"""What has not happened by then never will: the machine may be slow and busy."""


def wait_until(holds: Callable[[], object]) -> None:
    """Return as soon as it holds; AssertionError where that takes longer than `PATIENCE_S`."""
    end_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.005)
