"""How right a trained network is, and how far to trust it."""
