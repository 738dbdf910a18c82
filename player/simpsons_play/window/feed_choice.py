"""Which feed a source is played by: Qt's player with sound where it can be, else the bare source."""

from __future__ import annotations

import sys
from pathlib import Path

from simpsons_play.types import SourceInfo
from simpsons_play.window.feed import Feed
from simpsons_play.window.multimedia import why_no_multimedia, why_no_sound_device
from simpsons_play.window.player import PlayerWindow
from simpsons_play.window.ports import OpenFrames
from simpsons_play.window.source_feed import SourceFeed


class FeedChoice:
    """Chooses the feed: Qt's player with sound where it can, else the bare source, once and for good."""

    def __init__(
        self,
        window: PlayerWindow,
        path: Path | None,
        *,
        open_frames: OpenFrames,
        start_s: float,
        duration_s: float | None,
        info: SourceInfo | None,
    ) -> None:
        self._window, self._path, self._open_frames = window, path, open_frames
        self._start_s, self._duration_s, self._info = start_s, duration_s, info
        self._told: set[str] = set()

    def begin(self) -> None:
        """Give the window its feed."""
        if self._info is not None:
            self._window.fit_picture(self._info)
        if self._path is None:
            self._use_source("")
            return
        reason = why_no_multimedia()
        if reason is not None:
            self._use_source(f"no sound: {reason}" if self._sounds else "")
            return
        from simpsons_play.window.media_feed import MediaFeed

        reason = why_no_sound_device()
        note = f"no sound: {reason}" if reason is not None and self._sounds else ""
        feed = MediaFeed(self._path, start_s=self._start_s, duration_s=self._duration_s, sound=reason is None)
        feed.refused.connect(lambda words: self._use_source(f"no sound: {words}" if self._sounds else ""))
        self._use(feed, note)

    @property
    def _sounds(self) -> bool:
        return self._info is not None and self._info.has_sound

    def _use_source(self, note: str) -> None:
        self._use(SourceFeed(self._open_frames, start_s=self._start_s, duration_s=self._duration_s), note)

    def _use(self, feed: Feed, note: str) -> None:
        feed.warned.connect(self._tell)
        self._tell(note)
        self._window.use(feed, note=note)

    def _tell(self, line: str) -> None:
        if line and line not in self._told:
            self._told.add(line)
            sys.stderr.write(f"{line}\n")
