"""Compares two files that `simpsons bench --json` wrote. Pure but for reading them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeGuard

import click

from simpsons_play.core.escaping import one_line
from simpsons_play.core.foreign_files import clause_of, read_bounded
from simpsons_play.core.timing import STAGES

_MOST_BYTES = 1 << 24
_CONFIGURATION = ("model", "regions", "reference", "provider", "threads", "drawn", "recorded")
"""What identifies a configuration in a file with several."""

_CONDITIONS = ("source", *_CONFIGURATION, "frames", "warmup_frames", "complete")
_MACHINE = ("cpu", "cores", "features", "onnxruntime", "python", "system")
_FIGURES = (
    ("fps", "frames per second"),
    ("realtime_factor", "times as fast as playback"),
    ("looks_per_second", "model runs for a second of film"),
    ("skipped_duplicates", "skipped duplicates"),
    ("late_frames", "late frames"),
    ("cpu_ms_per_frame", "processor time, ms per frame"),
    ("peak_memory_mb", "peak memory, MB"),
)
_PERCENTILES = ("p50", "p95", "p99", "max")


def read_results(path: Path) -> list[dict[str, Any]]:
    """The results in a file that `simpsons bench --json` wrote, one for each configuration.

    Raises:
        click.BadParameter: the file cannot be read, or is something else.
    """
    try:
        content = read_bounded(path, max_bytes=_MOST_BYTES)
    except OSError as error:
        raise _bad(f"{path} cannot be read: {clause_of(error)}.") from error
    try:
        results = [json.loads(line) for line in content.decode("utf-8").splitlines() if line.strip()]
    except (ValueError, RecursionError):  # also of undecodable bytes
        results = []
    if not results or not all(map(_is_result, results)):
        raise _bad(f"{path} is not what `simpsons bench SOURCE --json` prints.")
    return results


def comparison_lines(before: Path, after: Path) -> Iterator[str]:
    """A table for each configuration that both files contain, with the ratio of each figure.

    If each contains one configuration, these are compared, whatever they are.

    Raises:
        click.BadParameter: a file cannot be read, is something else, or they have nothing in common.
    """
    ones, others = read_results(before), read_results(after)
    pairs = [(one, other) for one in ones for other in others if _key(one) == _key(other)]
    if len(ones) == len(others) == 1:
        pairs = [(ones[0], others[0])]
    if not pairs:
        raise _bad(f"{before} and {after} contain different configurations.")
    for number, (one, other) in enumerate(pairs):
        if number:
            yield ""
        yield from _table(one, other, before.name, after.name)
    for path, results, place in ((before, ones, 0), (after, others, 1)):
        matched = [pair[place] for pair in pairs]
        for result in results:
            if not any(result is found for found in matched):
                values = zip(_CONFIGURATION, _key(result), strict=True)
                named = ", ".join(f"{name} {_text(value)}" for name, value in values)
                yield one_line(f"Only in {path}: {named}")


def _table(one: dict[str, Any], other: dict[str, Any], before: str, after: str) -> Iterator[str]:
    conditions = [(name, one.get(name), other.get(name)) for name in _CONDITIONS]
    conditions += [(name, _of_machine(one, name), _of_machine(other, name)) for name in _MACHINE]
    for name, value, other_value in conditions:
        if value == other_value:
            yield one_line(f"{name:<16}{_text(value)}")
        else:
            yield one_line(f"{name:<16}{_text(value)} -> {_text(other_value)}")
    yield ""
    columns = [_short(before), _short(after)]
    yield one_line(f"{'':<34}{columns[0]:>16}{columns[1]:>16}{'ratio':>9}")
    one, other = ({**result, "cpu_ms_per_frame": _cpu_ms(result)} for result in (one, other))
    for key, title in _FIGURES:
        yield from _figure(title, one.get(key), other.get(key))
    for stage in STAGES:
        times, other_times = one["stages"].get(stage), other["stages"].get(stage)
        if not isinstance(times, dict) or not isinstance(other_times, dict):
            continue
        for name in _PERCENTILES:
            yield from _figure(f"{stage} {name}, ms", times.get(f"{name}_ms"), other_times.get(f"{name}_ms"))


def _figure(title: str, value: object, other: object) -> Iterator[str]:
    """One line of the table; none if a file does not have the figure."""
    if not _is_number(value) or not _is_number(other):
        return
    ratio = f"{other / value:.2f}" if value else "-"
    yield f"{title:<34}{value:>16,}{other:>16,}{ratio:>9}"


def _cpu_ms(result: dict[str, Any]) -> float | None:
    seconds, frames = result.get("cpu_time_s"), result.get("frames")
    if not _is_number(seconds) or not _is_number(frames) or not frames:
        return None
    return round(1000 * seconds / frames, 2)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_result(result: object) -> bool:
    return isinstance(result, dict) and isinstance(result.get("stages"), dict) and "fps" in result


def _key(result: dict[str, Any]) -> tuple[Any, ...]:
    # Earlier versions did not write whether names were drawn.
    return tuple(
        result.get(name, False if name in ("drawn", "recorded") else None) for name in _CONFIGURATION
    )


def _of_machine(result: dict[str, Any], name: str) -> object:
    machine = result.get("machine")
    return machine.get(name) if isinstance(machine, dict) else None


def _text(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "unknown" if value is None else str(value)


def _bad(message: str) -> click.BadParameter:
    return click.BadParameter(message, param_hint="'--compare'")


def _short(name: str) -> str:
    return name if len(name) <= 15 else f"{name[:14]}…"
