"""What a network said of a whole video, frame by frame: kept, and followed again without the network."""

from __future__ import annotations

import json
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol
from zipfile import ZipFile

import numpy as np
import numpy.typing as npt

from simpsons_play.core.errors import TrackError
from simpsons_play.core.types import Places, Sighting

VERSION = 2
"""Of the format of files; others are not read."""


class Track:
    """The sightings of one video in their order. Grows while the video is analysed.

    Kept in columns: an hour takes some tens of megabytes, and what was kept is there at once.

    Args:
        about: words and numbers that say whose track it is; kept in the file. Only what JSON can hold.

    Attributes:
        about: the same.
        complete: whether all of the video is in it; kept in the file, too.
    """

    def __init__(self, about: dict[str, Any]) -> None:
        self.about, self.complete = about, False
        self._index, self._look = array("q"), array("q")
        self._times, self._sizes = array("d"), array("i")
        self._cuts, self._repeated = bytearray(), bytearray()
        self._looks: _Looks = []

    def append(self, sighting: Sighting) -> None:
        """Add the next frame.

        Raises:
            TypeError: the track was read from a file, which is whole.
            ValueError: a classifier looked beside the detector at some of its frames and not at others.
        """
        if not isinstance(self._looks, list):
            raise TypeError("a track that was kept does not grow")
        if self._looks and (sighting.places.parts is None) != (self._looks[0].parts is None):
            raise ValueError("parts were looked at in some of the frames only")
        # A frame that repeats what was shown before shares what was said of that.
        if not self._looks or sighting.places is not self._looks[-1]:
            self._looks.append(sighting.places)
        self._index.append(sighting.index)
        self._look.append(len(self._looks) - 1)
        self._times.append(sighting.time_s)
        self._sizes.extend(sighting.size_px)
        self._cuts.append(sighting.cut)
        self._repeated.append(sighting.repeated)

    def __len__(self) -> int:
        """How many frames there are."""
        return len(self._times)

    def __getitem__(self, index: int) -> Sighting:
        """What is known of a frame, from 0; raises IndexError."""
        if index < 0:
            raise IndexError(index)
        return Sighting(
            self._index[index],
            self._times[index],
            (self._sizes[2 * index], self._sizes[2 * index + 1]),
            bool(self._cuts[index]),
            bool(self._repeated[index]),
            self._looks[self._look[index]],
        )

    def frame_at(self, time_s: float) -> int:
        """Number of the last frame that begins by this time, in seconds; -1 where none does."""
        return bisect_right(self._times, time_s) - 1

    def shot_of(self, index: int) -> tuple[int, int]:
        """The first frame of the shot that a frame is in, and the one after its last, as far as is known."""
        end = self._cuts.find(1, index + 1)
        return max(0, self._cuts.rfind(1, 0, index + 1)), len(self) if end < 0 else end

    def until(self, end: int) -> Track:
        """A track of the first frames that can grow, whether or not this one can."""
        part = Track(dict(self.about))
        part._index, part._look = self._index[:end], self._look[:end]
        part._times, part._sizes = self._times[:end], self._sizes[: 2 * end]
        part._cuts, part._repeated = self._cuts[:end], self._repeated[:end]
        part._looks = [self._looks[i] for i in range(part._look[-1] + 1 if end else 0)]
        return part

    def save(self, path: Path) -> None:
        """Write it as one `.npz` file.

        Raises:
            OSError: it cannot be written.
        """
        looks = [self._looks[i] for i in range(len(self._looks))]
        labels = looks[0].probabilities.shape[1] if looks else 0
        with path.open("wb") as file:
            np.savez(
                file,
                about=np.array(
                    json.dumps(
                        {"version": VERSION, "complete": self.complete, "frames": len(self), **self.about}
                    )
                ),
                index=np.array(self._index, np.int64),
                time_s=np.array(self._times, np.float64),
                size_px=np.array(self._sizes, np.int32).reshape(-1, 2),
                cut=np.frombuffer(self._cuts, np.bool_),
                repeated=np.frombuffer(self._repeated, np.bool_),
                look=np.array(self._look, np.int64),
                places=np.array([len(p.scores) for p in looks], np.int64),
                boxes=_joined([p.boxes for p in looks], 4),
                scores=_joined([p.scores for p in looks]),
                probabilities=_joined([p.probabilities for p in looks], labels),
                parts=_stacked([p.parts for p in looks if p.parts is not None]),
            )

    @classmethod
    def load(cls, path: Path) -> Track:
        """Read what `save` wrote.

        Raises:
            TrackError: it cannot be read, is damaged, or is of another version.
        """
        with _opened(path) as file:
            about = _about(file, path)
            complete, _ = about.pop("complete"), about.pop("frames")
            track = cls(about)
            track.complete = complete
            track._index.frombytes(file["index"].tobytes())
            track._look.frombytes(file["look"].tobytes())
            track._times.frombytes(file["time_s"].tobytes())
            track._sizes.frombytes(file["size_px"].tobytes())
            track._cuts += file["cut"].tobytes()
            track._repeated += file["repeated"].tobytes()
            track._looks = _KeptLooks(
                *(file[name] for name in ("places", "parts", "boxes", "scores", "probabilities"))
            )
            frames = {len(column) for column in (track._index, track._look, track._times)}
            frames |= {len(track._cuts), len(track._repeated), len(track._sizes) // 2}
            if len(frames) > 1 or max(track._look, default=-1) >= len(track._looks):
                raise ValueError("columns of different lengths")
            times = np.frombuffer(track._times)
            if (
                min(track._look, default=0) < 0
                or not (np.diff(times) >= 0).all()
                or not np.isfinite(times).all()
            ):
                raise ValueError("columns that no video has")
        return track


class _Looks(Protocol):
    """What the network said each time it was asked."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Places: ...


class _KeptLooks:
    """Slices of arrays that were read at once.

    Args:
        counts: (L,) int64: places of each look.
        parts: (L, P, K) float32, what is said of whole frame and halves; or nothing, (0, ...).
        columns: boxes, scores and probabilities of all places, one after the other.
    """

    def __init__(
        self,
        counts: npt.NDArray[np.int64],
        parts: npt.NDArray[np.float32],
        *columns: npt.NDArray[np.float32],
    ) -> None:
        self._ends, self._parts, self._columns = np.cumsum(counts), parts, columns
        boxes, scores, probabilities = columns
        shapes = boxes.shape[1:], scores.shape[1:], probabilities.ndim, parts.ndim, counts.ndim
        kinds = {column.dtype for column in (*columns, parts)}
        if shapes != ((4,), (), 2, 3, 1) or kinds != {np.dtype(np.float32)} or (counts < 0).any():
            raise ValueError("columns of another kind")
        if not all(np.isfinite(column).all() for column in (*columns, parts)):
            raise ValueError("columns with what is no number")
        if any(len(column) != counts.sum() for column in columns) or len(parts) not in (0, len(counts)):
            raise ValueError("columns of different lengths")

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, index: int, /) -> Places:
        start, end = self._ends[index - 1] if index else 0, self._ends[index]
        boxes, scores, probabilities = (column[start:end] for column in self._columns)
        return Places(boxes, scores, probabilities, self._parts[index] if len(self._parts) else None)


def read_about(path: Path) -> dict[str, Any]:
    """Whose track a file holds, whether it is `complete`, how many `frames`; without reading all of it.

    Raises:
        TrackError: as `Track.load`.
    """
    with _opened(path) as file:
        return _about(file, path)


def _about(file: Any, path: Path) -> dict[str, Any]:
    about: dict[str, Any] = json.loads(str(file["about"]))
    if about.pop("version") != VERSION:
        raise TrackError(f"{path} was written by another version; remove it")
    if type(about["complete"]) is not bool or type(about["frames"]) is not int:
        raise TypeError("it does not say what it holds")
    return about


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The arrays of a file by name; turns what goes wrong with it into a TrackError."""
    try:
        # Given a path, numpy leaves the file open where it holds no arrays.
        with path.open("rb") as raw:
            _refuse_unpacking(raw)
            with np.load(raw, allow_pickle=False) as file:
                yield file
    except OSError as error:
        raise TrackError(f"{path} cannot be read: {error.strerror or error}") from error
    except TrackError:
        raise
    except Exception as error:  # whatever numpy, zipfile or JSON raise
        raise TrackError(f"{path} is damaged; remove it") from error


def _refuse_unpacking(raw: IO[bytes]) -> None:
    """Raise ValueError where arrays are packed, so that a few bytes become any size; `save` packs none."""
    with ZipFile(raw) as archive:
        if any(entry.file_size != entry.compress_size for entry in archive.infolist()):
            raise ValueError("it is packed")
    raw.seek(0)


def _stacked(arrays: list[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    return np.stack(arrays) if arrays else np.zeros((0, 0, 0), np.float32)


def _joined(arrays: list[npt.NDArray[np.float32]], *shape: int) -> npt.NDArray[np.float32]:
    return np.concatenate(arrays) if arrays else np.zeros((0, *shape), np.float32)
