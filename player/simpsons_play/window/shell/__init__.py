"""The window itself: connects playback, analysis and widgets."""
