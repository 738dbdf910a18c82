"""A cast is taught, corrected, renamed, merged, and every change is undone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.cast.cast import Cast, use_names_of
from simpsons_play.cast.changes import MAX_CHANGES
from simpsons_play.cast.embeddings import with_embeddings
from simpsons_play.cast.members import MAX_LOOKS, Example, clean_name, label_of
from simpsons_play.core.errors import CastError
from simpsons_play.core.label_search import NOBODY
from simpsons_play.core.names import CHARACTERS_BGR, colour_of, display_name, use_colours, use_display_names
from tests.player.cast.examples import EMBEDDER, example


def taught(**members: int) -> Cast:
    """A cast with so many examples of each label."""
    cast, seed = Cast(), 1
    for label, number in members.items():
        cast = cast.teach(label, [example(seed + i) for i in range(number)], embedder=EMBEDDER)
        seed += number
    return cast


def contents(cast: Cast) -> list[tuple[object, ...]]:
    """What a cast says of its members."""
    return [
        (m.label, m.display_name, m.colour_bgr, m.threshold, tuple(e.id for e in m.examples))
        for m in cast.members
    ]


def test_teaching_makes_a_member_and_adds_to_it() -> None:
    cast = taught(otto_mann=2)
    assert cast.labels == ("otto_mann",) and cast["otto_mann"].name == "Otto Mann"
    more = cast.teach("otto_mann", [example(7, time_s=83.0)], embedder=EMBEDDER)
    assert len(more["otto_mann"].examples) == 3 and len(cast["otto_mann"].examples) == 2
    assert [c.text for c in more.changes] == [
        "Taught Otto Mann from 2 pictures",
        "Taught Otto Mann from 1 picture",
    ]
    assert [e.change for e in more["otto_mann"].examples] == [more.changes[0].id] * 2 + [more.changes[1].id]
    assert more["otto_mann"].embeddings.shape == (3, 16)
    np.testing.assert_allclose(np.linalg.norm(more["otto_mann"].embeddings, axis=1), 1, atol=1e-3)


def test_the_same_picture_is_not_added_twice() -> None:
    cast = taught(otto_mann=2)
    assert cast.teach("otto_mann", [example(1), example(2)], embedder=EMBEDDER) is cast
    near = Example(example(1).embedding + 1e-3, b"encoded once more", "copy.png")
    assert cast.teach("otto_mann", [near], embedder=EMBEDDER) is cast
    twice = cast.teach("otto_mann", [example(5), example(5), example(6, direction=0)], embedder=EMBEDDER)
    assert len(twice["otto_mann"].examples) == 4
    assert twice.changes[-1].text == "Taught Otto Mann from 2 pictures"


def test_a_picture_belongs_to_who_was_named_last() -> None:
    cast = taught(otto_mann=1, lenny=2)
    corrected = cast.teach("carl", [example(1), example(2)], embedder=EMBEDDER)
    assert corrected.labels == ("carl", "lenny"), "nothing is left of Otto"
    assert len(corrected["lenny"].examples) == 1 and len(corrected["carl"].examples) == 2
    assert contents(corrected.undo()) == contents(cast)


def test_corrections_are_examples_of_known_characters_and_of_nobody() -> None:
    cast = taught(homer_simpson=1, **{NOBODY: 2})
    assert cast.labels == ("homer_simpson", NOBODY)
    assert cast.colours_bgr["homer_simpson"] == CHARACTERS_BGR["homer_simpson"]


def test_another_embedder_is_refused_until_embeddings_are_made_again() -> None:
    cast = taught(otto_mann=2).rename("otto_mann", "Otto")
    with pytest.raises(CastError, match=r"made with fake-1 and cannot be compared with those of e2"):
        cast.teach("lenny", [example(9)], embedder="e2")
    with pytest.raises(CastError, match="cannot be compared"):
        cast.remove("otto_mann").merge(with_embeddings(cast, "e2", lambda p: np.eye(len(p), 4)), source="x")
    again = with_embeddings(cast, "e2", lambda pictures: np.eye(len(pictures), 4, dtype=np.float32))
    assert again.embedder == "e2" and contents(again) == contents(cast)
    assert again["otto_mann"].embeddings.tolist() == [[1, 0, 0, 0], [0, 1, 0, 0]]
    assert again.undo()["otto_mann"].name == "Otto Mann"
    assert again.teach("lenny", [Example(np.ones(4), b"x", "x")], embedder="e2").labels == (
        "lenny",
        "otto_mann",
    )


def test_removing_and_undoing() -> None:
    cast = taught(lenny=1, otto_mann=3)
    without = cast.remove("otto_mann")
    assert without.labels == ("lenny",) and contents(without.undo()) == contents(cast)
    ids = [e.id for e in cast["otto_mann"].examples]
    fewer = cast.remove_examples("otto_mann", ids[:2])
    assert [e.id for e in fewer["otto_mann"].examples] == ids[2:]
    assert fewer.changes[-1].text == "Removed 2 pictures of Otto Mann"
    assert [e.id for e in fewer.undo()["otto_mann"].examples] == ids
    for call in (lambda: cast.remove("carl"), lambda: cast.remove_examples("lenny", ["0"])):
        with pytest.raises(KeyError):
            call()


def test_renaming() -> None:
    cast = taught(otto=2)
    shown = cast.rename("otto", "Bus Driver")
    assert shown["otto"].name == "Bus Driver" and shown.display_names == {"otto": "Bus Driver"}
    assert shown.rename("otto", "Otto").display_names == {}, "as without a cast"
    other = cast.rename("otto", "Otto Mann", new_label="otto_mann")
    assert other.labels == ("otto_mann",) and len(other["otto_mann"].examples) == 2
    assert contents(other.undo()) == contents(cast)
    assert cast.rename("charles_montgomery_burns", "Monty").display_names == {
        "charles_montgomery_burns": "Monty"
    }
    with pytest.raises(CastError, match=r"Mr\. Burns is a character of the included models"):
        cast.rename("charles_montgomery_burns", "Monty", new_label="monty")
    with pytest.raises(ValueError, match="needs a letter"):
        cast.rename("otto", "!")


def test_renaming_to_a_member_joins_the_two() -> None:
    cast = taught(oto_mann=2, otto_mann=1).recolour("otto_mann", (1, 2, 3))
    both = cast.rename("oto_mann", "Otto Mann", new_label="otto_mann")
    assert both.labels == ("otto_mann",) and len(both["otto_mann"].examples) == 3
    assert both["otto_mann"].colour_bgr == (1, 2, 3)
    assert both.changes[-1].text == "Merged Oto Mann into Otto Mann"
    assert contents(both.undo()) == contents(cast)
    known = cast.rename("oto_mann", "Homer", new_label="homer_simpson")
    assert known.labels == ("homer_simpson", "otto_mann")


def test_merging_adds_what_is_missing_and_keeps_what_is_here() -> None:
    ours = taught(otto_mann=2).rename("otto_mann", "Otto")
    theirs = (
        taught(otto_mann=1, lenny=1, carl=1).rename("otto_mann", "Bus Driver").recolour("carl", (9, 9, 9))
    )
    merged = ours.merge(theirs, source="theirs.json")
    assert merged.labels == ("carl", "otto_mann"), "their picture of Lenny is ours of Otto"
    assert [len(m.examples) for m in merged.members] == [1, 2]
    assert merged["otto_mann"].name == "Otto" and merged["carl"].colour_bgr == (9, 9, 9)
    assert merged.merge(theirs, source="theirs.json") is merged
    assert merged.changes[-1].text == "Merged theirs.json" and contents(merged.undo()) == contents(ours)
    assert contents(Cast().merge(theirs, source="x")) == contents(theirs)


def test_members_keep_their_colours_and_do_not_share_them() -> None:
    cast = Cast()
    colours: dict[str, object] = {}
    for seed, label in enumerate(["otto_mann", "lenny", "carl", "barney", "gil", "homer_simpson", NOBODY], 1):
        cast = cast.teach(label, [example(seed)], embedder=EMBEDDER)
        assert colours.items() <= cast.colours_bgr.items(), "no new member changes those of others"
        colours = dict(cast.colours_bgr)
    assert len({cast.colours_bgr[label] for label in cast.labels if label != NOBODY}) == 6
    other = Cast().teach("snake", [example(30)], embedder=EMBEDDER)
    taken = other.recolour("snake", cast.colours_bgr["lenny"])
    merged = cast.merge(taken, source="x")
    assert colours.items() <= merged.colours_bgr.items()
    assert merged.colours_bgr["snake"] not in colours.values()


def test_undo_ends_with_an_error_and_old_changes_are_forgotten() -> None:
    cast = taught(otto_mann=1)
    for number in range(MAX_CHANGES + 3):
        cast = cast.rename("otto_mann", f"Otto {number}")
    assert len(cast.changes) == MAX_CHANGES >= 20
    for _ in range(MAX_CHANGES):
        cast = cast.undo()
    assert cast["otto_mann"].name == "Otto 2"
    with pytest.raises(CastError, match="no change to undo"):
        cast.undo()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 9), st.sampled_from("trxm")), max_size=12))
def test_undoing_everything_leads_back_through_every_state(steps: list[tuple[str, int, str]]) -> None:
    casts = [Cast()]
    for label, seed, kind in steps:
        cast = casts[-1]
        if kind == "t":
            after = cast.teach(label, [example(seed), example(seed + 1)], embedder=EMBEDDER)
        elif kind == "m":
            after = cast.merge(taught(a=1, b=2), source="x")
        elif label not in cast:
            continue
        else:
            after = cast.remove(label) if kind == "x" else cast.rename(label, "C", new_label="c")
        if after is not cast:
            casts.append(after)
        ids = [e.id for e in after.examples]
        assert len(ids) == len(set(ids)), "no picture belongs to two"
    while len(casts) > 1:
        assert contents(casts.pop().undo()) == contents(casts[-1])


def test_names_and_colours_of_a_cast_are_shown_everywhere() -> None:
    cast = taught(otto_mann=1, lenny=1).rename("otto_mann", "Otto").recolour("lenny", (1, 2, 3))
    cast = cast.rename("ned_flanders", "Neddy")
    try:
        use_names_of(cast)
        assert [display_name(label) for label in ("otto_mann", "lenny", "ned_flanders")] == [
            "Otto",
            "Lenny",
            "Neddy",
        ]
        assert colour_of("lenny", ()) == (1, 2, 3)
        assert colour_of("otto_mann", ()) not in (*CHARACTERS_BGR.values(), (200, 200, 200))
        use_names_of(Cast())
        assert display_name("otto_mann") == "Otto Mann" and colour_of("lenny", ()) == (200, 200, 200)
    finally:
        use_display_names({})
        use_colours({})


@pytest.mark.parametrize("vector", [[], [0, 0], [float("nan"), 1], [[1, 2]], [float("inf"), 1]])
def test_an_embedding_without_a_direction_is_refused(vector: list[float]) -> None:
    with pytest.raises(ValueError, match="embedding"):
        Example(np.array(vector, np.float32), b"x", "x")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Otto Mann", "otto_mann"),
        ("  otto-MANN ", "otto_mann"),
        ("Señor Ding-Dong", "señor_ding_dong"),
        ("../../etc", "etc"),
        ("C:\\con", "c_con"),
        ("Bart\nSimpson", "bart_simpson"),
        ("Дядя", "дядя"),
        ("Jose\u0301", "jos\u00e9"),  # an accent of its own, as macOS writes it
        ("हिन्दी", "हिन्दी"),
        ("Otto \u2764\ufe0f", "otto"),
    ],
)
def test_labels_are_plain_words(name: str, label: str) -> None:
    assert label_of(name) == label == label_of(label)


@pytest.mark.parametrize("name", ["", "  ", "🍩" * 300, "🍩", "..", "a" * 61])
def test_names_that_nobody_could_read_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"a name (needs|has at most)"):
        clean_name(name)


def test_an_example_that_contradicts_the_new_one_is_dropped() -> None:
    """The same head a moment before, under another name: the later word counts. Undo brings it back."""

    def example(angle: float, time_s: float | None, source: str = "a.mp4") -> Example:
        vector = np.float32([np.cos(angle), np.sin(angle)])
        return Example(vector, f"{angle} {time_s} {source}".encode(), source, time_s)

    kept = [example(0.2, 60.0), example(0.6, 1.0, "b.mp4"), example(1.2, 1.0), example(0.0, None)]
    cast = Cast().teach("barney", [example(0.75, 1.0), *kept], embedder="e")
    otto = cast.teach("otto_mann", [example(0.4, 5.0)], embedder="e")
    assert [e.id for e in otto["barney"].examples] == [e.id for e in kept]
    assert len(otto["otto_mann"].examples) == 1 and len(otto.undo()["barney"].examples) == 5


def test_looks_at_a_head_that_gets_another_name_are_dropped() -> None:
    """Otto's example has looks at the rest of his group, of which one turns out to be Lenny."""

    def example(number: int, looks: Sequence[int], time_s: float | None) -> Example:
        rows = np.eye(8, dtype=np.float32)
        return Example(rows[number], f"{number}".encode(), "a.mp4", time_s, looks=rows[list(looks)])

    cast = Cast().teach("otto_mann", [example(0, [1, 2, 3], 5.0)], embedder="e")
    corrected = cast.teach("lenny", [example(4, [3, 5], 300.0)], embedder="e")
    assert corrected["otto_mann"].embeddings.argmax(axis=1).tolist() == [0, 1, 2]
    assert corrected["lenny"].embeddings.argmax(axis=1).tolist() == [4, 3, 5]
    assert corrected.undo()["otto_mann"].embeddings.argmax(axis=1).tolist() == [0, 1, 2, 3]
    same = cast.teach("lenny", [example(7, [0, 3], 9.0)], embedder="e")
    assert same.labels == ("lenny",), "a look at the same head"
    beside = cast.teach("lenny", [example(7, [0], 5.0)], embedder="e")
    assert beside["otto_mann"].embeddings.argmax(axis=1).tolist() == [0, 1, 2, 3], "seen at the same time"


