"""A short cartoon drawn by our own code: drawings, script, sound and encoder."""
