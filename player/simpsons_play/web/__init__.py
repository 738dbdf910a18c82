"""The library and its videos as pages for a browser."""
