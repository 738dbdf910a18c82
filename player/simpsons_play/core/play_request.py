"""What to play and how: the options of `simpsons play`, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from urllib.parse import urlsplit

from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.escaping import file_name, masked

NAME = "{name}"
"""Placeholder for the name of the source in output paths."""


@dataclass(frozen=True, slots=True)
class PlayRequest:
    """One source to play, and how: the options of `simpsons play`.

    Attributes:
        source: see `sources.open_source`.
        model: an .onnx file; None uses the included model.
        cast: cast file whose characters are named as well; None for only those of the model.
        provider: `auto`, or a key of `providers.PROVIDERS`.
        config: options of the analysis.
        listed: number of most probable labels to draw and print; 1 draws only captions.
        start_s: where to begin, in seconds from the start of the source.
        duration_s: how much to play from there, in seconds; None plays to the end.
        output: path of the annotated video or picture.
        encoder: video encoder: `auto`, `software` or `hardware`.
        only: labels of the characters to name; None names all.
        hide_below: labels below this probability are not drawn; 0-1.
        predictions: paths of the predictions; the suffix selects CSV or JSON Lines.
        subtitles: paths of the subtitles.
        report: folder for the report.
        close_at_end: close the window when the source ends.
        corrections: folder in which the window saves pictures with a corrected name.
        cached: use cached detections, and cache new ones.
        fps: frame rate of pictures that are played as a video; None for unrelated pictures.
        deinterlace: `auto` deinterlaces frames that are flagged as interlaced, `off` leaves them as they are.
        loops: how many times to play the source; 0 plays until stopped.
        quiet: print only warnings and errors.
        as_json: print the summary as one line of JSON.
    """

    source: str
    model: Path | None = None
    cast: Path | None = None
    provider: str = "auto"
    config: AnalysisConfig = field(default_factory=AnalysisConfig)
    listed: int = 1
    start_s: float = 0.0
    duration_s: float | None = None
    output: Path | None = None
    encoder: str = "auto"
    only: frozenset[str] | None = None
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
        """Whether detections may be cached: only if frames are decoded with the default settings."""
        return self.cached and self.deinterlaces

    @property
    def caches_whole(self) -> bool:
        """Whether a run without a window caches its detections: only of a whole video that is played once.

        The detections of a part differ, because its first frame begins a shot. A looped run measures the
        model, so it does not use the cache.
        """
        part = bool(self.start_s) or self.duration_s is not None
        return self.uses_cache and self.loops == 1 and not part

    @property
    def outputs(self) -> tuple[Path, ...]:
        """All output files and folders."""
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
    """The name of a source for output paths: `episode` for `films/episode.avi`."""
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
