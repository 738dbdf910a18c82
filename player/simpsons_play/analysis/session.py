"""One analysis of one source: runs the model or uses known detections, and caches new ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.head_tracks import HeadTrack
from simpsons_play.analysis.known_heads import KnownHeads
from simpsons_play.analysis.parallel import ParallelAnalyser, max_pending
from simpsons_play.analysis.pipeline import FrameAnalyser
from simpsons_play.analysis.replay import Replay
from simpsons_play.analysis.stranger_edits import StrangerEdits
from simpsons_play.analysis.strangers import Stranger, find_strangers
from simpsons_play.analysis.video_cache import VideoCache
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.frames import SAME_TIME_S, Source
from simpsons_play.core.results import RunInfo
from simpsons_play.core.timing import StageTimes
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.timelines.timeline import TimelineBuilder


@dataclass(frozen=True, slots=True)
class KnownDetections:
    """The detections in a whole file, from which a part of it, or all of it, is played.

    Attributes:
        log: the detections.
        start_s: start of the part, in seconds from the start of the file.
        duration_s: length of the part in seconds; None for everything after the start.
    """

    log: DetectionLog
    start_s: float = 0.0
    duration_s: float | None = None

    @property
    def first(self) -> int:
        """Position in the log of the first frame of the part."""
        return self.log.frame_at(self.start_s - SAME_TIME_S) + 1

    def of_part(self) -> DetectionLog:
        """The detections in the frames of the part."""
        end = len(self.log)
        if self.duration_s is not None:
            end = self.log.frame_at(self.start_s + self.duration_s - SAME_TIME_S) + 1
        return self.log if (self.first, end) == (0, len(self.log)) else self.log.part(self.first, end)


class Session:
    """Prepares the analysis of a source, from cached detections if there are any.

    Args:
        source: the source, already entered.
        network: the model.
        config: options of the analysis.
        cache: use cached detections, and cache new ones, if the source is a local file. Only valid if the
            whole source is analysed, because the first frame of a part begins a shot.
        keep_log: fill `log` even if it is not cached.
        known: detections to use instead of the model and of the cache.
        only: labels that the caller adds to `timeline`; None for all.
        times: collects the time that each stage takes; None measures nothing.

    Attributes:
        analyser: analyser for this source.
        frame_analyser: receives the frames from the pipeline: the analyser, or a replay of the log.
        log: the detections: complete if they were known before, otherwise filled during the analysis.
        replayed: whether the detections were known before, so that the model does not run.
        timeline: the caller adds the results to it.
        run_info: source, model and labels of the results.

    Raises:
        SourceError: the file cannot be read.
        ValueError: as `Analyser`.
    """

    def __init__(
        self,
        source: Source,
        network: Classifier | Detector,
        config: AnalysisConfig,
        *,
        cache: bool,
        keep_log: bool = False,
        known: KnownDetections | None = None,
        only: frozenset[str] | None = None,
        times: StageTimes | None = None,
    ) -> None:
        info, config = source.info, config.for_source(source.info)
        self._source, self._network, self._config, self._known = source, network, config, known
        self.analyser = Analyser(network, config, times=times)
        self._cache = VideoCache(
            info.path if cache and known is None else None,
            network,
            regions=self.analyser.regions,
            config=config,
        )
        if known is None and (cached := self._cache.load()) is not None:
            known = KnownDetections(cached)
        self.replayed = known is not None
        # Of a live source, the newest frame is analysed at once; of others, several at a time.
        self.frame_analyser: FrameAnalyser = (
            self.analyser if info.live else ParallelAnalyser(self.analyser, max_pending=max_pending(info))
        )
        if known is not None:
            self.log = known.of_part()
            self.frame_analyser = Replay(
                known.log, self.analyser.postprocessor, first=known.first, times=times
            )
        else:
            self.log = self._cache.new_log()
            if self._cache.enabled or keep_log:
                self.analyser.record(self.log)
        labels = network.labels
        frame_s = float(1 / info.rate) if info.stills else None  # one that cannot be read is left out
        self.timeline = TimelineBuilder(info.width, labels=labels, frame_s=frame_s)
        self.run_info = RunInfo(info, network.title, network.provider, labels, self.analyser.threshold, only)

    def strangers(self) -> tuple[Stranger, ...]:
        """Group the heads that nobody knows in the detections so far, as the user has merged and split them.

        Empty if only some characters are wanted, or if the log is not filled.
        """
        if self.run_info.only is not None:
            return ()
        return group_strangers(self._network, self.head_tracks(), self.edits(), self.analyser.threshold)

    def head_tracks(self) -> Sequence[HeadTrack]:
        """The tracks in the detections so far."""
        tracks = self.analyser.head_tracks(self.log)
        tracks.advance(len(self.log))
        return tracks.tracks()

    def edits(self) -> StrangerEdits:
        """What the user has merged and split; it refers to positions in the log of the whole file."""
        if self._known is None or self.log is not self._known.log:
            return self._cache.load_edits()
        info, analyser = self._source.info, self.analyser
        cache = VideoCache(info.path, self._network, regions=analyser.regions, config=self._config)
        return cache.load_edits()

    def complete(self) -> str:
        """Cache the detections and spans; call this when the whole source was read and analysed.

        Returns:
            A one-line warning if caching failed; otherwise an empty string.
        """
        self.log.complete = True
        if not self._cache.enabled:
            return ""
        if not self.replayed and (problem := self._cache.store(self.log)):
            return problem
        if self.run_info.only is not None:
            return ""  # the spans are not those of all characters
        # With cached spans, the lanes of the window are complete as soon as it opens the file.
        made_by = self.analyser.postprocessing_id(self.analyser.threshold)
        self._cache.store_spans(self.timeline.spans(self.log[len(self.log) - 1].time_s), made_by=made_by)
        return ""


def group_strangers(
    network: Classifier | Detector, tracks: Sequence[HeadTrack], edits: StrangerEdits, threshold: float
) -> tuple[Stranger, ...]:
    """Group the tracks of one or several videos that nobody knows; see `find_strangers`."""
    return find_strangers(
        tracks, threshold=threshold, taught=network.taught, known=known_heads(network), edits=edits
    )


def known_heads(network: Classifier | Detector) -> KnownHeads | None:
    """The heads of known characters that the embedder of a model comes with; None without an embedder."""
    embedder = network.embedder if isinstance(network, Detector) else None
    return None if embedder is None else KnownHeads(embedder.references, embedder.card.reference_labels)
