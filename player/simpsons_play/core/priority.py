"""Work that gives way to the window where processors are few."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

_NICE = 15
"""How far the analysis stands back: it gets a thirtieth of the time where the window wants all of it."""


def give_way() -> None:
    """Lower the priority of this thread, and of those that it starts, such as a decoder's.

    Only Linux has priorities for threads.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
