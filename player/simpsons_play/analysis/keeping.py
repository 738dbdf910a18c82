"""What one command keeps of one video, and finds kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from math import inf
from pathlib import Path

from simpsons_play.analysis.cache import TrackCache, key_of
from simpsons_play.analysis.detection_log import Track
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.errors import SourceError, TrackError
from simpsons_play.inference.model import Network
from simpsons_play.timeline.spans import Span


class Keeper:
    """Loads and stores the track of one video. Does nothing where nothing is to be kept.

    Args:
        video: the whole of which is looked at; None where it is not, or nothing is to be kept.
        network: that looks at it.
        regions: where is looked.
        config: how it looks there.

    Raises:
        SourceError: the video cannot be read.
    """

    def __init__(self, video: Path | None, network: Network, *, regions: str, config: AnalysisConfig) -> None:
        self._video, self._network = video, network
        self._cache, self._key = TrackCache(), ""
        if video is not None:
            try:
                self._key = key_of(
                    video,
                    network.paths,
                    regions=regions,
                    least=config.tracking.least,
                    every=config.parts.every,
                )
            except OSError as error:
                raise SourceError(f"{video} cannot be read: {error.strerror}") from error

    def load(self) -> Track | None:
        """What was kept of the whole video; None where nothing was, or not all of it."""
        track = self._kept()
        return track if track is not None and track.complete else None

    def load_or_begin(self) -> tuple[Track, float]:
        """What was kept: all of it, or a beginning up to a cut; and where to go on from, in seconds.

        Analysis begins anew at cuts, so that what follows is the same as if it had never been interrupted.
        """
        track = self._kept()
        if track is None or not len(track):
            return self.fresh(), 0.0
        if track.complete:
            return track, track[len(track) - 1].time_s
        start, _ = track.shot_of(len(track) - 1)
        return track.until(start), track[start].time_s if start else 0.0

    def _kept(self) -> Track | None:
        track = self._cache.load(self._key) if self._key else None
        known = len(self._network.card.labels)
        if track is not None and len(track) and track[0].places.probabilities.shape[1] != known:
            return None  # somebody has changed the file
        return track

    @property
    def keeps(self) -> bool:
        """Whether anything is to be kept."""
        return bool(self._key)

    def fresh(self) -> Track:
        """An empty track, to be filled."""
        return Track({"source": str(self._video), "model": self._network.title})

    def keep(self, track: Track) -> str:
        """Keep it, where it is to be and no longer one is; what is wrong, in one line, or nothing."""
        try:
            if self._key and (track.complete or len(track) > self._cache.frames(self._key)):
                self._cache.store(self._key, track)
        except TrackError as error:  # all that was asked for is done
            return f"nothing is kept for the next run: {error}"
        return ""

    def load_spans(self, *, made_by: str) -> tuple[Span, ...] | None:
        """Who is on screen when, where that was kept and made so; see `TrackCache.load_spans`."""
        return self._cache.load_spans(self._key, made_by=made_by) if self._key else None

    def keep_spans(self, spans: Sequence[Span], *, made_by: str) -> None:
        """Keep who is on screen when, beside the track of the whole video.

        Where that is not kept, or this cannot be, the next run follows the track again.
        """
        if self._key and self._cache.frames(self._key) == inf:
            with suppress(TrackError):
                self._cache.store_spans(self._key, spans, made_by=made_by)
