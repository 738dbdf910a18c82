"""The window for labelling. Importing this package does not load Qt."""
