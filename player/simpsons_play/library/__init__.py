"""Many videos: tables of who is on screen when, and questions over them."""
