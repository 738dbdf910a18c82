import pytest

from simpsons_play.core.crops import crop_regions
from simpsons_play.core.results import Caption, FrameResult
from simpsons_play.timelines.screen_time import ScreenTimeTotal
from simpsons_play.timelines.timeline import TimelineBuilder

(REGION,) = crop_regions(64, 48, ("full",))


def count(*frames: tuple[float, str], last_s: float = 0.0) -> dict[str, ScreenTimeTotal]:
    builder, end_s = TimelineBuilder(64), 0.0
    for index, (time_s, names) in enumerate(frames):
        captions = tuple(Caption(REGION, name, 0.9) for name in names.split())
        builder.add(FrameResult(index, time_s, False, (), captions))
        end_s = time_s + last_s
    return {row.label: row for row in builder.timeline(end_s).totals()}


def test_frames_last_until_the_next_one_and_gaps_separate_appearances() -> None:
    rows = count((0.0, "bart"), (0.5, "bart homer"), (0.75, ""), (1.25, "bart"), last_s=0.25)
    assert (rows["bart"].seconds, rows["bart"].appearances) == (pytest.approx(1.0), 2)
    assert (rows["homer"].seconds, rows["homer"].appearances) == (pytest.approx(0.25), 1)
    assert rows["bart"].share == pytest.approx(2 / 3)
    assert list(rows) == ["bart", "homer"]


def test_a_short_gap_does_not_end_an_appearance() -> None:
    rows = count((0.0, "bart"), (0.5, ""), (0.75, "bart"), (1.0, "homer"), (1.1, "bart"), last_s=0.4)
    assert (rows["bart"].seconds, rows["bart"].appearances) == (pytest.approx(1.15), 1)
    assert rows["homer"].appearances == 1


def test_without_captions_there_are_no_totals() -> None:
    assert count() == {}
    assert count((0.0, ""), (1.0, ""), last_s=1.0) == {}
    assert count((0.0, "bart"), last_s=0.0) == {}