def test_other_heads_of_a_group_keep_their_name_when_one_is_corrected() -> None:
    """All looks at the group are in the first example, which turns out to be Lenny."""

    def example(number: int, looks: Sequence[int], time_s: float) -> Example:
        rows = np.eye(8, dtype=np.float32)
        return Example(rows[number], f"{number}".encode(), "a.mp4", time_s, looks=rows[list(looks)])

    cast = Cast().teach("otto_mann", [example(0, [1, 2, 3], 5.0), example(2, [], 90.0)], embedder="e")
    corrected = cast.teach("lenny", [example(0, [1], 5.0)], embedder="e")
    assert corrected["otto_mann"].embeddings.argmax(axis=1).tolist() == [2, 3]
    assert corrected.undo()["otto_mann"].embeddings.argmax(axis=1).tolist() == [0, 1, 2, 3, 2]


def test_a_known_picture_gets_the_looks_that_it_lacks() -> None:
    plain, seen = example(1, time_s=2.0), example(1, time_s=2.0, looks=3)
    cast = Cast().teach("otto_mann", [plain], embedder="e")
    more = cast.teach("otto_mann", [seen], embedder="e")
    assert more["otto_mann"].embeddings.shape == (4, 16) and len(more["otto_mann"].examples) == 1
    assert more.teach("otto_mann", [seen], embedder="e") is more
    assert more.teach("otto_mann", [plain], embedder="e") is more
    assert len(more.undo()["otto_mann"].embeddings) == 1
    merged = cast.merge(Cast().teach("otto_mann", [seen], embedder="e"), source="theirs.json")
    assert len(merged["otto_mann"].embeddings) == 4


