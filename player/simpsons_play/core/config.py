"""Settings and their defaults, for the library and the command line."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from simpsons_play.core.escaping import file_name, masked

if TYPE_CHECKING:
    from simpsons_play.core.frames import SourceInfo


@dataclass(frozen=True, slots=True)
class SmoothingConfig:
    """How labels are smoothed over time.

    Attributes:
        window_s: time constant of the running mean of probabilities, in seconds; 0 takes each frame alone.
        hold_s: shortest time between two changes of the label within a shot, in seconds.
        hysteresis: how much surer a label must be to appear than to stay, as a share of the way from the
            threshold to 1, so that it does not flicker at the threshold; 0-1.
        ahead_s: how much of what follows a frame is taken into account when it is labelled, in seconds; 0
            where frames are shown as they arrive.
        gap_s: a label that is missing for less than this within a shot stays, in seconds; 0 where frames are
            shown as they arrive.
        flash_s: a label that would appear and disappear within this time in the middle of a shot is not
            shown, in seconds; at most `gap_s`.
    """

    window_s: float = 0.5
    hold_s: float = 0.5
    hysteresis: float = 0.125
    ahead_s: float = 0.75
    gap_s: float = 0.4
    flash_s: float = 0.2

    def __post_init__(self) -> None:
        """Raise ValueError where a field is negative, or a flash is longer than a gap."""
        for name in ("window_s", "hold_s", "hysteresis", "ahead_s", "gap_s", "flash_s"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must be 0 or more, not {getattr(self, name)}")
        if self.flash_s > self.gap_s:
            raise ValueError(f"flash_s must be at most gap_s, {self.gap_s}, not {self.flash_s}")


@dataclass(frozen=True, slots=True)
class TrackingConfig:
    """How heads are tracked from frame to frame.

    Attributes:
        min_score: detections with a lower score are ignored; 0-1.
        min_overlap: intersection over union from which on a detection continues a track; 0-1.
        max_distance: a detection with the same best label also continues a track if its centre has moved by
            less than this many times the longer side of the head.
        coast_s: how long a track goes on without a detection, in seconds; where frames are shown as they
            arrive, it keeps its label as long.
        appear_s: a head that appears within a shot is labelled after this time, in seconds; at a cut at once.
        box_s: time constant of the running mean of a box, in seconds, so that brackets do not tremble.
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

    A head tells best who somebody is, but it may be cut off, hidden or turned away while hair and clothes
    still tell. The clearly visible face of an unknown character speaks against a label.

    Attributes:
        every: the classifier runs on the first picture of a shot that the detector runs on, and then on every
            so many of them.
        window_s: time constant of the running mean of probabilities, in seconds.
        full_hysteresis: for the whole frame, how much surer a label must be to appear than to stay, as a
            share of the way from the threshold to 1.
        half_hysteresis: the same for a half.
        min_face_score: score from which on a detection counts as a clearly visible face; 0-1.
        min_face_area: and the share of the frame's area from which on it does; 0-1.
        min_face_probability: such a face is an unknown character's where the label in question has a lower
            probability there; 0-1.
        confirm_above: a head that has this probability, and at least the threshold, confirms its character
            for the crops that it lies in, for the rest of the shot and just before; 0-1.
        keep_above: the label of a confirmed character is shown while the crop gives it at least this smoothed
            probability; 0-1.
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

    def __post_init__(self) -> None:
        """Raise ValueError where a field is out of range."""
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
        ):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be between 0 and 1, not {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class AnalysisConfig:
    """How frames are analysed.

    Attributes:
        threshold: below this probability no label is shown; None takes the model's own; 0-1.
        top: how many of the best labels each prediction lists.
        regions: a key of `crops.CROP_CHOICES`, or `crops.DETECT`; `auto` takes all that the model was trained
            for, with the fallback classifier beside a detector.
        smoothing: how labels are smoothed over time.
        tracking: how heads are tracked.
        crops: when crops are labelled where no head is.
        stills: frames are unrelated pictures, not a video: nothing is smoothed or reused.
    """

    threshold: float | None = None
    top: int = 3
    regions: str = "auto"
    smoothing: SmoothingConfig = field(default_factory=SmoothingConfig)
    tracking: TrackingConfig = field(default_factory=TrackingConfig)
    crops: CropConfig = field(default_factory=CropConfig)
    stills: bool = False

    def without_lookahead(self) -> AnalysisConfig:
        """The same for frames that are labelled as they arrive."""
        return replace(self, smoothing=replace(self.smoothing, ahead_s=0.0, gap_s=0.0, flash_s=0.0))

    def for_source(self, info: SourceInfo) -> AnalysisConfig:
        """The same for the frames of a source: pictures and live frames are labelled as they arrive."""
        config = replace(self, stills=info.stills)
        return config.without_lookahead() if info.live or info.stills else config


@dataclass(frozen=True, slots=True)
class ReconnectConfig:
    """How a lost live stream is reconnected to, in seconds.

    Cameras that restart take ten to twenty seconds. The end of a stream cannot be told from a lost
    connection: when a server is killed, the system closes its connections as if the stream had ended.

    Attributes:
        first_s: wait before the first attempt.
        factor: by which each further wait is longer.
        longest_s: longest wait.
        give_up_s: time after the loss from which on no attempt is made any more.
    """

    first_s: float = 0.5
    factor: float = 2.0
    longest_s: float = 4.0
    give_up_s: float = 30.0


NAME = "{name}"
"""Placeholder for the name of the source in the names of outputs."""


@dataclass(frozen=True, slots=True)
class PlayRequest:
    """One source to play, and how: the options of `simpsons play`.

    Attributes:
        source: see `sources.open_source`.
        model: an .onnx file; None takes the shipped one.
        provider: `auto`, or a key of `providers.PROVIDERS`.
        config: how frames are analysed.
        listed: how many of the most probable labels are drawn and printed; 1 draws only captions.
        start_s: where to begin, in seconds from the start of the source.
        duration_s: how much to play from there, in seconds; None plays to the end.
        output: the annotated video, or picture.
        encoder: of that video: `auto`, `software` or `hardware`.
        hide_below: names that are less probable are not drawn; 0-1.
        predictions: files for the predictions, CSV or JSON Lines by their suffix.
        subtitles: files for the subtitles.
        report: folder for the report.
        close_at_end: close the window when the source ends.
        corrections: folder in which the window saves pictures with a corrected name.
        cached: use cached detections, and cache new ones.
        fps: frames per second of pictures that are the frames of a video; None for unrelated pictures.
        deinterlace: `auto` deinterlaces frames that are flagged as interlaced, `off` none.
        loops: how often to play it; 0 plays until stopped.
        quiet: print only warnings and errors.
        as_json: print the summary as one line of JSON.
    """

    source: str
    model: Path | None = None
    provider: str = "auto"
    config: AnalysisConfig = field(default_factory=AnalysisConfig)
    listed: int = 1
    start_s: float = 0.0
    duration_s: float | None = None
    output: Path | None = None
    encoder: str = "auto"
    hide_below: float = 0.0
    predictions: tuple[Path, ...] = ()
    subtitles: tuple[Path, ...] = ()
    report: Path | None = None
    close_at_end: bool = False
    corrections: Path = Path("corrections")
    cached: bool = True
    fps: Fraction | None = None
    deinterlace: str = "auto"
    loops: int = 1
    quiet: bool = False
    as_json: bool = False

    @property
    def deinterlaces(self) -> bool:
        """Whether interlaced frames are deinterlaced."""
        return self.deinterlace != "off"

    @property
    def uses_cache(self) -> bool:
        """Whether detections are cached: only those of frames decoded in the usual way."""
        return self.cached and self.deinterlaces

    @property
    def caches_whole(self) -> bool:
        """Whether they are cached by a run without a window: only those of a whole video, played once.

        Those of a part differ, as its first frame begins a shot. Whoever plays a video again and again wants
        to see the model at work.
        """
        part = bool(self.start_s) or self.duration_s is not None
        return self.uses_cache and self.loops == 1 and not part

    @property
    def outputs(self) -> tuple[Path, ...]:
        """All files and folders to be written."""
        named = (self.output, *self.predictions, self.report, *self.subtitles)
        return tuple(path for path in named if path is not None)

    def of(self, source: str) -> PlayRequest:
        """The same request for another source, whose name replaces `{name}` in the outputs."""

        def named(path: Path) -> Path:
            return Path(str(path).replace(NAME, name_of(source)))

        return replace(
            self,
            source=source,
            output=self.output and named(self.output),
            predictions=tuple(named(path) for path in self.predictions),
            subtitles=tuple(named(path) for path in self.subtitles),
            report=self.report and named(self.report),
        )


def name_of(source: str) -> str:
    """The name of a source in the names of outputs: `episode` for `films/episode.avi`."""
    if source == "-":
        return "standard-input"
    if source.isascii() and source.isdigit():
        return f"camera-{source}"
    if "://" not in source:
        is_relative = Path(source).name in ("", "..")  # `.` has no name
        return file_name(Path(source).resolve().name if is_relative else Path(source).stem)
    try:
        address = urlsplit(masked(source))
    except ValueError:  # an invalid IPv6 address
        return "stream"
    return file_name(Path(address.path).stem, fallback=file_name(address.hostname or "", fallback="stream"))
