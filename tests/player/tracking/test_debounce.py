"""Names that blink stand, and names that flash are left out."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Region
from simpsons_play.tracking.debounce import Debouncer

FULL = Region("full", Box(0, 0, 320, 240))
FRAME_S = 0.05
GAP, FLASH = 8, 4
"""In frames: 0.4 and 0.2 s."""


def head(x: int, number: int = 1) -> Region:
    return Region(f"head-{number}", Box(x, 10, x + 40, 50))


def result(index: int, *captions: tuple[Region, str], cut: bool = False) -> FrameResult:
    said = tuple(Caption(region, label, 0.9 - index / 1000) for region, label in captions)
    return FrameResult(index, index * FRAME_S, cut, (), said)


def video(*shots: str) -> list[FrameResult]:
    """A letter is a frame in which somebody of that name is shown, a point one with nobody."""
    frames = [(letter, i == 0) for shot in shots for i, letter in enumerate(shot)]
    return [
        result(index, *([] if letter == "." else [(FULL, letter)]), cut=cut)
        for index, (letter, cut) in enumerate(frames)
    ]


def steadied(results: list[FrameResult]) -> list[FrameResult]:
    steadying = Debouncer(gap_s=GAP * FRAME_S, flash_s=FLASH * FRAME_S)
    return [*(a for one in results for a in steadying.update([one])), *steadying.flush()]


def words(results: list[FrameResult]) -> str:
    return "".join("".join(sorted(caption.label for caption in a.captions)) or "." for a in results)


def test_a_name_that_is_gone_for_a_moment_stays() -> None:
    assert words(steadied(video("aaaa" + "." * (GAP - 1) + "aaaa"))) == "a" * (GAP + 7)


def test_a_name_that_is_gone_for_longer_goes() -> None:
    gone = "aaaa" + "." * GAP + "aaaaaa"
    assert words(steadied(video(gone))) == gone


def test_a_cut_ends_it_though_the_same_one_comes_again() -> None:
    shots = "aaaaa..", "..aaaaa"
    assert words(steadied(video(*shots))) == "".join(shots)


def test_a_name_that_comes_and_goes_at_once_is_left_out() -> None:
    assert words(steadied(video("." * 9 + "aaa" + "." * 9))) == "." * 21
    kept = "." * 9 + "aaaa" + "." * 9
    assert words(steadied(video(kept))) == kept, "long enough to be read"


def test_names_at_either_end_of_a_shot_stand_however_short() -> None:
    for shot in ("aa" + "." * 12, "." * 12 + "aa"):
        assert words(steadied(video(shot, "." * 12))) == shot + "." * 12


def test_a_flash_that_goes_on_after_a_gap_is_none() -> None:
    assert words(steadied(video("." * 9 + "a..aaaaa" + "." * 9))) == "." * 9 + "a" * 8 + "." * 9


def test_somebody_else_in_the_gap_is_shown_beside() -> None:
    assert words(steadied(video("aaaa" + "bbbbb" + "aaaa"))) == "aaaa" + "ab" * 5 + "aaaa"


def test_a_head_moves_evenly_through_the_gap_and_a_region_stays() -> None:
    frames = [result(i, (head(100), "a"), cut=i == 0) for i in range(4)]
    frames += [result(i) for i in range(4, 7)] + [result(i, (head(140), "a")) for i in range(7, 12)]
    boxes = [a.captions[0].region.box.x_min for a in steadied(frames)]
    assert boxes == [100] * 4 + [110, 120, 130] + [140] * 5
    frames[7:] = [result(i, (FULL, "a")) for i in range(7, 12)]
    regions = [a.captions[0].region for a in steadied(frames)]
    assert regions == [head(100)] * 7 + [FULL] * 5
    assert steadied(frames)[5].captions[0].probability == frames[3].captions[0].probability


def test_an_analysis_waits_for_a_gap_and_no_longer() -> None:
    steadying = Debouncer(gap_s=GAP * FRAME_S, flash_s=FLASH * FRAME_S)
    frames = video("a" * 20, "b" * 5)
    waits = [one.index - a.index for one in frames for a in steadying.update([one])]
    assert waits == [GAP] * 12 + list(range(GAP, 0, -1))
    steadying.reset()
    assert steadying.flush() == ()


@given(st.lists(st.text("abc.", min_size=1, max_size=40), min_size=1, max_size=4))
def test_names_change_no_more_often_than_before_and_each_frame_comes_once(shots: list[str]) -> None:
    before = video(*shots)
    after = steadied(before)
    assert [(a.index, a.time_s, a.cut) for a in after] == [(a.index, a.time_s, a.cut) for a in before]
    for label in "abc":

        def changes(results: list[FrameResult], label: str = label) -> int:
            said = [(label in {c.label for c in a.captions}, a.cut) for a in results]
            return sum(one != two and not cut for (one, _), (two, cut) in pairwise(said))

        assert changes(after) <= changes(before)
