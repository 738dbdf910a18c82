import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.core.config import SmoothingConfig
from simpsons_play.tracking.smoother import Smoother

CONFIG = SmoothingConfig()
THRESHOLD = 0.5

rows = st.lists(st.floats(0.01, 1), min_size=3, max_size=3).map(lambda r: [v / sum(r) for v in r])
videos = st.lists(st.tuples(st.floats(0.01, 0.2), rows, st.booleans()), min_size=1, max_size=80)


def play(frames: list[tuple[float, list[float], bool]], config: SmoothingConfig = CONFIG):
    smoother, time_s = Smoother(THRESHOLD, config), 0.0
    for step_s, row, cut in frames:
        time_s += step_s
        yield time_s, cut, smoother.update(time_s, row, cut=cut)


@given(videos)
def test_no_label_below_the_threshold(frames) -> None:
    for _, _, shown in play(frames):
        assert shown is None or THRESHOLD <= shown[1] <= 1 + 1e-9


@given(videos)
def test_labels_do_not_change_within_hold_s(frames) -> None:
    last_name, last_time_s = None, -np.inf
    previous = None
    for time_s, cut, shown in play(frames):
        name = None if shown is None else shown[0]
        if cut:
            last_name, last_time_s, previous = None, -np.inf, None
        if name is not None and name != previous:
            assert last_name is None or time_s - last_time_s >= CONFIG.hold_s - 1e-9
            last_name, last_time_s = name, time_s
        previous = name


def test_a_certain_first_frame_is_labelled_immediately_also_after_a_cut() -> None:
    shown = [s for _, _, s in play([(0.04, [0.9, 0.1, 0], False), (0.04, [0, 0.1, 0.9], True)])]
    assert [s[0] for s in shown if s] == [0, 2]


def test_one_wrong_frame_does_not_change_the_label() -> None:
    frames = [(0.04, [0.9, 0.1, 0.0], False)] * 10 + [(0.04, [0.0, 1.0, 0.0], False)]
    frames += [(0.04, [0.9, 0.1, 0.0], False)] * 10
    assert {shown[0] for _, _, shown in play(frames) if shown} == {0}


def test_the_mean_follows_time_not_frames() -> None:
    """Twice the frame rate gives the same mean at the same time."""
    slow = list(play([(0.08, [1.0, 0, 0], False)] * 10 + [(0.08, [0, 1.0, 0], False)] * 2))[-1][2]
    fast = list(play([(0.04, [1.0, 0, 0], False)] * 20 + [(0.04, [0, 1.0, 0], False)] * 4))[-1][2]
    assert slow is not None and fast is not None
    assert slow[1] == pytest.approx(fast[1], abs=0.02)


def test_without_a_window_each_frame_stands_alone() -> None:
    config = SmoothingConfig(window_s=0, hold_s=0, hysteresis=0)
    shown = [s for _, _, s in play([(0.1, [0.6, 0.4, 0], False), (0.1, [0.2, 0.8, 0], False)], config)]
    assert shown == [(0, 0.6), (1, 0.8)]


def test_hysteresis_applies_to_appearing_but_not_to_staying() -> None:
    config = SmoothingConfig(window_s=0, hold_s=0, hysteresis=0.2)
    probabilities = [0.55, 0.65, 0.55, 0.45, 0.55]
    shown = [s for _, _, s in play([(0.1, [p, 0.0, 0.0], False) for p in probabilities], config)]
    assert [s is not None for s in shown] == [False, True, True, False, False]


@given(st.floats(0, 0.99))
def test_a_certain_label_is_shown_at_any_threshold(threshold: float) -> None:
    assert Smoother(threshold, CONFIG).update(0.0, [1.0, 0, 0], cut=True) == (0, 1.0)


def test_repeated_and_earlier_times_are_handled() -> None:
    smoother = Smoother(THRESHOLD, CONFIG)
    assert smoother.update(5.0, [0.9, 0.1, 0], cut=False) is not None
    assert smoother.update(5.0, [0.9, 0.1, 0], cut=False) is not None
    assert smoother.update(1.0, [0.1, 0.9, 0], cut=False) == (1, pytest.approx(0.9))


