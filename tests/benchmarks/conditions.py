"""The conditions of a measurement, and its table: what every figure is printed with."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from importlib import metadata

from simpsons_play.core.resources import FEATURES, Processor, processor


def processor_line(found: Processor) -> str:
    """The processor, its cores and what decides how fast a small network runs on it, on one line."""
    title = f"{found.name}, {found.cores} cores"
    if found.features is None:
        return f"{title}, extensions unknown"
    vnni = "VNNI" if {"avx_vnni", "avx512_vnni"} & {*found.features} else "no VNNI"
    amx = "AMX" if "amx_int8" in found.features else "no AMX"
    return f"{title} ({vnni}, {amx}; {', '.join(found.features) or 'none of ' + ', '.join(FEATURES)})"


def conditions(*packages: str) -> list[str]:
    """The machine, the versions of these packages, and the load before the measurement; one line each."""
    versions = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in packages)]
    lines = [f"CPU: {processor_line(processor())}", f"Versions: {', '.join(versions)}"]
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
