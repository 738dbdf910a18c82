"""Saves the picture that is shown."""

from __future__ import annotations

from pathlib import Path

import cv2

from simpsons_play.core.frames import Image
from simpsons_play.core.names import slug, unused_path
from simpsons_play.core.timefmt import format_time


def save_screenshot(image: Image, *, name: str, time_s: float, folder: Path) -> Path:
    """Write (H, W, 3) uint8 BGR as a PNG named after the source and the time, never over another file.

    Returns:
        The path written, `folder` included.

    Raises:
        OSError: it cannot be written.
    """
    stem = f"{slug(name, fallback='picture')}-{format_time(time_s).replace(':', '-')}"
    path = unused_path(folder, stem, ".png")
    data = cv2.imencode(".png", image)[1].tobytes()
    with open(path, "xb") as file:  # not through a link that leads nowhere
        try:
            file.write(data)
            file.flush()
        except OSError:
            path.unlink(missing_ok=True)
            raise
    return path
