"""simpsons-play: who of the Simpsons is on screen, drawn on the playback."""

import os

MOST_IMAGE_PIXELS = 1 << 28
"""Of one picture, 16,384 x 16,384: it takes 805 MB. A file of a few kilobytes can unpack to more."""

# OpenCV reads it once, when it is loaded; without it, the limit is four times as high.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MOST_IMAGE_PIXELS))
