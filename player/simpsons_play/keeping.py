"""What one command keeps of one video, and finds kept of it."""

from __future__ import annotations

from pathlib import Path

from simpsons_play.cache import TrackCache, key_of
from simpsons_play.errors import SourceError, TrackError
from simpsons_play.track import Track


class Keeper:
    """Loads and stores the track of one video. Does nothing where nothing is to be kept.

    Args:
        video: the whole of which is looked at; None where it is not, or nothing is to be kept.
        model: the .onnx file.
        regions: where is looked.
        least: heads that are less sure are left out; 0-1.

    Raises:
        SourceError: the video cannot be read.
    """

    def __init__(self, video: Path | None, model: Path, *, regions: str, least: float) -> None:
        self._video, self._model = video, model
        self._cache, self._key = TrackCache(), ""
        if video is not None:
            try:
                self._key = key_of(video, model, regions=regions, least=least)
            except OSError as error:
                raise SourceError(f"{video} cannot be read: {error.strerror}") from error

    def load(self) -> Track | None:
        """What was kept; None where nothing was."""
        return self._cache.load(self._key) if self._key else None

    def fresh(self) -> Track | None:
        """An empty track, to be filled and kept; None where nothing is to be kept."""
        return Track({"source": str(self._video), "model": self._model.name}) if self._key else None

    def keep(self, track: Track) -> str:
        """Keep it; what the user should know, in one line, or nothing."""
        try:
            self._cache.store(self._key, track)
        except TrackError as error:  # all that was asked for is done
            return f"nothing is kept for the next run: {error}"
        return ""
