"""Types, geometry, errors, configuration, names and text that all rooms share. Imports no other room."""

MAX_IMAGE_PIXELS = 1 << 28
"""Largest image that is decoded: 16,384 x 16,384 pixels take 805 MB. The limit protects against files of a
few kilobytes that unpack to huge images."""
