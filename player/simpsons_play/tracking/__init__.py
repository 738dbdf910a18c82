"""Detections over time -> tracks -> names. Needs no model."""
