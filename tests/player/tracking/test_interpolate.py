"""Captions between the frames that the model ran on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameDetections, FrameResult, Region
from simpsons_play.tracking.interpolate import interpolated_region
from simpsons_play.tracking.postprocess import SampledPostprocessor
from tests.fakes import LABELS, heads_of

BART, HOMER, MARGE = LABELS
Where = dict[str, int]
"""Label -> left edge of its head."""


class Delayed:
    """Tells what it is given, some frames later: a `Postprocessor`."""

    def __init__(self, shown: dict[int, Where], delay: int) -> None:
        self.shown, self.delay, self.waiting, self.told = shown, delay, list[FrameResult](), []

    def update(self, detected: FrameDetections) -> tuple[FrameResult, ...]:
        captions = tuple(
            Caption(Region("head-1", Box(x, 10, x + 20, 30)), label, 0.9)
            for label, x in self.shown.get(detected.index, {}).items()
        )
        self.waiting.append(FrameResult(detected.index, detected.time_s, detected.cut, (), captions))
        return self._tell(len(self.waiting) - self.delay)

    def flush(self) -> tuple[FrameResult, ...]:
        return self._tell(len(self.waiting))

    def reset(self) -> None:
        self.waiting.clear()

    def _tell(self, count: int) -> tuple[FrameResult, ...]:
        told, self.waiting = self.waiting[: max(0, count)], self.waiting[max(0, count) :]
        self.told += told
        return tuple(told)


def run(kinds: str, shown: dict[int, Where], delay: int = 1) -> tuple[list[FrameResult], Delayed]:
    """One letter a frame: c cut, s sampled, r repeated, - neither."""
    inner = Delayed(shown, delay)
    outer, results = SampledPostprocessor(inner), list[FrameResult]()
    for i, kind in enumerate(kinds):
        detected = FrameDetections(i, i / 24, (320, 240), kind == "c", kind == "r", heads_of(), kind in "cs")
        results += outer.update(detected)
    results += outer.flush()
    assert outer.flush() == ()
    return results, inner


def lefts(results: list[FrameResult], label: str = BART) -> list[int | None]:
    return [next((c.region.box.x_min for c in r.captions if c.label == label), None) for r in results]


def test_a_head_moves_evenly_between_two_samples() -> None:
    results, _ = run("c---s", {0: {BART: 0}, 4: {BART: 80}})
    assert lefts(results) == [0, 20, 40, 60, 80]


def test_a_name_of_one_sample_lasts_to_the_middle() -> None:
    results, _ = run("c---s", {0: {BART: 0}, 4: {HOMER: 80}})
    assert lefts(results) == [0, 0, None, None, None]
    assert lefts(results, HOMER) == [None, None, 80, 80, 80]


def test_a_held_picture_does_not_move() -> None:
    results, _ = run("crr-s", {0: {BART: 0}, 4: {BART: 80}})
    assert lefts(results) == [0, 0, 0, 40, 80]


def test_names_stay_until_a_cut_and_until_the_end() -> None:
    results, _ = run("c--c--", {0: {BART: 0}, 3: {BART: 80}})
    assert lefts(results) == [0, 0, 0, 80, 80, 80]
    assert [result.cut for result in results] == [True, False, False, True, False, False]


def test_a_reset_discards_what_is_pending() -> None:
    outer = SampledPostprocessor(Delayed({}, 2))
    outer.update(FrameDetections(0, 0.0, (320, 240), True, False, heads_of()))
    outer.reset()
    assert outer.flush() == ()


def test_crops_jump_and_heads_move() -> None:
    first, second = Region("left", Box(0, 0, 10, 10)), Region("right", Box(10, 0, 20, 10))
    assert interpolated_region(first, second, 0.4) is first
    assert interpolated_region(first, second, 0.5) is second


kinds = st.text("cs-r", max_size=40).map(lambda text: "c" + text)
wheres = st.dictionaries(st.sampled_from(LABELS), st.integers(0, 300))


@given(kinds, st.lists(wheres, min_size=41, max_size=41), st.integers(0, 4))
def test_every_frame_comes_once_and_lies_between_its_samples(
    text: str, shown: list[Where], delay: int
) -> None:
    results, inner = run(text, dict(enumerate(shown)), delay)
    assert [result.index for result in results] == list(range(len(text)))
    samples = [i for i, kind in enumerate(text) if kind in "cs"]
    assert [results[i] for i in samples] == inner.told
    for result in results:
        before = max(i for i in samples if i <= result.index)
        after = next((i for i in samples if i > before and text[i] == "s"), None)
        if after is None or "c" in text[before + 1 : after + 1]:
            assert result.captions == results[before].captions
            continue
        for caption in result.captions:
            ends = [shown[i][caption.label] for i in (before, after) if caption.label in shown[i]]
            assert min(ends) <= caption.region.box.x_min <= max(ends)
