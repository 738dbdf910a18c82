"""Who is there where no head says it: by what a classifier says of the whole frame and its halves.

Pure but for the memory of what was said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.crops import PARTS
from simpsons_play.tracking.head_tracker import FollowedHead
from simpsons_play.tracking.moment import Moment, Named
from simpsons_play.tracking.smoother import Smoother

_WHOLE, _LEFT, _RIGHT = PARTS


@dataclass(frozen=True, slots=True)
class PartName:
    """A name for a part of the frame.

    Attributes:
        part: one of `regions.PARTS`.
        head: number of a followed head in it that may well be the one, although it does not say so for sure.
        named: index of the name, and its smoothed probability.
    """

    part: str
    head: int | None
    named: Named


class PartNames:
    """Names parts of the frames of one shot, moment after moment.

    Where no head is named, the whole frame may say who is there, and either half, if both name somebody and
    not the same. Where one head is named that lies in a half by itself, the other half may say who is beside.
    Who was plainly seen by a head is believed to be there as long as the part still looks like it, with the
    probability that the head gave.

    Args:
        threshold: below this smoothed probability nobody is named; 0-1.
        config: when a part is believed.
    """

    def __init__(self, threshold: float, config: AnalysisConfig) -> None:
        self._config = config.parts
        self._vouch = max(config.parts.vouch, threshold)
        self._vouched: dict[str, dict[int, float]] = {part: {} for part in PARTS}
        self._heard_s = -inf
        whole = replace(config.smoothing, window_s=config.parts.window_s, margin=config.parts.whole_margin)
        half = replace(whole, margin=config.parts.half_margin)
        self._smoothers = {part: Smoother(threshold, whole if part == _WHOLE else half) for part in PARTS}

    def step(
        self, moment: Moment, later: Sequence[Moment], heads: Mapping[int, Named], *, begins: bool
    ) -> list[PartName]:
        """Name the parts of the next moment.

        Args:
            moment: the next one.
            later: moments of the same shot that follow it, as far as they are known.
            heads: number of a followed head -> its name; without those whom nobody knows.
            begins: a shot begins with it.
        """
        rows = moment.sighting.places.parts
        if rows is None:
            return []
        to_come = [
            (then.sighting.time_s, then.sighting.places.parts)
            for then in later
            if then.sighting.places.parts is not None
        ]
        self._hear((moment, *later))
        said: dict[str, Named] = {}
        for i, (part, smoother) in enumerate(self._smoothers.items()):
            of_part = [(time_s, then[i]) for time_s, then in to_come]
            vouched = self._vouched[part]
            enough = dict.fromkeys(vouched, self._config.stay)
            named = smoother.step(moment.sighting.time_s, rows[i], cut=begins, later=of_part, enough=enough)
            if named is not None:
                index, probability = named
                said[part] = index, max(probability, vouched.get(index, 0.0))
        known = {index for index, _ in heads.values()}
        return [
            PartName(part, self._head(moment, part, said[part][0], heads), said[part])
            for part in _open(moment, heads, said)
            if said[part][0] not in known and not self._belied(moment, part, said[part][0], heads)
        ]

    def _hear(self, moments: Sequence[Moment]) -> None:
        """Remember who was plainly seen by a head, and where, in those moments that are new."""
        for moment in moments:
            sighting = moment.sighting
            if sighting.time_s <= self._heard_s:
                continue
            self._heard_s = sighting.time_s
            for head in moment.heads:
                if head.seen is None:
                    continue
                row = sighting.places.probabilities[head.seen]
                index = int(row.argmax())
                if row[index] < self._vouch:
                    continue
                for part, vouched in self._vouched.items():
                    if _is_in(part, head, sighting.size_px[0]):
                        vouched[index] = max(vouched.get(index, 0.0), float(row[index]))

    def _belied(self, moment: Moment, part: str, index: int, named: Collection[int]) -> bool:
        """Whether a stranger's face in a part speaks against a name."""
        places, (width, height) = moment.sighting.places, moment.sighting.size_px
        config = self._config
        for head in moment.unnamed(named):
            if head.seen is None or not _is_in(part, head, width):
                continue
            left, top, right, bottom = places.boxes[head.seen]
            large = (right - left) * (bottom - top) >= config.face_area * width * height
            plain = places.scores[head.seen] >= config.face_score
            if plain and large and places.probabilities[head.seen][index] < config.doubt:
                return True
        return False

    def _head(self, moment: Moment, part: str, index: int, named: Collection[int]) -> int | None:
        """The unnamed head in a part that is taken most for somebody; None where none may be."""
        probabilities, width = moment.sighting.places.probabilities, moment.sighting.size_px[0]
        sure = {
            head.number: float(probabilities[head.seen][index])
            for head in moment.unnamed(named)
            if head.seen is not None and _is_in(part, head, width)
        }
        best = max(sure, key=lambda number: sure[number], default=None)
        return best if best is not None and sure[best] >= self._config.doubt else None


def _open(moment: Moment, heads: Mapping[int, Named], said: Mapping[str, Named]) -> list[str]:
    """The parts that may say who is there, of those that say somebody."""
    if not heads:
        left, right = said.get(_LEFT), said.get(_RIGHT)
        if left is not None and right is not None and left[0] != right[0]:
            return [_LEFT, _RIGHT]
        if _WHOLE not in said:
            return []
        agree = [part for part in (_LEFT, _RIGHT) if part in said and said[part][0] == said[_WHOLE][0]]
        return agree if len(agree) == 1 else [_WHOLE]
    if len(heads) > 1:
        return []
    (box,) = (head.box for head in moment.heads if head.number in heads)
    middle = moment.sighting.size_px[0] / 2
    beside = _RIGHT if box[2] <= middle else _LEFT if box[0] >= middle else None
    return [beside] if beside is not None and beside in said else []


def _is_in(part: str, head: FollowedHead, width: int) -> bool:
    """Whether the middle of a head is in a part of a frame this wide."""
    return part == _WHOLE or (part == _LEFT) == bool(head.box[0] + head.box[2] < width)
