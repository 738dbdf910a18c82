"""What `simpsons bench` reports of one configuration, as JSON and as text. Pure functions."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simpsons_play.analysis.benchmark import Measurement
from simpsons_play.cli.summary import counted
from simpsons_play.core.escaping import one_line, readable
from simpsons_play.core.frames import SourceInfo
from simpsons_play.core.resources import Processor
from simpsons_play.render.drawing import Drawing
from simpsons_play.render.latency_chart import LatencySeries, latency_chart

JSON_VERSION = 1
"""Version of the JSON output."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine and the library that the figures hold for."""

    processor: Processor
    onnxruntime: str

    def line(self) -> str:
        """The machine on one line."""
        cpu = self.processor
        extensions = "".join(f", {feature}" for feature in cpu.features or ())
        return one_line(
            f"{cpu.name}, {counted(cpu.cores, 'core')}{extensions}; onnxruntime {self.onnxruntime}"
        )


@dataclass(frozen=True, slots=True)
class BenchResult:
    """The measurement of one configuration, and its conditions.

    Attributes:
        source: the source.
        model: names of the model files.
        regions: regions that were asked for.
        reference: whether the model ran on every frame that had changed.
        provider: execution provider that the model really ran on.
        note: why a faster provider was not used; empty if there is no reason to report.
        threads: number of CPU threads of the model.
        drawn: whether the names were drawn on each frame.
        recorded: whether the video was recorded.
        runs_on: provider and threads in short.
        measurement: what was measured.
        complete: whether all runs reached the end of the source and all of it could be read.
    """

    source: SourceInfo
    model: str
    regions: str
    reference: bool
    provider: str
    note: str
    threads: int
    drawn: bool
    recorded: bool
    runs_on: str
    measurement: Measurement
    complete: bool

    @property
    def title(self) -> str:
        """The configuration in short."""
        reference = ", reference" if self.reference else ""
        output = ", recorded" if self.recorded else ", drawn" if self.drawn else ""
        return f"{self.model}, {self.regions}{reference}, {self.runs_on}{output}"


def bench_json(result: BenchResult, machine: Machine) -> str:
    """The result as one line of JSON; `docs/data.md` describes the fields."""
    m, info, cpu = result.measurement, result.source, machine.processor
    fields = {
        "version": JSON_VERSION,
        "source": readable(info.name),
        "width": info.width,
        "height": info.height,
        "rate": None if info.stills else str(info.rate),
        "model": readable(result.model),
        "regions": result.regions,
        "reference": result.reference,
        "provider": result.provider,
        "note": readable(result.note),
        "threads": result.threads,
        "drawn": result.drawn,
        "recorded": result.recorded,
        "complete": result.complete,
        "runs": len(m.run_fps),
        "frames": m.frames,
        "warmup_frames": m.warmup_frames,
        "seconds": round(m.seconds, 3),
        "media_seconds": _rounded(m.media_seconds, 3),
        "stages": {
            stage.stage: {
                "p50_ms": round(stage.p50_ms, 3),
                "p95_ms": round(stage.p95_ms, 3),
                "p99_ms": round(stage.p99_ms, 3),
                "max_ms": round(stage.max_ms, 3),
                "n": stage.n,
            }
            for stage in m.stages
        },
        "fps": round(m.fps, 2),
        "fps_of_runs": [round(fps, 2) for fps in m.run_fps],
        "realtime_factor": _rounded(m.realtime_factor, 3),
        "looks": m.looks,
        "looks_per_second": _rounded(m.looks_per_second, 3),
        "skipped_duplicates": m.repeated,
        "dropped": m.dropped,
        "late_frames": m.late,
        "cpu_time_s": round(m.cpu_s, 3),
        "peak_memory_mb": None if m.peak_memory_bytes is None else round(m.peak_memory_bytes / 1e6, 1),
        "machine": {
            "cpu": cpu.name,
            "cores": cpu.cores,
            "features": None if cpu.features is None else list(cpu.features),
            "system": platform.platform(terse=True),
            "python": platform.python_version(),
            "onnxruntime": machine.onnxruntime,
        },
    }
    return json.dumps(fields)


