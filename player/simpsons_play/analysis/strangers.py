"""Strangers: heads that nobody knows, grouped by who they seem to be. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from simpsons_play.analysis.clustering import average_linkage
from simpsons_play.analysis.head_tracks import HeadTrack, Look
from simpsons_play.analysis.known_heads import KnownHeads
from simpsons_play.analysis.stranger_edits import StrangerEdits
from simpsons_play.cast.members import Embeddings
from simpsons_play.cast.taught_names import TaughtNames
from simpsons_play.timelines.appearances import joined
from simpsons_play.timelines.spans import Span, by_start

PREFIX = "unknown_"
"""Labels of strangers begin with this; their number follows."""

MIN_SIMILARITY = 0.25
"""Lowest mean cosine between the heads of two groups that are joined."""

MIN_SCORE, MIN_S, MIN_PX = 0.5, 0.3, 24
"""Mean objectness, time on screen in seconds, and longer side in pixels at the best look, of a head that can
be told from others."""

MAX_LISTED = 40
"""Number of strangers that people look through; in an episode, most of the others are passers-by."""

_MIN_ALONE_S = 1.0
"""A head that is seen once, and for less than this time, in seconds, is not listed."""


@dataclass(frozen=True, slots=True, eq=False)
class Stranger:
    """A group of tracks that seem to show one person.

    Attributes:
        label: `unknown_1` and so on; no two strangers have the same.
        tracks: in the order in which they begin.
        suggestion: label of the known character that it may be; None without one.
    """

    label: str
    tracks: tuple[HeadTrack, ...]
    suggestion: str | None = None

    @property
    def keys(self) -> frozenset[str]:
        """The keys of the tracks."""
        return frozenset(track.key for track in self.tracks)

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of the videos, if several were looked at together."""
        return tuple(dict.fromkeys(track.source for track in self.tracks))

    def within(self, source: str) -> Stranger:
        """The same stranger in one of several videos."""
        return replace(self, tracks=tuple(track for track in self.tracks if track.source == source))

    @property
    def spans(self) -> list[Span]:
        """One span for each track, in the order of their start times. Of one video: see `within`."""
        spans = [Span(self.label, track.side, track.start_s, track.end_s) for track in self.tracks]
        return sorted(spans, key=by_start)

    @property
    def appearances(self) -> list[Span]:
        """The stretches of time on screen, across cuts. Of one video: see `within`."""
        return joined(self.spans)

    @property
    def seconds(self) -> float:
        """Total time on screen, in seconds."""
        return sum(_covered(self.within(source).spans) for source in self.sources)

    @property
    def best_track(self) -> HeadTrack:
        """The track whose best look makes the best picture."""
        return max(self.tracks, key=lambda track: track.best.score)

    @property
    def all_looks(self) -> Embeddings:
        """(N, D) embeddings of all looks: the best one at each head first."""
        looks = [look for track in self.tracks for look in track.looks if look is not track.best]
        return np.stack([look.embedding for look in [*(track.best for track in self.tracks), *looks]])

    def examples(self, count: int) -> list[Look]:
        """The best looks, from as many tracks as possible.

        Args:
            count: how many at most.
        """
        ranked = [sorted(track.looks, key=lambda look: -look.score) for track in self.tracks]
        of_rank = [
            sorted((looks[rank] for looks in ranked if len(looks) > rank), key=lambda look: -look.score)
            for rank in range(max(map(len, ranked)))
        ]
        return [look for looks in of_rank for look in looks][:count]


