"""The names shown in each frame, as rows and as a table."""

from __future__ import annotations

import sys

import pandas as pd
import pytest

from simpsons_play.core.errors import DependencyError
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Prediction, Region
from simpsons_play.timelines.caption_rows import COLUMNS, CaptionRows
from simpsons_play.timelines.caption_table import CaptionTable, CaptionTableBuilder

FULL = Region("full", Box(0, 0, 100, 50))


def head(number: int) -> Region:
    return Region(f"head-{number}", Box(10 * number, 0, 10 * number + 8, 9))


def result(index: int, named: list[Region], *, cut: bool = False, seen: tuple[int, ...] = ()) -> FrameResult:
    predictions = tuple(Prediction(head(number), None, 0.1, ()) for number in seen)
    captions = tuple(Caption(region, f"name-{i}", 0.9) for i, region in enumerate(named))
    return FrameResult(index, index / 25, cut, predictions, captions)


def tracks(*results: FrameResult) -> list[tuple[int, int | None]]:
    rows = CaptionRows(100)
    return [(row.shot, row.track) for each in results for row in rows.add(each)]


def test_one_number_is_one_head_in_one_shot() -> None:
    assert tracks(
        result(0, [head(1), head(3)], cut=True),
        result(1, [head(2)]),
        result(2, [head(1), FULL], cut=True),
        result(3, [head(1)], cut=True),
    ) == [(1, 1), (1, 3), (1, 2), (2, 4), (2, None), (3, 5)]


def test_heads_without_a_name_are_counted() -> None:
    assert tracks(
        result(0, [], cut=True, seen=(1, 2)),
        result(1, [head(1)], cut=True, seen=(1,)),
        result(2, [head(2)], seen=(1, 2)),
        result(3, [head(1)], cut=True),
    ) == [(2, 3), (2, 4), (3, 5)]


def test_going_back_in_time_begins_a_shot_as_in_tracking() -> None:
    assert tracks(result(5, [head(1)]), result(4, [head(1)]), result(5, [head(1)])) == [
        (1, 1),
        (2, 2),
        (2, 2),
    ]


def table(*, stills: bool = False) -> CaptionTable:
    builder, rows = CaptionTableBuilder({"rate": "25/1"}, stills=stills), CaptionRows(100)
    for each in (result(0, [head(1), FULL], cut=True), result(1, []), result(2, [head(1)])):
        builder.extend(rows.add(each), picture=f"{each.index}.png")
    return builder.table()


def test_arrow_and_pandas_agree() -> None:
    found = table()
    frame = found.to_pandas()
    assert frame.columns.tolist() == list(COLUMNS) and len(found) == len(frame) == 3
    pd.testing.assert_frame_equal(found.to_arrow().to_pandas(), frame)
    assert frame["label"].tolist() == ["name-0", "name-1", "name-0"]
    assert frame["track"].isna().tolist() == [False, True, False]
    assert frame.attrs == {"rate": "25/1"}
    assert repr(found) == "<CaptionTable: 3 rows, 2 characters>"


def test_a_table_without_rows_has_the_same_types() -> None:
    empty = CaptionTableBuilder({}).table()
    assert empty.to_arrow().schema.types == table().to_arrow().schema.types
    assert empty.to_pandas().dtypes.map(str).tolist() == table().to_pandas().dtypes.map(str).tolist()
    assert repr(empty) == "<CaptionTable: 0 rows, 0 characters>"


def test_pictures_have_names() -> None:
    assert table(stills=True).to_pandas()["picture"].tolist() == ["0.png", "0.png", "2.png"]


@pytest.mark.parametrize(("package", "method"), [("pandas", "to_pandas"), ("pyarrow", "to_arrow")])
def test_a_missing_package_is_told(package: str, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(DependencyError, match=rf"^{method}\(\) needs {package}, .*\[data\]"):
        getattr(table(), method)()
