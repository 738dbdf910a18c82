"""Background threads that leave the processor to the window."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

_NICE = 15
"""At this niceness, the analysis gets about 3% of a core that the window also wants (the kernel's
`sched_prio_to_weight`: 36 to 1024)."""


def lower_thread_priority() -> None:
    """Lower the priority of the calling thread and of threads it starts, such as a decoder's.

    Does nothing except on Linux: other systems have no priorities for single threads that Python can set.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
