"""What moves the film: play, pause, seek, loudness. The window and its keys talk to this, never to a feed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf

from PySide6.QtCore import QObject, QSize, Signal

from simpsons_play.window.playback.feed import Feed
from simpsons_play.window.playback.ports import Analysis
from simpsons_play.window.playback.tempo import SLOWEST

_SLOWEST, _FASTEST = 0.1, 8.0


class Transport(QObject):
    """Drives a feed, and tells the annotator when what comes next is from somewhere else.

    Attributes:
        frame: Signal(Frame): show this one now.
        blank: Signal(): show nothing for now.
        ended: Signal(): the last frame was shown.
        failed: Signal(Exception): the feed cannot go on.
        changed: Signal(): something that the line of status shows has changed.
        said: Signal(str): one line the user should see for a moment.
        sought: Signal(): we go elsewhere.
    """

    frame = Signal(object)
    blank = Signal()
    ended = Signal()
    failed = Signal(object)
    changed = Signal()
    said = Signal(str)
    sought = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._analysis: Analysis | None = None
        self._feed: Feed | None = None
        self._volume, self._muted, self._speed = 1.0, False, 1.0
        self._again = 0.0
        self._room = QSize()

    @property
    def feed(self) -> Feed | None:
        """What plays."""
        return self._feed

    def begin(self, analysis: Analysis, *, loops: int) -> None:
        """Another source comes next; how loud and fast it plays stays.

        Args:
            analysis: told where we go.
            loops: how many times to play it; 0 again and again.
        """
        self.stop()
        self._analysis = analysis
        if self._again != inf:  # who wants to see it again and again wants that of the next one, too
            self._again = loops - 1 if loops else inf

    @property
    def looping(self) -> bool:
        """Whether it begins anew at the end."""
        return self._again > 0

    @property
    def muted(self) -> bool:
        """Whether its sound is off."""
        return self._muted

    @property
    def halt(self) -> str:
        """`ended`, `paused`, or nothing where it plays."""
        if self._feed is None:
            return "paused"
        return "ended" if self._feed.at_end else "" if self._feed.playing else "paused"

    @property
    def state(self) -> str:
        """`ended`, `paused`, `sound off`, `1.5x`, `loop`, or nothing where there is nothing to say."""
        if self._feed is None:
            return ""
        muted = "sound off" if self._muted and self._feed.has_sound else ""
        speed = "" if self._speed == 1 else f"{self._speed:.2g}x"
        looping = "loop" if self._again else ""
        return " · ".join(part for part in (looping, speed, muted, self.halt) if part)

    def use(self, feed: Feed) -> None:
        """Play this feed from now on; it is taken over, and the one before it is stopped."""
        self.stop()
        feed.setParent(self)
        self._feed = feed
        feed.frame.connect(self.frame)
        feed.blank.connect(self.blank)
        feed.ended.connect(self._on_ended)
        feed.failed.connect(self.failed)
        feed.changed.connect(self.changed)
        feed.warned.connect(self.said)
        feed.set_volume(self._volume, muted=self._muted)
        feed.set_speed(self._speed)
        feed.set_room(self._room)
        feed.play()

    def set_room(self, room: QSize) -> None:
        """There are so many pixels of the screen for what is shown."""
        self._room = room
        if self._feed is not None:
            self._feed.set_room(room)

    def stop(self) -> None:
        """Let go of the source; the next one needs a feed of its own."""
        if self._feed is not None:
            self._feed.stop()
            self._feed.deleteLater()
            self._feed = None

    def toggle_pause(self) -> None:
        """Pause, go on, or start anew at the end."""
        if self._feed is None:
            return
        if self._feed.playing:
            self._feed.pause()
        else:
            if self._feed.at_end:
                self._go_elsewhere()
            self._feed.play()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Paused meanwhile; goes on afterwards if it played."""
        feed = self._feed
        played = feed is not None and feed.playing
        if feed is not None and played:
            feed.pause()
        try:
            yield
        finally:
            if feed is not None and played and feed is self._feed:
                feed.play()

    def seek_by(self, seconds: float) -> None:
        """Go on, or back where negative."""
        if self._feed is not None:
            self.seek_to(self._feed.position_s + seconds)

    def seek_to(self, time_s: float) -> None:
        """Go to a time, in seconds from the start of the source."""
        if self._feed is not None and self._feed.can_seek:
            self._go_elsewhere()
            self._feed.seek(time_s)
            self.sought.emit()

    def step(self, frames: float) -> None:
        """Pause and go so many frames on, or back where negative."""
        if self._feed is not None and self._feed.can_seek:
            if frames != 1:
                self._go_elsewhere()
            self._feed.step(int(frames))

    def change_volume(self, change: float) -> None:
        """Louder, or softer where negative; 1 is all the way."""
        self._volume = min(max(self._volume + change, 0.0), 1.0)
        self._set_volume(f"volume {self._volume:.0%}")

    def change_speed(self, factor: float) -> None:
        """So many times as fast as now; 0 is as fast as it should be."""
        self._speed = min(max(self._speed * factor, _SLOWEST), _FASTEST) if factor else 1.0
        if abs(self._speed - 1) < 0.01:
            self._speed = 1.0  # as often up as down
        if self._feed is not None:
            self._feed.set_speed(self._speed)
        silent = self._speed < SLOWEST and self._feed is not None and self._feed.has_sound
        self.said.emit(f"speed {self._speed:.2g}x{', too slow for sound' if silent else ''}")

    def toggle_loop(self) -> None:
        """Begin anew at the end, or not."""
        self._again = 0 if self._again else inf
        self.said.emit("plays again and again" if self._again else "plays once")

    def next_sound(self) -> None:
        """Play the next sound stream."""
        self.said.emit((self._feed.next_sound() if self._feed is not None else "") or "no sound")

    def toggle_mute(self) -> None:
        """Sound off or on."""
        self._muted = not self._muted
        self._set_volume("sound off" if self._muted else "sound on")

    def _on_ended(self) -> None:
        if self._again and self._feed is not None and self._feed.can_seek:
            self._again -= 1
            self._go_elsewhere()
            self._feed.play()
        else:
            self.ended.emit()

    def _go_elsewhere(self) -> None:
        if self._analysis is not None:
            self._analysis.reset()

    def _set_volume(self, words: str) -> None:
        if self._feed is None or not self._feed.has_sound:
            self.said.emit("no sound")
            return
        self._feed.set_volume(self._volume, muted=self._muted)
        self.said.emit(words)
