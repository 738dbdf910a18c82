"""Detect and classify the heads in a frame with one network, in a single pass."""
