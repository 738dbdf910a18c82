"""What every room shares: types, geometry, errors, configuration, names and text. Imports no other room."""

MAX_IMAGE_PIXELS = 1 << 28
"""Largest image that is decoded: 16,384 x 16,384 pixels take 805 MB. A file of a few kilobytes can unpack to
more."""
