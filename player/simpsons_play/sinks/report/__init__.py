"""Writes the report of who is on screen when: a page and two tables."""

from simpsons_play.sinks.report.writer import ReportWriter, report_files

__all__ = ["ReportWriter", "report_files"]
