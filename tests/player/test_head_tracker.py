from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.config import SmoothingConfig, TrackingConfig
from simpsons_play.head_tracker import FollowedHead, HeadTracker
from tests.fakes import LABELS, heads_of

BART, HOMER, MARGE = LABELS
LEFT, RIGHT = (10.0, 10.0, 50.0, 60.0), (100.0, 10.0, 140.0, 60.0)
FRAME_S = 1 / 24


def tracker(threshold: float = 0.6) -> HeadTracker:
    return HeadTracker(threshold, SmoothingConfig(), TrackingConfig())


def shifted(box: tuple[float, float, float, float], by: float) -> tuple[float, float, float, float]:
    return box[0] + by, box[1], box[2] + by, box[3]


def names(heads: tuple[FollowedHead, ...]) -> dict[int, str]:
    return {head.number: LABELS[head.shown[0]] for head in heads if head.shown is not None}


def test_heads_keep_their_numbers_and_names_while_they_move() -> None:
    follow = tracker()
    for i in range(24):
        there = heads_of((shifted(RIGHT, -3 * i), MARGE), (shifted(LEFT, 3 * i), BART))
        assert names(follow.step(i * FRAME_S, there, cut=i == 0)) == {1: MARGE, 2: BART}


def test_a_name_sticks_to_its_head_where_the_network_errs_for_a_frame() -> None:
    follow = tracker()
    for i in range(24):
        said = HOMER if i in (8, 15) else BART
        assert names(follow.step(i * FRAME_S, heads_of((LEFT, said)), cut=i == 0)) == {1: BART}


def test_a_head_that_jumps_is_known_by_its_name() -> None:
    follow = tracker()
    follow.step(0.0, heads_of((LEFT, BART), (RIGHT, MARGE)), cut=True)
    (bart, marge) = follow.step(FRAME_S, heads_of((shifted(LEFT, 28), BART), (RIGHT, MARGE)), cut=False)
    assert (bart.number, marge.number) == (1, 2)


def test_who_was_named_and_turns_up_elsewhere_keeps_the_name_without_a_gap() -> None:
    follow = tracker()
    follow.step(0.0, heads_of((LEFT, BART), (RIGHT, MARGE)), cut=True)
    (bart, marge) = follow.step(FRAME_S, heads_of((shifted(LEFT, 200), BART), (RIGHT, MARGE)), cut=False)
    assert names((bart, marge)) == {1: BART, 2: MARGE}
    assert bart.box.tolist() == list(shifted(LEFT, 200)), "it jumps at once and does not slide"


def test_a_name_never_comes_up_where_no_head_is_any_more() -> None:
    follow = tracker()
    follow.step(0.0, heads_of(), cut=True)
    for i in (1, 2):
        assert not names(follow.step(i * FRAME_S, heads_of((LEFT, BART)), cut=False))
    for i in range(3, 15):
        assert not names(follow.step(i * FRAME_S, heads_of(), cut=False))


def test_who_is_there_goes_before_who_was_there() -> None:
    follow = tracker()
    both = heads_of((LEFT, BART), (RIGHT, BART))
    both.probabilities[0, 0] = 0.99
    assert names(follow.step(0.0, both, cut=True)) == {1: BART}
    assert names(follow.step(FRAME_S, heads_of((RIGHT, BART)), cut=False)) == {2: BART}


def test_a_cut_ends_every_head() -> None:
    follow = tracker()
    follow.step(0.0, heads_of((LEFT, BART)), cut=True)
    follow.step(FRAME_S, heads_of((LEFT, BART), (RIGHT, HOMER)), cut=False)
    assert names(follow.step(2 * FRAME_S, heads_of((LEFT, MARGE)), cut=True)) == {1: MARGE}
    follow.reset()
    assert follow.step(0.0, heads_of(), cut=False) == ()


def test_a_head_stays_for_a_moment_when_it_is_lost_and_then_goes() -> None:
    follow = tracker()
    follow.step(0.0, heads_of((LEFT, BART)), cut=True)
    (kept,) = follow.step(0.2, heads_of(), cut=False)
    assert kept.seen is None and names((kept,)) == {1: BART}
    assert follow.step(0.5, heads_of(), cut=False) == ()


def test_who_comes_into_a_shot_is_named_after_a_moment() -> None:
    follow = tracker()
    follow.step(0.0, heads_of(), cut=True)
    named_at = [
        i * FRAME_S
        for i in range(1, 12)
        if names(follow.step(i * FRAME_S, heads_of((LEFT, BART)), cut=False))
    ]
    assert 0.1 < named_at[0] < 0.25 and len(named_at) > 5


def test_nobody_is_there_twice() -> None:
    follow = tracker()
    surer = heads_of((LEFT, BART), (RIGHT, BART))
    surer.probabilities[1, 0] = 0.99
    assert names(follow.step(0.0, surer, cut=True)) == {2: BART}


boxes = st.tuples(st.floats(0, 300), st.floats(0, 200), st.floats(2, 90), st.floats(2, 90)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)
frames = st.lists(st.tuples(boxes, st.sampled_from([None, *LABELS])), max_size=6)


@given(st.lists(st.tuples(frames, st.booleans()), max_size=12), st.floats(0, 1))
def test_every_head_seen_is_followed_once_and_nothing_is_named_below_the_threshold(
    video: list[tuple[list[tuple[tuple[float, float, float, float], str | None]], bool]], threshold: float
) -> None:
    follow = tracker(threshold)
    for i, (seen, cut) in enumerate(video):
        heads = follow.step(i * FRAME_S, heads_of(*seen), cut=cut)
        assert sorted(h.seen for h in heads if h.seen is not None) == list(range(len(seen)))
        assert len({h.number for h in heads}) == len(heads)
        shown = [h.shown for h in heads if h.shown is not None]
        assert all(probability >= threshold for _, probability in shown)
        assert len({name for name, _ in shown}) == len(shown)
