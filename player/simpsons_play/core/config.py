"""What a user may set, with its defaults: the one home of both, for library and command line."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from urllib.parse import urlsplit

from simpsons_play.core.escaping import file_name, masked


@dataclass(frozen=True, slots=True)
class SmoothingConfig:
    """How steady captions are.

    Attributes:
        window_s: time constant of the running mean of probabilities, in seconds; 0 takes each frame alone.
        hold_s: within a shot, a name appears at the earliest so many seconds after the one before it
            appeared.
        margin: a name appears only when its probability has come so much of the way from the threshold to 1,
            and stays while it is above the threshold itself, so that it does not blink at the brink; 0-1.
        ahead_s: how much of what follows a frame is known when it is named, in seconds; 0 where frames are
            shown as they come.
        gap_s: a name that is gone for less than so many seconds within a shot stays; 0 where frames are shown
            as they come.
        flash_s: a name that would come and go within so many seconds in the midst of a shot is not shown; at
            most `gap_s`.
    """

    window_s: float = 0.5
    hold_s: float = 0.5
    margin: float = 0.125
    ahead_s: float = 0.75
    gap_s: float = 0.4
    flash_s: float = 0.2

    def __post_init__(self) -> None:
        """Raise ValueError where a field is negative, or a flash is longer than a gap."""
        for name in ("window_s", "hold_s", "margin", "ahead_s", "gap_s", "flash_s"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must be 0 or more, not {getattr(self, name)}")
        if self.flash_s > self.gap_s:
            raise ValueError(f"flash_s must be at most gap_s, {self.gap_s}, not {self.flash_s}")


@dataclass(frozen=True, slots=True)
class TrackingConfig:
    """How heads are followed from frame to frame.

    Attributes:
        least: heads that the detector is less sure of are passed over; 0-1.
        overlap: a head is taken for one of the frame before from this intersection over union on; 0-1.
        reach: or, where its best name is the same, when its centre has moved by less than so many times the
            head's longer side.
        coast_s: a head that is no longer found is looked for where it was for so long, in seconds; nobody
            knows yet whether it comes back where frames are shown as they come, and its name stays.
        appear_s: a head that comes up within a shot is named after so long, in seconds; at a cut at once.
        box_s: time constant of the running mean of a box, in seconds, so that brackets do not tremble.
    """

    least: float = 0.3
    overlap: float = 0.3
    reach: float = 0.6
    coast_s: float = 0.4
    appear_s: float = 0.12
    box_s: float = 0.06


@dataclass(frozen=True, slots=True)
class PartsConfig:
    """When the whole frame, or a half of it, says who is there where no head does.

    A head tells best who somebody is, but it may be cut off, hidden or turned away, and dress and place still
    tell. A face that plainly is a stranger's speaks against it.

    Attributes:
        every: of the pictures that the detector looks at in a shot, the classifier looks at the first and
            then at each so-manieth.
        window_s: time constant of the running mean of probabilities, in seconds.
        whole_margin: a name for the whole frame appears when its probability has come so much of the way from
            the threshold to 1; it stays while it is above the threshold; 0-1.
        half_margin: the same for a half.
        face_score: a head is a plain face where the detector is at least so sure of it; 0-1.
        face_area: and where it takes at least so much of the frame's area; 0-1.
        doubt: a plain face is a stranger's where the name that is in question has a lower probability there;
            0-1.
        vouch: whoever a head is so sure of, and at least as sure as the threshold asks, is there in the rest
            of the shot and just before it, too, as long as the part looks like it; 0-1.
        stay: that is, as long as it gives the name at least this smoothed probability; 0-1.
    """

    every: int = 4
    window_s: float = 1.0
    whole_margin: float = 0.75
    half_margin: float = 0.8
    face_score: float = 0.4
    face_area: float = 0.01
    doubt: float = 0.3
    vouch: float = 0.85
    stay: float = 0.3

    def __post_init__(self) -> None:
        """Raise ValueError where a field cannot be."""
        if self.every < 1:
            raise ValueError(f"every must be at least 1, not {self.every}")
        if not self.window_s >= 0:
            raise ValueError(f"window_s must be 0 or more, not {self.window_s}")
        for name in ("whole_margin", "half_margin", "face_score", "face_area", "doubt", "vouch", "stay"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie between 0 and 1, not at {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class AnalysisConfig:
    """How frames are looked at.

    Attributes:
        threshold: below this probability nobody is named; None takes the model's own; 0-1.
        top: how many of the best labels each prediction lists.
        regions: a key of `regions.REGION_CHOICES`, or `regions.DETECT`; `auto` takes all that the model was
            made for, and what is beside it.
        smoothing: how steady captions are.
        tracking: how heads are followed.
        parts: when the frame says who is there where no head does.
        stills: frames have nothing to do with each other (pictures, not a video): no smoothing, no repeats.
    """

    threshold: float | None = None
    top: int = 3
    regions: str = "auto"
    smoothing: SmoothingConfig = field(default_factory=SmoothingConfig)
    tracking: TrackingConfig = field(default_factory=TrackingConfig)
    parts: PartsConfig = field(default_factory=PartsConfig)
    stills: bool = False

    def at_once(self) -> AnalysisConfig:
        """The same for frames that are named as they come."""
        return replace(self, smoothing=replace(self.smoothing, ahead_s=0.0, gap_s=0.0, flash_s=0.0))


@dataclass(frozen=True, slots=True)
class ReconnectConfig:
    """How a live stream that is lost is looked for again, in seconds.

    Cameras that start anew take ten to twenty seconds. Nothing says for sure that a stream has ended: where a
    server is killed, the system closes its connections as if it had.

    Attributes:
        first_s: before the first attempt.
        factor: each further wait is so many times as long.
        longest_s: but never longer.
        give_up_s: so long after it was lost no attempt is made any more.
    """

    first_s: float = 0.5
    factor: float = 2.0
    longest_s: float = 4.0
    give_up_s: float = 30.0


NAME = "{name}"
"""Stands for the name of the source in the names of files to write."""


@dataclass(frozen=True, slots=True)
class PlayRequest:
    """What `simpsons play` was asked for.

    Attributes:
        source: see `sources.open_source`.
        model: an .onnx file; None takes the default.
        provider: `auto`, or a key of `providers.PROVIDERS`.
        config: how to look.
        listed: how many of the best guesses to draw and print; 1 draws none beside the caption.
        start_s: seconds into the source.
        duration_s: seconds from there; None goes to its end.
        output: an annotated video to write.
        encoder: of that video: `auto`, `software` or `hardware`.
        hide_below: names that are less probable are not drawn; 0-1.
        predictions: files to write what was seen into: CSV or JSON Lines, as each ends.
        subtitles: files to write names into as subtitles.
        report: a folder to write into who is on screen when.
        close_at_end: close the window when the source ends.
        corrections: the folder into which the window saves pictures whose name was wrong.
        cached: use what a network said of this video before, and keep what it says now.
        fps: frames per second of pictures that are the frames of a video; None where they are pictures.
        deinterlace: `auto` filters pictures that are flagged as interlaced, `off` none.
        loops: play it so many times; 0 until it is stopped.
        quiet: print warnings and errors alone.
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
        """Whether interlaced pictures are filtered."""
        return self.deinterlace != "off"

    @property
    def keeps(self) -> bool:
        """Whether results are cached: only those of the usual way to decode."""
        return self.cached and self.deinterlaces

    @property
    def outputs(self) -> tuple[Path, ...]:
        """All files and folders to write."""
        named = (self.output, *self.predictions, self.report, *self.subtitles)
        return tuple(path for path in named if path is not None)

    def of(self, source: str) -> PlayRequest:
        """The same of another source, for whose name `{name}` stands in what is written."""

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
    """What a source is called in the names of files: `episode` for `films/episode.avi`."""
    if source == "-":
        return "standard-input"
    if source.isascii() and source.isdigit():
        return f"camera-{source}"
    if "://" not in source:
        is_relative = Path(source).name in ("", "..")  # `.` has no name of its own
        return file_name(Path(source).resolve().name if is_relative else Path(source).stem)
    try:
        address = urlsplit(masked(source))
    except ValueError:  # an address of IPv6 that is none
        return "stream"
    return file_name(Path(address.path).stem, fallback=file_name(address.hostname or "", fallback="stream"))
