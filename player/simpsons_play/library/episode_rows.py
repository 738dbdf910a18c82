"""Collects what the tables of an episode need from its results, frame by frame."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass

from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.core.results import HEAD, Caption, FrameResult
from simpsons_play.library.box_path import TimedBox, thinned
from simpsons_play.sinks.report.thumbnails import Thumbnail, Thumbnails


@dataclass(frozen=True, slots=True)
class Shot:
    """One shot of an episode.

    Attributes:
        number: number of the shot, starting at 1.
        first_frame: index of its first frame.
        frames: number of frames.
        start_s: time of its first frame, in seconds.
        end_s: time of the frame after its last one, in seconds.
    """

    number: int
    first_frame: int
    frames: int
    start_s: float
    end_s: float


class EpisodeRows:
    """Collects thumbnails, shots and the boxes of captions: a `Sink`. Not thread-safe.

    Args:
        info: properties of the video.
        labels: labels of the model, for the colours in thumbnails.
        thumbnails: those of all frames, if they were taken before; None takes them in `write`.
    """

    def __init__(
        self, info: SourceInfo, labels: tuple[str, ...], thumbnails: Thumbnails | None = None
    ) -> None:
        self._size_px, self._frame_s = (info.width, info.height), float(1 / info.rate)
        self._thumbnails = thumbnails or Thumbnails(labels, pixel_aspect=float(info.pixel_aspect))
        self._cuts: list[tuple[int, float]] = []
        self._frames, self._last_s = 0, 0.0
        self._pending: tuple[Caption, ...] = ()  # of the last frame, which lasts until the next one
        self._boxes: dict[str, list[TimedBox]] = defaultdict(list)
        self._labels_of: dict[str, Counter[str]] = defaultdict(Counter)

    def __enter__(self) -> EpisodeRows:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing has to be closed."""

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Add the next frame with its picture."""
        self._thumbnails.update(frame, result)
        self.add(result)

    def add(self, result: FrameResult) -> None:
        """Add the next frame without its picture."""
        self._end_frame(result.time_s)
        if result.cut or not self._cuts:
            self._cuts.append((result.index, result.time_s))
        self._pending, self._last_s = result.captions, result.time_s
        self._frames += 1

    @property
    def frames(self) -> int:
        """Number of frames so far."""
        return self._frames

    @property
    def end_s(self) -> float:
        """The end of the last frame, in seconds."""
        return self._last_s + self._frame_s

    def finish(self) -> None:
        """End the last frame; call this once, after it was added."""
        self._end_frame(self.end_s)
        self._pending = ()

    def shots(self) -> list[Shot]:
        """All shots, in order."""
        ends = [*self._cuts[1:], (self._frames, self.end_s)]
        return [
            Shot(number, first, last - first, start_s, end_s)
            for number, ((first, start_s), (last, end_s)) in enumerate(
                zip(self._cuts, ends, strict=True), start=1
            )
        ]

    def boxes(self, label: str, start_s: float, end_s: float) -> list[TimedBox]:
        """Where a character is between two times in seconds, thinned; the end is excluded."""
        of_label = self._boxes[label]
        first = bisect_left(of_label, start_s, key=lambda box: box.time_s)
        last = bisect_left(of_label, end_s, key=lambda box: box.time_s)
        return thinned(of_label[first:last], size_px=self._size_px)

    def thumbnail(self, label: str, start_s: float, end_s: float) -> Thumbnail | None:
        """The most probable picture of a character between two times; see `Thumbnails.best`."""
        return self._thumbnails.best(label, start_s, end_s)

    def label_of(self, track: str) -> str | None:
        """The label that a track had for most of its frames; None if it was never named."""
        found = self._labels_of.get(track)
        return None if found is None else min(found, key=lambda label: (-found[label], label))

    def _end_frame(self, until_s: float) -> None:
        for caption in self._pending:
            region, track = caption.region, None
            if region.is_head:
                track = track_id(len(self._cuts), region.name.removeprefix(HEAD))
                self._labels_of[track][caption.label] += 1
            box = TimedBox(self._last_s, until_s, track, region.box, caption.probability)
            self._boxes[caption.label].append(box)


def track_id(shot: int, number: str) -> str:
    """ID of a track in its episode: the number of its shot, and its own in the shot.

    Example:
        >>> track_id(12, "3")
        '12-3'
    """
    return f"{shot}-{number}"
