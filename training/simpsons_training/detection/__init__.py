"""Who is where: a network that finds heads in a frame and names them in one pass."""
