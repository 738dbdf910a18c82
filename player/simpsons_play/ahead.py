"""Analysis that runs ahead of playback: any moment that is known can be shown at once."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Generator
from types import TracebackType

from simpsons_play.errors import SimpsonsError
from simpsons_play.live import LiveAnalysis
from simpsons_play.spans import Spans, Timeline
from simpsons_play.types import Analysis, Frame, Image

_SAME_S = 0.002
"""Players round times to milliseconds."""

_LAST_S = 1.0
"""The last frame is shown for as long at most."""


class AheadAnalysis:
    """Goes through a whole video in a thread of its own and answers for any moment of it.

    Where the user is farther than it has come, the newest frame is analysed beside the window, as of a source
    that cannot be gone through.

    Args:
        analyses: of the video from its first frame on, in order; taken in the thread. What it raises of our
            own errors ends it, and what is known stays.
        live: for moments that are not known yet; entered and left by this.
        width: of a frame, in pixels.
        labels: all that the network knows.
    """

    def __init__(
        self,
        analyses: Generator[Analysis, None, None],
        live: LiveAnalysis,
        *,
        width: int,
        labels: tuple[str, ...],
    ) -> None:
        self._analyses, self._live, self._labels = analyses, live, labels
        self._spans = Spans(width)
        self._lock = threading.Lock()
        self._known: list[Analysis] = []
        self._times: list[float] = []
        self._moment_s: float | None = None
        self._closed, self._done = False, False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="ahead", daemon=True)

    def __enter__(self) -> AheadAnalysis:
        """Start the thread."""
        self._live.__enter__()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the thread."""
        self._closed = True
        self._thread.join()
        self._live.__exit__(kind, error, trace)

    def timeline(self) -> Timeline:
        """Who is on screen when, as far as that is known."""
        with self._lock:
            known_s = self._times[-1] if self._times else 0.0
            return Timeline(self._spans.until(known_s), known_s, self._labels)

    @property
    def done(self) -> bool:
        """Whether the thread has come to the end."""
        return self._done

    def submit(self, frame: Frame) -> None:
        """Say which frame is on screen; returns at once."""
        self._moment_s = frame.time_s
        if self._at(frame.time_s) is None:
            self._live.submit(frame)

    def latest(self) -> Analysis | None:
        """What is known of the frame on screen, or, beyond what is known, of the newest that was analysed.

        Raises:
            Exception: whatever broke the analysis.
        """
        if self._error is not None:
            raise self._error
        known = None if self._moment_s is None else self._at(self._moment_s)
        return known if known is not None else self._live.latest()

    def reset(self) -> None:
        """What comes next is from somewhere else."""
        self._moment_s = None
        self._live.reset()

    def draw(self, image: Image, analysis: Analysis | None) -> Image:
        """(H, W, 3) uint8 BGR -> the same picture with captions, a copy."""
        return self._live.draw(image, analysis)

    def _at(self, time_s: float) -> Analysis | None:
        """What is known of the frame that is on screen at a time; None where that is not known yet."""
        with self._lock:
            index = bisect_right(self._times, time_s + _SAME_S) - 1
            if index < 0:
                return None
            beyond_s = time_s - self._times[-1]
            if beyond_s > (_LAST_S if self._done else _SAME_S):
                return None
            return self._known[index]

    def _work(self) -> None:
        try:
            for analysis in self._analyses:
                if self._closed:
                    return
                with self._lock:
                    self._known.append(analysis)
                    self._times.append(analysis.time_s)
                    self._spans.add(analysis)
            self._done = True
        except SimpsonsError:  # who plays the file says what is wrong with it
            pass
        except BaseException as error:
            self._error = error
        finally:
            self._analyses.close()
