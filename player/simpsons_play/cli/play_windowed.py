"""Plays in a window: sources at their own speed, analysed at the same time."""

from __future__ import annotations

import dataclasses
import gc
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext

import cv2

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.analysis_chunk import AnalysisChunk
from simpsons_play.analysis.background import BackgroundAnalysis
from simpsons_play.analysis.background_strangers import BackgroundStrangers
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.live import LiveAnalysis
from simpsons_play.analysis.session import known_heads
from simpsons_play.analysis.video_cache import VideoCache
from simpsons_play.cast.cast_file import CastFile
from simpsons_play.cli.ahead import AheadAnalysis
from simpsons_play.cli.base import say
from simpsons_play.cli.file_detections import FileDetections
from simpsons_play.cli.file_exporter import ExportJobs, FileExporter, no_exporter
from simpsons_play.cli.summary import provider_line, runs_on
from simpsons_play.cli.window_teacher import WindowTeacher
from simpsons_play.core.errors import SimpsonsError, SourceError
from simpsons_play.core.frames import SAME_TIME_S, Image, Source, SourceInfo
from simpsons_play.core.interrupts import held_interrupt
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.core.results import FrameResult
from simpsons_play.core.timing import StageTimes
from simpsons_play.inference.loading import load_model
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.render.overlay import Overlay
from simpsons_play.sources import open_requested
from simpsons_play.sources.file_name import is_web
from simpsons_play.sources.play_queue import PlayQueue
from simpsons_play.window import Exporter, NetworkInfo, Player, import_shiboken, load_window

_SWITCH_INTERVAL_S = 0.0001
"""How long a thread may hold Python's lock while others wait. At 60 frames per second a frame has 16 ms;
Python's own 5 ms for each of several threads would be most of them."""

_PATIENCE_S = 2.0
"""How long the window waits for another process that changes the cast, in seconds."""

_LIVE_SHARE = 0.5
"""Share of its time that the live analysis may work while the whole file is analysed, too."""


def play_in_window(requests: Sequence[PlayRequest], template: PlayRequest) -> None:
    """Play sources one after the other in one window; without any it waits until the user chooses one.

    Args:
        requests: that differ only in their sources.
        template: how to play what the user chooses in the window.

    Raises:
        SimpsonsError: anything a user can fix, such as a machine without a display. If one of several sources
            cannot be played, the error is raised only when the others are done.
        KeyboardInterrupt: Ctrl-C in the terminal; the window is closed by then.
    """
    play_queue = PlayQueue(requests, template, tell=lambda line: say(f"Error: {line}", err=True))
    # An import that is interrupted leaves half a module behind. onnxruntime needs Python's lock for little of
    # the time that loading takes, and Qt for all of it, so that they are loaded at the same time.
    with ExitStack() as stack:
        stack.enter_context(_quick_thread_switches())
        with held_interrupt():
            import_shiboken()
            executor = stack.enter_context(ThreadPoolExecutor(1))
            loading = executor.submit(_load_teacher, template)
            load_window()
        jobs = stack.enter_context(ExportJobs())
        player = stack.enter_context(Player(corrections=template.corrections, play_queue=play_queue))
        teacher, problem = loading.result()
        if problem:
            player.show_error(problem)
        # Collecting garbage would go through everything that was imported, for up to 50 ms.
        gc.freeze()
        stack.callback(gc.unfreeze)
        if not template.quiet:
            say(provider_line(teacher.network), err=True)
        threshold, goes_on = template.config.threshold, True
        while goes_on:
            request = play_queue.current
            if request is None:
                goes_on = player.wait()
                continue
            if problem := teacher.reload():
                say(f"Warning: {problem}", err=True)
                player.show_error(problem)
            if not teacher.usable:
                request = dataclasses.replace(request, cast=None)
            config = dataclasses.replace(request.config, threshold=threshold)
            try:
                goes_on, threshold = _play(dataclasses.replace(request, config=config), teacher, player, jobs)
                play_queue.left_at(player.last_position_s)
            except SourceError as error:
                if not play_queue.give_up(error):
                    raise
                player.show_error(str(error))
    if play_queue.unplayed:
        several = "s" if play_queue.unplayed > 1 else ""
        raise SourceError(f"{play_queue.unplayed} source{several} could not be played; the others are done")


def _load_teacher(template: PlayRequest) -> tuple[WindowTeacher, str]:
    """Load the model, and the cast; also returns why the cast cannot be used, if so."""
    network = load_model(template.model, regions=template.config.regions, provider=template.provider)
    teacher = WindowTeacher(
        None if template.cast is None else CastFile(template.cast, patience_s=_PATIENCE_S), network
    )
    return teacher, teacher.reload()


