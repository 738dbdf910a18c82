"""Whole frame and halves say who is there where no head does."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.config import AnalysisConfig, PartsConfig
from simpsons_play.followers import make_follower
from simpsons_play.regions import PARTS
from simpsons_play.types import Analysis, Places, Sighting
from tests.fakes import LABELS, heads_of

BART, HOMER, MARGE = LABELS
Corners = tuple[float, float, float, float]
LEFT, RIGHT, MIDDLE = (10.0, 10.0, 90.0, 100.0), (200.0, 10.0, 290.0, 100.0), (110.0, 10.0, 200.0, 100.0)
THRESHOLD, FRAME_S = 0.6, 1 / 24
AT_ONCE = AnalysisConfig().at_once()


def saying(*names: str | None, sure: float = 0.98) -> np.ndarray:
    """What a classifier says of whole, left and right: surely a name, or nobody for None."""
    rows = np.full((3, len(LABELS)), 0.01, np.float32)
    for row, name in zip(rows, names, strict=True):
        if name is not None:
            row[LABELS.index(name)] = sure
    return rows


def seen(parts: np.ndarray, *heads: tuple[Corners, str | None], score: float = 0.9) -> Places:
    return dataclasses.replace(heads_of(*heads, score=score), parts=parts)


def follow(*frames: Places, config: AnalysisConfig = AT_ONCE) -> list[Analysis]:
    follower = make_follower(LABELS, config, regions="detect", threshold=THRESHOLD)
    video = [Sighting(i, i * FRAME_S, (320, 240), i == 0, False, places) for i, places in enumerate(frames)]
    return [*(a for sighting in video for a in follower.step(sighting)), *follower.finish()]


def shown(*frames: Places, config: AnalysisConfig = AT_ONCE) -> list[dict[str, str]]:
    return [
        {c.region.name: c.label for c in analysis.captions} for analysis in follow(*frames, config=config)
    ]


def test_the_whole_frame_names_who_has_no_head_in_it() -> None:
    (analysis,) = follow(seen(saying(HOMER, None, None)))
    (caption,), (prediction,) = analysis.captions, analysis.predictions
    assert (caption.region.name, caption.label) == ("full", HOMER)
    assert caption.probability == pytest.approx(0.98)
    assert (prediction.region, prediction.label) == (caption.region, HOMER)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ((HOMER, HOMER, None), {"left": HOMER}),
        ((HOMER, None, HOMER), {"right": HOMER}),
        ((HOMER, HOMER, HOMER), {"full": HOMER}),
        ((HOMER, BART, None), {"full": HOMER}),
        ((HOMER, BART, MARGE), {"left": BART, "right": MARGE}),
        ((None, BART, None), {}),
        ((None, BART, MARGE), {"left": BART, "right": MARGE}),
    ],
)
def test_a_name_stands_at_the_side_that_says_it_and_once(
    said: tuple[str | None, ...], expected: dict[str, str]
) -> None:
    assert shown(seen(saying(*said))) == [expected]


def test_a_head_that_is_named_goes_before_the_whole_frame() -> None:
    assert shown(seen(saying(HOMER, HOMER, HOMER), (MIDDLE, BART))) == [{"head-1": BART}]


def test_beside_one_who_is_named_the_other_half_may_say_who_is_there() -> None:
    beside = saying(BART, BART, MARGE)
    assert shown(seen(beside, (LEFT, BART))) == [{"head-1": BART, "right": MARGE}]
    assert shown(seen(beside, (MIDDLE, BART))) == [{"head-1": BART}], "it is not in a half by itself"
    assert shown(seen(saying(BART, BART, BART), (LEFT, BART))) == [{"head-1": BART}], "nobody is there twice"


def test_beside_two_who_are_named_nobody_is_looked_for() -> None:
    assert shown(seen(saying(HOMER, HOMER, HOMER), (LEFT, BART), (RIGHT, MARGE))) == [
        {"head-1": BART, "head-2": MARGE}
    ]


def test_the_face_of_a_stranger_speaks_against_it_and_one_hardly_seen_does_not() -> None:
    whole, small = saying(HOMER, None, None), (10.0, 10.0, 30.0, 30.0)
    assert shown(seen(whole, (MIDDLE, None))) == [{}]
    assert shown(seen(whole, (MIDDLE, None), score=0.35)) == [{"full": HOMER}]
    assert shown(seen(whole, (small, None))) == [{"full": HOMER}]


def test_a_stranger_in_one_half_says_nothing_of_the_other() -> None:
    assert shown(seen(saying(None, BART, MARGE), (RIGHT, None))) == [{"left": BART}]


def test_a_head_that_may_be_the_one_gets_the_name() -> None:
    places = seen(saying(HOMER, None, None), (RIGHT, None))
    places.probabilities[0] = (0.1, 0.4, 0.1)
    (analysis,) = follow(places)
    assert {c.region.name: c.label for c in analysis.captions} == {"head-1": HOMER}
    assert [p.region.name for p in analysis.predictions] == ["head-1"]


def test_a_name_has_to_be_surer_than_one_at_a_head_and_then_stays() -> None:
    hardly, surely = saying(HOMER, None, None, sure=0.8), saying(HOMER, None, None, sure=0.95)
    assert shown(seen(hardly)) == [{}]
    frames = [seen(surely)] + [seen(hardly)] * 10
    assert shown(*frames) == [{"full": HOMER}] * 11


def test_nothing_changes_where_no_classifier_looks_beside() -> None:
    assert shown(heads_of((MIDDLE, None))) == [{}]


@given(
    st.lists(st.tuples(*[st.sampled_from([None, *LABELS])] * 3), min_size=1, max_size=6),
    st.lists(st.sampled_from([None, *LABELS]), max_size=2),
    st.floats(0, 1),
)
def test_nobody_is_named_twice_or_below_the_threshold(
    said: list[tuple[str | None, ...]], heads: list[str | None], sure: float
) -> None:
    places = [seen(saying(*names, sure=sure), *zip((LEFT, RIGHT), heads, strict=False)) for names in said]
    for analysis in follow(*places, config=AnalysisConfig()):
        names = [caption.label for caption in analysis.captions]
        assert len(names) == len(set(names))
        assert all(caption.probability >= THRESHOLD for caption in analysis.captions)
        at_parts = [c for c in analysis.captions if not c.region.is_head]
        assert {c.region.name for c in at_parts} <= set(PARTS)


def test_what_follows_counts_when_a_part_is_named() -> None:
    config = dataclasses.replace(AnalysisConfig(), parts=PartsConfig(window_s=0.3, whole_margin=0.5))
    frames = [seen(saying(HOMER, None, None, sure=0.5))] * 2 + [seen(saying(HOMER, None, None))] * 20
    assert shown(*frames)[0] == {}
    assert shown(*frames, config=config)[0] == {"full": HOMER}


@pytest.mark.parametrize("field", ["every", "window_s", "whole_margin", "half_margin", "face_area", "doubt"])
def test_what_cannot_be_set_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match=field):
        PartsConfig(**{field: -1})
