"""The tables of `tests.benchmarks.cuda`."""

from __future__ import annotations

from typing import Any

from tests.benchmarks.conditions import spread, table

Result = dict[str, Any]
"""What a part returned, with what it was asked for; `problem` says why it is not available."""


def tables(results: dict[str, list[Result]], *, markdown: bool) -> list[str]:
    """The results as four tables; what is not available is a row that says why."""
    made = []
    for name, header, cells in (
        ("starts", ("start to the first result", "first, s", "then, s", "session alone, s"), _start_cells),
        ("looks", ("a look", "p50, ms", "p95", "p99", "p50 per picture", "n", "off fp32"), _look_cells),
        ("films", ("a whole clip", "seconds, whole process", "times real time"), _film_cells),
        ("decoders", ("decoding H.264", "frames per second"), _decoder_cells),
    ):
        rows = []
        for result in results[name]:
            keys = ("provider", "graph", "mode", "size")
            title = ", ".join(result[key] for key in keys if key in result)
            if "batch" in result:
                title += f", batch {result['batch']}"
            if problem := result.get("problem"):
                rows.append((f"{title}: {problem}", *["-"] * (len(header) - 1)))
            else:
                rows.append((title, *cells(result)))
        made.append(table(header, rows, markdown=markdown))
    return made


def _start_cells(result: Result) -> tuple[str, ...]:
    first, *later = result["runs"]
    return (
        f"{first['total_s']:.2f}",
        spread([run["total_s"] for run in later], 2),
        spread([run["session_s"] for run in later], 2),
    )


def _look_cells(result: Result) -> tuple[str, ...]:
    times = (f"{result[key]:.2f}" for key in ("p50_ms", "p95_ms", "p99_ms"))
    difference = result["difference"]
    off = "-" if difference is None else f"{difference:.1e}"
    return (*times, f"{result['p50_ms'] / result['batch']:.2f}", str(result["n"]), off)


def _film_cells(result: Result) -> tuple[str, ...]:
    runs = result["runs"]
    return (
        spread([run["whole_s"] for run in runs]),
        spread([run["media_seconds"] / run["whole_s"] for run in runs]),
    )


def _decoder_cells(result: Result) -> tuple[str, ...]:
    return (f"{result['fps']:,.0f}",)


def verdict(provider: str, missing: str, described: str) -> str:
    """One line that says whether any figure is of a GPU."""
    if provider == "cpu":
        return "Rehearsal on the CPU: no figure here says anything about CUDA."
    if missing:
        return f"No CUDA part has run on a GPU: {missing}"
    return f"GPU: {described or 'nvidia-smi does not say which'}"
