"""Labels are found by parts of their names."""

from __future__ import annotations

import pytest

from simpsons_play.core.label_search import NOBODY, chosen_labels, matching_labels
from simpsons_play.core.names import CHARACTERS_BGR, display_name, use_display_names

LABELS = ("bart_simpson", "abraham_grampa_simpson", "lisa_simpson", "comic_book_guy")
ALL = tuple(CHARACTERS_BGR)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("bart", "bart_simpson"),
        ("gramp", "abraham_grampa_simpson"),
        ("Lisa Simp", "lisa_simpson"),
        ("  guy ", "comic_book_guy"),
        ("simpson", "bart_simpson"),
        ("isa", "lisa_simpson"),
        ("comic-book", "comic_book_guy"),
        ("nobody", NOBODY),
    ],
)
def test_part_of_a_name_is_enough(text: str, first: str) -> None:
    assert matching_labels(text, (*LABELS, NOBODY))[0] == first


def test_empty_text_matches_all_labels() -> None:
    assert matching_labels("", LABELS) == list(LABELS)
    assert matching_labels("ralph", LABELS) == matching_labels("!", LABELS) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("homer", "homer_simpson"),
        ("HOMER", "homer_simpson"),
        ("Mr. Burns", "charles_montgomery_burns"),
        ("mrs krabappel", "edna_krabappel"),
        ("Krusty the Clown", "krusty_the_clown"),
        ("sideshow-bob", "sideshow_bob"),
        (" apu ", "apu_nahasapeemapetilon"),
        ("grampa", "abraham_grampa_simpson"),
        ("abraham", "abraham_grampa_simpson"),
        ("mr burns", "charles_montgomery_burns"),
        ("montgomery", "charles_montgomery_burns"),
        ("van houten", "milhouse_van_houten"),
        ("\uff28\uff2f\uff2d\uff25\uff32", "homer_simpson"),  # wide letters
    ],
)
def test_a_name_chooses_its_label(name: str, expected: str) -> None:
    choice = chosen_labels([name], ALL)
    assert choice.labels == {expected} and not choice.notes


@pytest.mark.parametrize("label", ALL)
def test_display_names_and_labels_choose_one_character(label: str) -> None:
    for name in (label, display_name(label), label.upper()):
        assert chosen_labels([name], ALL).labels == {label}


def test_a_display_name_that_was_set_is_found_and_so_are_the_words_of_the_label() -> None:
    use_display_names({"ned_flanders": "Stupid Sexy"})
    try:
        assert matching_labels("sexy", ALL) == matching_labels("flander", ALL) == ["ned_flanders"]
        assert chosen_labels(["stupid-sexy"], ALL).labels == {"ned_flanders"}
        with pytest.raises(ValueError, match=r"did you mean Stupid Sexy\?"):
            chosen_labels(["stupidd"], ALL)
    finally:
        use_display_names({})


def test_a_whole_name_does_not_choose_longer_ones() -> None:
    assert chosen_labels(["bart"], ("bart", "bart_simpson")).labels == {"bart"}


def test_several_names_are_separated_by_commas_or_given_one_by_one() -> None:
    assert chosen_labels(["homer, bart"], ALL) == chosen_labels(["homer", "bart", "bart"], ALL)


def test_a_part_of_several_names_chooses_all_of_them_and_says_so() -> None:
    choice = chosen_labels(["simpson", "moe"], ALL)
    assert choice.labels == {label for label in ALL if "simpson" in label} | {"moe_szyslak"}
    assert choice.notes == (
        "'simpson' matches Grampa, Bart Simpson, Homer Simpson, Lisa Simpson, Marge Simpson",
    )


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("hommer", "did you mean Homer Simpson?"),
        ("milhose", "did you mean Milhouse?"),
        ("ned flander5", "did you mean Ned Flanders?"),
        ("xyz", "it knows Grampa, .*, Sideshow Bob"),
    ],
)
def test_an_unknown_name_is_an_error_with_the_nearest_names(name: str, nearest: str) -> None:
    with pytest.raises(ValueError, match=f"no character called '{name}'; {nearest}"):
        chosen_labels(["homer", name], ALL)


@pytest.mark.parametrize("name", ["", "homer,", " , homer"])
def test_an_empty_name_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="a name is empty"):
        chosen_labels([name], ALL)
