"""The commands of the player: options -> one library call -> words on the terminal.

Heavy libraries are imported inside the commands, so that `--help` and completion answer at once.
"""
