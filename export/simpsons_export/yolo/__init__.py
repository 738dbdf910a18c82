"""Detectors in the layouts of YOLO."""
