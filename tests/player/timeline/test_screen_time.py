import pytest

from simpsons_play.core.crops import regions_of
from simpsons_play.core.types import Analysis, Caption
from simpsons_play.timeline.screen_time import ScreenTime

(REGION,) = regions_of(64, 48, ("full",))


def count(*frames: tuple[float, str], last_s: float = 0.0):
    screen_time = ScreenTime()
    for index, (time_s, names) in enumerate(frames):
        captions = tuple(Caption(REGION, name, 0.9) for name in names.split())
        screen_time.add(Analysis(index, time_s, False, (), captions))
    return {row.label: row for row in screen_time.finish(last_s)}


def test_frames_last_until_the_next_one_and_gaps_separate_appearances() -> None:
    rows = count((0.0, "bart"), (0.5, "bart homer"), (0.75, ""), (1.25, "bart"), last_s=0.25)
    assert (rows["bart"].seconds, rows["bart"].appearances) == (pytest.approx(1.0), 2)
    assert (rows["homer"].seconds, rows["homer"].appearances) == (pytest.approx(0.25), 1)
    assert rows["bart"].share == pytest.approx(2 / 3)
    assert list(rows) == ["bart", "homer"]


def test_who_is_missed_for_a_moment_was_not_away() -> None:
    rows = count((0.0, "bart"), (0.5, ""), (0.75, "bart"), (1.0, "homer"), (1.1, "bart"), last_s=0.4)
    assert (rows["bart"].seconds, rows["bart"].appearances) == (pytest.approx(1.15), 1)
    assert rows["homer"].appearances == 1


def test_nothing_seen_is_nothing_counted() -> None:
    assert count() == {}
    assert count((0.0, ""), (1.0, ""), last_s=1.0) == {}
    assert count((0.0, "bart"), last_s=0.0)["bart"].share == 0.0
