"""Models, and what they see in one frame."""
