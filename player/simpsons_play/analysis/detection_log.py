"""The detections in a whole video, which can be cached and postprocessed again without the model."""

from __future__ import annotations

import json
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import IO, Any
from zipfile import ZipFile

import numpy as np
import numpy.typing as npt

from simpsons_play.analysis.log_columns import ColumnRuns, LogColumns
from simpsons_play.core.errors import DetectionLogError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.results import Detections, FrameDetections

VERSION = 3
"""Version of the file format; files of other versions are discarded."""

_STORED_AS = {"run": "look", "counts": "places", "crops": "parts"}
"""Names of columns in the file, where they differ from those in `LogColumns`."""


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
        self._runs: Sequence[Detections] = []

    def append(self, detected: FrameDetections) -> None:
        """Add the next frame.

        Raises:
            TypeError: the log was loaded from a file.
            ValueError: the frame has crop probabilities and the others do not, or the reverse.
        """
        runs = self._growing_runs()
        detections = detected.detections
        has_crops = detections.crop_probabilities is not None
        if runs and has_crops != (runs[0].crop_probabilities is not None):
            raise ValueError("only some of the frames have crop probabilities")
        # A repeated picture shares the detections of the one that it repeats.
        if not runs or detections is not runs[-1]:
            runs.append(detections)
        self._index.append(detected.index)
        self._run.append(len(runs) - 1)
        self._times.append(detected.time_s)
        self._sizes.extend(detected.size_px)
        self._cuts.append(detected.cut)
        self._repeated.append(detected.repeated)
        self._sampled.append(detected.sampled)

    def extend(self, columns: LogColumns) -> None:
        """Add the next frames, and their runs of the model.

        Raises:
            TypeError: as `append`.
        """
        runs = self._growing_runs()
        self._index.frombytes(columns.index.tobytes())
        self._run.frombytes((columns.run + len(runs)).tobytes())
        self._sizes.frombytes(columns.size_px.tobytes())
        self._cuts += columns.cut.tobytes()
        self._repeated += columns.repeated.tobytes()
        self._sampled += columns.sampled.tobytes()
        runs.extend(ColumnRuns(columns))
        self._times.frombytes(columns.time_s.tobytes())  # at last: the length counts the times

    def columns(self, first_frame: int = 0, *, first_run: int = 0) -> LogColumns:
        """A copy of the frames from a position on, and of the runs from `first_run` on.

        Args:
            first_frame: position in the log.
            first_run: number of runs that the receiver has already; at most one of them is of these frames.
        """
        runs = [self._runs[i] for i in range(first_run, len(self._runs))]
        labels = runs[0].probabilities.shape[1] if runs else 0
        crops = [run.crop_probabilities for run in runs if run.crop_probabilities is not None]
        embedded, embeddings = _embeddings(runs)
        return LogColumns(
            index=np.array(self._index[first_frame:], np.int64),
            time_s=np.array(self._times[first_frame:], np.float64),
            size_px=np.array(self._sizes[2 * first_frame :], np.int32).reshape(-1, 2),
            cut=np.array(self._cuts[first_frame:], np.bool_),
            repeated=np.array(self._repeated[first_frame:], np.bool_),
            sampled=np.array(self._sampled[first_frame:], np.bool_),
            run=np.array(self._run[first_frame:], np.int64) - first_run,
            counts=np.array([len(run) for run in runs], np.int64),
            boxes=_joined([run.boxes for run in runs], 4),
            scores=_joined([run.scores for run in runs]),
            probabilities=_joined([run.probabilities for run in runs], labels),
            crops=np.stack(crops) if crops else np.zeros((0, 0, 0), np.float32),
            embedded=embedded,
            embeddings=embeddings,
        )

    @property
    def runs(self) -> int:
        """The number of runs of the model."""
        return len(self._runs)

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
        length = len(self)  # the cuts of frames that are being added may be there already
        end = self._cuts.find(1, index + 1, length)
        return max(0, self._cuts.rfind(1, 0, index + 1)), length if end < 0 else end

    def sampled(self, start: int, end: int) -> Iterator[int]:
        """The positions of the sampled frames, from one position to another."""
        return (position for position in range(start, end) if self._sampled[position])

    def embeddings(self) -> Iterator[tuple[int, npt.NDArray[np.float16]]]:
        """The first frame of each run with embeddings, by its position, and these: (E, D), without zeros."""
        seen = -1
        for position, run in enumerate(self._run):
            if run > seen:
                seen = run
                embeddings = self._runs[run].embeddings
                if embeddings is not None:
                    yield position, embeddings[embeddings.any(axis=1)]

    def until(self, end: int) -> DetectionLog:
        """A copy of the first `end` frames that can grow."""
        log = DetectionLog(dict(self.about))
        log._index, log._run = self._index[:end], self._run[:end]
        log._times, log._sizes = self._times[:end], self._sizes[: 2 * end]
        log._cuts, log._repeated = self._cuts[:end], self._repeated[:end]
        log._sampled = self._sampled[:end]
        log._runs = [self._runs[i] for i in range(log._run[-1] + 1 if end else 0)]
        return log

    def part(self, start: int, end: int) -> DetectionLog:
        """The frames from one position to another, numbered from 0; cannot grow."""
        log = DetectionLog(dict(self.about))
        log._index = array("q", range(max(0, end - start)))
        log._run, log._times = self._run[start:end], self._times[start:end]
        log._sizes = self._sizes[2 * start : 2 * end]
        log._cuts, log._repeated = self._cuts[start:end], self._repeated[start:end]
        log._sampled, log._runs = self._sampled[start:end], tuple(self._runs)
        return log

    def save(self, path: Path) -> None:
        """Write the log as one `.npz` file.

        Raises:
            OSError: it cannot be written.
        """
        about = {"version": VERSION, "complete": self.complete, "frames": len(self), **self.about}
        columns = self.columns()
        arrays = {
            _STORED_AS.get(field.name, field.name): getattr(columns, field.name) for field in fields(columns)
        }
        with path.open("wb") as file:
            np.savez(file, about=np.array(json.dumps(about)), **arrays)

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
            columns = LogColumns(
                **{field.name: file[_STORED_AS.get(field.name, field.name)] for field in fields(LogColumns)}
            )
            columns.check()
            log.extend(columns)
            log._runs = ColumnRuns(columns)
        return log

    def _growing_runs(self) -> list[Detections]:
        if not isinstance(self._runs, list):
            raise TypeError("a log that was loaded from a file is read-only; use until()")
        return self._runs


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


def _embeddings(runs: Sequence[Detections]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float16]]:
    """Which detections of all runs have an embedding, (E,), and these embeddings, (E, D)."""
    places, rows, first = [], [], 0
    for run in runs:
        if run.embeddings is not None:
            embedded = np.flatnonzero(run.embeddings.any(axis=1))
            places.append(embedded + first)
            rows.append(run.embeddings[embedded])
        first += len(run)
    if not places:
        return np.zeros(0, np.int64), np.zeros((0, 0), np.float16)
    return np.concatenate(places), np.concatenate(rows)


def _joined(arrays: list[npt.NDArray[np.float32]], *shape: int) -> npt.NDArray[np.float32]:
    return np.concatenate(arrays) if arrays else np.zeros((0, *shape), np.float32)
