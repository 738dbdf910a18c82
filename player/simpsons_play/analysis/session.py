"""One analysis of one source: the model or cached detections, and what is cached afterwards."""

from __future__ import annotations

from simpsons_play.analysis.analyser import Analyser, Replay
from simpsons_play.analysis.pipeline import FrameAnalyser
from simpsons_play.analysis.video_cache import VideoCache
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.frames import Source
from simpsons_play.core.results import RunInfo
from simpsons_play.core.timing import StageTimes
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.timelines.timeline import TimelineBuilder


class Session:
    """Analyses all of a source, from cached detections where there are any.

    Args:
        source: already entered.
        network: the model.
        config: how frames are analysed.
        cache: use cached detections, and cache new ones, where the source is a local file. Only for a source
            that is analysed as a whole: the first frame of a part begins a shot.
        keep_log: fill `log` even where it is not cached.
        times: collects how long each stage takes; None measures nothing.

    Attributes:
        analyser: of this source.
        frame_analyser: what the pipeline gives its frames to: the analyser, or a replay of the log.
        log: the detections: all of them where they are cached, else filled while the source is analysed.
        cached: whether they are.
        timeline: to be filled with the results.
        run_info: where the results come from.

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
        times: StageTimes | None = None,
    ) -> None:
        info, config = source.info, config.for_source(source.info)
        self.analyser = Analyser(network, config, times=times)
        self._cache = VideoCache(
            info.path if cache else None, network, regions=self.analyser.regions, config=config
        )
        cached = self._cache.load()
        self.cached = cached is not None
        self.frame_analyser: FrameAnalyser = self.analyser
        if cached is not None:
            self.log = cached
            self.frame_analyser = Replay(cached, self.analyser.postprocessor, times=times)
        else:
            self.log = self._cache.new_log()
            if self._cache.enabled or keep_log:
                self.analyser.record(self.log)
        labels = network.card.labels
        self.timeline = TimelineBuilder(info.width, labels=labels)
        self.run_info = RunInfo(info, network.title, network.provider, labels, self.analyser.threshold)

    def complete(self) -> str:
        """All of the source was analysed and could be read: cache what is not cached yet.

        Returns:
            What went wrong, in one line, or nothing.
        """
        self.log.complete = True
        if not self._cache.enabled:
            return ""
        if not self.cached and (problem := self._cache.store(self.log)):
            return problem
        # A window that opens the file has its lanes full at once.
        made_by = self.analyser.postprocessing_id(self.analyser.threshold)
        self._cache.store_spans(self.timeline.spans(self.log[len(self.log) - 1].time_s), made_by=made_by)
        return ""
