"""The widgets of the window: picture, lanes, cast panel, controls and dialogs."""
