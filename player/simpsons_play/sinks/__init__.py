"""Where analysed frames go: files of predictions, subtitles and annotated videos; each is a `types.Sink`."""

from simpsons_play.sinks.csv import PredictionsTable
from simpsons_play.sinks.jsonl import PredictionsWriter
from simpsons_play.sinks.partial import descriptor_of, is_direct, part_names, partial_name, refuse_name
from simpsons_play.sinks.pictures import PicturesWriter
from simpsons_play.sinks.report.writer import ReportWriter, report_files
from simpsons_play.sinks.subtitles import SubtitlesWriter
from simpsons_play.sinks.video.writer import VideoWriter

__all__ = [
    "PicturesWriter",
    "PredictionsTable",
    "PredictionsWriter",
    "ReportWriter",
    "SubtitlesWriter",
    "VideoWriter",
    "descriptor_of",
    "is_direct",
    "part_names",
    "partial_name",
    "refuse_name",
    "report_files",
]
