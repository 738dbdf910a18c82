"""Where results go: predictions, subtitles, annotated video and reports. Every writer is a `results.Sink`.

To add a format for predictions or subtitles, add a module here and an entry in `PREDICTIONS` or `SUBTITLES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from simpsons_play.core.results import Sink
from simpsons_play.sinks.context import SinkContext
from simpsons_play.sinks.csv import PredictionsCsvWriter
from simpsons_play.sinks.jsonl import PredictionsJsonlWriter
from simpsons_play.sinks.parquet import PredictionsParquetWriter, require_parquet
from simpsons_play.sinks.partial import (
    descriptor_of,
    is_being_written,
    is_direct,
    partial_name,
    refuse_special_file,
    require_folder,
    temporary_names,
)
from simpsons_play.sinks.pictures import PicturesWriter
from simpsons_play.sinks.report import ReportWriter, report_files
from simpsons_play.sinks.subtitles import FORMATS, SubtitlesWriter
from simpsons_play.sinks.video import VideoWriter

MakeSink = Callable[[Path, SinkContext], Sink]

PREDICTIONS: Mapping[str, MakeSink] = {
    ".jsonl": lambda path, context: PredictionsJsonlWriter(path, context.run, warnings=context.warnings),
    ".csv": lambda path, context: PredictionsCsvWriter(path, context.run.source),
    ".parquet": lambda path, context: PredictionsParquetWriter(path, context.run, warnings=context.warnings),
}
"""Suffix of a `--predictions` file -> factory of its writer."""

SUBTITLES: Mapping[str, MakeSink] = {
    suffix: lambda path, context: SubtitlesWriter(path, context.run.source, context.timeline)
    for suffix in FORMATS
}
"""Suffix of a `--subtitles` file -> factory of its writer."""

__all__ = [
    "PREDICTIONS",
    "SUBTITLES",
    "MakeSink",
    "PicturesWriter",
    "PredictionsCsvWriter",
    "PredictionsJsonlWriter",
    "PredictionsParquetWriter",
    "ReportWriter",
    "SinkContext",
    "SubtitlesWriter",
    "VideoWriter",
    "descriptor_of",
    "is_being_written",
    "is_direct",
    "partial_name",
    "refuse_special_file",
    "report_files",
    "require_folder",
    "require_parquet",
    "temporary_names",
]
