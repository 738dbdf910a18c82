"""Frame -> what is known of it: cuts, repeats, network and smoothing in their order."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import cv2

from simpsons_play.analysis.detection_log import Track
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.crops import AUTO, DETECT, REGION_CHOICES
from simpsons_play.core.errors import TrackError
from simpsons_play.core.timing import StageTimes
from simpsons_play.core.types import Analysis, Frame, Image, Places, Sighting
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.inference.recognizers import HeadLooker, Looker, RegionLooker
from simpsons_play.inference.shot_boundaries import CutDetector
from simpsons_play.tracking import postprocess as followers
from simpsons_play.tracking.postprocess import Follower, make_follower

REPEAT_DIFFERENCE = 3
"""Pictures as the network sees them that differ nowhere by more than so many steps of 255 count as one: what
is drawn on twos and compressed comes again within that."""

_SAME_S = 1e-6
_OTHER = "what is kept of this video does not fit it any more; run it once with --no-cache"


class Analyser:
    """Analyses the frames of one source in their order. Not for several threads at once."""

    def __init__(
        self, network: Classifier | Detector, config: AnalysisConfig, *, times: StageTimes | None = None
    ) -> None:
        """Get ready.

        Args:
            network: that looks at the frames.
            config: how to look.
            times: told how long each stage takes; None keeps no times.

        Raises:
            ValueError: the threshold or `top` cannot be, or `regions` cannot be with this network.
        """
        self.threshold = network.card.threshold if config.threshold is None else config.threshold
        if not 0 <= self.threshold <= 1:
            raise ValueError(f"a threshold lies between 0 and 1, not at {self.threshold}")
        if config.top < 1:
            raise ValueError(f"top must be at least 1, not {config.top}")
        self.regions = _regions(network, config)
        self._stills, self._times = config.stills, times
        self._track: Track | None = None
        self._looker: Looker = (
            HeadLooker(network, config)
            if isinstance(network, Detector)
            else RegionLooker(network, self.regions)
        )
        self._labels, self._config = network.card.labels, config
        self.follower = self.make_follower(self.threshold)
        self._cuts = CutDetector()
        self._glance: Image | None = None
        self._places: Places | None = None

    def set_threshold(self, threshold: float) -> None:
        """Name nobody below another probability from now on; names are followed anew."""
        self.threshold = threshold
        self.follower = self.make_follower(threshold)

    def make_follower(self, threshold: float) -> Follower:
        """A fresh follower of what this network says."""
        return make_follower(self._labels, self._config, regions=self.regions, threshold=threshold)

    def made_by(self, threshold: float) -> str:
        """What captions depend on beside what this network says, in words."""
        config = self._config
        how = (config.smoothing, config.tracking, config.parts)
        return f"{followers.VERSION} {self.regions} {threshold!r} {how}"

    def fill(self, track: Track) -> None:
        """Append what the network says of each frame from now on to a track."""
        self._track = track

    def reset(self) -> None:
        """Forget what came before, as after a seek."""
        self._glance = self._places = None
        self._cuts.reset()
        self.follower.reset()

    def step(self, frame: Frame) -> tuple[Analysis, ...]:
        """Look at the next frame, and give what is settled now: see `Follower.step`."""
        return self.name(self.look(frame))

    def finish(self) -> tuple[Analysis, ...]:
        """Nothing follows: give all that is left."""
        return self.follower.finish()

    def look(self, frame: Frame) -> Sighting:
        """Only ask the network of the next frame."""
        with _measured(self._times, "prepare"):
            glance = self._looker.glance(frame.image)
            cut = self._cuts.step(glance) or self._stills
            repeated = not cut and self._repeats(glance)
        if self._places is None or not repeated:
            with _measured(self._times, "classify"):
                self._places = self._looker.look(frame.image, glance, cut=cut or self._places is None)
            self._glance = glance
        height, width = frame.image.shape[:2]
        sighting = Sighting(frame.index, frame.time_s, (width, height), cut, repeated, self._places)
        if self._track is not None:
            self._track.append(sighting)
        return sighting

    def name(self, sighting: Sighting) -> tuple[Analysis, ...]:
        """Only follow what was said of the next frame, and give what is settled now."""
        with _measured(self._times, "smooth"):
            return self.follower.step(sighting)

    def _repeats(self, glance: Image) -> bool:
        # Against what the network last saw, not the frame before: slow changes must not add up unseen.
        return self._glance is not None and cv2.norm(glance, self._glance, cv2.NORM_INF) <= REPEAT_DIFFERENCE


class Replay:
    """Analyses the frames of a source again from what a network said of them before."""

    def __init__(self, track: Track, follower: Follower, *, times: StageTimes | None = None) -> None:
        """Get ready.

        Args:
            track: of the same source.
            follower: fresh, or reset.
            times: told how long each stage takes; None keeps no times.
        """
        self._track, self._follower, self._times = track, follower, times

    def step(self, frame: Frame) -> tuple[Analysis, ...]:
        """Look the next frame up, and give what is settled now: see `Follower.step`.

        Raises:
            TrackError: the track is of another source.
        """
        with _measured(self._times, "smooth"):
            try:
                sighting = self._track[frame.index]
            except IndexError:
                raise TrackError(_OTHER) from None
            if abs(sighting.time_s - frame.time_s) > _SAME_S:
                raise TrackError(_OTHER)
            return self._follower.step(sighting)

    def finish(self) -> tuple[Analysis, ...]:
        """Nothing follows: give all that is left."""
        return self._follower.finish()


def _measured(times: StageTimes | None, stage: str) -> AbstractContextManager[None]:
    return nullcontext() if times is None else times.measure(stage)


def _regions(network: Classifier | Detector, config: AnalysisConfig) -> str:
    allowed = (DETECT,) if network.card.detects else tuple(REGION_CHOICES)
    if config.regions not in (AUTO, *allowed):
        raise ValueError(f"regions must be one of {', '.join((AUTO, *allowed))}, not {config.regions!r}")
    if network.card.detects:
        return DETECT
    # A picture was taken of somebody; what a half of it shows is left to those who ask.
    return "full" if config.stills and config.regions == AUTO else config.regions
