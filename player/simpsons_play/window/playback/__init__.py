"""Plays frames and sound, in step with a clock."""
