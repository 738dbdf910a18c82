"""The detections in a whole video, which can be cached and postprocessed again without the model."""

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

from simpsons_play.core.errors import DetectionLogError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.results import Detections, FrameDetections

VERSION = 2
"""Version of the file format; files of other versions are discarded."""


class DetectionLog:
    """The detections in one video, in order. Grows while the video is analysed.

    Stored in columns, so that an hour takes some tens of megabytes and loading is fast.

    Args:
        about: description of the log, which is stored in the file; must be serializable as JSON.

    Attributes:
        about: description of the log.
        complete: whether it covers the whole video; stored in the file, too.
    """

    def __init__(self, about: dict[str, Any]) -> None:
        self.about, self.complete = about, False
        self._index, self._run = array("q"), array("q")
        self._times, self._sizes = array("d"), array("i")
        self._cuts, self._repeated, self._sampled = bytearray(), bytearray(), bytearray()
        self._runs: _Runs = []

    def append(self, detected: FrameDetections) -> None:
        """Add the next frame.

        Raises:
            TypeError: the log was loaded from a file.
            ValueError: the frame has crop probabilities and the others do not, or the reverse.
        """
        if not isinstance(self._runs, list):
            raise TypeError("a log that was loaded from a file is read-only; use until()")
        detections = detected.detections
        has_crops = detections.crop_probabilities is not None
        if self._runs and has_crops != (self._runs[0].crop_probabilities is not None):
            raise ValueError("only some of the frames have crop probabilities")
        # A repeated picture shares the detections of the one that it repeats.
        if not self._runs or detections is not self._runs[-1]:
            self._runs.append(detections)
        self._index.append(detected.index)
        self._run.append(len(self._runs) - 1)
        self._times.append(detected.time_s)
        self._sizes.extend(detected.size_px)
        self._cuts.append(detected.cut)
        self._repeated.append(detected.repeated)
        self._sampled.append(detected.sampled)

    def __len__(self) -> int:
        """The number of frames."""
        return len(self._times)

    def __getitem__(self, index: int) -> FrameDetections:
        """The detections in a frame, by its position in the log; raises IndexError."""
        if index < 0:
            raise IndexError(index)
        return FrameDetections(
            self._index[index],
            self._times[index],
            (self._sizes[2 * index], self._sizes[2 * index + 1]),
            bool(self._cuts[index]),
            bool(self._repeated[index]),
            self._runs[self._run[index]],
            bool(self._sampled[index]),
        )

    def frame_at(self, time_s: float) -> int:
        """Position of the last frame that begins at or before a time, in seconds; -1 without one."""
        return bisect_right(self._times, time_s) - 1

    def shot_of(self, index: int) -> tuple[int, int]:
        """Start and end of the shot that contains a frame, as positions; the end may grow with the log."""
        end = self._cuts.find(1, index + 1)
        return max(0, self._cuts.rfind(1, 0, index + 1)), len(self) if end < 0 else end

    def until(self, end: int) -> DetectionLog:
        """A copy of the first `end` frames that can grow."""
        log = DetectionLog(dict(self.about))
        log._index, log._run = self._index[:end], self._run[:end]
        log._times, log._sizes = self._times[:end], self._sizes[: 2 * end]
        log._cuts, log._repeated = self._cuts[:end], self._repeated[:end]
        log._sampled = self._sampled[:end]
        log._runs = [self._runs[i] for i in range(log._run[-1] + 1 if end else 0)]
        return log

    def save(self, path: Path) -> None:
        """Write the log as one `.npz` file.

        Raises:
            OSError: it cannot be written.
        """
        runs = [self._runs[i] for i in range(len(self._runs))]
        labels = runs[0].probabilities.shape[1] if runs else 0
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
                sampled=np.frombuffer(self._sampled, np.bool_),
                look=np.array(self._run, np.int64),
                places=np.array([len(run) for run in runs], np.int64),
                boxes=_joined([run.boxes for run in runs], 4),
                scores=_joined([run.scores for run in runs]),
                probabilities=_joined([run.probabilities for run in runs], labels),
                parts=_stacked(
                    [run.crop_probabilities for run in runs if run.crop_probabilities is not None]
                ),
            )

    @classmethod
    def load(cls, path: Path) -> DetectionLog:
        """Read a file written by `save`.

        Raises:
            DetectionLogError: it cannot be read, is damaged, or has another version.
        """
        with _opened(path) as file:
            about = _about(file, path)
            complete, _ = about.pop("complete"), about.pop("frames")
            log = cls(about)
            log.complete = complete
            log._index.frombytes(file["index"].tobytes())
            log._run.frombytes(file["look"].tobytes())
            log._times.frombytes(file["time_s"].tobytes())
            log._sizes.frombytes(file["size_px"].tobytes())
            log._cuts += file["cut"].tobytes()
            log._repeated += file["repeated"].tobytes()
            # Older versions ran on every frame, and did not write this column.
            log._sampled += file["sampled"].tobytes() if "sampled" in file else b"\x01" * len(log._cuts)
            log._runs = _LoadedRuns(
                *(file[name] for name in ("places", "parts", "boxes", "scores", "probabilities"))
            )
            frames = {len(column) for column in (log._index, log._run, log._times)}
            frames |= {len(log._cuts), len(log._repeated), len(log._sampled), len(log._sizes) // 2}
            if len(frames) > 1 or max(log._run, default=-1) >= len(log._runs):
                raise ValueError("columns of different lengths")
            times = np.frombuffer(log._times)
            if (
                min(log._run, default=0) < 0
                or not (np.diff(times) >= 0).all()
                or not np.isfinite(times).all()
            ):
                raise ValueError("columns with invalid values")
        return log


class _Runs(Protocol):
    """The detections of each run of the model."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Detections: ...


class _LoadedRuns:
    """The runs of a loaded log, as slices of large arrays.

    Args:
        counts: (R,) int64: number of detections in each run.
        crops: (R, C, K) float32: class probabilities of the crops; (0, ...) without a fallback.
        columns: boxes, scores and probabilities of all detections, concatenated.
    """

    def __init__(
        self,
        counts: npt.NDArray[np.int64],
        crops: npt.NDArray[np.float32],
        *columns: npt.NDArray[np.float32],
    ) -> None:
        self._ends, self._crops, self._columns = np.cumsum(counts), crops, columns
        boxes, scores, probabilities = columns
        shapes = boxes.shape[1:], scores.shape[1:], probabilities.ndim, crops.ndim, counts.ndim
        kinds = {column.dtype for column in (*columns, crops)}
        if shapes != ((4,), (), 2, 3, 1) or kinds != {np.dtype(np.float32)} or (counts < 0).any():
            raise ValueError("columns with unexpected shapes or types")
        if not all(np.isfinite(column).all() for column in (*columns, crops)):
            raise ValueError("columns with values that are not finite")
        if any(len(column) != counts.sum() for column in columns) or len(crops) not in (0, len(counts)):
            raise ValueError("columns of different lengths")

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, index: int, /) -> Detections:
        start, end = self._ends[index - 1] if index else 0, self._ends[index]
        boxes, scores, probabilities = (column[start:end] for column in self._columns)
        return Detections(boxes, scores, probabilities, self._crops[index] if len(self._crops) else None)


def read_about(path: Path) -> dict[str, Any]:
    """Read only the description of a log, including `complete` and the number of `frames`.

    Raises:
        DetectionLogError: as `DetectionLog.load`.
    """
    with _opened(path) as file:
        return _about(file, path)


def _about(file: Any, path: Path) -> dict[str, Any]:
    about: dict[str, Any] = json.loads(str(file["about"]))
    if about.pop("version") != VERSION:
        raise DetectionLogError(f"{path} was written by another version of the player; remove it")
    if type(about["complete"]) is not bool or type(about["frames"]) is not int:
        raise TypeError("its description is incomplete")
    return about


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open the arrays of a file by name; any error becomes a DetectionLogError."""
    try:
        # Given a path, NumPy would leave a file without arrays open.
        with path.open("rb") as raw:
            _refuse_compressed(raw)
            with np.load(raw, allow_pickle=False) as file:
                yield file
    except OSError as error:
        raise DetectionLogError(f"{path} cannot be read: {clause_of(error)}") from error
    except DetectionLogError:
        raise
    except Exception as error:  # any error of NumPy, zipfile or JSON
        raise DetectionLogError(f"{path} is damaged; remove it") from error


def _refuse_compressed(raw: IO[bytes]) -> None:
    """Raise ValueError for compressed arrays, which may unpack to any size; `save` writes none."""
    with ZipFile(raw) as archive:
        if any(entry.file_size != entry.compress_size for entry in archive.infolist()):
            raise ValueError("it is compressed")
    raw.seek(0)


def _stacked(arrays: list[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    return np.stack(arrays) if arrays else np.zeros((0, 0, 0), np.float32)


def _joined(arrays: list[npt.NDArray[np.float32]], *shape: int) -> npt.NDArray[np.float32]:
    return np.concatenate(arrays) if arrays else np.zeros((0, *shape), np.float32)
