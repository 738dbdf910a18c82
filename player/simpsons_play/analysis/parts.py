"""Long videos in parts that are analysed separately, with the result of an analysis in one go.

The parts may be analysed in any order, in other processes or on other machines. That gives the same values to
the last bit, as long as these run the model with the same kind of processor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.log_columns import LogColumns
from simpsons_play.analysis.part_source import Overlap, Part, PartSource
from simpsons_play.analysis.pipeline import run
from simpsons_play.analysis.session import Session
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.errors import SourceError
from simpsons_play.core.results import Sink
from simpsons_play.core.timing import StageTimes
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.sources import VideoFile, open_source
from simpsons_play.sources.part_starts import part_starts


class PartsDiffer(Exception):
    """The results of parts cannot be joined; analyse the video as one part instead.

    The file is damaged, or its key frames are not what its container says.
    """


@dataclass(frozen=True, slots=True, eq=False)
class PartResult:
    """What the analysis of one part found; can be pickled.

    Attributes:
        part: the part.
        columns: the detections in its frames, which may be none.
        head: the frames from its start to its first cut.
        tail: the frames from the start of the next part to the first cut after it.
        ends_at_cut: whether a cut ended the part, and not the end of the file.
        scans: whether the pictures are interlaced; see `VideoFile.scans`.
        frames: number of frames that the container states, if the part starts at 0; None if it does not.
        warnings: what the source says at its end.
        problem: why the result must not be joined with others; empty if it may be.
    """

    part: Part
    columns: LogColumns
    head: Overlap
    tail: Overlap
    ends_at_cut: bool = False
    scans: frozenset[bool] = frozenset()
    frames: int | None = None
    warnings: tuple[str, ...] = ()
    problem: str = ""


def plan_parts(video: Path, *, part_s: float) -> tuple[Part, ...]:
    """Split a video file at key frames.

    Args:
        video: the file.
        part_s: length of a part, in seconds; see `part_starts`.

    Returns:
        The parts, in order. One, if the file is short or is not a video file that can be split.

    Raises:
        SourceError: the file cannot be read, or has no video.
        ValueError: `part_s` is not positive.

    Example:
        >>> from simpsons_play import sample_clip
        >>> plan_parts(sample_clip(), part_s=3600.0)
        (Part(start_s=0.0, end_s=None),)
    """
    if not isinstance(open_source(video), VideoFile) or not video.is_file():
        return (Part(),)
    starts = part_starts(video, part_s)
    ends = (*starts[1:], None)
    return tuple(Part(start, end) for start, end in zip(starts, ends, strict=True))


def analyse_part(
    video: Path,
    network: Classifier | Detector,
    config: AnalysisConfig,
    part: Part,
    *,
    deinterlace: bool = True,
    sinks: Sequence[Sink] = (),
    times: StageTimes | None = None,
) -> PartResult:
    """Analyse one part of a video file.

    Args:
        video: the file.
        network: the model.
        config: options of the analysis.
        part: one of those that `plan_parts` returned.
        deinterlace: see `VideoFile`.
        sinks: receive the frames of the part with their results, which are those of an analysis in one go,
            except for their numbers; already entered.
        times: collects the time that each stage takes.

    Raises:
        SourceError: the first part cannot be read.
        ValueError: as `Analyser`.
    """
    opened = VideoFile(video, start_s=part.start_s, deinterlace=deinterlace)
    opened.defer_images()
    source = PartSource(opened, part, thumbnail=Analyser(network, config).thumbnail)
    times = StageTimes() if times is None else times
    log = DetectionLog({})
    try:
        with source:
            session = Session(source, network, config, cache=False, keep_log=True, times=times)
            log = session.log
            run(source, session.frame_analyser, sinks=sinks, times=times, timeline=session.timeline)
            frames = source.info.frames
    except SourceError as error:
        if part.start_s == 0:
            raise
        return PartResult(part, DetectionLog({}).columns(), source.head, source.tail, problem=str(error))
    return PartResult(
        part,
        log.columns(),
        source.head,
        source.tail,
        ends_at_cut=source.ends_at_cut,
        scans=opened.scans,
        frames=frames if part.start_s == 0 else None,
        warnings=tuple(opened.warnings),
        problem="it may be damaged" if opened.is_doubtful else "",
    )


def join_parts(results: Sequence[PartResult], log: DetectionLog) -> DetectionLog:
    """Join the results of all parts of a video.

    Args:
        results: one for each part, in order.
        log: an empty log, to which the detections are added.

    Returns:
        The same log, complete: equal to that of an analysis of the whole video.

    Raises:
        PartsDiffer: the parts do not fit together.
        ValueError: a part is missing.
    """
    ends = [result.part.end_s for result in results]
    if ends[-1:] != [None] or [result.part.start_s for result in results] != [0.0, *ends[:-1]]:
        raise ValueError("a part is missing")
    if len(results) > 1:
        _check(results)
    for result in results:
        columns = result.columns
        if len(columns):
            index = np.arange(len(log), len(log) + len(columns), dtype=np.int64)
            log.extend(replace(columns, index=index))
    log.complete = True
    return log


def _check(results: Sequence[PartResult]) -> None:
    """Raise PartsDiffer unless the results are surely those of an analysis in one go."""
    for result in results:
        if problem := result.problem or next(iter(result.warnings), ""):
            raise PartsDiffer(f"the part at {result.part.start_s:.3f} s: {problem}")
    scans = frozenset[bool]().union(*(result.scans for result in results))
    if len(scans) > 1:  # the filter looks at neighbouring pictures from the first interlaced one on
        raise PartsDiffer("only some of its pictures are interlaced")
    skipped = int(True in scans)  # the first picture of a part lacks the one before it
    filled = [result for result in results if len(result.columns)]
    for before, after in pairwise(filled):
        if not before.ends_at_cut or not _fits(before.tail, after.head, skipped=skipped):
            raise PartsDiffer(f"its pictures differ if it is read from {after.part.start_s:.3f} s on")
    if filled and filled[-1].ends_at_cut:
        raise PartsDiffer("a cut was found only in one of two parts")
    count, stated = sum(len(result.columns) for result in results), results[0].frames
    if stated is not None and count < stated:
        raise PartsDiffer(f"{count} of {stated} frames could be read")


def _fits(tail: Overlap, head: Overlap, *, skipped: int) -> bool:
    """Whether the frames before the first cut of a part are those with which the part before it ended.

    Args:
        tail: of the part before; it may begin earlier, if no shot begins in the parts between.
        head: of the part.
        skipped: number of frames at the beginning of `head` whose images may differ.
    """
    extra = len(tail.times_s) - len(head.times_s)
    if extra < 0 or len(head.times_s) < 2:
        return False
    return np.array_equal(tail.times_s[extra:], head.times_s) and np.array_equal(
        tail.checksums[extra + skipped :], head.checksums[skipped:]
    )
