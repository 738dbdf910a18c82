"""What every room shares: types, geometry, errors, configuration, names and text. Imports no other room."""

MAX_IMAGE_PIXELS = 1 << 28
"""Of one picture, 16,384 x 16,384: it takes 805 MB. A file of a few kilobytes can unpack to more."""
