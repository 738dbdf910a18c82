import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.core.errors import ModelError
from simpsons_play.inference.model_card import ModelCard, SplitRecord
from simpsons_play.inference.resizing import Resizing
from tests.fakes import colour_card

names = st.text(min_size=1, max_size=30)
cards = st.builds(
    ModelCard,
    network=names,
    labels=st.lists(names, min_size=2, max_size=20, unique=True).map(tuple),
    size_px=st.integers(8, 1024),
    color_order=st.sampled_from(["BGR", "RGB"]),
    layout=st.just("NHWC"),
    regions=st.sampled_from([("full",), ("full", "left", "right")]),
    threshold=st.floats(0, 1),
    temperature=st.floats(0.01, 100),
    training_data=st.text(),
    version=st.text(),
    split=st.none()
    | st.builds(
        SplitRecord,
        split=st.sampled_from(["given", "scenes", "random"]),
        val_share=st.floats(0.01, 0.99),
        seed=st.integers(0),
        folders=st.lists(names, max_size=3).map(tuple),
        pictures=st.integers(0),
        checksum=names,
    ),
    resizing=st.builds(
        Resizing, st.none() | st.floats(0.1, 1), st.sampled_from(["area", "bilinear", "nearest"])
    ),
)


@given(cards)
def test_card_round_trips_through_metadata_and_json(card: ModelCard) -> None:
    assert ModelCard.from_metadata(card.to_metadata()) == card
    assert ModelCard.from_json(card.to_json()) == card


def test_other_metadata_entries_are_ignored() -> None:
    assert ModelCard.from_metadata({"author": "x", **colour_card().to_metadata()}) == colour_card()


@pytest.mark.parametrize("field", ["labels", "size_px", "threshold", "color_order", "training_data"])
def test_missing_entry_is_named(field: str) -> None:
    metadata = colour_card().to_metadata()
    del metadata[f"simpsons_play.{field}"]
    with pytest.raises(ModelError, match=f"lacks {field}"):
        ModelCard.from_metadata(metadata)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("labels", ["one"]),
        ("labels", ["same", "same"]),
        ("labels", "bart"),
        ("labels", [1, 2]),
        ("size_px", 0),
        ("size_px", "64"),
        ("size_px", True),
        ("threshold", 1.5),
        ("threshold", "high"),
        ("temperature", 0),
        ("color_order", "GRB"),
        ("layout", "NCHW"),
        ("regions", ["middle"]),
        ("contract", 2),
        ("split", "random"),
        ("split", {"split": "random", "val_share": 2, "seed": 0, "folders": []}),
        ("split", {"split": "random", "val_share": 0.5, "seed": "0", "folders": []}),
        ("split", {"split": "random", "val_share": 0.5, "seed": 0, "folders": [1]}),
    ],
)
def test_invalid_values_are_refused(field: str, value: object) -> None:
    metadata = {**colour_card().to_metadata(), f"simpsons_play.{field}": json.dumps(value)}
    with pytest.raises(ModelError):
        ModelCard.from_metadata(metadata)


def test_the_split_is_optional_and_may_have_later_entries() -> None:
    split = SplitRecord("random", 0.3, 7, ("pictures",), 40, "0f")
    metadata = colour_card(split=split).to_metadata()
    entry = json.loads(metadata["simpsons_play.split"])
    later = {**metadata, "simpsons_play.split": json.dumps({**entry, "later": 1})}
    assert ModelCard.from_metadata(later).split == split
    del metadata["simpsons_play.split"]
    assert ModelCard.from_metadata(metadata) == colour_card()
    assert "simpsons_play.split" not in colour_card().to_metadata()


def test_invalid_json_and_foreign_files_are_refused() -> None:
    with pytest.raises(ModelError, match="does not describe itself"):
        ModelCard.from_metadata({"producer": "somebody"})
    with pytest.raises(ModelError, match="cannot be read"):
        ModelCard.from_metadata({**colour_card().to_metadata(), "simpsons_play.labels": "[oh"})
    with pytest.raises(ModelError, match="cannot be read"):
        ModelCard.from_json("[1, 2]")
