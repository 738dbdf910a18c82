"""Proposals: who is where in a frame, by the included classifier and detector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from simpsons_play.core.config import TrackingConfig
from simpsons_play.core.crops import AUTO, CROPS, crop_around, crop_regions
from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Detections, Probabilities
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.inference.recognizers import CropRecognizer
from simpsons_training.labelling.config import ProposeConfig

_DEFAULTS = ProposeConfig()

_HEADLESS_DOUBT = 10.0
"""Factor for the classifier's doubt about a frame without heads. It is too sure of rooms and of people whom
it does not know: in 4.5 minutes of short clips of the show, it named nobody right in such frames."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A character that a frame probably shows.

    Attributes:
        character: label of the character.
        probability: how probable it is, 0-1.
        crop: name of the part of the frame to keep as a picture: `full`, `left` or `right`.
        box: this part, in pixels of the frame.
        head: the character's head, in pixels of the part; None if none was detected.
        doubt: 0-1: high if the probability is low, or if classifier and detector disagree.
    """

    character: str
    probability: float
    crop: str
    box: Box
    head: Box | None
    doubt: float


class Proposer:
    """Runs both networks on frames.

    Args:
        classifier: names the whole frame and its halves.
        detector: detects and names heads; it must have the same labels.
        min_probability: proposals with a lower probability are dropped; 0-1.
    """

    def __init__(
        self,
        classifier: Classifier,
        detector: Detector,
        *,
        min_probability: float = _DEFAULTS.min_probability,
    ) -> None:
        if classifier.card.labels != detector.card.labels:
            raise ValueError("classifier and detector have different labels")
        self._crops, self._detector = CropRecognizer(classifier, AUTO), detector
        self._labels, self._min_probability = classifier.card.labels, min_probability

    @property
    def labels(self) -> tuple[str, ...]:
        """The characters that can be proposed."""
        return self._labels

    def proposals(self, image: Image) -> list[Proposal]:
        """The proposals for a frame, see `proposals_from`.

        Args:
            image: (H, W, 3) uint8 BGR; one that is too narrow to be halved has no proposals.
        """
        if image.shape[1] < len(CROPS) - 1:
            return []
        return proposals_from(
            self._crops.classify(Frame(image, 0, Fraction())),
            self._detector.detect(image, min_score=TrackingConfig().min_score),
            self._labels,
            size_px=(image.shape[1], image.shape[0]),
            min_probability=self._min_probability,
        )


def proposals_from(
    crops: Probabilities,
    heads: Detections,
    labels: Sequence[str],
    *,
    size_px: tuple[int, int],
    min_probability: float = _DEFAULTS.min_probability,
) -> list[Proposal]:
    """Combine what both networks see of a frame, at most one proposal for each character.

    The detector names heads. Where none of a character's name is probable enough, the classifier may name a
    crop. It must not do so alone, because it sees clothes and rooms, too: its probability is averaged
    (geometric mean) with the detector's for the best head in the crop. In a frame without any head, its doubt
    counts ten times.

    Args:
        crops: (3, K) float32: the classifier's probabilities for the crops, in the order of `crops.CROPS`.
        heads: the detector's heads, in pixels of the frame.
        labels: the K labels.
        size_px: width and height of the frame.
        min_probability: proposals with a lower probability are dropped; 0-1.

    Returns:
        The proposals, the most probable first.
    """
    found: dict[str, Proposal] = {}
    boxes = [_inside(row, size_px) for row in heads.boxes]
    visible = [index for index, box in enumerate(boxes) if box is not None]
    for index in visible:
        label = int(heads.probabilities[index].argmax())
        proposal = _of_head(index, label, crops, heads, boxes, size_px=size_px, character=labels[label])
        _keep_best(found, proposal, min_probability)
    named = set(found)
    for number, region in enumerate(crop_regions(*size_px, CROPS)):
        label = int(crops[number].argmax())
        probability = float(crops[number, label])
        if labels[label] in named:
            continue
        inside = [index for index in visible if _is_in(boxes[index], region.name, size_px[0])]
        head = None
        if inside:
            best = max(inside, key=lambda index: float(heads.probabilities[index, label]))
            probability = (probability * float(heads.probabilities[best, label])) ** 0.5
            if (box := boxes[best]) is not None:
                head = _moved(box, region.box)
        elif visible or region.name != CROPS[0]:
            continue
        else:
            probability = max(0.0, 1 - _HEADLESS_DOUBT * (1 - probability))
        proposal = Proposal(labels[label], probability, region.name, region.box, head, 1 - probability)
        _keep_best(found, proposal, min_probability)
    return sorted(found.values(), key=lambda proposal: -proposal.probability)


def _of_head(
    index: int,
    label: int,
    crops: Probabilities,
    heads: Detections,
    boxes: Sequence[Box | None],
    *,
    size_px: tuple[int, int],
    character: str,
) -> Proposal | None:
    box = boxes[index]
    if box is None:
        return None
    others = [other for place, other in enumerate(boxes) if other is not None and place != index]
    region = crop_around(*size_px, head=box, others=others)
    probability = float(heads.probabilities[index, label])
    doubt = 1 - min(probability, float(crops[CROPS.index(region.name), label]))
    return Proposal(character, probability, region.name, region.box, _moved(box, region.box), doubt)


def _keep_best(found: dict[str, Proposal], proposal: Proposal | None, min_probability: float) -> None:
    if proposal is None or proposal.probability < min_probability:
        return
    known = found.get(proposal.character)
    if known is None or known.probability < proposal.probability:
        found[proposal.character] = proposal


def _inside(row: Sequence[float], size_px: tuple[int, int]) -> Box | None:
    """A detected box, in whole pixels of the frame; None if nothing of it is inside."""
    x_min, y_min, x_max, y_max = (round(float(side)) for side in row)
    width, height = size_px
    box = Box(max(0, x_min), max(0, y_min), min(width, x_max), min(height, y_max))
    return box if box.width > 0 and box.height > 0 else None


def _is_in(box: Box | None, crop: str, width: int) -> bool:
    """Whether the centre of a head is in a crop of a frame with this width."""
    return box is not None and (crop == CROPS[0] or (crop == CROPS[1]) == (box.x_min + box.x_max < width))


def _moved(box: Box, crop: Box) -> Box:
    """A box in pixels of the frame, in those of a crop; cut off at its edges."""
    return Box(
        max(0, box.x_min - crop.x_min),
        max(0, box.y_min - crop.y_min),
        min(crop.width, box.x_max - crop.x_min),
        min(crop.height, box.y_max - crop.y_min),
    )
