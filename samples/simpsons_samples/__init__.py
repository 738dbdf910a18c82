"""A short clip drawn by our own code: its drawings, script and sound, and what makes the file."""
