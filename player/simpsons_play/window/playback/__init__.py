"""Frames and sound for the window, and the clock they follow."""
