"""Saves screenshots."""

from __future__ import annotations

from pathlib import Path

import cv2

from simpsons_play.core.frames import Image
from simpsons_play.core.names import slug, unused_path
from simpsons_play.core.timefmt import format_time


def save_screenshot(image: Image, *, name: str, time_s: float, folder: Path) -> Path:
    """Write an image as a PNG named after the source and the time, without overwriting any file.

    Args:
        image: (H, W, 3) uint8 BGR.
        name: Name of the source.
        time_s: Time of the frame, in seconds.
        folder: Where to write it.

    Returns:
        Path of the file.

    Raises:
        OSError: The file cannot be written.
    """
    stem = f"{slug(name, fallback='picture')}-{format_time(time_s).replace(':', '-')}"
    path = unused_path(folder, stem, ".png")
    data = cv2.imencode(".png", image)[1].tobytes()
    with open(path, "xb") as file:  # "x" also refuses to write through a dangling link
        try:
            file.write(data)
            file.flush()
        except OSError:
            path.unlink(missing_ok=True)
            raise
    return path
