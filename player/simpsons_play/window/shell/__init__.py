"""The window itself: puts the widgets together and decides what they show."""
