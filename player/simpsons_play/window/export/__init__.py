"""Exports from the window: the menu entries, their dialog and their progress."""
