"""Tracks that get the names of a cast."""

import numpy as np
import pytest

from simpsons_play.cast.members import Example, Member
from simpsons_play.cast.taught_names import TaughtNames
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.label_search import NOBODY
from simpsons_play.core.results import Detections, FrameDetections, FrameResult
from simpsons_play.tracking.postprocess import make_postprocessor
from tests.fakes import LABELS, heads_of

BOX, OTHER = (4.0, 2.0, 24.0, 22.0), (30.0, 4.0, 50.0, 24.0)
REFERENCES = np.eye(6, dtype=np.float32)[[0] * 4 + [1] * 4]
KNOWN = [LABELS[0]] * 4 + [LABELS[1]] * 4


def vector(*numbers: float) -> np.ndarray:
    return np.array(numbers, np.float32) / np.linalg.norm(numbers)


OTTO, STRANGER, HOMER = vector(0, 0, 1, 0.1, 0, 0), vector(0, 0, 0, 0, 0, 1), vector(0, 1, 0, 0.1, 0, 0)


def names(*members: Member) -> TaughtNames:
    return TaughtNames(
        members,
        model_labels=LABELS,
        references=REFERENCES,
        reference_labels=[LABELS[0]] * 4 + [LABELS[1]] * 4,
    )


def member(label: str, *embeddings: np.ndarray) -> Member:
    examples = tuple(Example(e, f"{label} {i}".encode(), "a.jpg") for i, e in enumerate(embeddings))
    return Member(label, examples=examples)


def seen(*heads: tuple[tuple[float, ...], str | None, np.ndarray | None]) -> Detections:
    detections = heads_of(*((box, name) for box, name, _ in heads))  # type: ignore[misc]
    rows = np.array([np.zeros(6) if e is None else e for _, _, e in heads], np.float16)
    return Detections(detections.boxes, detections.scores, detections.probabilities, None, rows)


def play(taught: TaughtNames | None, *frames: Detections) -> list[FrameResult]:
    config = AnalysisConfig(sample_s=0).without_lookahead()
    postprocessor = make_postprocessor(LABELS, config, regions="detect", threshold=0.6, taught=taught)
    results: list[FrameResult] = []
    for i, detections in enumerate(frames):
        results += postprocessor.update(FrameDetections(i, i / 5, (64, 48), i == 0, False, detections))
    return results + list(postprocessor.flush())


def shown(results: list[FrameResult]) -> list[list[str]]:
    return [[caption.label for caption in result.captions] for result in results]


def test_a_taught_head_keeps_its_name_while_it_is_tracked() -> None:
    frames = [seen((BOX, None, OTTO)), seen((BOX, None, None)), seen((BOX, None, None))]
    assert shown(play(None, *frames)) == [[], [], []]
    results = play(names(member("otto_mann", OTTO)), *frames)
    assert shown(results) == [["otto_mann"]] * 3
    assert results[2].captions[0].probability > 0.8
    assert results[0].predictions[0].label == "otto_mann"


def test_strangers_and_known_characters_keep_what_they_have() -> None:
    frames = [seen((BOX, None, STRANGER), (OTHER, "homer_simpson", HOMER))] * 2
    assert shown(play(names(member("otto_mann", OTTO)), *frames)) == [["homer_simpson"]] * 2


def test_a_new_shot_starts_anew() -> None:
    taught = names(member("otto_mann", OTTO))
    config = AnalysisConfig(sample_s=0).without_lookahead()
    postprocessor = make_postprocessor(LABELS, config, regions="detect", threshold=0.6, taught=taught)
    first = FrameDetections(0, 0.0, (64, 48), True, False, seen((BOX, None, OTTO)))
    second = FrameDetections(1, 0.2, (64, 48), True, False, seen((BOX, None, None)))
    assert shown([*postprocessor.update(first), *postprocessor.update(second)]) == [["otto_mann"], []]


def test_a_wrong_name_is_corrected() -> None:
    frames = [seen((BOX, "homer_simpson", OTTO)), seen((BOX, "homer_simpson", None))]
    assert shown(play(None, *frames)) == [["homer_simpson"]] * 2
    assert shown(play(names(member("otto_mann", OTTO)), *frames)) == [["otto_mann"]] * 2
    assert shown(play(names(member("bart_simpson", OTTO)), *frames)) == [["bart_simpson"]] * 2


TURNED = OTTO + 0.5 * HOMER
"""Otto's head, turned away: similarity 0.9."""


@pytest.mark.parametrize("label", ["otto_mann", "bart_simpson", NOBODY])
def test_one_look_at_the_head_of_an_example_corrects_the_whole_track(label: str) -> None:
    frames = [seen((BOX, "homer_simpson", look)) for look in (OTTO, vector(*TURNED), vector(*TURNED))]
    named = [] if label == NOBODY else [label]
    assert shown(play(names(member(label, OTTO)), *frames)) == [named] * 3
    assert shown(play(names(member(label, OTTO)), *frames[1:])) == [["homer_simpson"]] * 2


def test_nobody_takes_a_name_away() -> None:
    frames = [seen((BOX, "homer_simpson", OTTO))] * 2
    taught = names(member(NOBODY, OTTO))
    assert taught.labels == LABELS
    assert shown(play(taught, *frames)) == [[], []]


def test_one_of_the_known_can_be_taught_where_the_model_does_not_see_it() -> None:
    taught = names(member("homer_simpson", OTTO))
    assert taught.labels == LABELS
    assert shown(play(taught, seen((BOX, None, OTTO)))) == [["homer_simpson"]]


def test_each_name_appears_once_per_frame() -> None:
    frames = [seen((BOX, None, OTTO), (OTHER, None, vector(0, 0, 1, 0.3, 0, 0)))]
    (captions,) = shown(play(names(member("otto_mann", OTTO)), *frames))
    assert captions == ["otto_mann"]


@pytest.mark.parametrize("members", [(), (Member("otto_mann"),)])
def test_members_without_examples_name_nobody(members: tuple[Member, ...]) -> None:
    taught = names(*members)
    assert taught.labels == LABELS and taught.likeness(OTTO[None]).shape == (1, 0)
    assert shown(play(taught, seen((BOX, "homer_simpson", OTTO)))) == [["homer_simpson"]]


def test_the_id_tells_casts_apart() -> None:
    casts = [(), (member("otto_mann", OTTO),), (member("otto_mann", OTTO, HOMER),), (member("moe", OTTO),)]
    assert len({names(*cast).id for cast in casts}) == len(casts)
    assert names(*casts[1]).id == names(*casts[1]).id
