"""Words about a run. Pure: results in, lines out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from simpsons_play.analysis.cache import Entry
from simpsons_play.analysis.pipeline import RunSummary
from simpsons_play.core.escaping import one_line, readable
from simpsons_play.core.frames import SourceInfo
from simpsons_play.core.names import display_name
from simpsons_play.core.results import FrameResult
from simpsons_play.inference.model import Network

JSON_VERSION = 1
"""Of the summary as JSON."""

CACHED_LINE = "Using cached detections; the model does not run (--no-cache runs it)"


def provider_line(network: Network) -> str:
    """Which processor runs the network, and why not a faster one."""
    note = f" ({network.note})" if network.note else ""
    return one_line(f"Provider: {network.provider}{_threads(network)}{note}")


def runs_on(network: Network) -> str:
    """The same in short: `CPU, 1 thread`."""
    return network.provider.removesuffix("ExecutionProvider") + _threads(network)


def _threads(network: Network) -> str:
    if not network.provider.startswith("CPU"):
        return ""
    return f", {network.threads} thread{'s' if network.threads > 1 else ''}"


def cache_lines(folder: Path | None, entries: Sequence[Entry]) -> Iterator[str]:
    """What is kept, as a table: the video, the network, the size, and when it was used last."""
    if folder is None:
        yield "Nothing is kept: SIMPSONS_CACHE is empty"
        return
    total = sum(entry.size_bytes for entry in entries)
    yield f"{folder}: {len(entries)} {'video' if len(entries) == 1 else 'videos'}, {_size(total).strip()}"
    for entry in entries:
        begun = "" if entry.complete else " (its beginning)"
        used = datetime.fromtimestamp(entry.used_s).strftime("%Y-%m-%d %H:%M")
        model, source = one_line(entry.model), one_line(entry.source)
        yield f"{used}  {_size(entry.size_bytes)}  {model:<20}  {source}{begun}"


def _size(size_bytes: int) -> str:
    """In megabytes, or kilobytes where it is less than one."""
    if size_bytes >= 1e6:
        return f"{size_bytes / 1e6:>7.1f} MB"
    return f"{size_bytes / 1e3:>7.1f} kB"


def analysis_line(result: FrameResult, *, listed: int) -> str:
    """What is seen on one picture, best guesses included where more than one is to be listed."""
    parts = []
    for prediction in result.predictions:
        name = display_name(prediction.label) if prediction.label else "nobody we know"
        text = f"{name} {prediction.probability:.0%}" if prediction.label else name
        if listed > 1:
            text += " (" + ", ".join(f"{display_name(n)} {p:.0%}" for n, p in prediction.top[:listed]) + ")"
        parts.append(text if len(result.predictions) == 1 else f"{prediction.region.name}: {text}")
    return "; ".join(parts) or "no head"


def summary_json(
    summary: RunSummary,
    network: Network,
    source: SourceInfo,
    written: Sequence[str],
    *,
    complete: bool,
    warnings: Sequence[str],
) -> str:
    """What a run measured, as one line of JSON; `docs/predictions.md` says what each field means.

    Args:
        summary: of the run.
        network: that looked at the frames.
        source: of the frames.
        written: names of files.
        complete: all of the source was read.
        warnings: what could not be, one line each.
    """
    found = {
        "version": JSON_VERSION,
        "source": readable(source.name),
        "model": readable(network.title),
        "provider": network.provider,
        "note": network.note,
        "complete": complete,
        "warnings": [readable(warning) for warning in warnings],
        "frames": summary.frames,
        "repeated": summary.repeated,
        "dropped": summary.dropped,
        "seconds": round(summary.seconds, 3),
        "media_seconds": round(summary.media_seconds, 3),
        "fps": round(summary.fps, 2),
        "changes": summary.changes,
        "changes_unsmoothed": summary.raw_changes,
        "stages_ms": {
            stage.stage: {
                "p50": round(stage.p50_ms, 3),
                "p95": round(stage.p95_ms, 3),
                "p99": round(stage.p99_ms, 3),
                "max": round(stage.max_ms, 3),
                "frames": stage.n,
            }
            for stage in summary.stages
        },
        "on_screen": [
            {
                "label": row.label,
                "seconds": round(row.seconds, 3),
                "share": round(row.share, 4),
                "appearances": row.appearances,
            }
            for row in summary.totals
        ],
        "written": [readable(name) for name in written],
    }
    return json.dumps(found)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def summary_lines(summary: RunSummary, network: Network, *, stills: bool) -> Iterator[str]:
    """What a run measured: speed, stages and screen time, as a table.

    Args:
        summary: of the run.
        network: that looked at the frames.
        stills: the frames were pictures, which have no speed and are counted, not timed.
    """
    if stills:
        yield f"{_counted(summary.frames, 'picture')} in {summary.seconds:.1f} s on {network.provider}"
    else:
        yield (
            f"{_counted(summary.frames, 'frame')} in {summary.seconds:.1f} s: {summary.fps:.0f} fps, "
            f"{summary.realtime_factor:.1f} times as fast as playback"
        )
        looked_at = sum(stage.n for stage in summary.stages if stage.stage == "classify")
        if looked_at:  # none where all was kept from an earlier run
            repeats = "was a repeat" if summary.repeated == 1 else "were repeats"
            looked = _counted(looked_at, "frame")
            yield f"{network.provider} looked at {looked}; {summary.repeated:,} {repeats}"
        if spared := summary.raw_changes - summary.changes:
            yield (
                f"Names changed {_counted(summary.changes, 'time')}; {_counted(spared, 'more change')} from "
                f"frame to frame {'was' if spared == 1 else 'were'} smoothed away"
            )
    if summary.dropped:
        were = "was" if summary.dropped == 1 else "were"
        yield f"{_counted(summary.dropped, 'frame')} came too fast and {were} passed over"
    yield ""
    unit = "picture" if stills else "frame"
    yield f"{f'ms per {unit}':<14}{'p50':>8}{'p95':>8}{'p99':>8}{'max':>8}{f'{unit}s':>9}"
    for stage in summary.stages:
        yield (
            f"{stage.stage:<14}{stage.p50_ms:>8.2f}{stage.p95_ms:>8.2f}{stage.p99_ms:>8.2f}{stage.max_ms:>8.2f}"
            f"{stage.n:>9,}"
        )
    yield ""
    if not summary.totals:
        yield "Seen: nobody we know" if stills else "On screen: nobody we know"
        return
    if stills:
        yield f"{'seen on':<28}{'pictures':>9}{'share':>8}"
        for row in summary.totals:
            pictures = round(row.share * summary.frames)
            yield f"{display_name(row.label):<28}{pictures:>9,}{row.share:>8.0%}"
        return
    yield f"{'on screen':<28}{'seconds':>9}{'share':>8}{'appearances':>13}"
    for row in summary.totals:
        yield f"{display_name(row.label):<28}{row.seconds:>9.1f}{row.share:>8.0%}{row.appearances:>13}"
