"""How often a name given to a head is drawn at that head.

`python -m tests.benchmarks.naming CLIPS...` analyses the clips, gives a new name to heads at random times,
one by one, as a click in the window does, and checks whether it is drawn at that head at that time.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.cast.cast import Cast
from simpsons_play.cast.members import Example
from simpsons_play.cast.taught_names import TaughtNames
from simpsons_play.core.config import AnalysisConfig, TrackingConfig
from simpsons_play.core.geometry import Box, Boxes, most_overlapping
from simpsons_play.core.results import FrameResult
from simpsons_play.inference.head_crops import example_picture
from simpsons_play.inference.loading import load_model, with_cast
from simpsons_play.inference.model import Detector
from simpsons_play.sources.video import VideoFile
from tests.benchmarks.clips import analysed

_NAME = "somebody_new"
_MIN_SCORE = 0.5
"""Score of a head that is seen clearly."""

_MIN_IOU = 0.3
_FRAMES = 60
"""One of so many frames is looked at, and three of each clip at least."""


@click.command()
@click.argument("clips", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--seed", default=0, show_default=True, help="Chooses the heads.")
def main(clips: tuple[Path, ...], seed: int) -> None:
    """Measure how often a name that is given to a head of CLIPS is drawn there."""
    network, generator = load_model(provider="cpu"), np.random.default_rng(seed)
    assert isinstance(network, Detector) and network.embedder is not None
    heads = right = never = 0
    for clip in clips:
        analyser = Analyser(network, AnalysisConfig())
        log, _ = analysed(analyser, clip)
        for example, time_s, box in _heads(network, analyser, log, clip, generator):
            cast = Cast().teach(_NAME, [example], embedder=network.embedder.id)
            results = _results(analyser, log, with_cast(network, cast).taught)
            shown = min(results, key=lambda result: abs(result.time_s - time_s))
            is_right = _is_named(shown, box)
            heads, right = heads + 1, right + is_right
            never += not any(caption.label == _NAME for result in results for caption in result.captions)
            if not is_right:
                click.echo(f"{clip.name} at {time_s:.2f} s: not named")
    click.echo(f"{heads} heads: {right} named where the name was given, {never} nowhere")


def _heads(
    network: Detector, analyser: Analyser, log: DetectionLog, clip: Path, generator: np.random.Generator
) -> Iterator[tuple[Example, float, Boxes]]:
    """Heads at random times, as examples, with the times and boxes."""
    assert network.embedder is not None
    count = min(len(log), max(3, len(log) // _FRAMES))
    wanted = set(generator.choice(len(log), count, replace=False).tolist())
    with VideoFile(clip) as video:
        for position, frame in enumerate(video):
            if position not in wanted:
                continue
            found = network.detect(frame.image, min_score=TrackingConfig().min_score)
            clear = np.flatnonzero(found.scores >= _MIN_SCORE)
            if not len(clear):
                continue
            box = found.boxes[generator.choice(clear)]
            (embedding,) = network.embedder.embed(frame.image, box[None])
            looks = analyser.head_tracks(log).looks_at(frame.time_s, Box.rounded(box), embedding)
            picture = example_picture(frame.image, box)
            yield Example(embedding, picture, clip.name, frame.time_s, looks=looks), frame.time_s, box


def _results(analyser: Analyser, log: DetectionLog, taught: TaughtNames | None) -> list[FrameResult]:
    postprocessor = analyser.make_postprocessor(analyser.threshold, taught)
    results = [result for i in range(len(log)) for result in postprocessor.update(log[i])]
    return [*results, *postprocessor.flush()]


def _is_named(result: FrameResult, box: Boxes) -> bool:
    """Whether the new name is drawn at a place."""
    there = [caption.region.box.sides for caption in result.captions if caption.label == _NAME]
    boxes = np.array(there, np.float32).reshape(-1, 4)
    return most_overlapping(box, boxes, min_iou=_MIN_IOU) is not None


if __name__ == "__main__":
    main()
