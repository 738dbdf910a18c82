"""Names that blink stand, and names that flash are left out."""

from __future__ import annotations

from dataclasses import replace
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
    raw = tuple(Caption(region, label, 0.9 - index / 1000) for region, label in captions)
    return FrameResult(index, index * FRAME_S, cut, (), raw)


def video(*shots: str) -> list[FrameResult]:
    """A letter is a frame in which somebody of that name is shown, a point one with nobody."""
    frames = [(letter, i == 0) for shot in shots for i, letter in enumerate(shot)]
    return [
        result(index, *([] if letter == "." else [(FULL, letter)]), cut=cut)
        for index, (letter, cut) in enumerate(frames)
    ]


def debounced(results: list[FrameResult]) -> list[FrameResult]:
    debouncer = Debouncer(gap_s=GAP * FRAME_S, flash_s=FLASH * FRAME_S)
    return [*(a for one in results for a in debouncer.update([one])), *debouncer.flush()]


def words(results: list[FrameResult]) -> str:
    return "".join("".join(sorted(caption.label for caption in a.captions)) or "." for a in results)


def test_a_short_gap_is_filled() -> None:
    assert words(debounced(video("aaaa" + "." * (GAP - 1) + "aaaa"))) == "a" * (GAP + 7)


def test_a_longer_gap_is_kept() -> None:
    gone = "aaaa" + "." * GAP + "aaaaaa"
    assert words(debounced(video(gone))) == gone


def test_a_gap_is_not_filled_across_a_cut() -> None:
    shots = "aaaaa..", "..aaaaa"
    assert words(debounced(video(*shots))) == "".join(shots)


def test_a_flash_is_removed() -> None:
    assert words(debounced(video("." * 9 + "aaa" + "." * 9))) == "." * 21
    kept = "." * 9 + "aaaa" + "." * 9
    assert words(debounced(video(kept))) == kept, "long enough to be read"


def test_short_labels_at_the_ends_of_a_shot_are_kept() -> None:
    for shot in ("aa" + "." * 12, "." * 12 + "aa"):
        assert words(debounced(video(shot, "." * 12))) == shot + "." * 12


def test_a_label_that_goes_on_after_a_gap_is_not_a_flash() -> None:
    assert words(debounced(video("." * 9 + "a..aaaaa" + "." * 9))) == "." * 9 + "a" * 8 + "." * 9


def test_another_label_in_the_gap_is_shown_as_well() -> None:
    assert words(debounced(video("aaaa" + "bbbbb" + "aaaa"))) == "aaaa" + "ab" * 5 + "aaaa"


def test_a_head_is_interpolated_through_the_gap_and_a_crop_stays() -> None:
    frames = [result(i, (head(100), "a"), cut=i == 0) for i in range(4)]
    frames += [result(i) for i in range(4, 7)] + [result(i, (head(140), "a")) for i in range(7, 12)]
    boxes = [a.captions[0].region.box.x_min for a in debounced(frames)]
    assert boxes == [100] * 4 + [110, 120, 130] + [140] * 5
    frames[7:] = [result(i, (FULL, "a")) for i in range(7, 12)]
    regions = [a.captions[0].region for a in debounced(frames)]
    assert regions == [head(100)] * 7 + [FULL] * 5
    assert debounced(frames)[5].captions[0].probability == frames[3].captions[0].probability


def test_results_wait_for_gap_s_and_no_longer() -> None:
    debouncer = Debouncer(gap_s=GAP * FRAME_S, flash_s=FLASH * FRAME_S)
    frames = video("a" * 20, "b" * 5)
    waits = [one.index - a.index for one in frames for a in debouncer.update([one])]
    assert waits == [GAP] * 12 + list(range(GAP, 0, -1))
    debouncer.reset()
    assert debouncer.flush() == ()


@given(st.lists(st.text("abc.", min_size=1, max_size=40), min_size=1, max_size=4))
def test_labels_change_no_more_often_and_every_frame_comes_once(shots: list[str]) -> None:
    before = video(*shots)
    after = debounced(before)
    assert [(a.index, a.time_s, a.cut) for a in after] == [(a.index, a.time_s, a.cut) for a in before]
    for label in "abc":

        def changes(results: list[FrameResult], label: str = label) -> int:
            raw = [(label in {c.label for c in a.captions}, a.cut) for a in results]
            return sum(one != two and not cut for (one, _), (two, cut) in pairwise(raw))

        assert changes(after) <= changes(before)


def test_a_gap_of_exactly_gap_s_is_filled_and_a_flash_of_exactly_flash_s_is_kept() -> None:
    assert words(debounced(video("bbb" + "." * (GAP - 1) + "bbb"))) == "b" * (GAP + 5)
    assert words(debounced(video("bbb" + "." * GAP + "bbb"))) == "bbb" + "." * GAP + "bbb"
    silence = "." * (GAP + 4)
    assert words(debounced(video(silence + "b" * (FLASH - 1) + silence))) == silence * 2 + "." * (FLASH - 1)
    flash = silence + "b" * FLASH + silence
    assert words(debounced(video(flash))) == flash


def test_a_filled_gap_keeps_the_track_and_the_probability_from_before_it() -> None:
    gone = [result(0, (head(0), "b"), cut=True), result(1), result(2, (head(20), "b"))]
    before, filled, after = debounced(gone)
    assert filled.captions[0].region == head(10), "halfway"
    assert filled.captions[0].probability == before.captions[0].probability != after.captions[0].probability


def test_a_head_that_comes_back_as_another_track_stays_where_it_was() -> None:
    gone = [result(0, (head(0), "b"), cut=True), result(1), result(2, (head(20, 2), "b"))]
    assert debounced(gone)[1].captions[0].region == head(0)


def test_frames_with_the_same_time_belong_to_the_same_shot() -> None:
    frames = video("bbb..bbb")
    twice = [replace(frame, time_s=min(frame.time_s, 4 * FRAME_S)) for frame in frames]
    assert words(debounced(twice)) == "b" * 8
