"""What this process uses of the machine, and what processor the machine has."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

FEATURES = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "amx_int8", "asimddp", "i8mm")
"""Extensions of the instruction set that decide how fast a network runs, with Linux's names: vectors of 256
and 512 bits, and dot products and matrices of 8-bit integers, on x86 and on ARM."""

_CPUINFO, _STATUS, _CLEAR = Path("/proc/cpuinfo"), Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True, slots=True)
class Processor:
    """The processor of this machine.

    Attributes:
        name: name given by its maker; the architecture if that is unknown.
        cores: number of logical cores that this process may use.
        features: which of `FEATURES` it has; None if the system does not say.
    """

    name: str
    cores: int
    features: tuple[str, ...] | None


def processor() -> Processor:
    """The processor of this machine."""
    has_affinity = hasattr(os, "sched_getaffinity")  # only Linux has it
    cores = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    text = ""
    with suppress(OSError):  # nor do others have this
        text = _CPUINFO.read_text(encoding="utf-8", errors="replace")
    name = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    flags = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", text, re.MULTILINE)
    features = None
    if flags is not None:
        has = set(flags[1].split())
        features = tuple(feature for feature in FEATURES if feature in has)
    return Processor(name[1].strip() if name else _name_elsewhere(), cores, features)


def cpu_seconds() -> float:
    """Processor time of all threads of this process so far, user and system, in seconds."""
    return time.process_time()


def reset_peak_memory() -> bool:
    """Forget the peak so far, where the system can (Linux); returns whether it did."""
    try:
        _CLEAR.write_text("5")  # proc(5): resets the peak resident set size
    except OSError:
        return False
    return True


def peak_memory_bytes() -> int | None:
    """The most memory this process has had resident, since `reset_peak_memory` or else since its start.

    None if the system does not say (Windows).
    """
    with suppress(OSError):
        match = re.search(r"^VmHWM:\s*(\d+) kB$", _STATUS.read_text(encoding="ascii"), re.MULTILINE)
        if match:
            return int(match[1]) * 1024
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # bytes on macOS, kibibytes elsewhere


def _name_elsewhere() -> str:
    """The name of the processor where `/proc/cpuinfo` has none: macOS, Windows, and Linux on ARM."""
    if sys.platform == "darwin":
        with suppress(OSError, subprocess.SubprocessError):
            command = ("/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string")
            done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)
            return done.stdout.strip()
    return platform.processor() or platform.machine() or "unknown"
