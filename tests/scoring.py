"""What the player's captions are worth, held against a table of who is in which shot."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EDGE_S = 0.2
"""So near to a change of shot nothing is held against anybody."""

LONG_S = 3.0
"""Whose time on screen is shorter is left out of its error: a frame would weigh too much."""

Shots = dict[tuple[float, float], dict[str, str]]
"""Start and end of a shot in seconds -> `full`, `left` or `right` -> who is there; empty for nobody known."""


@dataclass
class Score:
    """Counts over the shots of one or several videos.

    Attributes:
        asked: frames of shots of one person, of each half of shots of two, of nobody: `single`, `half`,
            `sides`, `nobody`; those near a change of shot left out.
        right: of those, frames with exactly the one name, that name wherever it stands (`half`), exactly that
            name in its half (`sides`), no name.
        changes: how often other people were named than in the frame before.
        true_changes: how many shots followed another.
        errors: by how much of the truth each person's time on screen is off, for those who are long enough on
            screen in a video.
    """

    asked: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    changes: int = 0
    true_changes: int = 0
    errors: list[tuple[str, float]] = field(default_factory=list)

    def share(self, what: str) -> float:
        """Right ones of all that were asked; 0-1."""
        return self.right[what] / self.asked[what] if self.asked[what] else float("nan")

    @property
    def changes_per_true_one(self) -> float:
        """1 where captions change with the shots and else never."""
        return self.changes / max(1, self.true_changes)

    def add(self, predictions: Path, truth: Path) -> None:
        """Count one video in.

        Args:
            predictions: what `--predictions` wrote, JSON Lines.
            truth: a table with `start_s`, `end_s`, `where` and `character`.
        """
        with predictions.open(encoding="utf-8") as file:
            frames = [line for line in map(json.loads, file) if line["type"] == "frame"]
        shots = read_shots(truth)
        self.true_changes += len(shots) - 1
        frame_s = (frames[-1]["time_s"] - frames[0]["time_s"]) / max(1, len(frames) - 1)
        shown: Counter[str] = Counter()
        there: Counter[str] = Counter()
        before: set[str] | None = None
        for frame in frames:
            names = {caption["label"] for caption in frame["captions"]}
            self.changes += before is not None and names != before
            before = names
            inside = [
                (bounds, who) for bounds, who in shots.items() if bounds[0] <= frame["time_s"] < bounds[1]
            ]
            for (start_s, end_s), who in inside:
                shown.update(names)
                there.update(set(who.values()) - {""})
                if start_s + EDGE_S <= frame["time_s"] <= end_s - EDGE_S:
                    self._count(who, names, frame["captions"])
        self.errors += [
            (name, shown[name] / there[name] - 1) for name in sorted(there) if there[name] * frame_s > LONG_S
        ]

    def _count(self, who: dict[str, str], names: set[str], captions: Iterable[dict[str, Any]]) -> None:
        if "full" in who:
            what = "single" if who["full"] else "nobody"
            self.asked[what] += 1
            self.right[what] += names == ({who["full"]} if who["full"] else set())
            return
        for side, name in who.items():
            here = {caption["label"] for caption in captions if side in caption["region"]}
            self.asked.update(("half", "sides"))
            self.right["half"] += name in names
            self.right["sides"] += here == {name}


def read_shots(truth: Path) -> Shots:
    """The shots of a table in their order."""
    shots: Shots = {}
    with truth.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            bounds = float(row["start_s"]), float(row["end_s"])
            shots.setdefault(bounds, {})[row["where"]] = row["character"]
    return shots
