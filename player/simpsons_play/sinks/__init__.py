"""Where results go: predictions, subtitles, annotated video and reports; each is a `results.Sink`.

A new format of predictions or subtitles is a module here and an entry in `PREDICTIONS` or `SUBTITLES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from simpsons_play.core.results import Sink
from simpsons_play.sinks.context import SinkContext
from simpsons_play.sinks.csv import PredictionsTable
from simpsons_play.sinks.jsonl import PredictionsWriter
from simpsons_play.sinks.partial import descriptor_of, is_direct, part_names, partial_name, refuse_name
from simpsons_play.sinks.pictures import PicturesWriter
from simpsons_play.sinks.report import ReportWriter, report_files
from simpsons_play.sinks.subtitles import FORMATS, SubtitlesWriter
from simpsons_play.sinks.video import VideoWriter

MakeSink = Callable[[Path, SinkContext], Sink]

PREDICTIONS: Mapping[str, MakeSink] = {
    ".jsonl": lambda path, context: PredictionsWriter(path, context.run, warnings=context.warnings),
    ".csv": lambda path, context: PredictionsTable(path, stills=context.run.source.stills),
}
"""Suffix of a file that `--predictions` names -> what writes it."""

SUBTITLES: Mapping[str, MakeSink] = {
    suffix: lambda path, context: SubtitlesWriter(path, context.run.source, context.timeline)
    for suffix in FORMATS
}
"""Suffix of a file that `--subtitles` names -> what writes it."""

__all__ = [
    "PREDICTIONS",
    "SUBTITLES",
    "MakeSink",
    "PicturesWriter",
    "PredictionsTable",
    "PredictionsWriter",
    "ReportWriter",
    "SinkContext",
    "SubtitlesWriter",
    "VideoWriter",
    "descriptor_of",
    "is_direct",
    "part_names",
    "partial_name",
    "refuse_name",
    "report_files",
]
