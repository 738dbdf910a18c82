"""The conditions of a measurement, and its table: what every figure is printed with."""

from __future__ import annotations

import os
import platform
import re
import statistics
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

FEATURES = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "amx_int8", "asimddp", "i8mm")
"""What decides how fast a small network runs on a CPU, with Linux's names."""

_CPUINFO = Path("/proc/cpuinfo")


def processor(cpuinfo: str) -> str:
    """The processor on one line, from the text of `/proc/cpuinfo`; empty text for other systems."""
    name = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    flags = re.search(r"^(?:flags|Features)\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    title = name[1].strip() if name else platform.processor() or platform.machine()
    if flags is None:
        return f"{title}, extensions unknown"
    has = set(flags[1].split())
    found = [feature for feature in FEATURES if feature in has]
    vnni = "VNNI" if {"avx_vnni", "avx512_vnni"} & has else "no VNNI"
    amx = "AMX" if "amx_int8" in has else "no AMX"
    return f"{title} ({vnni}, {amx}; {', '.join(found) or 'none of ' + ', '.join(FEATURES)})"


def conditions(*packages: str) -> list[str]:
    """The machine, the versions of these packages, and the load before the measurement; one line each."""
    text = _CPUINFO.read_text(encoding="utf-8", errors="replace") if _CPUINFO.is_file() else ""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in packages)]
    lines = [f"CPU: {processor(text)}, {cores} cores", f"Versions: {', '.join(versions)}"]
    if hasattr(os, "getloadavg"):
        lines.append(f"Load average before: {os.getloadavg()[0]:.1f}")
    return lines


def version(package: str) -> str:
    """The installed version of a package."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, markdown: bool) -> str:
    """Rows as a Markdown table, or aligned for a terminal; the first column is text, the others numbers.

    Example:
        >>> print(table(("what", "fps"), [("ours", "100"), ("theirs", "7")], markdown=False))
        what    fps
        ours    100
        theirs    7
    """
    if markdown:
        lines = [
            header,
            ("---",) * len(header),
            *([cell.replace("|", r"\|") for cell in row] for row in rows),
        ]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in (header, *rows)
    )


def spread(values: Sequence[float], digits: int = 1) -> str:
    """The median, and the range if there is one: `12.0 (11.8 to 12.1)`; `-` for no values."""
    if not values:
        return "-"
    low, middle, high = (f"{v:,.{digits}f}" for v in (min(values), statistics.median(values), max(values)))
    return middle if low == high else f"{middle} ({low} to {high})"
