"""Runs a model over a source: in one go, ahead of the window or live; caches detections."""
