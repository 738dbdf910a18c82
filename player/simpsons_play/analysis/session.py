"""One analysis of one source: runs the model or uses cached detections, and caches new ones."""

from __future__ import annotations

from simpsons_play.analysis.analyser import Analyser, Replay
from simpsons_play.analysis.parallel import ParallelAnalyser, max_pending
from simpsons_play.analysis.pipeline import FrameAnalyser
from simpsons_play.analysis.video_cache import VideoCache
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.frames import Source
from simpsons_play.core.results import RunInfo
from simpsons_play.core.timing import StageTimes
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.timelines.timeline import TimelineBuilder


class Session:
    """Prepares the analysis of a source, from cached detections if there are any.

    Args:
        source: the source, already entered.
        network: the model.
        config: options of the analysis.
        cache: use cached detections, and cache new ones, if the source is a local file. Only valid if the
            whole source is analysed, because the first frame of a part begins a shot.
        keep_log: fill `log` even if it is not cached.
        only: labels that the caller adds to `timeline`; None for all.
        times: collects the time that each stage takes; None measures nothing.

    Attributes:
        analyser: analyser for this source.
        frame_analyser: receives the frames from the pipeline: the analyser, or a replay of the log.
        log: the detections: complete if they are cached, otherwise filled during the analysis.
        cached: whether the detections come from the cache.
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
        only: frozenset[str] | None = None,
        times: StageTimes | None = None,
    ) -> None:
        info, config = source.info, config.for_source(source.info)
        self.analyser = Analyser(network, config, times=times)
        self._cache = VideoCache(
            info.path if cache else None, network, regions=self.analyser.regions, config=config
        )
        cached = self._cache.load()
        self.cached = cached is not None
        # Of a live source, the newest frame is analysed at once; of others, several at a time.
        self.frame_analyser: FrameAnalyser = (
            self.analyser if info.live else ParallelAnalyser(self.analyser, max_pending=max_pending(info))
        )
        if cached is not None:
            self.log = cached
            self.frame_analyser = Replay(cached, self.analyser.postprocessor, times=times)
        else:
            self.log = self._cache.new_log()
            if self._cache.enabled or keep_log:
                self.analyser.record(self.log)
        labels = network.card.labels
        self.timeline = TimelineBuilder(info.width, labels=labels)
        self.run_info = RunInfo(info, network.title, network.provider, labels, self.analyser.threshold, only)

    def complete(self) -> str:
        """Cache the detections and spans; call this when the whole source was read and analysed.

        Returns:
            A one-line warning if caching failed; otherwise an empty string.
        """
        self.log.complete = True
        if not self._cache.enabled:
            return ""
        if not self.cached and (problem := self._cache.store(self.log)):
            return problem
        if self.run_info.only is not None:
            return ""  # the spans are not those of all characters
        # With cached spans, the lanes of the window are complete as soon as it opens the file.
        made_by = self.analyser.postprocessing_id(self.analyser.threshold)
        self._cache.store_spans(self.timeline.spans(self.log[len(self.log) - 1].time_s), made_by=made_by)
        return ""
