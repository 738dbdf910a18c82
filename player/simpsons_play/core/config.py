"""Settings and their defaults, for the library and the command line."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simpsons_play.core.frames import SourceInfo


_SAMPLED_HYSTERESIS = 0.2
"""Hysteresis if frames are sampled: with fewer detections, the mean of a wrong label varies more."""


@dataclass(frozen=True, slots=True)
class SmoothingConfig:
    """Smoothing of labels over time.

    Attributes:
        window_s: time constant of the running mean of probabilities, in seconds; 0 disables smoothing.
        hold_s: minimum time between two label changes within a shot, in seconds.
        hysteresis: how far above the threshold a label's probability must be for it to appear, as a share of
            the distance from the threshold to 1; 0-1. It prevents flicker at the threshold.
        ahead_s: lookahead, in seconds: how much of the following frames is used to label a frame; 0 labels
            frames as they arrive.
        gap_s: longest gap within a shot that a label bridges, in seconds; 0 if frames are labelled as they
            arrive.
        flash_s: a label that would appear and disappear within this time in the middle of a shot is not
            shown, in seconds; at most `gap_s`.
    """

    window_s: float = 0.5
    hold_s: float = 0.5
    hysteresis: float = 0.125
    ahead_s: float = 0.75
    gap_s: float = 0.4
    flash_s: float = 0.2

    def for_samples(self, sample_s: float) -> SmoothingConfig:
        """A copy for frames that are `sample_s` seconds apart."""
        hysteresis = max(self.hysteresis, _SAMPLED_HYSTERESIS)
        return replace(self, hysteresis=hysteresis, gap_s=self.gap_s + sample_s)

    def __post_init__(self) -> None:
        """Raise ValueError if a field is negative, or `flash_s` is larger than `gap_s`."""
        for name in ("window_s", "hold_s", "hysteresis", "ahead_s", "gap_s", "flash_s"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must be 0 or more, not {getattr(self, name)}")
        if self.flash_s > self.gap_s:
            raise ValueError(f"flash_s must be at most gap_s, {self.gap_s}, not {self.flash_s}")


@dataclass(frozen=True, slots=True)
class TrackingConfig:
    """Tracking of heads from frame to frame.

    Attributes:
        min_score: detections with a lower score are ignored; 0-1.
        min_overlap: minimum intersection over union for a detection to continue a track; 0-1.
        max_distance: a detection with the same best label also continues a track if its centre has moved by
            less than this many times the longer side of the head.
        coast_s: how long a track continues without a detection, in seconds; if frames are labelled as they
            arrive, it keeps its label for that time.
        appear_s: minimum time for which a head must be detected to be labelled, in seconds; does not apply
            to the first frame of a shot.
        box_s: time constant of the running mean of a box, in seconds, so that brackets do not jitter.
    """

    min_score: float = 0.3
    min_overlap: float = 0.3
    max_distance: float = 0.6
    coast_s: float = 0.4
    appear_s: float = 0.12
    box_s: float = 0.06


@dataclass(frozen=True, slots=True)
class CropConfig:
    """When the fallback classifier labels the whole frame, or a half of it, because no head is labelled.

    Heads identify characters best, but a head may be cut off, hidden or turned away while hair and clothes
    still identify the character. The clearly visible face of an unknown character contradicts a label.

    Attributes:
        every: of the pictures that the detector runs on, the classifier runs on the first one in a shot and
            on every `every`-th one after it.
        window_s: time constant of the running mean of probabilities, in seconds.
        full_hysteresis: hysteresis for the whole frame; see `SmoothingConfig.hysteresis`.
        half_hysteresis: hysteresis for a half of the frame.
        min_face_score: minimum score of a clearly visible face; 0-1.
        min_face_area: minimum area of a clearly visible face, as a share of the frame; 0-1.
        min_face_probability: a clearly visible face contradicts a label if the probability of that label is
            lower than this at the face; 0-1.
        confirm_above: a head with at least this probability, and at least the threshold, confirms its
            character for the crops that it lies in, for the rest of the shot and just before; 0-1.
        keep_above: the label of a confirmed character is shown while its smoothed probability in the crop is
            at least this; 0-1.
        max_probability: labels are never surer than this, so that a threshold above it leaves them out; 0-1.
            The classifier is not calibrated like the detector: nearly all of its labels have a probability
            above 0.99, which is more than any head gets, and a higher threshold that left out the name of a
            head would show it again with a higher probability.
    """

    every: int = 4
    window_s: float = 1.0
    full_hysteresis: float = 0.75
    half_hysteresis: float = 0.8
    min_face_score: float = 0.4
    min_face_area: float = 0.01
    min_face_probability: float = 0.3
    confirm_above: float = 0.85
    keep_above: float = 0.3
    max_probability: float = 0.95

    def __post_init__(self) -> None:
        """Raise ValueError if a field is out of range."""
        if self.every < 1:
            raise ValueError(f"every must be at least 1, not {self.every}")
        if not self.window_s >= 0:
            raise ValueError(f"window_s must be 0 or more, not {self.window_s}")
        for name in (
            "full_hysteresis",
            "half_hysteresis",
            "min_face_score",
            "min_face_area",
            "min_face_probability",
            "confirm_above",
            "keep_above",
            "max_probability",
        ):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be between 0 and 1, not {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class AnalysisConfig:
    """Options of the analysis.

    Attributes:
        threshold: below this probability no label is shown, 0-1; None uses the model's own.
        top: number of labels in each prediction.
        regions: a key of `crops.CROP_CHOICES`, or `crops.DETECT`; `auto` uses heads and the fallback
            classifier if the model has a detector, otherwise all crops.
        smoothing: smoothing of labels over time.
        tracking: tracking of heads.
        crops: when crops are labelled instead of heads.
        stills: whether frames are unrelated pictures and not a video; then nothing is smoothed or reused.
        sample_s: time between the frames of a shot that the model runs on, in seconds; captions are
            interpolated between them. 0 runs the model on every frame that has changed.
    """

    threshold: float | None = None
    top: int = 3
    regions: str = "auto"
    smoothing: SmoothingConfig = field(default_factory=SmoothingConfig)
    tracking: TrackingConfig = field(default_factory=TrackingConfig)
    crops: CropConfig = field(default_factory=CropConfig)
    stills: bool = False
    sample_s: float = 0.33

    def without_lookahead(self) -> AnalysisConfig:
        """A copy without lookahead or sampling, for frames that are labelled as they arrive."""
        smoothing = replace(self.smoothing, ahead_s=0.0, gap_s=0.0, flash_s=0.0)
        return replace(self, smoothing=smoothing, sample_s=0.0)

    def for_reference(self) -> AnalysisConfig:
        """A copy without sampling: the model runs on every frame that has changed."""
        return replace(self, sample_s=0.0)

    def for_source(self, info: SourceInfo) -> AnalysisConfig:
        """A copy adapted to a source: pictures and live frames are labelled as they arrive."""
        config = replace(self, stills=info.stills)
        return config.without_lookahead() if info.live or info.stills else config


@dataclass(frozen=True, slots=True)
class ReconnectConfig:
    """When to reconnect to a lost live stream.

    Cameras take ten to twenty seconds to restart. The end of a stream cannot be told from a lost connection:
    when a server is killed, the system closes its connections as if the stream had ended.

    Attributes:
        first_s: wait before the first attempt, in seconds.
        factor: factor by which the wait grows after each attempt.
        longest_s: longest wait, in seconds.
        give_up_s: time after the loss at which attempts end, in seconds.
    """

    first_s: float = 0.5
    factor: float = 2.0
    longest_s: float = 4.0
    give_up_s: float = 30.0