def find_strangers(
    tracks: Iterable[HeadTrack],
    *,
    threshold: float,
    taught: TaughtNames | None = None,
    known: KnownHeads | None = None,
    edits: StrangerEdits | None = None,
) -> tuple[Stranger, ...]:
    """Group the heads that nobody knows.

    Args:
        tracks: all tracks so far.
        threshold: probability from which a name is shown, 0-1.
        taught: names heads by their embeddings; None for only the names of the model.
        known: heads of known characters; None makes no suggestions.
        edits: what the user has merged and split. A group keeps its number as long as most of its tracks
            stay together; new ones are numbered in their order.

    Returns:
        The strangers, longest time on screen first.
    """
    edits = edits or StrangerEdits()
    unknown = [track for track in tracks if is_unknown(track, threshold=threshold, taught=taught)]
    edited = frozenset().union(*edits.together)
    groups = [
        Stranger("", tuple(group))
        for group in grouped(unknown, edits=edits)
        if len(group) > 1 or group[0].key in edited or _length_s(group[0]) >= _MIN_ALONE_S
    ]
    groups.sort(key=lambda group: (-group.seconds, group.tracks[0].start_s))
    return tuple(
        Stranger(f"{PREFIX}{number}", group.tracks, None if known is None else known.suggest(group.tracks))
        for number, group in zip(_numbered(groups, edits.numbers), groups, strict=True)
    )


def numbers_of(strangers: Iterable[Stranger]) -> dict[str, int]:
    """The number of the stranger of each track, by the key of the track; see `StrangerEdits.numbers`."""
    return {
        track.key: int(stranger.label.removeprefix(PREFIX))
        for stranger in strangers
        for track in stranger.tracks
    }


def is_unknown(track: HeadTrack, *, threshold: float, taught: TaughtNames | None = None) -> bool:
    """Whether a track shows somebody who is seen well and has no name.

    Args:
        track: the track.
        threshold: probability from which a name is shown, 0-1.
        taught: names heads by their embeddings; None for only the names of the model.
    """
    if not track.looks or track.score < MIN_SCORE or _length_s(track) < MIN_S:
        return False
    box = track.best.box
    if max(box.width, box.height) < MIN_PX:
        return False
    probabilities = track.probabilities
    if taught is not None:
        likeness = taught.likeness(np.stack([look.embedding for look in track.looks]))
        probabilities = taught.name(probabilities, taught.of_looks(likeness))
    return float(probabilities.max(initial=0)) < threshold


def grouped(
    tracks: Sequence[HeadTrack],
    *,
    edits: StrangerEdits | None = None,
    min_similarity: float = MIN_SIMILARITY,
) -> list[list[HeadTrack]]:
    """Cluster tracks with looks; two heads that are seen at the same time are never in one group.

    Args:
        tracks: the tracks.
        edits: what the user has merged and split.
        min_similarity: see `MIN_SIMILARITY`.
    """
    if not tracks:
        return []
    edits = edits or StrangerEdits()
    index = {track.key: i for i, track in enumerate(tracks)}
    apart = [(i, index[key]) for i, track in enumerate(tracks) for key in track.beside if key in index]
    apart += [
        (index[first], index[second]) for first, second in edits.apart if {first, second} <= index.keys()
    ]
    clusters = average_linkage(
        np.stack([track.embedding for track in tracks]),
        min_similarity=min_similarity,
        together=[[index[key] for key in group if key in index] for group in edits.together],
        apart=apart,
    )
    found: list[list[HeadTrack]] = [[] for _ in range(int(clusters.max()) + 1)]
    for track, number in zip(tracks, clusters, strict=True):
        found[number].append(track)
    return found


def _numbered(groups: Sequence[Stranger], numbers: Mapping[str, int]) -> list[int]:
    """The number of each group: the one that most of its time had before, or a new one."""
    last, found = max(numbers.values(), default=0), list[int]()
    for group in groups:
        had = Counter[int]()
        for track in group.tracks:
            if (number := numbers.get(track.key)) is not None and number not in found:
                had[number] += 1 + round(1000 * _length_s(track))
        if not had:
            last += 1
        found.append(had.most_common(1)[0][0] if had else last)
    return found


def _length_s(track: HeadTrack) -> float:
    return track.end_s - track.start_s


def _covered(spans: Sequence[Span]) -> float:
    """The total time of spans that may overlap, in the order of their start times."""
    seconds, until_s = 0.0, -np.inf
    for span in spans:
        seconds += max(0.0, span.end_s - max(span.start_s, until_s))
        until_s = max(until_s, span.end_s)
    return seconds