@pytest.mark.parametrize("field", ["window_s", "hold_s", "hysteresis"])
def test_negative_settings_are_refused(field: str) -> None:
    with pytest.raises(ValueError, match=field):
        SmoothingConfig(**{field: -1})


def weights(times: list[float], at: int, window_s: float) -> np.ndarray:
    """How much each frame of a shot counts at one of them: by the time it stands for, less with distance."""
    stands_s = np.diff(times, prepend=times[0] - window_s / 10)
    raw = np.exp(-np.abs(np.array(times) - times[at]) / window_s) * (1 - np.exp(-stands_s / window_s))
    return raw / raw.sum()


@pytest.mark.parametrize("lookahead", [0, 3])
def test_the_mean_weights_frames_by_their_time_and_distance(lookahead: int) -> None:
    config = SmoothingConfig(window_s=0.4, hold_s=0, hysteresis=0)
    times, rows = [1.0, 1.1, 1.3, 1.4, 1.9], [[0.9, 0.1], [0.6, 0.4], [0.8, 0.2], [0.7, 0.3], [1.0, 0.0]]
    smoother = Smoother(0.1, config)
    for i, (time_s, row) in enumerate(zip(times, rows, strict=True)):
        known = min(i + lookahead, len(times) - 1)
        later = list(zip(times, rows, strict=True))[i + 1 : known + 1]
        shown = smoother.update(time_s, row, cut=i == 0, later=later)
        expected = weights(times[: known + 1], i, 0.4) @ np.array(rows[: known + 1])
        assert shown == (0, pytest.approx(expected[0]))


def test_without_a_window_later_frames_do_not_count() -> None:
    smoother = Smoother(0.5, SmoothingConfig(window_s=0, hold_s=0, hysteresis=0))
    assert smoother.update(0.0, [0.9, 0.1], cut=True, later=[(0.1, [0.0, 1.0])]) == (0, 0.9)
    assert smoother.update(0.1, [0.2, 0.8], cut=False) == (1, 0.8)


def test_limits_are_inclusive() -> None:
    config = SmoothingConfig(window_s=0, hold_s=0.5, hysteresis=0.5)
    smoother = Smoother(0.5, config)
    assert smoother.update(0.0, [0.74, 0.26], cut=True) is None
    assert smoother.update(0.25, [0.75, 0.25], cut=False) == (0, 0.75), "halfway from the threshold to 1"
    assert smoother.update(0.5, [0.5, 0.5], cut=False) == (0, 0.5), "it stays at the threshold"
    assert smoother.update(0.625, [0.2, 0.8], cut=False) is None, "too early for another"
    assert smoother.update(0.75, [0.2, 0.8], cut=False) == (1, 0.8), "after hold_s"


def test_a_label_can_have_a_minimum_of_its_own() -> None:
    smoother = Smoother(0.6, SmoothingConfig(window_s=0, hold_s=0, hysteresis=0.5))
    assert smoother.update(0.0, [0.3, 0.2], cut=True, min_probability={0: 0.3}) == (0, 0.3)
    assert smoother.update(0.1, [0.29, 0.2], cut=False, min_probability={0: 0.3}) is None
    assert smoother.update(0.2, [0.1, 0.79], cut=False, min_probability={0: 0.3}) is None, "not the other"
    assert smoother.update(0.3, [0.1, 0.8], cut=False, min_probability={0: 0.3}) == (1, 0.8)


def test_a_shot_starts_afresh_though_its_time_is_the_same() -> None:
    smoother = Smoother(0.5, SmoothingConfig(window_s=1.0, hold_s=9.0, hysteresis=0))
    assert smoother.update(1.0, [0.9, 0.1], cut=True) == (0, pytest.approx(0.9))
    assert smoother.update(1.0, [0.2, 0.8], cut=True) == (1, pytest.approx(0.8))
