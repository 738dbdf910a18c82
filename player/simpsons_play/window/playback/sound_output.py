"""Writes sound to a device and keeps the clock in sync with it. Does not depend on Qt.

Problems with the device never stop the clock: while the device stalls, the clock follows the system clock,
and when the device recovers, it skips the sound that was missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np

from simpsons_play.sources.sound import Samples, SoundFile
from simpsons_play.window.playback.clock import WallClock
from simpsons_play.window.playback.sound_queue import Decode, SoundQueue
from simpsons_play.window.playback.speaker import Speaker

START_TIMEOUT_S = 0.6
"""How long the picture waits for a device to play its first sample."""

_STALL_TIMEOUT_S = 0.25
"""How long the picture waits for a device that has samples but does not play them."""

_IN_SYNC_S = 0.04
"""Sound that resumes within this difference is in sync."""

_RETRY_S = 2.0
"""How often to try to reopen a device that was lost."""


class SoundOutput:
    """Plays a sound file on a device. All methods belong to the sound thread.

    Args:
        clock: Synchronised to the device while it plays.
        open_speaker: Opens the device; returns None if there is none.
        end_s: Nothing is played from this time on, in seconds; None plays to the end.
        wall: Monotonic clock, in seconds.
        on_warning: Called with one line when the device is lost.
        on_change: Called when a device has been opened or lost.

    Attributes:
        file: The file, once it is open.
        stream: Number of the stream that plays.
        playing: Whether it plays rather than being paused.
        finished: Whether there is nothing more to play, so that the clock need not follow the device.
    """

    def __init__(
        self,
        clock: WallClock,
        open_speaker: Callable[[], Speaker | None],
        *,
        end_s: float | None,
        wall: Callable[[], float],
        on_warning: Callable[[str], object],
        on_change: Callable[[], object],
    ) -> None:
        self._clock, self._open_speaker, self._end_s, self._wall = clock, open_speaker, end_s, wall
        self._on_warning, self._on_change = on_warning, on_change
        self.file: SoundFile | None = None
        self.stream = 0
        self.playing = self.finished = False
        self._speaker: Speaker | None = None
        self._queue: SoundQueue | None = None
        self._speed, self._volume = 1.0, (1.0, False)
        self._in_sync = False
        self._played, self._progress_s, self._sync_from = 0, 0.0, 0
        self._patience_s, self._lost_s = START_TIMEOUT_S, -_RETRY_S

    @property
    def audible(self) -> bool:
        """Whether a device and a file with sound are open."""
        return self._speaker is not None and self.file is not None

    def open(self, file: SoundFile) -> None:
        """Open the device for a file."""
        self.file, self.stream = file, file.default
        self._open_device()

    def close(self) -> None:
        """Close the file and the device; the clock follows the system clock from now on."""
        file, self.file = self.file, None
        self._close_device()
        if file is not None:
            file.close()
        self._finish()

    def reopen_device(self) -> None:
        """Close the device and open the current default device."""
        self._close_device()
        self._open_device()
        self._on_change()

    def set_volume(self, volume: float, *, muted: bool) -> None:
        """Set the perceived loudness, 0-1."""
        self._volume = volume, muted
        if self._speaker is not None:
            self._speaker.set_volume(volume, muted=muted)

    def set_stream(self, number: int) -> None:
        """Continue with another stream of the file."""
        if number != self.stream:
            self.stream = number
            if self._queue is not None:
                self._queue.set_decoder(self._decoder(self._queue.rate))

    def set_speed(self, speed: float) -> None:
        """Set the playback speed; 1 is normal. The pitch stays the same."""
        if speed == self._speed:
            return
        self._speed = speed
        if self._queue is not None:
            self._queue.set_speed(speed)
        if not self._in_sync:
            self._clock.set_speed(speed)

    def set_playing(self, playing: bool) -> None:
        """Play or pause."""
        self.playing = playing
        if self._speaker is None:
            return
        if playing:
            self._patience_s, self._progress_s = START_TIMEOUT_S, self._wall()
        else:
            self._speaker.suspend()

    def seek(self, time_s: float, *, playing_soon: bool) -> None:
        """Stop and discard what has not been played; decode from this time on if it will play soon."""
        if self._speaker is not None:
            self._speaker.reset()
        self._reset_queue()
        self.finished = False
        self._clock.set_speed(self._speed)
        if playing_soon and self._queue is not None:
            self._queue.seek(time_s)

    def update(self) -> None:
        """Write what the device accepts and sync the clock; call often while playing."""
        speaker = self._working_speaker()
        if speaker is None:
            self._clock.set_speed(self._speed)
            self._clock.stop_waiting()
            self._in_sync = False
            if self._wall() - self._lost_s > _RETRY_S:
                self._lost_s = self._wall()
                self._open_device()
            self.finished = True  # without a device, nobody hears the end of the sound
            return
        queue = self._queue
        if queue is None:
            return
        if not queue.started:
            queue.seek(self._clock.now())
        speaker.start()
        while (free := speaker.free_samples()) > 0 and len(samples := queue.peek(free)):
            accepted = speaker.write(np.ascontiguousarray(samples).tobytes())
            queue.consume(accepted)
            if not accepted:
                break
        self._sync_clock(speaker, queue)

    def _working_speaker(self) -> Speaker | None:
        """The device; None if there is none or it has just been lost."""
        if self._speaker is not None and self._speaker.failed:
            self._close_device()
            self._lost_s = self._wall()
            self._on_warning("no sound: the sound device was lost")
            self._on_change()
        return self._speaker

    def _sync_clock(self, speaker: Speaker, queue: SoundQueue) -> None:
        """Sync the clock to the device, or let it run by itself while the device stalls."""
        now_s = self._wall()
        played = min(speaker.samples_played(), queue.written)
        if played > self._played:
            self._played, self._progress_s, self._patience_s = played, now_s, _STALL_TIMEOUT_S
            if not self._in_sync and played >= self._sync_from:
                self._resume_sync(queue)
        elif queue.drained and played >= queue.written:
            self._finish()
        elif now_s - self._progress_s > self._patience_s:
            if queue.drained:
                self._finish()  # some devices never report the last samples
            self._in_sync = False
            self._clock.stop_waiting()
        if self._in_sync:
            time_s, speed = queue.media_at(played)
            self._clock.sync(time_s, speed=speed)

    def _resume_sync(self, queue: SoundQueue) -> None:
        """The device plays (again): follow it, or first skip the sound that was missed."""
        time_s, speed = queue.media_at(self._played)
        behind_s = self._clock.now() - time_s
        if self._clock.waiting_for_sound or behind_s <= _IN_SYNC_S * max(1.0, speed):
            self._in_sync, self.finished = True, False
            return
        queue.set_speed(self._speed)  # flushes the tempo filter
        self._sync_from = queue.next_sample
        buffered_s = (queue.next_sample - self._played) / queue.rate * self._speed
        queue.skip_to(self._clock.now() + buffered_s)

    def _finish(self) -> None:
        """There is nothing more to play: the clock follows the system clock."""
        self.finished, self._in_sync = True, False
        self._clock.set_speed(self._speed)
        self._clock.stop_waiting()

    def _open_device(self) -> None:
        self._speaker = self._open_speaker()
        if self._speaker is not None:
            self.finished = False
            self._speaker.set_volume(self._volume[0], muted=self._volume[1])
        self._reset_queue()

    def _close_device(self) -> None:
        speaker, self._speaker = self._speaker, None
        if speaker is not None:
            speaker.close()
        self._reset_queue()

    def _reset_queue(self) -> None:
        """Discard decoded samples, as the device has discarded its own."""
        self._queue = None
        if self._speaker is not None:
            rate = self._speaker.rate
            self._queue = SoundQueue(self._decoder(rate), rate=rate, speed=self._speed, end_s=self._end_s)
        self._played = self._sync_from = 0
        self._in_sync = False
        self._progress_s, self._patience_s = self._wall(), START_TIMEOUT_S

    def _decoder(self, rate: int) -> Decode:
        """A decoder of the current stream."""
        file, number = self.file, self.stream

        def decode(start: Fraction) -> Iterator[Samples]:
            return iter(()) if file is None else file.samples(start, number, rate=rate)

        return decode
