"""How many processor cores this process may use: all default numbers of threads follow from this one."""

from __future__ import annotations

import os

_processes = 1


def share_cores(processes: int) -> None:
    """Use only a share of the cores, because other processes do the same work at the same time.

    Call this before anything starts threads.

    Args:
        processes: how many processes share the cores, including this one.
    """
    global _processes
    _processes = processes


def all_cores() -> int:
    """Number of cores of this machine."""
    return os.cpu_count() or 1


def core_count() -> int:
    """Number of cores for this process, at least 1."""
    return max(1, all_cores() // _processes)


def codec_threads() -> int:
    """Number of threads for a decoder or encoder: 0, which lets it choose, unless the cores are shared."""
    return 0 if _processes == 1 else core_count()
