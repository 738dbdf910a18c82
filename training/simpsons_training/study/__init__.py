"""What a folder of pictures holds, and what is wrong with it."""
