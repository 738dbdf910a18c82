"""The table of `tests.benchmarks.peers`: from what each process did to medians, ratios and remarks."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.clips import Film
from tests.benchmarks.conditions import spread

OURS, RECORDING, ENCODING, YOLO = "ours", "ours-record", "ffmpeg-encode", "yolo11n"
"""The contestants that are compared with each other in words."""

HEADER = (
    "program",
    "frames",
    "frames per second, whole process",
    "times real time",
    "frames per second without start-up",
    "speed relative to ours",
    "peak memory, MB",
)


@dataclass(frozen=True, slots=True)
class Run:
    """What one process did.

    Attributes:
        whole_s: from its start to its exit; of all frames, at the measured rate, if it was stopped earlier.
        frames: frames that it went through.
        fps: frames per second without start-up.
        peak_mb: most memory it had resident; None where the system does not say.
        stopped: whether it was stopped before the end.
        problem: why it failed; empty if it did not.
    """

    whole_s: float = 0.0
    frames: int = 0
    fps: float = 0.0
    peak_mb: float | None = None
    stopped: bool = False
    problem: str = ""


def ratios(runs: Mapping[str, Sequence[Run]], first: str, second: str, film: Film) -> list[float]:
    """How many times as fast one is as another, in each round in which both went through; whole processes."""
    return [
        _whole_fps(one, film) / _whole_fps(other, film)
        for one, other in zip(runs.get(first, ()), runs.get(second, ()), strict=False)
        if not one.problem and not other.problem
    ]


def _whole_fps(run: Run, film: Film) -> float:
    return (film.frames if run.stopped else run.frames) / run.whole_s


def rows(titles: Mapping[str, str], runs: Mapping[str, Sequence[Run]], film: Film) -> list[tuple[str, ...]]:
    """One row for each contestant: medians and ranges, or why it failed."""
    made = []
    for name, title in titles.items():
        good = [run for run in runs.get(name, ()) if not run.problem]
        if not good:
            problem = next((run.problem for run in runs.get(name, ())), "did not run")
            made.append((f"{title}: {problem}", *["-"] * 6))
            continue
        whole = [_whole_fps(run, film) for run in good]
        stopped = any(run.stopped for run in good)
        peaks = [run.peak_mb for run in good if run.peak_mb is not None]
        made.append(
            (
                f"{title} (*)" if stopped else title,
                " or ".join(f"{frames:,}" for frames in sorted({run.frames for run in good})),
                spread(whole, 0 if min(whole) >= 100 else 1),
                f"{statistics.median(whole) * film.seconds / film.frames:,.1f}",
                spread([run.fps for run in good], 0 if min(run.fps for run in good) >= 100 else 1),
                spread(ratios(runs, name, OURS, film), 3),
                f"{max(peaks):,.0f}" if peaks else "-",
            )
        )
    return made


def remarks(runs: Mapping[str, Sequence[Run]], film: Film, at_most_s: float | None) -> list[str]:
    """What the table leads to, in lines."""
    lines = []
    if times := ratios(runs, OURS, YOLO, film):
        lines.append(f"Ours goes {spread(times)} times as fast as Ultralytics YOLO11n at 256 px.")
    if times := ratios(runs, RECORDING, ENCODING, film):
        percent = spread([100 * value for value in times], 0)
        lines.append(f"With -o, ours has {percent} % of the speed of decoding and encoding the file alone.")
    if any(run.stopped for all_runs in runs.values() for run in all_runs):
        lines.append(
            f"(*) Stopped after {at_most_s:g} s of frames; its whole process is its start-up, and all frames "
            "of the clip at the rate of these."
        )
    return lines