def result_lines(result: BenchResult) -> Iterator[str]:
    """The result as text: conditions, speed, and the time that each stage took."""
    m, info = result.measurement, result.source
    unit = "picture" if info.stills else "frame"
    rate = "" if info.stills else f", {float(info.rate):.6g} frames per second"
    runs = "" if len(m.run_fps) == 1 else f" of {counted(len(m.run_fps), 'run')}"
    yield _row("source", f"{info.name}, {info.width}x{info.height}{rate}")
    yield _row("configuration", result.title)
    warmup = (
        f", after {counted(m.warmup_frames, unit)} of warm-up" if m.warmup_frames else ", without warm-up"
    )
    incomplete = "" if result.complete else "; stopped early or incomplete"
    yield _row("measured", f"{counted(m.frames, unit)}{runs} in {m.seconds:.2f} s{warmup}{incomplete}")
    yield _row("speed", _speed(m, unit))
    yield _row("model", _looks(m, unit))
    if m.late is not None:
        yield _row("late frames", f"{m.late:,} of {m.frames:,}, if playback began with the first result")
    if m.dropped:
        yield _row("dropped", f"{counted(m.dropped, unit)} that arrived too fast")
    yield _row(
        "processor",
        f"{1000 * m.cpu_s / max(m.frames, 1):.2f} ms per {unit}, "
        f"{m.cpu_s / max(m.seconds, 1e-9):.2f} cores busy on average",
    )
    if m.peak_memory_bytes is not None:
        yield _row("memory", f"{m.peak_memory_bytes / 1e6:.0f} MB at most")
    yield ""
    yield f"{f'ms per {unit}':<14}{'p50':>9}{'p95':>9}{'p99':>9}{'max':>9}{'n':>9}"
    for stage in m.stages:
        yield (
            f"{stage.stage:<14}{stage.p50_ms:>9.2f}{stage.p95_ms:>9.2f}{stage.p99_ms:>9.2f}{stage.max_ms:>9.2f}"
            f"{stage.n:>9,}"
        )
    if m.intervals_s:
        yield "total: from one result to the next; stages in different threads overlap"
    if not (info.stills or info.live):
        yield "Results come in bursts, because names depend on the frames that follow."


def overview_lines(results: Sequence[BenchResult]) -> Iterator[str]:
    """Several results as a table, one line each."""
    rows = [("configuration", "fps", "range", "x playback", "model/s", "late", "CPU ms", "MB")]
    for result in results:
        m = result.measurement
        rows.append(
            (
                one_line(result.title),
                f"{m.fps:.1f}",
                f"{min(m.run_fps):.1f}-{max(m.run_fps):.1f}" if len(m.run_fps) > 1 else "-",
                "-" if m.realtime_factor is None else f"{m.realtime_factor:.1f}",
                "-" if m.looks_per_second is None else f"{m.looks_per_second:.1f}",
                "-" if m.late is None else f"{m.late:,}",
                f"{1000 * m.cpu_s / max(m.frames, 1):.2f}",
                "-" if m.peak_memory_bytes is None else f"{m.peak_memory_bytes / 1e6:.0f}",
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for title, *cells in rows:
        numbers = (f"{cell:>{width + 3}}" for cell, width in zip(cells, widths[1:], strict=True))
        yield f"{title:<{widths[0]}}{''.join(numbers)}"


def latency_drawing(results: Sequence[BenchResult]) -> Drawing | None:
    """Draw the time between results of each configuration; None if none has two frames."""
    info = results[0].source
    series = [
        LatencySeries(
            title=result.title,
            subtitle=_percentiles(result.measurement),
            times=np.asarray(result.measurement.interval_starts_s),
            intervals_ms=np.asarray(result.measurement.intervals_s) * 1000,
            due_ms=None if info.stills else float(1000 / info.rate),
        )
        for result in results
        if result.measurement.intervals_s
    ]
    unit = "picture" if info.stills else "time in the video, s"
    title = f"{Path(info.name).name}: time from one result to the next"
    return latency_chart(title, series, unit=unit) if series else None


def _percentiles(m: Measurement) -> str:
    """The percentiles of the time between results, in words."""
    total = next(stage for stage in m.stages if stage.stage == "total")
    runs = f" in {len(m.run_fps)} runs" if len(m.run_fps) > 1 else ""
    return (
        f"p50 {total.p50_ms:.2f}, p95 {total.p95_ms:.2f}, p99 {total.p99_ms:.2f}, max {total.max_ms:.2f} ms, "
        f"n={total.n:,}{runs}"
    )


def _row(name: str, text: str) -> str:
    return f"{name:<16}{one_line(text)}"


def _speed(m: Measurement, unit: str) -> str:
    text = f"{m.fps:.1f} {unit}s per second"
    if len(m.run_fps) > 1:
        text += f" ({min(m.run_fps):.1f} to {max(m.run_fps):.1f})"
    if m.realtime_factor is not None:
        text += f", {m.realtime_factor:.1f} times as fast as playback"
    return text


def _looks(m: Measurement, unit: str) -> str:
    text = f"ran on {counted(m.looks, unit)}"
    if m.looks_per_second is not None:
        text += f", {m.looks_per_second:.1f} for a second of film"
    return f"{text}; skipped {counted(m.repeated, 'duplicate')}" if m.repeated else text


def _rounded(number: float | None, digits: int) -> float | None:
    return None if number is None else round(number, digits)
