"""Plays the sound of a file in a thread of its own, as the clock that the frames follow.

The thread decodes a little ahead, writes what the device accepts, and checks a hundred times a second how
much has been played. Does not depend on Qt.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from simpsons_play.core.errors import SimpsonsError
from simpsons_play.sources.sound import SoundFile, SoundStream
from simpsons_play.window.playback.clock import WallClock
from simpsons_play.window.playback.sound_output import START_TIMEOUT_S, SoundOutput
from simpsons_play.window.playback.speaker import Speaker

_TICK_S = 0.01


@dataclass(slots=True)
class _Requests:
    """What other threads want the sound thread to do; None for what has not been requested."""

    seek: tuple[float, bool] | None = None  # time, and whether it will play soon
    playing: bool | None = None
    speed: float | None = None
    stream: int | None = None
    volume: tuple[float, bool] | None = None
    reopen: bool = False


class Sound:
    """The sound of a file: a `Clock` that frames follow.

    Args:
        path: Path or address of the file.
        open_speaker: Opens the device; returns None if there is none.
        end_s: Nothing is played from this time on, in seconds; None plays to the end.
        clock: Synchronised to the sound.
        wall: Monotonic clock, in seconds.
    """

    def __init__(
        self,
        path: str | Path,
        open_speaker: Callable[[], Speaker | None],
        *,
        end_s: float | None = None,
        clock: WallClock | None = None,
        wall: Callable[[], float] = time.monotonic,
    ) -> None:
        self._thread = threading.Thread(target=self._run, name="sound", daemon=True)
        self._path = path
        self._on_warning: Callable[[str], object] = _ignore
        self._on_change: Callable[[], object] = _ignore
        self._clock = clock or WallClock(wall=wall)
        self._wake = threading.Condition()
        self._requests = _Requests()
        self._stopped = False
        self._output = SoundOutput(
            self._clock,
            open_speaker,
            end_s=end_s,
            wall=wall,
            on_warning=lambda line: self._on_warning(line),
            on_change=lambda: self._on_change(),
        )

    def set_callbacks(self, *, on_warning: Callable[[str], object], on_change: Callable[[], object]) -> None:
        """Set the functions to call from the sound thread; call this before `open`.

        Args:
            on_warning: Called with one line when there is no sound.
            on_change: Called when the streams or the device have changed.
        """
        self._on_warning, self._on_change = on_warning, on_change

    def open(self) -> None:
        """Start the thread."""
        self._thread.start()

    @property
    def drops_late_frames(self) -> bool:
        """Whether frames follow the sound: as long as there is any."""
        return not self._output.finished

    @property
    def finished(self) -> bool:
        """Whether all sound has been played."""
        return self._output.finished

    @property
    def audible(self) -> bool:
        """Whether a device and a file with sound are open."""
        return self._output.audible

    @property
    def end_s(self) -> float | None:
        """When the sound ends, in seconds; None if unknown."""
        file = self._output.file
        return None if file is None else file.end_s

    @property
    def streams(self) -> tuple[SoundStream, ...]:
        """The streams of the file; empty before it is open."""
        file = self._output.file
        return () if file is None else file.streams

    @property
    def stream(self) -> int:
        """Number of the current stream, or of the one that was requested last."""
        with self._wake:
            requested = self._requests.stream
            return self._output.stream if requested is None else requested

    def seek(self, time_s: float, *, playing: bool) -> None:
        """Stop at a time; decode from there if it will play soon."""
        self._clock.seek(time_s)
        self._output.finished = False
        self._request(seek=(time_s, playing), playing=False)

    def start(self) -> None:
        """Play from the current time."""
        self._clock.start(wait_s=0.0 if self._output.finished else START_TIMEOUT_S)
        self._request(playing=True)

    def pause(self) -> None:
        """Stop at the current time."""
        self._clock.pause()
        self._request(playing=False)

    def set_speed(self, speed: float) -> None:
        """Set the playback speed; 1 is normal. The pitch stays the same."""
        self._request(speed=speed)

    def set_stream(self, number: int) -> None:
        """Continue with another stream of the file."""
        self._request(stream=number)

    def set_volume(self, volume: float, *, muted: bool) -> None:
        """Set the perceived loudness, 0-1."""
        self._request(volume=(volume, muted))

    def reopen(self) -> None:
        """Switch to the current default device."""
        self._request(reopen=True)

    @property
    def speed(self) -> float:
        """The playback speed; 1 is normal."""
        return self._clock.speed

    def now(self) -> float:
        """The current media time, in seconds."""
        return self._clock.now()

    def wait_s(self, time_s: float, *, lead_s: float = 0.0) -> float:
        """Seconds to wait before checking a media time again; 0 or negative once it has been reached."""
        return self._clock.wait_s(time_s, lead_s=lead_s)

    def late_s(self, time_s: float) -> float:
        """Seconds of real time since a media time was reached; negative before that."""
        return self._clock.late_s(time_s)

    def set_back(self, time_s: float) -> None:
        """Go back to the time of a late frame once the sound has finished."""
        if self._output.finished:
            self._clock.set_back(time_s)

    def stop(self) -> None:
        """Close the device and the file. No callback is called afterwards."""
        self.set_callbacks(on_warning=_ignore, on_change=_ignore)
        with self._wake:
            self._stopped = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join(START_TIMEOUT_S)

    def _request(self, **requests: object) -> None:
        with self._wake:
            for name, value in requests.items():
                setattr(self._requests, name, value)
            self._wake.notify()

    def _run(self) -> None:
        """The thread: until stopped, handle requests and play."""
        try:
            self._output.open(SoundFile(self._path))
            self._on_change()
            while (requests := self._wait()) is not None:
                self._handle(requests)
                if self._output.playing:
                    self._output.update()
        except SimpsonsError as error:
            self._on_warning(f"no sound: {error}")
        except Exception as error:  # playing without sound is better than not playing
            self._on_warning(f"no sound: {str(error) or type(error).__name__}")
        finally:
            self._output.close()
            self._on_change()
            self._run_without_sound()

    def _run_without_sound(self) -> None:
        """Keep the clock running as requested until stopped."""
        while (requests := self._wait(idle=True)) is not None:
            self._output.finished = True
            if requests.speed is not None:
                self._clock.set_speed(requests.speed)
            self._clock.stop_waiting()

    def _wait(self, *, idle: bool = False) -> _Requests | None:
        """Wait for requests, or for the next tick while playing; None when stopped."""
        with self._wake:
            if not self._stopped and self._requests == _Requests():
                self._wake.wait(None if idle or not self._output.playing else _TICK_S)
            requests, self._requests = self._requests, _Requests()
            return None if self._stopped else requests

    def _handle(self, requests: _Requests) -> None:
        output = self._output
        if requests.volume is not None:
            output.set_volume(requests.volume[0], muted=requests.volume[1])
        if requests.reopen:
            output.reopen_device()
        if requests.seek is not None:
            output.seek(requests.seek[0], playing_soon=requests.seek[1])
        if requests.stream is not None:
            output.set_stream(requests.stream)
        if requests.speed is not None:
            output.set_speed(requests.speed)
        if requests.playing is not None:
            output.set_playing(requests.playing)


def _ignore(*_: object) -> None:
    """The default callback."""
