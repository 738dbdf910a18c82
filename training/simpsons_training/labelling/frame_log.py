"""The frames of a folder of pictures that were offered, so that none is offered twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simpsons_play.core.errors import DataError
from simpsons_play.core.foreign_files import guarded
from simpsons_training.duplicates import Fingerprint, has_near_duplicate, most_similar
from simpsons_training.labelling.lock import locked
from simpsons_training.labelling.table_file import TableFile

TABLE_NAME = "frames.csv"
MAX_SCENE_DIFFERENCE = 0.7
"""Maximum relative difference (see `duplicates.near_pairs`) of frames of an episode that share a scene: the
camera often returns to somebody. Of the 66,066 pairs of 364 frames of many episodes, none differ less."""

_COLUMNS = ("episode", "time_s", "scene", "shot_start_s", "fingerprint")


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of an episode at which a frame may be offered.

    Attributes:
        episode: Name of the episode.
        time_s: In seconds from its start.
    """

    episode: str
    time_s: float


@dataclass(frozen=True, slots=True)
class _Offered:
    """A frame that was offered: its moment in milliseconds, its scene, the start of its shot, its looks."""

    time_ms: int
    scene: str
    shot_start_s: float
    looks: Fingerprint


class FrameLog:
    """The table `frames.csv`: which moments were offered, or left out because there is nothing new to see.

    Several processes may use it at once: a frame is offered by the first that claims it.

    Args:
        folder: Folder of the pictures; created if it is missing.
        scenes: Another log of the same episodes, whose scenes keep their names.
    """

    def __init__(self, folder: Path, *, scenes: FrameLog | None = None) -> None:
        self._folder, self._scenes = folder, scenes
        self._table = TableFile(folder / TABLE_NAME, _COLUMNS)
        self._rows: Sequence[dict[str, str]] = ()
        self._seen = 0
        self._moments: set[tuple[str, int]] = set()
        self._offered: dict[str, list[_Offered]] = {}

    def has(self, moment: Moment) -> bool:
        """Whether a moment was offered or left out, here or by another process.

        Raises:
            DataError: The table cannot be read.
            SinkError: The folder cannot be written to.
        """
        if self._table.has_changed or self._seen < len(self._rows):  # by others, or here
            with locked(self._folder):
                self._refresh()
        return _key(moment) in self._moments

    def claim(self, moment: Moment, looks: Fingerprint, *, shot_start_s: float, new_scene: str) -> str | None:
        """Claim a frame to be offered, unless a near duplicate of it was.

        Args:
            moment: Where it is.
            looks: Fingerprint of the frame.
            shot_start_s: Start of its shot, or an earlier time since which there is no cut.
            new_scene: Name of its scene if no frame of its shot, or like it, was offered.

        Returns:
            The name of its scene; None if it was claimed before or is a near duplicate, which is noted.

        Raises:
            DataError: The table cannot be read.
            SinkError: It cannot be written.
        """
        if self._scenes is not None:  # before this folder is locked: the other log may wait for it
            new_scene = self._scenes.scene_of(moment, looks, shot_start_s=shot_start_s) or new_scene
        with locked(self._folder):
            self._refresh()
            if _key(moment) in self._moments:
                return None
            every = [frame.looks for frames in self._offered.values() for frame in frames]
            if has_near_duplicate(looks, every):
                self._append(moment)
                return None
            scene = self._known_scene(moment, looks, shot_start_s) or new_scene
            text = looks.to_text()
            self._append(moment, scene=scene, shot_start_s=f"{shot_start_s:.3f}", fingerprint=text)
            return scene

    def scene_of(self, moment: Moment, looks: Fingerprint, *, shot_start_s: float) -> str | None:
        """The scene of a frame if one of its shot, or like it, was offered; see `claim`.

        Raises:
            DataError: The table cannot be read.
            SinkError: The folder cannot be locked.
        """
        if not self._table.path.exists():
            return None
        with locked(self._folder):
            self._refresh()
        return self._known_scene(moment, looks, shot_start_s)

    def leave_out(self, moment: Moment) -> None:
        """Note that there is nothing to see at a moment, so that it is not read again."""
        with locked(self._folder):
            self._append(moment)

    def release(self, *moments: Moment) -> None:
        """Undo claims: the frames were not looked at, and may be offered again."""
        keys = {_key(moment) for moment in moments}
        with locked(self._folder):
            self._table.remove(lambda row: (row["episode"], _milliseconds(row["time_s"])) in keys)

    def _append(self, moment: Moment, **values: str) -> None:
        self._table.append({"episode": moment.episode, "time_s": f"{moment.time_s:.3f}", **values})

    def _known_scene(self, moment: Moment, looks: Fingerprint, shot_start_s: float) -> str | None:
        return self._scene_of_shot(moment, shot_start_s) or self._similar_scene(moment, looks)

    def _scene_of_shot(self, moment: Moment, shot_start_s: float) -> str | None:
        """The scene of a frame between which and this one there is no cut."""
        time_ms = _key(moment)[1]
        for frame in self._offered.get(moment.episode, ()):
            first = shot_start_s if frame.time_ms < time_ms else frame.shot_start_s
            if first * 1000 <= min(frame.time_ms, time_ms):
                return frame.scene
        return None

    def _similar_scene(self, moment: Moment, looks: Fingerprint) -> str | None:
        """The scene of the frame of the episode that resembles a frame most, if it does so much."""
        offered = self._offered.get(moment.episode)
        if not offered:
            return None
        index, difference = most_similar(looks, [frame.looks for frame in offered])
        return offered[index].scene if difference <= MAX_SCENE_DIFFERENCE else None

    def _refresh(self) -> None:
        """Read what has been added; read everything again if another process has changed the table."""
        rows = self._table.read()
        if rows is not self._rows:
            self._rows, self._seen = rows, 0
            self._moments.clear()
            self._offered.clear()
        with guarded(DataError, f"{self._table.path} cannot be read", "remove it"):
            for row in rows[self._seen :]:
                self._add(row)
        self._seen = len(rows)

    def _add(self, row: dict[str, str]) -> None:
        time_ms = _milliseconds(row["time_s"])
        self._moments.add((row["episode"], time_ms))
        if row["fingerprint"]:
            looks = Fingerprint.from_text(row["fingerprint"])
            frame = _Offered(time_ms, row["scene"], float(row["shot_start_s"]), looks)
            self._offered.setdefault(row["episode"], []).append(frame)


def _key(moment: Moment) -> tuple[str, int]:
    return moment.episode, round(moment.time_s * 1000)


def _milliseconds(text: str) -> int:
    return round(float(text) * 1000)
