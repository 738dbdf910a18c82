"""Writes the annotated video with the sound, subtitles and chapters of its source."""

from simpsons_play.sinks.video.formats import format_of
from simpsons_play.sinks.video.writer import VideoWriter

__all__ = ["VideoWriter", "format_of"]
