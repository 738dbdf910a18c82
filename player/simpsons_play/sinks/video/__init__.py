"""Records the annotated video, with sound, subtitles and chapters."""
