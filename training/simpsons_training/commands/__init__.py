"""The commands of this package: options -> one library call -> words on the terminal. Light to import."""
