"""Plays in a window: sources at their own speed, analysed beside it."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import cv2

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.background import AheadAnalysis
from simpsons_play.analysis.detection_log import Track
from simpsons_play.analysis.keeping import Keeper
from simpsons_play.analysis.live import LiveAnalysis
from simpsons_play.cli import summary as report
from simpsons_play.cli.base import say
from simpsons_play.core.config import PlayRequest
from simpsons_play.core.errors import SourceError
from simpsons_play.core.interrupts import held_interrupt
from simpsons_play.core.priority import give_way
from simpsons_play.core.timing import StageTimes
from simpsons_play.core.types import Analysis, Image, Sighting, Source, SourceInfo
from simpsons_play.inference.model import Classifier, Detector, load_for_player
from simpsons_play.render.overlay import Overlay
from simpsons_play.sources import PictureFolder, VideoFile, open_requested
from simpsons_play.sources.file_name import is_web
from simpsons_play.sources.play_queue import Programme
from simpsons_play.window import NetworkInfo, OpenFrames, Player, load_window

_SWITCH_S = 0.0001
"""A thread that holds Python's lock gives it away after so long. A frame of 60 a second has 16 ms; Python's
own 5 ms for each of several threads would be most of them."""

_BESIDE = 0.5
"""How much of its time the thread that looks at the newest frame may work while the file is gone through."""

_ROUNDING_S = 1e-4
"""Times of frames are rounded where they are kept."""


def play_in_window(requests: Sequence[PlayRequest], template: PlayRequest) -> None:
    """Play sources one after the other in one window; without any it waits for something to be chosen.

    Args:
        requests: that differ in nothing but their sources.
        template: how to play what the user chooses in the window.

    Raises:
        SimpsonsError: anything a user can mend, such as a machine without a display. Sources that cannot be
            played are told and passed over, and are an error when the others are done.
        KeyboardInterrupt: Ctrl-C in the terminal; the window is closed by then.
    """
    programme = Programme(requests, template, tell=lambda line: say(f"Error: {line}", err=True))
    # What is struck while it is loaded leaves half of itself behind. The runtime needs Python's lock for
    # little of the time that it takes, and Qt for all of it.
    with ExitStack() as stack:
        stack.enter_context(_quick_to_switch())
        with held_interrupt():
            beside = stack.enter_context(ThreadPoolExecutor(1))
            loading = beside.submit(
                load_for_player, template.model, regions=template.config.regions, provider=template.provider
            )
            load_window()
        player = stack.enter_context(Player(corrections=template.corrections, programme=programme))
        network = loading.result()
        if not template.quiet:
            say(report.provider_line(network), err=True)
        threshold, goes_on = template.config.threshold, True
        while goes_on:
            request = programme.current
            if request is None:
                goes_on = player.wait()
                continue
            config = dataclasses.replace(request.config, threshold=threshold)
            try:
                goes_on, threshold = _play(dataclasses.replace(request, config=config), network, player)
                programme.left_at(player.left_at_s)
            except SourceError as error:
                if not programme.give_up(error):
                    raise
                player.tell(str(error))
    if programme.unplayed:
        several = "s" if programme.unplayed > 1 else ""
        raise SourceError(f"{programme.unplayed} source{several} could not be played; the others are done")


def _play(request: PlayRequest, network: Classifier | Detector, player: Player) -> tuple[bool, float | None]:
    """Play one source; whether something else comes next, and the threshold if the user has changed it."""
    source = open_requested(request)
    config = dataclasses.replace(request.config, stills=isinstance(source, PictureFolder))
    request = dataclasses.replace(request, config=config)
    overlay = Overlay(network.card.labels, top=request.listed, least=request.hide_below)

    def tell(line: str) -> None:
        say(line, err=True)
        player.tell(line)

    def open_frames(start_s: float = 0.0) -> Source:
        return open_requested(dataclasses.replace(request, start_s=start_s, duration_s=None), tell=tell)

    def open_shown(start_s: float = 0.0) -> Source:
        shown = open_frames(start_s)
        if isinstance(shown, VideoFile):
            shown.defer_images()  # most are shown smaller, and some are not shown at all
        return shown

    times = StageTimes()

    def draw(image: Image, analysis: Analysis | None) -> Image:
        with times.measure("draw"):
            return overlay.draw(image, analysis)

    path = source.path if isinstance(source, VideoFile) else None
    analyser = Analyser(network, config.at_once(), times=times)
    live = LiveAnalysis(analyser, draw=draw, times=times, share=1.0 if path is None else _BESIDE)
    with ExitStack() as stack:
        annotator: LiveAnalysis | AheadAnalysis
        if path is None:
            info, annotator = None, stack.enter_context(live)
        else:
            # Our own reader's errors say more than Qt's.
            with source:
                info = source.info
            # Of a file any moment can be known before it is played; of all else only the newest is there.
            ahead = _ahead(
                path,
                info,
                open_frames=open_frames,
                network=network,
                request=request,
                live=live,
                times=times,
                tell=tell,
            )
            annotator = stack.enter_context(ahead)
        begun = annotator.threshold
        asked = NetworkInfo(network.card.labels, report.runs_on(network), network.note)
        goes_on = player.play(
            title=request.source,
            path=path or (request.source if is_web(request.source) else None),
            info=info,
            open_frames=open_shown,
            annotator=annotator,
            network=asked,
            times=times,
            start_s=request.start_s,
            duration_s=request.duration_s,
            close_at_end=request.close_at_end,
            loops=request.loops,
        )
        changed = annotator.threshold != begun
        return goes_on, annotator.threshold if changed else request.config.threshold


@contextmanager
def _ahead(
    path: Path,
    info: SourceInfo,
    *,
    open_frames: OpenFrames,
    network: Classifier | Detector,
    request: PlayRequest,
    live: LiveAnalysis,
    times: StageTimes,
    tell: Callable[[str], None],
) -> Iterator[AheadAnalysis]:
    """Goes through a file, or has what is kept of it; at the end, keeps who is on screen when."""
    analyser = Analyser(network, request.config, times=times)
    video = path if request.keeps else None
    keeper = Keeper(video, network, regions=analyser.regions, config=request.config)
    track, from_s = keeper.load_or_begin()
    whole = track.complete
    ahead = AheadAnalysis(
        _nothing()
        if whole
        else _sightings(
            open_frames, track, analyser=analyser, keeper=keeper, from_s=from_s, times=times, tell=tell
        ),
        track,
        analyser.make_follower,
        live,
        width=info.width,
        labels=network.card.labels,
        spans=keeper.load_spans(made_by=analyser.made_by(live.threshold)) if whole else None,
    )
    try:
        with ahead:
            yield ahead
    finally:
        if not track.complete:
            keeper.keep(track)  # the next time goes on from here; where it cannot be, that begins anew
        elif ahead.done:
            spans = ahead.timeline().spans
            keeper.keep_spans(spans, made_by=analyser.made_by(ahead.threshold))


def _sightings(
    open_frames: OpenFrames,
    track: Track,
    *,
    analyser: Analyser,
    keeper: Keeper,
    from_s: float,
    times: StageTimes,
    tell: Callable[[str], None],
) -> Generator[Sighting, None, None]:
    """Go through the rest of a file with the network; the track grows by it, and is kept at the end."""
    give_way()
    before = len(track)
    with open_frames(max(0.0, from_s - _ROUNDING_S)) as source:
        frames = iter(source)
        while True:
            with times.measure("decode"):
                frame = next(frames, None)
            if frame is None:
                break
            yield analyser.look(dataclasses.replace(frame, index=before + frame.index))
    track.complete = True
    kept = "" if source.warnings else keeper.keep(track)
    for warning in [*source.warnings, *filter(None, [kept])]:
        tell(f"Warning: {warning}")


@contextmanager
def _quick_to_switch() -> Iterator[None]:
    """Let no thread keep the window waiting for Python's lock, nor OpenCV for helpers it hardly needs."""
    interval_s, helpers = sys.getswitchinterval(), cv2.getNumThreads()
    sys.setswitchinterval(_SWITCH_S)
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        sys.setswitchinterval(interval_s)
        cv2.setNumThreads(helpers)


def _nothing() -> Generator[Sighting, None, None]:
    yield from ()
