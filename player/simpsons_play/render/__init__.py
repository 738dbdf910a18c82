"""Names drawn on frames, and HTML pages."""
