"""Background work that leaves the processor to the window."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

_NICE = 15
"""At this niceness, the analysis gets about 3% of a core that the window also wants (the kernel's
`sched_prio_to_weight`: 36 to 1024)."""

_PROCESS_NICE = 10
"""The niceness of a process that does what the user waits for, next to playback: about 10% of such a core
(110 to 1024)."""


def lower_thread_priority() -> None:
    """Lower the priority of the calling thread and of threads it starts, such as a decoder's.

    Does nothing except on Linux: other systems have no priorities for single threads that Python can set.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


def lower_process_priority(pid: int, *, idle: bool) -> None:
    """Lower the priority of a process that has just been started, before it starts threads.

    Does nothing on Windows, where a process is started with a priority.

    Args:
        pid: its ID.
        idle: let it run only when nothing else wants the processor; otherwise it also gets a small share of a
            busy one.
    """
    with suppress(OSError):
        if idle and sys.platform == "linux":
            os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
        elif sys.platform != "win32":
            os.setpriority(os.PRIO_PROCESS, pid, 19 if idle else _PROCESS_NICE)
