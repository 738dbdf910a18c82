"""Evaluate a trained network: accuracy, calibration, open-set behaviour and decision thresholds."""