def test_a_similar_head_in_another_shot_keeps_its_name() -> None:
    """Looks tell shots apart: two names for one head share them."""

    def example(angle: float, time_s: float, *looks: float) -> Example:
        vectors = [np.float32([np.cos(a), np.sin(a)]) for a in (angle, *looks)]
        return Example(vectors[0], f"{angle}".encode(), "a.mp4", time_s, looks=np.float32(vectors[1:]))

    cast = Cast().teach("marge", [example(0.0, 2.0, 0.3)], embedder="e")
    assert cast.teach("patty", [example(0.2, 6.0, 0.6)], embedder="e").labels == ("marge", "patty")
    assert cast.teach("patty", [example(0.2, 6.0, 0.3)], embedder="e").labels == ("patty",)


def test_what_ours_say_of_a_head_takes_precedence_when_casts_are_merged() -> None:
    def example(angle: float, time_s: float) -> Example:
        vector = np.float32([np.cos(angle), np.sin(angle)])
        return Example(vector, f"{angle}".encode(), "a.mp4", time_s)

    ours = Cast().teach("rod", [example(0.4, 5.0)], embedder="e")
    theirs = Cast().teach("otto_mann", [example(0.0, 3.0)], embedder="e")
    merged = ours.merge(theirs.teach("lenny", [example(2.0, 3.0)], embedder="e"), source="theirs.json")
    assert merged.labels == ("lenny", "rod"), "Otto would have no example"


def test_looks_have_no_pictures_and_stay_behind_when_the_network_changes() -> None:
    cast = Cast().teach("otto_mann", [example(1, time_s=2.0, looks=3)], embedder="e1")
    assert cast["otto_mann"].embeddings.shape == (4, 16)
    again = with_embeddings(cast, "e2", lambda pictures: np.eye(len(pictures), 4, dtype=np.float32))
    assert again["otto_mann"].embeddings.shape == (1, 4)


def test_looks_of_another_length_are_refused_and_many_are_cut() -> None:
    with pytest.raises(ValueError, match="the same length"):
        Example(np.ones(4, np.float32), b"x", "x", looks=np.ones((1, 3), np.float32))
    many = Example(np.ones(4, np.float32), b"x", "x", looks=np.ones((MAX_LOOKS + 1, 4), np.float32))
    assert len(many.looks) == MAX_LOOKS
