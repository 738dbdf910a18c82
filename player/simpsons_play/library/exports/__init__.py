"""What other programs read of a library: files beside videos for media centres, and a script for mpv."""
