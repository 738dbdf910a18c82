"""The cast: characters that users taught the player, with their examples, names and colours, in one file."""
