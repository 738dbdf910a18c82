"""Writes the report: who is on screen when, as a page and tables."""
