"""Which frames the model runs on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from simpsons_play.analysis.sampler import FrameSampler, Sample
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.frames import Image
from tests.fakes import DENSE, flat

CONFIG = AnalysisConfig()


def shade(number: int) -> Image:
    """A thumbnail that differs from that of any other number, but not so much that it would be a cut."""
    levels = tuple(100 + 5 * digit for digit in (number % 7, number // 7 % 7, number // 49))
    return flat(levels, width=96, height=96)[None]  # type: ignore[arg-type]


OTHER_SHOT = np.zeros((1, 96, 96, 3), np.uint8)
OTHER_SHOT[:, ::2, :, 2] = 255


def sampled(
    times_s: Sequence[float], thumbnails: Sequence[Image], config: AnalysisConfig = CONFIG
) -> list[Sample]:
    sampler = FrameSampler(config)
    return [sampler.update(*frame) for frame in zip(times_s, thumbnails, strict=True)]


def runs_of(samples: Sequence[Sample]) -> list[int]:
    return [i for i, sample in enumerate(samples) if sample.runs]


@pytest.mark.parametrize(("fps", "every"), [(12, 4), (24, 8), (60, 20), (24000 / 1001, 8)])
def test_the_model_runs_on_the_first_frame_and_after_each_interval(fps: float, every: int) -> None:
    samples = sampled([i / fps for i in range(100)], [shade(i) for i in range(100)])
    assert runs_of(samples) == list(range(0, 100, every))
    assert [sample.cut for sample in samples] == [True] + [False] * 99


def test_times_decide_and_not_the_number_of_frames() -> None:
    times_s = [0, 0.1, 0.2, 0.6, 0.7, 0.92, 0.93, 5.0]
    assert runs_of(sampled(times_s, [shade(i) for i in range(8)])) == [0, 3, 6, 7]


def test_the_last_frame_of_a_shot_counts_unless_the_model_has_just_run() -> None:
    samples = sampled([i / 24 for i in range(8)], [shade(i) for i in range(8)])
    assert [sample.runs_if_last for sample in samples] == [True, False, False, *[True] * 5]


def test_a_cut_begins_anew() -> None:
    samples = sampled([i / 24 for i in range(12)], [*map(shade, range(3)), OTHER_SHOT, *map(shade, range(8))])
    assert runs_of(samples) == [0, 3, 4]
    assert [i for i, sample in enumerate(samples) if sample.cut] == [0, 3, 4]


def test_a_held_picture_is_sampled_once() -> None:
    samples = sampled([float(i) for i in range(9)], [shade(1)] * 9)
    assert runs_of(samples) == [0] and [sample.repeated for sample in samples] == [False] + [True] * 8
    assert not any(sample.runs_if_last for sample in samples[1:])


def test_all_stills_are_sampled() -> None:
    assert runs_of(sampled([0.0] * 4, [shade(1)] * 4, replace(CONFIG, stills=True))) == [0, 1, 2, 3]


def test_a_time_that_goes_back_is_sampled() -> None:
    assert runs_of(sampled([5.0, 5.1, 1.0, 1.1], [shade(i) for i in range(4)])) == [0, 2]


def test_without_an_interval_every_changed_frame_is_sampled() -> None:
    thumbnails = [shade(i // 2) for i in range(12)]
    assert runs_of(sampled([i / 24 for i in range(12)], thumbnails, DENSE)) == [0, 2, 4, 6, 8, 10]


def test_after_a_reset_the_first_frame_is_sampled() -> None:
    sampler = FrameSampler(CONFIG)
    assert sampler.update(0.0, shade(0)).runs and not sampler.update(0.04, shade(1)).runs
    sampler.reset()
    assert sampler.update(0.08, shade(1)).runs
