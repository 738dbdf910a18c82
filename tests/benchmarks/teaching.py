"""How long it takes until a name that is taught in the window stands in the whole video.

`python -m tests.benchmarks.teaching CLIP` repeats the clip to 22 minutes, analyses it, and names strangers,
one after the other, each with an undo. The time includes everything between Enter in the dialog and the new
timeline: finding the head again, embedding it, writing the cast, and postprocessing the shots that change.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.analysis_chunk import AnalysisChunk
from simpsons_play.analysis.background import BackgroundAnalysis
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.live import LiveAnalysis
from simpsons_play.cast.cast_file import CastFile
from simpsons_play.cli.window_teacher import WindowTeacher
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Box
from simpsons_play.core.timing import StageTimes
from simpsons_play.inference.loading import load_model
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.sources.video import VideoFile
from simpsons_play.window import HeadExample
from tests.benchmarks.clips import analysed, film_of, looped

_MAX_KNOWN = 0.4
"""Probability of the model's best name below which a head counts as a stranger's."""


@click.command()
@click.argument("clip", type=click.Path(path_type=Path, exists=True))
@click.option("--seconds", default=1320.0, show_default=True, help="Length to which the clip is repeated.")
@click.option("--heads", default=12, show_default=True, help="How many heads to name.")
def main(clip: Path, seconds: float, heads: int) -> None:
    """Measure how long naming a head of CLIP takes."""
    with tempfile.TemporaryDirectory() as folder:
        video = looped(clip, seconds, Path(folder))
        network = load_model(provider="cpu")
        analyser = Analyser(network, AnalysisConfig())
        log, width = analysed(analyser, video)
        shots = len({log.shot_of(i) for i in range(len(log))})
        click.echo(f"{log[len(log) - 1].time_s:.0f} s, {len(log):,} frames, {shots} shots")
        teacher = WindowTeacher(CastFile(Path(folder) / "cast.json"), network)
        teacher.reload()
        took = []
        with (
            _opened(analyser, log, teacher.network, width=width) as analysis,
            teacher.applied_by(lambda named: analysis.set_taught(named.taught)),
        ):
            for image, box, time_s in _strangers(log, video, film_of(clip).seconds, heads):
                began_s = time.perf_counter()
                teacher.teach([HeadExample(image, box, clip.name, time_s)], "otto_mann")
                spans = analysis.timeline().spans
                took.append(time.perf_counter() - began_s)
                began_s = time.perf_counter()
                teacher.undo()
                undone_s = time.perf_counter() - began_s
                count = sum(span.label == "otto_mann" for span in spans)
                click.echo(
                    f"{time_s:6.1f} s: taught in {took[-1]:.2f} s, {count} spans; undone in {undone_s:.2f} s"
                )
    click.echo(f"median {statistics.median(took):.2f} s, max {max(took):.2f} s, n={len(took)}")


@contextmanager
def _opened(
    analyser: Analyser, log: DetectionLog, network: Classifier | Detector, *, width: int
) -> Iterator[BackgroundAnalysis]:
    """The analysis of a whole video, as the window has it."""
    live = LiveAnalysis(Analyser(network, AnalysisConfig().without_lookahead()), times=StageTimes())

    def nothing() -> Generator[AnalysisChunk, None, None]:
        yield from ()

    analysis = BackgroundAnalysis(
        nothing(),
        log,
        analyser.make_postprocessor,
        live,
        width=width,
        labels=network.card.labels,
        taught=network.taught,
    )
    with analysis:
        while not analysis.done:
            time.sleep(0.1)
        yield analysis


def _strangers(
    log: DetectionLog, video: Path, until_s: float, count: int
) -> Iterator[tuple[Image, Box, float]]:
    """Heads that the model does not know, all over the first seconds: picture, box, and time in seconds."""
    found = []
    for i, _ in log.embeddings():
        frame = log[i]
        for j in range(len(frame.detections)):
            head = frame.detections[j]
            if (
                frame.time_s < until_s
                and head.embedding is not None
                and head.probabilities.max() < _MAX_KNOWN
            ):
                found.append((frame.time_s, Box.rounded(head.box)))
    for time_s, box in found[:: max(1, len(found) // count)][:count]:
        with VideoFile(str(video), start_s=max(0.0, time_s - 0.001)) as source:
            yield next(iter(source)).image, box, time_s


if __name__ == "__main__":
    main()
