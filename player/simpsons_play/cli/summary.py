"""The lines that describe a run. Pure functions: results in, text out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from simpsons_play.analysis.cache import Entry
from simpsons_play.analysis.pipeline import RunSummary
from simpsons_play.core.escaping import one_line, readable
from simpsons_play.core.frames import SourceInfo
from simpsons_play.core.names import display_name, no_one
from simpsons_play.core.results import FrameResult, only_labels
from simpsons_play.inference.model import Network

JSON_VERSION = 1
"""Version of the JSON summary."""

CACHED_LINE = "Using cached detections; the model does not run (--no-cache runs it)"


def provider_line(network: Network) -> str:
    """The execution provider that runs the model, and why a faster one is not used."""
    note = f" ({network.note})" if network.note else ""
    return one_line(f"Provider: {network.provider}{_threads(network)}{note}")


def runs_on(network: Network) -> str:
    """The execution provider in short: `CPU, 1 thread`."""
    return network.provider.removesuffix("ExecutionProvider") + _threads(network)


def _threads(network: Network) -> str:
    if not network.provider.startswith("CPU"):
        return ""
    return f", {network.threads} thread{'s' if network.threads > 1 else ''}"


def cache_lines(folder: Path | None, entries: Sequence[Entry]) -> Iterator[str]:
    """The cached videos as a table: time of last use, size, model and source."""
    if folder is None:
        yield "The cache is off: SIMPSONS_CACHE is empty"
        return
    total = sum(entry.size_bytes for entry in entries)
    yield f"{folder}: {counted(len(entries), 'video')}, {_size(total).strip()}"
    for entry in entries:
        incomplete = "" if entry.complete else " (incomplete)"
        used = datetime.fromtimestamp(entry.used_s).strftime("%Y-%m-%d %H:%M")
        model, source = one_line(entry.model), one_line(entry.source)
        yield f"{used}  {_size(entry.size_bytes)}  {model:<20}  {source}{incomplete}"


def _size(size_bytes: int) -> str:
    """A size in megabytes, or in kilobytes below one megabyte."""
    if size_bytes >= 1e6:
        return f"{size_bytes / 1e6:>7.1f} MB"
    return f"{size_bytes / 1e3:>7.1f} kB"


def analysis_line(result: FrameResult, *, listed: int, only: frozenset[str] | None = None) -> str:
    """The predictions of one picture, each with its most likely names if `listed` is more than 1.

    Args:
        result: result of the picture.
        listed: number of names of each prediction.
        only: labels that are named; None for all.
    """
    parts = []
    predictions = only_labels(result, only, predictions=True).predictions
    for prediction in predictions:
        text = no_one()
        if prediction.label:
            text = f"{display_name(prediction.label)} {prediction.probability:.0%}"
        top = [f"{display_name(n)} {p:.0%}" for n, p in prediction.top[:listed] if round(p * 100) > 0]
        if listed > 1 and top:
            text += f" ({', '.join(top)})"
        parts.append(text if len(predictions) == 1 else f"{prediction.region.name}: {text}")
    return "; ".join(parts) or (no_one(only) if result.predictions else "no head found")


def summary_json(
    summary: RunSummary,
    network: Network,
    source: SourceInfo,
    written: Sequence[str],
    *,
    only: frozenset[str] | None = None,
    complete: bool,
    warnings: Sequence[str],
) -> str:
    """The summary of a run as one line of JSON; `docs/data.md` describes the fields.

    Args:
        summary: the result of the run.
        network: the model that ran.
        source: the source that was analysed.
        written: names of the files that were written.
        only: labels that were named; None for all.
        complete: whether all of the source was read.
        warnings: what could not be read, one line each.
    """
    fields = {
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
        "only": None if only is None else [label for label in network.labels if label in only],
        "on_screen": [
            {
                "label": row.label,
                "seconds": round(row.seconds, 3),
                "share": round(row.share, 4),
                "appearances": summary.named_frames.get(row.label, 0) if source.stills else row.appearances,
                **({"pictures": summary.named_frames.get(row.label, 0)} if source.stills else {}),
            }
            for row in summary.totals
        ],
        "pictures_unnamed": summary.unnamed_frames if source.stills else None,
        "written": [readable(name) for name in written],
    }
    return json.dumps(fields)


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 frame`, `1,957 frames`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def summary_lines(
    summary: RunSummary, network: Network, *, stills: bool, only: frozenset[str] | None = None
) -> Iterator[str]:
    """The summary of a run as text: speed, screen time or pictures, then the time that each stage took.

    Args:
        summary: the result of the run.
        network: the model that ran.
        stills: the frames were separate pictures, which are counted and have no duration.
        only: labels that were named; None for all.
    """
    if stills:
        yield f"{counted(summary.frames, 'picture')}: {_who_is_in_pictures(summary, only)}"
        yield f"Analysed in {summary.seconds:.1f} s on {network.provider}"
    else:
        yield (
            f"{counted(summary.frames, 'frame')} in {summary.seconds:.1f} s: {summary.fps:.0f} fps, "
            f"{summary.realtime_factor:.1f} times as fast as playback"
        )
        ran_on = sum(stage.n for stage in summary.stages if stage.stage == "classify")
        if ran_on:  # 0 if all detections were cached
            skipped = f"; skipped {counted(summary.repeated, 'repeat')}" if summary.repeated else ""
            yield f"The model ran on {counted(ran_on, 'frame')} ({network.provider}){skipped}"
        if (smoothed := summary.raw_changes - summary.changes) > 0:
            yield (
                f"Names changed {counted(summary.changes, 'time')}; smoothing removed "
                f"{counted(smoothed, 'more change')}"
            )
    if summary.dropped:
        yield f"{counted(summary.dropped, 'frame')} arrived too fast and {_were(summary.dropped)} skipped"
    yield ""
    if not stills:
        yield from _who_lines(summary, only)
        yield ""
    unit = "picture" if stills else "frame"
    yield f"{f'ms per {unit}':<14}{'p50':>8}{'p95':>8}{'p99':>8}{'max':>8}{f'{unit}s':>9}"
    for stage in summary.stages:
        yield (
            f"{stage.stage:<14}{stage.p50_ms:>8.2f}{stage.p95_ms:>8.2f}{stage.p99_ms:>8.2f}{stage.max_ms:>8.2f}"
            f"{stage.n:>9,}"
        )


def _who_is_in_pictures(summary: RunSummary, only: frozenset[str] | None) -> str:
    """In how many pictures each character is: `Homer Simpson in 12, Moe Szyslak in 9; ...`.

    They are counted, because pictures that follow each other are no scene.
    """
    seen = sorted(summary.named_frames.items(), key=lambda item: (-item[1], item[0]))
    if not seen:
        return no_one(only)
    if summary.frames == 1:
        return ", ".join(display_name(label) for label, _ in seen)
    who = ", ".join(f"{display_name(label)} in {pictures:,}" for label, pictures in seen)
    return f"{who}; {no_one(only)} in {summary.unnamed_frames:,}" if summary.unnamed_frames else who


def _who_lines(summary: RunSummary, only: frozenset[str] | None) -> Iterator[str]:
    """Who was on screen and for how long, as a table."""
    if not summary.totals:
        yield no_one(only).capitalize()
        return
    yield f"{'on screen':<28}{'seconds':>9}{'share':>8}{'appearances':>13}"
    for row in summary.totals:
        yield f"{display_name(row.label):<28}{row.seconds:>9.1f}{row.share:>8.0%}{row.appearances:>13}"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
