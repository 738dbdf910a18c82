"""Plays the sound of a file in a thread of its own, and tells the clock what is heard. Knows nothing of Qt.

The thread decodes a little ahead, writes what the device has room for, and looks a hundred times a second at
how much of it was heard. Whatever happens to the device, the clock goes on: where the device stands still
the wall's clock leads, and sound that comes back leaves out what was missed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np

from simpsons_play.core.errors import SimpsonsError
from simpsons_play.sources.sound import Samples, SoundFile, SoundStream
from simpsons_play.window.playback.pace import PlayClock
from simpsons_play.window.playback.sound_queue import Decode, SoundQueue

_TICK_S = 0.01
_BEGINS_S = 0.6
"""A device may take so long until the first sample is heard; then pictures go on without it."""

_STALLED_S = 0.25
"""A device that has something to play and has played nothing for so long is not to be waited for."""

_IN_STEP_S = 0.04
"""Sound that comes back is in step when it is this near."""

_AGAIN_S = 2.0
"""A device that was lost is tried again after so long."""


class Speaker(Protocol):
    """A sound device, as `speaker.QtSpeaker`; samples are counted once for left and right."""

    rate: int

    @property
    def failed(self) -> bool:
        """Whether the device is gone."""
        ...

    def start(self) -> None:
        """Take samples, and sound; go on where it was suspended."""
        ...

    def suspend(self) -> None:
        """Be silent, and hold what was written."""
        ...

    def reset(self) -> None:
        """Be silent, and forget what was written; `heard` counts anew."""
        ...

    def room(self) -> int:
        """How many samples it takes now."""
        ...

    def write(self, data: bytes) -> int:
        """Hand over samples; how many were taken."""
        ...

    def heard(self) -> int:
        """How many samples have been heard since `start`."""
        ...

    def set_volume(self, volume: float, *, muted: bool) -> None:
        """How loud, 0-1 as it is heard."""
        ...

    def close(self) -> None:
        """Give the device back."""
        ...


@dataclass(slots=True)
class _Wishes:
    """What is asked of the thread and not done yet; None where nothing is."""

    go: tuple[float, bool] | None = None  # where, and whether to play soon
    playing: bool | None = None
    speed: float | None = None
    stream: int | None = None
    volume: tuple[float, bool] | None = None
    reopen: bool = False


class Sound:
    """The sound of a file: a `Pace` that leads.

    Args:
        path: the file, or its address.
        open_speaker: opens the device; None where there is none.
        end_s: nothing is heard from this time on, in seconds.
        clock: to be led.
        wall: seconds; never goes back.
    """

    def __init__(
        self,
        path: str | Path,
        open_speaker: Callable[[], Speaker | None],
        *,
        end_s: float | None = None,
        clock: PlayClock | None = None,
        wall: Callable[[], float] = time.monotonic,
    ) -> None:
        self._thread = threading.Thread(target=self._work, name="sound", daemon=True)
        self._path, self._open_speaker, self._end_s = path, open_speaker, end_s
        self._warn: Callable[[str], object] = lambda line: None
        self._changed: Callable[[], object] = lambda: None
        self._wall = wall
        self._clock = clock or PlayClock(wall=wall)
        self._wake = threading.Condition()
        self._wishes = _Wishes()
        self._stopped = False
        self._over = False
        # Of the thread alone:
        self._file: SoundFile | None = None
        self._speaker: Speaker | None = None
        self._queue: SoundQueue | None = None
        self._speed, self._volume = 1.0, (1.0, False)
        self._number = 0
        self._playing = False
        self._leading = False
        self._heard, self._moved_s, self._settled = 0, 0.0, 0
        self._patience_s, self._lost_s = _BEGINS_S, -_AGAIN_S

    def listen(self, *, warn: Callable[[str], object], changed: Callable[[], object]) -> None:
        """Before it opens, say who is to be told; both are called from the thread.

        Args:
            warn: told in one line when there is no sound.
            changed: called when there are other streams, or is a device or none.
        """
        self._warn, self._changed = warn, changed

    def open(self) -> None:
        """Start the thread."""
        self._thread.start()

    # What the reader and the window ask for; from any thread.

    @property
    def leads(self) -> bool:
        """Pictures follow, as long as there is sound."""
        return not self._over

    @property
    def over(self) -> bool:
        """Whether all was heard."""
        return self._over

    @property
    def audible(self) -> bool:
        """Whether a device is open and the file has sound."""
        return self._speaker is not None and self._file is not None

    @property
    def end_s(self) -> float | None:
        """When all of it was heard, in seconds; None where nobody knows."""
        return None if self._file is None else self._file.end_s

    @property
    def streams(self) -> tuple[SoundStream, ...]:
        """What there is to choose from; empty before the file is open."""
        return () if self._file is None else self._file.streams

    @property
    def stream(self) -> int:
        """The number of the one that plays, or was asked for."""
        with self._wake:
            return self._number if self._wishes.stream is None else self._wishes.stream

    def go(self, time_s: float, *, playing: bool) -> None:
        """Be silent and stand still at a time; where it plays soon, decode what comes first."""
        self._clock.go(time_s)
        self._over = False
        self._ask(go=(time_s, playing), playing=False)

    def start(self) -> None:
        """Go on from there."""
        self._clock.start(wait_s=0.0 if self._over else _BEGINS_S)
        self._ask(playing=True)

    def hold(self) -> None:
        """Be silent and stand still."""
        self._clock.hold()
        self._ask(playing=False)

    def set_speed(self, speed: float) -> None:
        """Play so many times as fast, at the same pitch."""
        self._ask(speed=speed)

    def set_stream(self, number: int) -> None:
        """Play another stream of the file from here on."""
        self._ask(stream=number)

    def set_volume(self, volume: float, *, muted: bool) -> None:
        """How loud, 0-1 as it is heard."""
        self._ask(volume=(volume, muted))

    def reopen(self) -> None:
        """The device is another one now."""
        self._ask(reopen=True)

    def now(self) -> float:
        """The moment of the media, in seconds."""
        return self._clock.now()

    def wait_s(self, time_s: float) -> float:
        """How long to wait before asking again whether a time has come; 0 or less where it has."""
        return self._clock.wait_s(time_s)

    def late_s(self, time_s: float) -> float:
        """For how long, on the wall's clock, a time has passed."""
        return self._clock.late_s(time_s)

    def slip(self, time_s: float) -> None:
        """Sound waits for nobody; without it, the clock does."""
        if self._over:
            self._clock.slip(time_s)

    def stop(self) -> None:
        """Let go of the device and the file. Nobody is told anything afterwards."""
        self.listen(warn=lambda line: None, changed=lambda: None)
        with self._wake:
            self._stopped = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join(_BEGINS_S)

    def _ask(self, **wishes: object) -> None:
        with self._wake:
            for name, wish in wishes.items():
                setattr(self._wishes, name, wish)
            self._wake.notify()

    # The thread.

    def _work(self) -> None:
        """Until stopped: do what is asked, write what there is room for, tell what is heard."""
        try:
            self._file = SoundFile(self._path)
            self._number = self._file.default
            self._try_to_open()
            self._changed()
            while (wishes := self._wait()) is not None:
                self._obey(wishes)
                if self._playing:
                    self._play()
        except SimpsonsError as error:
            self._warn(f"no sound: {error}")
        except Exception as error:  # a film without sound is better than none
            self._warn(f"no sound: {error or type(error).__name__}")
        finally:
            self._file, file = None, self._file
            self._close_speaker()
            if file is not None:
                file.close()
            self._go_silent()
            self._changed()
            self._only_count()

    def _only_count(self) -> None:
        """Without sound, keep the clock as it is asked to be until we are stopped."""
        while (wishes := self._wait(idle=True)) is not None:
            self._over = True
            if wishes.speed is not None:
                self._clock.set_speed(wishes.speed)
            self._clock.release()

    def _wait(self, *, idle: bool = False) -> _Wishes | None:
        """What is asked for now; None where we are to stop."""
        with self._wake:
            if not self._stopped and self._wishes == _Wishes():
                self._wake.wait(None if idle or not self._playing else _TICK_S)
            wishes, self._wishes = self._wishes, _Wishes()
            return None if self._stopped else wishes

    def _obey(self, wishes: _Wishes) -> None:
        if wishes.volume is not None:
            self._volume = wishes.volume
            if self._speaker is not None:
                self._speaker.set_volume(self._volume[0], muted=self._volume[1])
        if wishes.reopen:
            self._close_speaker()
            self._try_to_open()
            self._changed()
        if wishes.go is not None:
            self._go_to(*wishes.go)
        if wishes.stream is not None and wishes.stream != self._number:
            self._number = wishes.stream
            if self._queue is not None:
                self._queue.decode_anew(self._decoder(self._queue.rate))
        if wishes.speed is not None and wishes.speed != self._speed:
            self._speed = wishes.speed
            if self._queue is not None:
                self._queue.set_speed(self._speed)
            if not self._leading:
                self._clock.set_speed(self._speed)
        if wishes.playing is not None:
            self._playing = wishes.playing
            if self._speaker is not None:
                if self._playing:
                    self._patience_s = _BEGINS_S
                    self._moved_s = self._wall()
                else:
                    self._speaker.suspend()

    def _play(self) -> None:
        speaker = self._speaker
        if speaker is not None and speaker.failed:
            self._close_speaker()
            self._lost_s = self._wall()
            self._warn("no sound: the sound device is gone")
            self._changed()
            speaker = None
        if speaker is None:
            self._clock.set_speed(self._speed)
            self._clock.release()
            self._leading = False
            if self._wall() - self._lost_s > _AGAIN_S:
                self._lost_s = self._wall()
                self._try_to_open()
            self._over = True  # nobody hears when it ends
            return
        queue = self._queue
        if queue is None:
            return
        if not queue.begun:
            queue.begin(self._clock.now())
        speaker.start()
        while (room := speaker.room()) > 0 and len(samples := queue.next(room)):
            taken = speaker.write(np.ascontiguousarray(samples).tobytes())
            queue.take(taken)
            if not taken:
                break
        self._listen(speaker, queue)

    def _listen(self, speaker: Speaker, queue: SoundQueue) -> None:
        """Tell the clock what is heard, or that nobody knows."""
        now_s = self._wall()
        heard = min(speaker.heard(), queue.count)
        if heard > self._heard:
            self._heard, self._moved_s, self._patience_s = heard, now_s, _STALLED_S
            if not self._leading and heard >= self._settled:
                self._fall_in(queue)
        elif queue.drained and heard >= queue.count:
            self._go_silent()
        elif now_s - self._moved_s > self._patience_s:
            if queue.drained:
                self._go_silent()  # a device need not tell of the last samples
            self._leading = False
            self._clock.release()
        if self._leading:
            time_s, speed = queue.media_at(heard)
            self._clock.heard(time_s, speed=speed)

    def _fall_in(self, queue: SoundQueue) -> None:
        """The device plays (again): lead, or leave out what was missed."""
        time_s, speed = queue.media_at(self._heard)
        behind_s = self._clock.now() - time_s
        if self._clock.waits or behind_s <= _IN_STEP_S * max(1.0, speed):
            self._leading, self._over = True, False
            return
        queue.set_speed(self._speed)  # brings out what a filter holds
        self._settled = queue.end
        queue.leave_out(self._clock.now() + (queue.end - self._heard) / queue.rate * self._speed)

    def _go_to(self, time_s: float, soon: bool) -> None:
        """What comes next is from this time on, and nothing else is heard any more."""
        if self._speaker is not None:
            self._speaker.reset()
        self._forget()
        self._over = False
        self._clock.set_speed(self._speed)
        if soon and self._queue is not None:
            self._queue.begin(time_s)

    def _go_silent(self) -> None:
        """Nothing more is to be heard: the wall's clock leads."""
        self._over, self._leading = True, False
        self._clock.set_speed(self._speed)
        self._clock.release()

    def _try_to_open(self) -> None:
        self._speaker = self._open_speaker()
        if self._speaker is not None:
            self._over = False
            self._speaker.set_volume(self._volume[0], muted=self._volume[1])
        self._forget()

    def _close_speaker(self) -> None:
        speaker, self._speaker = self._speaker, None
        if speaker is not None:
            speaker.close()
        self._forget()

    def _forget(self) -> None:
        """Forget what was decoded, as the device has forgotten it."""
        self._queue = self._new_queue()
        self._heard = self._settled = 0
        self._leading = False
        self._moved_s, self._patience_s = self._wall(), _BEGINS_S

    def _new_queue(self) -> SoundQueue | None:
        """For the device that is open; None where there is none."""
        if self._speaker is None:
            return None
        rate = self._speaker.rate
        return SoundQueue(self._decoder(rate), rate=rate, speed=self._speed, end_s=self._end_s)

    def _decoder(self, rate: int) -> Decode:
        """Decodes the stream that is wanted now."""
        file, number = self._file, self._number

        def decode(start: Fraction) -> Iterator[Samples]:
            return iter(()) if file is None else file.samples(start, number, rate=rate)

        return decode
