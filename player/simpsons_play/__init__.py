"""simpsons-play: who of the Simpsons is on screen, drawn on the playback."""
