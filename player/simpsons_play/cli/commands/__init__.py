"""The player's commands: each parses its options, makes one library call and prints the result.

They import heavy libraries inside the function, so that `--help` and completion are fast.
"""
