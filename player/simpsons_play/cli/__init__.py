"""The command line: options -> one call -> words on the terminal."""