def _play(
    request: PlayRequest, teacher: WindowTeacher, player: Player, jobs: ExportJobs
) -> tuple[bool, float | None]:
    """Play one source; whether another comes next, and the threshold if the user has changed it."""
    network = teacher.network
    info = _quick_info(request)
    if info is not None:
        stills = dataclasses.replace(request.config, stills=info.stills)
        request = dataclasses.replace(request, config=stills)

    def tell(line: str) -> None:
        say(line, err=True)
        player.show_message(line)

    def open_frames(start_s: float = 0.0) -> Source:
        return open_requested(dataclasses.replace(request, start_s=start_s, duration_s=None), tell=tell)

    times = StageTimes()
    overlay = Overlay(network.labels, top=request.listed, min_probability=request.hide_below)

    def draw(image: Image, result: FrameResult) -> Image:
        with times.measure("draw"):
            return overlay.draw(image, result)

    video = info if info is not None and info.path is not None else None
    analyser = Analyser(network, request.config.without_lookahead(), times=times)
    live = LiveAnalysis(analyser, times=times, share=1.0 if video is None else _LIVE_SHARE)
    with ExitStack() as stack:
        analysis: LiveAnalysis | BackgroundAnalysis
        exporter: Exporter
        if video is None:
            analysis, exporter = stack.enter_context(live), no_exporter(request, info)
            strangers = None
        else:
            # Of a file, any frame can be analysed before it is played; of other sources, only the newest.
            analysis, detections, strangers = stack.enter_context(
                _background(video, teacher=teacher, request=request, live=live, times=times, tell=tell)
            )
            whole = video
            if request.start_s or request.duration_s is not None:  # exports are of the whole file
                whole = _quick_info(dataclasses.replace(request, start_s=0.0, duration_s=None)) or video
            exporter = FileExporter(
                request,
                whole,
                lambda: teacher.network,
                detections,
                threshold=lambda: analysis.threshold,
                jobs=jobs,
            )

        def use_names(network: Classifier | Detector) -> None:
            analysis.set_taught(network.taught)
            overlay.set_labels(network.labels)

        stack.enter_context(teacher.applied_by(use_names))
        first_threshold = analysis.threshold
        goes_on = player.play(
            title=request.source,
            media=video.path if video is not None else request.source if is_web(request.source) else None,
            info=info,
            open_frames=open_frames,
            analysis=analysis,
            draw=draw,
            network=NetworkInfo(network.labels, runs_on(network), network.note),
            times=times,
            exporter=exporter,
            teacher=teacher,
            start_s=request.start_s,
            duration_s=request.duration_s,
            close_at_end=request.close_at_end,
            loops=request.loops,
            only=request.only,
            strangers=strangers,
        )
        changed = analysis.threshold != first_threshold
        return goes_on, analysis.threshold if changed else request.config.threshold


def _quick_info(request: PlayRequest) -> SourceInfo | None:
    """What a source says of itself; None where opening it may take long. Raises SourceError."""
    source = open_requested(request)
    if not source.opens_quickly:
        return None
    with source:
        return source.info


@contextmanager
def _background(
    video: SourceInfo,
    *,
    teacher: WindowTeacher,
    request: PlayRequest,
    live: LiveAnalysis,
    times: StageTimes,
    tell: Callable[[str], None],
) -> Iterator[tuple[BackgroundAnalysis, FileDetections, BackgroundStrangers | None]]:
    """Analyses a file, or takes what is cached of it; at the end, caches the spans."""
    network = teacher.network
    analyser = Analyser(network, request.config, times=times)
    path = video.path if request.uses_cache else None
    cache = VideoCache(path, network, regions=analyser.regions, config=request.config)
    log, from_s = cache.load_or_begin()
    rest = dataclasses.replace(request, start_s=max(0.0, from_s - SAME_TIME_S), duration_s=None)
    ahead = AheadAnalysis(rest, known=log, times=times)
    detections = FileDetections(request, log, cache)
    analysis = BackgroundAnalysis(
        _nothing() if log.complete else _analysed(ahead, log, detections, cache=cache, tell=tell),
        log,
        analyser.make_postprocessor,
        live,
        width=video.width,
        labels=network.card.labels,
        taught=network.taught,
        spans=(
            cache.load_spans(made_by=analyser.postprocessing_id(live.threshold)) if log.complete else None
        ),
    )
    strangers: BackgroundStrangers | None = None
    if (known := known_heads(network)) is not None:
        strangers = BackgroundStrangers(
            analyser.head_tracks(log),
            settings=lambda: (analysis.threshold, analysis.taught),
            known=known,
            edits=cache.load_edits(),
            store=cache.store_edits,
        )
    try:
        with analysis, strangers or nullcontext():
            try:
                yield analysis, detections, strangers
            finally:
                ahead.stop()
    finally:
        detections.leave()
        if not log.complete:
            cache.store(
                log
            )  # the next time goes on from here; if storing fails, it starts from the beginning
        elif analysis.done:
            spans = analysis.timeline().spans
            analyser.set_taught(teacher.network.taught)
            cache.store_spans(spans, made_by=analyser.postprocessing_id(analysis.threshold))


def _analysed(
    ahead: AheadAnalysis,
    log: DetectionLog,
    detections: FileDetections,
    *,
    cache: VideoCache,
    tell: Callable[[str], None],
) -> Generator[AnalysisChunk, None, None]:
    """Analyse the rest of a file; the log, which grows by it, is cached at the end."""
    try:
        warnings = yield from ahead.chunks()
    except SimpsonsError as error:
        if not ahead.stopped:
            detections.fail(error)
        if not isinstance(error, SourceError):  # it was stopped, or playback fails, too
            tell(f"Warning: {error}")
        raise
    log.complete = True
    problem = "" if warnings else cache.store(log)
    for warning in [*warnings, *filter(None, [problem])]:
        tell(f"Warning: {warning}")


@contextmanager
def _quick_thread_switches() -> Iterator[None]:
    """Keep other threads from holding up the window, and OpenCV from starting threads it hardly needs."""
    interval_s, helpers = sys.getswitchinterval(), cv2.getNumThreads()
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        sys.setswitchinterval(interval_s)
        cv2.setNumThreads(helpers)


def _nothing() -> Generator[AnalysisChunk, None, None]:
    yield from ()
