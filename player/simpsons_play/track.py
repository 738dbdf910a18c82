"""What a network said of a whole video, frame by frame: kept, and followed again without the network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from simpsons_play.errors import TrackError
from simpsons_play.types import Places, Sighting

VERSION = 1
"""Of the format of files; others are not read."""


class Track:
    """The sightings of one video in their order. Grows while the video is analysed.

    Args:
        about: words and numbers that say whose track it is; kept in the file. Only what JSON can hold.
    """

    def __init__(self, about: dict[str, Any]) -> None:
        self.about = about
        self._sightings: list[Sighting] = []

    def append(self, sighting: Sighting) -> None:
        """Add the next frame."""
        self._sightings.append(sighting)

    def __len__(self) -> int:
        """How many frames there are."""
        return len(self._sightings)

    def __getitem__(self, index: int) -> Sighting:
        """What is known of a frame; raises IndexError."""
        return self._sightings[index]

    def save(self, path: Path) -> None:
        """Write it as one `.npz` file.

        Raises:
            OSError: it cannot be written.
        """
        looks: list[Places] = []
        look_of = []
        for sighting in self._sightings:
            # A frame that repeats what was shown before shares what was said of that.
            if not looks or sighting.places is not looks[-1]:
                looks.append(sighting.places)
            look_of.append(len(looks) - 1)
        labels = looks[0].probabilities.shape[1] if looks else 0
        with path.open("wb") as file:
            np.savez(
                file,
                about=np.array(json.dumps({"version": VERSION, **self.about})),
                index=np.array([s.index for s in self._sightings], np.int64),
                time_s=np.array([s.time_s for s in self._sightings], np.float64),
                size_px=np.array([s.size_px for s in self._sightings], np.int32).reshape(-1, 2),
                cut=np.array([s.cut for s in self._sightings], np.bool_),
                repeated=np.array([s.repeated for s in self._sightings], np.bool_),
                look=np.array(look_of, np.int64),
                places=np.array([len(p.scores) for p in looks], np.int64),
                boxes=_joined([p.boxes for p in looks], 4),
                scores=_joined([p.scores for p in looks]),
                probabilities=_joined([p.probabilities for p in looks], labels),
            )

    @classmethod
    def load(cls, path: Path) -> Track:
        """Read what `save` wrote.

        Raises:
            TrackError: it cannot be read, is damaged, or is of another version.
        """
        with _opened(path) as file:
            track = cls(_about(file, path))
            ends = np.cumsum(file["places"])[:-1]
            parts = (np.split(file[name], ends) for name in ("boxes", "scores", "probabilities"))
            looks = [Places(*part) for part in zip(*parts, strict=True)]
            columns = (
                file[name].tolist() for name in ("index", "time_s", "size_px", "cut", "repeated", "look")
            )
            for index, time_s, (width, height), cut, repeated, look in zip(*columns, strict=True):
                track.append(Sighting(index, time_s, (width, height), cut, repeated, looks[look]))
        return track


def read_about(path: Path) -> dict[str, Any]:
    """Whose track a file holds, without reading all of it.

    Raises:
        TrackError: as `Track.load`.
    """
    with _opened(path) as file:
        return _about(file, path)


def _about(file: Any, path: Path) -> dict[str, Any]:
    about: dict[str, Any] = json.loads(str(file["about"]))
    if about.pop("version") != VERSION:
        raise TrackError(f"{path} was written by another version; remove it")
    return about


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The arrays of a file by name; turns what goes wrong with it into a TrackError."""
    try:
        # Given a path, numpy leaves the file open where it holds no arrays.
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            yield file
    except OSError as error:
        raise TrackError(f"{path} cannot be read: {error.strerror or error}") from error
    except (LookupError, ValueError, TypeError, AttributeError, RuntimeError, EOFError, BadZipFile) as error:
        raise TrackError(f"{path} is damaged; remove it") from error


def _joined(arrays: list[npt.NDArray[np.float32]], *shape: int) -> npt.NDArray[np.float32]:
    return np.concatenate(arrays) if arrays else np.zeros((0, *shape), np.float32)
