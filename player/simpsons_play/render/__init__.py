"""Names drawn on pictures, and HTML pages."""
