"""From detections over time to tracks and labels. Runs no model."""
