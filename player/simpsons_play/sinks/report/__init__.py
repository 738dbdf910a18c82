"""Writes the report: who is on screen when, as a page and as tables."""

from simpsons_play.sinks.report.writer import ReportWriter, report_files

__all__ = ["ReportWriter", "report_files"]
