"""The parts of the window: picture, lanes, panel, bars and dialogs."""
